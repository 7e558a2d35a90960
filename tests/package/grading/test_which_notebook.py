"""The list of exercises agrees with the book, and a copy is known again."""

from __future__ import annotations

import ast
import re

import pytest

from resattn_tutorial.checks.engine.check import Check
from resattn_tutorial.checks.exercises import (
    NOTEBOOKS,
    all_checks,
    checks_of,
    find_check,
)
from resattn_tutorial.grading.exercises import which_notebook
from tools.chapters import chapter_paths, read_chapter, tags
from tools.settings import ROOT


def test_every_exercise_of_the_book_stands_in_the_list_and_no_other():
    found = {}
    for path in chapter_paths(ROOT):
        found[path.stem] = tuple(
            ast.parse(cell.source).body[-1].value.func.attr
            for cell in read_chapter(path).cells if "check" in tags(cell)
        )
    assert NOTEBOOKS == found


def test_every_name_in_the_list_leads_to_a_check_of_its_own():
    names = [name for notebook in NOTEBOOKS for name in checks_of(notebook)]
    assert len(set(names)) == len(names) == len(all_checks())
    assert all(isinstance(find_check(name), Check) for name in names)


def test_every_notebook_is_known_by_its_checks_under_any_name():
    for name in NOTEBOOKS:
        chapter = f"chapter{name[:2]}"
        assert which_notebook("homework", checks_of(name), [chapter]) == name


@pytest.mark.parametrize(("file", "asked", "chapters", "known"), [
    ("01_residual_units (1)", [], [], "01_residual_units"),
    ("Ada - 01-Residual-Units", [], [], "01_residual_units"),
    ("01_residual_units", ["chapter02.halve"], ["chapter02"], "02_soft_mask_branch"),
    ("x", [], ["chapter07"], "07_the_networks"),
    ("07_aside_which_network", [], ["chapter07"], "07_aside_which_network"),
    ("x", ["chapter07.depth", "chapter07.ones", "chapter07.network"], ["chapter07"],
     "07_the_networks"),
    ("x", [], [], None), ("x", ["chapter99.nix"], ["chapter99"], None),
])
def test_a_copy_is_known_by_its_cells_then_by_its_name(file, asked, chapters, known):
    assert which_notebook(file, asked, chapters) == known


def test_a_notebook_that_the_book_lacks_has_no_checks():
    assert checks_of("x") == () == checks_of("")
    assert not [name for name in NOTEBOOKS if not re.match(r"\d\d_", name)]
