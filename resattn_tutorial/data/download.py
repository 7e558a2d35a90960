"""One file from one place, going on where an earlier try stopped (chapter 9).

What a place does wrong is a ``Fault``, told in words, so that the next place can be
tried. What the disk does wrong stays an ``OSError``: no other place would help.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from os import PathLike
from typing import BinaryIO
from urllib.parse import unquote

from tqdm import tqdm

from resattn_tutorial.data.faults import Cut, Fault, require_size
from resattn_tutorial.data.storage import length, refuse_pipe
from resattn_tutorial.data.web import opened_web
from resattn_tutorial.printable import printable
from resattn_tutorial.runtime.bars import draws_bars
from resattn_tutorial.validation import require_count, require_path

PATIENCE = 30.0
A_DAY = 86_400
PIECE = 1 << 15
SCHEME = re.compile("([a-z][a-z0-9+.-]*)://", re.IGNORECASE)


def bring(
    place: str,
    part: str | PathLike[str],
    size: int,
    name: str,
    patience: float = PATIENCE,
) -> None:
    """Bring a file into ``part``, after the bytes that are there; show the progress.

    Whether they are the right bytes is for the caller to find out.

    Args:
        place: the file's web address, or its path; ``file:///`` is a path, too.
        part: the file to write; what it holds is taken for the beginning.
        size: the whole file's number of bytes.
        name: what to call it on the screen.
        patience: the longest silence of a server, in seconds.

    Raises:
        TypeError, ValueError: an argument is of a wrong kind, or invalid.
        Fault: the place does not give a file of ``size`` bytes. ``part`` is then as
            it was, or longer, or begun again.
        OSError: ``part`` cannot be written.
    """
    if not isinstance(place, str) or not isinstance(name, str):
        raise TypeError(f"place and name must be text, got {place!r} and {name!r}.")
    part, size = require_path("part", part), require_count("size", size, at_least=0)
    patience = require_patience(patience)
    refuse_pipe(part)
    have = length(part)
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    with _opened(place, have, size, patience) as (start, pieces):
        print(f"{name} from {_name_of(place)}", flush=True)
        with part.open("ab" if start else "wb") as file:
            _save(pieces, file, start, size, name)


def without_secrets(place: str) -> str:
    """A place as it may be shown: no password, no token of a web address, no escapes.

    An address that is none is shown, too.
    """
    if not isinstance(place, str):
        raise TypeError(f"place must be text, got {place!r}.")
    if SCHEME.match(place):
        place = re.sub(r"//[^/?#]*@", "//", re.split("[?#]", place)[0])
    return printable(place)


def _name_of(place: str) -> str:
    """The server of a web address, without its port; a path as it is."""
    found = re.match(r"https?://(\[[^]]*\]|[^/:]*)", without_secrets(place), re.I)
    return found[1].strip("[]") if found else without_secrets(place)


def _save(
    pieces: Iterable[bytes], file: BinaryIO, start: int, size: int, name: str
) -> None:
    """Write the pieces behind byte ``start``; they must end at byte ``size``."""
    with tqdm(
        total=size, initial=start, desc=name, unit="B", unit_scale=True,
        file=sys.stdout, leave=False, ncols=76, miniters=1,
        disable=not draws_bars(sys.stdout),
    ) as bar:
        came = start                     # a silent bar does not count
        for piece in pieces:
            if came + len(piece) > size:
                raise Fault(f"sent more than {size:,} bytes")
            file.write(piece)
            came += len(piece)
            bar.update(len(piece))
        if came < size:
            raise Cut(f"cut off after {came:,} of {size:,} bytes")


def require_patience(patience: float) -> float:
    """Return ``patience`` if it is a number of seconds, above 0 and up to a day.

    Raises:
        TypeError: it is no number; ValueError: it lies outside.
    """
    if not isinstance(patience, (int, float)) or isinstance(patience, bool):
        raise TypeError(f"patience must be a number of seconds, got {patience!r}.")
    if not 0 < patience <= A_DAY:
        raise ValueError(
            f"patience must be more than 0 and at most {A_DAY:,} seconds, "
            f"got {patience!r}."
        )
    return float(patience)


# The byte that the pieces begin at, and the pieces.
Opened = AbstractContextManager[tuple[int, Iterator[bytes]]]


def _opened(place: str, have: int, size: int, patience: float) -> Opened:
    scheme = SCHEME.match(place)
    if scheme is None:
        return _disk(place, size)
    kind, rest = scheme[1].lower(), place[scheme.end():]
    if kind in ("http", "https"):
        return opened_web(f"{kind}://{rest}", have, size, patience)
    if kind == "file" and rest.partition("/")[0].lower() in ("", "localhost"):
        return _disk("/" + unquote(rest.partition("/")[2]), size)
    raise Fault(
        f"begins with {scheme[0]}, and cannot be fetched; "
        "http://, https://, file:/// and paths can"
    )


@contextmanager
def _disk(place: str, size: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    try:
        # Whether it is a file is asked first: opening a pipe would wait for ever.
        if not stat.S_ISREG(os.stat(place).st_mode):
            raise Fault("cannot be read: it is not a file")
        file = open(place, "rb")
    except OSError as error:
        raise Fault(f"cannot be read: {error.strerror}") from error
    except ValueError as error:                     # a zero character, half a one
        raise Fault(f"cannot be read: {error}") from error
    with file:
        require_size(os.fstat(file.fileno()).st_size, size)
        yield 0, _pieces_of_file(file)


def _pieces_of_file(file: BinaryIO) -> Iterator[bytes]:
    try:
        while piece := file.read(PIECE):
            yield piece
    except OSError as error:
        raise Fault(f"cannot be read to its end: {error.strerror}") from error
