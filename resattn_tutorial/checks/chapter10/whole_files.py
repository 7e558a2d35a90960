"""The table of *Whole or not at all*."""

from __future__ import annotations

import os
import shutil  # noqa: F401  (a slip needs it)
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from resattn_tutorial.checks.chapter10.file_trials import (
    AFTER_ERROR,
    CTRL_C,
    LEFT,
    NOT_CALLED,
    OLD,
    OWN_DRAFT,
    REPLACED,
    SWALLOWED,
    UNNAMED,
    Failure,
    FileTrial,
    Interrupt,
    made_bench,
)
from resattn_tutorial.checks.chapter10.file_watch import FAULTS
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_write(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """The solution, and what the slips change."""
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            write(file)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


DRAFT = 'path.with_name(path.name + ".part")'
MODE = '"wb"'
WRITE = "write(file)"
NAMED = "os.replace(draft, path)"
ALWAYS = "finally:"
CAUGHT, LAST = "except Exception:\n        ", "\n    finally:"
CLEAN = "draft.unlink(missing_ok=True)"
FOR_BYTES = 'the file is to be opened for writing bytes: the mode is "wb"'
TAKES_FILE = "path is a Path, and write a function that takes a file"
CLOSED = "the file is closed before write gets it"
SPARE = "spare = path.with_name('spare'); shutil.copy(draft, spare)"

SLIPS = (
    Slip(FAULTS["opened"][1], {"draft.open": "path.open", NAMED: "pass"}),
    Slip(FAULTS["removed"][1],
         {NAMED: f"path.unlink(missing_ok=True); {NAMED}"},
         {"draft = ": "path.unlink(missing_ok=True)\n    draft = "}),
    Slip(FAULTS["moved away"][1],
         {NAMED: f"path.exists() and path.rename(path.with_suffix('.old')); {NAMED}"}),
    Slip(FAULTS["elsewhere"][1], {DRAFT: "path.parent.with_name(path.name)"}),
    Slip(FAULTS["half"][1], {NAMED: "pass", WRITE: f"{WRITE}; {NAMED}"}),
    Slip("the draft gets its name before anything is written: os.replace comes last",
         {NAMED: "pass", WRITE: f"{NAMED}; {WRITE}"}),
    Slip("the old contents are to go: write into an empty draft, and copy nothing",
         {WRITE: f"file.write(path.read_bytes() if path.exists() else b''); {WRITE}"}),
    Slip('a killed save leaves its draft behind, and mode "ab" goes on after what is '
         'in it: "wb" begins with an empty one', {MODE: '"ab"'}),
    Slip('a killed save leaves its draft behind, and then mode "xb" always fails: "wb" '
         "writes over it", {MODE: '"xb"'}),
    Slip(LEFT, {CLEAN: "pass"},
         {NAMED: f"{SPARE}; os.replace(spare, path)", CLEAN: "pass"}),
    Slip(CTRL_C, {ALWAYS: "except Exception:", CLEAN: f"{CLEAN}; raise"}),
    Slip(SWALLOWED, {ALWAYS: "except BaseException:"}, {ALWAYS: f"{CAUGHT}pass{LAST}"}),
    Slip(REPLACED, {ALWAYS: f"{CAUGHT}raise RuntimeError{LAST}"}),
    Slip(UNNAMED, {NAMED: "pass"}),
    Slip(AFTER_ERROR, {NAMED: "pass", CLEAN: NAMED}),
    Slip("the order of os.replace's arguments: the draft first, then path",
         {NAMED: "os.replace(path, draft)"}),
    Slip(FOR_BYTES, {MODE: '"w"'},
         {MODE: '"rb"', "with draft": "draft.touch()\n        with draft"}),
    Slip(CLOSED, {WRITE: "pass", NAMED: f"write(file); {NAMED}"}),
    Slip(NOT_CALLED, {WRITE: "pass"}),
    Slip(TAKES_FILE, {WRITE: "write(draft)"}),
    Slip(OWN_DRAFT,
         {CLEAN: "[one.unlink() for one in path.parent.iterdir() if one != path]"}),
)
WHOLE = "at each moment the old file is there whole, or the new one"
SAME = "all is as it was, and the caller gets the error"
WHOLE_FILE = Table(
    title="Whole or not at all",
    usage="my_write(path, write)",
    reference=my_write,
    cases=tuple(
        Case((words, old, fails, killed), f"{words}: {SAME if fails else WHOLE}")
        for words, old, fails, killed in (
            ("where no file was", None, None, False),
            ("where an old file was", OLD, None, False),
            ("with an error half way", OLD, Failure, False),
            ("with an error and no old file", None, Failure, False),
            ("with Ctrl-C half way", OLD, Interrupt, False),
            ("killed half way, begun again", OLD, None, True),
        )
    ),
    slips=SLIPS,
    trial=FileTrial(make=made_bench),
    fixed=False,
    errors={
        "a bytes-like object is required": FOR_BYTES,
        "must be str, not bytes": FOR_BYTES,
        "cross-device": "the draft must lie in path's own folder",
        "UnsupportedOperation": FOR_BYTES,
        "not writable": FOR_BYTES,
        "No such file": "the draft is no longer there, or never was: which name has "
        "it?",
        "begun again, raised FileExistsError": "a killed save leaves its draft behind: "
        'write over it, as mode "wb" does',
        "FileExistsError": "os.rename need not replace what is there; os.replace does",
        "closed file": CLOSED,
        "has no attribute": TAKES_FILE,
        "not callable": TAKES_FILE,
    },
)
