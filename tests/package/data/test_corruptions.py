"""Corruptions: the same bytes everywhere, as a plain loop makes them, and monotone."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor

from resattn_tutorial.data.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from resattn_tutorial.data.scenes import load_scenes

# The first digits of the sha256 of twenty test scenes, for strengths 1, 2 and 3.
RECORDED = {
    "noise": ("ce0a413285f29a26", "9d3099e5cae6dc5a", "3ac09b3b8f0274a5"),
    "blur": ("570ec78424239864", "f29f125af19aaaa5", "1ea8bef33d96a1a5"),
    "contrast": ("c5e3c7ef5eaa2e79", "19706e61a91df934", "a391b3de44ba352e"),
    "brightness": ("aa1abb090fc3d427", "6c94607eeb6eddbc", "27d4475b76b16648"),
    "pixelate": ("f839b433a47f5661", "ac13370501244b89", "fbfddf46c5513fa9"),
    "occlusion": ("315092067c11c0f7", "df7f2fd8eb032684", "581734eee3326d5f"),
}
SEEDED = ("noise", "occlusion")


@pytest.fixture(scope="module")
def images() -> Tensor:
    return load_scenes("test", 20).images


def small(height: int, width: int, count: int = 2) -> Tensor:
    draw = torch.Generator().manual_seed(height * 100 + width)
    return torch.randint(0, 256, (count, 3, height, width), generator=draw).byte()


def nearest(value: Fraction) -> int:
    """The nearest level; one half goes up, and what is no level becomes one."""
    return min(max(math.floor(value + Fraction(1, 2)), 0), 255)


def plain_noise(image, deviation, random):
    drawn = [random.randint(0, 256, dtype=np.int64) for _ in range(12 * image.size)]
    sums = np.array([int(n) for n in drawn]).reshape(12, *image.shape).sum(axis=0)
    return lambda c, i, j: (
        int(image[c, i, j]) + Fraction(int(sums[c, i, j]) - 1530, 256) * deviation
    )


def plain_blur(image, radius, random):
    _, height, width = image.shape
    weights = [Fraction(1)]
    for _ in range(2 * radius):                      # (1/2, 1/2), again and again
        weights = [(a + b) / 2 for a, b in zip([0, *weights], [*weights, 0],
                                               strict=True)]

    def at(c, i, j):
        total = Fraction(0)
        for down, one in enumerate(weights, start=-radius):
            for right, other in enumerate(weights, start=-radius):
                row = min(max(i + down, 0), height - 1)
                column = min(max(j + right, 0), width - 1)
                total += one * other * int(image[c, row, column])
        return total

    return at


def plain_contrast(image, sixteenths, random):
    means = [Fraction(int(colour.sum()), colour.size) for colour in image]
    return lambda c, i, j: (
        means[c] + (int(image[c, i, j]) - means[c]) * Fraction(sixteenths, 16)
    )


def plain_brightness(image, levels, random):
    return lambda c, i, j: Fraction(int(image[c, i, j]) + levels)


def plain_pixelate(image, side, random):
    def at(c, i, j):
        top, left = i // side * side, j // side * side
        square = [int(v) for v in image[c, top:top + side, left:left + side].flatten()]
        return Fraction(sum(square), len(square))

    return at


def plain_occlusion(image, side, random):
    _, height, width = image.shape
    row = random.randint(0, height, dtype=np.int64)
    column = random.randint(0, width, dtype=np.int64)

    def at(c, i, j):
        rows, columns = range(-side // 2, side // 2), range(-side // 2, side // 2)
        inside = i - row in rows and j - column in columns
        return Fraction(128 if inside else int(image[c, i, j]))

    return at


PLAIN = {
    "noise": plain_noise,
    "blur": plain_blur,
    "contrast": plain_contrast,
    "brightness": plain_brightness,
    "pixelate": plain_pixelate,
    "occlusion": plain_occlusion,
}
# As the documentation says them.
AMOUNTS = {
    "noise": (16, 32, 48),
    "blur": (1, 3, 6),
    "contrast": (8, 5, 2),
    "brightness": (32, 64, 96),
    "pixelate": (2, 4, 8),
    "occlusion": (8, 16, 24),
}


def by_a_plain_loop(images: Tensor, name: str, strength: int, seed: int) -> np.ndarray:
    random = np.random.RandomState([seed, list(PLAIN).index(name), 16])
    found = np.empty(images.shape, np.int64)
    for n, image in enumerate(images.numpy()):
        at = PLAIN[name](image, AMOUNTS[name][strength - 1], random)
        for place in np.ndindex(*image.shape):
            found[(n, *place)] = nearest(at(*place))
    return found


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Root mean square of the differences, image by image."""
    return (one.double() - other.double()).flatten(1).pow(2).mean(dim=1).sqrt()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_first_corrupted_scenes_are_the_same_under_every_version(images, name):
    digests = tuple(
        hashlib.sha256(corrupt(images, name, strength).numpy().tobytes()).hexdigest()
        for strength in STRENGTHS
    )
    assert tuple(digest[:16] for digest in digests) == RECORDED[name]


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("size", [(5, 7), (8, 4), (1, 5)])
def test_every_corruption_equals_a_plain_loop(name, strength, size):
    given = small(*size)
    found = corrupt(given, name, strength, seed=5)
    assert found.dtype == torch.uint8 and found.shape == given.shape
    assert np.array_equal(found, by_a_plain_loop(given, name, strength, seed=5))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_stronger_corruption_leads_farther_from_every_image(images, name):
    apart = torch.stack([distance(corrupt(images, name, s), images) for s in STRENGTHS])
    assert (apart[0] > 0).all()
    assert (apart[1:] > apart[:-1]).all()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_an_image_does_not_depend_on_how_many_come_after_it(images, name):
    some = corrupt(images[:7], name, 2, seed=3)
    assert torch.equal(some, corrupt(images, name, 2, seed=3)[:7])
    assert corrupt(images[:0], name, 2).shape == (0, 3, 32, 32)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_images_that_came_stay_as_they_are(images, name):
    before = images.clone()
    for strength in STRENGTHS:
        found = corrupt(images, name, strength)
        assert found.data_ptr() != images.data_ptr()
        found.zero_()
    assert torch.equal(images, before)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_order_in_memory_has_no_part_in_it(images, name):
    turned = images.contiguous(memory_format=torch.channels_last)
    assert torch.equal(corrupt(turned, name, 2), corrupt(images, name, 2))


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_another_seed_draws_otherwise_where_anything_is_drawn(images, name):
    one, again = corrupt(images, name, 2, seed=1), corrupt(images, name, 2, seed=1)
    assert torch.equal(one, again)
    drawn = not torch.equal(one, corrupt(images, name, 2, seed=2))
    assert drawn == (name in SEEDED)
    corrupt(images[:1], name, 2, seed=2**32 - 1)


@pytest.mark.parametrize("name", SEEDED)
def test_no_two_images_are_given_the_same_draws(name):
    alike = torch.full((50, 3, 32, 32), 60, dtype=torch.uint8)
    found = corrupt(alike, name, 1)
    assert len({image.numpy().tobytes() for image in found}) > 45


@pytest.mark.parametrize("strength", STRENGTHS)
def test_noise_is_as_wide_as_it_says_and_nearly_gaussian(strength):
    grey = torch.full((20, 3, 32, 32), 128, dtype=torch.uint8)
    added = corrupt(grey, "noise", strength).double() - 128
    wanted = AMOUNTS["noise"][strength - 1]
    count = added.numel()
    # What is cut off at 0 and 255 is less than one value in a hundred, at strength 3.
    assert added.std().item() == pytest.approx(wanted, rel=0.02)
    assert abs(added.mean().item()) < 4.5 * wanted / math.sqrt(count)
    for width, beyond in ((1, 0.3173), (2, 0.0455)):
        # An edge between two levels, as far out as the level that it is asked for.
        edge = math.floor(width * wanted) + 0.5
        likely = math.erfc(edge / wanted / math.sqrt(2))
        assert likely == pytest.approx(beyond, rel=0.1)
        assert (added.abs() > edge).double().mean().item() == pytest.approx(
            likely, abs=0.005
        )


def test_stronger_noise_is_the_same_noise_multiplied():
    grey = torch.full((4, 3, 16, 16), 128, dtype=torch.uint8)
    one, two = (corrupt(grey, "noise", s).double() - 128 for s in (1, 2))
    assert (two - 2 * one).abs().max() <= 1.5


@pytest.mark.parametrize("name", ["blur", "contrast", "pixelate"])
def test_an_image_of_one_colour_stays_as_it_is(name):
    even = torch.tensor([3, 128, 251]).byte().view(1, 3, 1, 1).expand(2, 3, 10, 13)
    for strength in STRENGTHS:
        assert torch.equal(corrupt(even, name, strength), even)


def test_white_stays_white_when_it_is_brighter():
    white = torch.full((1, 3, 4, 4), 255, dtype=torch.uint8)
    assert torch.equal(corrupt(white, "brightness", 3), white)


def test_six_corruptions_have_three_strengths_each():
    assert STRENGTHS == (1, 2, 3) and list(CORRUPTIONS) == list(PLAIN)
    assert {name: kind.amounts for name, kind in CORRUPTIONS.items()} == AMOUNTS


BYTES = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((BYTES.float(), "blur", 1), TypeError, "images must be a tensor of torch.uin"),
        ((BYTES.numpy(), "blur", 1), TypeError, "images must be a tensor of torch.uin"),
        ((BYTES[0], "blur", 1), ValueError, "images must have shape (N, 3, H, W)"),
        ((BYTES[:, :1], "blur", 1), ValueError, "images must have shape (N, 3, H, W)"),
        ((BYTES[..., :0], "blur", 1), ValueError, "images must have shape"),
        ((BYTES.to("meta"), "blur", 1), ValueError, "images must hold numbers"),
        ((BYTES, "fog", 1), ValueError, "name must be one of noise, blur, contrast,"),
        ((BYTES, "occlusions", 1), ValueError, "Did you mean occlusion?"),
        ((BYTES, None, 1), ValueError, "name must be one of noise"),
        ((BYTES, "blur", 0), ValueError, "strength must be at least 1, got 0"),
        ((BYTES, "blur", 4), ValueError, "strength must be at most 3, got 4"),
        ((BYTES, "blur", 1.0), TypeError, "strength must be a whole number, got 1.0"),
        ((BYTES, "blur", 1, -1), ValueError, "seed must be at least 0, got -1"),
        ((BYTES, "noise", 1, 2**32), ValueError, "seed must be below 2**32"),
    ],
)
def test_what_cannot_be_corrupted_is_refused_by_name(arguments, error, words):
    with pytest.raises(error) as refusal:
        corrupt(*arguments)
    assert words in str(refusal.value)
