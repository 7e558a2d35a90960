"""Trials of a function that writes files, with and without an old one and an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from resattn_tutorial.checks.chapter10.file_watch import FAULTS, Watch, watching
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report

OLD, FIRST, SECOND = b"the old file", b"the new " * 40, b"file, whole" * 40
NEW = FIRST + SECOND


class Trial(NamedTuple):
    """Whether an old file is there, and whether writing fails half way."""

    words: str
    old: bytes | None
    fails: bool = False


TRIALS = (
    Trial("where no file was", None),
    Trial("where an old file was", OLD),
    Trial("with an error half way", OLD, fails=True),
    Trial("with an error and no old file", None, fails=True),
)
ERRORS = {
    "a bytes-like object is required": "write bytes: the mode is \"wb\"",
    "must be str, not bytes": "the file is to be opened for bytes: the mode is \"wb\"",
    "cross-device": "the draft must lie in path's own folder",
    "UnsupportedOperation": "the file is to be opened for writing bytes: \"wb\"",
    "not writable": "the file is to be opened for writing bytes: \"wb\"",
    "No such file": "the draft is no longer there, or never was: which name has it?",
    "FileExistsError": "os.rename need not replace what is there; os.replace does",
    "closed file": "the file is closed before write gets it",
    "has no attribute": "path is a Path, and write a function that takes a file",
    "not callable": "path is a Path, and write a function that takes a file",
}
"""From the words of an error to the mistake that usually lies behind it."""
SWALLOWED = "the error is caught and not raised again: try … finally lets it pass"
REPLACED = "the caller is to get the very error: `raise` alone, or try … finally"
LEFT = (
    "a draft is left behind: remove it, also after an error; a `finally` is run in "
    "both cases"
)


class Failure(Exception):
    """What goes wrong half way, on purpose."""


def play(report: Report, answer: Callable, path: Path, trial: Trial) -> None:
    """Let the answer write a file, and see what a reader would have found."""
    if trial.old is not None:
        path.write_bytes(trial.old)
    neighbour = path.with_name("somebody else's.txt")
    neighbour.write_text("hands off")
    heard, seen = False, []
    with watching(path, NEW) as watch:
        try:
            answer(path, _writer(path, trial, seen))
        except Failure:
            heard = True
        except Exception as error:  # the learner's code may raise anything
            if isinstance(error.__context__, Failure):
                refuse(report, f"{trial.words}: the caller got {type(error).__name__} "
                       "in place of write's own error", REPLACED)
            with report.attempt(f"my_write(path, write), {trial.words},"):
                raise error
    if not seen:
        refuse(report, f"{trial.words}: write was not called", "call write(file) once")
    _require_no_fault(report, trial, watch)
    _require_untouched(report, trial, seen[0])
    _require_content(report, path, trial)
    if trial.fails and not heard:
        refuse(report, f"{trial.words}: the caller heard nothing of it", SWALLOWED)
    _require_clean(report, path, neighbour, trial)
    fact = "at each moment the old file is there whole, or the new one"
    if trial.fails:
        fact = "all is as it was, and the caller hears of it"
    report.require(True, f"{trial.words}: {fact}")


def _writer(path: Path, trial: Trial, seen: list) -> Callable[[BinaryIO], None]:
    """What the answer is to call: it looks, half way, what a reader would find."""

    def write(file: BinaryIO) -> None:
        file.write(FIRST)
        seen.append(path.read_bytes() if path.exists() else None)
        if trial.fails:
            raise Failure("half way")
        file.write(SECOND)

    return write


def _require_untouched(report: Report, trial: Trial, found: bytes | None) -> None:
    if found != trial.old:
        what = "no file" if found is None else "another file"
        words = FAULTS["removed" if found is None else "opened"][1]
        refuse(report, f"{trial.words}: half way, a reader finds {what}", words)


def _require_no_fault(report: Report, trial: Trial, watch: Watch) -> None:
    if watch.faults:
        seen, words = FAULTS[watch.faults[0]]
        refuse(report, f"{trial.words}: {seen}", words)


def _require_content(report: Report, path: Path, trial: Trial) -> None:
    goal = trial.old if trial.fails else NEW
    found = path.read_bytes() if path.exists() else None
    if found == goal:
        return
    if found is None:
        words = "the draft never gets its name: os.replace(draft, path)"
        if trial.fails:
            words = "the old file must stay where it was"
        refuse(report, f"{trial.words}: in the end there is no file", words)
    words = "what write wrote, no more and no less, is to be in the file"
    if found == trial.old:
        words = "the draft never gets its name: os.replace(draft, path)"
    elif trial.fails:
        words = "after an error the draft must not take the name: os.replace belongs " \
            "behind write, not into `finally`"
    refuse(report, f"{trial.words}: in the end the file holds something else", words)


def _require_clean(report: Report, path: Path, neighbour: Path, trial: Trial) -> None:
    if not neighbour.is_file() or neighbour.read_text() != "hands off":
        refuse(report, f"{trial.words}: another file of the folder was changed",
               "touch nothing but path and your own draft")
    left = {file.name for file in path.parent.iterdir()} - {path.name, neighbour.name}
    if left:
        refuse(report, f"{trial.words}: left in the folder: {', '.join(sorted(left))}",
               LEFT)
