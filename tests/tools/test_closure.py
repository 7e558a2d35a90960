"""What a chapter's code uses inside the package, found without running it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny import write

from tools.closure import used_files

PACKAGE = {
    "resattn_tutorial/__init__.py": "",
    "resattn_tutorial/unit.py": "",
    "resattn_tutorial/mask.py": "from resattn_tutorial.unit import Unit\n",
    "resattn_tutorial/late.py": "def f():\n    from . import unit\n",
    "resattn_tutorial/checks/__init__.py": "",
    "resattn_tutorial/checks/one.py": "from ..mask import M\nfrom .report import R\n",
    "resattn_tutorial/checks/report.py": "",
    "resattn_tutorial/data.py": "NAME = 'scenes.npz'\n",
    "resattn_tutorial/ledger.py": "FOLDER = 'runs'\n",
    "resattn_tutorial/builtin/scenes.npz": "scenes",
    "resattn_tutorial/runs/first.json": "{}",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, PACKAGE)


def used(source: str, root: Path) -> set[str]:
    """The names of the used files, without the package's own ``__init__``."""
    files = used_files([source], root)
    inside = {str(f.relative_to(root / "resattn_tutorial")) for f in files}
    return inside - {"__init__.py"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", set()),
        ("import torch", set()),
        ("import resattn_tutorial.unit", {"unit.py"}),
        ("from resattn_tutorial import unit", {"unit.py"}),
        ("from resattn_tutorial.unit import Unit", {"unit.py"}),
        ("def f():\n    from resattn_tutorial import unit", {"unit.py"}),
        ("from resattn_tutorial.mask import Mask", {"mask.py", "unit.py"}),
        ("import resattn_tutorial.late as late", {"late.py", "unit.py"}),
        ("m = import_module('resattn_tutorial.unit')", {"unit.py"}),
        (
            "from resattn_tutorial.checks import one as checks",
            {
                "checks/__init__.py",
                "checks/one.py",
                "checks/report.py",
                "mask.py",
                "unit.py",
            },
        ),
        ("from resattn_tutorial import data", {"data.py", "builtin/scenes.npz"}),
        ("from resattn_tutorial import ledger", {"ledger.py", "runs/first.json"}),
        ("import resattn_tutorial.unit; g('*.json')", {"unit.py", "runs/first.json"}),
    ],
)
def test_imports_and_names_are_followed(source: str, expected: set[str], root: Path):
    assert used(source, root) == expected


def test_the_package_itself_counts_as_used(root: Path):
    files = used_files(["import resattn_tutorial.unit"], root)
    assert root / "resattn_tutorial/__init__.py" in files


def test_lines_for_ipython_do_not_hide_the_imports_around_them(root: Path):
    source = "%matplotlib inline\n!ls\nfrom resattn_tutorial import unit\n"
    assert used(source, root) == {"unit.py"}


def test_a_cell_that_is_not_python_is_refused(root: Path):
    with pytest.raises(SyntaxError):
        used_files(["def :"], root)
