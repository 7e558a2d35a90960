"""Training images that are held out, to choose a point of the curve by.

A training that is looked at on its test images, and then stopped where it was best, has
chosen by them. So a share of each class's training images is held out. Which ones, a
digest of seed, class and place among the class's images decides, as it does with files'
names in :mod:`~resattn_tutorial.data.splitting`: images in memory have no names, and
one way serves both.

They are treated as test images are: none is cut, moved or mixed. They keep the labels
that they have; where labels were changed at random, theirs were, too.
"""

from __future__ import annotations

from typing import TypeVar

from resattn_tutorial.data.datasets import ImageSet, PhotoSet
from resattn_tutorial.data.splitting import validation_split

Images = TypeVar("Images", ImageSet, PhotoSet)


def hold_out(
    images: ImageSet | PhotoSet, share: float, seed: int
) -> tuple[list[int], list[int]]:
    """Part a training set: which images are learned from, and which are held out.

    Of n images of a class ``round(share * n)`` are held out, but at least one, and at
    least one stays.

    Args:
        images: the training set, with the labels that it is learned with.
        share: how much of each class to hold out, above 0 and below 1.
        seed: the training's.

    Returns:
        the numbers of the ones and of the others, in the order of the set.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: a number is out of bounds, or a class has fewer than two images.
    """
    if not isinstance(images, (ImageSet, PhotoSet)):
        kind = type(images).__name__
        raise TypeError(f"images must be an ImageSet or a PhotoSet, got {kind}.")
    places: dict[str, list[int]] = {kind: [] for kind in images.classes}
    for number, label in enumerate(images.labels.tolist()):
        places[images.classes[label]].append(number)
    split = validation_split(
        {kind: tuple(map(str, range(len(found)))) for kind, found in places.items()},
        share, seed,
    )
    held = sorted(
        places[kind][int(name)]
        for kind, names in split.validation.items() for name in names
    )
    out = set(held)
    return [n for n in range(len(images.labels)) if n not in out], held


def part_of(images: Images, numbers: list[int]) -> Images:
    """Some of a set's images, in this order; its name and fingerprint stay."""
    labels = images.labels[numbers]
    if isinstance(images, ImageSet):
        return images._replace(images=images.images[numbers], labels=labels)
    files = tuple(images.files[number] for number in numbers)
    return images._replace(files=files, labels=labels)
