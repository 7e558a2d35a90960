"""A request to stop: heard, counted, and the handlers put back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from resattn_tutorial.runtime.signals import SIGNALS
from resattn_tutorial.training.interrupt import StopRequest

Heard = list[int]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Handlers of our own, so that what is put back can be told from what was not."""
    told: Heard = []
    before = [
        signal.signal(number, lambda came, frame: told.append(came))
        for number in SIGNALS
    ]
    yield told
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_only_asks(number: int, heard: Heard) -> None:
    with StopRequest() as stop:
        assert not stop.asked
        signal.raise_signal(number)
        assert stop.asked
    assert heard == []


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", SIGNALS)
def test_the_second_interrupts_at_once(first: int, second: int, heard: Heard) -> None:
    with pytest.raises(KeyboardInterrupt):
        with StopRequest() as stop:
            signal.raise_signal(first)
            signal.raise_signal(second)
            pytest.fail("went on")
    assert stop.asked
    signal.raise_signal(first)
    assert heard == [first]


def test_afterwards_the_old_handlers_hear_again(heard: Heard) -> None:
    with StopRequest():
        pass
    for number in SIGNALS:
        signal.raise_signal(number)
    assert heard == list(SIGNALS)


def test_they_are_put_back_after_a_failure_too(heard: Heard) -> None:
    with pytest.raises(ZeroDivisionError), StopRequest():
        raise ZeroDivisionError
    signal.raise_signal(signal.SIGTERM)
    assert heard == [signal.SIGTERM]


def test_outside_the_main_thread_nothing_is_changed(heard: Heard) -> None:
    handlers = [signal.getsignal(number) for number in SIGNALS]
    found = []

    def work() -> None:
        with StopRequest() as stop:
            found.extend([stop.asked, [signal.getsignal(n) for n in SIGNALS]])
        found.append("ended")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False, handlers, "ended"]


def test_a_terminal_that_closes_is_heard_where_there_are_terminals() -> None:
    assert signal.SIGHUP in SIGNALS


@pytest.mark.parametrize("number", SIGNALS)
def test_what_was_ignored_before_stays_ignored(number: int, heard: Heard) -> None:
    signal.signal(number, signal.SIG_IGN)            # as nohup does for SIGHUP
    with StopRequest() as stop:
        signal.raise_signal(number)
        assert not stop.asked
    assert signal.getsignal(number) == signal.SIG_IGN
