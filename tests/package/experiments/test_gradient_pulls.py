"""Whether a mask holds back the gradients of wrong labels: it can be told both ways."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.experiments.gradient_pulls import (
    attention_modules,
    filtered,
    filtering,
    gradients_through,
    pulls,
)
from resattn_tutorial.models.attention_module import (
    AttentionModule,
    naive_attention,
    residual_attention,
)
from resattn_tutorial.models.mini import mini_network

MERGES = [residual_attention, naive_attention]


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("merge", MERGES)
def test_values_are_the_own_mask_s_and_gradients_the_stand_in_s(merge) -> None:
    mask, stand_in = random(2, 3, 4, 4), random(2, 3, 4, 4, seed=1)
    features, ahead = random(2, 3, 4, 4, seed=2), random(2, 3, 4, 4, seed=3)
    for each in (mask, stand_in, features):
        each.requires_grad_()
    out = filtered(mask, stand_in, features, merge)
    torch.testing.assert_close(out, merge(mask, features))
    (out * ahead).sum().backward()
    extra = 1 if merge is residual_attention else 0
    torch.testing.assert_close(features.grad, (extra + stand_in.detach()) * ahead)
    assert mask.grad is None and stand_in.grad is None


def test_through_its_own_masks_a_network_s_trunk_gradients_are_the_usual_ones() -> None:
    torch.manual_seed(0)
    network = mini_network(1).double().eval()
    inputs, labels = random(3, 3, 32, 32), torch.tensor([1, 4, 4])
    masks = [mask.detach() for mask in network.with_masks(inputs)[1].values()]
    found = pulls(network, inputs, labels, masks)
    modules = attention_modules(network)
    for one in range(3):
        image, label = inputs[one : one + 1], labels[one : one + 1]
        # No gradient may reach the trunk of one module through the mask of the next.
        with torch.no_grad():
            fixed = [mask[one : one + 1] for mask in masks]
        held = [module.mask for module in modules]
        for module, mask in zip(modules, fixed, strict=True):
            module.mask = Fixed(mask)
        network.zero_grad()
        F.cross_entropy(network(image), label).backward()
        for module, mask in zip(modules, held, strict=True):
            module.mask = mask
        squares = sum(
            w.grad.square().sum() for m in modules for w in m.trunk.parameters()
        )
        assert found[one].item() == pytest.approx(math.sqrt(squares), rel=1e-9)


class Fixed(nn.Module):
    """A mask that is given, whatever comes in."""

    channels, smallest = 0, 1

    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.given = mask
        self.channels = mask.shape[1]

    def forward(self, x: Tensor) -> Tensor:
        return self.given


def test_merges_come_back_even_after_a_failure() -> None:
    network = mini_network(1)
    modules = attention_modules(network)
    masks = [torch.zeros(1)] * len(modules)
    with pytest.raises(KeyError), gradients_through(modules, masks):
        assert modules[0].merge is not residual_attention
        raise KeyError
    assert all(module.merge is residual_attention for module in modules)


class MarkReader(nn.Module):
    """A mask that sees a mark in the corner of an image, or looks elsewhere."""

    channels, smallest = 4, 1

    def __init__(self, reads_mark: bool) -> None:
        super().__init__()
        self.reads_mark = reads_mark

    def forward(self, x: Tensor) -> Tensor:
        seen = x[:, :1, :1, :1] if self.reads_mark else x[:, :1, 1:2, 1:2]
        return (1 - 0.9 * seen).expand_as(x)         # (N, C, h, w)


class Made(nn.Module):
    """A network whose only module has such a mask."""

    def __init__(self, reads_mark: bool, merge) -> None:
        super().__init__()
        self.module = AttentionModule(4, poolings=0, merge=merge)
        self.module.before = nn.Identity()
        self.module.mask = MarkReader(reads_mark)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.module(x).mean(dim=(2, 3)))


def effect_of(reads_mark: bool, merge, marked: Tensor, changed: Tensor):
    """The filtering of a made-up network, some of whose images bear a mark."""
    torch.manual_seed(1)
    network = Made(reads_mark, merge).double()
    inputs = random(60, 4, 4, 4)
    inputs[:, 0, 0, 0] = marked.double()
    masks = [network.module.mask(inputs)]
    usual = [masks[0].mean(dim=(0, 2, 3), keepdim=True)]
    labels = torch.arange(60) % 3
    own, other = (pulls(network, inputs, labels, each) for each in (masks, usual))
    return filtering(own, other, changed)


@pytest.mark.parametrize("merge", MERGES)
def test_a_mask_that_filters_and_one_that_does_not_are_told_apart(merge) -> None:
    changed = torch.arange(60) % 5 < 2
    assert effect_of(True, merge, changed, changed).high < 0.9
    blind = effect_of(False, merge, changed, changed)
    assert blind.low < 1 < blind.high
    # A mask that closes on the right labels lets the wrong ones through.
    assert effect_of(True, merge, ~changed, changed).low > 1.1


def test_the_factor_is_what_is_passed_of_one_kind_over_that_of_the_other() -> None:
    own = torch.tensor([1.0, 4.0, 3.0, 2.0, 1.0])
    other = torch.tensor([8.0, 2.0, 3.0, 5.0, 4.0])
    changed = torch.tensor([True, True, False, False, False])
    found = filtering(own, other, changed)
    assert found.factor == pytest.approx((5 / 10) / (6 / 12))
    assert found.low < found.factor < found.high
    assert filtering(2 * own, other, changed) == found


def test_a_mask_that_passes_nothing_of_wrong_labels_has_the_factor_zero() -> None:
    own = torch.tensor([0.0, 0.0, 3.0, 2.0])
    changed = torch.tensor([True, True, False, False])
    assert filtering(own, torch.ones(4), changed) == (0, 0, 0)


def test_its_interval_holds_what_many_other_images_would_give() -> None:
    generator = torch.Generator().manual_seed(0)

    def drawn(images: int) -> tuple[Tensor, Tensor, Tensor]:
        changed = torch.rand(images, generator=generator) < 0.3
        other = torch.rand(images, generator=generator) + 0.5
        passed = 1 + 0.3 * torch.rand(images, generator=generator)
        return other * passed * (1 - 0.1 * changed.float()), other, changed

    held = [
        found.low < 0.9 < found.high
        for found in (filtering(*drawn(200)) for _ in range(200))
    ]
    assert 0.89 < sum(held) / len(held) <= 0.99


@pytest.mark.parametrize(("own", "changed", "words"), [
    ([1.0, -1.0, 1.0], [True, False, True], "own must be 3 pulls of at least 0, got 3"),
    ([1.0, 1.0], [True, False, True], "own must be 3 pulls of at least 0, got 2"),
    ([1.0, 1.0, 1.0], [True, False, True], "two images of each kind, got 2 changed"),
    ([1.0, 1.0, 0.0, 0.0], [True, True, False, False], "pass something of the kept"),
])
def test_what_cannot_be_compared_is_refused(own, changed, words) -> None:
    with pytest.raises(ValueError, match=words):
        filtering(torch.tensor(own), torch.ones(len(changed)), torch.tensor(changed))


def test_a_network_without_masks_is_refused() -> None:
    with pytest.raises(ValueError, match="must have attention modules, got none"):
        attention_modules(nn.Linear(2, 2))
