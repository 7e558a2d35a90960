"""The book's printed solutions, handed in: each passes, and none is marked."""

from __future__ import annotations

import sys

import nbformat
import pytest
from class_notebooks import hand_in

from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of
from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.grade import Asked, grade
from resattn_tutorial.grading.workplace import Workplace
from tools.chapters import chapter_paths
from tools.notebooks import Exporter
from tools.settings import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the sandbox is Linux's"),
    pytest.mark.xdist_group("solved notebooks"),
]


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> dict:
    """The rows of all solved notebooks, by the name that they have in the book."""
    folder, exporter = tmp_path_factory.mktemp("solved"), Exporter(ROOT)
    for path in chapter_paths(ROOT):
        text = nbformat.writes(exporter.notebook(path, solved=True))
        hand_in(folder, f"class/{path.stem}.ipynb", text)
    with Workplace() as workplace:
        asked = Asked(Allowance(minutes=15))
        made = grade(folder / "class", folder / "table", asked, workplace)
    return {row.learner: row for row in made}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_printed_solution_passes_and_none_is_marked(rows, name):
    row = rows[name]
    assert (row.notebook, row.stopped, row.errors) == (name, "", [])
    found = {
        check: (verdict.state, verdict.words, verdict.marks)
        for check, verdict in row.verdicts.items()
    }
    assert found == {check: ("passed", "", []) for check in checks_of(name)}
