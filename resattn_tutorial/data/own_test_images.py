"""Test images of one's own classes, for a network that was fine-tuned on such (ch. 10).

They are brought to the size that the network was shown, as those were that it learned
from, see :mod:`~resattn_tutorial.data.own_folder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import torch

from resattn_tutorial.data.folders import list_each_class
from resattn_tutorial.data.held_images import HeldImages, read_held
from resattn_tutorial.data.image_files import shown
from resattn_tutorial.data.listing import class_names
from resattn_tutorial.data.matching import told_classes
from resattn_tutorial.data.own_folder import TEST, VALIDATION
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.validation import require_count, require_path, require_sequence


def open_test_images(
    root: str | PathLike[str],
    transform: SmallImageInputs | PhotoInputs,
    size: int,
    classes: Sequence[str],
    skip_damaged: bool = False,
) -> HeldImages:
    """Open a folder's test images: ``test/<class>``, or ``<class>`` directly in it.

    Args:
        root: the folder.
        transform: what the network sees; its ``seen`` brings an image to ``size``.
        size: height and width to hold, in pixels.
        classes: what the network tells apart; labels are numbers of these.
        skip_damaged: leave out images that cannot be read; else they are refused.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: the folder has no test images or other classes, or an image cannot
            be read; OSError: a folder cannot be read.
    """
    root = require_path("data", root)
    require_count("size", size)
    classes = tuple(require_sequence("classes", classes))
    found = list_each_class(_where_they_lie(root))
    if sorted(found.classes) != sorted(classes):
        raise ValueError(
            f"{shown(root)} must have the classes that the network learned: "
            + told_classes(classes, found.classes, ("learned", "in the folder"))
        )
    held, _ = read_held(found, transform, size, skip_damaged)
    places = torch.tensor([classes.index(name) for name in found.classes])
    return held._replace(labels=places[held.labels])


def _where_they_lie(root: Path) -> Path:
    for name in TEST:
        if class_names(root / name):
            return root / name
    if any(class_names(root / name) for name in ("train", *VALIDATION)):
        raise ValueError(
            f"{shown(root)} must hold a folder test, and in it a folder of images for "
            "each class: on the others the network learned, or was chosen."
        )
    if not class_names(root):
        raise ValueError(
            f"data must be a folder with a folder of images for each class, got "
            f"{shown(root)}."
        )
    return root
