"""A folder of small photographs, made of the built-in scenes (chapter 16).

ImageNet is a folder of JPEG files of any size. So is this one, made in seconds, with no
download: what reads, cuts and feeds ImageNet's photographs can be tried on it, worker
processes and all. They show what the scenes show, enlarged, and nothing finer.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.names import require_word
from resattn_tutorial.validation import require_count, require_path, require_seed

SPLITS = ("train", "test")
# Pixels: the shorter side has from 96 to 128, the longer one up to 32 more, so that a
# test's crop of the middle seldom cuts the item off.
SHORTEST, ROOM = 96, 32
MOST_IMAGES = 10_000
QUALITY = 90                                         # on Pillow's scale, up to 95


class MadePhoto(NamedTuple):
    """One of them: its class, by name, and its ``pixels``, uint8 ``(H, W, 3)``."""

    kind: str
    pixels: np.ndarray


def make_photo_folder(
    folder: str | PathLike[str],
    images_per_class: int,
    classes: int = len(CLASSES),
    seed: int = 0,
) -> Path:
    """Write ``train/<class>/*.jpg`` and ``test/<class>/*.jpg`` into a new folder.

    Sides are from 96 to 160 pixels. Both splits have as many images of each class, and
    no item of the one is seen in the other. The pixels are the same on every machine;
    the bytes of the files, and what a decoder makes of them, may differ from one
    version of Pillow to another, and with them the folder's fingerprint.

    The folder appears when all is written, and not before: a process that is killed
    meanwhile leaves a folder beside it, whose name begins with ``.photos-``.

    Args:
        folder: one that is not there yet, or is empty; its parents are made.
        images_per_class: in each split.
        classes: the first so many of
            ``CLASSES`` in :mod:`~resattn_tutorial.data.items`, at least 2.
        seed: of scenes and sizes; another one gives others of the same items.

    Returns:
        the folder, as ``open_set`` takes it.

    Raises:
        TypeError, ValueError: an argument is not as above.
        FileExistsError: the folder is not empty, or no folder.
        OSError: it cannot be written.
    """
    require_counts(images_per_class, classes, seed)
    with appearing(require_path("folder", folder)) as draft:
        for split in SPLITS:
            photos = made_photos(split, images_per_class, classes, seed)
            for number, photo in enumerate(photos):
                place = draft / split / photo.kind
                place.mkdir(parents=True, exist_ok=True)
                write_jpeg(place / f"{number // classes:05}.jpg", photo.pixels)
    return Path(folder)


def made_photos(
    split: str, images_per_class: int, classes: int = len(CLASSES), seed: int = 0
) -> Iterator[MadePhoto]:
    """The photographs of one split, one of each class and then the next of each.

    Args:
        split: ``"train"`` or ``"test"``.
        images_per_class, classes, seed: as in :func:`make_photo_folder`.

    Raises:
        TypeError, ValueError: an argument is not as above.
    """
    require_word("split", split, SPLITS)
    require_counts(images_per_class, classes, seed)
    scenes = load_scenes(split, images_per_class * len(CLASSES), seed)
    wanted = scenes.labels < classes
    images = scenes.images[wanted].permute(0, 2, 3, 1).numpy()       # (N, 32, 32, 3)
    # Of all scenes: fewer classes are some of the same photographs.
    sizes = draw_sizes(split, len(scenes.labels), seed)[wanted.numpy()]
    for image, label, size in zip(images, scenes.labels[wanted], sizes, strict=True):
        yield MadePhoto(CLASSES[label], enlarged(image, *size.tolist()))


def require_counts(images_per_class: int, classes: int, seed: int) -> None:
    """Refuse invalid ones; raises as :func:`make_photo_folder`."""
    require_count("images_per_class", images_per_class, at_most=MOST_IMAGES)
    require_count("classes", classes, at_least=2, at_most=len(CLASSES))
    require_seed(seed)


def draw_sizes(split: str, count: int, seed: int) -> np.ndarray:
    """Heights and widths, ``(count, 2)``; half of the photographs stand upright."""
    # Its streams are frozen for good, as the scenes' are. One number for each, so that
    # the first ones are the same however many there are.
    random = np.random.RandomState([seed, SPLITS.index(split), 17])
    choices = ROOM + 1, ROOM + 1, 2
    drawn = random.randint(0, np.prod(choices), count, dtype=np.int64)
    shorter, more, upright = np.unravel_index(drawn, choices)
    sizes = SHORTEST + np.stack([shorter, shorter + more], axis=1)
    return np.where(upright[:, None] == 1, sizes[:, ::-1], sizes)


def enlarged(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """An image stretched bilinearly, corners on corners, in whole numbers.

    Floats would round differently from machine to machine.

    Args:
        image: uint8 ``(h, w, 3)``, two pixels or more each way.
        height, width: of the result, in pixels, at least 2.

    Returns:
        uint8 ``(height, width, 3)``, each value rounded, half of one up.
    """
    require_count("height", height, at_least=2)
    require_count("width", width, at_least=2)
    levels = image.astype(np.int64)
    levels = _stretched(levels, height)              # (height, w, 3)
    levels = _stretched(levels.swapaxes(0, 1), width).swapaxes(0, 1)
    whole = (height - 1) * (width - 1)               # what each value is a part of
    return ((2 * levels + whole) // (2 * whole)).astype(np.uint8)


def _stretched(levels: np.ndarray, size: int) -> np.ndarray:
    """``size`` rows between the first and the last one, each ``size - 1`` times."""
    steps, last = size - 1, len(levels) - 1
    above, part = np.divmod(np.arange(size) * last, steps)
    below = np.minimum(above + 1, last)
    part = part[:, None, None]
    return levels[above] * (steps - part) + levels[below] * part


def write_jpeg(path: Path, pixels: np.ndarray) -> None:
    """Write an image, uint8 ``(H, W, 3)``."""
    from PIL import Image

    Image.fromarray(pixels).save(path, format="JPEG", quality=QUALITY)


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the name ``folder`` if all goes well.

    Raises:
        FileExistsError: something lies there, other than an empty folder.
        OSError: the system refuses; nothing is left then.
    """
    place = folder.resolve()                         # through a link, to its folder
    require_free(folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".photos-{secrets.token_hex(4)}")
    try:
        draft.mkdir()
        yield draft
        require_free(folder)                         # still, after all this time
        if place.exists():
            place.rmdir()                            # else Windows could not rename
        draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def require_free(folder: Path) -> None:
    """Refuse by FileExistsError what is neither missing nor an empty folder."""
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"folder must be new or empty, got the file {folder}.")
    found = next(folder.iterdir(), None) if folder.exists() else None
    if found is not None:
        raise FileExistsError(
            f"folder must be new or empty, got {folder}, which holds {found.name}."
        )
