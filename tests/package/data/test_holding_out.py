"""Images held out of a training set: by class, by the seed, the same for both kinds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from resattn_tutorial.data.datasets import ImageSet, PhotoSet
from resattn_tutorial.data.holding_out import hold_out, part_of

CLASSES = "ant", "bee", "cat"


def labels_of(*counts: int) -> torch.Tensor:
    """So many of each class, in an order of their own."""
    each = [number for number, count in enumerate(counts) for _ in range(count)]
    order = torch.randperm(len(each), generator=torch.Generator().manual_seed(1))
    return torch.tensor(each)[order]


def small(*counts: int) -> ImageSet:
    labels = labels_of(*counts)
    count = len(labels)
    images = torch.arange(count).view(-1, 1, 1, 1).expand(count, 3, 2, 2).byte()
    return ImageSet("few", "made up", CLASSES, images, labels, "mark")


def photographs(*counts: int) -> PhotoSet:
    labels = labels_of(*counts)
    files = tuple(Path(f"{number}.jpg") for number in range(len(labels)))
    return PhotoSet("few", "made up", CLASSES, files, labels, "mark")


@pytest.mark.parametrize("share", [0.1, 0.25, 0.6])
@pytest.mark.parametrize("make", [small, photographs])
def test_a_share_of_each_class_is_held_out_and_nothing_is_lost(make, share):
    images = make(20, 40, 7)
    learned, held = hold_out(images, share, 3)
    assert sorted([*learned, *held]) == list(range(67))
    assert learned == sorted(learned) and held == sorted(held)
    kept, out = part_of(images, learned), part_of(images, held)
    for number, count in enumerate((20, 40, 7)):
        assert int((out.labels == number).sum()) == round(share * count)
        assert int((kept.labels == number).sum()) == count - round(share * count)
    assert type(out) is type(images) and out.fingerprint == "mark"


def test_the_lowest_digests_of_seed_class_and_place_are_held_out():
    images = small(9, 6, 4)
    _, held = hold_out(images, 0.34, 7)
    wanted = []
    for number, kind in enumerate(CLASSES):
        places = (images.labels == number).nonzero().flatten().tolist()
        digests = {
            place: hashlib.sha256(f"7\0{kind}\0{k}".encode()).hexdigest()
            for k, place in enumerate(places)
        }
        count = round(0.34 * len(places))
        wanted += sorted(places, key=digests.__getitem__)[:count]
    assert held == sorted(wanted)


def test_images_and_photographs_in_one_order_are_parted_alike():
    one, other = small(20, 40, 7), photographs(20, 40, 7)
    assert hold_out(one, 0.2, 3) == hold_out(other, 0.2, 3)


def test_the_seed_decides():
    images = small(20, 40, 7)
    assert hold_out(images, 0.2, 3) == hold_out(images, 0.2, 3)
    assert hold_out(images, 0.2, 3) != hold_out(images, 0.2, 4)


@pytest.mark.parametrize("make", [small, photographs])
def test_a_part_of_a_set_holds_the_images_with_their_labels(make):
    images, numbers = make(5, 5, 5), [3, 0, 11]
    part = part_of(images, numbers)
    assert part.labels.tolist() == images.labels[numbers].tolist()
    if isinstance(part, ImageSet):
        assert part.images[:, 0, 0, 0].tolist() == numbers
    else:
        assert [file.stem for file in part.files] == ["3", "0", "11"]


@pytest.mark.parametrize(("images", "share", "seed", "error", "words"), [
    (small(5, 5, 1), 0.2, 0, ValueError, "at least 2 images to be split.*cat has 1"),
    (small(5, 5, 0), 0.2, 0, ValueError, "at least 2 images to be split.*cat has 0"),
    (small(5, 5, 5), 1.0, 0, ValueError, "share must be above 0 and below 1"),
    (small(5, 5, 5), 0.0, 0, ValueError, "share must be above 0 and below 1"),
    (small(5, 5, 5), 0.2, -1, ValueError, "seed must be at least 0"),
    ([1, 2], 0.2, 0, TypeError, "images must be an ImageSet or a PhotoSet, got list"),
])
def test_a_set_that_cannot_be_parted_is_refused(images, share, seed, error, words):
    with pytest.raises(error, match=words):
        hold_out(images, share, seed)
