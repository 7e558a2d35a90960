"""One door to all data: the built-in scenes, CIFAR, and folders of images (chapter 9).

What comes through it is the same whatever stands behind: image bytes and labels in
memory, or, for photographs, the paths of files. It carries the name of the data and
the form in which it came, since a result on re-encoded images is another result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.cifar import ARCHIVES, unpacked
from resattn_tutorial.data.folders import class_names, fingerprint, list_images
from resattn_tutorial.data.image_files import ENDINGS, read_image
from resattn_tutorial.data.items import CLASSES, ITEMS_SHA256
from resattn_tutorial.data.loaders import ByteBatches, split_among
from resattn_tutorial.data.mirrors import Archive
from resattn_tutorial.data.photo_loader import PhotoBatches
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.names import DataName, require_word
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import ALONE, Process

# A split's folders; the first that is there serves.
SPLITS = {"train": ("train",), "test": ("test", "val")}
BUILTIN_SCENES = {"train": 20_000, "test": 2_000}
# Up to this side, images are held as bytes: a million of them take 12 GB.
SMALL = 64
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
            each, and every file's name or size; ``None`` for images made by hand.
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
    ) -> ByteBatches:
        """Augmented batches to learn from, as the recipe says."""
        return ByteBatches(self, recipe.batch_size, seed, device, process)

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
    ) -> PhotoBatches:
        """Augmented batches to learn from, as the recipe says."""
        return PhotoBatches(
            self, recipe.batch_size, seed, device, recipe.size, process
        )

    def test_batches(
        self,
        transform: PhotoInputs,
        device: torch.device,
        batch_size: int = 250,
        process: Process = ALONE,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Every photograph once; as :meth:`ImageSet.test_batches`."""
        for numbers in split_among(len(self.labels), batch_size, process):
            seen = [transform(read_image(self.files[n])) for n in numbers.tolist()]
            yield torch.stack(seen).to(device), self.labels[numbers].to(device)


def open_set(
    data: str | Path,
    split: str,
    name: str | None = None,
    skip_damaged: bool = False,
) -> ImageSet | PhotoSet:
    """Open one split of a set of images.

    Args:
        data: ``"builtin"``, ``"cifar10"``, ``"cifar100"``, or a folder of your own
            with ``train/<class>/*.jpg`` and ``test/<class>/*.jpg`` (``val`` serves
            as well; ImageNet comes so). CIFAR is fetched if it is not there yet.
        split: ``"train"`` or ``"test"``.
        name: what to call a folder's data; its own name if left out.
        skip_damaged: leave out images of a folder that cannot be read.

    Returns:
        an :class:`ImageSet`; for a folder whose images differ in size, or are more
        than 64 pixels wide or high, a :class:`PhotoSet`. Classes are numbered in the
        order of their names. What begins with a dot is passed over.

    Raises:
        ValueError: there is no such split or data, a class has no image, the splits
            have different classes, or an image that is held cannot be read.
        OSError: CIFAR can neither be found nor fetched.
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}.")
    if data == DataName.BUILTIN:
        return _scenes(split)
    if data in ARCHIVES:
        return _cifar(ARCHIVES[data], split)
    return _folder(Path(data), split, name or Path(data).resolve().name)


def _scenes(split: str) -> ImageSet:
    count = BUILTIN_SCENES[split]
    images, labels, _ = load_scenes(split, count)
    mark = fingerprint(CLASSES, [ITEMS_SHA256, split, str(count)])
    return ImageSet("built-in scenes", "generated", CLASSES, images, labels, mark)


def _cifar(archive: Archive, split: str) -> ImageSet:
    """CIFAR's bytes, read by torchvision, which checks each file once more."""
    from torchvision import datasets

    reader = getattr(datasets, archive.name.replace("-", ""))
    known = reader(unpacked(archive), train=split == "train")
    images = torch.from_numpy(known.data).permute(0, 3, 1, 2).contiguous()
    labels, classes = torch.tensor(known.targets), tuple(known.classes)
    mark = fingerprint(classes, [archive.md5, split])
    return ImageSet(archive.name, "original pixels", classes, images, labels, mark)


def _folder(root: Path, split: str, name: str) -> ImageSet | PhotoSet:
    found = list_images(_split_folder(root, split))
    there = set(found.labels)
    empty = [kind for label, kind in enumerate(found.classes) if label not in there]
    if empty:
        raise ValueError(
            f"{found.folder} must hold images ({', '.join(ENDINGS)}) of each class; "
            f"there are none of {', '.join(empty[:5])}."
        )
    files = tuple(Path(f"{found.folder}/{image.name}") for image in found.images)
    form = f"image files ({', '.join(sorted({f.suffix.lower() for f in files}))})"
    return _held_if_small(PhotoSet(
        name, form, found.classes, files, torch.tensor(found.labels),
        found.fingerprint, found.skipped,
    ))


def _split_folder(root: Path, split: str) -> Path:
    """Where a split lies; if the other one is there, it has the same classes."""
    if not root.is_dir():
        require_word("data", str(root), DataName, besides=" or a folder of images")
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


def _held_if_small(photos: PhotoSet) -> ImageSet | PhotoSet:
    """The images in memory, unless one is large or differs in size from the first."""
    height, width, _ = read_image(photos.files[0]).shape
    if max(height, width) > SMALL:
        return photos
    images = torch.empty(len(photos.files), 3, height, width, dtype=torch.uint8)
    for image, file in zip(images, photos.files, strict=True):
        pixels = torch.from_numpy(read_image(file)).permute(2, 0, 1)
        if pixels.shape != image.shape:
            return photos
        image.copy_(pixels)
    return ImageSet(*photos[:3], images, *photos[4:])
