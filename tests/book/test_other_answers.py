"""Every chapter runs to its end with right answers that are written otherwise."""

from __future__ import annotations

import os

import pytest
from other_answers import answered, asked, defined_last, other

from resattn_tutorial.checks.engine import answers
from tests.checks.test_checks import checks
from tools.chapters import chapter_paths, read_chapter
from tools.kernel import run_cells
from tools.settings import ROOT

CHAPTERS = [pytest.param(path, id=path.stem) for path in chapter_paths()]
EXERCISES = [
    pytest.param(f"chapter{path.name[:2]}", check, id=f"{path.name[:2]}-{check}")
    for path in chapter_paths()
    for check, _ in asked(read_chapter(path))
]


@pytest.mark.parametrize(("chapter", "check"), EXERCISES)
def test_a_right_answer_that_was_kept_passes_by_itself(
    tmp_path, monkeypatch, chapter, check, capsys
):
    source, name = other(chapter, check)
    judge = getattr(checks(chapter), check)
    (tmp_path / judge.file_name).write_text(source, "utf-8")
    monkeypatch.setenv("RESATTN_ANSWERS", str(tmp_path))
    taken, _ = answers.take(judge.file_name)
    assert taken.__name__ == name == defined_last(source)
    report = judge.report(taken)
    assert report.passed, str(report)


@pytest.mark.slow
@pytest.mark.parametrize("path", CHAPTERS)
def test_a_chapter_runs_with_answers_that_are_written_otherwise(path, monkeypatch):
    monkeypatch.setenv("RESATTN_THREADS", "1")
    # An answer may stand in a file of its own, as these do that the banks share.
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests/support"), prepend=os.pathsep)
    notebook = answered(path)
    run_cells(notebook, path, ROOT)
    said = [
        output.text for cell in notebook.cells if cell.cell_type == "code"
        for output in cell.outputs if output.get("name") == "stdout"
    ]
    lines = [line for text in said for line in text.splitlines()]
    used = [line for line in lines if line.endswith(" from here on.")]
    assert all(line.endswith(": yours from here on.") for line in used), used
    passed = sum(line.endswith(": all of it holds.") for line in lines)
    assert passed == len(asked(read_chapter(path)))
