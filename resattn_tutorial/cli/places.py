"""Where data and runs go, and what the environment sets: findings of the doctor."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from resattn_tutorial.cli import machine
from resattn_tutorial.cli.data import find_holdings
from resattn_tutorial.cli.finding import Finding, in_words
from resattn_tutorial.data import storage
from resattn_tutorial.data.download import without_secrets
from resattn_tutorial.names import VARIABLES, nearest

RUNS = Path("runs")
PREFIX = "RESATTN_"
GIB = 2**30
LITTLE = 1 * GIB


def disk() -> Finding:
    """How much room there is for runs and for data."""
    told, mend = [], []
    places = {"runs": lambda: RUNS, "data": storage.data_folder}
    for use, place in places.items():
        try:
            free = shutil.disk_usage(machine.standing(place())).free
        except OSError as error:
            told.append(f"not known for {use}")
            mend.append(in_words(error))
            continue
        told.append(f"{free / GIB:.1f} GiB free for {use}")
        if free < LITTLE:
            remedy = "RESATTN_DATA" if use == "data" else "--folder"
            mend.append(f"little room for {use}: free some, or use {remedy}")
    return Finding("disk", ", ".join(told), tuple(mend))


def data() -> Finding:
    """Which data is there, and whether more can be kept."""
    found = find_holdings()
    told = ", ".join(f"{one.name} {one.state}" for one in found)
    mend = [one.mend for one in found if one.mend]
    try:
        folder = storage.data_folder()
        fault = machine.fault_of_folder(folder)
    except OSError as error:
        mend.append(in_words(error))
        return Finding("data", told, tuple(dict.fromkeys(mend)))
    # What is there already may well lie in a folder that takes no more.
    if fault and any(one.state in ("missing", "unreadable") for one in found):
        mend.append(f"{fault}. {storage.ELSEWHERE}")
    return Finding("data", f"{told}; in {folder}", tuple(mend))


def variables() -> Finding:
    """Which variables of ours are set, and which of them are invalid."""
    names = sorted(name for name in os.environ if name.startswith(PREFIX))
    told = [f"{name}={_shown(os.environ[name])}" for name in names]
    mend = (*_unread(names), *_unreachable(os.environ.get("RESATTN_MIRROR", "")))
    return Finding("variables", ", ".join(told) or "none set", mend)


def _shown(value: str) -> str:
    """A variable's value without what may be a secret."""
    if "://" in value and not _is_address(value):
        return "(no address)"                # a password may stand anywhere in it
    return without_secrets(value)


def _is_address(value: str) -> bool:
    """Whether a web address has a host, and a port that can be."""
    try:
        parts = urlsplit(value)
        return bool(parts.hostname or parts.scheme == "file") and parts.port != 0
    except ValueError:
        return False


def _unread(names: list[str]) -> Iterator[str]:
    for name in names:
        if name not in VARIABLES:
            ends = [known.removeprefix(PREFIX) for known in VARIABLES]
            near = nearest(name.removeprefix(PREFIX), ends)
            guess = f"; did you mean {PREFIX}{near}?" if near else ""
            yield f"nothing reads {name}{guess}"


def _unreachable(mirror: str) -> Iterator[str]:
    """What is wrong with a mirror, as far as can be seen from here."""
    if "://" in mirror:
        if not _is_address(mirror):
            yield "RESATTN_MIRROR is no web address that can be read: type it again"
    elif mirror and not os.path.exists(os.path.expanduser(mirror)):
        yield f"RESATTN_MIRROR names {mirror}, which is not there: type it again"


def runs() -> Finding:
    """Where the runs go, and whether they can."""
    fault = machine.fault_of_folder(RUNS)
    mend = (f"{fault}: use --folder",) if fault else ()
    return Finding("runs go to", str(RUNS.absolute()), mend)
