"""One file holds the book, the notebooks and the package, and works by itself."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tools import bundle
from tools.chapters import read_chapter, tags
from tools.execute import stored
from tools.settings import ROOT
from tools.slides import LECTURES

# One process makes the bundle, in the folder that all share.
pytestmark = pytest.mark.xdist_group("bundle")


@pytest.fixture(scope="session")
def unpacked(book: Path, tmp_path_factory) -> Path:
    """The bundle of the built book, in an empty folder."""
    folder = tmp_path_factory.mktemp("bundle")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        assert bundle.pack() == 0
    with zipfile.ZipFile(ROOT / bundle.BUNDLE) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return folder


@pytest.mark.slow
def test_it_holds_the_book_the_notebooks_three_times_and_the_package(unpacked, book):
    names = sorted(path.name for path in unpacked.iterdir())
    wheel = f"resattn_tutorial-{bundle.__version__}-py3-none-any.whl"
    assert names == sorted([
        "LICENSE", "README.txt", "book", "executed", "notebooks", "slides", "solved",
        wheel,
    ])
    lectures = {path.stem for path in (unpacked / "slides").glob("*.html")}
    assert lectures == set(LECTURES)
    chapters = {path.stem for path in (ROOT / "chapters").glob("*.md")}
    for folder in ("notebooks", "solved", "executed"):
        assert {path.stem for path in (unpacked / folder).iterdir()} == chapters
    pages = {path.relative_to(book) for path in book.rglob("*.html")}
    found = {path.relative_to(unpacked / "book")
             for path in (unpacked / "book").rglob("*.html")}
    assert found == pages
    assert (unpacked / "README.txt").read_text().count(wheel) == 3


@pytest.mark.slow
def test_an_executed_notebook_has_the_outputs_of_the_page(unpacked):
    for path in (unpacked / "executed").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        shown = [
            cell for cell in notebook.cells
            if cell.cell_type == "code" and cell.outputs
        ]
        page, _ = stored(ROOT / "chapters" / f"{path.stem}.md", ROOT)
        assert [cell.outputs for cell in shown] == [
            cell.outputs for cell in page.cells
            if cell.cell_type == "code" and cell.outputs
            and not bundle.UNDONE & set(cell.metadata.get("tags", ()))
        ], path.name
        said = [out.get("text", "") for cell in shown for out in cell.outputs]
        chapter = read_chapter(ROOT / "chapters" / f"{path.stem}.md")
        checks = sum("solution-check" in tags(cell) for cell in chapter.cells)
        assert checks and checks == sum("all of it holds." in text for text in said)
        assert not any("not done yet" in text for text in said), path.name


@pytest.mark.slow
def test_the_package_in_it_is_whole(unpacked, tmp_path):
    """In an environment that has the libraries, and this package from the wheel."""
    (wheel,) = unpacked.glob("*.whl")
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "uv", "pip", "install", "-q", "--no-deps",
                    "--offline", "--python", python, wheel], check=True)
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    code = f"""
import sys
sys.path += {libraries!r}
import resattn_tutorial
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.ledger.store import RUNS
from resattn_tutorial.models.zoo import cifar_attention56
assert "env" in resattn_tutorial.__file__, resattn_tutorial.__file__
assert len(open_set("builtin", "test").images) > 0
assert list(RUNS.glob("*.json"))
cifar_attention56(weights="SCENES")
print("whole")
"""
    done = subprocess.run([python, "-c", code], cwd=tmp_path, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.stdout.endswith("whole\n"), done.stdout


@pytest.mark.slow
def test_the_same_book_makes_the_same_bundle(unpacked, book):
    built = next(unpacked.glob("*.whl"))
    first, second = (
        {name: data for name, data in bundle.contents(ROOT, built)} for _ in range(2)
    )
    assert first == second


def test_outputs_go_to_the_cells_with_the_same_source_in_order():
    def cells(*given):
        return v4.new_notebook(cells=[
            v4.new_code_cell(source, outputs=[
                v4.new_output("stream", name="stdout", text=text)] if text else [])
            for source, text in given
        ])

    folded = "# @title Imports\nd"
    solved = cells(("a", ""), ("b", ""), ("a", ""), ("c", ""), (folded, ""))
    executed = cells(
        ("a", "of a stub"), ("a", "1"), ("x", "2"), ("a", "3"), ("b", "4"), ("d", "5")
    )
    executed.cells[0].metadata.tags = ["check"]
    found = bundle.with_outputs(solved, executed)
    said = [[out.text for out in cell.outputs] for cell in found.cells]
    assert said == [["1"], ["4"], ["3"], [], ["5"]]


def test_without_a_book_it_says_what_to_do(tmp_path):
    with pytest.raises(bundle.BundleError, match="run make book"):
        bundle.pack(tmp_path)


def test_a_wheel_that_cannot_be_built_is_told(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (root := tmp_path / "root").mkdir()
    with pytest.raises(bundle.BundleError, match="pyproject.toml is not there"):
        bundle.wheel(root, tmp_path / "out")
    for name in bundle.PARTS:
        (root / name).write_text("no [toml")
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(bundle.BundleError, match="the wheel could not be built:\n"):
        bundle.wheel(root, tmp_path / "out")


def test_building_the_wheel_leaves_nothing_in_the_tree(tmp_path, monkeypatch):
    monkeypatch.setenv("UV_OFFLINE", "1")
    (root := tmp_path / "root").mkdir()
    for name in bundle.PARTS:
        bundle.copy_part(ROOT / name, root / name)
    before = sorted(path for path in root.rglob("*"))
    assert bundle.wheel(root, tmp_path).suffix == ".whl"
    assert sorted(path for path in root.rglob("*")) == before
