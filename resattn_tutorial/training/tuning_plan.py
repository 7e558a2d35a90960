"""What fine-tuning is about to do, in words: images, epochs, place (chapter 10).

It is said before the first step, while there is still time to stop: a class that is not
one, too few images, another folder than was meant.
"""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.data.image_files import shown
from resattn_tutorial.data.own_folder import OwnFolder
from resattn_tutorial.data.telling import filled, listed
from resattn_tutorial.training.tuning import FEWEST, LONGEST, STEPS, Tuning

# Of so many classes the images are counted one by one.
MOST = 10


def plan_lines(
    data: OwnFolder, tuning: Tuning, told: str, new_head: bool, to: Path
) -> list[str]:
    """What will be learned, from what, how long, and where it goes.

    Args:
        data: the folder's images.
        tuning: how long and how fast.
        told: where the network comes from, in words.
        new_head: whether its head was exchanged for these classes.
        to: where the files go.

    Returns:
        lines of at most 76 columns, but for a longer path.
    """
    head = "gets a new head" if new_head else "keeps its head"
    return [filled(line, indent="  ") for line in (
        images_line(data), classes_line(data),
        f"The network {head} for these classes. It is {told}.",
        epochs_line(tuning, len(data.training.labels)),
        f"Its files go to {shown(to)}",
    )]


def images_line(data: OwnFolder) -> str:
    """How many images there are to learn from, to validate on and to test on."""
    training, validation = len(data.training.labels), len(data.validation.labels)
    held = "held out of the same folder" if data.split else "the folder's own"
    tested = (
        f"{len(data.test.labels):,} to test on at the end" if data.test
        else "none to test on"
    )
    return (
        f"{training:,} images to learn from, {validation:,} to validate on ({held}), "
        f"{tested}."
    )


def classes_line(data: OwnFolder) -> str:
    """The classes, and of each how many images are learned from and validated on."""
    count = len(data.classes)
    learned, held = (
        part.labels.bincount(minlength=count).tolist()
        for part in (data.training, data.validation)
    )
    each = (
        f"{shown(name)} {one:,} + {other:,}"
        for name, one, other in zip(data.classes, learned, held, strict=True)
    )
    return f"{count:,} classes: {listed(each, MOST)}."


def epochs_line(tuning: Tuning, images: int) -> str:
    """How long it takes at most, where that comes from, and when it stops before."""
    epochs, steps = tuning.epochs_for(images), tuning.steps_of_epoch(images)
    rule = "" if tuning.epochs else (
        f" (as many as make {STEPS} steps, but from {FEWEST} to {LONGEST})"
    )
    patience = tuning.patience_for(images)
    stops = "" if patience >= epochs else (
        f" It stops before if the validation error has not fallen for {patience}."
    )
    return (
        f"At most {epochs:,} epoch{'s' * (epochs > 1)}{rule} of {steps:,} "
        f"step{'s' * (steps > 1)} each.{stops}"
    )
