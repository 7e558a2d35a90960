"""The map from the paper to the book holds every item, and each entry leads on."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import write

from tools.paper_map import ITEMS, MapError, as_myst, read_map
from tools.settings import ROOT, Address

TESTS = '''\
"""Tests."""


def test_the_sky_is_blue():
    assert True
'''


def small_map(root: Path, **changed: str) -> Path:
    """A project whose map has every item, each with the same entry but ``changed``."""
    entry = (
        'says = "something"\nsections = ["sec-a"]\n'
        'code = ["resattn_tutorial.sample.halve"]\n'
        'tests = ["tests/test_sky.py::test_the_sky_is_blue"]\n'
    )
    entries = {name: entry for name in ITEMS} | changed
    text = "".join(f'["{name}"]\n{body}\n' for name, body in entries.items() if body)
    files = {
        "book/paper-map.toml": text,
        "tests/test_sky.py": TESTS,
        "resattn_tutorial/sample.py": "A = 3\n\n\ndef halve(x):\n    return x / 2\n",
    }
    return write(root, files)


def test_the_map_of_the_book_holds_all_equations_tables_and_figures() -> None:
    items = read_map(ROOT)
    assert [item.name for item in items] == ITEMS
    assert len(items) == 7 + 7 + 4
    for item in items:
        assert item.tests or item.missing, item.name


def test_an_entry_says_where_a_definition_and_a_test_stand(tmp_path: Path) -> None:
    first = read_map(small_map(tmp_path))[0]
    assert [(one.path, one.line) for one in first.code] == [
        ("resattn_tutorial/sample.py", 4)
    ]
    assert [(one.path, one.line) for one in first.tests] == [("tests/test_sky.py", 4)]


def test_a_line_is_a_link_once_there_is_an_address(tmp_path: Path) -> None:
    items = read_map(small_map(tmp_path))
    plain, linked = as_myst(items, Address("")), as_myst(items, Address("we/book"))
    assert "the sky is blue (`tests/test_sky.py`, line 4)" in plain
    assert "https" not in plain
    assert "(https://github.com/we/book/blob/main/tests/test_sky.py#L4)" in linked


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("", "must have"),
        ('says = "x"\ncolour = 1', "unknown .*colour"),
        ('says = "x"\ncode = ["resattn_tutorial.sample.gone"]', "no resattn.*gone"),
        ('says = "x"\ntests = ["tests/gone.py::test_a"]', "no file tests/gone.py"),
        ('says = "x"\ntests = ["tests/test_sky.py::test_a"]', "has no test test_a"),
        ('says = "x"\nsections = ["sec-a"]', "no section or no test"),
    ],
)
def test_an_entry_that_leads_nowhere_is_refused_by_name(
    tmp_path: Path, entry: str, words: str
) -> None:
    root = small_map(tmp_path, **{"Table 3": entry})
    with pytest.raises(MapError, match=words) as caught:
        read_map(root)
    assert "Table 3" in str(caught.value)
