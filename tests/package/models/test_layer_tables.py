"""The residual unit and the soft mask equal the authors' layer tables.

Two proofs, block by block, for stages 1 to 3 of Attention-56; the whole networks are in
``test_layer_networks.py``. A block's forward pass is written down operation by
operation and compared with the table's rows: names, connections, shapes, parameters,
multiply-adds. And with equal weights its output is compared with that of the rows,
carried out by plain functions.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from pathlib import Path

import pytest
import torch
from layer_blocks import MASKS, UNITS, Block, attention56, build, prepare
from layer_tables import Row, error, read_table, run, weight_shapes
from layer_trace import as_traced, trace
from torch import Tensor, nn

NETWORKS = ("attention56", "attention92", "attentionnext56")
BLOCKS = (*UNITS, *MASKS)


@pytest.fixture(scope="module", params=BLOCKS)
def prepared(request: pytest.FixtureRequest) -> tuple[Block, Tensor]:
    """Each block in turn, in float64, with an input."""
    return prepare(request.param)


# The tables themselves.


@pytest.mark.parametrize("network", NETWORKS)
def test_a_table_counts_what_its_shapes_and_kernels_say(network: str) -> None:
    for row in read_table(network):
        weights = {name: prod(s) for name, s in weight_shapes(row).items()}
        if row.type == "BN":
            assert row.bn_affine == weights["weight"] + weights["bias"], row
            assert row.bn_stats == 2 * row.in_shape[0], row
        elif row.type in ("Convolution", "InnerProduct"):
            assert row.params_conv == weights["weight"], row
            assert row.params_bias == weights.get("bias", 0), row
            assert row.macs == weights["weight"] * prod(row.out_shape[1:]), row
        else:
            counts = (row.params_conv, row.params_bias, row.bn_affine, row.bn_stats)
            assert counts == (0, 0, 0, 0) and row.macs == 0, row


@pytest.mark.parametrize(
    ("network", "parameters", "macs"),
    [
        ("attention56", 31_810_728, 6_270_836_736),
        ("attention92", 52_466_344, 10_533_789_696),
        ("attentionnext56", 31_318_824, 6_419_106_816),
    ],
)
def test_a_table_sums_to_the_known_cost_of_its_network(
    network: str, parameters: int, macs: int
) -> None:
    rows = read_table(network)
    learnt = sum(row.params_conv + row.params_bias + row.bn_affine for row in rows)
    assert (learnt, sum(row.macs for row in rows)) == (parameters, macs)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_whole_table_runs_and_every_tensor_has_the_shape_it_says(
    network: str,
) -> None:
    rows = read_table(network)
    torch.manual_seed(0)
    weights = {row.name: draw_weights(row) for row in rows}
    x = torch.randn(1, *rows[0].in_shape)
    with torch.no_grad():
        blobs = run(rows, {"data": x}, weights)
    for row in rows:
        assert tuple(blobs[row.top].shape[1:]) == row.out_shape, row
    assert float(blobs["cls"].sum()) == pytest.approx(1, abs=1e-5)


def draw_weights(row: Row) -> dict[str, Tensor]:
    """Weights that keep the signal's size; batch norms that scale by one tenth.

    Nothing here is trained, so sums of many units would grow without bound.
    """
    values = {"bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
    weights = {}
    for name, shape in weight_shapes(row).items():
        weights[name] = torch.full(shape, values.get(name, 0.1))
        if len(shape) > 1:
            nn.init.kaiming_normal_(weights[name])
    return weights


def test_interp_keeps_the_corners_and_draws_straight_lines_between() -> None:
    interp = next(row for row in attention56() if row.type == "Interp")
    small = torch.tensor([[0.0, 3.0], [30.0, 33.0]]).double()[None, None]
    like = torch.full((1, 1, 4, 4), torch.nan).double()
    blobs = run([interp], dict(zip(interp.bottoms, (small, like), strict=True)), {})
    ones, tens = torch.arange(4).double(), 10 * torch.arange(4).double()
    torch.testing.assert_close(blobs[interp.top][0, 0], tens[:, None] + ones)


def test_a_row_of_an_unknown_kind_is_refused_by_name() -> None:
    row = attention56()[0]
    unknown = Row(**{**vars(row), "type": "Dropout"})
    with pytest.raises(ValueError, match="conv1: no rule for Dropout of 1 inputs"):
        run([unknown], {"data": torch.zeros(1, 3, 8, 8)}, {})


# The package against them.


def test_the_blocks_cover_the_stages_but_for_the_merge_of_mask_and_trunk() -> None:
    names = [row.name for row in attention56()]
    first, last = names.index("pool1_3x3_s2/bn"), names.index("post_res_4_1")
    merge = [f"Attention{s}_1{end}" for s in "ABC" for end in ("_residual", "/fusion")]
    claimed = [row.name for name in BLOCKS for row in build(name).rows]
    assert Counter(claimed + merge) == Counter(names[first : last + 1])


@pytest.mark.parametrize("name", BLOCKS)
def test_a_blocks_operations_are_the_tables_rows_one_by_one(name: str) -> None:
    block = build(name)
    found, expected = trace(block).rows, [as_traced(row) for row in block.rows]
    for row in found:
        assert row in expected
    assert Counter(found) == Counter(expected)


@pytest.mark.parametrize("name", BLOCKS)
def test_every_parameter_of_a_block_belongs_to_one_row(name: str) -> None:
    block = build(name)
    with_weights = [
        name
        for name, layer in block.module.named_modules()
        if list(layer.parameters(recurse=False))
    ]
    assert sorted(block.layers) == sorted(with_weights)
    assert len(set(block.layers.values())) == len(with_weights)
    learnt = sum(row.params_conv + row.bn_affine for row in block.rows)
    assert sum(p.numel() for p in block.module.parameters()) == learnt


def test_a_block_equals_its_rows_in_float64(prepared: tuple[Block, Tensor]) -> None:
    block, x = prepared
    with torch.no_grad():
        found = block.module(x)
        blobs = run(block.rows, block.start(x), block.weights())
    assert error(found, blobs[block.rows[-1].top]) <= 1e-12


def test_a_block_equals_its_rows_while_training(
    prepared: tuple[Block, Tensor],
) -> None:
    block, x = prepared
    weights = block.weights()
    before = {k: v.clone() for k, v in block.module.state_dict().items()}
    x = 1 - x  # another batch than the one that set the running statistics
    with torch.no_grad():
        found = block.module.train()(x)
        blobs = run(block.rows, block.start(x), weights, training=True)
    moved = block.weights()
    block.module.eval().load_state_dict(before)
    assert error(found, blobs[block.rows[-1].top]) <= 1e-12
    for row, tensors in weights.items():
        for name, tensor in tensors.items():
            assert error(moved[row][name], tensor) <= 1e-12, (row, name)


@pytest.mark.parametrize("name", MASKS)
def test_the_compared_masks_are_not_saturated(name: str) -> None:
    block, x = prepare(name)
    with torch.no_grad():
        mask = block.module(x)
    assert ((mask > 0.02) & (mask < 0.98)).double().mean() >= 0.9


@pytest.mark.slow
def test_one_weight_that_is_wrong_by_a_thousandth_shows_in_every_layer(
    prepared: tuple[Block, Tensor],
) -> None:
    block, x = prepared
    x = x[:1]
    with torch.no_grad():
        right = block.module(x)
        for name in block.layers:
            weight = block.module.get_submodule(name).weight.view(-1)
            place = weight.abs().argmax()
            value = weight[place].clone()
            weight[place] *= 1.001
            assert error(block.module(x), right) >= 1e-7, name
            weight[place] = value


@pytest.mark.parametrize("size", [17, 31, 33])
def test_a_mask_of_odd_size_equals_its_rows(size: int) -> None:
    block, _ = prepare("AttentionA_1/mask")
    x = 2 * torch.randn(1, 256, size, size + 2, dtype=torch.float64)
    with torch.no_grad():
        found = block.module(x)
        blobs = run(block.rows, block.start(x), block.weights())
    assert error(found, blobs["AttentionA_1/mask"]) <= 1e-12


@pytest.mark.parametrize(
    ("unit", "printed"),
    [("pre_res_1", "74_112"), ("pre_res_2", "377_856"), ("pre_res_3", "1_509_376")],
)
def test_chapter_1_prints_the_sum_of_the_authors_rows(unit: str, printed: str) -> None:
    rows = build(unit).rows
    assert sum(row.params_conv + row.bn_affine for row in rows) == int(printed)
    chapter = Path(__file__).parents[3] / "chapters" / "01_residual_units.md"
    assert f", {printed})" in chapter.read_text(encoding="utf-8")
