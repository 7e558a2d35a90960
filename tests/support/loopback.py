"""A server on this machine's own address that misbehaves to order.

``Loopback(body, plan, plan, ...)`` answers its first request by the first plan, and
so on; the last plan is repeated. It notes what was asked and how much was sent.
"""

from __future__ import annotations

import re
import socket
import struct
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers by the server's next plan."""

    server: Loopback

    def do_GET(self) -> None:
        self.server.next_plan(self)(self)

    def log_message(self, *args: object) -> None:
        """The server's own lists replace the log."""

    def begin(self, status: int, **headers: object) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()
        self.server.sent[-1] += len(data)


Plan = Callable[[Handler], None]


class Loopback(ThreadingHTTPServer):
    """The server; a context manager. ``address`` is that of its one file."""

    daemon_threads = True

    def __init__(self, body: bytes, *plans: Plan, file: str = "file") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.plans = body, plans
        self.folder = f"http://127.0.0.1:{self.server_port}/data"
        self.address = f"{self.folder}/{file}"
        self.asked: list[str | None] = []       # the Range header of each request
        self.paths: list[str] = []
        self.sent: list[int] = []               # bytes of the file, by request
        self.requested, self.release = threading.Event(), threading.Event()

    def next_plan(self, handler: Handler) -> Plan:
        plan = self.plans[min(len(self.asked), len(self.plans) - 1)]
        self.asked.append(handler.headers["Range"])
        self.paths.append(handler.path)
        self.sent.append(0)
        self.requested.set()
        return plan

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what many tests are about."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def __enter__(self) -> Loopback:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.release.set()
        self.shutdown()
        self.server_close()


def _begin_file(handler: Handler) -> bytes:
    """Send the head of a proper answer; return the bytes that it promises."""
    body, size = handler.server.body, len(handler.server.body)
    wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers["Range"] or "")
    if wanted is None:
        handler.begin(200, Content_Length=size)
        return body
    start = int(wanted[1])
    handler.begin(
        206, Content_Length=size - start,
        Content_Range=f"bytes {start}-{size - 1}/{size}",
    )
    return body[start:]


def whole(handler: Handler) -> None:
    """The file, or the part that was asked for."""
    handler.send(_begin_file(handler))


def ignores_range(handler: Handler) -> None:
    """All of the file, whatever was asked."""
    handler.begin(200, Content_Length=len(handler.server.body))
    handler.send(handler.server.body)


def cut(after: int) -> Plan:
    """Promises the file, closes the connection after some bytes."""
    return lambda handler: handler.send(_begin_file(handler)[:after])


def held(after: int) -> Plan:
    """Stops after some bytes until the server is told to release the rest."""
    def plan(handler: Handler) -> None:
        rest = _begin_file(handler)
        handler.send(rest[:after])
        handler.server.release.wait()
        handler.send(rest[after:])
    return plan


def silent(handler: Handler) -> None:
    """Takes the request and says nothing."""
    handler.server.release.wait()


def status(code: int) -> Plan:
    """Another status than success."""
    return lambda handler: handler.begin(code, Content_Length=0)


def page(handler: Handler) -> None:
    """A web page with status 200, as the log-in page of a café sends it."""
    handler.begin(200, Content_Type="text/html; charset=utf-8")
    handler.send(b"<!doctype html><title>Please log in</title>")


def altered(handler: Handler) -> None:
    """As many bytes as the file, one of them another."""
    body = bytearray(handler.server.body)
    body[len(body) // 2] ^= 1
    handler.begin(200, Content_Length=len(body))
    handler.send(bytes(body))


def offers(size: int) -> Plan:
    """Another number of bytes than the file's."""
    def plan(handler: Handler) -> None:
        handler.begin(200, Content_Length=size)
        handler.send(bytes(size))
    return plan


def endless(handler: Handler) -> None:
    """No length told, and more bytes than there are in the file."""
    handler.begin(200)
    handler.send(handler.server.body + b"more")


def wrong_range(handler: Handler) -> None:
    """Another part than the one asked for."""
    size = len(handler.server.body)
    handler.begin(206, Content_Range=f"bytes 7-{size - 1}/{size}")
    handler.send(handler.server.body[7:])


def circle(handler: Handler) -> None:
    """Sends the client back to where it is."""
    handler.begin(302, Location=handler.server.address, Content_Length=0)


def says(head: str, *, body: bool = False) -> Plan:
    """An answer whose first lines are written by hand; the file follows if asked."""
    def plan(handler: Handler) -> None:
        lines = [*head.split("\n"), "", ""]
        handler.wfile.write("\r\n".join(lines).encode("latin-1"))
        if body:
            handler.send(handler.server.body)
    return plan


def leads_to(address: str) -> Plan:
    """Sends the client elsewhere."""
    return says(f"HTTP/1.1 302 Found\nLocation: {address}\nContent-Length: 0")


def chunked(handler: Handler) -> None:
    """The file in chunks of a few sizes, its length not told."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    rest, size = handler.server.body, 1
    while rest:
        piece, rest, size = rest[:size], rest[size:], 3 * size
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    handler.wfile.write(b"0\r\n\r\n")


def drips(before: str = "") -> Plan:
    """Sends some bytes a second, of the file or, after ``before``, of its head."""
    def plan(handler: Handler) -> None:
        if before:
            handler.wfile.write(before.encode())
            data = b"x" * 10_000
        else:
            data = _begin_file(handler)
        for number in range(len(data)):
            handler.wfile.write(data[number:number + 1])
            if handler.server.release.wait(0.02):
                return
    return plan


def resets(after: int) -> Plan:
    """Promises the file, and resets the connection after some bytes."""
    def plan(handler: Handler) -> None:
        handler.send(_begin_file(handler)[:after])
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        handler.connection.close()
    return plan


def has_no_such_part(handler: Handler) -> None:
    """416 to whoever asks for a part, the file to whoever asks for all."""
    if handler.headers["Range"]:
        handler.begin(416, Content_Length=0, Content_Range="bytes */7")
    else:
        whole(handler)
