"""The list of passed checks: counted, in the book's order, and of a learner's files."""

from __future__ import annotations

import json
import os
import re

import pytest
from typer.testing import CliRunner

from resattn_tutorial.checks.engine import answers_folder
from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of
from resattn_tutorial.checks.progress import progress
from resattn_tutorial.cli.app import app


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty current folder, and no other place for answers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RESATTN_ANSWERS", raising=False)
    monkeypatch.setattr(answers_folder, "DRIVE", tmp_path / "no Drive")
    return tmp_path


def noted(folder, check: str, day: str, file: str = "") -> None:
    """As a check that passed on a day has noted it."""
    place = folder / "progress"
    place.mkdir(parents=True, exist_ok=True)
    facts = {"form": 1, "check": check, "day": day, "package": "0.1.0"}
    (place / f"{file or check}.json").write_text(json.dumps(facts))


def cells(folder=None) -> dict[str, tuple[str, ...]]:
    """The table's cells, by the first of each row."""
    return {row[0]: row[1:] for row in progress(folder).table.rows}


def resattn(*typed: str):
    return CliRunner().invoke(app, ["progress", *typed])


def test_passed_open_and_the_last_day_are_told_of_each_notebook(here):
    noted(here / "my_answers", "chapter01.growth", "2026-03-09")
    noted(here / "my_answers", "chapter01.projection_unit", "2026-03-04")
    noted(here / "my_answers", "chapter00.one_map", "2026-02-28")
    found = cells()
    assert found["00_ten_minutes"] == ("1 of 1", "", "2026-02-28")
    assert found["01_residual_units"] == ("2 of 3", "identity_unit", "2026-03-09")
    assert found["09_data"] == ("0 of 4", "all", "")
    count = sum(map(len, NOTEBOOKS.values()))
    assert found["all"] == (f"3 of {count}", f"{count - 3} checks", "2026-03-09")
    assert list(found) == [*NOTEBOOKS, "all"] and progress().notes == ()


def test_the_books_order_has_an_aside_after_its_chapter():
    chapters = [name for name in NOTEBOOKS if "_aside_" not in name]
    assert chapters == sorted(chapters)
    for before, name in zip(NOTEBOOKS, list(NOTEBOOKS)[1:], strict=False):
        assert "_aside_" not in name or before[:2] == name[:2]


def test_when_all_is_done_nothing_is_open(here):
    for notebook in NOTEBOOKS:
        for check in checks_of(notebook):
            noted(here / "my_answers", check, "2026-03-04")
    found = cells()
    count = sum(map(len, NOTEBOOKS.values()))
    assert found.pop("all") == (f"{count} of {count}", "0 checks", "2026-03-04")
    assert {row[1:] for row in found.values()} == {("", "2026-03-04")}


def test_of_two_copies_the_earlier_day_counts_and_they_count_once(here):
    noted(here / "my_answers", "chapter02.halve", "2026-03-04", "chapter02.halve (1)")
    noted(here / "my_answers", "chapter02.halve", "2026-03-05")
    assert cells()["02_soft_mask_branch"][::2] == ("1 of 4", "2026-03-04")


def test_a_check_that_the_book_lacks_is_told_and_not_counted(here):
    noted(here / "my_answers", "chapter01.growth", "2026-03-04")
    noted(here / "my_answers", "chapter01.gone", "2026-03-05")
    noted(here / "my_answers", "chapter99.growth", "2026-03-05")
    found = progress()
    assert found.table.rows[-1][1].startswith("1 of ")
    assert found.table.rows[-1][3] == "2026-03-04"
    assert found.notes == (
        "not in the book any more, and not counted: chapter01.gone",
        "not in the book any more, and not counted: chapter99.growth",
    )


def test_where_only_such_a_check_is_noted_it_is_told_too(here):
    noted(here / "my_answers", "chapter01.gone", "2026-03-05")
    found = progress()
    assert found.table is None and found.notes[-1].endswith("chapter01.gone")


def test_a_broken_file_is_named_and_the_others_count(here):
    noted(here / "my_answers", "chapter01.growth", "2026-03-04")
    place = here / "my_answers" / "progress"
    (place / "a\x1b[2J.json").write_text("{")
    (place / "notes.txt").write_text("mine")
    (place / "b.json").mkdir()
    found = progress()
    assert cells()["01_residual_units"][0] == "1 of 3"
    assert [note.split(": ")[0] for note in found.notes] == ["left out"] * 2
    assert "a.json" in found.notes[0] and "b.json is no file" in found.notes[1]
    assert "\x1b" not in repr(found)
    assert sorted(os.listdir(place))[0] == "a\x1b[2J.json"


def test_where_nothing_is_noted_it_says_what_to_do(here):
    for answer in (resattn(), resattn()):
        assert answer.exit_code == 0 and len(answer.output.splitlines()) == 3
        assert f"Open a notebook, {next(iter(NOTEBOOKS))} for one" in answer.output
        assert "resattn progress --folder" in answer.output
    assert os.listdir(here) == []                    # looking leaves nothing


def test_switched_off_it_says_so(monkeypatch):
    monkeypatch.setenv("RESATTN_ANSWERS", "off")
    answer = resattn()
    assert answer.exit_code == 0 and "RESATTN_ANSWERS is off" in answer.output


def test_the_command_prints_what_the_notebook_shows(here, monkeypatch):
    noted(here / "elsewhere", "chapter01.growth", "2026-03-04")
    noted(here / "elsewhere", "chapter01.gone", "2026-03-04")
    answer = resattn("--folder", "elsewhere")
    assert answer.exit_code == 0
    assert answer.output == repr(progress("elsewhere")) + "\n"
    (line,) = re.findall(r"(?m)^01_residual_units .*$", answer.output)
    assert line.split()[1:4] == ["1", "of", "3"] and line.endswith("2026-03-04")
    monkeypatch.setenv("RESATTN_ANSWERS", "elsewhere")
    assert resattn().output == answer.output
    html = progress()._repr_html_()
    assert "<table class='results'>" in html and "chapter01.gone</p>" in html


@pytest.mark.parametrize("name", ["nix", "file"])
def test_a_named_folder_that_is_none_is_refused_in_a_line(here, name):
    (here / "file").write_text("")
    answer = resattn("--folder", name)
    assert answer.exit_code == 1
    assert answer.output == f"Error: there is no folder {name}.\n"


def test_what_is_no_path_is_refused():
    with pytest.raises(TypeError, match="folder must be a path, got int"):
        progress(3)
    with pytest.raises(ValueError, match="folder must be a path, got ''"):
        progress("")
