"""A class of made-up learners, from the honest to the wild, and the row of each.

All work on chapter 0, whose check is quick. A row says which state its check has, and
words that must be found in what stopped it, in its errors, its notes, the last words on
the check, or its marks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from class_notebooks import hand_in, notebook

CHECK = "chapter00.one_map"
NOTEBOOK = "00_ten_minutes"
IMPORTS = """\
import torch
import torch.nn.functional as F
from resattn_tutorial.checks import chapter00 as checks"""
RIGHT = """\
def my_map(away, size):
    one = away.square().mean(dim=1, keepdim=True).sqrt()
    large = F.interpolate(one, size=size, mode="bilinear", align_corners=True)
    return large[:, 0]"""
WRONG = RIGHT.replace("align_corners=True", "align_corners=False")
ASK = "checks.one_map(my_map)"
HOLDS = 'print("One picture of many channels: all of it holds.")'
REPORT = "from resattn_tutorial.checks.engine import check, report, traces"


# A source, or a source and a tag.
Cell = str | tuple[str, str]


class Learner(NamedTuple):
    """What one learner hands in, and what the row must say.

    Attributes:
        cells: of the notebook, or the bytes of its file; ``None`` hands nothing in.
        state: of the check; ``None`` where the row has no check.
        words: what must be found in the row, by the name of a part of it.
        limits: the class that it is in: ``quick`` has time, ``endless`` has little.
        helpers: the text of a module of the learner's own beside the notebook.
    """

    cells: list[Cell] | bytes | None
    state: str | None = "passed"
    words: dict[str, str] = {}
    limits: str = "quick"
    helpers: str = ""


def right(*cells: str, **how) -> Learner:
    """Wild cells, and after them a right answer, which must count all the same."""
    return Learner([IMPORTS, *map(run, cells), RIGHT, ASK], **how)


def wrong(*cells: str, state: str = "not passed", **how) -> Learner:
    """A wrong answer with cells around it that want to have it count."""
    return Learner([IMPORTS, WRONG, *map(run, cells)], state, **how)


def run(cell: str) -> tuple[str, str]:
    """A cell with the tag of an exercise, which every grader runs."""
    return cell, "exercise"


HONEST = {
    "right": right(),
    "right in another way": Learner([
        IMPORTS, "from math import sqrt as root\nEDGES = {'align_corners': True}",
        "def length(away):\n    return torch.linalg.vector_norm(away, dim=1)",
        "def my_map(away, size):\n    n = length(away)[:, None] / root(away.shape[1])\n"
        "    return F.interpolate(n, tuple(size), mode='bilinear', **EDGES).squeeze(1)",
        ASK,
    ]),
    "right with a module of another cell": Learner([
        IMPORTS, "square = torch.nn.LPPool2d(2, 1)", RIGHT.replace(
            "    one =", "    square(away)\n    one ="), ASK,
    ]),
    "right with a file": Learner(
        [IMPORTS, "from helpers import root", "def my_map(away, size):\n"
         "    return F.interpolate(root(away), size, mode='bilinear', "
         "align_corners=True)[:, 0]", ASK],
        words={"marks": "uses a file of its own: helpers"}, helpers="def root(x):\n"
        "    return x.square().mean(1, keepdim=True).sqrt()\n"),
    "right with magics": right("%pip install torch\n!ls", "files = !ls\nfiles"),
    "right at the second attempt": Learner([IMPORTS, WRONG, ASK, RIGHT, ASK]),
    "right, then played with": Learner([IMPORTS, RIGHT, ASK, f"{WRONG}\n{ASK}"]),
    "wrong": wrong(ASK, words={"last": "corners lie on corners"}),
    "a stub": Learner([
        IMPORTS, "def my_map(away, size):\n    raise NotImplementedError", ASK,
    ], "not done"),
    "never asked": Learner([IMPORTS, RIGHT], "not run", {"last": "does not call it"}),
    "no function": Learner([IMPORTS, "my_map = 3", ASK], "not passed"),
    "a slip of syntax": right("def f(:\n    pass", words={"errors": "SyntaxError"}),
    "an error before": right("checks.nothing_of_this_name(1)", words={
        "errors": "code cell 2: AttributeError"}),
    "an odd error": right(
        "class Odd(Exception):\n    def __str__(self):\n        raise Odd\n\n\n"
        "def f(x=checks.one_map):\n    raise Odd", "checks.one_map.yours(f)\nf()",
        words={"errors": "Odd: (no message)"}),
    "exit in a cell": right(("exit()"), words={"errors": "SystemExit"}),
    "asks for input": right(("input('?')"), words={"errors": "EOFError"}),
}
CHEATS = {
    "the package's own": Learner([
        "from resattn_tutorial.checks import chapter00 as checks\n"
        "from resattn_tutorial.checks.chapter00.mapping import my_map", ASK,
    ], words={"marks": "resattn_tutorial.checks.chapter00.mapping.my_map"}),
    "calls the solution": Learner([
        IMPORTS, "def my_map(away, size):\n    return checks.one_map.solution(away, "
        "size)", ASK,
    ], words={"marks": "reaches for: resattn_tutorial.checks.chapter00"}),
    "an overwritten check": wrong(
        f"checks.one_map = lambda answer: {HOLDS}", ASK, state="not run",
        words={"last": "judged nothing"}),
    "a check of one's own": wrong(
        "from resattn_tutorial.checks.engine.check import Check\n"
        "checks.one_map = Check('One', lambda report, answer: None, 'chapter00')", ASK,
        state="not run", words={"last": "judged nothing"}),
    "a printed success": wrong(HOLDS, state="not run"),
    "a success in all open files": wrong(
        "import os\nfor number in range(1, 64):\n    try:\n"
        "        os.write(number, b'{\"check\": \"chapter00.one_map\", \"passed\": "
        "true}\\n')\n    except OSError:\n        pass", state="not run",
        words={"notes": "not signed"}),
    "a report that always passes": wrong(
        f"{REPORT}\nreport.Report.passed = property(lambda self: True)\n{ASK}",
        words={"last": "in the notebook only"}),
    "a check that asks nothing": wrong(
        f"checks.one_map._ask = lambda report, answer: None\n{ASK}",
        words={"last": "in the notebook only"}),
    "tensors that are always alike": wrong(
        f"{REPORT}\ntraces.alike = lambda a, b: True\n{ASK}",
        words={"last": "in the notebook only"}),
    "an answer that spoils the check": Learner([
        IMPORTS, "def my_map(away, size):\n"
        "    from resattn_tutorial.checks.engine import traces\n"
        "    traces.alike = lambda a, b: True\n    return away[:, 0]", ASK,
    ], "look", {"last": "nothing is believed",
                "marks": "reaches for: resattn_tutorial.checks.engine.traces"}),
    "an answer that looks into frames": Learner([
        IMPORTS, RIGHT.replace("    one =", "    import sys\n    sys._getframe(1)\n"
                               "    one ="), ASK,
    ], words={"marks": "_getframe"}),
    "an answer without a name": Learner([
        IMPORTS, f"def make():\n    {RIGHT.replace(chr(10), chr(10) + '    ')}\n"
        "    return my_map", "checks.one_map(make())",
    ], "look", {"last": "cannot be judged alone"}),
    "listeners that were sent away": wrong(
        f"{REPORT}\ncheck.listeners.clear()\n{ASK}", state="not run"),
}
BROKEN = {
    "no notebook": Learner(None, None, {"stopped": "no notebook"}),
    "an empty file": Learner(b"", None, {"stopped": "no JSON"}),
    "a Word file": Learner(b"PK\x03\x04\xff\xfe", None, {"stopped": "no JSON"}),
    "JSON that is no notebook": Learner(b"[1, 2]", None, {"stopped": "no notebook"}),
    "another course": Learner(["print('hello')"], None, {
        "stopped": "no notebook of this book"}),
    "no cells": Learner([], None, {"stopped": "no notebook of this book"}),
}
FORTY_FILES = """\
for number in range(40):
    with open(f"{number}", "wb") as file:
        for _ in range(4):
            file.write(bytes(2**20))
import time
time.sleep(600)"""
MANY_EATERS = """\
import os, time
for _ in range(6):
    if os.fork() == 0:
        eaten = b"x" * 3 * 10**8
        time.sleep(600)
time.sleep(600)"""
EATER = """\
def eat():
    eaten = []
    while True:
        eaten.append(b"x" * 10**8)"""
DEAF = """\
import signal
for number in (1, 2, 15, 24):
    signal.signal(number, signal.SIG_IGN)
while True:
    pass"""
FORKS = "import os\nwhile True:\n    os.fork()"
STUBBORN_FORKS = """\
import os
while True:
    try:
        os.fork()
    except OSError:
        pass"""
ENDS = {
    "kills its kernel": right(
        "import os\nos._exit(3)", state="not run",
        words={"stopped": "with status 3 (in code cell 2)"}),
    "kills itself": right(
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", state="not run",
        words={"stopped": "SIGKILL (in code cell 2)"}),
    "kills everybody else": right("import os\nos.kill(-1, 9)"),
    "crashes": right(
        "import ctypes\nctypes.string_at(0)", state="not run",
        words={"stopped": "SIGSEGV (in code cell 2)"}),
    "crashes after its answer": Learner(
        [IMPORTS, RIGHT, ASK, run("import os\nos.abort()")],
        words={"stopped": "was ended by a signal"}),
    "closes what it reports by": right(
        "import os\nos.closerange(3, 256)", state="not run",
        words={"stopped": "it closed what it reports by"}),
    "prints a gigabyte": right(
        "for _ in range(1024):\n    print('x' * 2**20)", state="not run",
        words={"stopped": "printed more than 16 MiB (in code cell 2)"}),
    "floods its report": right(
        "import os\nwhile True:\n    os.write(3, b'x' * 2**16)", state="not run",
        words={"stopped": "it flooded what it reports by"}),
    "nests folders": right(
        "import os\nfor _ in range(1500):\n    os.mkdir('x')\n    os.chdir('x')"),
    "eats memory": right(EATER, "eat()", words={"errors": "code cell 3: MemoryError"}),
    "eats memory with many": right(
        MANY_EATERS, state="not run", words={"stopped": "GiB of memory"}),
    "fills the disk": right(FORTY_FILES, words={"errors": "No space left"}),
    "forks until it is refused": right(
        FORKS, words={"errors": "code cell 2: BlockingIOError"}),
}


def endless(*cells: str) -> Learner:
    """A learner whose time is over before the check is come to."""
    return right(*cells, state="not run", words={"stopped": "did not end within"},
                 limits="endless")


ENDLESS = {
    "an endless loop": endless("while True:\n    pass"),
    "sleeps": endless("import time\ntime.sleep(10**6)"),
    "an endless answer": endless(RIGHT.replace("    one", "    while True:\n"
                                 "        pass\n    one", 1), ASK),
    "forks without end": endless(STUBBORN_FORKS),
    "hears no signal": endless(DEAF),
}
PLACES = "/", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/usr", "/root", "/home"
DELETES = """\
import os, shutil
HOME = os.path.expanduser("~")
for place in (".", "..", "/etc", "/dev", HOME, "{outside}", *torch.__path__):
    shutil.rmtree(place, ignore_errors=True)"""
WRITES = """\
for place in (*{places}, "{outside}", torch.__path__[0]):
    try:
        open(f"{{place}}/resattn-was-here", "w").close()
    except OSError:
        pass"""
SHELL = """\
import subprocess
subprocess.run(["/bin/sh", "-c", "echo x >> {outside}/secret; echo x > {outside}/y"])"""
DAEMON = """\
import ctypes, os, time
if os.fork() == 0:
    os.setsid()
    ctypes.CDLL(None).prctl(15, b"wild-{port}")
    if os.fork() == 0:
        while True:
            time.sleep(1)
    os._exit(0)"""
UNSHARE = """\
import ctypes
if ctypes.CDLL(None).unshare(0x10000000):
    raise OSError("refused")"""
CONNECT = "import socket\nsocket.create_connection(('127.0.0.1', {port}), 5)"


def reaching(outside: str, port: int) -> dict[str, Learner]:
    """Learners that reach for what lies outside their copy, and may not.

    Args:
        outside: a folder, with a file ``secret``; whoever grades may write there.
        port: of a server on this machine.
    """
    def filled(cell: str) -> str:
        return cell.format(outside=outside, port=port, places=PLACES)

    def refused(cell: str, error: str = "Error") -> Learner:
        return right(filled(cell), words={"errors": error})

    return {
        "reads outside": refused("open('{outside}/secret').read()"),
        "lists outside": refused("import os\nos.listdir('{outside}')"),
        "writes outside": refused("open('{outside}/secret', 'a').write('x')"),
        "makes a file outside": refused("open('{outside}/new', 'w')"),
        "removes outside": refused("import os\nos.remove('{outside}/secret')"),
        "changes a mode outside": refused("import os\nos.chmod('{outside}/secret', 0)"),
        "changes the package": refused(
            "import resattn_tutorial\nopen(resattn_tutorial.__file__, 'a')"),
        "opens a socket": refused(CONNECT),
        "wants to be root": refused("import os\nos.setuid(0 if os.getuid() else 1)"),
        "wants a user namespace": refused(UNSHARE, "refused"),
        "deletes all files": right(filled(DELETES)),
        "writes everywhere": right(filled(WRITES)),
        "starts a program that writes": right(filled(SHELL)),
        "leaves a process behind": right(filled(DAEMON)),
    }


def names_that_need_care() -> dict[str, Learner]:
    """Learners whose names are taken for something else in a page or a spreadsheet."""
    return {"=HYPERLINK(1)": right(), "<script>alert(1)<": Learner(b"<b>x</b>", None, {
        "stopped": "no JSON"})}


def learners(outside: str, port: int) -> dict[str, Learner]:
    """The whole class, by name."""
    return {
        **HONEST, **CHEATS, **BROKEN, **ENDS, **ENDLESS, **reaching(outside, port),
        **names_that_need_care(),
    }


def hand_all_in(
    folder: Path, all_of_them: dict[str, Learner],
    keep: Callable[[str], bool] = lambda name: True,
) -> None:
    """Write the notebooks of a class into ``folder/quick`` and ``folder/endless``."""
    for name, learner in all_of_them.items():
        place = folder / learner.limits / name
        if not keep(name):
            continue
        place.mkdir(parents=True)
        if learner.cells is None:
            continue
        content = learner.cells if isinstance(learner.cells, bytes) else notebook(
            learner.cells)
        if learner.helpers:
            hand_in(place, "helpers.py", learner.helpers)
        hand_in(place, f"{NOTEBOOK}.ipynb" if learner.state else "work.ipynb", content)
