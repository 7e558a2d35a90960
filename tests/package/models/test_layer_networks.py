"""Whole networks equal the authors' layer tables.

Two proofs for each of the three tables. The forward pass, written down operation by
operation, is the table's rows: names, connections, kinds, shapes, geometry, parameters,
multiply-adds. And with equal weights the package and a plain interpreter of the table
give the same numbers in float64, after every part of the network and in every mask.

What differs is stated where it is tested: the order of branches that do not need each
other; the softmax behind the classifier, which is no part of the package's networks;
ReLUs of AttentionNeXt that meet no negative number; and at 320 pixels the window of the
last average, which the released files fix at 7 by 7, so that they can only run at 224.

Distances are relative, ``|a - b| / |b|`` with Euclidean norms. Single values may differ
by more where they are close to zero.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
import torch
from layer_networks import NETWORKS, Network, both, build_network, prepare_network
from layer_order import exchanged, free_to_exchange
from layer_tables import error, run
from layer_trace import Tracer, as_traced, trace
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.models import zoo

TOLERANCE = 1e-9
SHOWS = 100 * TOLERANCE  # what a fault must change at the least

# A layer in each kind of place, the same in all three networks.
PLACES = {
    "the stem": "stem.conv",
    "a unit that halves the map": "stages.1.0.conv2",
    "a projection": "stages.2.0.projection",
    "a trunk": "stages.0.1.trunk.1.conv2",
    "the bottom of a mask": "stages.0.1.mask.body.below.below.down.0.conv2",
    "a skip": "stages.0.1.mask.body.skip.conv2",
    "an inner skip": "stages.0.1.mask.body.below.skip.conv1",
    "the end of the first mask": "stages.0.1.mask.conv2",
    "the end of the last mask": "stages.2.1.mask.conv2",
    "a unit after the merge": "stages.1.1.after.0.conv3",
    "the classifier": "head.classify",
}


def on_one_worker(names: tuple[str, ...]) -> list:
    """One worker makes a network ready once, for all tests of it."""
    return [
        pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in names
    ]


@pytest.fixture(scope="module", params=on_one_worker(tuple(NETWORKS)))
def network(request: pytest.FixtureRequest) -> Network:
    """Each network in turn, in float64, calibrated on one image of 224 pixels."""
    return prepare_network(request.param)


@cache
def traced(name: str) -> tuple[Network, Tracer]:
    """A network and what it does at 224 pixels; it holds shapes and no numbers."""
    built = build_network(name, device="meta")
    return built, trace(built)


def images(size: int) -> Tensor:
    """One image of ``size`` pixels, other than the one for calibration."""
    torch.manual_seed(size)
    return 0.5 + 2 * torch.randn(1, 3, size, size, dtype=torch.float64)


# The forward pass, operation by operation.


@pytest.mark.parametrize("name", NETWORKS)
def test_a_networks_operations_are_the_tables_rows_one_by_one(name: str) -> None:
    built, tracer = traced(name)
    *rows, softmax = built.rows
    assert softmax.type == "Softmax"
    expected = [as_traced(row) for row in rows]
    for row in tracer.rows:
        assert row in expected
    assert Counter(tracer.rows) == Counter(expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_operations_come_in_the_tables_order_but_for_independent_branches(
    name: str,
) -> None:
    """The files list trunk before mask, and a skip behind what lies below it; the
    package computes the mask first, and in it the skip. Neither needs the other. Along
    the main line, and within each branch, the order is the file's."""
    built, tracer = traced(name)
    found = exchanged([row[0] for row in tracer.rows], built.rows[:-1])
    assert found == free_to_exchange(built.rows)


def test_two_rows_of_one_branch_that_change_places_are_seen() -> None:
    built, tracer = traced("attention56")
    names = [row[0] for row in tracer.rows]
    early, late = names.index("pre_res_2"), names.index("AttentionB_1")
    names[early], names[late] = names[late], names[early]
    found = exchanged(names, built.rows[:-1])
    assert frozenset({"main line"}) in found - free_to_exchange(built.rows)


@pytest.mark.parametrize("name", ["attention56", "attention92"])
def test_every_relu_of_the_networks_is_one_of_the_tables(name: str) -> None:
    assert traced(name)[1].idle == []


def test_a_relu_that_attentionnext_has_more_meets_no_negative_number() -> None:
    """A batch norm that is not there leaves its ReLU behind. What this reads are sums,
    poolings and interpolations of values that a ReLU let pass, so it does nothing."""
    masks = [f"Attention{stage}_1/mask/up/interp_1" for stage in "ABC"]
    assert traced("attentionnext56")[1].idle == [*masks, "post_res_4_3"]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_parameter_of_a_network_belongs_to_one_row(name: str) -> None:
    built, _ = traced(name)
    with_weights = [
        name
        for name, layer in built.module.named_modules()
        if list(layer.parameters(recurse=False))
    ]
    assert sorted(built.layers) == sorted(with_weights)
    assert len(set(built.layers.values())) == len(with_weights)


@pytest.mark.parametrize(
    ("name", "parameters", "macs"),
    [
        ("attention56", 31_810_728, 6_270_836_736),
        ("attention92", 52_466_344, 10_533_789_696),
        ("attentionnext56", 31_318_824, 6_419_106_816),
        ("attentionnext92", 52_102_952, 10_704_337_920),
    ],
)
def test_a_network_has_the_known_parameters_and_multiply_adds(
    name: str, parameters: int, macs: int
) -> None:
    """AttentionNeXt-92 has no table: its file reads a tensor that no layer makes. Its
    counts are those of the file with that one name mended."""
    with torch.device("meta"):
        module = getattr(zoo, name)().eval()
        with FlopCounterMode(display=False) as counter:
            module(torch.empty(1, 3, 224, 224))
    assert sum(weight.numel() for weight in module.parameters()) == parameters
    assert counter.get_total_flops() == 2 * macs


# The numbers.


@pytest.mark.slow
@pytest.mark.parametrize("size", [224, 320])
def test_a_network_equals_its_table_in_float64(network: Network, size: int) -> None:
    compared = []
    with torch.no_grad():
        for name, found, expected in both(network, images(size)):
            assert found.shape == expected.shape, name
            assert error(found, expected) <= TOLERANCE, name
            if name.endswith(".mask"):
                inside = (expected > 0.02) & (expected < 0.98)
                assert inside.double().mean() >= 0.9, name
            compared.append(name)
    masks = [f"{p}.mask" for p, t in network.parts.items() if "Attention" in t]
    assert sorted(compared) == sorted([*network.parts, *masks])


@pytest.mark.slow
def test_the_files_own_last_average_fits_images_of_224_pixels_only(
    network: Network,
) -> None:
    average = next(row for row in network.rows if row.type == "Pooling-AVE")
    for size, pixels in ((7, 1), (10, 4)):
        blobs = {average.bottoms[0]: torch.ones(1, 2, size, size)}
        assert run([average], blobs, {})[average.top].shape == (1, 2, pixels, pixels)
    widened = [row for _, rows in network.cut(320) for row in rows]
    assert [row for row in widened if row not in network.rows] == [
        replace(average, kernel=10)
    ]
    assert [row for _, rows in network.cut(224) for row in rows] == network.rows


@pytest.fixture(scope="module")
def logits(network: Network) -> Tensor:
    """What the network says of one image."""
    with torch.no_grad():
        return network.module(images(224))


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_one_weight_that_is_wrong_by_a_thousandth_shows_in_the_logits(
    network: Network, logits: Tensor, place: str
) -> None:
    layer = network.module.get_submodule(PLACES[place])
    layer = layer[0] if isinstance(layer, nn.Sequential) else layer
    weight = layer.weight.detach().view(-1)
    largest = weight.abs().argmax()
    value = weight[largest].clone()
    weight[largest] *= 1.001
    with torch.no_grad():
        found = network.module(images(224))
    weight[largest] = value
    assert error(found, logits) >= SHOWS
