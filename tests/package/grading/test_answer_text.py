"""The text by which an answer is judged alone: of what it needs, and nothing else."""

from __future__ import annotations

import linecache
from typing import Any

import pytest
import torch

from resattn_tutorial.checks.engine.answers import last_defined
from resattn_tutorial.grading import answer_text
from resattn_tutorial.grading.answer_text import text_of
from resattn_tutorial.grading.cell_names import facts_of
from resattn_tutorial.grading.cells import Cell

IMPORTS = """\
import math, torch
from torch import nn
from resattn_tutorial.checks import chapter01 as checks"""


def notebook(*sources: str) -> tuple[dict[str, Any], list]:
    """The names of a notebook whose cells were run, and the cells."""
    page, cells = {"__name__": "__main__"}, []
    for number, source in enumerate((IMPORTS, *sources), 1):
        facts = facts_of(Cell(number, source))
        where = f"<test cell {number}>"
        linecache.cache[where] = (len(source), None, source.splitlines(True), where)
        exec(compile(source, where, "exec", 0, True), page)
        cells.append(facts)
    return page, cells


def text(*sources: str, name: str = "f") -> tuple[str, str]:
    page, cells = notebook(*sources)
    return text_of(page[name], page, cells)


def test_a_function_comes_with_what_it_calls():
    source, why = text("WIDTH = 3", "def g(x):\n    return x + WIDTH",
                       "def f(x):\n    return math.floor(g(x))", "def other(): 1")
    assert why == "" and "other" not in source
    assert last_defined(source, "text", {})[0](0.5) == 3


POOL = ("pool = nn.MaxPool2d(2)", "pool.kernel_size = 3",
        "def f(x):\n    return pool(x)")


def test_a_value_of_another_cell_comes_by_its_statements():
    source, why = text("slow = [k for k in range(9)]", *POOL, "unused = nn.ReLU()")
    assert why == ""
    for absent in ("slow", "unused", "math", "checks"):
        assert absent not in source
    answer, where = last_defined(source, "text", {})
    assert answer(torch.arange(36.0).view(1, 1, 6, 6)).shape == (1, 1, 2, 2), where


def test_calls_of_checks_are_no_part_of_an_answer():
    source, _ = text(*POOL, "try:\n    checks.growth(f)\nexcept Exception:\n    pass",
                     "checks.growth.title")
    assert "checks" not in source and source.endswith("answer = f\n")


def test_what_is_the_packages_own_comes_by_its_import():
    source, why = text(
        "from resattn_tutorial.models.residual import ResidualUnit as f")
    assert source == (
        "from resattn_tutorial.models.residual import ResidualUnit\n\n"
        "answer = ResidualUnit\n") and why == ""


@pytest.mark.parametrize(("cell", "words"), [
    ("def make():\n    def inner(x):\n        return x\n    return inner\n\n\n"
     "_f = make()", "made inside another function"),
    ("_f = 3", "only a function or a class"),
])
def test_an_answer_without_a_text_is_told(cell, words):
    source, why = text(cell, name="_f")
    assert source == "" and words in why


def test_an_answer_that_is_too_long_is_told(monkeypatch):
    monkeypatch.setattr(answer_text, "MOST", 10)
    source, why = text("def f(x):\n    return x")
    assert source == "" and "more than 10 letters" in why


def test_an_answer_that_raises_when_it_is_asked_is_told():
    class Odd:
        @property
        def __module__(self):
            return "__main__"

        @property
        def __name__(self):
            raise RuntimeError("mind your own business")

    assert text_of(Odd(), {}, [])[0] == ""
