"""Let an answer write a file where an old one is or none, and break it off half way."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from resattn_tutorial.checks.chapter10.file_watch import FAULTS, Watch, watching
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_function
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report, Stopped
from resattn_tutorial.checks.engine.table import Case, Table

OLD, FIRST, SECOND = b"the old file", b"the new " * 40, b"file, whole" * 40
NEW = FIRST + SECOND
SWALLOWED = "the error is caught and not raised again: try … finally lets it pass"
REPLACED = "the caller must get write's own error: `raise` alone, or try … finally"
LEFT = (
    "a draft is left behind: remove it, also after an error; a `finally` is run in "
    "both cases"
)
CTRL_C = (
    "a draft is left behind by Ctrl-C, which is no `Exception`: a `finally` is run "
    "then, too, and so is `except BaseException`"
)
NOT_CALLED = "call write(file) once"
UNNAMED = "the draft never gets its name: os.replace(draft, path)"
AFTER_ERROR = (
    "after an error the draft must not take the name: os.replace belongs after write, "
    "not in `finally`"
)
OWN_DRAFT = "touch nothing but path and your own draft"


class Failure(Exception):
    """What goes wrong half way, on purpose."""


class Interrupt(KeyboardInterrupt):
    """Ctrl-C half way, on purpose."""


class Bench:
    """A folder with an old file or none, somebody else's file, and what is to write.

    Attributes:
        path: the file that is to be written.
        seen: what a reader found half way; the folder as it was then is copied, too.
    """

    def __init__(self, words: str, old: bytes | None, fails: type | None) -> None:
        self.words, self.old, self.fails = words, old, fails
        self.root = Path(tempfile.mkdtemp())
        weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)
        self.path = self.root / "folder" / "run.state.pt"
        self.path.parent.mkdir()
        self.neighbour = self.path.with_name("somebody else's.txt")
        self.neighbour.write_text("hands off")
        if old is not None:
            self.path.write_bytes(old)
        self.seen: list[bytes | None] = []

    def write(self, file: BinaryIO) -> None:
        """What the answer is to call: it looks, half way, what a reader would find."""
        file.write(FIRST)
        file.flush()
        self.seen.append(self.content())
        shutil.copytree(self.path.parent, self.root / "killed", dirs_exist_ok=True)
        if self.fails:
            raise self.fails("half way")
        file.write(SECOND)

    def content(self) -> bytes | None:
        """What is in the file; ``None`` where there is none."""
        return self.path.read_bytes() if self.path.exists() else None

    def left(self) -> set[str]:
        """The names of further files in the folder."""
        ours = {self.path.name, self.neighbour.name}
        return {one.name for one in self.path.parent.iterdir()} - ours

    def killed(self) -> Bench:
        """The folder as it was half way: what a killed process leaves behind."""
        other = Bench(self.words, self.old, None)
        shutil.rmtree(other.path.parent)
        shutil.copytree(self.root / "killed", other.path.parent)
        return other


class FileTrial(FunctionTrial):
    """A case is its words, an old file, what breaks it off, and whether it is killed.
    """

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        *asked, killed = case.asked
        bench = Bench(*asked)
        try:
            play(report, answer, bench)
            if killed:
                play(report, answer, bench := bench.killed(), bench.left())
        except Stopped:
            report.failed = str(report.failed).replace(str(bench.root), "…")
            raise
        yield "whole", True


def made_bench(case: Case) -> tuple[Path, Callable[[BinaryIO], None]]:
    """A path, and what writes."""
    bench = Bench(*case.asked[:3])
    return bench.path, bench.write


def play(
    report: Report, answer: Callable, bench: Bench, stale: frozenset | set = frozenset()
) -> None:
    """Let the answer write a file, and see what a reader would have found.

    Args:
        report: the check's report.
        answer: the learner's function.
        bench: the folder.
        stale: names of drafts that are there already, and may stay.
    """
    words, heard = bench.words, False
    with watching(bench.path, NEW) as watch:
        try:
            answer(bench.path, bench.write)
        except (Failure, Interrupt):
            heard = True
        except Exception as error:  # the learner's code may raise anything
            if isinstance(error.__context__, Failure | Interrupt):
                refuse(report, f"{words}: the caller got {type(error).__name__} in "
                       "place of write's own error", REPLACED)
            with report.attempt(f"my_write(path, write), {words},"):
                raise error
    if not bench.seen:
        refuse(report, f"{words}: write was not called", NOT_CALLED)
    _require_no_fault(report, bench, watch)
    _require_content(report, bench)
    if bench.fails and not heard:
        refuse(report, f"{words}: the caller got no error", SWALLOWED)
    if not bench.neighbour.is_file() or bench.neighbour.read_text() != "hands off":
        refuse(report, f"{words}: another file of the folder was changed", OWN_DRAFT)
    if left := bench.left() - stale:
        refuse(report, f"{words}: left in the folder: {', '.join(sorted(left))}",
               CTRL_C if bench.fails is Interrupt else LEFT)


def _require_no_fault(report: Report, bench: Bench, watch: Watch) -> None:
    if watch.faults:
        seen, words = FAULTS[watch.faults[0]]
        after = bench.fails and watch.faults[0] == "half"
        refuse(report, f"{bench.words}: {seen}", AFTER_ERROR if after else words)
    if bench.seen[0] != bench.old:
        gone = bench.seen[0] is None
        refuse(report, f"{bench.words}: half way, a reader finds "
               f"{'no' if gone else 'another'} file",
               FAULTS["removed" if gone else "opened"][1])


def _require_content(report: Report, bench: Bench) -> None:
    found, goal = bench.content(), bench.old if bench.fails else NEW
    if found == goal:
        return
    what = "there is no file" if found is None else "the file holds something else"
    words = FAULTS["other"][1]
    if bench.fails:
        words = "the old file must stay where it was" if found is None else AFTER_ERROR
    elif found in (None, bench.old):
        words = UNNAMED
    refuse(report, f"{bench.words}: in the end {what}", words)
