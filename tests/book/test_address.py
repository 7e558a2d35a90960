"""One setting is the project's address: set in a copy, every link follows it."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from book._ext.strip import ChapterStrip
from tools import notebooks
from tools.chapters import chapter_paths
from tools.paper_map import as_myst, read_map
from tools.release import require_address
from tools.settings import ROOT, address

OWNER, REPO = "Invented-Owner", "an.invented_book"
ADDRESS = f"{OWNER}/{REPO}"
BOOK = f"https://invented-owner.github.io/{REPO}"
COLAB = f"https://colab.research.google.com/github/{ADDRESS}/blob/main/notebooks"
# Every repository, and every page of one, that a text names.
NAMED = re.compile(
    r"(?:github\.com|google\.com/github)/([\w.-]+/[\w.-]+?)(?:\.git)?(?=[/@#?\s)\"'>}\]`,;\\]|\.?$|\.\s)"
    r"|([\w-]+)\.github\.io", re.M,
)
# Other people's, which the book cites, and the action that publishes.
OTHERS = {
    "dmlc/gluon-cv", "facebookarchive/fb.resnet.torch", "googlecolab/colabtools",
    "haoxintong/ResidualAttentionNetwork-Gluon",
    "jupyter/notebook", "koichiro11/residual-attention-network", "osmr/imgclsmob",
    "phamquiluan/ResidualAttentionNetwork", "PistonY/ResidualAttentionNetwork",
    "pytorch/vision", "qubvel/residual_attention_network",
    "tengshaofeng/ResidualAttentionNetwork-pytorch", "TheLastBen/fast-stable-diffusion",
    "weiaicunzai/pytorch-cifar100",
    "zalandoresearch/fashion-mnist",
}
# Tests invent addresses; `tools/settings.py` makes them from the setting.
MADE = ("tests/", "tools/settings.py")
TEXTS = {".md", ".py", ".toml", ".yml", ".cff", ".txt", ".bib", ".js", ".css", ".ipynb"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The project with another address; what does not change is the project's own."""
    root = tmp_path_factory.mktemp("copy")
    for path in ROOT.iterdir():
        if not path.name.startswith("."):
            (root / path.name).symlink_to(path)
    for name in ("pyproject.toml", "notebooks"):
        (root / name).unlink()
    text, place = (ROOT / "pyproject.toml").read_text(encoding="utf-8"), "repository = "
    changed = re.sub(rf'(?m)^{place}".*"$', f'{place}"{ADDRESS}"', text)
    assert changed.count(ADDRESS) == 1
    (root / "pyproject.toml").write_text(changed)
    assert notebooks.main([], root) == 0
    return root


def exported(copy: Path) -> dict[str, str]:
    """The notebooks' text, cell by cell, by name."""
    return {
        path.stem: "\n\n".join(
            cell.source for cell in nbformat.read(path, as_version=4).cells)
        for path in (copy / "notebooks").glob("*.ipynb")
    }


def test_every_notebook_installs_the_package_from_there(copy: Path) -> None:
    found = exported(copy)
    assert found.keys() == {path.stem for path in chapter_paths(ROOT)}
    for name, text in found.items():
        line = f', "git+https://github.com/{ADDRESS}@main"\n'
        assert text.count(line) == 1, name
        assert 'python -m pip install "git+' not in text.replace(line, "")


def test_every_notebook_leads_to_its_page_and_every_link_to_this_book(copy) -> None:
    for name, text in exported(copy).items():
        assert f"[in the book]({BOOK}/chapters/{name}.html)" in text
        named = {one for pair in NAMED.findall(text) for one in pair if one}
        assert named - OTHERS == {ADDRESS, "invented-owner"}, name


@pytest.mark.parametrize("path", chapter_paths(ROOT), ids=lambda path: path.stem)
def test_every_page_has_the_button_of_its_notebook(copy: Path, path: Path) -> None:
    strip = SimpleNamespace(
        env=SimpleNamespace(srcdir=str(copy)), _path=lambda: path)
    [button] = ChapterStrip._button(strip)
    assert button[0]["refuri"] == f"{COLAB}/{path.stem}.ipynb"
    assert (copy / "notebooks" / f"{path.stem}.ipynb").is_file()


def test_the_paper_s_map_leads_to_lines_of_this_repository(copy: Path) -> None:
    text = as_myst(read_map(ROOT), address(copy))
    links = re.findall(r"\]\((https?://[^)]+)\)", text)
    start = f"https://github.com/{ADDRESS}/blob/main/"
    assert len(links) > 20 and all(link.startswith(start) for link in links)
    for link in links:
        path, _, line = link.removeprefix(start).partition("#L")
        assert len((ROOT / path).read_text().splitlines()) >= int(line)


def test_only_this_repository_publishes_the_pages(copy: Path) -> None:
    require_address(ADDRESS, copy)
    assert address(copy).book == BOOK


def named_in(root: Path) -> dict[str, set[str]]:
    """The repositories that are named in each text which a person wrote."""
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        hidden = path.relative_to(root).parts[0] in (
            ".git", ".venv", "_build", "build", "dist")
        if hidden or path.suffix not in TEXTS or name.startswith(MADE):
            continue
        text = path.read_text(encoding="utf-8")
        named = {one for pair in NAMED.findall(text) for one in pair if one}
        if named:
            found[name] = named
    return found


def test_no_other_place_names_a_repository_of_ours() -> None:
    own = address(ROOT).repository
    ours = {own, own.partition("/")[0].lower()}
    for name, named in named_in(ROOT).items():
        follows = name.startswith("notebooks/")      # made from the setting
        assert named <= (OTHERS | ours if follows else OTHERS), (name, named)


def test_a_second_place_would_be_seen(tmp_path: Path) -> None:
    for name, text in {
        "a.md": "See https://github.com/some-one/book.",
        "b.toml": 'Homepage = "https://some-one.github.io/book"',
        "c.py": '"git+https://github.com/some-one/book@main"',
        "d.yml": "https://colab.research.google.com/github/some-one/book/blob/main",
    }.items():
        (tmp_path / name).write_text(text)
    assert named_in(tmp_path) == {
        "a.md": {"some-one/book"}, "b.toml": {"some-one"}, "c.py": {"some-one/book"},
        "d.yml": {"some-one/book"}}


def test_the_readme_needs_no_change_when_there_is_an_address() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not re.search(r"https?://(?!arxiv\.org)", text)
    for link in re.findall(r"\]\(([^):#]+)\)", text):
        assert (ROOT / link).exists(), link
