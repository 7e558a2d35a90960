"""The picture of the worst mistakes: rows, titles, masks' means, and refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.plotting.mask_sheet import GAP, LINE, SIDE
from resattn_tutorial.plotting.mistake_sheet import (
    LONGEST,
    mistake_maps,
    save_mistakes,
    shortened,
)
from resattn_tutorial.plotting.overlays import overlaid


def masks(count: int = 2) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(0)
    return {
        name: torch.rand(count, 4, side, side, generator=draw)
        for name, side in (
            ("stage 1, module 1", 8), ("stage 1, module 2", 8),
            ("stage 2, module 1", 4),
        )
    }


def images(count: int = 2, side: int = SIDE) -> Tensor:
    draw = torch.Generator().manual_seed(1)
    pixels = torch.randint(256, (count, 3, side, side), generator=draw)
    return pixels.byte()


def test_of_each_stage_the_last_mask_s_mean_is_shown():
    found = mistake_maps(masks())
    assert list(found) == ["stage 1, module 2", "stage 2, module 1"]
    for name, mean in found.items():
        wanted = sum(masks()[name][:, k] for k in range(4)) / 4
        torch.testing.assert_close(mean, stretch(wanted[:, None], (SIDE, SIDE))[:, 0])
    assert mistake_maps({}) == {}


def test_each_row_has_the_image_and_then_its_own_maps(tmp_path: Path):
    path = tmp_path / "mistakes.png"
    save_mistakes(path, images(), ["ant, not bee (90%)", "bee, not ant (80%)"], masks())
    pixels = np.asarray(Image.open(path))
    assert pixels.shape == (
        GAP + 2 * (LINE + SIDE + GAP) + LINE, GAP + 3 * (SIDE + GAP), 3)
    assert pixels[-LINE:].min() < 100                # what the colours say
    maps = mistake_maps(masks())
    for row, image in enumerate(images().permute(0, 2, 3, 1).numpy()):
        y = GAP + row * (LINE + SIDE + GAP) + LINE
        panels = [image, *(overlaid(image, one[row].numpy()) for one in maps.values())]
        for column, panel in enumerate(panels):
            x = GAP + column * (SIDE + GAP)
            assert (pixels[y : y + SIDE, x : x + SIDE] == panel).all()
            assert pixels[y - LINE : y, x : x + SIDE].min() < 100    # there is a title


def test_without_masks_and_of_any_size_there_is_the_image_alone(tmp_path: Path):
    save_mistakes(tmp_path / "one.png", images(1, 7), ["ant"], {})
    assert Image.open(tmp_path / "one.png").size == (
        GAP + SIDE + GAP, GAP + LINE + SIDE + GAP)


def test_a_long_title_is_shortened():
    assert shortened("a" * LONGEST) == "a" * LONGEST
    long = shortened("ab" * LONGEST)
    assert len(long) == LONGEST and long.endswith("…") and long.startswith("abab")


@pytest.mark.parametrize(("changed", "error", "words"), [
    ({"path": "one.jpg"}, ValueError, "to must end in .png, got 'one.jpg'"),
    ({"titles": ["a"]}, ValueError, "titles must hold 2 values, got 1"),
    ({"titles": "ab"}, TypeError, "titles must be a list or a tuple"),
    ({"images": images(101, 2), "titles": ["a"] * 101, "masks": {}}, ValueError,
     "images must be at most 100, got 101"),
])
def test_what_cannot_be_drawn_is_refused(
    tmp_path: Path, monkeypatch, changed: dict, error: type, words: str
):
    monkeypatch.chdir(tmp_path)
    given = {"path": "one.png", "images": images(), "titles": ["a", "b"],
             "masks": masks()} | changed
    with pytest.raises(error, match=words):
        save_mistakes(**given)
    assert not list(tmp_path.iterdir())
