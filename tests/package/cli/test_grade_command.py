"""``resattn grade``: what it passes on, what it refuses, and how it ends."""

from __future__ import annotations

import sys

import pytest
from class_notebooks import hand_in
from typer.testing import CliRunner

from resattn_tutorial.cli import grade as command
from resattn_tutorial.cli.app import app
from resattn_tutorial.grading.rows import Row, Verdict


def resattn(*typed: str):
    return CliRunner().invoke(app, ["grade", *typed])


@pytest.fixture
def graded(monkeypatch, tmp_path) -> list:
    """Instead of grading, note what would be, and say a line."""
    seen = []

    def note(folder, to, asked, workplace, say):
        seen.append((folder, to, asked, workplace.unsafe))
        say("ada: \x1b[31mall is well")
        return [Row("ada", verdicts={"a": Verdict("look")}), Row("b", stopped="slept")]

    monkeypatch.setattr(command, "grade", note)
    monkeypatch.chdir(tmp_path)
    return seen


def test_without_options_the_limits_are_the_packages(graded):
    answer = resattn("class")
    (folder, to, asked, unsafe), = graded
    assert (str(folder), str(to), unsafe) == ("class", "grades", False)
    assert asked == command.Asked()
    assert answer.exit_code == 0 and "\x1b" not in answer.output
    assert answer.output.splitlines() == [
        "ada: all is well",
        "Rows: 2; not run to the end: 1; checks to look at: 1.",
        "The table is grades/grades.csv and grades/grades.html",
    ]


def test_options_are_passed_on(graded):
    resattn("class", "--to", "x", "--minutes", "2.5", "--memory", "8", "--every-cell",
            "--unsafe")
    (_, to, asked, unsafe), = graded
    assert (str(to), asked.every_cell, unsafe) == ("x", True, True)
    assert (asked.allowance.minutes, asked.allowance.memory) == (2.5, 8.0)


@pytest.mark.parametrize(("typed", "words"), [
    (("--minutes", "0"), "minutes must be"), (("--minutes", "x"), "minutes must be"),
    (("--memory", "0.1"), "memory must be"), (("--memory", "nan"), "memory must be"),
    (("--to", ""), "to must be"), (("--evry-cell",), "--every-cell"),
])
def test_what_cannot_be_is_refused_as_it_is_typed(graded, typed, words):
    answer = resattn("class", *typed)
    assert answer.exit_code == 2 and not graded
    assert words in " ".join(answer.output.split())


def test_a_class_that_is_not_there_or_empty_is_told_in_a_line(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder, words in ((tmp_path / "nix", "nix"), (tmp_path / "empty", "holds no")):
        answer = resattn(str(folder), "--to", str(tmp_path / "to"))
        assert answer.exit_code == 1 and words in answer.output
        assert answer.output.startswith("Error: ") and "bug" not in answer.output


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_it_refuses_in_a_line_that_says_why(
    tmp_path, monkeypatch, platform
):
    hand_in(tmp_path, "class/ada.ipynb", "{}")
    monkeypatch.setattr(sys, "platform", platform)
    answer = resattn(str(tmp_path / "class"), "--to", str(tmp_path / "to"))
    assert answer.exit_code == 1 and "--unsafe" in answer.output
    assert "bug" not in answer.output
