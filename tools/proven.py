"""Tests that a page names as proof: they must be there, and read as sentences."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path("tests/package")


class ProofError(Exception):
    """A page names a test that there is not."""


def told(name: str, root: Path) -> str:
    """A test's name as a sentence, without a capital.

    Args:
        name: ``FILE::FUNCTION``, the file in ``tests/package``.
        root: the project's folder.

    Raises:
        ProofError: there is no such file, or no such test in it.
    """
    file, _, function = name.partition("::")
    path = root / FOLDER / file
    if not path.is_file():
        raise ProofError(f"there is no {FOLDER / file}")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if function not in tests or not function.startswith("test_"):
        raise ProofError(f"{FOLDER / file} holds no test {function!r}")
    return function.removeprefix("test_").replace("_", " ")
