"""Images fit what a network learned from, or are refused with both sides told."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resattn_tutorial.data.datasets import ImageSet, PhotoSet
from resattn_tutorial.data.matching import (
    require_learned_kind,
    require_pair,
    told_classes,
    with_learned_classes,
)

ABC = ("ant", "bee", "cat")


def small(classes: tuple[str, ...] = ABC, side: int = 8) -> ImageSet:
    """Two images of each class."""
    labels = torch.arange(len(classes)).repeat(2)
    images = torch.zeros(len(labels), 3, side, side, dtype=torch.uint8)
    return ImageSet("mine", "image files (.png)", classes, images, labels)


def photos(classes: tuple[str, ...] = ABC) -> PhotoSet:
    """Two files of each class, that nobody opens."""
    labels = torch.arange(len(classes)).repeat(2)
    files = tuple(Path(f"{k}.jpg") for k in range(len(labels)))
    return PhotoSet("mine", "image files (.jpg)", classes, files, labels)


@pytest.mark.parametrize("images", [small(), photos()])
def test_what_fits_passes(images: ImageSet | PhotoSet) -> None:
    require_pair(images, images)
    same, said = with_learned_classes(images, list(ABC))
    assert same is images and said == []


@pytest.mark.parametrize(("images", "test", "words"), [
    (small(), photos(), "got small images to learn from and photographs to test on"),
    (photos(), small(), "got photographs to learn from and small images to test on"),
    (small(side=32), small(side=48), "got 32 x 32 pixels to .* and 48 x 48 pixels to"),
    (small(), small(("ant", "cat", "bee")),
     "training ant, bee, cat; test ant, cat, bee"),
    (photos(), photos(("ant", "bee")), "training ant, bee, cat; test ant, bee[.]"),
])
def test_training_and_test_images_that_differ_are_refused(
    images: ImageSet | PhotoSet, test: ImageSet | PhotoSet, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        require_pair(images, test)


@pytest.mark.parametrize(("test", "size", "words"), [
    (small(side=48), (32, 32), "these were 32 x 32 pixels, and mine has 48 x 48 pix"),
    (photos(), (32, 32), "these were 32 x 32 pixels, and mine has photographs"),
    (small(), (), "these were photographs, and mine has 8 x 8 pixels"),
])
def test_images_of_another_size_than_learned_are_refused(
    test: ImageSet | PhotoSet, size: tuple[int, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        require_learned_kind(test, size)
    require_learned_kind(small(side=32), [32, 32])
    require_learned_kind(photos(), [])


def test_classes_in_another_order_are_matched_by_name() -> None:
    test = small(("cat", "ant", "bee"))
    matched, [line] = with_learned_classes(test, ABC)
    assert "matched by name" in line and "mine" in line
    names = [test.classes[k] for k in test.labels]
    assert [ABC[k] for k in matched.labels] == names == ["cat", "ant", "bee"] * 2
    assert matched.classes == ABC
    assert test.labels.tolist() == [0, 1, 2, 0, 1, 2]    # the caller's own stay


@pytest.mark.parametrize("classes", [
    ("a-cat", "ant", "bee"), ("ant", "bee"), ("Ant", "bee", "cat"),
    ("ant", "bee", "cat", "dog"), ("ant", "bee", "cat "),
])
def test_classes_with_other_names_are_refused_with_both_lists(
    classes: tuple[str, ...],
) -> None:
    with pytest.raises(ValueError, match="learned ant, bee, cat; in mine ") as refused:
        with_learned_classes(small(classes), ABC)
    assert all(name in str(refused.value) for name in classes)


def test_of_long_lists_only_what_differs_is_told() -> None:
    ours = [f"class{k:03d}" for k in range(1000)]
    theirs = [name.replace("class5", "kind5") for name in ours]
    said = told_classes(ours, theirs, ("learned", "found"))
    assert said.startswith("only learned class500, class501") and len(said) < 600
    assert "only found kind500" in said and said.count("and 80 more") == 2
    assert told_classes(ours, ours[::-1], ("a", "b")) == "the order differs."
    assert told_classes(ours, ours[:-1], ("a", "b")) == "only a class999."


def test_a_name_cannot_command_a_terminal() -> None:
    said = told_classes(["a\x1b[31m"], ["b"], ("learned", "found"))
    assert "\x1b" not in said
