"""A file's bytes from a web server, whatever the server does (chapter 9).

What it does wrong is a ``Fault``, told in words: an address that leads nowhere, an
impossible answer, a silence, a trickle. None of it is anybody else's failure.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
import urllib3

from resattn_tutorial.data.faults import Fault, brief, first_cause, require_size
from resattn_tutorial.data.meter import MeteredAdapter

TO_CONNECT = 10.0
PIECE = 1 << 15
# What an answer may hold besides the file: its head, pages that lead on, the marks
# between chunks.
BESIDES = 1 << 20
# A proxy of the network does not know this machine's own servers.
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# What comes out of the libraries below us when an address or an answer is wrong.
TROUBLES = (
    requests.RequestException, urllib3.exceptions.HTTPError,
    http.client.HTTPException, OSError, ValueError,
)


@contextmanager
def opened_web(
    address: str, have: int, size: int, patience: float
) -> Iterator[tuple[int, Iterator[bytes]]]:
    """The byte that an answer begins at, and its pieces as they come.

    Args:
        address: the file's, with ``http://`` or ``https://``.
        have: how many bytes need not be sent.
        size: the whole file's number of bytes.
        patience: the longest silence, in seconds, and the time within which at least
            ``meter.SLOWEST`` bytes per second must come.

    Raises:
        Fault: the answer is none, or not the file's; also while pieces are read.
    """
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, MeteredAdapter(2 * size + BESIDES, patience))
        answer = _ask(session, address, have, patience)
        if answer.status_code == 416 and have:
            # It has no such part. What we hold may be wrong: from the start, then.
            answer.close()
            have, answer = 0, _ask(session, address, 0, patience)
        with answer:
            yield _start(answer, have, size), _pieces(answer, patience)


def _ask(
    session: requests.Session, address: str, have: int, patience: float
) -> requests.Response:
    """Ask for all that follows byte ``have``, as it is stored, not compressed again."""
    headers = {"Accept-Encoding": "identity"}
    limits = (min(TO_CONNECT, patience), patience)
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        session.trust_env = urlsplit(address).hostname not in LOOPBACK
        return session.get(address, headers=headers, stream=True, timeout=limits)
    except requests.Timeout as error:
        raise Fault(f"did not answer (patience: {patience:g} seconds)") from error
    except TROUBLES as error:
        raise Fault(f"cannot be reached: {first_cause(error)}") from error


def _start(answer: requests.Response, have: int, size: int) -> int:
    """The byte that the answer begins at: ``have``, or 0 if the server sends all."""
    if answer.status_code not in (200, 206):
        raise Fault(f"answered {answer.status_code} {brief(answer.reason or '')}")
    if answer.headers.get("Content-Type", "").lower().startswith("text/html"):
        raise Fault("answered with a web page (HTML), not with the file")
    length = answer.headers.get("Content-Length")
    offered = None if length is None else _number(length)
    if answer.status_code == 200:
        if offered is not None:
            require_size(offered, size)
        return 0
    sent = answer.headers.get("Content-Range", "")
    told = re.fullmatch(r"bytes ([0-9]{1,18})-[0-9]+/([0-9]+|\*)", sent)
    if told is None or int(told[1]) != have:
        raise Fault(f"sent {brief(sent)!r} when asked for the bytes from {have:,} on")
    if told[2] != "*":
        require_size(_number(told[2]), size)
    return have


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,18}", text):
        raise Fault(f"gives an impossible length: {brief(text)!r}")
    return int(text)


def _pieces(answer: requests.Response, patience: float) -> Iterator[bytes]:
    """What comes: the first byte at once, more at a time from a quick server."""
    much = 1
    try:
        while True:
            start = time.monotonic()
            # Not iter_content, which would unpack what is labelled as packed.
            piece = answer.raw.read(much, decode_content=False)
            if not piece:
                return
            quick = time.monotonic() - start < 0.1
            yield piece
            much = min(2 * much, PIECE) if quick else max(much // 2, 1)
    except (urllib3.exceptions.ReadTimeoutError, TimeoutError) as error:
        raise Fault(f"stalled: nothing came for {patience:g} seconds") from error
    except TROUBLES:
        return                  # the connection broke: who counts the bytes says so
