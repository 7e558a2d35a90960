"""Random erasing: rectangles as a plain loop draws them, and erased one by one."""

from __future__ import annotations

import math
import random

import pytest
import torch

from resattn_tutorial.data.random_erasing import AREAS, RATIOS, draw_rectangles, erase
from resattn_tutorial.data.transforms import as_inputs, colour_mean


def one_by_one(inputs, rectangles):
    """Each image by plain slices."""
    found = inputs.clone()
    for image, (top, left, high, wide) in zip(found, rectangles.tolist(), strict=True):
        image[:, top:top + high, left:left + wide] = 0
    return found


def drawn_plainly(count: int, height: int, width: int) -> list[tuple[int, int]]:
    """Heights and widths of rectangles, one image after the other."""
    draw, found = random.Random(0), []
    while len(found) < count:
        area = draw.uniform(*AREAS) * height * width
        ratio = draw.uniform(*RATIOS)
        high, wide = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if high <= height and wide <= width:
            found.append((high, wide))
    return found


@pytest.mark.parametrize(("height", "width"), [(32, 32), (8, 5), (5, 8), (1, 9)])
def test_exactly_the_pixels_of_the_rectangles_are_erased(height, width):
    random_numbers = torch.Generator().manual_seed(0)
    inputs = torch.rand(200, 3, height, width, generator=random_numbers) + 1
    rectangles = draw_rectangles(200, height, width, 0.7, 0, 0)
    found = erase(inputs, rectangles)
    assert torch.equal(found, one_by_one(inputs, rectangles))
    assert (found == 0).any() and (inputs > 0).all()     # and the inputs stay
    gone = (found == 0).all(dim=1).sum(dim=(1, 2))
    assert torch.equal(gone, rectangles[:, 2] * rectangles[:, 3])


def test_what_is_erased_has_the_mean_colour():
    images = torch.randint(256, (50, 3, 8, 8), dtype=torch.uint8)
    mean = colour_mean(images)
    found = erase(as_inputs(images, mean), draw_rectangles(50, 8, 8, 1.0, 0, 0))
    levels = found + mean.view(3, 1, 1)
    inside = (found == 0).all(dim=1)
    assert inside.any()
    for colour in range(3):
        assert torch.equal(levels[:, colour][inside].unique(), mean[colour:colour + 1])


@pytest.mark.parametrize(("height", "width"), [(32, 32), (224, 224), (40, 90)])
def test_area_and_ratio_lie_in_the_bounds_and_the_rectangle_in_the_image(height, width):
    rectangles = draw_rectangles(4000, height, width, 1.0, 3, 5).double()
    top, left, high, wide = rectangles.T
    assert (high >= 1).all() and (wide >= 1).all()
    assert (top >= 0).all() and (top + high <= height).all()
    assert (left >= 0).all() and (left + wide <= width).all()
    # Sides are rounded to whole pixels: half a pixel more or less on each.
    pixels = height * width
    assert ((high - 0.5) * (wide - 0.5) <= AREAS[1] * pixels).all()
    assert ((high + 0.5) * (wide + 0.5) >= AREAS[0] * pixels).all()
    assert ((high - 0.5) / (wide + 0.5) <= RATIOS[1]).all()
    assert ((high + 0.5) / (wide - 0.5) >= RATIOS[0]).all()
    # And they are used: some are near each bound.
    shares = high * wide / pixels
    assert shares.min() < 0.03 and shares.max() > 0.38
    ratios = high / wide
    assert ratios.min() < 0.4 and (height < width or ratios.max() > 3)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (40, 90)])
def test_rectangles_are_as_large_as_those_of_a_plain_loop(height, width):
    count = 8000
    ours = draw_rectangles(count, height, width, 1.0, 0, 0)[:, 2:].double()
    plain = torch.tensor(drawn_plainly(count, height, width), dtype=torch.float64)
    areas = ours.prod(1, keepdim=True), plain.prod(1, keepdim=True)
    for found, wanted in ((ours, plain), areas):
        error = (found.var(dim=0) + wanted.var(dim=0)).div(count).sqrt()
        assert ((found.mean(dim=0) - wanted.mean(dim=0)).abs() < 4 * error).all()
        assert torch.allclose(found.std(dim=0), wanted.std(dim=0), rtol=0.05)


def test_a_place_is_drawn_evenly_from_all_that_there_are():
    rectangles = draw_rectangles(20_000, 32, 32, 1.0, 1, 0).double()
    for place, side in ((0, 2), (1, 3)):
        room = 32 - rectangles[:, side]
        free = room > 0
        where = rectangles[free, place] / room[free]
        assert where.min() == 0 and where.max() == 1
        assert abs(where.mean() - 0.5) < 0.01


@pytest.mark.parametrize("probability", [0.0, 0.25, 1.0])
def test_so_many_images_lose_a_rectangle_as_the_probability_says(probability):
    rectangles = draw_rectangles(10_000, 32, 32, probability, 0, 0)
    erased = (rectangles[:, 2] > 0).double().mean().item()
    assert erased == pytest.approx(probability, abs=0.02 * (0 < probability < 1))
    whole = rectangles[rectangles[:, 2] == 0]
    assert not whole.any()


def test_rectangles_depend_on_seed_and_epoch_and_on_nothing_else():
    first = draw_rectangles(40, 16, 16, 0.5, 7, 2)
    torch.manual_seed(3)
    torch.rand(10)
    state = torch.get_rng_state()
    assert torch.equal(draw_rectangles(40, 16, 16, 0.5, 7, 2), first)
    assert torch.equal(torch.get_rng_state(), state)
    for other in ((8, 2), (7, 3)):
        assert not torch.equal(draw_rectangles(40, 16, 16, 0.5, *other), first)


def test_the_same_rectangles_are_drawn_on_every_machine():
    found = draw_rectangles(4, 32, 32, 1.0, 5, 1)
    assert found.tolist() == [
        [4, 5, 5, 7], [15, 0, 13, 15], [10, 15, 15, 17], [3, 21, 29, 9],
    ]


def test_an_image_that_nothing_fits_into_stays_whole(monkeypatch):
    monkeypatch.setattr("resattn_tutorial.data.random_erasing.RATIOS", (90.0, 100.0))
    rectangles = draw_rectangles(20, 2, 40, 1.0, 0, 0)
    assert not rectangles.any()


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"count": -1}, ValueError, "count must be at least 0"),
    ({"height": 0}, ValueError, "height must be at least 1"),
    ({"width": 2.0}, TypeError, "width must be a whole number"),
    ({"probability": 1.5}, ValueError, "probability must be a number from 0 to 1"),
    ({"seed": -1}, ValueError, "seed must be at least 0"),
    ({"epoch": -1}, ValueError, "epoch must be at least 0"),
])
def test_numbers_that_cannot_be_are_refused(change, error, words):
    good = {"count": 4, "height": 8, "width": 8, "probability": 0.5, "seed": 0,
            "epoch": 0}
    with pytest.raises(error, match=words):
        draw_rectangles(**good | change)


@pytest.mark.parametrize(("inputs", "rectangles", "error", "words"), [
    (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.zeros(2, 4, dtype=torch.int64),
     TypeError, "inputs must hold floating-point"),
    (torch.zeros(2, 3, 8, 8), torch.zeros(2, 4), TypeError, "rectangles must be a ten"),
    (torch.zeros(2, 3, 8, 8), torch.zeros(3, 4, dtype=torch.int64), ValueError,
     r"rectangles must have shape \(2, 4\)"),
    (torch.zeros(3, 8, 8), torch.zeros(3, 4, dtype=torch.int64), ValueError,
     r"inputs must have shape \(N, C, H, W\)"),
])
def test_what_cannot_be_erased_is_refused(inputs, rectangles, error, words):
    with pytest.raises(error, match=words):
        erase(inputs, rectangles)
