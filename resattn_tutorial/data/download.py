"""One file from one place, going on where an earlier try stopped (chapter 9).

What a place does wrong is a ``Fault``, told in words, so that the next place can be
tried. What the disk does wrong stays an ``OSError``: no other place would help.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
import urllib3
from tqdm import tqdm

from resattn_tutorial.data.storage import length

PATIENCE = 30.0
TO_CONNECT = 10.0
PIECE = 1 << 15
# A proxy of the network does not know this machine's own servers.
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Fault(Exception):
    """What a place did wrong, as the end of a sentence that begins with its name."""


class Cut(Fault):
    """The connection ended early; the rest can be asked for."""


def bring(
    place: str, part: Path, size: int, name: str, patience: float = PATIENCE
) -> None:
    """Bring a file into ``part``, after the bytes that are there; show the progress.

    Whether they are the right bytes is for the caller to find out.

    Args:
        place: the file's web address, or its path.
        part: the file to write; what it holds is taken for the beginning.
        size: the whole file's number of bytes.
        name: what to call it on the screen.
        patience: the longest silence of a server, in seconds.

    Raises:
        Fault: the place does not give a file of ``size`` bytes. ``part`` is then as
            it was, or longer.
        OSError: ``part`` cannot be written.
    """
    have = length(part)
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    with _opened(place, have, size, patience) as (start, pieces):
        print(f"{name} from {urlsplit(place).hostname or place}", flush=True)
        with part.open("ab" if start else "wb") as file:
            _save(pieces, file, start, size, name)


def without_secrets(place: str) -> str:
    """A place as it may be shown: no password, no token of a web address."""
    parts = urlsplit(place)
    if not parts.hostname:
        return place
    return parts._replace(
        netloc=parts.netloc.rpartition("@")[2], query="", fragment=""
    ).geturl()


def _save(
    pieces: Iterable[bytes], file: BinaryIO, start: int, size: int, name: str
) -> None:
    """Write the pieces behind byte ``start``; they must end at byte ``size``."""
    with tqdm(
        total=size, initial=start, desc=name, unit="B", unit_scale=True,
        file=sys.stdout, leave=False, ncols=76,
    ) as bar:
        for piece in pieces:
            if bar.n + len(piece) > size:
                raise Fault(f"sent more than {size:,} bytes")
            file.write(piece)
            bar.update(len(piece))
        if bar.n < size:
            raise Cut(f"cut off after {bar.n:,} of {size:,} bytes")


# The byte that the pieces begin at, and the pieces.
Opened = AbstractContextManager[tuple[int, Iterator[bytes]]]


def _opened(place: str, have: int, size: int, patience: float) -> Opened:
    if place.startswith(("http://", "https://")):
        return _web(place, have, size, patience)
    return _disk(Path(place), size)


@contextmanager
def _disk(path: Path, size: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Fault(f"cannot be read: {error.strerror}") from error
    with file:
        _require_size(os.fstat(file.fileno()).st_size, size)
        yield 0, _pieces_of_file(file)


def _pieces_of_file(file: BinaryIO) -> Iterator[bytes]:
    try:
        while piece := file.read(PIECE):
            yield piece
    except OSError as error:
        raise Fault(f"cannot be read to its end: {error.strerror}") from error


@contextmanager
def _web(
    address: str, have: int, size: int, patience: float
) -> Iterator[tuple[int, Iterator[bytes]]]:
    with requests.Session() as session:
        session.trust_env = urlsplit(address).hostname not in LOOPBACK
        with _answer(session, address, have, patience) as response:
            yield _start(response, have, size), _pieces_of_web(response, patience)


def _answer(
    session: requests.Session, address: str, have: int, patience: float
) -> requests.Response:
    """Ask for all that follows byte ``have``, as it is stored, not compressed again."""
    headers = {"Accept-Encoding": "identity"}
    limits = (min(TO_CONNECT, patience), patience)
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        return session.get(address, headers=headers, stream=True, timeout=limits)
    except requests.Timeout as error:
        raise Fault(f"did not answer (patience: {patience:g} seconds)") from error
    except requests.RequestException as error:
        raise Fault(f"cannot be reached: {_root(error)}") from error


def _start(response: requests.Response, have: int, size: int) -> int:
    """The byte that the answer begins at: ``have``, or 0 if the server sends all."""
    if response.status_code not in (200, 206):
        raise Fault(f"answered {response.status_code} {response.reason}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        raise Fault("answered with a web page (HTML), not with the file")
    if response.status_code == 200:
        offered = response.headers.get("Content-Length", "")
        if offered.isdigit():
            _require_size(int(offered), size)
        return 0
    sent = response.headers.get("Content-Range", "")
    told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", sent)
    if told is None or int(told[1]) != have:
        raise Fault(f"sent {sent!r} when asked for the bytes from {have:,} on")
    if told[2] != "*":
        _require_size(int(told[2]), size)
    return have


def _pieces_of_web(response: requests.Response, patience: float) -> Iterator[bytes]:
    try:
        # Not iter_content, which would unpack an archive that is labelled as packed.
        while piece := response.raw.read(PIECE, decode_content=False):
            yield piece
    except urllib3.exceptions.ReadTimeoutError as error:
        raise Fault(f"stalled: nothing came for {patience:g} seconds") from error
    except urllib3.exceptions.HTTPError:
        return                  # the connection broke: _save counts, and says so


def _require_size(offered: int, size: int) -> None:
    if offered != size:
        raise Fault(f"offers {offered:,} bytes, expected {size:,}")


def _root(error: BaseException) -> str:
    """The first cause: what went wrong, without the layers that passed it on."""
    while deeper := error.__cause__ or error.__context__:
        error = deeper
    return f"{type(error).__name__}: {error}"
