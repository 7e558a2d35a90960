"""What builds and checks the book; never imported by the package."""

from __future__ import annotations

import sys
from types import TracebackType


def _told(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Say of Ctrl-C what ``tools.ending`` says of it, and of all else as usual."""
    if issubclass(kind, KeyboardInterrupt):
        print("\nInterrupted. Run it again to go on.", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


# Python's word for "python -m tools.book is being looked up": the imports of a tool
# take a second, and nothing of its own is there yet to hear Ctrl-C.
if sys.argv[:1] == ["-m"]:
    sys.excepthook = _told
