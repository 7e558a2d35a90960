"""Build the book: fetch what the pages need, execute what changed, write the HTML.

``python -m tools.book`` is what ``make book`` runs once the environment stands. It
fails on a cell that fails, on a chapter that runs no cell, on any warning of Sphinx
and on a page that is missing at the end.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tools.chapters import ChapterError, chapter_paths
from tools.ending import ended
from tools.execute import Record, execute_all
from tools.files import write_whole
from tools.made_of import SHOWN, contents, dress
from tools.settings import ROOT, SettingsError, pages
from tools.vendor import VendorError, vendor_pages

HTML = Path("_build/html")


class BookError(RuntimeError):
    """The book could not be built; says why."""


def build(root: Path = ROOT) -> int:
    """Build the book of ``root``, telling what is done; 0 as exit status.

    Raises ``BookError``, or the error of the step that failed.
    """
    start = time.perf_counter()
    check_contents(root)
    (root / "_build").mkdir(exist_ok=True)
    with _alone(root / "_build" / "lock"):
        done = _build_alone(root)
    print(_summary(done))
    print(f"Built in {time.perf_counter() - start:.0f} s. Open {HTML / 'index.html'}")
    return 0


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock; while another build holds it, wait, and say so."""
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("Another build is at it here; waiting until it ends.", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _build_alone(root: Path) -> dict[str, tuple[Record, bool]]:
    """The steps; a second build beside this one would delete its pages."""
    if vendor_pages(root):
        print("fetched the JavaScript that the book is built with", flush=True)
    done = execute_all(root)
    write_pages(root)
    check_pages(root)
    return done


def check_contents(root: Path) -> None:
    """Raise ``BookError`` unless the contents name exactly the chapters that exist."""
    named = {Path(page).name for page in pages(root) if page.startswith("chapters/")}
    there = {path.stem for path in chapter_paths(root)}
    if named != there:
        raise BookError(
            "_toc.yml and chapters/ disagree: "
            f"only in _toc.yml {sorted(named - there)}, "
            f"only in chapters/ {sorted(there - named)}"
        )


def write_pages(root: Path) -> None:
    """Run Jupyter Book, every warning an error, unless nothing at all has changed.

    Sphinx warns only about the pages that it reads, and does not see that what dresses
    them has changed. So a mark holds what the last build that succeeded was made with;
    where it is missing or says something else, everything is written from the start.
    """
    mark, made_with = root / "_build" / "complete", dress(root)
    afresh = not mark.exists() or mark.read_text(encoding="utf-8") != made_with
    shown, made_of = root / SHOWN, contents(root)
    if not afresh and shown.exists() and shown.read_text(encoding="utf-8") == made_of:
        print("Nothing that the pages are made of has changed.", flush=True)
        return
    mark.unlink(missing_ok=True)
    shown.unlink(missing_ok=True)
    if afresh:
        for folder in (HTML, Path("_build/.doctrees")):
            shutil.rmtree(root / folder, ignore_errors=True)
    program = Path(sys.executable).with_name("jupyter-book")
    if not program.exists():
        raise BookError(f"{program} is not there: make book installs it")
    command = [program, "build", root, "-W", "-n", "--keep-going"]
    # A session of its own: Ctrl-C is for us alone, and we end it without its words.
    if subprocess.run(command, cwd=root, start_new_session=True).returncode:
        raise BookError("Jupyter Book failed: its warnings and errors stand above")
    write_whole(mark, made_with)
    write_whole(shown, made_of)


def check_pages(root: Path) -> None:
    """Raise ``BookError`` for a page of the contents that was not written."""
    there = root / HTML
    missing = [p for p in pages(root) if not (there / f"{p}.html").exists()]
    if missing:
        raise BookError(f"no HTML for {missing}")


def _summary(done: dict[str, tuple[Record, bool]]) -> str:
    """One line for each chapter: seconds, cells, mode, and whether it ran just now."""
    lines = [
        f"  {name:32} {record.seconds:6.1f} s  {record.cells:3} cells  {record.mode}"
        f"  {'executed now' if ran else f'unchanged since {record.date}'}"
        for name, (record, ran) in done.items()
    ]
    total = sum(record.seconds for record, _ in done.values())
    return "\n".join(["", *lines, f"  {'all chapters':32} {total:6.1f} s"])


def main() -> int:
    """Build the book; another exit status with the reason if that fails."""
    faults = (BookError, ChapterError, SettingsError, VendorError)
    return ended(build, *faults, outcome="The book was not built.")


if __name__ == "__main__":
    sys.exit(main())
