"""Watches a shut-in process: reads its report, and ends it where it takes too much."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from contextlib import suppress

from resattn_tutorial.grading import processes
from resattn_tutorial.grading.allowance import RESERVE, Allowance
from resattn_tutorial.grading.recording import MOST, Reader
from resattn_tutorial.grading.tasks import Outcome

# Seconds between two looks at memory and disk; and as part of the time, at most.
OFTEN, PART = 0.5, 0.05
GONE = 97                                    # exit status where nobody can be told


class Watch:
    """What one run has told and used so far.

    Args:
        allowance: what it may use.
        folder: whose files count, where nothing else limits the disk; or nothing.
        reader: takes what it reports.
        begun: when it began, by the clock that only goes on.

    Attributes:
        ended: why it was ended; empty if it was not.
    """

    def __init__(
        self, allowance: Allowance, folder: str, reader: Reader, begun: float
    ) -> None:
        self.allowance, self.folder, self.reader = allowance, folder, reader
        self.begun, self._told, self.ended, self._printed = begun, [], "", 0

    def until_it_ends(self, builder: int, report: int, printed: int) -> None:
        """Read both pipes until the run is through, or has used too much."""
        look, status, open_ones = 0.0, None, [report, printed]
        while not self.ended and (status is None or open_ones):
            ready, *_ = select.select(open_ones, [], [], OFTEN / 5)
            for pipe in ready:
                if not self._read(pipe, pipe == report):
                    open_ones.remove(pipe)
            if (now := time.monotonic()) > look:
                self._look()
                took = time.monotonic() - now
                look = now + max(OFTEN, took / PART)
            if status is None:
                done, found = os.waitpid(builder, os.WNOHANG)
                status = os.waitstatus_to_exitcode(found) if done else None
            elif not ready:                          # a child holds the pipes open
                break
        self._read_the_rest(report)
        if not self.ended and not (self._told and self._told[-1].kind == "end"):
            self.ended = how_it_ended(status or 0)

    def _read_the_rest(self, report: int) -> None:
        """What was told before the end, and has not been read yet."""
        while self.reader.size <= MOST and select.select([report], [], [], 0)[0]:
            piece = os.read(report, 65536)
            self._told += self.reader.feed(piece)
            if not piece:
                return

    def _read(self, pipe: int, is_report: bool) -> bool:
        piece = os.read(pipe, 65536)
        if is_report:
            self._told += self.reader.feed(piece)
            if self.reader.size > MOST:
                self.ended = "it flooded what it reports by"
        else:
            self._printed += len(piece)
            if self._printed > self.allowance.output_bytes:
                self.ended = f"it printed more than {self.allowance.output} MiB"
        return bool(piece)

    def _look(self) -> None:
        allowed = self.allowance
        if time.monotonic() - self.begun > allowed.seconds:
            self.ended = f"it did not end within {allowed.minutes:g} minutes"
        used = sum(map(processes.memory_of, processes.below(os.getpid())))
        if used > allowed.memory_bytes + 2 * RESERVE:
            self.ended = f"it took more than {allowed.memory:g} GiB of memory"
        if self.folder and _size(self.folder) > allowed.disk_bytes:
            self.ended = f"it wrote more than {allowed.disk} MiB"

    def outcome(self) -> Outcome:
        """What came of the run."""
        trouble = [facts["words"] for kind, facts in self._told if kind == "no wall"]
        return Outcome(
            self._told, self.ended, self.reader.forged,
            time.monotonic() - self.begun, "".join(trouble),
        )


def how_it_ended(status: int) -> str:
    """In words, how a process ended that was not through: ``-9``, ``3``."""
    number = -status if status < 0 else status - 128
    if number > 0:
        with suppress(ValueError):
            name = signal.Signals(number).name
            return f"its process was ended by a signal, {name}"
    if status == GONE:
        return "it closed what it reports by"
    return f"its process ended itself, with status {status}"


def _size(folder: str) -> int:
    """Bytes that a folder's files take on the disk, however deeply it is nested."""
    told = subprocess.run(["du", "-sk", folder], capture_output=True, check=False)
    return 1024 * int(told.stdout.split()[0]) if told.stdout else 0
