"""Find out whether the work of an answer grows with what it is given, by counting.

A loop over images shows itself in two ways: PyTorch is asked for more operations, or,
where NumPy or lists do the work, more lines of the answer are run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from resattn_tutorial.cost.op_recorder import TorchDispatchMode


class _Calls(TorchDispatchMode):
    """Counts the operations that PyTorch is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(
        self, function: Callable, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        self.count += 1
        return function(*args, **(kwargs or {}))


def operations(answer: Callable, *inputs: Any) -> int:
    """How many operations PyTorch is asked for in one call of the answer."""
    with _Calls() as calls:
        answer(*inputs)
    return calls.count


def lines(answer: Callable, *inputs: Any) -> int:
    """How many lines of the answer's own file are run in one call of it.

    A line that is run again counts again, so that each turn of a comprehension is one.
    0 for an answer that is no plain function.
    """
    code = getattr(answer, "__code__", None)
    if code is None:
        return 0
    count = 0

    def watch(frame: FrameType, event: str, _: Any) -> Callable | None:
        nonlocal count
        if frame.f_code.co_filename != code.co_filename:
            return None
        count += event in ("call", "line")
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        answer(*inputs)
    finally:
        sys.settrace(before)
    return count
