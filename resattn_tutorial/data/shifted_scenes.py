"""Shifted scenes: the built-in scenes, drawn otherwise than those trained on
(chapter 15).

Scene n is the scene n of :func:`~resattn_tutorial.data.scenes.load_scenes` with one
thing changed: more clutter, another ground, or the item cut off by the scene's
edge. All else stays, so that a network's answers can be compared scene by scene, and
where the item lies is still known. An item that only touches the edge would be no
shift: half of the usual ones do.

Whole numbers and ``RandomState`` throughout, as in the scenes themselves, make them the
same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from resattn_tutorial.data.items import ITEM, SPLITS, Items, load_items, require_split
from resattn_tutorial.data.scenes import (
    BLOCK,
    MOST_SCENES,
    PIECES,
    SCENE,
    Plan,
    Scenes,
    paint,
    plan_scenes,
)
from resattn_tutorial.names import require_word
from resattn_tutorial.validation import require_count, require_seed

# Times that six more fragments are laid: eighteen instead of six in all.
MORE_CLUTTER = 2
STRIPE = 4
# Of twenty rows or columns. Of every item at least four pixels still show; with ten cut
# off, nothing would of a few.
CUT = 8


def load_shifted_scenes(
    split: str, count: int, shift: str, seed: int = 0
) -> Scenes:
    """Make the first ``count`` scenes of a split, shifted; the same on every machine.

    Asking for more leaves the first ones as they were. Labels, and the items that
    scenes are made of, are those of the scenes without a shift.

    Args:
        split: as :func:`~resattn_tutorial.data.items.load_items` takes it.
        count: number of scenes.
        shift: one of ``SHIFTS``; ``"none"`` gives exactly what ``load_scenes`` gives.
        seed: at least 0; the seed of the scenes, and of the shift's own draws.

    Returns:
        ``Scenes``; ``objects`` marks what can be seen of an item.

    Raises:
        TypeError, ValueError: an argument is not as above; FileNotFoundError: the file
            of items is missing.
    """
    require_count("count", count, at_most=MOST_SCENES)
    change = SHIFTS[require_word("shift", shift, SHIFTS)]
    place = list(SPLITS).index(require_split(split))
    # Scenes are drawn by [seed, place] and [seed, place, 1].
    stream = [require_seed(seed), place, 2 + list(SHIFTS).index(shift)]
    random, items = np.random.RandomState(stream), load_items(split)
    parts = []
    blocks = range(-(-count // BLOCK))
    for _, plan in zip(blocks, plan_scenes(split, seed), strict=False):
        changed, pool = change(plan, items, random)
        images, objects = paint(changed, pool)
        labels = pool.labels[changed.items[:, -1]]
        parts.append((images.astype(np.uint8), labels.astype(np.int64), objects))
    images, labels, objects = map(np.concatenate, zip(*parts, strict=True))
    return Scenes(*(torch.from_numpy(x[:count]) for x in (images, labels, objects)))


def _none(
    plan: Plan, items: Items, random: np.random.RandomState
) -> tuple[Plan, Items]:
    """The scenes as they are."""
    return plan, items


def _clutter(
    plan: Plan, items: Items, random: np.random.RandomState
) -> tuple[Plan, Items]:
    """Lay more fragments beneath the usual ones.

    Each is another scene's fragment, as it lies there: so all follow the usual rule.
    """
    blank = np.zeros((1, ITEM, ITEM), items.pixels.dtype)
    pool = _with_more(items, blank, items.labels[:1])
    grounds, pieces = plan.grounds, np.arange(len(PIECES))
    for _ in range(MORE_CLUTTER):
        mixed = np.stack([random.permutation(len(grounds)) for _ in pieces], axis=1)
        others = Plan(*(part[mixed, pieces] for part in plan[:-1]), grounds)
        others.items[:, -1] = len(items.labels)      # no item, but the blank
        grounds = paint(others, pool)[0].transpose(0, 2, 3, 1)
    return plan._replace(grounds=grounds), items


def _dark(
    plan: Plan, items: Items, random: np.random.RandomState
) -> tuple[Plan, Items]:
    """Grounds about as dark as the darkest usual ones, which training did show."""
    return plan._replace(grounds=plan.grounds // 4), items


def _bright(
    plan: Plan, items: Items, random: np.random.RandomState
) -> tuple[Plan, Items]:
    """Grounds that are all brighter, on average, than the brightest usual one."""
    return plan._replace(grounds=255 - (255 - plan.grounds) // 4), items


def _stripes(
    plan: Plan, items: Items, random: np.random.RandomState
) -> tuple[Plan, Items]:
    """Grounds with stripes, upright or level, that differ by half of all brightness.

    Usual grounds have no edges but those of fragments.
    """
    count = len(plan.grounds)
    upright = random.randint(0, 2, (count, 1, 1), dtype=np.int64)
    start = random.randint(0, 2 * STRIPE, (count, 1, 1), dtype=np.int64)
    row, column = np.mgrid[:SCENE, :SCENE]
    across = np.where(upright, column, row) + start                  # (N, 32, 32)
    light = (across // STRIPE % 2 == 1)[..., None]
    grounds = np.where(light, 255 - (255 - plan.grounds) // 2, plan.grounds // 2)
    return plan._replace(grounds=grounds), items


def _cut(
    plan: Plan, items: Items, random: np.random.RandomState
) -> tuple[Plan, Items]:
    """Push each item over an edge of its scene: two fifths of its square are cut off.

    The edge is drawn; along it the item stays where it is.
    """
    every = np.arange(len(plan.items))
    whole = plan.items[:, -1]
    edge = random.randint(0, 4, len(every), dtype=np.int64)
    axis, far = edge // 2, edge % 2                  # far: the lower or right edge
    places = plan.places.copy()
    places[every, -1, axis] = far * (SCENE - ITEM)
    # A window on the item with nothing around it, moved by what is cut off.
    wide = np.pad(items.pixels[whole], ((0, 0), (CUT, CUT), (CUT, CUT)))
    start = np.full((len(every), 2), CUT)
    start[every, axis] += np.where(far, -CUT, CUT)
    step = np.arange(ITEM)
    top, left = start.T[..., None, None]
    seen = wide[every[:, None, None], top + step[:, None], left + step]
    pieces = plan.items.copy()
    pieces[:, -1] = len(items.labels) + every
    pool = _with_more(items, seen, items.labels[whole])
    return plan._replace(items=pieces, places=places), pool


def _with_more(items: Items, pixels: np.ndarray, labels: np.ndarray) -> Items:
    """Items, and more at their end: pixels ``(M, 20, 20)`` and labels ``(M,)``."""
    return Items(
        np.concatenate([items.pixels, pixels]), np.concatenate([items.labels, labels])
    )


# The order counts: a shift's place in it is part of its draws' seed.
SHIFTS: dict[
    str, Callable[[Plan, Items, np.random.RandomState], tuple[Plan, Items]]
] = {
    "none": _none,
    "clutter": _clutter,
    "dark": _dark,
    "bright": _bright,
    "stripes": _stripes,
    "cut": _cut,
}
