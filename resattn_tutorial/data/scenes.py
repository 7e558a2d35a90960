"""The built-in data: one item of clothing on a cluttered scene (chapter 3).

Each scene, 32x32 RGB, holds one whole item of Fashion-MNIST in a random colour at a
random place, on a noisy ground strewn with fragments of other items. Where the item
lies is known, so a soft mask can be scored. Fragments are cut from the same items and
coloured by the same rule, and the ground is as bright: being bright gives away nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from resattn_tutorial.data.items import (
    CLASSES,
    ITEM,
    SPLITS,
    Items,
    load_items,
    require_split,
)
from resattn_tutorial.validation import require_count, require_fields, require_seed

SCENE = 32
# Widths of what is pasted, in order: six fragments, then the whole item on top.
PIECES = (10, 10, 10, 8, 8, 8, ITEM)
BLOCK = 100
# Four gigabytes of them.
MOST_SCENES = 1_000_000


class Scenes(NamedTuple):
    """``images`` uint8 ``(N, 3, 32, 32)``, ``labels`` int64 ``(N,)``, ``objects`` bool
    ``(N, 32, 32)``: true where the item hides more than half of what lies under it.
    """

    images: Tensor
    labels: Tensor
    objects: Tensor


class Plan(NamedTuple):
    """Every random choice behind N scenes of P pieces; the last piece is the item.

    ``items`` ``(N, P)`` says of which item each piece is cut, ``corners`` ``(N, P, 2)``
    where in it, ``places`` ``(N, P, 2)`` where in the scene it goes (row and column of
    its top left), ``colours`` is ``(N, P, 3)``, ``grounds`` ``(N, 32, 32, 3)``.
    """

    items: np.ndarray
    corners: np.ndarray
    places: np.ndarray
    colours: np.ndarray
    grounds: np.ndarray


def load_scenes(split: str, count: int, seed: int = 0) -> Scenes:
    """Make the first ``count`` scenes of a split; the same on every machine.

    Asking for more leaves the first ones as they were. Every ten scenes show each class
    once, and every item is shown once before one is shown twice. No item of a split,
    whole or in fragments, is seen in another; but ``"search"`` and ``"validation"``
    share the training split's items between them, and ``"few"`` has some of them.

    Args:
        split: as :func:`~resattn_tutorial.data.items.load_items` takes it.
        count: number of scenes.
        seed: at least 0; another one gives other scenes of the same items.

    Raises:
        TypeError, ValueError: an argument is not as above, or the file of items is
            cut short or altered; FileNotFoundError: it is missing.
    """
    require_count("count", count, at_most=MOST_SCENES)
    items = load_items(split)
    blocks = -(-count // BLOCK)
    images = np.empty((blocks * BLOCK, 3, SCENE, SCENE), np.uint8)
    objects = np.empty((blocks * BLOCK, SCENE, SCENE), bool)
    labels = np.empty(blocks * BLOCK, np.int64)
    for block, plan in zip(range(blocks), plan_scenes(split, seed), strict=False):
        rows = slice(block * BLOCK, (block + 1) * BLOCK)
        images[rows], objects[rows] = paint(plan, items)
        labels[rows] = items.labels[plan.items[:, -1]]
    return Scenes(*(torch.from_numpy(x[:count]) for x in (images, labels, objects)))


def plan_scenes(split: str, seed: int = 0) -> Iterator[Plan]:
    """Choose what scenes are made of, without end, ``BLOCK`` scenes at a time.

    A plan's ``items`` count within the split's own items, as ``load_items`` gives
    them; so no plan can name an item of another split.
    """
    require_seed(seed)
    # numpy freezes the streams of RandomState for good; those of default_rng may
    # change with any release, and every recorded score with them.
    stream = [seed, list(SPLITS).index(require_split(split))]
    random = np.random.RandomState(stream)
    for items in _whole_items(len(SPLITS[split].rows), stream):
        yield _plan_block(items, len(SPLITS[split].rows), random)


def _whole_items(count: int, stream: list[int]) -> Iterator[np.ndarray]:
    """The whole items of each block, every ten of them one of each class."""
    random = np.random.RandomState([*stream, 1])
    classes = np.arange(count).reshape(len(CLASSES), -1)
    while True:
        shuffled = np.stack([random.permutation(items) for items in classes])
        yield from shuffled.T.reshape(-1, BLOCK)


def _plan_block(items: np.ndarray, pool: int, random: np.random.RandomState) -> Plan:
    def draw(low: int, high: int, *shape: int) -> np.ndarray:
        return random.randint(low, high, (BLOCK, *shape), dtype=np.int64)

    fragments = draw(0, pool, len(PIECES) - 1)
    corners = [draw(0, ITEM - size + 1, 2) for size in PIECES]
    # Clipping sends about half of the items to an edge; otherwise the middle of the
    # scene would nearly always be the object.
    rooms = [SCENE - size for size in PIECES]
    places = [np.clip(draw(-6, room + 7, 2), 0, room) for room in rooms]
    shade = draw(24, 216, 1, 1, 1) + draw(-24, 25, SCENE, SCENE, 1)
    return Plan(
        items=np.column_stack([fragments, items]),
        corners=np.stack(corners, axis=1),
        places=np.stack(places, axis=1),
        colours=draw(128, 256, len(PIECES), 3),
        grounds=draw(128, 256, 1, 1, 3) * shade // 255,
    )


def paint(plan: Plan, items: Items) -> tuple[np.ndarray, np.ndarray]:
    """Paste the pieces in order: images ``(N, 3, 32, 32)``, objects ``(N, 32, 32)``."""
    require_fields("plan", plan, Plan)
    require_fields("items", items, Items)
    scenes = plan.grounds.astype(np.int32)           # (N, 32, 32, 3)
    objects = np.zeros(scenes.shape[:3], bool)
    every = np.arange(len(scenes))[:, None, None]
    for piece, size in enumerate(PIECES):
        step = np.arange(size)
        top, left = plan.corners[:, piece].T[..., None, None]
        levels = items.pixels[
            plan.items[:, piece, None, None], top + step[:, None], left + step
        ].astype(np.int32)[..., None]                # (N, size, size, 1)
        top, left = plan.places[:, piece].T[..., None, None]
        where = every, top + step[:, None], left + step
        # Whole numbers throughout: floats round differently from machine to machine.
        alpha = np.minimum(levels * 32, 255)
        colour = plan.colours[:, piece, None, None] * (levels * 4) // 255
        scenes[where] = (scenes[where] * (255 - alpha) + colour * alpha + 127) // 255
    objects[where] = alpha[..., 0] > 127
    return scenes.transpose(0, 3, 1, 2), objects
