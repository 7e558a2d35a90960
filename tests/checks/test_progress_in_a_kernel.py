"""A real kernel: a cell's answer and a file's are noted, and the table is shown."""

from __future__ import annotations

import os

import nbformat
import pytest

from tools.kernel import run_cells
from tools.settings import ROOT

CELLS = (
    "import os\nos.environ['RESATTN_ANSWERS'] = 'mine'",
    "import torch.nn.functional as F\n"
    "from helpers import my_halve\n"
    "from resattn_tutorial.checks import chapter01, chapter02\n"
    "from resattn_tutorial.checks.progress import progress",
    "chapter02.halve(my_halve)",
    "def growth(f, z):\n    raise NotImplementedError",
    "chapter01.growth(growth)",
    "chapter01.projection_unit(chapter01.projection_unit.solution)",
    "progress()",
)


@pytest.mark.slow
def test_a_notebook_notes_what_is_the_learners_and_shows_the_table(tmp_path):
    (tmp_path / "helpers.py").write_text(
        "import torch.nn.functional as F\n\n\n"
        "def my_halve(x):\n    return F.max_pool2d(x, 3, 2, ceil_mode=True)\n"
    )
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],
        metadata={"source_map": list(range(len(CELLS)))},
    )
    run_cells(notebook, tmp_path / "learner.md", ROOT)
    assert os.listdir(tmp_path / "mine" / "progress") == ["chapter02.halve.json"]
    (shown,) = notebook.cells[-1].outputs
    assert "1 of 4" in shown.data["text/html"] and "2 of" not in shown.data["text/html"]
    assert "not done yet" in notebook.cells[4].outputs[0].text


@pytest.mark.slow
def test_the_books_own_kernel_notes_nothing(tmp_path):
    cells = [
        "from resattn_tutorial.checks import chapter02",
        "import torch.nn.functional as F",
        "chapter02.halve(lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True))",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"source_map": list(range(len(cells)))},
    )
    run_cells(notebook, tmp_path / "chapter.md", ROOT)
    assert "all of it holds" in notebook.cells[-1].outputs[0].text
    assert os.listdir(tmp_path) == []
