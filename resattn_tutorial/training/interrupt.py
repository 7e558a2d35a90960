"""A request to stop that is heard between two steps, not within one (chapter 10)."""

from __future__ import annotations

import signal
import threading
from types import FrameType

from resattn_tutorial.runtime.signals import SIGNALS


class StopRequest:
    """While it is entered, a signal to end only sets ``asked``.

    A second one interrupts at once. What was ignored before, as ``nohup`` has a closing
    terminal ignored, stays so. Where Python hears no signals, outside the main thread,
    nothing is changed.
    """

    def __init__(self) -> None:
        self.asked = False
        self.before: dict[int, object] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self.before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *fault: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
