"""What opening data tells on its way: lines, and a bar if it takes long (chapter 9).

Of several processes only the first one speaks.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Mapping

from tqdm import tqdm

from resattn_tutorial.runtime.bars import draws_bars
from resattn_tutorial.runtime.distributed import this_process

PATIENCE = 2.0                   # seconds without a bar
# What a page's box for outputs shows without a bar to scroll, and a terminal as well.
COLUMNS = 76


def tell(text: str) -> None:
    """Say it once."""
    if this_process().rank == 0:
        tqdm.write(text, file=sys.stdout)


def filled(text: str, indent: str = "") -> str:
    """Text broken into lines of at most 76 columns, between words only.

    A longer word, a path for one, has a line of its own and stays whole, so that it can
    be copied. Lines after the first begin with ``indent``.
    """
    return "\n".join(textwrap.wrap(
        text, COLUMNS, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    ))


def bar(what: str, total: int) -> tqdm:
    """A bar of so many images; silent where no line can be written over."""
    return tqdm(
        total=total, desc=what, file=sys.stdout, leave=False, ncols=76, delay=PATIENCE,
        disable=this_process().rank > 0 or not draws_bars(sys.stdout),
    )


def counted(skipped: Mapping[str, int]) -> str:
    """What was left out, in words: ``"ending .heic: 35, hidden: 1"``."""
    return ", ".join(f"{reason}: {count:,}" for reason, count in skipped.items())


def listed(items: Iterable[str], most: int, between: str = ", ") -> str:
    """The first of them, and how many more there are."""
    items = list(items)
    more = [f"and {len(items) - most:,} more"] if len(items) > most else []
    return between.join(items[:most] + more)
