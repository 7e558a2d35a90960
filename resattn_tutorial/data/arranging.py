"""A built-in scene, changed by hand: another item, another place, less clutter.

Chapter 0 asks what a trained network makes of such changes. All that is not asked for
stays as it was, pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch

from resattn_tutorial.data.items import ITEM, Items, load_items
from resattn_tutorial.data.scenes import (
    BLOCK,
    PIECES,
    SCENE,
    Plan,
    Scenes,
    paint,
    plan_scenes,
)
from resattn_tutorial.validation import require_count, require_sequence

FRAGMENTS = len(PIECES) - 1
ROOM = SCENE - ITEM          # the last row and column at which an item fits
SPLIT = "test"


def arranged_scene(
    number: int,
    *,
    item: int | None = None,
    place: Sequence[int] | None = None,
    fragments: int = FRAGMENTS,
) -> Scenes:
    """A test scene again, with what is asked for changed: ``Scenes`` of one scene.

    Args:
        number: which one of the first hundred, from 0, as ``load_scenes("test", 100)``
            gives them.
        item: the item to show, 0 to 1,999; each class has 200 in a row. ``None`` keeps
            the scene's own.
        place: row and column of the item's upper left corner, each 0 to 12; ``None``
            leaves it where it is.
        fragments: how many of the six fragments are laid, the first ones first.

    Raises:
        TypeError, ValueError: an argument is not as above.
    """
    require_count("number", number, at_least=0, at_most=BLOCK - 1)
    require_count("fragments", fragments, at_least=0, at_most=FRAGMENTS)
    plan, items = _plan_and_items()
    one = Plan(*(part[[number]] for part in plan))   # a copy
    if item is not None:
        most = len(items.labels) - 1
        one.items[0, -1] = require_count("item", item, at_least=0, at_most=most)
    if place is not None:
        row, column = require_sequence("place", place, 2)
        for name, value in (("place's row", row), ("place's column", column)):
            require_count(name, value, at_least=0, at_most=ROOM)
        one.places[0, -1] = row, column
    one.items[0, fragments:-1] = len(items.labels)   # the blank one
    images, objects = paint(one, _with_blank(items))
    label = torch.tensor([items.labels[one.items[0, -1]]])
    image = torch.from_numpy(images.astype(np.uint8))
    return Scenes(image, label, torch.from_numpy(objects))


@lru_cache(maxsize=1)
def _plan_and_items() -> tuple[Plan, Items]:
    """The first block of test scenes, and what they are made of."""
    return next(plan_scenes(SPLIT)), load_items(SPLIT)


def _with_blank(items: Items) -> Items:
    """One item more, of which nothing can be seen."""
    blank = np.zeros((1, ITEM, ITEM), items.pixels.dtype)
    return Items(np.concatenate([items.pixels, blank]), items.labels)
