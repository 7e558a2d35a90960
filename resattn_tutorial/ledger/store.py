"""Run files: written whole, read by one reader, held to one schema (chapter 3).

A run that takes too long for a page is made once by a command, and its outcome is
kept as one small JSON file inside the package. The book draws its figures and tables
from these files; nobody types a measured number into a page. What a run file holds is
said in ``run.schema.json``, and every file is held to it when it is written and when
it is read.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from resattn_tutorial.ledger.run import Run

RUNS = Path(__file__).parent / "runs"
SCHEMA = Path(__file__).with_name("run.schema.json")


def write_run(run: Run, folder: Path = RUNS) -> Path:
    """Write a run as ``<name>-seed<seed>.json``, whole or not at all; return the path.

    Its numbers are written as they are: whoever makes the run rounds them.

    Raises:
        TypeError: something in it has no place in JSON, such as a tensor.
        ValueError: it does not fit the schema, or some number is NaN or infinite; names
            every field that is wrong.
    """
    text = json.dumps(run.as_dict(), indent=1, sort_keys=True, allow_nan=False) + "\n"
    _require_schema(json.loads(text), "this run is not written")
    path = folder / f"{run.stem}.json"
    draft = path.with_suffix(".part")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def read_runs(name: str, folder: Path = RUNS) -> list[Run]:
    """All runs of one name, by seed.

    Raises:
        FileNotFoundError: there is none; says which names there are.
        ValueError: a file is no run, or does not fit the schema.
    """
    named: dict[str, list[Path]] = {}
    for path in folder.glob("*.json"):
        named.setdefault(re.sub(r"-seed\d+$", "", path.stem), []).append(path)
    if name not in named:
        raise FileNotFoundError(f"no run is named {name!r}; there are {sorted(named)}.")
    return sorted(map(read_run, named[name]), key=lambda run: run.seed)


def read_run(path: Path) -> Run:
    """One run file, held to the schema.

    Raises:
        ValueError: it is no whole run, does not fit the schema, or is called like
            another run; names the file, and every field that is wrong.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except ValueError as error:
        raise ValueError(f"{path.name} is not a whole run file: {error}") from error
    _require_schema(told, path.name)
    run = Run.from_dict(told)
    if path.stem != run.stem:
        raise ValueError(
            f"{path.name} holds another run: {run.name}, seed {run.seed}."
        )
    return run


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number} is no number of JSON")


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
