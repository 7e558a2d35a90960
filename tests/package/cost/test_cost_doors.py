"""What the counts refuse: sizes with a fraction, stages that are none, no images."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from resattn_tutorial.cost import analytic
from resattn_tutorial.cost.flops import fvcore_count, operations, torch_count
from resattn_tutorial.models.attention_network import Stage


def counted(stages: object, stem: object = analytic.cifar_stem_cost) -> object:
    return analytic.network_costs(stem, stages, 32, 10)


REFUSED = [
    (lambda: analytic.norm_cost(2.5), TypeError, "channels must be a whole number"),
    (lambda: analytic.norm_cost(-4), ValueError, "channels must be at least 1, got -4"),
    (lambda: analytic.unit_cost(4, 8, 2.5), TypeError, "size must be a whole number"),
    (lambda: analytic.unit_cost(4, 8, "8"), TypeError, "size must be a whole number"),
    (lambda: analytic.unit_cost(0, 8, 8), ValueError, "inputs must be at least 1"),
    (lambda: analytic.unit_cost(4, 8, float("inf")), TypeError,
     "size must be a whole n"),
    (lambda: analytic.halved(7.5), TypeError, "size must be a whole number, got 7.5"),
    (lambda: analytic.halved(1), ValueError, "size must be at least 2, got 1"),
    (lambda: analytic.mask_cost(6, 8, 1), ValueError,
     "channels must be a multiple of 4"),
    (lambda: analytic.mask_cost(None, 8, 1), TypeError,
     "channels must be a whole numbe"),
    (lambda: analytic.mask_cost(8, 8, 10**9), ValueError,
     "poolings must be at most 16"),
    (lambda: analytic.trunk_cost("8", 8), TypeError, "channels must be a whole number"),
    (lambda: analytic.cifar_stem_cost(2.5), TypeError, "image must be a whole number"),
    (lambda: analytic.head_cost(-1, 10), ValueError, "channels must be at least 1"),
    (lambda: 2.5 * analytic.Cost(1), TypeError,
     "count must be a whole number, got 2.5"),
    (lambda: analytic.Cost(1) + 3, TypeError, "unsupported operand"),
    (lambda: counted(None), TypeError,
     "stages must be a list or a tuple, got NoneType"),
    (lambda: counted([(8, 1)]), TypeError, "a stage must be a Stage, got tuple"),
    (lambda: counted([Stage(8, -1)]), ValueError, "modules must be at least 0, got -1"),
    (lambda: counted([Stage(8, leave=-1)]), ValueError, "leave must be at least 0"),
    (lambda: counted([Stage(8)], stem=None), TypeError, "stem must be a function"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_counted_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


@pytest.mark.parametrize("count", [operations, torch_count, fvcore_count])
@pytest.mark.parametrize("images", [None, "image.png", [[0.0]], 3])
def test_images_that_are_no_tensor_are_refused(count: Callable, images: object) -> None:
    with pytest.raises(TypeError, match="^images must be a tensor, got "):
        count(nn.Conv2d(3, 2, 1), images)


@pytest.mark.parametrize("count", [operations, torch_count])
def test_shapes_without_numbers_are_enough_to_count(count: Callable) -> None:
    network = nn.Conv2d(3, 2, 1, device="meta")
    assert count(network, torch.zeros(1, 3, 8, 8, device="meta"))
