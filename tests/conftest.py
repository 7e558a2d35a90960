"""What the tests share: the built book, a browser, and small projects of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NO_BROWSER = "no Chromium or Chrome on the path: the pages were not opened"

# Tests run side by side: one thread each, or they would fight over the cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_configure() -> None:
    """Hear Ctrl-C and the like, whoever started the tests.

    Who starts them in the background, or by nohup, has them ignore some signals, and a
    training leaves ignored what it finds ignored.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)         # Windows has no SIGHUP
        if number and signal.getsignal(number) == signal.SIG_IGN:
            usual = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
            signal.signal(number, usual)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their number: some begin with the second in which they were made,
    and two processes that give a test other names do not run at all.
    """
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that need the built book in one process: it is built once."""
    for item in items:
        if "book" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("book"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Say last, where nobody misses it, that the browser tests did not run."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if any(NO_BROWSER in str(report.longrepr) for report in skipped):
        print(f"SKIPPED: {NO_BROWSER}")


@pytest.fixture(scope="session")
def book() -> Path:
    """The folder of the built book's pages; what has changed is built first."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.book"],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def chromium():
    """A headless browser that reaches this machine only.

    Where there is none the test is skipped, unless RESATTN_REQUIRE_BROWSER is set.
    """
    from tools.browser import browser, executable

    if executable() is None:
        if os.environ.get("RESATTN_REQUIRE_BROWSER"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    with browser() as opened:
        yield opened
