"""A chapter's skeleton is whole: it passes every gate but the one for what is open."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny import write

from tools import skeleton
from tools.chapters import main_chapters
from tools.settings import ROOT
from tools.skeleton import (
    SkeletonError,
    entries,
    main,
    new_files,
    write_all,
)

NEW = "18_its_name"
# In a copy of this project: behind its last chapter.
NUMBER = f"{max(main_chapters(ROOT)) + 1:02}"
NEXT = f"{NUMBER}_its_name"
SMALL = {
    "resattn_tutorial/models/attention_module.py":
        'def residual_attention(trunk, mask):\n    """Words."""\n    return trunk\n',
    "chapters/00_first.md": "# First\n\n17_old | a question | a thing\n\nMore.\n",
    "chapters/17_old.md": "# Old\n",
    "chapters/17_aside_thing.md": "# Aside\n",
    "index.md": "0. {doc}`/chapters/00_first`. One.\n"
        "17. {doc}`/chapters/17_old`. Two.\n\nAnd {doc}`/chapters/17_old` again.\n",
    "_toc.yml": "chapters:\n      - file: chapters/17_old\n"
        "      - file: chapters/17_aside_thing\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project with two chapters and a page aside."""
    return write(tmp_path, SMALL)


def files(root: Path) -> dict[str, bytes]:
    """Every file under a folder, and every empty folder."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() else b""
        for path in root.rglob("*") if path.is_file() or not any(path.iterdir())
    }


def test_the_chapter_is_entered_after_the_last_one_and_nothing_else_moves(small):
    assert main([NEW], small) == 0
    lines = {
        "_toc.yml": "      - file: chapters/18_its_name\n",
        "index.md": "18. {doc}`/chapters/18_its_name`. FILL: one sentence.\n",
        "chapters/00_first.md":
            "18_its_name | FILL: its question? | FILL: what one builds\n",
    }
    for name, line in lines.items():
        text = (small / name).read_text()
        before, found, after = text.partition(line)
        assert found and before.endswith("\n") and before + after == SMALL[name]
        assert "17_old" in before.splitlines()[-1]


def test_every_part_has_its_number_and_no_word_is_left_unreplaced(small):
    main([NEW], small)
    made = {name: text for name, text in files(small).items() if name not in SMALL}
    assert len(made) == len(skeleton.PLACES)
    for name, text in made.items():
        assert not re.search(rb"@[A-Z]+@", text), name
        assert "18" in name and b"FILL:" in text or "banks/chapter18.py" in name
    page = made["chapters/18_its_name.md"].decode()
    assert "\n# Its name\n" in page and "name: fig-its-name\n" in page
    # The tests in a browser ask for a formula, and for words in a drawing.
    assert "$$ (eq-its-name)\n" in page and "titles=" in page


@pytest.mark.parametrize(("name", "words"), [
    ("", "NAME is '', expected a number and words, such as 18_masks"),
    ("masks", "expected a number and words"),
    ("18_Masks", "expected a number and words"),
    ("18-masks", "expected a number and words"),
    ("18_aside_masks", "expected a number and words"),
    ("../18_masks", "expected a number and words"),
    ("17_masks", "the next number is 18"),
    ("19_masks", "the next number is 18"),
    ("18_old", "there is a chapter called 'old' already"),
])
def test_a_name_or_number_that_cannot_be_is_refused(small, name: str, words: str):
    with pytest.raises(SkeletonError, match=re.escape(words)):
        main([name], small)
    assert files(small).keys() == SMALL.keys()


@pytest.mark.parametrize(("label", "refused"), [
    ("(sec-its-name)=", "sec-its-name"), ("    name: fig-its-name", "fig-its-name"),
    ("$$ (eq-its-name)", "eq-its-name"), (":label: ex-its-name", "ex-its-name"),
    ("    name: fig-its-names", ""), ("    name: big-fig-its-name", ""),
    ("    name: fig-its-name-again", ""),
])
@pytest.mark.parametrize("page", ["chapters/17_aside_thing.md", "book/silent.md"])
def test_words_that_a_label_of_the_book_has_are_refused(
    small, page: str, label: str, refused: str
):
    write(small, {page: f"# A page\n\n{label}\n"})
    if not refused:
        assert main([NEW], small) == 0
        return
    with pytest.raises(SkeletonError, match=f"the label {refused} stands in {page}"):
        main([NEW], small)
    assert not (small / f"chapters/{NEW}.md").exists()


@pytest.mark.parametrize("there", [
    "tests/banks/chapter18.py", "resattn_tutorial/checks/chapter18/first.py",
])
def test_a_file_that_is_there_is_never_written_over(small, there: str):
    write(small, {there: "mine"})
    with pytest.raises(SkeletonError, match=f"{there} is there already"):
        main([NEW], small)
    assert files(small).keys() == SMALL.keys() | {there}


def test_a_page_without_the_last_chapter_s_line_is_named(small):
    write(small, {"index.md": "# Home\n"})
    with pytest.raises(SkeletonError, match="index.md has 0 lines for 17_old"):
        main([NEW], small)
    assert files(small).keys() == SMALL.keys()


@pytest.mark.parametrize("after", range(9))
def test_where_one_file_cannot_be_written_all_are_as_they_were(
    small, monkeypatch, after: int
):
    before, write_one, left = files(small), skeleton.write_whole, after
    wanted = new_files(NEW, small) | entries(NEW, small)
    assert len(wanted) == 9

    def failing(path: Path, content: str | bytes) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise OSError("no room")
        write_one(path, content)

    monkeypatch.setattr(skeleton, "write_whole", failing)
    with pytest.raises(OSError, match="no room"):
        write_all(wanted)
    assert files(small) == before


@dataclass(frozen=True)
class Step:
    """What a command said in the copy."""

    status: int
    said: str


def gates() -> list[str]:
    """The tests that ``make gates`` runs, but this one."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = re.search(r"^GATES := ((?:.*\\\n)*.*)", text, re.M)[1]
    return [name for name in listed.replace("\\", "").split() if "skeleton" not in name]


RUN_IT = (
    "from pathlib import Path; from tools.execute import execute; "
    f"print(execute(Path('chapters/{NEXT}.md').resolve(), Path.cwd()))"
)
# Of all gates what concerns the new chapter, and the tables that list every chapter.
CONCERNED = (
    f"(its_name or chapter{NUMBER} or {NUMBER}-centred or the_map_has_every_chapter"
    " or has_something_behind_it) and not page_shows and not written_otherwise"
)


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> dict[str, Step]:
    """A copy of the project in which a chapter is begun, run, judged and filled."""
    root = tmp_path_factory.mktemp("copy") / "project"
    left_out = shutil.ignore_patterns(
        ".*", "_build", "build", "dist", "__pycache__", "*.egg-info", "vendor")
    shutil.copytree(ROOT, root, ignore=left_out)

    def run(*command: str) -> Step:
        done = subprocess.run(
            [sys.executable, *command], cwd=root, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        return Step(done.returncode, done.stdout)

    steps = {
        "begun": run("-m", "tools.skeleton", NEXT),
        "quotations": run("-m", "tools.quotes", "--check"),
        "export": run("-m", "tools.notebooks"),
        "style": run("-m", "ruff", "check", "."),
        "run": run("-c", RUN_IT),
        "gates": run(
            "-m", "pytest", "-q", "-p", "no:cacheprovider", *gates(), "tests/checks",
            f"tests/book/test_chapter{NUMBER}_claims.py",
            "tests/book/test_other_answers.py", "-k", CONCERNED,
        ),
        "open": run("-m", "tools.skeleton", "--open"),
    }
    for path in root.rglob("*"):
        if path.suffix in (".md", ".py") and NUMBER in f"{path.parent.name}{path.name}":
            path.write_text(path.read_text().replace("FILL: ", ""))
    for name in ("index.md", "chapters/00_ten_minutes.md"):
        path = root / name
        path.write_text(path.read_text().replace("FILL: ", ""))
    steps["filled"] = run("-m", "tools.skeleton", "--open")
    return steps


@pytest.mark.slow
@pytest.mark.parametrize("step", [
    "begun", "quotations", "export", "style", "run", "gates", "filled",
])
def test_a_fresh_skeleton_passes_every_gate(story, step: str):
    assert story[step].status == 0, story[step].said


@pytest.mark.slow
def test_the_gates_have_looked_at_the_page_its_check_its_bank_and_its_claims(story):
    [passed] = re.findall(r"^(\d+) passed", story["gates"].said, re.M)
    assert int(passed) > 25


@pytest.mark.slow
def test_only_what_is_open_is_refused_in_a_fresh_skeleton(story):
    assert story["open"].status == 1
    for place in (
        f"chapters/{NEXT}.md:15: FILL: one sentence",
        f"resattn_tutorial/checks/chapter{NUMBER}/first.py:1: ",
        f"tests/banks/chapter{NUMBER}_first.py:1: ", "index.md:",
        f"tests/book/test_chapter{NUMBER}_claims.py:", "chapters/00_ten_minutes.md:",
    ):
        assert f"\n{place}" in "\n" + story["open"].said
