"""What a long run tells on its way: a bar, and lines above it (chapter 10).

Of several processes only the first one speaks.
"""

from __future__ import annotations

import sys

from tqdm import tqdm

from resattn_tutorial.processes import our_share


def say(text: str) -> None:
    """Tell it once, above the bar if there is one."""
    if our_share().rank == 0:
        tqdm.write(text, file=sys.stdout)


def bar(total: int, done: int) -> tqdm:
    """A bar of ``total`` steps with the time left, ``done`` of them taken already."""
    return tqdm(
        total=total, initial=done, file=sys.stdout, leave=False, ncols=76,
        disable=our_share().rank > 0,
    )
