"""Execute the chapters, each once, and keep the result for the book and the tests.

``python -m tools.execute`` runs every chapter whose stored result no longer belongs to
its code. What a result belongs to is its key: the chapter's code cells, the package
files they use, the mode, the threads and the versions. Prose, captions and tags are not
in it, so changing them executes nothing.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from resattn_tutorial.runtime.environment import processor
from tools import settings
from tools.chapters import ChapterError, chapter_paths, read_chapter
from tools.closure import used_files
from tools.ending import ended
from tools.files import write_whole
from tools.lanes import side_by_side

VERSIONED = ("torch", "numpy", "matplotlib")


@dataclass(frozen=True)
class Record:
    """How a stored result came about; ``seconds`` is wall time with the kernel's start.

    ``mode`` is QUICK, STANDARD or FULL, ``device`` the processor's name, ``date`` the
    day in UTC.
    """

    key: str
    seconds: float
    cells: int
    mode: str
    device: str
    threads: int
    versions: dict[str, str]
    date: str


class StaleRecord(RuntimeError):
    """A chapter's stored result is missing, or belongs to other code."""


def versions() -> dict[str, str]:
    """The versions that outputs depend on, of Python and of the libraries found."""
    found = {"python": platform.python_version()}
    installed = {dist.name.lower() for dist in importlib.metadata.distributions()}
    for name in VERSIONED:
        if name in installed:
            found[name] = importlib.metadata.version(name)
    return found


def code_of(notebook: NotebookNode) -> list[str]:
    """The sources of a notebook's code cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def key_of(path: Path, root: Path = settings.ROOT) -> str:
    """The key of a chapter as its code and the package now are.

    Raises ``ChapterError`` for a cell, or a module it uses, that is not Python.
    """
    cells = code_of(read_chapter(path))
    try:
        files = used_files(cells, root)
    except SyntaxError as error:
        raise ChapterError(f"{path.name}: not Python: {error}") from error
    parts = {
        "cells": cells,
        "package": {str(file.relative_to(root)): _sha256(file) for file in files},
        "mode": settings.mode(),
        "threads": settings.threads(),
        "versions": versions(),
    }
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def stored_path(path: Path, root: Path = settings.ROOT) -> Path:
    """Where the executed form of a chapter is kept."""
    return root / "_build" / "executed" / f"{path.stem}.ipynb"


def stored(path: Path, root: Path = settings.ROOT) -> tuple[NotebookNode, Record]:
    """The executed form of a chapter and its record, if they are still current.

    Raises ``StaleRecord`` if the chapter was not executed as it now is.
    """
    where = stored_path(path, root)
    if not where.exists():
        raise StaleRecord(f"{path.name} has not been executed: run make book")
    notebook = nbformat.read(where, as_version=4)
    record = Record(**notebook.metadata["resattn"])
    if record.key != key_of(path, root):
        raise StaleRecord(f"{path.name} has changed since it ran: run make book")
    return notebook, record


def execute_all(root: Path = settings.ROOT) -> dict[str, tuple[Record, bool]]:
    """Execute the chapters that need it, some at a time, telling what is done.

    Returns, for each chapter's name, its record and whether it ran just now. Raises
    ``ChapterError`` for a cell that fails and for a chapter that runs no cell; what ran
    beside it is kept.
    """
    done, waiting = {}, []
    for path in chapter_paths(root):
        try:
            done[path.stem] = stored(path, root)[1], False
        except StaleRecord:
            done[path.stem] = None
            waiting.append((path, root))
    if waiting:
        lanes = settings.lanes()
        told = f", {lanes} at a time" if min(lanes, len(waiting)) > 1 else ""
        print(f"{len(waiting)} chapters to execute{told}", flush=True)
        ends = side_by_side(execute, waiting, lanes)
        for count, ((path, _), record) in enumerate(ends, 1):
            done[path.stem] = record, True
            print(
                f"{count:3} of {len(waiting)}  {path.stem}: {record.cells} cells, "
                f"{record.seconds:.1f} s, {record.mode}", flush=True,
            )
    return done


def execute(path: Path, root: Path = settings.ROOT) -> Record:
    """Execute one chapter in a kernel of its own and store the result whole.

    Raises ``ChapterError`` for a cell that fails, or if there is none.
    """
    from tools.kernel import run_cells  # nbclient costs half a second

    key, notebook = key_of(path, root), read_chapter(path)
    if not code_of(notebook):
        raise ChapterError(f"{path.name} runs no cell: a chapter computes something")
    start = time.perf_counter()
    accelerator = run_cells(notebook, path, root)
    seconds = round(time.perf_counter() - start, 1)
    record = Record(
        key=key,
        seconds=seconds,
        cells=len(code_of(notebook)),
        mode=settings.mode(),
        device=accelerator or processor(),
        threads=settings.threads(),
        versions=versions(),
        date=datetime.now(UTC).date().isoformat(),
    )
    notebook.metadata["resattn"] = asdict(record)
    write_whole(stored_path(path, root), nbformat.writes(notebook))
    return record


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Execute what needs it; another exit status than 0 with the reason if not."""
    return ended(_execute_and_count, ChapterError, settings.SettingsError)


def _execute_and_count() -> int:
    done = execute_all()
    ran = sum(now for _, now in done.values())
    print(f"{ran} of {len(done)} chapters executed, the others unchanged")
    return 0


if __name__ == "__main__":
    sys.exit(main())
