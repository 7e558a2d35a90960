"""What the pages are made of, in two sums that say whether any of it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

# What all pages share, and what each is read from: their text and results, and what
# directives and the package's own page read besides.
DRESS = ("_config.yml", "_toc.yml", "constraints.txt", "pyproject.toml")
DRESSING = ("book/_ext", "book/_static", "tools")
HOME = "index.md"
READ = (
    "book", "chapters", "_build/executed", "resattn_tutorial", "notebooks", "tests",
    "benchmarks",
)
# Holds what the pages that are there were made of. Whatever else writes pages removes
# it (`book/_ext/reader.py`).
SHOWN = Path("_build/shown")


def dress(root: Path) -> str:
    """What all pages are made with besides their own text, as one sha256."""
    return _sum(root, [*(root / name for name in DRESS), *_below(root, DRESSING)])


def contents(root: Path) -> str:
    """What the pages are read from, as one sha256."""
    return _sum(root, [root / HOME, *_below(root, READ)])


def _below(root: Path, folders: Iterable[str]) -> list[Path]:
    return [path for folder in folders for path in (root / folder).rglob("*.*")]


def _sum(root: Path, paths: Iterable[Path]) -> str:
    """The sha256 of names and contents; what Python compiled does not count."""
    digest = hashlib.sha256()
    for path in sorted(set(paths)):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
