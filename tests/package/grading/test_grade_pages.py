"""The table: nothing in it is a formula, a tag, or a command to a terminal."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

import pytest

from resattn_tutorial.grading.pages import as_csv, as_html, columns, harmless
from resattn_tutorial.grading.rows import Row, Verdict

EVIL = "</td></table><script>alert('1')</script><img src=x onerror=y>&amp;\x1b[31m"
ROWS = [
    Row("bob", "bob/x.ipynb", "02_b", {"chapter02.halve": Verdict("not done")}),
    Row("ada", "ada.ipynb", "01_a", {
        "chapter01.growth": Verdict("passed", "", ["uses the package: f"], "f = 1"),
        "chapter01.unit": Verdict("not passed", "it is, \"too\" large"),
    }, 0.126, "", ["code cell 3: E"], ["3 of 4 code cells run"], "namespaces"),
    Row("cleo", stopped="there is no notebook"),
]


class Tags(HTMLParser):
    """The tags and the text of a page, and which are open at its end."""

    EMPTY = {"meta", "br"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def cells(rows: list[Row]) -> list[list[str]]:
    """The CSV as a spreadsheet reads it."""
    text = as_csv(rows)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_csv_has_a_line_for_each_row_and_a_column_for_each_check():
    head, bob, ada, cleo = cells(ROWS)
    assert head[:7] == ["learner", "file", "notebook", "passed", "of", "to look at",
                        "minutes"]
    checks = ["chapter01.growth", "chapter01.unit", "chapter02.halve"]
    assert head[10:] == checks == columns(ROWS)
    assert bob[3:5] == ["0", "1"] and bob[10:] == ["", "", "not done"]
    assert ada[:7] == ["ada", "ada.ipynb", "01_a", "1", "2", "1", "0.13"]
    assert ada[10:] == ["passed [uses the package: f]",
                        'not passed: it is, "too" large', ""]
    assert cleo[7] == "there is no notebook" and cleo[3:5] == ["0", "0"]


@pytest.mark.parametrize("text", [
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "  =1", "\r=1",
    "\n=1", "\x1b[31m=1", "|calc", "\u202e=1", "%0A=1",
])
def test_no_cell_is_taken_for_a_formula(text):
    assert harmless(text).startswith("'")
    row = Row(text, text, "x", {"chapter01.a": Verdict("passed", text)}, stopped=text,
              errors=[text], notes=[text])
    for cell in cells([row])[1]:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "|", "%")), cell
        assert "\n" not in cell and "\r" not in cell and "\x1b" not in cell


def test_plain_words_stay_as_they_are():
    assert harmless("Ada Lovelace, 1.5") == "Ada Lovelace, 1.5"


def test_the_page_has_the_words_of_all_rows_and_its_tags_are_closed():
    page = Tags(as_html(ROWS))
    assert page.open == [] and "script" not in page.tags
    for words in ("ada", "bob", "cleo", "growth", "1 of 2", "uses the package: f",
                  'it is, "too" large', "there is no notebook", "code cell 3: E",
                  "namespaces", "No notebook of the book", "f = 1"):
        assert words in page.text, words


def test_what_comes_from_a_learner_is_text_and_nothing_else():
    verdict = Verdict(EVIL, EVIL, [EVIL], EVIL)
    plain = Verdict("a", "a", ["a"], "a")
    evil, tame = (
        Tags(as_html([Row(x, x, x, {f"chapter01.{x}": v}, 1.0, x, [x], [x], x)]))
        for x, v in ((EVIL, verdict), ("a", plain))
    )
    assert evil.tags == tame.tags and evil.open == []
    assert "<script>alert('1')" in evil.text and "\x1b" not in evil.text


def test_the_page_may_run_and_load_nothing():
    assert "default-src 'none'" in as_html([])
