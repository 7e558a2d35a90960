"""Three edits make another network of the same layers, and each does what it says."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.departures import (
    DEPARTURES,
    add_trunk_to_mask,
    double_skips,
    mask_end,
    pad_poolings,
)
from resattn_tutorial.models.matching.trace import MatchingError
from resattn_tutorial.models.matching.transfer import take_weights
from resattn_tutorial.models.post_activation import PostActivationUnit, exchange_units
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from resattn_tutorial.models.zoo import cifar_attention56, cifar_resnet164

Edit = Callable[[nn.Module], nn.Module]
EDITS = list(DEPARTURES.values())


def network() -> nn.Module:
    torch.manual_seed(0)
    return cifar_attention56().eval()


def images(size: int = 32) -> Tensor:
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))


@torch.no_grad()
def logits(of: nn.Module, size: int = 32) -> Tensor:
    return of(images(size))


def plain_body(
    body: nn.Module, x: Tensor, padded: bool, doubled: bool
) -> Tensor:
    """A mask down and up, written out; what departs is asked at each place."""
    if padded:
        y = F.max_pool2d(x, 3, 2, padding=1)
    else:
        y = F.max_pool2d(x, 3, 2, ceil_mode=True)
    y = body.down(y)
    if body.below is not None:
        skip = plain_unit(body.skip)(y)
        y = skip + (y if doubled else 0) + plain_body(body.below, y, padded, doubled)
    return F.interpolate(
        body.up(y), size=x.shape[-2:], mode="bilinear", align_corners=True)


def plain_unit(unit: ResidualUnit) -> ResidualUnit:
    """A unit without what an edit made of it."""
    twin = ResidualUnit(unit.in_channels).eval()
    twin.load_state_dict(unit.state_dict())
    return twin


@torch.no_grad()
def plain_module(
    module: nn.Module, x: Tensor, padded: bool, doubled: bool, trunk_in_mask: bool
) -> Tensor:
    """An attention module, written out."""
    x = module.before(x)
    trunk = module.trunk(x)
    y = plain_body(module.mask.body, x, padded, doubled)
    y = y + trunk if trunk_in_mask else y
    y = module.mask.conv1(F.relu(module.mask.bn1(y)))
    y = module.mask.conv2(F.relu(module.mask.bn2(y)))
    return module.after((1 + torch.sigmoid(y)) * trunk)


CASES = [
    (padded, doubled, trunk)
    for padded in (False, True) for doubled in (False, True) for trunk in (False, True)
]


@pytest.mark.parametrize("case", CASES)
def test_a_departed_module_is_the_one_written_out(case):
    whole = network()
    for edit, wanted in zip(EDITS, case, strict=True):
        if wanted:
            edit(whole)
    module = whole.stages[0][1]
    assert isinstance(module, AttentionModule)
    x = torch.randn(2, 64, 32, 32, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        found = module(x)
    wanted = plain_module(module, x, *case)
    assert (found - wanted).norm() <= 1e-5 * wanted.norm()
    others = [plain_module(module, x, *other) for other in CASES if other != case]
    assert all((found - other).norm() > 1e-3 * wanted.norm() for other in others)


@pytest.mark.parametrize("edit", EDITS)
def test_a_departure_keeps_names_and_numbers_and_moves_the_output(edit: Edit):
    whole = network()
    before = {name: value.clone() for name, value in whole.state_dict().items()}
    right = logits(whole)
    assert edit(whole) is whole
    after = whole.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert (logits(whole) - right).norm() > 1e-2 * right.norm()


@pytest.mark.parametrize("edit", EDITS)
def test_to_depart_twice_is_to_depart_once(edit: Edit):
    once = edit(network())
    assert torch.equal(logits(edit(copy.deepcopy(once))), logits(once))


def test_the_order_of_departures_does_not_matter():
    one, other = network(), network()
    for edit in EDITS:
        edit(one)
    for edit in reversed(EDITS):
        edit(other)
    assert torch.equal(logits(one), logits(other))


def test_a_padded_pooling_gives_a_pixel_more_where_the_size_is_odd():
    pools = [whole.stages[0][1].mask.body.pool
             for whole in (network(), pad_poolings(network()))]
    for size, (files, padded) in {7: (3, 4), 8: (4, 4)}.items():
        x = torch.zeros(1, 1, size, size)
        assert [pool(x).shape[-1] for pool in pools] == [files, padded]


def test_only_masks_have_a_trunk_in_them_and_their_masks_are_shown():
    whole = add_trunk_to_mask(network())
    with torch.no_grad():
        found, masks = whole.with_masks(images())
    assert torch.equal(found, logits(whole))
    assert len(masks) == 3


def test_a_mask_s_end_is_the_end_of_the_mask():
    mask = SoftMaskBranch(8, 1).eval()
    x = torch.randn(1, 8, 6, 6)
    with torch.no_grad():
        assert torch.equal(mask_end(mask, mask.body(x)), mask(x))


@pytest.mark.parametrize("edit", EDITS)
def test_a_departed_network_learns(edit: Edit):
    whole = edit(network()).train()
    whole(images()).sum().backward()
    assert all(p.grad is not None for p in whole.parameters())


@pytest.mark.parametrize(("name", "words"), [
    ("poolings padded", "padding 1"),
    ("skips doubled", "yours has an addition"),
    ("trunk added into the mask", "also comes behind"),
])
def test_the_tool_of_chapter_11_finds_each_departure(name: str, words: str):
    departed = DEPARTURES[name](network())
    with pytest.raises(MatchingError, match=words):
        take_weights(departed, network(), images())


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_no_attention_network_is_refused(edit: Edit):
    for wrong in (cifar_resnet164(), nn.Linear(2, 2), None):
        with pytest.raises(TypeError, match="network must be a ResidualAttention"):
            edit(wrong)


def test_a_network_of_other_parts_is_refused_before_anything_changes():
    other = exchange_units(network(), PostActivationUnit).eval()
    right = logits(other)
    with pytest.raises(TypeError, match="made of ResidualUnits .* PostActivationUnit"):
        double_skips(other)
    saving = save_memory(network())
    with pytest.raises(TypeError, match="made of ResidualUnits .* SavingUnit"):
        double_skips(saving)
    assert torch.equal(logits(other), right)
