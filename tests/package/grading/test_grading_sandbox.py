"""The sandbox's own ends: who is interrupted leaves nothing behind."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import wild_class
from class_notebooks import notebook

from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.sandbox import NoWalls, Sandbox
from resattn_tutorial.grading.tasks import RUN, Task

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the sandbox is Linux's"),
]
NAME = f"ends-{os.getpid()}"
STAYS = f"""\
import ctypes, os, time
ctypes.CDLL(None).prctl(15, b"{NAME}")
if os.fork() == 0:
    os.setsid()
while True:
    time.sleep(1)"""


def running() -> int:
    """How many processes have the name that the notebook gives itself."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):
            found += path.read_text().strip() == NAME
    return found


def wait_for(count: int) -> None:
    """Look until as many are running; the time limit of all tests is the end of it."""
    while running() != count:
        threading.Event().wait(0.05)


def test_who_is_interrupted_leaves_no_process_behind():
    text = notebook([wild_class.IMPORTS, wild_class.run(STAYS)])
    task = Task(RUN, Allowance(60), {"a.ipynb": text.encode()}, "a.ipynb")
    with Sandbox() as sandbox:
        assert sandbox.wall
        with suppress(OSError):
            threading.Thread(target=sandbox.do, args=(task,), daemon=True).start()
            wait_for(2)
    wait_for(0)


def test_a_wall_that_there_is_not_is_told():
    with pytest.raises(NoWalls), Sandbox("paper"):
        pass
