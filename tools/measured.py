"""Measured numbers in sentences: what the role ``{run}`` says, read from run files.

    {run}`chapter03-masks: mean of results/test_error as .1%`

names the runs (all their seeds), how to take one number from several, where in the run
the number stands, and how to write it. Without ``mean of`` and the like the runs must
agree; without ``as`` a whole number or a text is shown as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from tools.settings import PACKAGE, ROOT

FOLDER = f"{PACKAGE}/ledger/runs"
GRAMMAR = re.compile(
    r"(?P<name>[\w-]+): (?:(?P<how>[a-z]+) of )?(?P<path>.+?)(?: as (?P<form>\S+))?"
)
EXAMPLE = "name: mean of results/test_error as .1%"
WAYS: dict[str, Callable[[list[Any]], Any]] = {
    "mean": fmean, "lowest": min, "highest": max, "count": len,
}  # fmt: skip


class MeasuredError(ValueError):
    """A number that no run file backs; says which part is wrong, and what there is."""


class Quoted(NamedTuple):
    """A number as it stands in a sentence, and the runs that it comes from."""

    text: str
    name: str
    files: list[Path]


def run_files(root: Path = ROOT) -> dict[str, list[Path]]:
    """The run files by name, each name's by seed."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in (root / FOLDER).glob("*.json"):
        name, _, seed = path.stem.rpartition("-seed")
        if not name or not seed.isdecimal():
            raise MeasuredError(f"{path.name} is not called NAME-seedN.json")
        found.setdefault(name, []).append((int(seed), path))
    return {name: [path for _, path in sorted(found[name])] for name in sorted(found)}


def read_files(files: list[Path]) -> list[dict[str, Any]]:
    """The runs in these files. Raises ``MeasuredError`` for one that is cut short."""
    runs = []
    for path in files:
        try:
            runs.append(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise MeasuredError(f"{path.name}: {error}") from error
    return runs


def anchor(name: str) -> str:
    """The label of a run's entry on the page of the ledger."""
    return f"run-{name}"


def quote(text: str, root: Path = ROOT) -> Quoted:
    """What the role ``{run}`` with this text shows.

    Raises ``MeasuredError`` for an unknown run, field, way or format, for runs that
    differ where one value is asked for, and for a fraction without a format.
    """
    said = GRAMMAR.fullmatch(" ".join(text.split()))
    if said is None:
        raise MeasuredError(f"{text!r} does not read like {EXAMPLE!r}")
    name, files = said["name"], run_files(root)
    if name not in files:
        raise MeasuredError(f"no run is named {name!r}; there are {list(files)}")
    values = [value_at(run, said["path"]) for run in read_files(files[name])]
    value = reduced(values, said["how"], f"{name}: {said['path']}")
    return Quoted(written(value, said["form"]), name, files[name])


def value_at(run: Any, path: str) -> Any:
    """What stands in a run at ``path``, such as ``curve/-1/images``.

    Raises ``MeasuredError`` where the path leads nowhere; says what there is.
    """
    for key in path.split("/"):
        try:
            run = run[int(key)] if isinstance(run, list) else run[key]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            there = sorted(run) if isinstance(run, dict) else type(run).__name__
            message = f"{path}: there is no {key!r}, only {there}"
            raise MeasuredError(message) from error
    return run


def reduced(values: list[Any], how: str | None, where: str) -> Any:
    """One value for several; ``how`` is one of ``WAYS``, or nothing if all agree.

    Raises ``MeasuredError`` for another way, for runs that differ, and for what is
    neither a number nor a text.
    """
    kinds = (int, float) if how else (int, float, str)
    if how is not None and how not in WAYS:
        raise MeasuredError(f"{where}: {how!r} is none of {list(WAYS)}")
    if not all(isinstance(value, kinds) for value in values):
        raise MeasuredError(f"{where} is {values[0]!r}: no single number")
    if how:
        return WAYS[how](values)
    if any(value != values[0] for value in values):
        raise MeasuredError(f"{where} differs, say one of {list(WAYS)}: {values}")
    return values[0]


def written(value: Any, form: str | None) -> str:
    """A value in one of Python's formats, with a space before a percent sign.

    Raises ``MeasuredError`` for an unknown format, and for a fraction without one.
    """
    if form is None and isinstance(value, float) and not value.is_integer():
        raise MeasuredError(f"{value} needs a format, such as 'as .1%' or 'as .2f'")
    if form is None:
        return str(value)
    try:
        return format(value, form).replace("%", "\N{NO-BREAK SPACE}%")
    except ValueError as error:
        raise MeasuredError(f"{value!r} as {form}: {error}") from error
