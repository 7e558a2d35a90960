"""Tell from frequencies what chance allows, and which slip lies behind the others.

Bounds lie 5.5 standard deviations out, where chance hardly ever leads.
"""

from __future__ import annotations

import math

from torch import Tensor

WIDE = 5.5
EACH = (
    "each label draws where it goes by itself, and every other class is as likely"
)
TWO_DRAWS = (
    "what decides *whether* a label is noisy must not decide *where* it goes, too: "
    "two draws, one after the other, from one generator"
)
OWN = (
    "a noisy label is drawn from all classes, its own among them: only the others, as "
    "by moving it on by 1 to classes - 1"
)
TURNED = (
    "r is the share of labels that stay: a number from 0 to 1 is *below* r with that "
    "chance"
)
NORMAL = "torch.randn draws normal numbers: those from 0 to 1 come from torch.rand"
AGAIN = (
    "a label that hits its own class is drawn again, and may hit it again: draw from "
    "the others alone"
)
ANEW = "all labels are drawn anew: a share of them, r, stays"
NONE_NOISY = "no label is noisy"
BY_CLASS = "one draw decides for a whole class: draw for each label by itself"
UNLIKE = (
    "the same chance for each class: moving on by `% classes` treats them alike, "
    "clamp() and abs() do not, nor does sparing one"
)
SAME_MOVE = "all noisy labels move on by the same number: each draws its own"
STOPS = "a class is never reached: torch.randint(low, high) stops before high"
NEIGHBOUR = (
    "a label that hits its own class always goes to the same neighbour: draw from the "
    "classes - 1 others, all as likely"
)
PAST = "a label moved on past the last class begins again at 0: % classes"
LAST = f"the last class cannot be left: {PAST}"


def near(found: float, goal: float, count: int) -> bool:
    """Whether a share of ``count`` draws is what chance allows."""
    return abs(found - goal) <= WIDE * math.sqrt(goal * (1 - goal) / count) + 1e-9


def slip(kept: float, r: float, classes: int, count: int) -> str:
    """Why another share of ``count`` labels stays than ``r``."""
    for share, words in (
        (1 - r, TURNED),
        (r + (1 - r) / classes, OWN),
        ((1 + math.erf(r / math.sqrt(2))) / 2, NORMAL),
        (r + (1 - r) / classes**2, AGAIN),
        (1 / classes, ANEW),
        (1.0, NONE_NOISY),
        (0.0, "no label stays as it is: a share of them, r, does"),
    ):
        if near(kept, share, count):
            return words
    return "the chance to stay must be r, for each label"


def uneven(shares: list[float]) -> str:
    """Why classes do not stay alike; one share of staying labels for each class."""
    if set(shares) <= {0.0, 1.0}:
        return BY_CLASS
    if shares[-1] == 1 and max(shares[:-1]) < 1:
        return LAST
    return UNLIKE


def unlike(moved: Tensor, shares: list[float]) -> str:
    """Why not each other class is as likely.

    Args:
        moved: how many labels of each class moved on by 1, 2, …: ``(classes,
            classes - 1)``.
        shares: the same over all classes, as shares of all labels.
    """
    if sum(share > 0 for share in shares) == 1:
        return SAME_MOVE
    if ((moved > 0).sum(1) == 1).all():
        return EACH
    ordered, ends = sorted(shares), (shares[0], shares[-1])
    if min(ends) == 0 < ordered[1]:
        return STOPS
    if ordered[-1] in ends and ordered[-2] < 1.5 * ordered[0]:
        return NEIGHBOUR
    return TWO_DRAWS
