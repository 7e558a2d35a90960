"""The page *What works with what*: each line names a test that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.proven import FOLDER, ProofError, told
from tools.settings import ROOT

PAGE = (ROOT / "book/works-with.md").read_text(encoding="utf-8")
NAMED = re.findall(r"\{test\}`([^`]+)`", PAGE)


def lines() -> dict[str, str]:
    """What stands below each name of the page."""
    parts = re.split(r"\n\n(?=\*\*)", PAGE)[1:]
    return {part.splitlines()[0]: part for part in parts}


@pytest.mark.parametrize("name", NAMED)
def test_a_named_test_is_there_and_reads_as_a_sentence(name: str):
    text = told(name, ROOT)
    assert " " in text and "_" not in text


def test_every_line_of_the_page_names_its_test():
    silent = {name for name, part in lines().items() if "{test}`" not in part}
    assert len(lines()) > 25 and not silent


def test_every_test_that_was_written_for_the_page_stands_on_it():
    file = "models/test_works_with.py"
    written = re.findall(r"^def (test_\w+)", (ROOT / FOLDER / file).read_text(), re.M)
    assert {f"{file}::{name}" for name in written} <= set(NAMED)


@pytest.mark.parametrize(("name", "words"), [
    ("models/test_gone.py::test_it", "there is no"),
    ("models/test_fx.py::test_nothing_of_the_kind", "holds no test"),
    ("models/test_fx.py::small", "holds no test"),
    ("models/test_fx.py", "holds no test"),
])
def test_a_test_that_there_is_not_is_refused(name: str, words: str):
    with pytest.raises(ProofError, match=words):
        told(name, ROOT)


def test_it_is_read_from_the_file_itself(tmp_path: Path):
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "test_a.py").write_text("def test_one_is_one(): pass\n")
    assert told("test_a.py::test_one_is_one", tmp_path) == "one is one"
