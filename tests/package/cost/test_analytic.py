"""Counting by arithmetic: against the authors' tables, and against built networks."""

from __future__ import annotations

import pytest
import torch
from counted_networks import cifar_stages, imagenet, together
from layer_tables import Row, read_table
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.cost.analytic import (
    Cost,
    cifar_stem_cost,
    convolution_cost,
    halved,
    head_cost,
    imagenet_stem_cost,
    mask_cost,
    network_costs,
    norm_cost,
    trunk_cost,
    unit_cost,
)
from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem

TABLES = ("attention56", "attention92", "attentionnext56")
MODULES = {"attention56": (1, 1, 1), "attention92": (1, 2, 3)}
# The rows of each part, by how their names begin; "mask" marks those of a mask.
PLACES = {
    "stem": ("conv1",),
    "stage 1": ("pre_res_1", "AttentionA"),
    "stage 2": ("pre_res_2", "AttentionB"),
    "stage 3": ("pre_res_3", "AttentionC"),
    "stage 4": ("post_res_4",),
    "head": ("classifier",),
}


def measured(part: nn.Module, *shape: int) -> Cost:
    """A part's cost without any counting of ours; the part lies on the meta device."""
    with FlopCounterMode(display=False) as counter:
        part.eval()(torch.empty(shape, device="meta"))
    norms = [m for m in part.modules() if isinstance(m, nn.BatchNorm2d)]
    scales = sum(2 * norm.num_features for norm in norms)
    learned = sum(p.numel() for p in part.parameters())
    return Cost(learned - scales, scales, counter.get_total_flops() // 2)


@pytest.mark.parametrize("table", TABLES)
def test_every_convolution_and_batch_norm_of_the_authors_costs_what_its_row_says(table):
    counted = {"Convolution": 0, "BN": 0, "InnerProduct": 0}
    for row in read_table(table):
        if row.type == "Convolution":
            (inputs, *_), (outputs, _, size) = row.in_shape, row.out_shape
            cost = convolution_cost(inputs, outputs, row.kernel, size, row.group)
            assert cost == Cost(row.params_conv, 0, row.macs), row.name
        elif row.type == "BN":
            cost = norm_cost(row.out_shape[0])
            assert cost == Cost(0, row.bn_affine, 0) and row.bn_affine == row.bn_stats
        elif row.type == "InnerProduct":
            cost = head_cost(row.in_shape[0], row.out_shape[0])
            assert cost.multiply_adds == row.macs
            assert cost.weights == row.params_conv + row.params_bias
        else:
            assert not row.macs and not row.params_conv, row.name
            continue
        counted[row.type] += 1
    assert all(counted.values())


def place_of(row: Row) -> str:
    """The part of the hand count that a row belongs to."""
    place = next(p for p, heads in PLACES.items() if row.name.startswith(heads))
    if place.startswith("stage"):
        place += ", masks" if "/mask/" in row.name else ", trunk"
    return place


@pytest.mark.parametrize("table", MODULES)
def test_each_part_costs_what_the_rows_of_that_part_add_up_to(table):
    parts = imagenet(MODULES[table])
    rows = [row for row in read_table(table) if row.params_conv]
    for place, cost in parts.items():
        mine = [row for row in rows if place_of(row) == place]
        assert cost.weights == sum(row.params_conv + row.params_bias for row in mine)
        assert cost.multiply_adds == sum(row.macs for row in mine), place
    assert {place_of(row) for row in rows} == set(parts)


@pytest.mark.parametrize("table", MODULES)
def test_a_whole_network_costs_what_all_rows_add_up_to(table):
    rows, whole = read_table(table), together(imagenet(MODULES[table]))
    assert whole.weights == sum(row.params_conv + row.params_bias for row in rows)
    assert whole.norms == sum(row.bn_affine for row in rows)
    assert whole.stored - whole.parameters == sum(row.bn_stats for row in rows)
    assert whole.multiply_adds == sum(row.macs for row in rows)


def test_the_known_counts_of_attention_56_and_92_are_met():
    small, large = together(imagenet((1, 1, 1))), together(imagenet((1, 2, 3)))
    assert (small.weights, small.parameters) == (31_738_024, 31_810_728)
    assert (small.stored, small.multiply_adds) == (31_883_432, 6_270_836_736)
    assert (large.weights, large.parameters) == (52_332_712, 52_466_344)
    assert (large.stored, large.multiply_adds) == (52_599_976, 10_533_789_696)


@pytest.mark.parametrize(
    ("modules", "more", "parameters", "millions"),
    [
        (1, {}, 1_030_362, 122.8),
        (2, {}, 1_841_242, 211.9),
        (3, {}, 2_652_122, 301.0),
        (4, {}, 3_463_002, 390.1),
        (6, {}, 5_084_762, 568.3),
        (6, {"p": 2, "t": 4, "r": 3}, 10_181_210, 984.4),
    ],
)
def test_the_known_counts_of_the_cifar_family_are_met(
    modules, more, parameters, millions
):
    stages = cifar_stages(modules)
    cost = together(network_costs(cifar_stem_cost, stages, 32, 10, **more))
    assert cost.parameters == parameters
    assert round(cost.multiply_adds / 1e6, 1) == millions


def test_a_stage_of_units_alone_counts_resnet_164():
    stages = [Stage(channels, enter=18) for channels in (64, 128, 256)]
    cost = together(network_costs(cifar_stem_cost, stages, 32, 10))
    with torch.device("meta"):
        built = zoo.cifar_resnet164()
    assert cost == measured(built, 1, 3, 32, 32) and cost.parameters == 1_703_258


@pytest.mark.slow
@pytest.mark.parametrize("size", [31, 32, 63, 97, 101, 224, 299])
def test_at_any_image_size_the_roundings_are_those_of_the_network(size):
    stages = [
        Stage(16, 1, poolings=3), Stage(32, 2, poolings=2, leave=1), Stage(64, enter=2)
    ]
    with torch.device("meta"):
        built = ResidualAttentionNetwork(ImageNetStem(), stages, 7)
    cost = together(network_costs(imagenet_stem_cost, stages, size, 7))
    assert cost == measured(built, 1, 3, size, size)


@pytest.mark.slow
@pytest.mark.parametrize("size", [8, 19, 33])
def test_p_t_and_r_count_as_they_are_built(size):
    stages = [Stage(16, 2, poolings=3, leave=1), Stage(24, 1, enter=3)]
    with torch.device("meta"):
        built = ResidualAttentionNetwork(CifarStem(), stages, 5, p=2, t=3, r=2)
    cost = together(network_costs(cifar_stem_cost, stages, size, 5, p=2, t=3, r=2))
    assert cost == measured(built, 1, 3, size, size)


@pytest.mark.parametrize(
    ("inputs", "outputs", "stride", "size"),
    [(16, 16, 1, 9), (12, 16, 1, 9), (16, 16, 2, 9), (8, 32, 2, 10), (8, 32, 3, 10)],
)
def test_a_unit_costs_what_is_built(inputs, outputs, stride, size):
    with torch.device("meta"):
        built = ResidualUnit(inputs, outputs, stride)
    assert unit_cost(inputs, outputs, size, stride) == measured(
        built, 1, inputs, size, size
    )


@pytest.mark.parametrize(("size", "poolings"), [(8, 3), (23, 3), (9, 2), (1, 0)])
@pytest.mark.parametrize("r", [1, 3])
def test_a_mask_costs_what_is_built(size, poolings, r):
    with torch.device("meta"):
        built = SoftMaskBranch(12, poolings, r)
    assert mask_cost(12, size, poolings, r) == measured(built, 1, 12, size, size)


@pytest.mark.parametrize("size", range(2, 30))
def test_halving_is_the_masks_pooling(size):
    pool = nn.MaxPool2d(3, stride=2, padding=0, ceil_mode=True)
    assert halved(size) == pool(torch.empty(1, 1, size, size)).shape[-1]


def test_costs_add_up_and_come_in_numbers():
    one = Cost(weights=2, norms=3, multiply_adds=5)
    assert one + one == 2 * one == Cost(4, 6, 10)
    assert 0 * one == Cost() and (one.parameters, one.stored) == (5, 8)
    assert trunk_cost(8, 4, p=2, t=3) == 7 * unit_cost(8, 8, 4)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (lambda: unit_cost(16, 18, 8), "outputs must be a multiple of 4, got 18"),
        (lambda: unit_cost(16, 16, 8, stride=0), "stride must be at least 1, got 0"),
        (lambda: mask_cost(16, 7, 3), "size must be at least 8, got 7"),
        (lambda: mask_cost(16, 8, -1), "poolings must be at least 0, got -1"),
        (lambda: mask_cost(16, 8, 1, r=0), "r must be at least 1, got 0"),
        (lambda: convolution_cost(6, 8, 1, 4, groups=4), "inputs must be a multiple"),
        (lambda: trunk_cost(16, 8, p=0), "p must be at least 1, got 0"),
        (lambda: head_cost(16, 0), "classes must be at least 1, got 0"),
        (lambda: imagenet_stem_cost(2), "image must be at least 3, got 2"),
        (lambda: imagenet((1, 1, 1), size=30), "size must be at least 8, got 7"),
        (
            lambda: network_costs(cifar_stem_cost, [Stage(8, enter=0)], 8, 2),
            "enter must be at least 1, got 0",
        ),
    ],
)
def test_what_cannot_be_built_cannot_be_counted(count, words):
    with pytest.raises(ValueError, match=words):
        count()


def test_a_size_that_is_no_whole_number_is_refused():
    with pytest.raises(TypeError, match=r"size must be a whole number, got 3\.5"):
        unit_cost(16, 16, 3.5)
