"""What the grader knows of the book's exercises, and which notebook a copy is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of

# What printed solutions take from the package or from Python's machinery, where the
# check's own solution does not: an answer that does so is not marked.
MAY_USE: dict[str, tuple[str, ...]] = {
    "chapter03.stage": ("resattn_tutorial.models.soft_mask.DownUp",),
    "chapter03.network": (
        "resattn_tutorial.models.soft_mask.DownUp",
        "resattn_tutorial.models.soft_mask.SoftMaskBranch",
    ),
    "chapter03.choose_channel": ("resattn_tutorial.metrics.localisation.object_auc",),
    "chapter07.depth": ("resattn_tutorial.models.soft_mask.SoftMaskBranch",),
    "chapter10.training": ("os",),
}


def which_notebook(
    file_name: str, asked: Iterable[str], chapters: Iterable[str]
) -> str | None:
    """The notebook of the book that a learner's copy is, or ``None``.

    Its cells decide: the one that shares most checks with it. Where several do, or
    none does, its name decides, and then the chapter whose checks it imports.

    Args:
        file_name: without its ending; it may have gained a name or a number.
        asked: the checks that its cells call, ``chapter01.growth``.
        chapters: whose checks its cells import, ``chapter01``.
    """
    asked = set(asked)
    shared = {name: len(asked & set(checks_of(name))) for name in NOTEBOOKS}
    most = max(shared.values())
    left = [name for name in NOTEBOOKS if shared[name] == most]
    if most and len(left) == 1:
        return left[0]
    plain = re.sub(r"\W+", "_", file_name.lower())
    named = [name for name in left if name in plain]
    if named:
        return max(named, key=len)
    chapters = set(chapters)
    left = [name for name in left if most or f"chapter{name[:2]}" in chapters]
    return min(left, key=lambda name: "_aside_" in name, default=None)
