"""The signals that ask a process to end, and who hears them (chapter 10)."""

from __future__ import annotations

import os
import signal
import threading

# Ctrl-C, a system's request to end, and a terminal that closes (not on Windows).
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
SIGNALS = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))


def leave_signals_to_parent(worker: int) -> None:
    """Have a worker process ignore all requests to end but its parent's own.

    A terminal, a cluster and a service manager ask every process of a group. The parent
    saves, and then ends its workers; a worker that had died by itself would have ended
    the training before.

    Args:
        worker: its number; PyTorch's loader tells it, and nothing depends on it.
    """
    if not hasattr(signal, "sigwaitinfo"):           # elsewhere who asks is not told
        for number in set(SIGNALS) - {signal.SIGTERM}:
            signal.signal(number, signal.SIG_IGN)
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=_end_when_the_parent_asks, daemon=True).start()


def _end_when_the_parent_asks() -> None:
    while True:
        heard = signal.sigwaitinfo(SIGNALS)
        if heard.si_signo == signal.SIGTERM and heard.si_pid == os.getppid():
            os._exit(0)                              # as PyTorch's own workers do
