"""A wardrobe in photographs: a small folder of one's own, made on the spot (ch. 17).

Somebody photographs their clothes, each piece a few times from nearly the same place,
and sorts them into folders by kinds of their own. What makes such photographs hard is
here as well: the light, the size of the piece, what lies under it. They are made of the
built-in items, of none that the packaged weights learned from, and written without
loss, at 64 pixels. They are kinder than yours will be: the weights have seen many items
of the same kinds.

Whole numbers and ``RandomState`` throughout make them the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from resattn_tutorial.data.items import CLASSES, load_items
from resattn_tutorial.data.made_photos import appearing, enlarged
from resattn_tutorial.names import require_word
from resattn_tutorial.validation import require_count, require_path, require_seed

# The owner's kinds, and which items they are made of.
KINDS = {
    "bags": ("Bag",),
    "dresses": ("Dress",),
    "jackets": ("Coat", "Pullover"),
    "shirts": ("Shirt", "T-shirt"),
    "shoes": ("Ankle boot", "Sandal", "Sneaker"),
}
# Neither was learned from by the packaged weights.
ITEMS = {"train": "large test", "test": "test"}
SIDE = 64
MOST_PIECES, MOST_SHOTS = 200, 20
# In pixels: the sizes of pieces; by how much size and place change from shot to shot.
SMALLEST, LARGEST, MOVED = 26, 54, 2


class Shot(NamedTuple):
    """A photograph: of which kind, which piece and which of its shots, from 1; and its
    ``pixels``, uint8 ``(64, 64, 3)``.
    """

    kind: str
    piece: int
    number: int
    pixels: np.ndarray

    @property
    def file(self) -> str:
        """What its file is called, ``shirts-007-2.png`` for one."""
        return f"{self.kind}-{self.piece:03}-{self.number}.png"


class Setting(NamedTuple):
    """What the shots of one piece share: ``levels`` ``(20, 20)`` of the item, its
    ``colour`` ``(3,)``, the ``ground`` ``(64, 64, 3)``, the light's ``tint`` ``(3,)``,
    in parts of 256, and ``size`` and ``place`` (row and column of the middle), in
    pixels.
    """

    levels: np.ndarray
    colour: np.ndarray
    ground: np.ndarray
    tint: np.ndarray
    size: int
    place: np.ndarray


def make_wardrobe(
    folder: str | PathLike[str],
    pieces: int = 25,
    shots: int = 4,
    test_pieces: int = 100,
    seed: int = 0,
) -> Path:
    """Write ``train/<kind>/*.png`` and ``test/<kind>/*.png`` into a new folder.

    The folder appears when all is written, and not before.

    Args:
        folder: one that is not there yet, or is empty; its parents are made.
        pieces: to learn from, of each kind.
        shots: photographs of each of them.
        test_pieces: to test on, of each kind, other ones, with one photograph each.
        seed: another one gives another wardrobe.

    Returns:
        the folder.

    Raises:
        TypeError, ValueError: a number is not as above.
        FileExistsError: the folder is not empty, or no folder; OSError: it cannot be
            written.
    """
    require_counts(pieces, shots, seed)
    require_count("test_pieces", test_pieces, at_most=MOST_PIECES)
    with appearing(require_path("folder", folder)) as draft:
        for split, count, each in (("train", pieces, shots), ("test", test_pieces, 1)):
            for shot in wardrobe_shots(split, count, each, seed):
                place = draft / split / shot.kind
                place.mkdir(parents=True, exist_ok=True)
                write_png(place / shot.file, shot.pixels)
    return Path(folder)


def wardrobe_shots(
    split: str, pieces: int, shots: int = 1, seed: int = 0
) -> Iterator[Shot]:
    """The photographs of a split, kind by kind and piece by piece.

    More pieces, or more shots of each, leave the first ones as they were.

    Args:
        split: ``"train"`` or ``"test"``: no piece of the one is in the other.
        pieces, shots: of each kind, and of each piece.
        seed: as in :func:`make_wardrobe`.

    Raises:
        TypeError, ValueError: an argument is not as above.
    """
    require_word("split", split, ITEMS)
    require_counts(pieces, shots, seed)
    items = load_items(ITEMS[split])
    for place, (kind, names) in enumerate(KINDS.items()):
        stream = [seed, list(ITEMS).index(split), place]
        rows = np.flatnonzero(np.isin(items.labels, [CLASSES.index(x) for x in names]))
        chosen = np.random.RandomState(stream).permutation(rows)[:pieces]
        for piece, row in enumerate(chosen.tolist(), 1):
            random = np.random.RandomState([*stream, piece])
            setting = draw_setting(items.pixels[row], random)
            for number in range(1, shots + 1):
                yield Shot(kind, piece, number, take(setting, random))


def require_counts(pieces: int, shots: int, seed: int) -> None:
    """Refuse invalid ones; raises as :func:`make_wardrobe`."""
    require_count("pieces", pieces, at_most=MOST_PIECES)
    require_count("shots", shots, at_most=MOST_SHOTS)
    require_seed(seed)


def series_of(file: str) -> str:
    """The piece that a file shows: ``"shirts-007"`` of ``"shirts-007-2.png"``."""
    return file.rpartition("-")[0]


def draw_setting(levels: np.ndarray, random: np.random.RandomState) -> Setting:
    """A piece, where it lies, and in which light.

    Args:
        levels: of its item, 0 to 63, ``(20, 20)``.
        random: what to draw from.
    """
    colour = random.randint(96, 256, 3, dtype=np.int64)
    ground = draw_ground(random)
    tint = random.randint(160, 353, dtype=np.int64)  # dim to dazzling
    tint = tint * random.randint(208, 257, 3, dtype=np.int64) // 256
    size = int(random.randint(SMALLEST, LARGEST + 1, dtype=np.int64))
    room = (SIDE - size) // 2
    place = SIDE // 2 + random.randint(-room, room + 1, 2, dtype=np.int64)
    return Setting(levels, colour, ground, tint, size, place)


def draw_ground(random: np.random.RandomState) -> np.ndarray:
    """What a piece lies on, ``(64, 64, 3)``: plain, striped, chequered or spotted."""
    style = random.randint(0, 4, dtype=np.int64)
    width = random.randint(3, 13, dtype=np.int64)    # else Windows draws another one
    colours = random.randint(24, 232, (2, 3), dtype=np.int64)
    spots = random.randint(0, 2, (SIDE, SIDE), dtype=np.int64)
    row, column = np.mgrid[:SIDE, :SIDE] // width
    second = (
        np.zeros((SIDE, SIDE), np.int64), column % 2, (row + column) % 2,
        spots[row, column],
    )[style]
    return colours[second]


def take(setting: Setting, random: np.random.RandomState) -> np.ndarray:
    """A photograph of a piece, uint8 ``(64, 64, 3)``: moved a little each time."""
    moved = random.randint(-MOVED, MOVED + 1, 3, dtype=np.int64)
    side = random.randint(0, 4, dtype=np.int64)      # where the light comes from
    light = setting.tint + random.randint(-16, 17, dtype=np.int64)
    noise = random.randint(-6, 7, (SIDE, SIDE, 1), dtype=np.int64)
    size = setting.size + int(moved[0])
    grey = np.repeat(setting.levels[..., None] * 4, 3, axis=2).astype(np.uint8)
    levels = enlarged(grey, size, size).astype(np.int64)             # (s, s, 3)
    alpha = np.minimum(levels * 8, 255)
    top, left = np.clip(setting.place + moved[1:] - size // 2, 0, SIDE - size)
    pixels = setting.ground.copy()
    under = pixels[top:top + size, left:left + size]
    own = setting.colour * levels // 255
    pixels[top:top + size, left:left + size] = (
        under * (255 - alpha) + own * alpha + 127
    ) // 255
    fall = 256 - np.rot90(np.mgrid[:SIDE, :SIDE][0], side)[..., None]
    pixels = pixels * light // 256 * fall // 256 + noise
    return np.clip(pixels, 0, 255).astype(np.uint8)


def write_png(path: Path, pixels: np.ndarray) -> None:
    """Write an image, uint8 ``(H, W, 3)``, without loss."""
    from PIL import Image

    Image.fromarray(pixels).save(path, format="PNG")
