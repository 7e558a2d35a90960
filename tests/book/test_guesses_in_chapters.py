"""Every chapter asks for guesses before its results, and ends with open questions."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from explored import opened
from IPython.core.formatters import DisplayFormatter

from resattn_tutorial.plotting.guesses import ask
from tools.chapters import chapter_paths, is_aside, read_chapter, read_text, tags
from tools.settings import ROOT

# Chapter 0 shows what will have been built; it has no results of its own.
CHAPTERS = [
    path for path in chapter_paths(ROOT)
    if not path.stem.startswith("00") and not is_aside(path)
]
chapters = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
LEAD = "These have no check. Change something, predict, and measure."


def open_questions(text: str) -> list[str]:
    """The items under the heading *To try*, which says first what they are."""
    part = re.search(r"\n## To try\n\n(.*?)\n(?=To read on:|In \{doc\})", text, re.S)[1]
    lead, _, items = part.partition("\n\n")
    assert lead == LEAD
    return [item for item in items.split("\n") if item]


@chapters
def test_a_chapter_ends_with_two_or_three_open_questions(path: Path):
    text = read_text(path)
    items = open_questions(text)
    assert 2 <= len(items) <= 3
    for item in items:
        assert item.startswith("- ") and "?" in item and len(item) < 600
    assert text.index("\n## What the package gained") < text.index("\n## To try\n")
    assert text.index("\n## To try\n") == text.rindex("\n## ")


@chapters
def test_an_open_question_names_what_it_starts_from(path: Path):
    text = read_text(path)
    cells = read_chapter(path).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    known = set(re.findall(r"\w+", code))
    named = [
        set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", item))))
        for item in open_questions(text)
    ]
    assert sum(bool(names & known) for names in named) >= 2


def asked_in(path: Path) -> dict[str, int]:
    """Which cell asks for each guess, by the name that the question has."""
    found = {}
    for number, cell in enumerate(read_chapter(path).cells):
        if cell.cell_type == "code" and re.search(r"^\w+ = ask\(", cell.source, re.M):
            assign, shown = ast.parse(cell.source).body
            name = assign.targets[0].id
            assert isinstance(shown, ast.Expr) and ast.unparse(shown) == name
            assert tags(cell) == {"hide-input"} and name not in found
            titles = cell.metadata["mystnb"].values()     # not that of a quotation
            assert {"How this is asked"} == set(titles)
            assert ast.unparse(assign.value.func) == "ask"
            assert not any(word.arg == "guess" for word in assign.value.keywords)
            found[name] = number
    return found


def shown_in(path: Path) -> dict[str, tuple[int, ast.expr]]:
    """Which cell shows each outcome, and what computes it."""
    found = {}
    for number, cell in enumerate(read_chapter(path).cells):
        if cell.cell_type == "code" and ".beside(" in cell.source:
            call = ast.parse(cell.source).body[-1].value
            assert call.func.attr == "beside" and call.func.value.id not in found
            found[call.func.value.id] = number, call.args[0]
    return found


@chapters
def test_a_chapter_asks_for_guesses_and_each_outcome_is_computed_later(path: Path):
    asked, shown = asked_in(path), shown_in(path)
    assert asked.keys() == shown.keys() and 2 <= len(asked) <= 5
    for name, (number, outcome) in shown.items():
        assert number > asked[name] + 1, f"{name}: nothing is computed between"
        assert {ast.Name, ast.Attribute} & {type(part) for part in ast.walk(outcome)}


@chapters
def test_prose_asks_for_no_guess_in_another_way(path: Path):
    prose = [c.source for c in read_chapter(path).cells if c.cell_type != "code"]
    assert not re.search(r"[Pp]redict first|[Gg]uess before", "\n".join(prose))


def test_a_page_shows_the_question_and_folds_the_outcome(chromium, tmp_path: Path):
    question = ask("Does a page ask?", choices=("yes", "no"))
    html = [
        DisplayFormatter().format(one)[0]["text/html"]
        for one in (question, question.beside("yes"))
    ]
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><title>A page</title>{''.join(html)}", "utf-8")
    with opened(chromium, page.as_uri(), 390) as (shown, trouble):
        assert shown.get_by_text("Does a page ask? (yes / no)").is_visible()
        outcome = shown.get_by_text("It came out as")
        assert not outcome.is_visible()
        shown.keyboard.press("Tab")
        shown.keyboard.press("Enter")
        assert outcome.is_visible() and trouble.all() == []
