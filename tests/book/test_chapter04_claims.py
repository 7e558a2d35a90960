"""What chapter 4 says of the three activations beyond what it prints."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.models.mask_activations import (
    channel_attention,
    mixed_attention,
    spatial_attention,
)
from resattn_tutorial.models.small_networks import FirstAttentionNetwork
from tools.chapters import read_chapter
from tools.settings import ROOT

CHAPTER = ROOT / "chapters" / "04_what_the_mask_may_say.md"
MAP = (2, 3)
WITHIN = 0.031  # of one half, the average of any spatial mask


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def scenes() -> Tensor:
    """The light of the chapter's 64 scenes, ``(64, 1, 32, 32)``."""
    return to_inputs(load_scenes("test", 64).images).mean(dim=1, keepdim=True)


def gradient(f, x: Tensor, pull: Tensor) -> Tensor:
    x = x.clone().requires_grad_()
    return torch.autograd.grad((f(x) * pull).sum(), x)[0]


def test_each_mask_overlooks_what_the_chapter_says_it_overlooks() -> None:
    x = torch.randn(3, 5, 8, 8, dtype=torch.float64)
    for change in (4 * x, x / 4):
        assert torch.allclose(channel_attention(change), channel_attention(x))
        assert torch.allclose(
            spatial_attention(change), spatial_attention(x), atol=1e-3
        )
        assert (mixed_attention(change) - mixed_attention(x)).abs().max() > 0.1
    assert torch.allclose(spatial_attention(x + 2), spatial_attention(x))
    for f in (mixed_attention, channel_attention):
        assert (f(x + 2) - f(x)).abs().max() > 0.3
    assert torch.allclose(channel_attention(-x), -channel_attention(x))
    for f in (mixed_attention, spatial_attention):
        assert torch.allclose(f(-x), 1 - f(x))


def test_a_channel_mask_reaches_minus_one_only_where_it_is_alone() -> None:
    x = torch.tensor([[-3.0, 0, 0, 0], [-3.0, 1, 2, 0.5]])[:, :, None, None]
    factors = 1 + channel_attention(x)[:, 0, 0, 0]
    assert factors[0] == 0
    assert factors[1] > 0.2


@pytest.mark.parametrize("channels", [64, 256])
def test_only_channel_masks_close_in_on_one_as_channels_are_added(channels) -> None:
    x = torch.randn(8, channels, 16, 16)
    mask = channel_attention(x)
    assert mask.square().mean().item() == pytest.approx(1 / channels)
    assert mask.mean().abs() < 0.002
    for f in (mixed_attention, spatial_attention):
        assert f(x).mean().item() == pytest.approx(0.5, abs=0.002)
        assert f(x).std().item() == pytest.approx(0.208, abs=0.002)


def test_over_its_channels_a_channel_mask_averages_near_0_a_mixed_one_may_not() -> None:
    x = torch.cat([torch.randn(64, 100, 4, 4), torch.full((1, 100, 4, 4), -9.0)])
    averages = channel_attention(x).mean(dim=1)
    assert averages.abs().max() <= 1 / 100**0.5 + 1e-6       # Cauchy and Schwarz
    assert averages[-1].max().item() == pytest.approx(-0.1)  # as far as it goes
    assert mixed_attention(x)[-1].max() < 0.001


def test_four_living_channels_get_half_of_the_trunk_each_and_the_dead_ones_none():
    x = torch.zeros(1, 256, 1, 1)
    x[0, :4, 0, 0] = torch.tensor([2.0, -2.0, 2.0, -2.0])
    factors = 1 + channel_attention(x).flatten()
    assert factors[:4].tolist() == pytest.approx([1.5, 0.5, 1.5, 0.5])
    assert (factors[4:] == 1).all()


def test_the_small_spatial_masks_have_the_values_of_their_alt_text() -> None:
    flat, spot, half = torch.zeros(3, 4, 4)
    flat += 5
    spot[1, 2] = 5
    half[:, 2:] = 5
    small = spatial_attention(torch.stack([flat, half, spot, 10 * spot])[None])[0]
    assert (small[0] == 0.5).all()
    assert sorted({round(v, 2) for v in small[1].flatten().tolist()}) == [0.27, 0.73]
    for one in small[2:]:
        assert sorted({round(v, 2) for v in one.flatten().tolist()}) == [0.44, 0.98]


def on_the_page(beginning: str) -> dict[str, Any]:
    """What a cell of the chapter computes, the first one that begins so."""
    names: dict[str, Any] = {"torch": torch, "Tensor": Tensor}
    sources = [c.source for c in read_chapter(CHAPTER).cells if c.cell_type == "code"]
    with redirect_stdout(StringIO()):
        exec(next(s for s in sources if s.startswith(beginning)), names)  # noqa: S102
    return names


def test_the_parabola_under_the_sigmoid_bounds_every_spatial_average() -> None:
    page = on_the_page("u = torch.linspace(1, 10")
    z, lowest = page["z"], page["lowest"].item()
    room = torch.sigmoid(z) - page["parabola"](z)
    # Its second derivative is below 0.2, so between points that lie h apart it dips
    # at most 0.2 * h * h / 8 below them; outside the grid the parabola is far below 0.
    assert room.min() > -1e-12 and 0.2 * 1e-4**2 / 8 < 1e-9
    assert room[0] > 100 and room[-1] > 100
    assert 0.5 - lowest + 1e-8 < WITHIN
    slope, bend, low = page["slope"], page["bend"], page["low"]
    a = page["value"] - slope * low + bend * low**2        # of a + b z + c z * z
    assert (a + bend).item() == pytest.approx(lowest, abs=1e-8)


def test_the_parabola_touches_the_sigmoid_at_the_two_values_of_the_worst_map() -> None:
    page = on_the_page("u = torch.linspace(1, 10")
    low, top = page["low"], page["top"]
    assert (low * top).item() == pytest.approx(-1)
    assert [low.item(), top.item()] == pytest.approx([-0.26, 3.81], abs=0.01)
    for at in (low, top):
        z = torch.stack([at - 0.1, at, at + 0.1])
        room = torch.sigmoid(z) - page["parabola"](z)
        assert abs(room[1]) < 1e-12 and (room[[0, 2]] > 1e-4).all()


def test_no_map_found_by_descent_leaves_the_bound_and_some_come_close() -> None:
    for start in (torch.randn(64, 1, 8, 8), 9 * (torch.rand(64, 1, 8, 8) > 0.93)):
        x = start.float().requires_grad_()
        for _ in range(200):
            average = spatial_attention(x).mean(dim=MAP)
            (step,) = torch.autograd.grad(average.sum(), x)
            x = (x - 5 * step).detach().requires_grad_()
        assert (average - 0.5).abs().max() < WITHIN
    assert average.min() < 0.5 - 0.9 * WITHIN


def test_a_mixed_mask_follows_the_share_of_the_map_that_is_high() -> None:
    high = torch.arange(1024) < torch.arange(0, 1025, 8)[:, None]
    x = torch.where(high, 4.0, -4.0).view(-1, 1, 32, 32)
    assert mixed_attention(x).mean(dim=(1, 2, 3))[[0, -1]].tolist() == pytest.approx(
        [0.018, 0.982], abs=1e-3
    )
    assert (spatial_attention(x).mean(dim=(1, 2, 3)) - 0.5).abs().max() < WITHIN


def test_the_gradients_are_what_the_chapter_derives() -> None:
    x, pull = torch.randn(2, 3, 4, 6, 6, dtype=torch.float64)
    back = gradient(channel_attention, x, pull)
    assert (back * x).sum(dim=1).abs().max() < 1e-12
    assert torch.allclose(gradient(channel_attention, x / 10, pull), 10 * back)
    size = (x.var(MAP, correction=0, keepdim=True) + 1e-5).sqrt()
    z = (x - x.mean(MAP, keepdim=True)) / size
    h = pull * z.sigmoid() * (1 - z.sigmoid())
    formula = h - h.mean(MAP, keepdim=True) - z * (h * z).mean(MAP, keepdim=True)
    back = gradient(spatial_attention, x, pull)
    assert torch.allclose(back, formula / size)
    assert back.sum(dim=MAP).abs().max() < 1e-12
    assert (back * z).sum(dim=MAP).abs().max() < 1e-3


def test_only_a_mixed_mask_answers_to_the_size_of_its_last_convolution() -> None:
    scenes = load_scenes("test", 64)
    network = FirstAttentionNetwork()
    with torch.no_grad():
        features = network.enter1(network.stem(to_inputs(scenes.images)))
    branch, found = network.stage1.mask, {}
    weight = branch.conv2.weight
    for f in (mixed_attention, channel_attention, spatial_attention):
        branch.activation = f
        mask = branch(features)
        (back,) = torch.autograd.grad(mask.var(), weight)
        with torch.no_grad():
            weight *= 8
            moved = (branch(features) - mask).abs().mean().item()
            weight /= 8
        along = F.cosine_similarity(weight.flatten(), back.flatten(), dim=0).item()
        found[f] = moved, along
    moved, along = found.pop(mixed_attention)
    assert moved > 0.1 and along > 0.3
    for moved, along in found.values():
        assert moved < 1e-4 and abs(along) < 2e-3


def test_statistics_of_the_batch_bring_companions_and_levels_back(scenes) -> None:
    def over_batch(x: Tensor) -> Tensor:
        return torch.sigmoid(F.batch_norm(x, None, None, training=True))

    own, batch = spatial_attention(scenes), over_batch(scenes)
    assert torch.allclose(own[:1], spatial_attention(scenes[:1]), atol=1e-6)
    assert (batch[:1] - over_batch(scenes[:1])).abs().max() > 0.1
    light = scenes.mean(dim=(1, 2, 3))
    dark, bright = light.argmin(), light.argmax()
    assert batch[dark].mean() < 0.3 and batch[bright].mean() > 0.7
    blurred = F.avg_pool2d(scenes, 3, stride=1, padding=1, count_include_pad=False)
    average = over_batch(blurred).mean(dim=(1, 2, 3))
    assert average[dark].item() == pytest.approx(0.22, abs=0.005)
    assert average[bright].item() == pytest.approx(0.78, abs=0.005)
    for k in (dark, bright):
        assert abs(own[k].mean().item() - 0.5) < WITHIN
