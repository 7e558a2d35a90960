"""Whether images fit what a network learned from: their kind, size, classes (ch. 9).

A network answers with a class's number. What the number means, only the data it learned
from can say: so classes are compared by name, never by number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from resattn_tutorial.data.datasets import ImageSet, PhotoSet
from resattn_tutorial.printable import printable

# Up to so many class names are told in a refusal.
TOLD = 20


def require_pair(images: ImageSet | PhotoSet, test: ImageSet | PhotoSet) -> None:
    """Refuse training and test images that do not go together.

    Raises:
        ValueError: they differ in kind, size or classes; tells both.
    """
    if images.kind != test.kind:
        raise ValueError(
            "training and test data must be small images of one size, or both be "
            f"photographs, got {images.kind} to learn from and {test.kind} to test on."
        )
    ours, theirs = image_size(images), image_size(test)
    if ours != theirs:
        raise ValueError(
            f"training and test images must have one size, got {told_size(ours)} to "
            f"learn from and {told_size(theirs)} to test on."
        )
    if images.classes != test.classes:
        raise ValueError(
            "training and test images must have the same classes in one order: "
            + told_classes(images.classes, test.classes, ("training", "test"))
        )


def image_size(images: ImageSet | PhotoSet) -> tuple[int, ...]:
    """Height and width of small images; nothing for photographs, which may differ."""
    return tuple(images.images.shape[-2:]) if images.crop == "pad" else ()


def told_size(size: Sequence[int]) -> str:
    """A size in words."""
    return " x ".join(map(str, size)) + " pixels" if size else "photographs"


def require_learned_kind(test: ImageSet | PhotoSet, size: Sequence[int]) -> None:
    """Refuse images of another kind or size than a network learned from.

    Args:
        test: what it is to be tested on.
        size: height and width of the small images that it learned from; empty if these
            were photographs.

    Raises:
        ValueError: tells both.
    """
    found = image_size(test)
    if found != tuple(size):
        raise ValueError(
            "data must be images like those that the network learned from: these were "
            f"{told_size(size)}, and {test.name} has {told_size(found)}."
        )


def with_learned_classes(
    test: ImageSet | PhotoSet,
    learned: Sequence[str],
    others: Mapping[str, Sequence[str]] | None = None,
) -> tuple[ImageSet | PhotoSet, list[str]]:
    """Images whose labels are numbers of the classes that a network learned.

    Args:
        test: what it is to be tested on.
        learned: the names of the classes, in the network's order.
        others: what else could be tested, by what to type for it, and its classes; it
            is named where it fits.

    Returns:
        the images, and a line that tells of it if the order was another

    Raises:
        ValueError: the classes have other names; tells both lists.
    """
    if test.classes == tuple(learned):
        return test, []
    if sorted(test.classes) != sorted(learned):
        fits = [
            f" {what} has these classes." for what, classes in (others or {}).items()
            if sorted(classes) == sorted(test.classes)
        ]
        raise ValueError(
            f"{test.name} must have the classes that the network learned: "
            + told_classes(learned, test.classes, ("learned", f"in {test.name}"))
            + "".join(fits)
        )
    numbers = torch.tensor([list(learned).index(name) for name in test.classes])
    matched = test._replace(classes=tuple(learned), labels=numbers[test.labels])
    return matched, [
        f"The classes of {test.name} were matched by name: they come in another order."
    ]


def told_classes(
    ours: Sequence[str], theirs: Sequence[str], whose: tuple[str, str]
) -> str:
    """Both lists of classes, or what only one of them has if they are long."""
    if max(len(ours), len(theirs)) <= TOLD:
        lists = f"{whose[0]} {', '.join(ours)}; {whose[1]} {', '.join(theirs)}."
        return printable(lists)
    only = [
        [name for name in one if name not in other]
        for one, other in ((set(ours), set(theirs)), (set(theirs), set(ours)))
    ]
    parts = [
        f"only {who} {', '.join(sorted(names)[:TOLD])}"
        + (f" and {len(names) - TOLD} more" if len(names) > TOLD else "")
        for who, names in zip(whose, only, strict=True) if names
    ]
    return printable("; ".join(parts) + "." if parts else "the order differs.")
