"""A class of made-up learners: each has the right row, and nothing outside is touched.

As root, who becomes a user without rights, as such a user, and where only Landlock is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
import wild_class

from resattn_tutorial.grading.rows import Row, row_of
from tools.settings import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the sandbox is Linux's"),
    pytest.mark.xdist_group("wild class"),
]
LEARNERS = wild_class.learners("/outside", 1)
# What a wall must hold; how answers are judged behind it is the same for all.
WALLED = {
    *wild_class.reaching("/outside", 1), *wild_class.ENDS, "right", "no notebook",
    "an endless loop", "forks without end", *wild_class.names_that_need_care(),
}
# Who grades, by which wall, and whom.
GRADERS = {
    "root": ("", "root", set(LEARNERS)),
    "nobody": ("own namespaces", "nobody", WALLED),
    "nobody, Landlock": ("Landlock", "nobody", WALLED),
}
GRADED = [(grader, name) for grader, (*_, all_of_them) in GRADERS.items()
          for name in LEARNERS if name in all_of_them]
# Landlock leaves these otherwise: a signal is refused, and the disk is only watched.
OTHERWISE = {
    "kills itself": ("passed", {"errors": "PermissionError"}),
    "kills everybody else": ("passed", {"errors": "PermissionError"}),
    "fills the disk": ("not run", {"stopped": "wrote more than 64 MiB"}),
}


class Graded:
    """A graded class.

    Attributes:
        rows: by learner.
        before, after: what lay around it.
        connected: whether somebody reached the server.
        left: processes that were left behind.
    """

    def __init__(self, wall: str, user: str, names: set[str]) -> None:
        base = Path(tempfile.mkdtemp(prefix="wild-class-"))
        outside = base / "outside"
        outside.mkdir()
        (outside / "secret").write_text("a secret")
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            everybody = wild_class.learners(str(outside), port)
            wild_class.hand_all_in(base, everybody, names.__contains__)
            (base / "out").mkdir()
            make_open(base)
            self.before = around(base)
            dropping = ["nobody"] if user == "nobody" and os.getuid() == 0 else []
            done = subprocess.run(
                [sys.executable, str(ROOT / "tests/support/graders_own_user.py"),
                 str(base), wall, *dropping],
                env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            self.after = around(base)
            server.setblocking(False)
            self.connected = _accepted(server)
        self.rows = {row.learner: row for row in rows_in(base / "out")}
        self.pages = [
            path.read_text("utf-8") for path in sorted((base / "out").rglob("grades.*"))
        ]
        self.left = _left_behind(f"wild-{port}")
        shutil.rmtree(base)


def rows_in(out: Path) -> list[Row]:
    """All rows that were written below a folder."""
    return [
        row_of(facts) for path in out.rglob("rows.json")
        for facts in json.loads(path.read_text("utf-8"))
    ]


def make_open(base: Path) -> None:
    """Let everybody write everywhere: no mode is to stop a learner, but the walls."""
    for path in [base, *base.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)


def around(base: Path) -> dict[str, tuple]:
    """All that lies in a folder but the table, and what wild learners leave elsewhere.
    """
    marks = [Path(place) / "resattn-was-here" for place in wild_class.PLACES]
    package = [path for path in (ROOT / "resattn_tutorial").rglob("*.py")]
    inside = [path for path in base.rglob("*") if "out" not in path.parts]
    return {
        str(path): (
            path.stat().st_mode, path.stat().st_mtime_ns, path.stat().st_uid,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in [base, *inside, *package, *marks] if path.exists()
    }


def _accepted(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def _left_behind(name: str) -> list[str]:
    """Processes that still run and have given themselves this name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):                      # it has ended
            if path.read_text().strip() == name:
                found.append(str(path))
    return found


@pytest.fixture
def graded(request) -> Graded:
    """The class, graded by one of them."""
    _, user, _ = GRADERS[request.param]
    if user == "root" and os.getuid() != 0:
        pytest.skip("not started by root")
    return graded_by(request.param)


@cache  # a fixture with two parameters is made anew for each pair: a minute, every time
def graded_by(grader: str) -> Graded:
    """The class with its rows: it is graded once."""
    wall, user, names = GRADERS[grader]
    one = Graded(wall, user, names)
    one.names, one.otherwise = names, OTHERWISE if wall == "Landlock" else {}
    return one


BY_EACH = pytest.mark.parametrize("graded", GRADERS, indirect=True)


@pytest.mark.parametrize(("graded", "name"), GRADED, indirect=["graded"])
def test_every_learner_has_the_right_row(graded, name):
    row, learner = graded.rows[name], LEARNERS[name]
    state, words = graded.otherwise.get(name, (learner.state, learner.words))
    verdict = row.verdicts.get(wild_class.CHECK)
    told = {
        "stopped": row.stopped, "errors": "; ".join(row.errors),
        "notes": "; ".join(row.notes), "last": verdict.words if verdict else "",
        "marks": "; ".join(verdict.marks) if verdict else "",
    }
    assert (verdict.state if verdict else None) == state, told
    for part, piece in words.items():
        assert piece in told[part], told
    if "stopped" not in words:
        assert not row.stopped, told
    if state == "passed" and "marks" not in words:
        assert not verdict.marks, told


@BY_EACH
def test_there_is_one_row_for_each_and_no_other(graded):
    assert graded.rows.keys() == graded.names


@BY_EACH
def test_nothing_outside_the_copies_is_touched(graded):
    assert graded.after == graded.before


@BY_EACH
def test_nobody_reached_the_server_and_no_process_is_left(graded):
    assert not graded.connected and graded.left == []


@BY_EACH
def test_no_learners_name_is_a_formula_or_a_tag(graded):
    table, page = graded.pages[-2:]
    assert "'=HYPERLINK(1)" in table and "\n=" not in table
    assert "<script" not in page and "&lt;script&gt;" in page
