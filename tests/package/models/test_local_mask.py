"""The mask without poolings of the paper's Table 4: what it costs, how far it sees."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from resattn_tutorial.models.attention_module import AttentionModule, local_mask_branch
from resattn_tutorial.models.mask_activations import mixed_attention, spatial_attention
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch


def mask_cost(mask: SoftMaskBranch, side: int) -> int:
    """Multiply-adds of a mask's convolutions on a map of ``side`` pixels."""
    counts = []
    for layer in mask.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(
                lambda at, _, out: counts.append(out.numel() * at.weight[0].numel())
            )
    mask.eval()(torch.empty(1, mask.channels, side, side))
    return sum(counts)


@pytest.mark.parametrize(
    ("channels", "poolings", "side", "three", "one"),
    [(256, 3, 56, 1.71, 1.01), (512, 2, 28, 1.77, 1.05), (1024, 1, 14, 2.05, 1.21)],
)
def test_a_local_mask_costs_what_the_fact_sheet_says(
    channels: int, poolings: int, side: int, three: float, one: float
) -> None:
    with torch.device("meta"):
        theirs = mask_cost(SoftMaskBranch(channels, poolings), side)
        ours = [mask_cost(local_mask_branch(channels, n), side) for n in (3, 1)]
    assert [round(cost / theirs, 2) for cost in ours] == [three, one]


@pytest.mark.parametrize("units", [1, 3])
def test_a_local_mask_sees_a_pixel_more_on_each_side_for_every_unit(units: int) -> None:
    mask = local_mask_branch(8, units)
    assert len([m for m in mask.modules() if isinstance(m, ResidualUnit)]) == units
    for name, weight in mask.named_parameters():
        nn.init.constant_(weight, 10.0 if "bn" in name else 0.1)
    mask.activation = nn.Identity()
    x = torch.randn(1, 8, 11, 11, requires_grad=True)
    mask.eval()(x)[..., 5, 5].sum().backward()
    seen = (x.grad[0] != 0).any(dim=0)
    expected = torch.zeros(11, 11, dtype=torch.bool)
    expected[5 - units : 6 + units, 5 - units : 6 + units] = True
    assert torch.equal(seen, expected)


def test_a_local_mask_may_stand_in_a_module_and_takes_any_size() -> None:
    module = AttentionModule(8, 2)
    module.mask = local_mask_branch(8, units=1, activation=spatial_attention)
    assert module.mask.activation is spatial_attention
    assert module.eval()(torch.randn(2, 8, 1, 3)).shape == (2, 8, 1, 3)
    assert module.mask(torch.randn(2, 8, 1, 1)).numel() == 16
    with pytest.raises(ValueError, match="^units must be at least 1, got 0"):
        local_mask_branch(8, 0)


def test_a_local_mask_ends_like_any_other() -> None:
    mask, full = local_mask_branch(8, units=2).eval(), SoftMaskBranch(8, 1).eval()
    assert mask.activation is mixed_attention
    full.load_state_dict(mask.state_dict(), strict=False)
    full.body = mask.body
    x = torch.randn(2, 8, 6, 6)
    assert torch.equal(mask(x), full(x))
