"""A folder of one's own classes, opened to fine-tune on: small enough to hold (ch. 10).

Either it has ``train/<class>/*.jpg``, and beside it ``val`` and ``test`` if it likes,
or the folders of its classes lie directly in it. Where ``val`` is missing, a share of
the training images is held out. Images may be of any size: each is brought to the one
that the network is shown, once, and held as bytes.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.data.folders import list_each_class
from resattn_tutorial.data.held_images import HeldImages, read_held, tell_twins
from resattn_tutorial.data.image_files import shown
from resattn_tutorial.data.listing import Listing, class_names, fingerprint
from resattn_tutorial.data.matching import told_classes
from resattn_tutorial.data.splitting import (
    SHARE,
    Split,
    on_both_sides,
    series_by,
    validation_split,
)
from resattn_tutorial.data.telling import filled, listed, tell
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.validation import require_count, require_flag, require_path

# A split's folders; the first that is there serves.
VALIDATION, TEST = ("val", "validation"), ("test",)
# Bytes that are held at most. For more there is resattn train, which reads from disk.
LARGEST = 4 * 2**30


class OwnFolder(NamedTuple):
    """What a folder has.

    Attributes:
        classes: the names of the classes, in order.
        training: what to learn from.
        validation: what to choose by.
        test: what to test on, once; ``None`` if the folder has none.
        split: how validation images were held out; ``None`` if the folder brings them.
        names: a digest of the names of all training files, those held out among them.
    """

    classes: tuple[str, ...]
    training: HeldImages
    validation: HeldImages
    test: HeldImages | None
    split: Split | None
    names: str


def open_own_folder(
    root: str | PathLike[str],
    transform: SmallImageInputs | PhotoInputs,
    size: int,
    share: float | None = None,
    seed: int = 0,
    skip_damaged: bool = False,
    series: str | None = None,
) -> OwnFolder:
    """Open a folder: list, read, bring to size, and hold out where that is needed.

    Args:
        root: the folder.
        transform: what the network sees; its ``seen`` brings an image to ``size``.
        size: height and width to hold, in pixels.
        share: how much of the training images to hold out where there is no ``val``; a
            fifth if ``None``. Where there is one, nothing is held out.
        seed: of that choice.
        skip_damaged: leave out images that cannot be read; else they are refused.
        series: which part of a file's name says what is held out together, as
            :func:`~resattn_tutorial.data.splitting.series_by` takes it.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: the folder has another form, fewer than two classes, a class without
            images or with too few to be split; the parts have different classes;
            ``share`` or ``series`` is given and ``val`` is there; an image cannot be
            read; or there are more than can be held.
        OSError: a folder cannot be read.
    """
    root = require_path("folder", root)
    require_count("size", size)
    require_flag("skip_damaged", skip_damaged)
    places = split_folders(root)
    for name, given in (("share", share), ("series", series)):
        if given is not None and "validation" in places:
            raise ValueError(
                f"{name} must not be given, since "
                f"{shown(places['validation'])} holds the images to validate on: "
                "nothing is held out."
            )
    by_series = None if series is None else series_by(series)
    lists = {part: list_each_class(folder) for part, folder in places.items()}
    classes = lists["training"].classes
    if len(classes) < 2:
        raise ValueError(
            f"{shown(root)} must hold at least 2 classes, a folder of images for each, "
            f"got {len(classes)}: {shown(classes[0])}."
        )
    for part, found in lists.items():
        if found.classes != classes:
            raise ValueError(
                "training and other images must have the same classes: "
                + told_classes(classes, found.classes, ("training", part))
            )
    _require_room(lists, size)
    held, split = {}, None
    for part, found in lists.items():
        held[part], lists[part] = read_held(found, transform, size, skip_damaged)
    if "validation" not in held:
        names = _names_by_class(lists["training"])
        share = SHARE if share is None else share
        split = validation_split(names, share, seed, by_series)
        if by_series:
            _tell_shared(on_both_sides(split, by_series))
        held |= _parted(held["training"], lists["training"], split)
    for part, others in held.items():
        if part != "training":
            tell_twins(held["training"], others, part)
    return OwnFolder(
        classes, held["training"], held["validation"], held.get("test"), split,
        fingerprint(classes, (image.name for image in lists["training"].images)),
    )


def split_folders(root: Path) -> dict[str, Path]:
    """Where training, validation and test images lie, as far as there are any.

    Raises:
        ValueError: there is no such folder, or no class in it.
    """
    if not root.is_dir():
        raise ValueError(f"folder must be a folder of images, got {shown(root)}.")
    if class_names(root / "train"):
        there = {"training": root / "train"}
        for part, names in (("validation", VALIDATION), ("test", TEST)):
            folders = (root / name for name in names if class_names(root / name))
            if folder := next(folders, None):
                there[part] = folder
        return there
    for name in (*VALIDATION, *TEST):
        if class_names(root / name):
            raise ValueError(
                f"{shown(root)} has a folder {name} with classes, so it must have a "
                "folder train with the same ones."
            )
    if not class_names(root):
        raise ValueError(
            f"{shown(root)} must hold a folder of images for each class, or a folder "
            "train that does; it holds no folder."
        )
    return {"training": root}


def _require_room(lists: dict[str, Listing], size: int) -> None:
    images = sum(len(found.images) for found in lists.values())
    if images * 3 * size**2 > LARGEST:
        raise ValueError(
            f"folder must hold images that fit into {LARGEST:,} bytes, got {images:,} "
            f"of {size} x {size} pixels. resattn train reads more from disk."
        )


def _tell_shared(series: list[str]) -> None:
    """Say which series are on both sides of a split, in two classes."""
    if series:
        tell(filled(
            f"{len(series):,} series have a name that is learned from in one class and "
            f"validated on in another: {listed(map(shown, series), 5)}. If that is the "
            "same thing, the error promises too much: give each thing a name of its "
            "own, or bring a folder val."
        ))


def _names_by_class(found: Listing) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {kind: [] for kind in found.classes}
    for image, label in zip(found.images, found.labels, strict=True):
        names[found.classes[label]].append(image.name)
    return names


def _parted(
    held: HeldImages, found: Listing, split: Split
) -> dict[str, HeldImages]:
    """The training images without those held out, and these."""
    out = {name for names in split.validation.values() for name in names}
    marks = [image.name in out for image in found.images]
    return {
        "training": held.only([n for n, mark in enumerate(marks) if not mark]),
        "validation": held.only([n for n, mark in enumerate(marks) if mark]),
    }
