"""The hours of the course are the rule's, and its tables leave no chapter out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.chapters import ChapterError, chapter_paths, is_aside
from tools.hours import Effort, as_myst, effort, shown
from tools.notebooks import Exporter
from tools.settings import ROOT

PATHS = [path for path in chapter_paths() if not is_aside(path)]
FIRST = ROOT / "chapters" / "00_ten_minutes.md"


@pytest.mark.parametrize(("read", "exercises", "cells", "minutes"), [
    (10, 5, 0, 15), (10, 5, 1, 30), (20, 0, 20, 30), (35, 50, 16, 105), (0, 0, 0, 0),
])
def test_reading_exercises_and_half_a_minute_for_each_cell_are_rounded_up(
    read: int, exercises: int, cells: int, minutes: int
) -> None:
    assert Effort(read, exercises, cells).minutes == minutes


@pytest.mark.parametrize(("minutes", "text"), [
    (15, "15 min"), (60, "1 h 00"), (105, "1 h 45"), (1230, "20 h 30"),
])
def test_quarters_of_an_hour_are_shown_in_hours_on_one_line(
    minutes: int, text: str
) -> None:
    assert shown(minutes) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_chapter_s_effort_is_what_it_says_itself(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = effort(path)
    assert found.read == int(re.search(r"^:read: (\d+)$", text, re.M)[1])
    said = re.findall(r"^\*[A-Z][\w-]* · (\d+) minutes\.\*", text, re.M)
    assert found.exercises == sum(map(int, said)) > 0
    cells = len(re.findall(r"^```\{code-cell\}", text, re.M))
    assert found.cells == cells - 4 * len(said)


def lines_of(name: str) -> str:
    """The body of a table of the first chapter."""
    text = FIRST.read_text(encoding="utf-8")
    return re.search(rf"^```\{{course\}} {name}\n(.*?)^```", text, re.S | re.M)[1]


def test_the_map_has_every_chapter_and_the_sum() -> None:
    table = as_myst("map", lines_of("map").strip()).splitlines()
    assert len(table) == 2 + len(PATHS) + 1
    whole = sum(effort(path).minutes for path in PATHS)
    assert table[-1] == f"| | All | {shown(whole)} | | |"
    for path, row in zip(PATHS, table[2:], strict=False):
        number, link = int(path.name[:2]), f"{{doc}}`/chapters/{path.stem}`"
        taken = shown(effort(path).minutes)
        assert row.startswith(f"| {number} | {link} | {taken} |")


def test_an_evening_is_shorter_than_a_weekend_and_that_than_the_course() -> None:
    rows = as_myst("ways", lines_of("ways").strip()).splitlines()[2:]
    hours = [int(re.search(r"\| (\d+)\sh\s\d\d \|", row)[1]) for row in rows]
    assert len(rows) == 3 and hours == sorted(set(hours))
    assert hours[0] < 5 and hours[1] < 16            # an evening, and two days


def test_the_landing_page_says_the_sum_to_the_nearest_hour() -> None:
    whole = sum(effort(path).minutes for path in PATHS)
    said = as_myst("sum", "")
    hours = int(re.search(r"exercises take about (\d+) hours", said)[1])
    assert abs(60 * hours - whole) <= 30
    with pytest.raises(ChapterError, match="takes no lines"):
        as_myst("sum", "a | b | c")


def test_the_notebook_shows_the_same_tables() -> None:
    notebook = Exporter(ROOT).notebook(FIRST)
    text = "\n".join(cell.source for cell in notebook.cells)
    whole = sum(effort(path).minutes for path in PATHS)
    assert f"| {shown(whole)} |" in text and "{course}" not in text


@pytest.mark.parametrize("name", ["map", "ways"])
def test_every_column_of_a_table_has_a_name(name: str) -> None:
    head = as_myst(name, lines_of(name).strip()).splitlines()[0]
    assert all(cell.strip() for cell in head.strip("|").split("|"))


@pytest.mark.parametrize(("name", "text", "words"), [
    ("mep", "", "course shows one of map, ways, sum, not 'mep'"),
    ("map", "00_ten_minutes | a | b", "the map must name 00_ten_minutes, 01_"),
    ("map", "00_ten_minutes | a", "expected three parts"),
    ("ways", "An evening | 0, 99 | a", "there is no chapter 99"),
    ("ways", "An evening | | a", "expected three parts"),
])
def test_a_table_that_cannot_be_is_refused(name: str, text: str, words: str) -> None:
    with pytest.raises(ChapterError, match=re.escape(words)):
        as_myst(name, text)
