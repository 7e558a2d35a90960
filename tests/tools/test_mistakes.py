"""Usual mistakes: each exercise has its question, and the words are the check's own."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of
from tools import mistakes
from tools.chapters import ChapterError, chapter_paths
from tools.exercises import exercises
from tools.markdown import parser
from tools.settings import ROOT

PAGE = ROOT / "book" / "usual-mistakes.md"
CHECKS = [name for notebook in NOTEBOOKS for name in checks_of(notebook)]


def plain(text: str) -> list[str]:
    """The text of each list item of some Markdown, as a page shows it."""
    found, depth = [], 0
    for token in parser().parse(text):
        depth += (token.type == "list_item_open") - (token.type == "list_item_close")
        if token.type == "inline" and depth:
            found.append("".join(
                part.content for part in token.children if part.type != "math_inline"
            ))
    return found


@pytest.mark.parametrize("check", CHECKS)
def test_a_page_shows_the_words_of_a_check_as_they_are(check: str) -> None:
    words = mistakes.mistakes(check)
    shown = plain("\n".join(f"- {mistakes.literal(text)}" for text in words))
    assert shown == [" ".join(text.split()) for text in words]


@pytest.mark.parametrize("words", [
    "** goes before /", "1. is one", "- b", "`x` and $y$", "[a](b) <b> {ref}`c`",
    "1) x", "a_b_c | d", r"a \ b", "::: x",
])
def test_markup_in_words_is_shown_and_not_obeyed(words: str) -> None:
    assert plain(f"- {mistakes.literal(words)}") == [words]


def test_the_page_has_every_notebook_in_order_under_its_own_heading() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^## (.+)\n\n```\{usual-mistakes\} (\w+)\n```$", text, re.M)
    titles = {
        path.stem: re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.M)[1]
        for path in chapter_paths()
    }
    assert found == [(title, name) for name, title in titles.items()]
    for name in titles:
        assert f"{{doc}}`/chapters/{name}`" in mistakes.as_myst(name)


@pytest.mark.parametrize(
    "path", [ROOT / "index.md", *(ROOT / "book").glob("*.md"), *chapter_paths()],
    ids=lambda path: path.stem,
)
def test_no_heading_is_a_reference(path: Path) -> None:
    """In the list of contents it would stand as a path or a label."""
    tokens = parser().parse(path.read_text(encoding="utf-8"))
    for opened, heading in pairwise(tokens):
        if opened.type == "heading_open":
            assert "}`" not in heading.content
    assert any(token.type == "heading_open" for token in tokens)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_each_exercise_stands_there_with_its_question_and_every_mistake(notebook):
    text, asked = mistakes.as_myst(notebook), mistakes.questions()
    found = exercises(ROOT / "chapters" / f"{notebook}.md")
    assert re.findall(r"\{ref\}`([\w-]+)`", text) == [one.label for one in found]
    assert re.findall(r"^\*Ask:\* (.+)$", text, re.M) == [
        asked[name] for name in checks_of(notebook)
    ]
    assert len(plain(re.sub(r"^:::.*$", "", text, flags=re.M))) == sum(
        len(mistakes.mistakes(name)) for name in checks_of(notebook)
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_no_solution_is_printed(notebook: str) -> None:
    text = mistakes.as_myst(notebook).replace("\\", "")
    for one in exercises(ROOT / "chapters" / f"{notebook}.md"):
        for line in one.cells["solution"].text.splitlines():
            if line.strip().startswith("return ") and len(line.strip()) > 24:
                assert line.strip() not in text


@pytest.mark.parametrize(("old", "new", "words"), [
    ("growth = ", "grown = ", "no question for chapter01.growth"),
    ("[chapter00]", '[chapter00]\nnothing = "Which?"', "no exercise chapter00.nothing"),
    ("Follow one gradient", "Nothing.\" #", "chapter01.growth: expected a question"),
])
def test_a_file_of_questions_that_is_not_whole_is_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = (ROOT / mistakes.FILE).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "book").mkdir()
    target = tmp_path / mistakes.FILE
    target.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ChapterError, match=re.escape(words)):
        mistakes.questions(tmp_path)


def test_one_question_for_two_exercises_is_refused(tmp_path: Path) -> None:
    text = (ROOT / mistakes.FILE).read_text(encoding="utf-8")
    own = re.search(r'^halve = (".*")$', text, re.M)[1]
    (tmp_path / "book").mkdir()
    spoilt = re.sub(r'^growth = ".*"$', lambda _: f"growth = {own}", text, flags=re.M)
    (tmp_path / mistakes.FILE).write_text(spoilt, encoding="utf-8")
    with pytest.raises(ChapterError, match="expected a question of its own"):
        mistakes.questions(tmp_path)


def test_a_notebook_that_is_not_there_is_refused() -> None:
    with pytest.raises(ChapterError, match="there is no notebook '99_x'"):
        mistakes.as_myst("99_x")
