"""What an instructor is shown of an answer's source, and what is not worth it."""

from __future__ import annotations

import pytest

from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of, find_check
from resattn_tutorial.grading.exercises import MAY_USE
from resattn_tutorial.grading.marks import marks_of

CHECK = "chapter01.identity_unit"
UNIT = "resattn_tutorial.models.residual.ResidualUnit"


def marks(source: str, check: str = CHECK) -> list[str]:
    return marks_of(source, find_check(check), MAY_USE.get(check, ()))


@pytest.mark.parametrize(("source", "told"), [
    ("import torch\nfrom torch import nn\n\n\nclass A(nn.Module):\n    pass", []),
    ("from resattn_tutorial.models.residual import ResidualUnit as R\nA = R",
     [f"uses the package: {UNIT}"]),
    ("import resattn_tutorial.models.residual as r\nA = r.ResidualUnit",
     ["uses the package: resattn_tutorial.models.residual"]),
    ("from resattn_tutorial.checks import chapter01\nA = chapter01.x",
     ["reaches for: resattn_tutorial.checks.chapter01"]),
    ("def f(x):\n    import gc, sys\n    return eval(x)",
     ["reaches for: gc, sys, eval"]),
    ("import torch\n\n\ndef f(x):\n    return torch.sys.modules",
     ["reaches for: sys"]),
    ("def f(x):\n    return x.__globals__", ["reaches for: __globals__"]),
    ("def f(:", ["cannot be read"]),
])
def test_what_an_answer_uses_is_told(source, told):
    assert marks(source) == told


def test_a_file_of_the_learners_own_is_told_since_nobody_reads_it():
    told = marks_of("from helpers import f\nA = f", find_check(CHECK), (), ["helpers"])
    assert told == ["uses a file of its own: helpers"]


def test_many_names_are_shortened():
    names = ", ".join(f"a{k}" for k in range(9))
    (mark,) = marks(f"from resattn_tutorial.models import {names}")
    assert mark.endswith("a5 and 3 more")


def test_what_the_printed_solution_uses_is_not_marked():
    source = "import os\n\n\ndef my_write(path, write):\n    os.replace(path, path)"
    assert marks(source, "chapter10.whole_file") == []
    assert marks(source) == ["reaches for: os"]
    down = "from resattn_tutorial.models.soft_mask import DownUp\nA = DownUp"
    assert marks(down, "chapter03.stage") == [] != marks(down)


def test_every_allowance_is_for_a_check_that_is():
    names = {name for notebook in NOTEBOOKS for name in checks_of(notebook)}
    assert MAY_USE.keys() <= names
