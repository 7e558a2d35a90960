"""Open the built pages in a browser that reaches nothing but them.

Chromium or Chrome is taken from the system: ``CHROMIUM``, else the first of
the usual names on the path.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
LOCAL = ("http://127.0.0.1:", "file:", "data:", "blob:")


@dataclass
class Trouble:
    """What went wrong while a page was open; empty lists on a sound page."""

    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note from now on what ``page`` fails to load and complains about."""
        page.on("requestfailed", lambda request: self.failed.append(request.url))
        page.on("response", self._note_response)
        page.on("pageerror", lambda error: self.console.append(str(error)))
        page.on("console", self._note_console)
        page.route("**/*", self._only_local)

    def all(self) -> list[str]:
        """Everything that was noted."""
        return [*self.outside, *self.failed, *self.console]

    def _note_response(self, response) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")

    def _note_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.console.append(message.text)

    def _only_local(self, route: Route) -> None:
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()


def executable() -> str | None:
    """The browser's path, or ``None`` where there is none."""
    given = os.environ.get("CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser. Raises ``FileNotFoundError`` where there is none."""
    path = executable()
    if path is None:
        raise FileNotFoundError(f"no browser: none of {NAMES} is on the path")
    # Chromium refuses to run as root within its sandbox.
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *root])
        yield opened
        opened.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine only; the address, with a slash at its end."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files and keeps no log on the screen."""

    def log_message(self, *args) -> None:
        pass


def settled(page: Page) -> None:
    """Wait until the page is loaded and its fonts are there."""
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready")
