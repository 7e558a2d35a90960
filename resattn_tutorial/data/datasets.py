"""One door to all data: the built-in scenes, CIFAR, and folders of images (chapter 9).

What comes through it is the same whatever stands behind: image bytes and labels in
memory, or, for photographs, the paths of files. It carries the name of the data and
the form in which it came, since a result on re-encoded images is another result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.cifar import ARCHIVES, unpacked
from resattn_tutorial.data.folders import open_folder, require_words
from resattn_tutorial.data.image_files import shown
from resattn_tutorial.data.items import CLASSES, SPLITS
from resattn_tutorial.data.listing import fingerprint, is_text
from resattn_tutorial.data.loaders import ByteBatches, split_among
from resattn_tutorial.data.mirrors import Archive
from resattn_tutorial.data.photo_loader import PhotoBatches, read_test_batches
from resattn_tutorial.data.recipe_batches import RecipeBatches, as_recipe_says
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.names import DataName
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import ALONE, Process

# What each form of the built-in scenes is called, and the splits of its items.
BUILTIN = {
    DataName.BUILTIN: (
        "built-in scenes", {"train": "train", "test": "test"}
    ),
    DataName.BUILTIN_LARGE: (
        "built-in scenes, large test", {"train": "train", "test": "large test"}
    ),
    DataName.BUILTIN_SEARCH: (
        "built-in scenes, training items only",
        {"train": "search", "test": "validation"},
    ),
    DataName.BUILTIN_FEW: (
        "built-in scenes, few", {"train": "few", "test": "large test"}
    ),
}
# Of each item one scene.
SCENES = {name: len(split.rows) for name, split in SPLITS.items()}
NOTHING: Mapping[str, int] = MappingProxyType({})


class ImageSet(NamedTuple):
    """Images of one size, held as bytes.

    Attributes:
        name: what data it is, such as ``"CIFAR-10"``.
        form: how it came, such as ``"original pixels"``.
        classes: the names of the classes.
        images: uint8, ``(N, 3, H, W)``.
        labels: int64, ``(N,)``.
        fingerprint: sixteen digits that change with the classes' names, the images of
            each, every file's name or size, and every pixel; ``None`` for images made
            by hand.
        skipped: how many files were left out, by reason.
    """

    name: str
    form: str
    classes: tuple[str, ...]
    images: Tensor
    labels: Tensor
    fingerprint: str | None = None
    skipped: Mapping[str, int] = NOTHING

    kind = "small images"
    crop = "pad"

    def loader(
        self,
        recipe: Recipe,
        seed: int,
        device: torch.device,
        process: Process = ALONE,
    ) -> ByteBatches | RecipeBatches:
        """Augmented batches to learn from, as the recipe says."""
        batches = ByteBatches(self, recipe.batch_size, seed, device, process)
        return as_recipe_says(batches, recipe, len(self.classes))

    def test_batches(
        self,
        transform: SmallImageInputs,
        device: torch.device,
        batch_size: int = 250,
        process: Process = ALONE,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Every image once, as it is: inputs ``(n, 3, H, W)`` and labels ``(n,)``.

        Args:
            transform: what the network learned to see.
            device: where the batches go.
            batch_size: images at a time.
            process: which of the images are ours.
        """
        for numbers in split_among(len(self.labels), batch_size, process):
            inputs = transform(self.images[numbers].to(device))
            yield inputs, self.labels[numbers].to(device)


class PhotoSet(NamedTuple):
    """Photographs of any size, to be read from disk: as :class:`ImageSet`, but for

    Attributes:
        files: where each image lies.
    """

    name: str
    form: str
    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: Tensor
    fingerprint: str | None = None
    skipped: Mapping[str, int] = NOTHING

    kind = "photographs"
    crop = "area"

    def loader(
        self,
        recipe: Recipe,
        seed: int,
        device: torch.device,
        process: Process = ALONE,
    ) -> PhotoBatches | RecipeBatches:
        """Augmented batches to learn from, as the recipe says."""
        batches = PhotoBatches(
            self, recipe.batch_size, seed, device, recipe.size, process
        )
        return as_recipe_says(batches, recipe, len(self.classes))

    def test_batches(
        self,
        transform: PhotoInputs,
        device: torch.device,
        batch_size: int = 250,
        process: Process = ALONE,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Every photograph once, read by worker processes, as many as there are cores
        for us; as :meth:`ImageSet.test_batches`.
        """
        return read_test_batches(self, transform, device, batch_size, process)


def open_set(
    data: str | PathLike[str],
    split: str,
    name: str | None = None,
    skip_damaged: bool = False,
) -> ImageSet | PhotoSet:
    """Open one split of a set of images.

    Args:
        data: a :class:`~resattn_tutorial.names.DataName`, or a folder of your own
            with ``train/<class>/*.jpg`` and ``test/<class>/*.jpg`` (``val`` serves
            as well; ImageNet comes so). CIFAR is fetched if it is not there yet.
        split: ``"train"`` or ``"test"``.
        name: what to call a folder's data; its own name if left out.
        skip_damaged: leave out images of a folder that cannot be read, and count them
            in ``skipped``; otherwise they are refused, each by its name.

    Returns:
        an :class:`ImageSet`; for a folder whose images differ in size, or are more
        than 64 pixels wide or high, a :class:`PhotoSet`. Classes are numbered in the
        order of their names. Each real file counts once; links are followed. What was
        left out is said, and counted in ``skipped``: what begins with a dot, other
        endings, what is no file.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: there is no such split or data, a class has no image or a name that
            cannot be kept, the splits have different classes, a file is in two
            classes, or an image cannot be read.
        OSError: CIFAR can neither be found nor fetched, or a folder cannot be read.
    """
    require_words(data, split, name, skip_damaged)
    if data in BUILTIN:
        return _scenes(*BUILTIN[data], split)
    if data in ARCHIVES:
        return _cifar(ARCHIVES[data], split)
    return _of_folder(Path(data), split, name, skip_damaged)


def _scenes(name: str, splits: Mapping[str, str], split: str) -> ImageSet:
    items = splits[split]
    count = SCENES[items]
    images, labels = _made(items, count)
    mark = _mark(items, count)
    return ImageSet(name, "generated", CLASSES, images, labels, mark)


def scenes_mark(data: str, split: str) -> str:
    """The fingerprint of a split of the built-in scenes, without painting them.

    Args:
        data: one of ``BUILTIN``.
        split: ``"train"`` or ``"test"``.
    """
    items = BUILTIN[DataName(data)][1][split]
    return _mark(items, SCENES[items])


def _mark(items: str, count: int) -> str:
    return fingerprint(CLASSES, [SPLITS[items].file.sha256, items, str(count)])


@lru_cache(maxsize=len(SCENES))
def _made(items: str, count: int) -> tuple[Tensor, Tensor]:
    """A split's scenes. To paint them takes seconds, and whoever trains several
    networks asks for the same ones each time.
    """
    return load_scenes(items, count)[:2]


def _cifar(archive: Archive, split: str) -> ImageSet:
    """CIFAR's bytes, read by torchvision, which checks each file once more."""
    from torchvision import datasets

    reader = getattr(datasets, archive.name.replace("-", ""))
    known = reader(unpacked(archive), train=split == "train")
    images = torch.from_numpy(known.data).permute(0, 3, 1, 2).contiguous()
    labels, classes = torch.tensor(known.targets), tuple(known.classes)
    mark = fingerprint(classes, [archive.md5, split])
    return ImageSet(archive.name, "original pixels", classes, images, labels, mark)


def _of_folder(
    root: Path, split: str, name: str | None, skip_damaged: bool
) -> ImageSet | PhotoSet:
    found, images = open_folder(root, split, skip_damaged)
    name = name or root.resolve().name
    if not is_text(name):
        raise ValueError(
            "name must be text without control characters; a folder's own name, "
            f"'{shown(name)}', is not: say what to call the data (--data-name)."
        )
    about = name, f"image files ({', '.join(found.endings)})", found.classes
    labels = torch.tensor(found.labels)
    if images is None:
        files = tuple(found.path(number) for number in range(len(found.images)))
        return PhotoSet(*about, files, labels, found.fingerprint, found.skipped)
    # Small files are often all of one size, and their pixels are at hand.
    mark = fingerprint(found.classes, [found.fingerprint, pixels_digest(images)])
    return ImageSet(*about, images, labels, mark, found.skipped)


def pixels_digest(images: Tensor) -> str:
    """What changes with any pixel of any image, or with their order."""
    return sha256(images.numpy()).hexdigest()
