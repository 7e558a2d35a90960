"""What chapter 9 says in words about its outputs holds when computed apart from it."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from resattn_tutorial.checks.chapter09.windows_table import my_windows
from resattn_tutorial.cost.op_recorder import TorchDispatchMode
from resattn_tutorial.data.items import CLASSES, load_items
from resattn_tutorial.data.label_noise import add_label_noise, noise_matrix
from resattn_tutorial.data.loaders import draw_epoch
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import (
    as_inputs,
    colour_mean,
    crop_and_flip,
    shift_colours,
)
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.stem_and_head import CifarStem

LEVELS = (0.1, 0.3, 0.5, 0.7)
RESNET_164 = (5.46, 5.93, 6.61, 8.35, 17.21)
ATTENTION_92 = (4.99, 5.15, 5.79, 7.27, 15.75)


@cache
def scenes(count: int = 2000) -> Tensor:
    return load_scenes("train", count).images


def test_a_folder_numbers_the_classes_otherwise_than_the_built_in_scenes():
    assert CLASSES[0] == "T-shirt" and sorted(CLASSES)[-2] == "T-shirt"
    alike = [a == b for a, b in zip(CLASSES, sorted(CLASSES), strict=True)]
    assert alike.count(True) == 4 and alike.count(False) == 6


def test_a_generator_takes_the_lowest_32_bits_of_its_seed():
    for far in (1, 5):
        one, other = (
            torch.randperm(50, generator=torch.Generator().manual_seed(3 + add))
            for add in (0, far * 2**32)
        )
        assert torch.equal(one, other)


def test_pythons_hash_of_a_text_is_another_number_in_each_process():
    line = [sys.executable, "-I", "-c", "print(hash('(0, 1)'))"]
    found = {
        subprocess.run(line, capture_output=True, check=True).stdout for _ in range(3)
    }
    assert len(found) > 1


def test_jpeg_changes_nearly_every_byte():
    images = scenes(100).permute(0, 2, 3, 1).numpy()
    again = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(image).save(file, "jpeg", quality=75)
        again.append(np.asarray(Image.open(file)))
    assert (np.stack(again) != images).mean() > 0.9


def test_the_colours_of_the_scenes_do_not_show_that_blue_and_red_are_exchanged():
    mean = colour_mean(scenes())
    assert (mean - mean.mean()).abs().max() < 0.01


def test_mean_image_and_mean_colour_hardly_differ():
    images = scenes() / 255
    flat = images.mean(dim=(0, 2, 3), keepdim=True)
    apart = (images.mean(0, keepdim=True) - flat).abs().mean()
    assert apart < 0.1 * (images - flat).abs().mean()


def test_zero_is_the_mean_colour_after_the_subtraction():
    mean = colour_mean(scenes())
    inputs = as_inputs(scenes(), mean)
    assert inputs.mean(dim=(0, 2, 3)).abs().max() < 1e-5
    assert -1 <= inputs.min() and inputs.max() <= 1


def test_an_image_has_162_views_and_most_come_up_in_the_papers_epochs():
    image = torch.randn(1, 3, 32, 32).expand(162, -1, -1, -1)
    corners = torch.tensor([(r, c) for _ in "12" for r in range(9) for c in range(9)])
    views = crop_and_flip(image, corners, torch.arange(162) < 81)
    assert len({view.numpy().tobytes() for view in views}) == 162
    seen: list[set] = [set() for _ in range(50)]
    for epoch in range(205):
        order, places, mirrored = draw_epoch(50, 0, epoch)
        for image, place, flip in zip(order, places.tolist(), mirrored, strict=True):
            seen[image].add((*place, bool(flip)))
    counts = [len(views) for views in seen]
    assert 162 / 2 < min(counts) and max(counts) < 162


class Calls(TorchDispatchMode):
    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += 1
        return function(*args, **(kwargs or {}))


def test_a_batch_takes_a_handful_of_operations_whatever_its_size():
    counts = []
    for count in (64, 1000):
        _, corners, mirrored = draw_epoch(count, 0, 0)
        with Calls() as calls:
            crop_and_flip(torch.zeros(count, 3, 32, 32), corners, mirrored)
        with Calls() as more:
            my_windows(torch.zeros(count, 3, 40, 40), corners, 4)
        counts.append((calls.count, more.count))
    assert counts[0] == counts[1] and max(counts[0]) < 20


def test_shuffled_anew_after_two_thirds_more_than_a_fifth_are_missed_and_seen_twice():
    first, other = (torch.randperm(9000, generator=torch.Generator().manual_seed(k))
                    for k in (0, 1))
    times = torch.cat([first[:6000], other[6000:]]).bincount(minlength=9000)
    assert 0.2 < (times == 0).double().mean() < 0.25
    assert 0.2 < (times == 2).double().mean() < 0.25


def test_alexnets_shift_is_about_three_levels():
    torch.manual_seed(1)
    nothing = torch.zeros(3, 1, 1)
    shifts = 255 * torch.stack([shift_colours(nothing) for _ in range(4000)])
    assert (shifts.std(0) - 3.2).abs().max() < 0.2


def test_a_noisy_label_drawn_from_all_classes_leaves_a_tenth_less_noise():
    torch.manual_seed(2)
    labels = torch.randint(10, (100_000,))
    drawn = torch.where(torch.rand(len(labels)) < 0.3, labels,
                        torch.randint(10, labels.shape))
    assert (drawn != labels).double().mean() == pytest.approx(0.9 * 0.7, abs=0.01)


@pytest.mark.parametrize("clean", [0.11, 0.3, 0.5, 0.9, 1.0])
def test_above_one_in_ten_the_likeliest_noisy_label_is_the_likeliest_class(clean):
    chances = torch.distributions.Dirichlet(torch.ones(10).double()).sample((500,))
    noisy = chances @ noise_matrix(1 - clean)
    pressed = (1 - clean) / 9 + (clean - (1 - clean) / 9) * chances
    assert torch.allclose(noisy, pressed)
    assert torch.equal(noisy.argmax(1), chances.argmax(1))


def test_at_one_in_ten_nothing_is_left_and_below_it_the_order_is_reversed():
    chances = torch.distributions.Dirichlet(torch.ones(10).double()).sample((500,))
    assert torch.allclose(chances @ noise_matrix(0.9), torch.tensor(0.1).double())
    assert torch.equal((chances @ noise_matrix(0.95)).argmin(1), chances.argmax(1))


def test_at_the_highest_level_the_loss_can_fall_to_2_149():
    row = noise_matrix(0.7)[0].tolist()
    assert [round(x, 3) for x in row] == [0.3] + 9 * [0.078]
    assert round(-sum(q * math.log(q) for q in row), 3) == 2.149
    assert round(math.log(10), 3) == 2.303


@cache
def errors() -> dict[int, list[float]]:
    """Errors of the vote of nearest neighbours, noise from 0 to 0.9, by plain NumPy."""
    known, asked = load_items("train"), load_items("test")
    rows, queries = (x.pixels.reshape(len(x.pixels), -1) / 64 for x in (known, asked))
    squares = (rows**2).sum(1) - 2 * queries @ rows.T
    nearest = np.argpartition(squares, range(100), axis=1)[:, :100]
    found = {}
    for count in (1, 10, 30, 100):
        found[count] = []
        for tenth in range(10):
            true = torch.from_numpy(known.labels)
            noisy = add_label_noise(true, tenth / 10, 10, 0)
            votes = F.one_hot(noisy[torch.from_numpy(nearest[:, :count])], 10).sum(1)
            wrong = votes.argmax(1).numpy() != asked.labels
            found[count].append(100 * wrong.mean())
    return found


def test_one_neighbour_errs_in_a_straight_line_with_the_noise():
    line = np.linspace(17.6, 90, 10)
    assert np.abs(np.array(errors()[1]) - line).max() < 2.5


def test_the_vote_of_100_hardly_notices_until_seven_labels_in_ten_are_wrong():
    vote = errors()[100]
    assert max(vote[:8]) - min(vote[:8]) < 2.5
    assert vote[0] > errors()[1][0] + 1      # the price on clean labels


def test_the_more_neighbours_the_longer_the_curve_stays_flat_and_all_end_at_90():
    flat = [
        sum(error < row[0] + 5 for error in row) for row in errors().values()
    ]
    assert all(a < b for a, b in pairwise(flat))
    assert all(87 < row[-1] < 92 for row in errors().values())


@cache
def near() -> tuple[Tensor, Tensor]:
    """Every fifth item's label, and the numbers of its 20 nearest."""
    items = load_items("train")
    rows = torch.from_numpy(items.pixels[::5].reshape(4000, -1)).double()
    squares = (rows**2).sum(1)
    apart = squares[:, None] + squares - 2 * rows @ rows.T
    apart = apart.fill_diagonal_(torch.inf)
    return torch.from_numpy(items.labels[::5]), apart.topk(20, largest=False).indices


@pytest.mark.slow
def test_most_labels_that_fewest_neighbours_agree_with_are_wrong():
    labels, others = near()
    noisy = add_label_noise(labels, 0.3, 10, 0)
    agree = (noisy[others] == noisy[:, None]).sum(1)
    wrong = noisy != labels
    suspects = agree.argsort(stable=True)[: wrong.sum()]
    assert wrong[suspects].double().mean() > 0.8


@pytest.mark.slow
def test_with_a_few_published_labels_no_neighbour_agrees():
    labels, others = near()
    alone = ((labels[others] == labels[:, None]).sum(1) == 0).sum()
    assert 45 <= alone < 100                     # nine are shown, every fifth


def test_the_papers_lead_grows_in_points_and_its_ratio_does_not():
    pairs = list(zip(RESNET_164, ATTENTION_92, strict=True))
    points = [a - b for a, b in pairs]
    clean, *low, highest = [a / b for a, b in pairs]
    assert all(a < b for a, b in pairwise(points))
    assert all(clean + 0.04 < ratio < clean + 0.06 for ratio in low)
    assert abs(highest - clean) < 0.002
    assert round(clean, 2) == round(highest, 2) == 1.09
    assert low == pytest.approx([1.15] * 3, abs=0.01)


def test_a_factor_of_the_inputs_hardly_matters_to_the_cifar_networks():
    torch.manual_seed(3)
    stages = [Stage(32, 1, 1, leave=1), Stage(64, 1, 1, leave=1)]
    network = ResidualAttentionNetwork(CifarStem(), stages, 10).double()
    inputs = torch.rand(8, 3, 16, 16).double() - 0.5
    one, other = network(inputs), network(4 * inputs)
    assert (one - other).abs().max() < 1e-3 * one.abs().max()
