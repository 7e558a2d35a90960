"""What fine-tuning says before its first step: counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.own_folder import OwnFolder
from resattn_tutorial.data.splitting import Split
from resattn_tutorial.training.tuning import Tuning
from resattn_tutorial.training.tuning_plan import epochs_line, plan_lines


def held(*counts: int) -> HeldImages:
    """So many images of each class."""
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    images = torch.zeros(len(labels), 3, 8, 8, dtype=torch.uint8)
    return HeldImages(images, labels, tuple(Path(f"{n}.png") for n in labels))


def folder(split: Split | None, test: HeldImages | None) -> OwnFolder:
    return OwnFolder(("ant", "bee"), held(30, 18), held(7, 5), test, split, "digest")


def said(*given) -> str:
    """The lines as one."""
    lines = "\n".join(plan_lines(*given)).splitlines()
    assert max(map(len, lines)) <= 76
    return " ".join(" ".join(lines).split())


def test_images_are_counted_by_part_and_by_class():
    text = said(folder(Split({}, {}), held(3, 4)), Tuning(), "a trial", True, Path("r"))
    assert "48 images to learn from, 12 to validate on (held out of the same" in text
    assert "7 to test on at the end" in text and "ant 30 + 7, bee 18 + 5." in text
    assert "gets a new head for these classes. It is a trial." in text
    assert text.endswith("Its files go to r")
    text = said(folder(None, None), Tuning(), "a trial", False, Path("r"))
    assert "(the folder's own), none to test on" in text and "keeps its head" in text


def test_of_many_classes_the_first_are_counted():
    data = folder(None, None)._replace(
        classes=tuple(f"c{n}" for n in range(12)), training=held(*[2] * 12),
        validation=held(*[1] * 12))
    text = said(data, Tuning(), "a trial", True, Path("r"))
    assert "12 classes: c0 2 + 1, " in text and "c9 2 + 1, and 2 more." in text


@pytest.mark.parametrize(("tuning", "images", "line"), [
    # Two batches: 150 epochs would make 300 steps, and a third of 100 is 33.
    (Tuning(), 48, "At most 100 epochs (as many as make 300 steps, but from 5 to 100) "
     "of 2 steps each. It stops before if the validation error has not fallen for 33."),
    (Tuning(epochs=7, patience=3), 20, "At most 7 epochs of 1 step each. It stops "
     "before if the validation error has not fallen for 3."),
    (Tuning(epochs=1), 48, "At most 1 epoch of 2 steps each."),
    (Tuning(epochs=4, patience=4), 48, "At most 4 epochs of 2 steps each."),
])
def test_epochs_are_told_with_where_they_come_from(tuning, images: int, line: str):
    assert epochs_line(tuning, images) == line
