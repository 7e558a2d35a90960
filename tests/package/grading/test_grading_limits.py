"""What a notebook may use, what becomes of who takes more, and what is inherited."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from resattn_tutorial.grading import allowance, processes, room, sandbox, walls, watch
from resattn_tutorial.grading.allowance import Allowance

ON_LINUX = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells this")


@pytest.mark.parametrize(("wrong", "words"), [
    ({"minutes": 0}, "minutes must be"), ({"minutes": float("nan")}, "minutes must be"),
    ({"minutes": 1e9}, "minutes must be"), ({"memory": 0.1}, "memory must be"),
    ({"memory": "4"}, "memory must be"), ({"disk": 0}, "disk must be"),
    ({"output": 1.5}, "output must be"), ({"processes": -1}, "processes must be"),
])
def test_an_allowance_that_cannot_be_is_refused(wrong, words):
    with pytest.raises((TypeError, ValueError), match=words):
        Allowance(**wrong)


def test_an_allowance_in_bytes_and_seconds():
    one = Allowance(minutes=1.5, memory=0.5, disk=3, output=2)
    assert (one.seconds, one.memory_bytes, one.disk_bytes, one.output_bytes) == (
        90, 2**29, 3 * 2**20, 2**21)


@ON_LINUX
def test_the_kernel_holds_a_process_to_its_allowance():
    """In a child, whose limits nobody else shares."""
    import resource

    child = os.fork()
    if child == 0:
        status = 1
        try:
            before = allowance.mapped_memory()
            allowance.limit_this_process(Allowance(disk=1, processes=7), before, 3)
            soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            assert soft == before + 4 * 2**30 and hard == soft + allowance.RESERVE
            assert resource.getrlimit(resource.RLIMIT_FSIZE) == (2**20, 2**20)
            assert resource.getrlimit(resource.RLIMIT_NPROC) == (10, 10)
            allowance.lend_the_reserve()
            assert resource.getrlimit(resource.RLIMIT_AS) == (hard, hard)
            try:
                bytes(5 * 2**30)
            except MemoryError:
                status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize(("status", "words"), [
    (-9, "signal, SIGKILL"), (128 + 11, "signal, SIGSEGV"), (3, "with status 3"),
    (0, "with status 0"), (watch.GONE, "closed what it reports by"),
    (255, "with status 255"),
])
def test_how_a_process_ended_is_told_in_words(status, words):
    assert words in watch.how_it_ended(status)


@ON_LINUX
def test_children_are_known_by_their_parents_and_have_memory():
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        grandchild = os.fork()
        os.write(writer, b"%d " % os.getpid())
        os.read(reader, 0) if grandchild else None
        import signal
        signal.pause()
    try:
        numbers = set()
        while len(numbers) < 2:
            numbers |= {int(one) for one in os.read(reader, 100).split()}
        assert numbers <= processes.below(os.getpid()) and child in numbers
        assert processes.below(child) == numbers - {child}
        assert processes.memory_of(child) > 0 == processes.memory_of(2**22 + 1)
        assert processes.tasks_of(os.getuid()) >= 3
    finally:
        for number in numbers:
            os.kill(number, 9)
        os.waitpid(child, 0)
        os.close(reader)
        os.close(writer)


def test_a_learner_inherits_no_secret_and_no_folder_of_the_class(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("MY_TOKEN", "a secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend("")
    made = sandbox.clean_environment()
    assert "a secret" not in made.values() and made["LANG"] == "C.UTF-8"
    places = made["PYTHONPATH"].split(os.pathsep)
    assert str(tmp_path) not in places and "" not in places
    assert str(Path(sandbox.__file__).resolve().parents[2]) in places


@ON_LINUX
def test_what_may_be_read_is_python_and_the_system_and_no_home():
    paths = room.readable()
    assert os.path.realpath(sys.prefix) in paths or any(
        os.path.realpath(sys.prefix).startswith(f"{path}/") for path in paths)
    assert "/" not in paths and str(Path.home()) not in paths and "/etc" not in paths
    for one in paths:
        assert not any(one.startswith(f"{other}/") for other in paths), one


def test_elsewhere_there_is_no_wall_to_try(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert walls.possible_walls() == []


@ON_LINUX
def test_root_becomes_a_user_whom_nobody_is_and_others_stay_who_they_are(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert [(wall.kind, wall.user) for wall in walls.possible_walls()] == [
        ("own namespaces", 1000), ("Landlock", 1000)]
    monkeypatch.setattr(os, "getuid", lambda: 0)
    monkeypatch.setattr(walls, "_users_of_processes", lambda: iter([60_600]))
    monkeypatch.setattr(walls, "_users_with_accounts", lambda: iter([60_601]))
    first, *others = walls.possible_walls()
    assert (first.kind, first.user) == ("namespaces", 60_602)
    assert [wall.kind for wall in others] == ["own namespaces", "Landlock"]
    assert str(first) == "namespaces, as a user without rights"
