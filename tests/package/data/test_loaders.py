"""Batches made from bytes: torchvision's pictures, in an order that can be resumed."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.transforms import v2

from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.data.loaders import ByteBatches, Draws, draw_epoch
from resattn_tutorial.data.transforms import PAD, as_inputs, colour_mean, crop_and_flip
from resattn_tutorial.runtime.distributed import ALONE, Process

CPU = torch.device("cpu")


def made_up(count: int = 50, height: int = 8, width: int = 8) -> ImageSet:
    """Noise; the labels count the images, so that a batch tells what it shows."""
    random = torch.Generator().manual_seed(count)
    images = torch.randint(
        256, (count, 3, height, width), dtype=torch.uint8, generator=random
    )
    classes = tuple(f"class {i}" for i in range(count))
    return ImageSet("noise", "made up", classes, images, torch.arange(count))


def taken(batches, step: int, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return list(itertools.islice(batches.starting_at(step), count))


def same(first, second) -> bool:
    return len(first) == len(second) and all(
        torch.equal(x, u) and torch.equal(y, v)
        for (x, y), (u, v) in zip(first, second, strict=True)
    )


def by_torchvision(inputs, corners, mirrored, pad=PAD):
    """Each image by torchvision's own functions, one after the other."""
    found = []
    for image, (top, left), flip in zip(
        inputs, corners.tolist(), mirrored.tolist(), strict=True
    ):
        image = v2.functional.pad(image, [pad] * 4, fill=0)
        image = v2.functional.crop(image, top, left, *inputs.shape[2:])
        found.append(v2.functional.hflip(image) if flip else image)
    return torch.stack(found)


# The mean colour and the inputs


@pytest.mark.parametrize("count", [1, 999, 1000, 2001])
def test_the_mean_colour_is_that_of_all_pixels(count):
    images = made_up(count, 3, 5).images
    expected = [(images[:, c].double() / 255).mean().item() for c in range(3)]
    found = colour_mean(images)
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx(expected, rel=1e-7)


def test_the_mean_colour_does_not_overflow():
    images = torch.full((2200, 3, 64, 64), 255, dtype=torch.uint8)
    assert images[:, 0].numel() * 255 > 2**31
    images[:, 2] = 0
    assert colour_mean(images).tolist() == [1, 1, 0]


def test_there_is_no_mean_colour_of_nothing():
    none = torch.zeros(0, 3, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match="the number of images must be at least 1"):
        colour_mean(none)


def test_inputs_are_levels_from_0_to_1_less_the_mean():
    images, mean = made_up(4).images, torch.tensor([0.1, 0.5, 0.9])
    inputs = as_inputs(images, mean)
    assert inputs.dtype == torch.float32 and inputs.shape == images.shape
    for image, channel, row, column in [(0, 0, 0, 0), (3, 1, 7, 2), (2, 2, 4, 7)]:
        level = images[image, channel, row, column].item() / 255
        expected = level - [0.1, 0.5, 0.9][channel]
        found = inputs[image, channel, row, column].item()
        assert found == pytest.approx(expected, abs=1e-6)


def test_training_inputs_have_no_mean_colour_left():
    images = made_up(200).images
    inputs = as_inputs(images, colour_mean(images)).double()
    assert inputs.mean(dim=(0, 2, 3)).abs().max() < 1e-6


@pytest.mark.parametrize(("images", "error", "words"), [
    (torch.zeros(2, 3, 8, 8), TypeError, "torch.uint8, got torch.float32"),
    (torch.zeros(2, 3, 8, 8, dtype=torch.int64), TypeError, "got torch.int64"),
    ([1, 2], TypeError, "torch.uint8, got list"),
    (np.zeros((2, 3, 8, 8), np.uint8), TypeError, "torch.uint8, got ndarray"),
    (torch.zeros(3, 8, 8, dtype=torch.uint8), ValueError, r"got \(3, 8, 8\)"),
    (torch.zeros(2, 8, 8, 3, dtype=torch.uint8), ValueError, r"got \(2, 8, 8, 3\)"),
])
def test_what_holds_no_image_bytes_is_refused(images, error, words):
    with pytest.raises(error, match=words):
        as_inputs(images, torch.zeros(3))
    with pytest.raises(error, match=words):
        colour_mean(images)


# Windows and mirrors


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("height", "width", "pad"), [
    (32, 32, 4), (8, 5, 4), (5, 8, 2), (3, 3, 0), (2, 7, 5),
])
def test_windows_and_mirrors_are_torchvisions(height, width, pad, dtype):
    random = torch.Generator().manual_seed(0)
    inputs = torch.randn(40, 3, height, width, generator=random, dtype=dtype)
    corners = torch.randint(2 * pad + 1, (40, 2), generator=random)
    mirrored = torch.rand(40, generator=random) < 0.5
    found = crop_and_flip(inputs, corners, mirrored, pad)
    assert found.dtype == dtype
    assert torch.equal(found, by_torchvision(inputs, corners, mirrored, pad))


def test_every_window_and_mirror_of_one_image_is_torchvisions():
    """All 162 views of an image."""
    image = torch.randn(1, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    every = list(itertools.product(range(9), range(9), (False, True)))
    corners = torch.tensor([(top, left) for top, left, _ in every])
    mirrored = torch.tensor([flip for *_, flip in every])
    inputs = image.expand(len(every), -1, -1, -1)
    found = crop_and_flip(inputs, corners, mirrored)
    assert torch.equal(found, by_torchvision(inputs, corners, mirrored))
    assert len(found.flatten(1).unique(dim=0)) == 162


def test_the_middle_window_unmirrored_is_the_image():
    inputs = torch.randn(5, 3, 7, 9, generator=torch.Generator().manual_seed(2))
    before = inputs.clone()
    middle, plain = torch.full((5, 2), PAD), torch.zeros(5, dtype=torch.bool)
    assert torch.equal(crop_and_flip(inputs, middle, plain), inputs)
    flipped = crop_and_flip(inputs, middle, ~plain)
    assert torch.equal(flipped, inputs.flip(3)) and torch.equal(inputs, before)


def test_a_window_outside_the_padded_image_is_refused():
    inputs, plain = torch.zeros(1, 3, 8, 8), torch.tensor([False])
    with pytest.raises(ValueError, match="^corners must be from 0 to .* got 0 to 9"):
        crop_and_flip(inputs, torch.tensor([[0, 2 * PAD + 1]]), plain)


# The random choices of an epoch


def test_an_epochs_choices_are_fair():
    """Windows and mirrors come as often as chance has it, within 4.5 deviations."""
    count = 81_000
    order, corners, mirrored = draw_epoch(count, seed=0, epoch=3)
    assert sorted(order.tolist()) == list(range(count))
    windows = (corners[:, 0] * 9 + corners[:, 1]).bincount(minlength=81)
    assert len(windows) == 81
    assert (windows - 1000).abs().max() < 4.5 * (1000 * 80 / 81) ** 0.5
    assert abs(mirrored.sum().item() - count / 2) < 4.5 * (count / 4) ** 0.5
    # One choice tells nothing about another.
    told = torch.stack([order.double(), *corners.T.double(), mirrored.double()])
    assert (torch.corrcoef(told) - torch.eye(4)).abs().max() < 4.5 / count**0.5


def test_the_order_is_a_plain_shuffle_by_mersenne_twister():
    """Numpy's generator, frozen for good, and Fisher and Yates' loop give the same."""
    random = np.random.RandomState(12 * 1_000_003 + 34)
    order = list(range(500))
    for place in range(499):
        other = place + int(random.randint(2**32, dtype=np.uint32)) % (500 - place)
        order[place], order[other] = order[other], order[place]
    assert draw_epoch(500, seed=12, epoch=34).order.tolist() == order


def test_pad_says_how_far_windows_lie_apart():
    assert draw_epoch(1000, 0, 0, pad=2).corners.unique().tolist() == [0, 1, 2, 3, 4]


def test_no_two_seeds_and_epochs_give_the_same_choices():
    orders = {
        tuple(draw_epoch(20, seed, epoch).order.tolist())
        for seed in range(100) for epoch in range(250)
    }
    assert len(orders) == 25_000


def test_the_recorded_order_comes_again():
    """A run that was cut off goes on only as long as these stay the same."""
    drawn = draw_epoch(1000, seed=12, epoch=34)
    told = b"".join(part.numpy().astype("<i8").tobytes() for part in drawn)
    assert hashlib.sha256(told).hexdigest()[:16] == "44927b459a075296"


def test_torchs_own_random_numbers_have_no_part_in_it():
    with torch.random.fork_rng(devices=[]):
        before = torch.get_rng_state()
        first = draw_epoch(100, 1, 2)
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(99)
        assert all(map(torch.equal, first, draw_epoch(100, 1, 2)))


# Batches


def test_a_batch_is_what_torchvision_makes_of_the_images_one_by_one():
    data = made_up(50, 8, 10)
    batches = ByteBatches(data, 16, seed=4, device=CPU)
    floats = data.images.float() / 255 - batches.mean.view(3, 1, 1)
    for epoch in (0, 1):
        drawn = draw_epoch(50, 4, epoch)
        for place, (inputs, labels) in enumerate(taken(batches, 3 * epoch, 3)):
            ours = Draws(*(part[16 * place:16 * place + 16] for part in drawn))
            expected = by_torchvision(floats[ours.order], ours.corners, ours.mirrored)
            assert torch.equal(inputs, expected)
            assert torch.equal(labels, data.labels[ours.order])


def test_a_network_sees_no_trace_of_bytes():
    """Its output is the same as on inputs kept as floats all along."""
    data = made_up(8)
    batches = ByteBatches(data, 8, seed=0, device=CPU)
    drawn = draw_epoch(8, 0, 0)
    floats = data.images.float() / 255 - colour_mean(data.images).view(3, 1, 1)
    place = drawn.order.argsort()                      # of each image in the batch
    expected = by_torchvision(floats, drawn.corners[place], drawn.mirrored[place])
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten())
    [(inputs, labels)] = taken(batches, 0, 1)
    assert torch.equal(network(inputs), network(expected[labels]))


def test_an_epoch_shows_each_image_once_and_leaves_out_the_remainder_only():
    batches = ByteBatches(made_up(50), 16, seed=0, device=CPU)
    epochs = []
    for epoch in range(8):
        shown = torch.cat([labels for _, labels in taken(batches, 3 * epoch, 3)])
        assert len(shown.unique()) == len(shown) == 48
        epochs.append(shown.tolist())
    assert len(set(map(tuple, epochs))) == 8
    assert set().union(*epochs) == set(range(50))      # nobody is left out for good


def test_a_full_epoch_shows_every_image():
    batches = ByteBatches(made_up(48), 16, seed=0, device=CPU)
    shown = torch.cat([labels for _, labels in taken(batches, 0, 3)])
    assert sorted(shown.tolist()) == list(range(48))


def test_batches_go_on_from_any_step_as_if_never_cut():
    batches = ByteBatches(made_up(50), 16, seed=0, device=CPU)
    whole = taken(batches, 0, 11)                       # three steps an epoch
    for step in range(11):
        assert same(taken(batches, step, 11 - step), whole[step:])


def test_two_readers_of_the_same_batches_do_not_disturb_each_other():
    batches = ByteBatches(made_up(50), 16, seed=0, device=CPU)
    first, second = batches.starting_at(0), batches.starting_at(2)
    turns = [(next(first), next(second)) for _ in range(4)]
    assert same([one for one, _ in turns], taken(batches, 0, 4))
    assert same([other for _, other in turns], taken(batches, 2, 4))


@pytest.mark.parametrize("count", [2, 3, 4])
def test_the_parts_of_all_processes_put_together_are_the_batch(count):
    data = made_up(50)
    whole = taken(ByteBatches(data, 12, 5, CPU), 2, 6)
    parts = [
        taken(ByteBatches(data, 12, 5, CPU, Process(rank, count)), 2, 6)
        for rank in range(count)
    ]
    joined = [
        tuple(torch.cat(parts) for parts in zip(*batch, strict=True))
        for batch in zip(*parts, strict=True)
    ]
    assert same(joined, whole)
    assert all(len(labels) == 12 // count for _, labels in parts[0])


def test_another_seed_gives_other_batches():
    first, second = (
        taken(ByteBatches(made_up(50), 16, seed, CPU), 0, 1) for seed in (0, 1)
    )
    assert not same(first, second)


def test_who_changes_the_data_later_changes_no_batch():
    images = torch.randint(256, (8, 3, 8, 8), dtype=torch.uint8)
    labels = torch.arange(8) % 3
    batches = ByteBatches(
        ImageSet("a", "b", ("x", "y", "z"), images, labels), 4, 0, torch.device("cpu")
    )
    inputs, truth = next(batches.starting_at(0))
    images.zero_(), labels.zero_()
    again, same = next(batches.starting_at(0))
    assert inputs.equal(again) and truth.equal(same)


def test_the_data_stays_as_it_is():
    data = made_up(20)
    images, labels = data.images.clone(), data.labels.clone()
    taken(ByteBatches(data, 10, 0, CPU), 0, 4)
    assert torch.equal(data.images, images) and torch.equal(data.labels, labels)


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"batch_size": 51}, ValueError, "number of images must be at least 51, got 50"),
    ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
    ({"batch_size": 2.0}, TypeError, "batch_size must be a whole number"),
    ({"batch_size": 9, "process": Process(0, 2)}, ValueError, "be a multiple of 2"),
    ({"process": Process(2, 2)}, ValueError, "world_size must be at least 3, got 2"),
    ({"process": Process(-1, 2)}, ValueError, "rank must be at least 0, got -1"),
    ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
    ({"seed": 2**32}, ValueError, "seed must be below"),
])
def test_batches_that_cannot_be_are_refused(change, error, words):
    arguments = {"batch_size": 10, "seed": 0, "process": ALONE} | change
    with pytest.raises(error, match=words):
        ByteBatches(made_up(50), device=CPU, **arguments)


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"labels": torch.arange(50) + 1}, ValueError, "from 0 to 49, got 50"),
    ({"labels": torch.arange(50).int()}, TypeError, "torch.int64, got torch.int32"),
    ({"labels": torch.arange(49)}, ValueError, "50 images have 49 labels"),
    ({"images": torch.zeros(50, 3, 8, 8)}, TypeError, "got torch.float32"),
    ({"images": torch.zeros(50, 1, 8, 8, dtype=torch.uint8)}, ValueError, "50, 1, 8"),
])
def test_data_that_does_not_fit_together_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        ByteBatches(made_up(50)._replace(**change), 10, 0, CPU)


@pytest.mark.parametrize(("step", "error"), [(-1, ValueError), (1.5, TypeError)])
def test_a_step_that_cannot_be_is_refused(step, error):
    batches = ByteBatches(made_up(50), 10, 0, CPU)
    with pytest.raises(error, match="step must be"):
        next(batches.starting_at(step))
