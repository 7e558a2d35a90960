"""A table shows each cell once, numbers to the right, and refuses rows that gape."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from resattn_tutorial.plotting.tables import table

SHOWN = table(["arm", "n", "error"], [["a < b", 5, "22.1%"], ["c", 12, "9.0%"]],
              title="Errors & seeds")


def test_every_cell_stands_in_the_html_once_and_is_escaped() -> None:
    root = ElementTree.fromstring(SHOWN._repr_html_())
    assert [cell.text for cell in root.iter("td")] == [
        "a < b", "5", "22.1%", "c", "12", "9.0%"]
    assert [cell.text for cell in root.iter("th")] == ["arm", "n", "error"]
    assert root.find("caption").text == "Errors & seeds"


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    root = ElementTree.fromstring(SHOWN._repr_html_())
    sides = [cell.get("style").rpartition(":")[2] for cell in root.iter("th")]
    assert sides == ["left", "right", "right"]


@pytest.mark.parametrize(("cells", "side"), [
    (["1 module, residual", "3 modules"], "left"), (["+1.3 to +2.4", "–"], "right"),
    (["26.7% ± 0.3% (5)"], "right"), (["1.9 s", "240 ms"], "right"),
    (["1,234", "×3"], "right"), (["not yet recorded", "3"], "left"), (["–"], "right"),
    (["5e-4", "1.2"], "right"), (["stage 1"], "left"), (["3 GB"], "right"),
    (["", "1.2"], "right"),
])
def test_only_a_column_of_numbers_stands_to_the_right(cells, side) -> None:
    shown = table(["one"], [[cell] for cell in cells], title="A title")
    assert shown.sides == (side,)


def test_a_terminal_shows_aligned_text() -> None:
    assert repr(SHOWN).splitlines() == [
        "Errors & seeds", "arm     n  error", "a < b   5  22.1%", "c      12   9.0%"]


@pytest.mark.parametrize(("head", "rows", "title", "error", "words"), [
    (["a"], [[1, 2]], "t", ValueError, "rows must have 1 cells, as head has; got 2"),
    ([], [[]], "t", ValueError, "at least one column"),
    (["a"], [], "t", ValueError, "at least one"),
    (["a"], [[1]], 3, TypeError, "title"),
    ([1], [[1]], "t", TypeError, "a column's name"),
    (["", "b"], [[1, 2]], "t", ValueError, "every column has a name; got '', 'b'"),
    ("ab", [[1, 2]], "t", TypeError, "head"),
])
def test_what_is_no_table_is_refused_by_name(head, rows, title, error, words) -> None:
    with pytest.raises(error) as refusal:
        table(head, rows, title=title)
    assert words in str(refusal.value)
