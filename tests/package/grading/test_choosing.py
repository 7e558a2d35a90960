"""Which cells are run: what the checks need, found by names."""

from __future__ import annotations

import pytest
from class_notebooks import notebook

from resattn_tutorial.grading.cells import read_cells
from resattn_tutorial.grading.choosing import choose

IMPORTS = "from resattn_tutorial.checks import chapter01 as checks\nimport torch"
CHECK = "checks.growth(growth)"


def run(*cells, every: bool = False) -> list[int]:
    """The numbers of the cells that are chosen."""
    chosen = choose(read_cells(notebook(cells).encode()), every).chosen
    return [one.cell.number for one in chosen]


def test_a_training_that_no_answer_reads_is_left_out():
    cells = (
        IMPORTS, "network = train(minutes=10)", "def growth(f, z):\n    return 1",
        "losses = [loss for loss in network]", CHECK, "draw(losses)",
    )
    assert run(*cells) == [1, 3, 5]
    assert run(*cells, every=True) == [1, 2, 3, 4, 5, 6]


def test_what_an_answer_reads_is_run_also_by_a_long_way():
    assert run(
        IMPORTS, "a = start()", "b = more(a)", "unused = a.sum()",
        "def growth(f, z):\n    return b", CHECK,
    ) == [1, 2, 3, 5, 6]


def test_the_last_cell_that_sets_a_name_counts_and_what_changes_it_since():
    assert run(
        IMPORTS, "net = old()", "net = new()", "net.width = f(3)", "net.eval()",
        "repair(net)", "print(net)", "other.eval()",
        "def growth(f, z):\n    return net", CHECK, "net.train()",
    ) == [1, 3, 4, 5, 6, 9, 10]


def test_a_name_that_is_read_before_it_is_set_comes_from_before():
    answer = "def growth(f, z):\n    return x"
    assert run(IMPORTS, "x = f()", "x = g(x)", answer, CHECK) == [1, 2, 3, 4, 5]
    assert run(IMPORTS, "x = f()", "x = g(2)\ny = x", answer, CHECK) == [1, 3, 4, 5]


def test_what_a_loop_sets_for_itself_is_not_looked_for():
    assert run(
        IMPORTS, "part = slow()", "sums = []\nfor part in parts():\n    sums += [part]",
        "def growth(f, z):\n    return sums", CHECK,
    ) == [1, 3, 4, 5]


def test_an_argument_or_an_import_is_not_looked_for():
    assert run(IMPORTS, "z = slow()", "torch.manual_seed(0)", "torch.backends.x = f()",
               "def growth(f, z):\n    return torch.sum(z)", CHECK) == [1, 5, 6]


def test_a_cell_that_imports_and_does_more_is_run_for_its_imports():
    imports = f"{IMPORTS}\nnetwork = build(torch)"
    assert run(imports, "torch.x = f()", "def growth(f, z):\n    return 1", CHECK) == [
        1, 3, 4]


def test_a_global_that_a_function_sets_is_its_cells():
    assert run(IMPORTS, "seen = f()", "def note():\n    global seen\n    seen = 3",
               "def growth(f, z):\n    return seen", CHECK) == [1, 3, 4, 5]


def test_tagged_cells_and_cells_that_are_no_python_are_run():
    assert run(IMPORTS, ("growth = f()", "exercise"), ("g()", "check"), "h()",
               "def f(:") == [1, 2, 3, 5]


@pytest.mark.parametrize("light", [
    "import math", "class A(B):\n    x = f()", "a, b = c.d, 3", "a: int = -1", "'text'",
    "a = lambda: f()", "pass", "", "# only words", "a = {'x': [1, 2]}", "a: int",
    "async def f():\n    await g()",
])
def test_cells_that_only_import_define_and_name_are_run(light):
    assert run(IMPORTS, light) == [1, 2]


@pytest.mark.parametrize("costly", [
    "a = f()", "f()", "for x in y:\n    pass", "a = [f(x) for x in y]", "a = b @ b",
    "a += 1", "if a:\n    b = 1", "a = {x for x in y}", "with a:\n    pass",
])
def test_cells_that_may_take_long_are_not_run_where_nobody_needs_them(costly):
    assert run(IMPORTS, costly) == [1]


def test_the_cell_that_installs_the_package_is_never_run():
    install = "# @title Get the book's package (does nothing)\nimport x"
    assert run(install, IMPORTS, every=True) == [2]


@pytest.mark.parametrize(("source", "asked", "chapters"), [
    (f"{IMPORTS}\n{CHECK}", ["chapter01.growth"], ["chapter01"]),
    ("import resattn_tutorial.checks.chapter02 as c\nc.halve(f)\nc.halve(g)",
     ["chapter02.halve"], ["chapter02"]),
    ("from resattn_tutorial.checks.chapter02 import halve as h\nh(f)",
     ["chapter02.halve"], ["chapter02"]),
    ("from resattn_tutorial.checks import chapter02, chapter03 as checks\n"
     "chapter02.down_up.kept(x)\nUnit = checks.stage.yours(A, B)", [],
     ["chapter02", "chapter03"]),
    ("from other.checks import chapter01 as checks\nchecks.growth(f)", [], []),
    ("checks.growth(f)", [], []),
])
def test_the_checks_that_are_called_are_known_by_their_imports(
    source, asked, chapters
):
    choice = choose(read_cells(notebook([source]).encode()))
    assert (choice.asked, choice.chapters) == (asked, chapters)
