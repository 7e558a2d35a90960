"""Work that goes on side by side, in a process for each piece."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any


def side_by_side(
    work: Callable[..., Any], pieces: Sequence[tuple], lanes: int
) -> Iterator[tuple[tuple, Any]]:
    """Do ``work(*piece)`` for each piece; each with its result, as it ends.

    At the first failure nothing new begins, and what has begun comes to its end. When
    this process is interrupted, so are those that work.

    Args:
        work: a module's function, whose arguments and result can be pickled.
        pieces: its arguments.
        lanes: how many work at the same time.
    """
    with ProcessPoolExecutor(
        min(lanes, len(pieces)), multiprocessing.get_context("spawn"),
        # A process that waited for more would print a traceback when interrupted.
        max_tasks_per_child=1,
    ) as pool:
        try:
            asked = {pool.submit(work, *piece): piece for piece in pieces}
            for future in as_completed(asked):
                yield asked[future], future.result()
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():
                os.kill(process.pid, signal.SIGINT)
            raise
        finally:
            pool.shutdown(cancel_futures=True)
