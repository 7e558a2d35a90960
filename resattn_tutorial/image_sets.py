"""One door to all data: the built-in scenes, CIFAR, and folders of images (chapter 9).

What comes through it is the same whatever stands behind: image bytes and labels in
memory, or, for photographs, the paths of files. It carries the name of the data and
the form in which it came, since a result on re-encoded images is another result.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from resattn_tutorial.archives import CIFAR10, CIFAR100, Archive, unpacked
from resattn_tutorial.data import load_scenes
from resattn_tutorial.items import CLASSES

SPLITS = ("train", "test")
NAMED = ("builtin", "cifar10", "cifar100")
BUILTIN_SCENES = {"train": 20_000, "test": 2_000}
# Up to this side, images are held as bytes: a million of them take 12 GB.
SMALL = 64
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


class ImageSet(NamedTuple):
    """Images of one size, held as bytes.

    Attributes:
        name: what data it is, such as ``"CIFAR-10"``.
        form: how it came, such as ``"original pixels"``.
        classes: the names of the classes.
        images: uint8, ``(N, 3, H, W)``.
        labels: int64, ``(N,)``.
    """

    name: str
    form: str
    classes: tuple[str, ...]
    images: Tensor
    labels: Tensor


class PhotoSet(NamedTuple):
    """Photographs of any size, to be read from disk when they are needed.

    Attributes:
        name: what data it is.
        form: how it came.
        classes: the names of the classes.
        files: where each image lies.
        labels: int64, ``(N,)``.
    """

    name: str
    form: str
    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: Tensor


def open_set(
    data: str | Path, split: str, name: str | None = None
) -> ImageSet | PhotoSet:
    """Open one split of a set of images.

    Args:
        data: ``"builtin"``, ``"cifar10"``, ``"cifar100"``, or a folder of your own
            with ``train/<class>/*.jpg`` and ``test/<class>/*.jpg`` (``val`` serves
            as well; ImageNet comes so). CIFAR is fetched if it is not there yet.
        split: ``"train"`` or ``"test"``.
        name: what to call a folder's data; its own name if left out.

    Returns:
        an :class:`ImageSet`; for a folder whose images differ in size, or are more
        than 64 pixels wide, a :class:`PhotoSet`.

    Raises:
        ValueError: there is no such split or data, or an image cannot be read.
        OSError: CIFAR can neither be found nor fetched.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {SPLITS}, got {split!r}.")
    if data == "builtin":
        return _scenes(split)
    if data == "cifar10":
        return _cifar(CIFAR10, "CIFAR10", split)
    if data == "cifar100":
        return _cifar(CIFAR100, "CIFAR100", split)
    return _folder(Path(data), split, name or Path(data).name)


def _scenes(split: str) -> ImageSet:
    scenes = load_scenes(split, BUILTIN_SCENES[split])
    return ImageSet(
        "built-in scenes", "generated", CLASSES, scenes.images, scenes.labels
    )


def _cifar(archive: Archive, kind: str, split: str) -> ImageSet:
    """CIFAR's bytes, read by torchvision, which checks each file once more."""
    from torchvision import datasets

    known = getattr(datasets, kind)(unpacked(archive), train=split == "train")
    images = torch.from_numpy(known.data).permute(0, 3, 1, 2).contiguous()
    labels = torch.tensor(known.targets)
    return ImageSet(
        archive.name, "original pixels", tuple(known.classes), images, labels
    )


def _folder(root: Path, split: str, name: str) -> ImageSet | PhotoSet:
    folder = _split_folder(root, split)
    classes = tuple(sorted(part.name for part in folder.iterdir() if part.is_dir()))
    files = {
        kind: sorted(
            file for file in (folder / kind).rglob("*")
            if file.suffix.lower() in SUFFIXES
        )
        for kind in classes
    }
    empty = [kind for kind in classes if not files[kind]]
    if not classes or empty:
        raise ValueError(
            f"{folder} must hold a folder of images ({', '.join(SUFFIXES)}) for each "
            f"class; {'none is there' if not classes else f'empty: {empty[:5]}'}."
        )
    labels = torch.tensor([i for i, kind in enumerate(classes) for _ in files[kind]])
    paths = tuple(file for kind in classes for file in files[kind])
    form = f"image files ({', '.join(sorted({p.suffix.lower() for p in paths}))})"
    photos = PhotoSet(name, form, classes, paths, labels)
    return _held_as_bytes(photos) if _are_small(photos) else photos


def _split_folder(root: Path, split: str) -> Path:
    names = ("train",) if split == "train" else ("test", "val")
    for folder in (root / name for name in names):
        if folder.is_dir():
            return folder
    raise ValueError(
        f"data must be one of {', '.join(NAMED)} or a folder with the folders train "
        f"and test (or val), got {str(root)!r}"
        + (f", which has no {names[0]}." if root.is_dir() else ", which is not there.")
    )


def _are_small(photos: PhotoSet) -> bool:
    """Whether all have one small size; stops at the first that has not."""
    from PIL import Image

    first = None
    for file in photos.files:
        with Image.open(file) as image:              # reads the header only
            first = first or image.size
            if image.size != first or max(first) > SMALL:
                return False
    return True


def _held_as_bytes(photos: PhotoSet) -> ImageSet:
    pixels = np.stack([read_image(file) for file in photos.files])   # (N, H, W, 3)
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()
    return ImageSet(photos.name, photos.form, photos.classes, images, photos.labels)


def read_image(file: Path) -> np.ndarray:
    """One image file as uint8, ``(H, W, 3)``.

    Raises ValueError, naming the file, if it holds no whole image.
    """
    from PIL import Image

    try:
        with Image.open(file) as image:
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        raise ValueError(f"{file} is not a whole image: {error}") from error
