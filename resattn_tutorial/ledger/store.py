"""Run files: written whole, read by one reader, held to one schema (chapter 3).

A run that takes too long for a page is made once by a command, and its outcome is
kept as one small JSON file inside the package. The book draws its figures and tables
from these files; nobody types a measured number into a page. What a run file holds is
said in ``run.schema.json``, and every file is held to it when it is written and when
it is read.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import warnings
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from resattn_tutorial.files import write_whole
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.validation import require_kind, require_path

RUNS = Path(__file__).parent / "runs"
SCHEMA = Path(__file__).with_name("run.schema.json")
RUN_FILES = "*-seed*.json"
# Bytes; a hundred thousand points of a curve have a sixth of it.
LARGEST = 2**26


def write_run(run: Run, folder: str | Path = RUNS) -> Path:
    """Write a run as ``<name>-seed<seed>.json``, whole or not at all; return the path.

    Its numbers are written as they are: whoever makes the run rounds them.

    Raises:
        TypeError: it is no run, or something in it has no place in JSON, such as a
            tensor.
        ValueError: it does not fit the schema, or some number is NaN or infinite; names
            every field that is wrong.
    """
    require_kind("run", run, Run, "a Run")
    text = require_writable(run)
    path = require_path("folder", folder) / f"{run.stem}.json"
    write_whole(path, text)
    return path


def require_writable(run: Run) -> str:
    """What the run's file would hold, if it fits the schema; else as ``write_run``.

    Where what compares it with the schema cannot be imported, it is taken as it is: a
    run of many hours is worth more than the comparison, which reading it makes as well.
    """
    text = json.dumps(run.as_dict(), indent=1, sort_keys=True, allow_nan=False) + "\n"
    try:
        _require_schema(json.loads(text), "this run is not written")
    except ImportError as error:
        warnings.warn(
            f"{run.stem}.json is not compared with the schema of run files: {error}.",
            stacklevel=2,
        )
    return text


def read_runs(name: str, folder: str | Path = RUNS) -> list[Run]:
    """All runs of one name, by seed.

    Raises:
        FileNotFoundError: there is none; says which names there are.
        ValueError: a file is no run, or does not fit the schema.
    """
    named: dict[str, list[Path]] = {}
    for path in require_path("folder", folder).glob("*.json"):
        named.setdefault(re.sub(r"-seed\d+$", "", path.stem), []).append(path)
    if name not in named:
        raise FileNotFoundError(f"no run is named {name!r}; there are {sorted(named)}.")
    return sorted(map(read_run, named[name]), key=lambda run: run.seed)


def readable_runs(folder: Path) -> tuple[dict[Path, Run], dict[Path, str]]:
    """The runs in a folder and below it, by path, and why other files are none.

    One bad file does not hide the others.

    Returns:
        the runs; and for each run file or folder that cannot be read, the reason.
    """
    unread: list[OSError] = []
    runs, reasons = {}, {}
    found = [
        Path(place, name)
        for place, folders, files in os.walk(folder, onerror=unread.append)
        for name in (*folders, *files) if fnmatchcase(name, RUN_FILES)
    ]
    for path in sorted(found):
        try:
            runs[path] = read_run(path)
        except (ValueError, OSError) as error:
            reasons[path] = f"{error}"
    return runs, reasons | {Path(error.filename): f"{error}" for error in unread}


def read_run(path: str | Path) -> Run:
    """One run file, held to the schema.

    Raises:
        OSError: it cannot be read; FileNotFoundError: there is none.
        ValueError: it is no whole run, does not fit the schema, or is called like
            another run; names the file, and every field that is wrong.
    """
    path = require_path("path", path)
    text = _text(path)
    try:
        told = _parsed(text, path.name)
        _require_schema(told, path.name)
    except RecursionError as error:
        raise ValueError(
            f"{path.name} is no run file: it is nested too deep to read."
        ) from error
    run = Run.from_dict(told)
    if path.stem != run.stem:
        raise ValueError(
            f"{path.name} holds another run: {run.name}, seed {run.seed}."
        )
    return run


def _text(path: Path) -> str:
    """What a file holds; not what comes out of a pipe, which may never end."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{path.name} is no file, but a folder, a pipe or the like.")
    if found.st_size > LARGEST:
        raise ValueError(
            f"{path.name} has {found.st_size:,} bytes, and no run file has more than "
            f"{LARGEST:,}."
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is not a whole run file: {error}") from error


def _parsed(text: str, whose: str) -> Any:
    """What a text of JSON says; stricter than Python's own reader."""
    try:
        return json.loads(
            text, parse_constant=_refuse, parse_float=_number, parse_int=_number,
            object_pairs_hook=_once,
        )
    except ValueError as error:
        raise ValueError(f"{whose} is not a whole run file: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A group of JSON, each of its names once: Python would take the last."""
    told = dict(pairs)
    if len(told) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} occurs in it more than once")
    return told


def _number(written: str) -> int | float:
    """A number of JSON; there is none beyond what a float can be."""
    if not math.isfinite(float(written)):
        _refuse(written if len(written) < 40 else f"a number of {len(written)} digits")
    return int(written) if written.lstrip("-").isdecimal() else float(written)


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} is not a finite float")


def _require_schema(told: Any, whose: str) -> None:
    """Raise ``ValueError`` naming each field of a run that does not fit the schema."""
    faults = [
        f"{'/'.join(map(str, fault.absolute_path)) or 'the run'}: {fault.message}"
        for fault in _validator().iter_errors(told)
    ]
    if faults:
        raise ValueError(f"{whose}: {'; '.join(sorted(faults))}.")


@cache
def _validator() -> Any:
    """What judges a run by the schema."""
    from jsonschema import Draft202012Validator  # nothing else needs it

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator(
        schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
