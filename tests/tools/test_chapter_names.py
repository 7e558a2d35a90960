"""Every name that a chapter uses is imported or defined in it, seen without running it.

A definition that is quoted from the package brings names along that a chapter has to
import; without this test a missing one is found when the chapter runs, minutes later.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.chapters import chapter_paths, read_chapter


def undefined(sources: list[str]) -> list[str]:
    """What ruff says of names that nothing defines."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821"]
    command += ["--output-format", "concise", "--stdin-filename", "chapter.py", "-"]
    text = "\n".join(["from __future__ import annotations", *sources])
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return [line for line in done.stdout.splitlines() if "F821" in line]


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_every_name_that_a_chapter_uses_is_defined(path) -> None:
    cells = read_chapter(path).cells
    assert undefined([c.source for c in cells if c.cell_type == "code"]) == []


def test_a_name_that_nothing_defines_is_seen() -> None:
    [line] = undefined(["import math", "math.pi\nmissing + 1"])
    assert "missing" in line
