"""Test images of one's own: where they lie, their labels, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from tinted import LEVELS, tinted

from resattn_tutorial.data.own_test_images import open_test_images
from resattn_tutorial.data.transforms import SmallImageInputs

SEES = SmallImageInputs(mean=(0.5, 0.5, 0.5), size=16)
ORDER = ("cat", "ant", "bee")


def opened(root: Path, classes: object = ORDER, **how: object):
    return open_test_images(root, SEES, 16, classes, **how)


@pytest.mark.parametrize("place", ["", "test"])
def test_labels_are_numbers_of_the_learned_classes(tmp_path: Path, place: str):
    tinted(tmp_path / "mine" / place, 2)
    if place:
        tinted(tmp_path / "mine" / "train", 1, seed=1)
    held = opened(tmp_path / "mine")
    assert len(held.files) == 6 and held.images.shape == (6, 3, 16, 16)
    for image, label, path in zip(*held, strict=True):
        assert ORDER[label] == path.parent.name and "train" not in path.parts
        assert abs(image.float().mean() - LEVELS[path.parent.name]) < 15
        whole = torch.tensor(list(Image.open(path).convert("RGB").tobytes()))
        pixels = whole.view(36, 44, 3).permute(2, 0, 1).byte()
        assert torch.equal(image, SEES.middle(pixels))


def test_damaged_images_are_refused_or_left_out(tmp_path: Path):
    tinted(tmp_path, 2)
    (tmp_path / "bee" / "1.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="1 of the 6 images cannot be used"):
        opened(tmp_path)
    assert len(opened(tmp_path, skip_damaged=True).files) == 5


@pytest.mark.parametrize(("place", "classes", "error", "words"), [
    ("train", ORDER, ValueError, "must hold a folder test.*on the others the network"),
    ("val", ORDER, ValueError, "must hold a folder test"),
    ("", ("ant", "bee"), ValueError, "learned ant, bee; in the folder ant, bee, cat"),
    ("", "ant", TypeError, "classes must be a list or a tuple"),
    ("deep/er", ORDER, ValueError, "there are none of er|the classes that the network"),
])
def test_a_folder_of_another_form_is_refused(
    tmp_path: Path, place: str, classes: object, error: type, words: str
):
    tinted(tmp_path / place, 1)
    with pytest.raises(error, match=words):
        opened(tmp_path, classes)
    with pytest.raises(ValueError, match="data must be a folder with a folder of"):
        opened(tmp_path / "nothing")
