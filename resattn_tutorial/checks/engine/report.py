"""What a check says: what holds, what does not, and which usual mistake it is.

A :class:`~resattn_tutorial.checks.engine.check.Check` asks an answer questions through
:meth:`Report.require` and :meth:`Report.attempt`; the first one that fails ends it,
since the later ones would only repeat the bad news.
"""

from __future__ import annotations

import textwrap
from contextlib import contextmanager

# Mistakes of every class, by the words of the error that PyTorch raises.
PLAIN = {
    'missing the required "forward"': "the method must be spelled `forward`, and "
    "indented like __init__",
    "positional argument": "keep the stub's arguments: it is called as shown here",
    "before Module.__init__": "super().__init__() is the first line of __init__",
}


class Stopped(Exception):
    """Ends a check early; never leaves a check."""


def first_line(error: Exception, longest: int = 160) -> str:
    """An error's words, cut so that they fit into one line of a report."""
    words = (str(error).strip().splitlines() or ["(no message)"])[0]
    return words if len(words) <= longest else words[:longest] + "…"


class Report:
    """The lines of one check.

    Attributes:
        held: what was found right, in order.
        failed: what was found wrong; ``None`` while nothing is.
        mistake: the usual mistake that was recognised; ``None`` if none was.
        done: false where the answer still raises ``NotImplementedError``.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.held: list[str] = []
        self.failed: str | None = None
        self.mistake: str | None = None
        self.done = True

    @property
    def passed(self) -> bool:
        """Whether all that was asked holds."""
        return self.done and self.failed is None

    def require(
        self, holds: bool, fact: str, otherwise: str = "", mistake: str | None = None
    ) -> None:
        """Note ``fact`` if it holds; otherwise say what came instead and stop.

        Args:
            holds: the answer's behaviour, judged.
            fact: the requirement, in words that are true when it holds.
            otherwise: what came instead.
            mistake: the usual mistake behind it, and where to look.
        """
        if holds:
            self.held.append(fact)
            return
        self.failed = f"{fact}: {otherwise}" if otherwise else fact
        self.mistake = mistake
        raise Stopped

    @contextmanager
    def attempt(self, what: str):
        """Run a part of the answer; an error in it becomes a line, not a traceback."""
        try:
            yield
        except Stopped:
            raise
        except Exception as error:  # the learner's code may raise anything
            if isinstance(error, NotImplementedError) and not error.args:
                raise  # the stub's own is bare; PyTorch's has words
            self.failed = f"{what} raised {type(error).__name__}: {first_line(error)}"
            self.mistake = next((m for w, m in PLAIN.items() if w in str(error)), None)
            raise Stopped from error

    def __str__(self) -> str:
        """The report as text: a short list, worst line last."""
        if not self.done:
            return f"{self.title}: not done yet.\nYour answer goes into the cell above."
        lines = [("holds", fact) for fact in self.held]
        if self.failed is not None:
            lines.append(("fails", self.failed))
        if self.mistake is not None:
            lines.append(("look at", self.mistake))
        verdict = "all of it holds." if self.passed else "not there yet."
        wrapped = [_wrapped(head, text) for head, text in lines]
        return "\n".join([f"{self.title}: {verdict}", *wrapped])


def _wrapped(head: str, text: str) -> str:
    """A line with its head in the margin, as wide as a check's box on the page."""
    first, margin = f"  {head:9}", " " * 11
    return textwrap.fill(text, 62, initial_indent=first, subsequent_indent=margin)

