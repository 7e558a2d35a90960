"""Every name that a chapter uses is imported or defined in it, seen without running it.

A definition that is quoted from the package brings names along that a chapter has to
import; without this test a missing one is found when the chapter runs, minutes later.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tools.chapters import chapter_paths, read_chapter
from tools.settings import PACKAGE


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


def missing(source: str) -> Iterator[str]:
    """What a cell imports from the package, and the package does not have."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ImportFrom) or node.level or not (
            node.module or "").startswith(PACKAGE):
            continue
        module = importlib.import_module(node.module)
        for alias in node.names:
            if not hasattr(module, alias.name):
                try:
                    importlib.import_module(f"{node.module}.{alias.name}")
                except ModuleNotFoundError:
                    yield f"{node.module}.{alias.name}"


@pytest.mark.parametrize("path", chapter_paths(), ids=lambda path: path.stem)
def test_what_a_chapter_imports_from_the_package_is_there(path) -> None:
    cells = read_chapter(path).cells
    code = [c.source for c in cells if c.cell_type == "code"]
    assert [name for source in code for name in missing(source)] == []


def test_an_import_of_what_is_not_there_is_seen() -> None:
    good = f"from {PACKAGE}.models import zoo\nfrom {PACKAGE}.names import Mode\n"
    bad = f"from {PACKAGE}.names import (\n    Mode, Moods,\n)"
    assert list(missing(good)) == []
    assert list(missing(bad)) == [f"{PACKAGE}.names.Moods"]


def test_a_name_that_nothing_defines_is_seen() -> None:
    [line] = undefined(["import math", "math.pi\nmissing + 1"])
    assert "missing" in line
