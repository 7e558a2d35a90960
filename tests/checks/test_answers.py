"""What a learner wrote runs on: in this notebook, and in the ones that follow."""

from __future__ import annotations

import importlib
import linecache
import pkgutil
import re
import subprocess
import sys
import textwrap

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial import checks
from resattn_tutorial.checks.chapter01 import identity_unit
from resattn_tutorial.checks.chapter02 import halve
from resattn_tutorial.checks.engine import answers_folder
from resattn_tutorial.checks.engine.check import Check
from resattn_tutorial.checks.engine.source import NotKept, source_of
from resattn_tutorial.models.residual import ResidualUnit

IMPORTS = """\
import math
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from resattn_tutorial.validation import require_count as counted
"""
HALVE = """\
def my_halve(x: Tensor) -> Tensor:
    # a remark
    return F.max_pool2d(x, SIZE, 2, ceil_mode=True)"""


class Notebook:
    """Cells run one after another in one namespace, as a kernel runs them."""

    def __init__(self):
        self.names = {"__name__": "__main__"}
        self.count = 0

    def run(self, source):
        self.count += 1
        where = f"<cell {id(self)} {self.count}>"
        linecache.cache[where] = (len(source), None, source.splitlines(True), where)
        exec(compile(source, where, "exec"), self.names)
        return self.names


@pytest.fixture
def notebook():
    book = Notebook()
    book.run(IMPORTS)
    return book


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("RESATTN_ANSWERS", str(tmp_path / "mine"))
    return tmp_path / "mine"


def alone(text, name):
    """What a text defines, run where nothing else is known."""
    names = {}
    exec(text, names)
    return names[name]


def test_a_source_brings_its_imports_constants_and_helpers(notebook):
    notebook.run("SIZE = 3\nWORDS = ('a', 'b')\nx = torch.ones(2)")
    notebook.run("def helper(x):\n    return other(x) if x.dim() else helper(x[None])")
    notebook.run("def other(x):\n    return x * math.sqrt(counted('SIZE', SIZE) + 6)")
    notebook.run("def answer(x):\n    y = helper(x)\n    return [(x, y) for x in y]")
    text = source_of(notebook.names["answer"])
    assert alone(text, "answer")(torch.ones(1))[0][1].item() == 3
    assert "WORDS" not in text and "ones(2)" not in text
    first, second = text.splitlines()[:2]
    assert first == "from resattn_tutorial.validation import require_count as counted"
    assert second == "import math"
    assert text.rstrip().endswith("return [(x, y) for x in y]")


def test_an_answer_that_was_taken_goes_along_with_the_next_one(notebook, place):
    halve(notebook.run("SIZE = 3\n" + HALVE)["my_halve"])
    later = Notebook()
    later.names["pool"] = halve.kept(None)
    text = source_of(later.run("def both(x):\n    return pool(pool(x))")["both"])
    assert alone(text, "both")(torch.ones(1, 1, 9, 9)).shape[-1] == 2


def test_a_value_that_is_set_in_the_same_cell_comes_along(notebook):
    notebook.run("KINDS = (nn.ReLU, nn.Sigmoid)\ndef f():\n    return KINDS[0]()")
    assert isinstance(alone(source_of(notebook.names["f"]), "f")(), nn.ReLU)


@pytest.mark.parametrize("source", [
    "class A(nn.Module):\n    N = 2\n    def forward(self, x):\n        return x * K",
    "class Base(nn.Module):\n    def forward(self, x):\n        return x * K\n"
    "class A(Base):\n    def __init__(self):\n        super().__init__()",
    "def twice(kind):\n    return kind\n@twice\nclass A(nn.Module):\n"
    "    @staticmethod\n    def forward(x):\n        return x * K",
    "A = lambda: (lambda x: x * K)",
    "@torch.no_grad()\ndef A():\n    return lambda x: x * K",
    "def A(k=K):\n    def inner(x):\n        return x * k\n    return inner",
])
def test_classes_decorators_and_lambdas_have_a_source(notebook, source):
    notebook.run("K = 2.5")
    answer = notebook.run(source)["A"]
    again = alone(source_of(answer), "A")
    assert answer()(2.0) == again()(2.0) == 5


def test_the_last_of_two_definitions_is_the_source(notebook):
    notebook.run("def f():\n    return 1\n\ndef f():\n    return 2")
    assert alone(source_of(notebook.names["f"]), "f")() == 2


def test_what_a_cell_quotes_from_the_package_is_imported(notebook):
    notebook.run(
        "# In the package: resattn_tutorial.models.residual.ResidualUnit\n"
        "class ResidualUnit(nn.Module):\n    def forward(self, x):\n        return x"
    )
    notebook.run("def two(channels):\n    return ResidualUnit(channels)")
    text = source_of(notebook.names["two"])
    assert "from resattn_tutorial.models.residual import ResidualUnit" in text
    assert isinstance(alone(text, "two")(8), ResidualUnit)


@pytest.mark.parametrize("quoted", [True, False])
def test_a_part_under_another_name_comes_with_it(notebook, quoted):
    """As ``Stage = checks.stage.yours(MyStage, FirstAttentionStage)`` makes it."""
    mark = "# In the package: resattn_tutorial.models.stem_and_head.Head\n" * quoted
    notebook.run(f"{mark}class Head:\n    def width(self):\n        return 3")
    notebook.run("End = Head")
    notebook.run("def f():\n    return End, Head")
    text = source_of(notebook.names["f"])
    assert ("import Head as End" if quoted else "End = Head") in text
    assert ("import Head" in text) == quoted and ("class Head" in text) != quoted
    end, head = alone(text, "f")()
    assert end is head
    assert text.rstrip().endswith("return End, Head")


@pytest.mark.parametrize(("source", "reason"), [
    ("def A():\n    return big", "the cell that sets big is another one"),
    ("def make():\n    def A():\n        return 1\n    return A\nA = make()",
     "inside another function"),
    ("class A:\n    pass", "no function of its own"),
    ("A = 3", "only a function or a class"),
])
def test_what_cannot_be_kept_says_why(notebook, source, reason):
    notebook.run("big = torch.ones(3)")
    with pytest.raises(NotKept, match=reason):
        source_of(notebook.run(source)["A"])


def test_a_passed_answer_is_the_one_that_runs_on(notebook, place, capsys):
    right = notebook.run("SIZE = 3\n" + HALVE)["my_halve"]
    halve(right)
    assert f"Kept in {place / 'chapter02_halve_a_map.py'}." in capsys.readouterr().out
    assert halve.yours(right, F.max_pool2d) is right
    assert capsys.readouterr().out == "Halve a map: yours from here on.\n"


def test_an_answer_that_was_changed_is_judged_again(notebook, monkeypatch, capsys):
    monkeypatch.setenv("RESATTN_ANSWERS", "off")
    right = notebook.run("SIZE = 3\n" + HALVE)["my_halve"]
    halve(right)
    wrong = notebook.run(HALVE.replace("SIZE", "2"))["my_halve"]
    capsys.readouterr()
    assert halve.yours(wrong, F.max_pool2d) is F.max_pool2d
    assert halve.yours(right, F.max_pool2d) is right
    stub = notebook.run("def my_halve(x):\n    raise NotImplementedError")["my_halve"]
    assert halve.yours(stub, F.max_pool2d) is F.max_pool2d
    assert capsys.readouterr().out.splitlines() == [
        "Halve a map: not there yet, so the package's from here on.",
        "Halve a map: yours from here on.",
        "Halve a map: not done yet, so the package's from here on.",
    ]


def test_without_a_part_of_the_package_the_printed_solution_runs_on(notebook, capsys):
    stub = notebook.run("def my_halve(x):\n    raise NotImplementedError")["my_halve"]
    used = halve.yours(stub)
    assert used(torch.ones(1, 1, 5, 5)).shape == (1, 1, 2, 2) and used is halve.solution
    said = capsys.readouterr().out
    assert said == "Halve a map: not done yet, so the printed solution from here on.\n"


def test_a_later_notebook_takes_what_was_kept(notebook, place, capsys):
    halve(notebook.run("SIZE = 3\n" + HALVE)["my_halve"])
    capsys.readouterr()
    mine = halve.kept(F.max_pool2d)
    assert mine.__name__ == "my_halve" and mine(torch.rand(1, 1, 5, 5)).shape[-1] == 2
    file = place / "chapter02_halve_a_map.py"
    assert capsys.readouterr().out == f"Halve a map: yours, from {file}.\n"
    assert "# a remark" in file.read_text()
    assert halve.yours(mine, F.max_pool2d) is mine      # and is not judged once more


def test_a_kept_answer_runs_as_a_file_of_its_own(notebook, place):
    halve(notebook.run("SIZE = 3\n" + HALVE)["my_halve"])
    file = place / "chapter02_halve_a_map.py"
    done = subprocess.run([sys.executable, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_a_kept_answer_the_package_s_part_is_used(place, capsys):
    assert identity_unit.kept(ResidualUnit) is ResidualUnit
    assert "none of yours is kept here, so the package's" in capsys.readouterr().out


def test_where_the_stub_still_stands_a_kept_answer_runs(notebook, place, capsys):
    """As in a fresh copy of a notebook, after the kernel was lost."""
    halve(notebook.run("SIZE = 3\n" + HALVE)["my_halve"])
    capsys.readouterr()
    stub = "def my_halve(x):\n    raise NotImplementedError"
    used = halve.yours(Notebook().run(stub)["my_halve"])
    assert used.__name__ == "my_halve"
    file = place / "chapter02_halve_a_map.py"
    assert capsys.readouterr().out == (
        f"Halve a map: yours from here on, as it lies in {file}.\n"
    )
    assert used is not halve.solution


@pytest.mark.parametrize(("text", "reason"), [
    ("def my_halve(x:\n", "cannot be run (SyntaxError: "),
    ("import nothing_of_the_kind", "cannot be run (ModuleNotFoundError: "),
    ("# nothing", "defines nothing"),
])
def test_a_text_that_does_not_run_is_told_and_stops_nothing(
    place, capsys, text, reason
):
    for pasted in ("", text):
        place.mkdir(exist_ok=True)
        (place / "chapter02_halve_a_map.py").write_text(text)
        assert halve.kept(F.max_pool2d, pasted) is F.max_pool2d
        said = capsys.readouterr().out
        assert reason in said and said.endswith(", so the package's.\n")


def test_what_is_pasted_may_use_the_names_of_the_notebook(monkeypatch, capsys):
    monkeypatch.setattr(sys.modules["__main__"], "SIZE_OF_THE_PAGE", 3, raising=False)
    pasted = textwrap.indent(HALVE.replace("SIZE", "SIZE_OF_THE_PAGE"), "    ")
    assert halve.kept(None, pasted)(torch.ones(1, 1, 6, 6)).shape[-1] == 3
    assert "yours, from what you pasted" in capsys.readouterr().out


def test_what_is_pasted_is_judged_and_taken(place, capsys):
    assert halve.kept(None, "SIZE = 3\n" + HALVE)(torch.rand(1, 1, 6, 6)).shape[-1] == 3
    assert capsys.readouterr().out == "Halve a map: yours, from what you pasted.\n"
    wrong = HALVE.replace("SIZE", "2")
    assert halve.kept(F.max_pool2d, wrong) is F.max_pool2d
    said = capsys.readouterr().out
    assert "what you pasted, does not pass. So the package's." in said
    assert "not there yet" in said


@pytest.mark.parametrize("value", ["off", None])
def test_nothing_is_kept_where_it_is_switched_off_or_comes_from_a_file(
    tmp_path, monkeypatch, capsys, value
):
    monkeypatch.chdir(tmp_path)
    if value is None:
        monkeypatch.delenv("RESATTN_ANSWERS", raising=False)
    else:
        monkeypatch.setenv("RESATTN_ANSWERS", value)

    def of_a_file(x):
        return F.max_pool2d(x, 3, 2, ceil_mode=True)

    halve(of_a_file)
    assert not list(tmp_path.iterdir()) and "ept" not in capsys.readouterr().out


def test_a_folder_that_refuses_loses_no_answer(notebook, tmp_path, monkeypatch, capsys):
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("RESATTN_ANSWERS", str(tmp_path / "a file" / "mine"))
    halve(right := notebook.run("SIZE = 3\n" + HALVE)["my_halve"])
    said = capsys.readouterr().out
    assert "It is yours in this notebook, but not kept for others: " in said
    assert halve.yours(right, None) is right


def test_the_folder_lies_beside_the_notebook_or_on_a_mounted_drive(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("RESATTN_ANSWERS", raising=False)
    monkeypatch.setattr(answers_folder, "DRIVE", tmp_path / "MyDrive")
    assert str(answers_folder.folder()) == "my_answers"
    answers_folder.DRIVE.mkdir()
    assert answers_folder.folder() == tmp_path / "MyDrive" / "my_answers"


def test_every_check_keeps_its_answer_under_a_name_of_its_own():
    found = [
        (check.file_name, chapter.name)
        for chapter in pkgutil.iter_modules(checks.__path__)
        if chapter.name.startswith("chapter")
        for check in vars(importlib.import_module(f"{checks.__name__}.{chapter.name}"))
        .values() if isinstance(check, Check)
    ]
    assert len({name for name, _ in found}) == len(found) > 40
    for name, chapter in found:
        assert re.fullmatch(rf"{chapter}_[a-z0-9_]+\.py", name)


def test_an_answer_of_several_cells_learns_as_it_did(notebook, place):
    """A class with a helper class, kept and taken, gives the same numbers."""
    notebook.run("class Half(nn.Sequential):\n    def __init__(self, a, b, k):\n"
                 "        super().__init__(nn.BatchNorm2d(a), nn.ReLU(),\n"
                 "            nn.Conv2d(a, b, k, padding=k // 2, bias=False))")
    unit = notebook.run(
        "class MyUnit(nn.Module):\n    def __init__(self, channels):\n"
        "        super().__init__()\n        w = channels // 4\n"
        "        self.all = nn.Sequential(Half(channels, w, 1), Half(w, w, 3),\n"
        "                                 Half(w, channels, 1))\n"
        "    def forward(self, x):\n        return x + self.all(x)"
    )["MyUnit"]
    identity_unit(unit)
    again = identity_unit.kept(ResidualUnit)
    assert again is not ResidualUnit and issubclass(again, nn.Module)
    torch.manual_seed(0)
    one, two = unit(8), again(8)
    two.load_state_dict(one.state_dict())
    x = torch.rand(2, 8, 5, 5)
    assert torch.equal(one(x), two(x))
