"""Connections whose bytes are counted: none trickles for days, none is endless.

A server that sends two bytes a second is never silent for long, so that no limit on
silence ends it; it may do so with its answer's head as well (chapter 9).
"""

from __future__ import annotations

import http.client
import io
import time
from functools import partial
from socket import socket

import urllib3
from requests.adapters import HTTPAdapter

from resattn_tutorial.data.faults import Fault

# Bytes per second. From a slower server an archive would take two days.
SLOWEST = 1000


class _Meter(io.RawIOBase):
    """What a server sends, head and body; ends it if that is too slow or too much.

    Only the time that is spent on waiting for the server counts. A silence is ended
    by the socket's own limit.
    """

    def __init__(self, source: io.RawIOBase, most: int, window: float) -> None:
        super().__init__()
        self._source, self._left, self._window = source, most, window
        self.begin()

    def begin(self) -> None:
        self._came, self._waited = 0, 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:
        start = time.monotonic()
        came = self._source.readinto(buffer)
        self._waited += time.monotonic() - start
        self._came += came or 0
        self._left -= came or 0
        if self._left < 0:
            raise Fault("sends without end")
        if came and self._waited >= self._window:
            if self._came < SLOWEST * self._waited:
                raise Fault(
                    f"is too slow: {self._came:,} bytes in {self._waited:.3g} seconds"
                )
            self.begin()
        return came

    def close(self) -> None:
        self._source.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer that is read through a meter."""

    def __init__(self, most: int, window: float, sock: socket, **rest: object) -> None:
        super().__init__(sock, **rest)
        self._meter = _Meter(self.fp.detach(), most, window)
        self.fp = io.BufferedReader(self._meter)

    def begin(self) -> None:
        super().begin()
        self._meter.begin()         # thinking long before one answers is no trickle


class MeteredAdapter(HTTPAdapter):
    """Opens connections whose answers are metered, through a proxy or not."""

    def __init__(self, most: int, window: float) -> None:
        self._response = partial(_Response, most, window)
        super().__init__()

    def init_poolmanager(self, *args: object, **rest: object) -> None:
        super().init_poolmanager(*args, **rest)
        self._put_meter(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **rest: object) -> urllib3.ProxyManager:
        manager = super().proxy_manager_for(proxy, **rest)
        self._put_meter(manager)
        return manager

    def _put_meter(self, manager: urllib3.PoolManager) -> None:
        own = {"response_class": staticmethod(self._response)}
        manager.pool_classes_by_scheme = {
            scheme: type("Pool", (pool,), {
                "ConnectionCls": type("Connection", (pool.ConnectionCls,), own)
            })
            for scheme, pool in manager.pool_classes_by_scheme.items()
        }
