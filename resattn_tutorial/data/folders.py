"""A folder of images, opened: listed, looked through, held if small (chapter 9)."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from resattn_tutorial.data.image_files import ENDINGS, shown
from resattn_tutorial.data.inspection import damage, find_damaged, leave_out
from resattn_tutorial.data.listing import Listing, class_names, list_images
from resattn_tutorial.data.small_images import held_if_small
from resattn_tutorial.data.telling import counted, listed, tell
from resattn_tutorial.names import DataName, require_word

# A split's folders; the first that is there serves.
SPLITS = {"train": ("train",), "test": ("test", "val")}
BESIDES = " or a folder of images"


class Opened(NamedTuple):
    """What a folder has: ``found`` says which images; ``images`` are their bytes,
    ``(N, 3, H, W)``, or ``None`` for photographs.
    """

    found: Listing
    images: Tensor | None


def require_words(
    data: str | PathLike[str], split: str, name: str | None, skip_damaged: bool
) -> None:
    """Refuse what cannot be said to ``open_set``, by TypeError or ValueError."""
    if not isinstance(data, (str, PathLike)):
        raise TypeError(f"data must be a name or a folder's path, got {data!r}.")
    if data == "":                                    # Path("") is where we are
        require_word("data", data, DataName, besides=BESIDES)
    if not isinstance(split, str) or split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}.")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"name must be text, got {name!r}.")
    if name and not name.strip():                     # "" asks for the folder's own
        raise ValueError(f"name must be more than spaces (--data-name), got {name!r}.")
    if not isinstance(skip_damaged, bool):
        raise TypeError(f"skip_damaged must be True or False, got {skip_damaged!r}.")


def open_folder(root: Path, split: str, skip_damaged: bool) -> Opened:
    """Open one split of a folder; says once what was left out.

    Args:
        root: the folder, with a folder for each split.
        split: ``"train"`` or ``"test"``.
        skip_damaged: leave out what cannot be read, and count it.

    Raises:
        ValueError: as :func:`~resattn_tutorial.data.datasets.open_set` says.
        OSError: a folder cannot be read.
    """
    found = list_each_class(_split_folder(root, split))
    held = held_if_small(found)
    damaged = find_damaged(found) if held is None else held.damaged
    kept = without_damaged(found, damaged, skip_damaged)
    if held is None:
        return Opened(kept, None)
    if not damaged:
        return Opened(kept, held.images)
    whole = [n for n in range(len(found.images)) if n not in damaged]
    return Opened(kept, held.images[whole])


def list_each_class(folder: Path) -> Listing:
    """List a split's folder, ``folder/<class>/**/*.jpg``, with images of each class.

    Raises:
        ValueError: a class has no image; and as
            :func:`~resattn_tutorial.data.listing.list_images`.
        OSError: a folder cannot be read.
    """
    found = list_images(folder)
    there = set(found.labels)
    empty = [kind for label, kind in enumerate(found.classes) if label not in there]
    if empty:
        besides = f" Left out: {counted(found.skipped)}." if found.skipped else ""
        raise ValueError(
            f"{shown(found.folder)} must hold images ({', '.join(ENDINGS)}) of each "
            f"class; there are none of {listed(empty, 5)}.{besides}"
        )
    return found


def _split_folder(root: Path, split: str) -> Path:
    """Where a split lies; if the other one is there, it has the same classes."""
    if not root.is_dir():
        require_word("data", str(root), DataName, besides=BESIDES)
    # Only with classes: ImageNet's own test folder has none, and val serves.
    places = {
        part: next((root / name for name in names if class_names(root / name)), None)
        for part, names in SPLITS.items()
    }
    if places[split] is None:
        raise ValueError(
            f"{root} must hold a folder {' or '.join(SPLITS[split])}, and in it a "
            "folder of images for each class."
        )
    known = {class_names(folder) for folder in places.values() if folder}
    if len(known) > 1:
        odd = set.symmetric_difference(*map(set, known))
        raise ValueError(
            f"{' and '.join(map(str, places.values()))} must have the same classes; "
            f"only one of them has {', '.join(sorted(odd)[:5])}."
        )
    return places[split]


def without_damaged(
    found: Listing, damaged: dict[int, str], skip_damaged: bool
) -> Listing:
    """A listing without its damaged images; what is left out is told.

    Args:
        found: all images of a split.
        damaged: why an image cannot be read, by its number.
        skip_damaged: whether they may be left out.

    Raises:
        ValueError: some are damaged and may not be left out; they are named.
    """
    if damaged and not skip_damaged:
        raise ValueError(
            f"{damage(found, damaged)} skip_damaged (--skip-damaged) leaves them out."
        )
    kept = leave_out(found, damaged) if damaged else found
    if kept.skipped:
        tell(f"{shown(found.folder)}: left out {counted(kept.skipped)}.")
    return kept
