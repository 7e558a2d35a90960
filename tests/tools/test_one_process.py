"""Tests that share what is slow to make run in one process, and it is made once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tiny import write

SHARED = """
import os
from pathlib import Path
import pytest

@pytest.fixture(scope="module")
def shared():
    with Path("made").open("a") as made:
        made.write(f"{os.getpid()}\\n")

@pytest.mark.parametrize("number", range(8))
def test_it(shared, number):
    pass
"""
GROUPED = 'pytestmark = pytest.mark.xdist_group("shared")\n'


def made(folder: Path, text: str) -> list[str]:
    """The processes that made the fixture, of two that test side by side."""
    write(folder, {"test_shared.py": text, "pytest.ini": "[pytest]\n"})
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"],
        cwd=folder, check=True, capture_output=True,
    )
    return (folder / "made").read_text().split()


def test_a_group_of_tests_makes_its_fixture_once(tmp_path: Path):
    assert len(made(tmp_path, SHARED + GROUPED)) == 1


def test_without_a_group_both_processes_make_it(tmp_path: Path):
    assert len(set(made(tmp_path, SHARED))) == 2
