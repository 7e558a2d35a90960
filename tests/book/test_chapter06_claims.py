"""What chapter 6 says in words about its outputs holds when computed apart from it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.models.attention_module import AttentionModule, local_mask_branch
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import SoftMaskBranch, row_of_units

STAGES = [(256, 56, 3), (512, 28, 2), (1024, 14, 1)]
MIDDLE = slice(11, 22)


def work(part: nn.Module, channels: int, size: int) -> int:
    with FlopCounterMode(display=False) as counter:
        part.eval()(torch.zeros(1, channels, size, size, device="meta"))
    return counter.get_total_flops() // 2


def seen(network: nn.Module) -> Tensor:
    """Whether, and how strongly, each pixel acts on the centre of the output."""
    torch.manual_seed(1)
    x = torch.randn(8, 16, 32, 32, requires_grad=True)
    y = he_initialise(network).eval()(x)
    y[:, :, 16, 16].sum().backward()
    return x.grad.abs().sum(dim=(0, 1))


def rows(network: nn.Module) -> int:
    return int(seen(network).sum(dim=1).count_nonzero())


@pytest.fixture(scope="module")
def costs() -> dict[str, list[int]]:
    """The three masks' multiply-adds in every reading of Table 4."""
    with torch.device("meta"):
        masks = {
            "pooled": [SoftMaskBranch(c, d) for c, _, d in STAGES],
            "three": [local_mask_branch(c, 3) for c, _, _ in STAGES],
            "one": [local_mask_branch(c, 1) for c, _, _ in STAGES],
            "no tail": [row_of_units(c, 3) for c, _, _ in STAGES],
        }
    return {
        name: [work(m, c, s) for m, (c, s, _) in zip(parts, STAGES, strict=True)]
        for name, parts in masks.items()
    }


def test_three_units_in_every_mask_cost_nearly_twice_the_masks_with_poolings(costs):
    ratios = [a / b for a, b in zip(costs["three"], costs["pooled"], strict=True)]
    assert [f"{ratio:.2f}" for ratio in ratios] == ["1.71", "1.77", "2.05"]
    assert 1.8 < sum(costs["three"]) / sum(costs["pooled"]) < 2


def test_one_unit_a_mask_comes_within_a_tenth_and_no_tail_nearly_as_close(costs):
    one = sum(costs["one"]) / sum(costs["pooled"])
    bare = sum(costs["no tail"]) / sum(costs["pooled"])
    ratios = [a / b for a, b in zip(costs["one"], costs["pooled"], strict=True)]
    assert [f"{ratio:.2f}" for ratio in ratios] == ["1.01", "1.05", "1.21"]
    assert 1 < one < 1.1 and one < bare < 1.15


def test_the_ratios_are_the_same_for_small_images():
    cases = [(64, 32, 3, 1.0110), (256, 8, 1, 1.2099)]
    for channels, size, poolings, expected in cases:
        with torch.device("meta"):
            one = local_mask_branch(channels, 1)
            pooled = SoftMaskBranch(channels, poolings)
        ratio = work(one, channels, size) / work(pooled, channels, size)
        assert ratio == pytest.approx(expected, abs=1e-4)


def test_each_pooling_widens_the_mask_until_it_spans_the_map():
    modules = [AttentionModule(16, poolings) for poolings in range(4)]
    assert [rows(module.trunk) for module in modules] == [5, 5, 5, 5]
    spans = [rows(module.mask) for module in modules]
    assert spans[0] == 5 < spans[1] < spans[2] == spans[3] == 32


def test_the_third_pooling_moves_the_weight_outwards():
    shares = []
    for poolings in (2, 3):
        one = seen(SoftMaskBranch(16, poolings))
        shares.append(1 - (one[MIDDLE, MIDDLE].sum() / one.sum()).item())
    assert shares[1] > shares[0] + 0.1


def test_a_local_mask_of_one_unit_sees_less_than_the_trunk_beside_it():
    assert rows(local_mask_branch(16, 1)) == 3
    assert rows(local_mask_branch(16, 3)) == 5 + 2
    assert rows(row_of_units(16, 2)) == 5


def open_rows(network: nn.Module, size: int) -> int:
    """The rows that act on the centre where no ReLU closes a way."""
    for parameter in network.parameters():
        nn.init.constant_(parameter, 0.1 if parameter.dim() > 1 else 1.0)
    ramp = torch.rand(1, 4, size, size, generator=torch.Generator().manual_seed(1))
    x = ramp.double().requires_grad_()
    centre = network.double().eval()(x)[:, :, size // 2, size // 2].sum()
    centre.backward()
    return int(x.grad.sum(dim=(0, 1, 3)).count_nonzero())


def test_on_the_first_stages_map_the_mask_sees_all_and_a_trunk_needs_28_units():
    assert open_rows(SoftMaskBranch(4, 3, activation=nn.Identity()), 56) == 56
    assert open_rows(row_of_units(4, 28), 56) == 56
    assert open_rows(row_of_units(4, 27), 56) < 56


def test_two_units_see_five_rows_of_the_seven_that_are_left():
    torch.manual_seed(0)
    x = torch.randn(16, 16, 7, 7).requires_grad_()  # some images let every ReLU pass
    y = he_initialise(row_of_units(16, 2)).eval()(x)
    y[:, :, 3, 3].sum().backward()
    assert x.grad.abs().sum(dim=(0, 1, 3)).count_nonzero() == 5


def test_one_more_r_costs_six_units_of_weights_and_two_thirds_of_ones_work():
    channels, size, poolings = STAGES[0]
    with torch.device("meta"):
        unit = ResidualUnit(channels)
        less, more = (AttentionModule(channels, poolings, r=r) for r in (1, 2))

    def weights(part: nn.Module) -> int:
        return sum(one.numel() for one in part.parameters())

    assert weights(more) - weights(less) == 6 * weights(unit)
    extra = work(more, channels, size) - work(less, channels, size)
    assert extra / work(unit, channels, size) == 2 * (1 / 4 + 1 / 16 + 1 / 64)


def test_the_masks_tail_weighs_and_costs_nearly_two_units():
    channels, size, _ = STAGES[0]
    with torch.device("meta"):
        unit, local = ResidualUnit(channels), local_mask_branch(channels, 1)
    tail = work(local, channels, size) / work(unit, channels, size) - 1
    assert 1.8 < tail < 2
    held = [sum(p.numel() for p in part.parameters()) for part in (local, unit)]
    assert 1.8 < held[0] / held[1] - 1 < 2


@pytest.mark.parametrize(
    ("name", "p", "t", "modules"),
    [(56, 1, 2, 1), (92, 1, 2, 2), (128, 1, 2, 3), (164, 1, 2, 4), (236, 1, 2, 6),
     (452, 2, 4, 6)],
)
def test_only_p_units_after_the_merge_give_every_network_its_name(
    name, p, t, modules
):
    def depth(behind: int) -> int:
        return 3 * modules * (p + t + behind) * 3 + 20

    assert depth(p) == name and depth(0) != name
    assert (depth(1) == name) is (p == 1)
    assert name != 452 or depth(1) == 398
