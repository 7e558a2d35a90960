"""How near images are to those of training, against a slow count in float64."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from resattn_tutorial.data import near_duplicates as module
from resattn_tutorial.data.near_duplicates import NEAR, SIDE, nearest_distances
from resattn_tutorial.data.splitting import validation_split
from resattn_tutorial.data.wardrobe import series_of, wardrobe_shots

# What the root of float32's rounding leaves of two that are the same.
NOTHING = 3e-3


def images(count: int, height: int, width: int, seed: int, grain: int = 4) -> Tensor:
    """Bytes whose neighbours are alike, as in photographs."""
    random = np.random.RandomState(seed)
    coarse = random.randint(0, 256, (count, 3, -(-height // grain), -(-width // grain)))
    pixels = coarse.repeat(grain, axis=2).repeat(grain, axis=3)[:, :, :height, :width]
    return torch.from_numpy(pixels.astype(np.uint8))


def shrunk(image: np.ndarray) -> np.ndarray:
    """Each of 16 x 16 pixels is the mean of all that it touches."""
    height, width = image.shape[1:]
    found = np.empty((3, SIDE, SIDE))
    for row, column in itertools.product(range(SIDE), repeat=2):
        rows = slice(row * height // SIDE, -(-(row + 1) * height // SIDE))
        columns = slice(column * width // SIDE, -(-(column + 1) * width // SIDE))
        found[:, row, column] = image[:, rows, columns].mean(axis=(1, 2))
    return found


def slowly(training: Tensor, others: Tensor) -> list[float]:
    """One pair after another."""
    def standardised(image: Tensor) -> np.ndarray:
        small = shrunk(image.numpy().astype(np.float64))
        return (small - small.mean()) / small.std()

    known = [standardised(image) for image in training]
    return [
        min(np.sqrt(np.mean((standardised(image) - one) ** 2)) for one in known)
        for image in others
    ]


@pytest.mark.parametrize(("ours", "theirs"), [
    ((64, 64), (64, 64)), ((16, 16), (16, 16)), ((50, 37), (33, 64)), ((9, 20), (9, 16))
])
def test_each_distance_is_that_to_the_nearest_training_image(
    ours: tuple[int, int], theirs: tuple[int, int]
) -> None:
    training, others = images(6, *ours, seed=0), images(4, *theirs, seed=1)
    found = nearest_distances(training, others)
    assert found.shape == (4,) and found.dtype == torch.float32
    assert found.tolist() == pytest.approx(slowly(training, others), abs=1e-4)


def test_a_step_and_a_shade_are_near_and_another_image_is_not() -> None:
    training = images(40, 64, 64, seed=2, grain=16)
    moved = training[7].roll((1, -1), dims=(1, 2)) // 2 + 30
    others = torch.stack([moved, images(1, 64, 64, seed=3, grain=16)[0]])
    near, far = nearest_distances(training, others).tolist()
    assert NOTHING < near < NEAR < 1 < far


def test_the_light_does_not_count() -> None:
    dark = images(5, 32, 32, seed=4) // 4                    # from 0 to 63
    light = torch.stack([dark[2], 3 * dark[0] + 20, 255 - dark[1]])
    found = nearest_distances(dark[:2], light)
    assert found[1] < NOTHING                                # the same in more light
    assert 0.5 < found[0] < 1.9
    assert nearest_distances(dark[1:2], light[2:]).item() == pytest.approx(2, abs=1e-3)


@pytest.mark.parametrize("level", [0, 1, 127, 200, 255])
@pytest.mark.parametrize("side", [16, 50, 64])
def test_an_even_grey_is_no_number_away_from_nothing(level: int, side: int) -> None:
    """It is left all zeros, so it lies 1 from all but its like."""
    grey = torch.full((1, 3, side, side), level, dtype=torch.uint8)
    known = images(3, side, side, seed=5)
    assert nearest_distances(known, grey).item() == pytest.approx(1, abs=1e-4)
    assert nearest_distances(grey, known).tolist() == pytest.approx([1] * 3, abs=1e-4)
    assert nearest_distances(grey, 255 - grey).item() < NOTHING


def test_images_are_compared_in_parts_and_stay_in_order(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    training, others = images(5, 20, 20, seed=6), images(8, 20, 20, seed=7)
    whole = nearest_distances(training, others)
    monkeypatch.setattr(module, "PART", 3)
    assert torch.allclose(nearest_distances(training, others), whole, atol=1e-5)
    assert nearest_distances(training, others[:0]).shape == (0,)


FLOATS = "must be a tensor of torch.uint8, got torch.float32"


@pytest.mark.parametrize(("training", "others", "error", "words"), [
    (torch.rand(2, 3, 16, 16), None, TypeError, f"^training {FLOATS}"),
    (None, torch.rand(2, 3, 16, 16), TypeError, f"^others {FLOATS}"),
    (torch.zeros(2, 1, 16, 16, dtype=torch.uint8), None, ValueError,
     r"^training must have shape \(N, 3, H, W\), got \(2, 1, 16, 16\)"),
    (None, torch.zeros(3, 16, 16, dtype=torch.uint8), ValueError,
     r"^others must have shape \(N, 3, H, W\), got \(3, 16, 16\)"),
    (torch.zeros(0, 3, 16, 16, dtype=torch.uint8), None, ValueError,
     "the number of training images must be at least 1, got 0"),
])
def test_what_cannot_be_compared_is_refused(
    training: Tensor | None, others: Tensor | None, error: type[Exception], words: str
) -> None:
    usual = images(2, 16, 16, seed=8)
    with pytest.raises(error, match=words):
        nearest_distances(
            usual if training is None else training, usual if others is None else others
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_of_a_wardrobe_most_twins_are_near_and_other_pieces_hardly_ever(
    seed: int
) -> None:
    """What is said beside ``NEAR``."""
    shots = list(wardrobe_shots("train", 25, 4, seed))
    pixels = torch.from_numpy(np.stack([shot.pixels for shot in shots]))
    names: dict[str, list[str]] = {}
    for shot in shots:
        names.setdefault(shot.kind, []).append(shot.file)
    shares = []
    for series in (None, series_of):
        split = validation_split(names, seed=seed, series=series)
        held = {name for files in split.validation.values() for name in files}
        out = torch.tensor([shot.file in held for shot in shots])
        sets = (pixels[mark].permute(0, 3, 1, 2) for mark in (~out, out))
        shares.append((nearest_distances(*sets) < NEAR).double().mean().item())
    assert shares[0] > 0.5 and shares[1] <= 0.03
