"""A passed check leaves one small file; nothing that is there is written again."""

from __future__ import annotations

import json
import linecache
import os
import sys
import threading
import types
from datetime import date

import pytest
import torch.nn.functional as F

import resattn_tutorial
from resattn_tutorial.checks.chapter02 import halve
from resattn_tutorial.checks.engine import check as engine
from resattn_tutorial.checks.engine import passed
from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of, find_check

RIGHT = "def my_halve(x):\n    return F.max_pool2d(x, 3, 2, ceil_mode=True)"
WRONG = RIGHT.replace("3, 2", "2, 2")
STUB = "def my_halve(x):\n    raise NotImplementedError"
NAME = "chapter02.halve"
FACTS = {"form": 1, "check": NAME, "day": "2026-03-04", "package": "0.0.1"}


def mine(source: str, module: str = "__main__"):
    """What a learner's cell defines."""
    names = {"__name__": module, "F": F}
    where = f"<cell {hash(source)}>"
    linecache.cache[where] = (len(source), None, source.splitlines(True), where)
    exec(compile(source, where, "exec"), names)
    return names["my_halve"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder of the answers, which is not there yet."""
    monkeypatch.setenv("RESATTN_ANSWERS", str(tmp_path / "mine"))
    monkeypatch.setattr(halve, "_passed", None)
    return tmp_path / "mine"


@pytest.fixture
def file(place):
    """The file that a pass of the check leaves."""
    return place / "progress" / f"{NAME}.json"


def kernel(monkeypatch) -> None:
    """As in a notebook's kernel."""
    shell = types.SimpleNamespace(kernel=object())
    ipython = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def test_a_pass_is_noted_without_a_word(place, file, capsys):
    before = date.today()
    halve(mine(RIGHT))
    told = json.loads(file.read_text("utf-8"))
    assert before <= date.fromisoformat(told.pop("day")) <= date.today()
    assert told == {
        "form": 1, "check": NAME, "package": resattn_tutorial.__version__}
    assert os.listdir(file.parent) == [file.name]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"Kept in {place / 'chapter02_halve_a_map.py'}."


def test_an_answer_that_runs_on_without_its_check_is_noted_too(file, capsys):
    halve.yours(mine(RIGHT))
    assert passed.read_one(file).check == NAME
    assert capsys.readouterr().out == "Halve a map: yours from here on.\n"


@pytest.mark.parametrize("source", [WRONG, STUB])
def test_what_does_not_pass_is_not_noted(place, source):
    halve(mine(source))
    halve.yours(mine(source))
    assert not place.exists()


def test_switched_off_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("RESATTN_ANSWERS", "off")
    monkeypatch.chdir(tmp_path)
    halve(mine(RIGHT))
    assert os.listdir(tmp_path) == []


def test_a_functions_file_counts_in_a_notebook_only(file, monkeypatch):
    of_a_file = mine(RIGHT, "helpers")
    halve(of_a_file)
    assert not file.exists()
    kernel(monkeypatch)
    halve(of_a_file)
    assert file.exists()


def test_the_packages_own_parts_are_nobodys_progress(place, monkeypatch):
    kernel(monkeypatch)
    halve(halve.solution)
    halve(mine(RIGHT, "resattn_tutorial.models.soft_mask"))
    assert not place.exists()


def test_ipython_in_a_terminal_is_no_notebook(monkeypatch):
    assert not passed.in_a_kernel()
    kernel(monkeypatch)
    assert passed.in_a_kernel()
    shell = types.SimpleNamespace()
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    assert not passed.in_a_kernel()


def test_a_check_of_the_learners_own_is_not_noted(place):
    own = engine.Check("Mine", lambda report, answer: None, "__main__")
    own(mine(RIGHT))
    assert own.name == ""
    assert not (place / "progress").exists()


def test_every_check_knows_the_name_that_the_list_has_for_it():
    names = [name for notebook in NOTEBOOKS for name in checks_of(notebook)]
    assert [find_check(name).name for name in names] == names
    assert all(passed.CHECK.fullmatch(name) for name in names)


def test_the_first_day_stays(file):
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(FACTS))
    halve(mine(RIGHT))
    assert json.loads(file.read_text()) == FACTS


BROKEN = {
    "nothing": b"", "half": json.dumps(FACTS).encode()[:-9], "no text": b"\xff\xfe",
    "a list": b"[1]", "another's": b'{"cells": []}', "deep": b"[" * 9000,
    "long": json.dumps(FACTS | {"package": "0" * 10_000}).encode(),
    "a later form": json.dumps(FACTS | {"form": 2}).encode(),
    "a field more": json.dumps(FACTS | {"mark": "A"}).encode(),
    "a field less": json.dumps({k: FACTS[k] for k in list(FACTS)[:3]}).encode(),
    "no day": json.dumps(FACTS | {"day": "2026-02-30"}).encode(),
    "a number": json.dumps(FACTS | {"day": 20260304}).encode(),
    "no check": json.dumps(FACTS | {"check": "\x1b[2J"}).encode(),
    "another check": json.dumps(FACTS | {"check": "chapter02.influence"}).encode(),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_or_foreign_file_is_named_and_left_as_it_is(file, capsys, content):
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    halve(right := mine(RIGHT))
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "Halve a map: all of it holds."
    assert last.startswith("It passed, but your progress does not say so: ")
    assert str(file) in last and last.endswith("and run the check again.")
    assert file.read_bytes() == content and os.listdir(file.parent) == [file.name]
    assert halve.yours(right) is right


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes with a path")
def test_a_pipe_is_not_waited_for(file, capsys):
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    halve(mine(RIGHT))
    assert f"{file} is no file" in capsys.readouterr().out


def test_a_link_that_leads_nowhere_is_not_replaced(file, capsys):
    file.parent.mkdir(parents=True)
    file.symlink_to("gone")
    halve(mine(RIGHT))
    assert file.is_symlink() and not file.exists()
    assert "your progress does not say so: " in capsys.readouterr().out


def test_a_folder_that_refuses_breaks_no_check(place, capsys):
    place.mkdir()
    (place / "progress").write_text("a file")
    halve(right := mine(RIGHT))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Halve a map: all of it holds."
    assert said[-2].startswith("Kept in ")
    assert said[-1].startswith("It passed, but your progress does not say so: ")
    assert halve.yours(right) is right


def test_a_full_disk_leaves_nothing_and_breaks_no_check(file, monkeypatch, capsys):
    def full(path, content):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(passed, "write_whole", full)
    halve(mine(RIGHT))
    assert "No space left on device" in capsys.readouterr().out
    assert os.listdir(file.parent) == []


def test_many_that_write_at_once_lose_nothing_of_each_other(place):
    names = [name for notebook in NOTEBOOKS for name in checks_of(notebook)][:12]
    answer, start, said = mine(RIGHT), threading.Barrier(24), []

    def write(name):
        start.wait()
        said.append(passed.note(name, answer))

    threads = [threading.Thread(target=write, args=(name,)) for name in names * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    days, left_out = passed.read_all(place)
    assert said == [""] * 24 and days.keys() == set(names) and left_out == []
    assert len(os.listdir(place / "progress")) == 12
