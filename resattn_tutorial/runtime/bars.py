"""Where a progress bar can be drawn: on a terminal and in a notebook (chapter 10).

A bar is one line that is written over and over. In a file, or behind a pipe, nothing is
written over: each look of the bar would be a line of its own. There it stays silent,
and what a run has to say besides is said all the same.
"""

from __future__ import annotations

from typing import TextIO


def draws_bars(stream: TextIO) -> bool:
    """Whether a line can be written over in a stream.

    A notebook's kernel gives its cells a stream that says it is no terminal, though
    Jupyter and Colab do write a line over. So it is known by where it comes from, which
    loads nothing. A cell that leads its output elsewhere gets no bar.

    Args:
        stream: what would be written to, such as ``sys.stdout``.
    """
    if any(kind.__module__.startswith("ipykernel.") for kind in type(stream).__mro__):
        return True
    isatty = getattr(stream, "isatty", None)
    return isatty is not None and isatty()
