"""A validation split from training images, where a folder brings none (chapter 10).

To choose among epochs needs images that nobody learned from, and the test images are
not for choosing. So a share of each class's training images is held out. Which ones,
a digest of the seed and of each file's name decides: the same on every machine and
with every version of a library. An image that is added later moves few others.

Two photographs of one thing are two images here, and so are two frames of one film.
Some of them would be learned from, and their twins validated on: the network would know
them again, and the error would promise too much. So photographs that belong together, a
series, can be held out together or not at all (chapter 17). A series belongs to one
class: where two classes number their things alike, ``1`` of one is another thing than
``1`` of the other. :func:`on_both_sides` tells which names were parted so.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from os import PathLike
from typing import NamedTuple

from resattn_tutorial.data.image_files import shown
from resattn_tutorial.files import write_whole
from resattn_tutorial.validation import (
    require_callable,
    require_kind,
    require_number,
    require_seed,
    require_sequence,
)

SHARE = 0.2


class Split(NamedTuple):
    """Names of files by class, each name in one of the two, in the order that came.

    Attributes:
        training: what to learn from.
        validation: what to choose by.
    """

    training: dict[str, tuple[str, ...]]
    validation: dict[str, tuple[str, ...]]


def validation_split(
    names: Mapping[str, Sequence[str]],
    share: float = SHARE,
    seed: int = 0,
    series: Callable[[str], str] | None = None,
) -> Split:
    """Hold out a share of each class's images: a stratified split.

    Of n images of a class ``round(share * n)`` are held out, but at least one, and at
    least one stays. With series it is so many of a class's n series, whole.

    Args:
        names: the files of each class.
        share: how much to hold out, above 0 and below 1.
        seed: of the choice, from 0 to ``2**32 - 1``.
        series: tells to which series a file belongs; each file is its own if ``None``.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: a number is out of bounds, or a class has fewer than two images or
            series, or names a file twice.
    """
    require_kind("names", names, Mapping, "a mapping from classes to names of files")
    require_number("share", share, above=0, below=1)
    require_seed(seed)
    for kind, files in names.items():
        require_sequence(f"names[{kind!r}]", files)
        if len(set(files)) < len(files):
            raise ValueError(f"names[{kind!r}] must name each file once.")
    units = _units(names, series)
    if small := [kind for kind in names if len(set(units[kind])) < 2]:
        what = "images" if series is None else "series"
        count = len(set(units[small[0]]))
        raise ValueError(
            f"each class must have at least 2 {what} to be split, one to learn from "
            f"and one to validate on; {shown(small[0])} has {count}."
        )
    held = {kind: _held_out(kind, sorted(set(units[kind])), share, seed)
            for kind in names}

    def part(kind: str, out: bool) -> tuple[str, ...]:
        pairs = zip(names[kind], units[kind], strict=True)
        return tuple(file for file, unit in pairs if (unit in held[kind]) == out)

    return Split(*({kind: part(kind, out) for kind in names} for out in (False, True)))


def _units(
    names: Mapping[str, Sequence[str]], series: Callable[[str], str] | None
) -> dict[str, list[str]]:
    """What is held out whole: of each class's files the file itself, or its series."""
    if series is None:
        return {kind: list(files) for kind, files in names.items()}
    require_callable("series", series)
    return {kind: [series(file) for file in files] for kind, files in names.items()}


def on_both_sides(split: Split, series: Callable[[str], str]) -> list[str]:
    """Series that are learned from in one class and held out in another, in order.

    They are names that stand in several classes; the folder of the class, which a file
    may be named with, does not count. It may be chance, since each class counts from 1;
    or it is one thing under two labels, and the error promises too much.

    Args:
        split: as :func:`validation_split` makes it.
        series: tells to which series a file belongs.

    Raises:
        TypeError: an argument is of another kind.
    """
    require_kind("split", split, Split, "a Split")
    require_callable("series", series)
    learned, held = (
        {series(file).removeprefix(f"{kind}/")
         for kind, files in part.items() for file in files}
        for part in split
    )
    return sorted(learned & held)


def series_by(pattern: str) -> Callable[[str], str]:
    """Tells a file's series: the part of its name that a pattern's group matches.

    ``"(.+)-"`` takes all before the last dash.

    Args:
        pattern: a regular expression with one group.

    Raises:
        TypeError: it is no text; ValueError: it is no such expression; on a call, it
            is not found in a name.
    """
    require_kind("series", pattern, str, "text")
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"series must be a regular expression, got {pattern!r}: {error}."
        ) from error
    if found.groups != 1:
        raise ValueError(
            "series must have one group in brackets, the part of a file's name that "
            f"says what belongs together, as in '(.+)-'; got {pattern!r}."
        )

    def series(name: str) -> str:
        if match := found.search(name):
            return match[1] or ""
        raise ValueError(
            f"series must be found in the name of every training file: {pattern!r} is "
            f"not in {shown(name)}."
        )

    return series


def _held_out(
    kind: str, units: Sequence[str], share: float, seed: int
) -> frozenset[str]:
    """Those of a class's files or series whose digests are the lowest."""
    count = min(max(round(share * len(units)), 1), len(units) - 1)
    return frozenset(sorted(units, key=lambda name: _digest(seed, kind, name))[:count])


def _digest(seed: int, kind: str, name: str) -> bytes:
    # As the system has it: a file's name need not be UTF-8.
    return sha256(os.fsencode(f"{seed}\0{kind}\0{name}")).digest()


def write_split(
    path: str | PathLike[str],
    split: Split,
    share: float,
    seed: int,
    series: str | None = None,
) -> None:
    """Record a split as JSON, whole or not at all: names by class, and how it came.

    Raises:
        TypeError: ``split`` is none; OSError: the file cannot be written.
    """
    require_kind("split", split, Split, "a Split")
    told = {"seed": seed, "share": share, "series": series, **split._asdict()}
    write_whole(path, json.dumps(told, indent=1) + "\n")
