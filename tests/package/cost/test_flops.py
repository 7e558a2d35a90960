"""Counts that are read off a network: parameters, operations, and two tools."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from counted_networks import NETWORKS, cifar_stages, imagenet, together, traced
from layer_tables import read_table
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.cost import flops
from resattn_tutorial.cost.analytic import Cost, cifar_stem_cost, network_costs
from resattn_tutorial.cost.flops import (
    fvcore_count,
    measuring,
    operations,
    parameter_counts,
    torch_count,
)
from resattn_tutorial.cost.op_recorder import Operation
from resattn_tutorial.models import zoo
from resattn_tutorial.models.mask_activations import (
    channel_attention,
    spatial_attention,
)
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch

PACKAGE = Path(flops.__file__).parent
KINDS = {
    "Convolution": "convolution", "BN": "batch norm", "ReLU": "ReLU",
    "Pooling-MAX": "max pooling", "Pooling-AVE": "mean", "Interp": "interpolation",
    "Eltwise-SUM": "sum", "Eltwise-PROD": "product", "Sigmoid": "sigmoid",
    "InnerProduct": "linear",
}
SILENT = {"empty", "t"}  # put nothing out: scratch memory, and a view of weights


@cache
def hand(name: str) -> Cost:
    if name == "cifar_attention56":
        return together(network_costs(cifar_stem_cost, cifar_stages(1), 32, 10))
    return together(imagenet((1, 1, 1) if name == "attention56" else (1, 2, 3)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_hand_both_tools_and_the_list_agree_to_the_operation(name):
    network, size = getattr(zoo, name)(), NETWORKS[name]
    images, found = torch.zeros(1, 3, size, size), traced(name)
    ours = Counter()
    for one in found:
        ours[one.kind] += one.multiply_adds
    by_fvcore = fvcore_count(network, images)
    assert ours.total() == hand(name).multiply_adds
    assert torch_count(network.to("meta"), images.to("meta")) == +ours
    assert {kind: by_fvcore[kind] for kind in +ours} == +ours
    rest = {kind: by_fvcore[kind] for kind in by_fvcore if kind not in +ours}
    assert rest == {
        "batch norm": 2 * sum(one.written for one in found if one.kind == "batch norm"),
        "interpolation": 4 * sum(
            one.written for one in found if one.kind == "interpolation"
        ),
    }


@pytest.mark.parametrize("name", ["attention56", "attention92"])
def test_the_operations_are_the_layers_of_the_authors_file(name):
    """But for the last softmax, which belongs to the loss in ours."""
    ours = Counter(
        (one.kind, one.shape, one.multiply_adds)
        for one in traced(name) if one.kind not in SILENT
    )
    theirs = Counter()
    for row in read_table(name):
        if row.type != "Softmax":
            flat = row.type in ("InnerProduct", "Pooling-AVE")
            shape = (1, row.out_shape[0]) if flat else (1, *row.out_shape)
            theirs[KINDS[row.type], shape, row.macs] += 1
    assert ours == theirs


def test_parameters_are_counted_in_three_ways():
    with torch.device("meta"):
        small, large = zoo.attention56(), zoo.attention92()
    assert parameter_counts(small) == (31_738_024, 31_810_728, 31_883_432)
    assert parameter_counts(large) == (52_332_712, 52_466_344, 52_599_976)


def test_parameters_that_are_frozen_shared_or_missing_count_for_what_they_are():
    shared = nn.Linear(3, 3)
    network = nn.Sequential(
        shared, nn.BatchNorm1d(3, affine=False), shared,
        nn.BatchNorm1d(3, track_running_stats=False),
    )
    network.requires_grad_(False)
    assert parameter_counts(network) == (12, 12 + 6, 12 + 6 + 6)


def test_every_operation_knows_its_place_in_the_network():
    found = traced("attention56")
    places = {(one.path, one.kind) for one in found}
    assert {
        ("stem.conv", "convolution"), ("stem", "ReLU"), ("stem.pool", "max pooling"),
        ("stages.0.1.mask.conv2", "convolution"), ("stages.0.1.mask", "sigmoid"),
        ("stages.0.1", "product"), ("stages.0.1.before.0", "sum"),
        ("head", "mean"), ("head.classify", "linear"),
    } <= places
    masks = sum(one.multiply_adds for one in found if ".mask." in one.path)
    parts = imagenet((1, 1, 1)).items()
    assert masks == sum(c.multiply_adds for name, c in parts if "masks" in name)


class Odd(nn.Module):
    """Operations that no network of ours has."""

    def forward(self, x):
        y = F.conv_transpose2d(x, torch.ones(4, 2, 3, 3, device=x.device), stride=2)
        y = torch.cumsum(F.relu_(y), dim=1).flatten(2)
        return torch.bmm(y, y.transpose(1, 2)), y[0, 0, 0].item()


def test_an_unknown_operation_stands_under_its_own_name():
    found = operations(Odd(), torch.zeros(2, 4, 5, 5))
    kinds = [one.kind for one in found]
    assert "cumsum" in kinds and "bmm" in kinds and "_local_scalar_dense" in kinds
    assert {one.path for one in found} == {""}
    views = [one for one in found if one.kind in ("view", "transpose", "select")]
    assert views and all(one.read == one.written == 0 for one in views)


def test_in_place_transposed_and_batched_operations_are_counted_right():
    x = torch.zeros(2, 4, 5, 5)
    found = {one.kind: one for one in operations(Odd(), x)}
    assert found["ReLU"].shape == (2, 2, 11, 11)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        Odd()(x)
    assert sum(one.multiply_adds for one in found.values()) == (
        counter.get_total_flops() // 2
    )
    assert found["bmm"].multiply_adds == 2 * 2 * 2 * 121


def test_what_is_read_and_written_is_counted_weights_included():
    layer = nn.Conv2d(3, 8, 3, bias=True)
    (one,) = operations(layer, torch.zeros(2, 3, 6, 6))
    assert one == Operation(
        "", "convolution", (2, 8, 4, 4), 256 * 27, 216 + 216 + 8, 256
    )


@pytest.mark.parametrize("activation", [channel_attention, spatial_attention])
def test_other_activations_are_listed_and_no_multiply_add_is_lost(activation):
    mask = SoftMaskBranch(8, 1, activation=activation)
    found = operations(mask, torch.zeros(1, 8, 6, 6))
    kinds = {one.kind for one in found}
    assert kinds & {"linalg_vector_norm", "var"} and "div" in kinds
    expected = torch_count(mask, torch.zeros(1, 8, 6, 6)).total()
    assert sum(one.multiply_adds for one in found) == expected


def test_three_images_take_three_times_the_work_of_one():
    mask = SoftMaskBranch(8, 1)
    one, three = (torch_count(mask, torch.zeros(n, 8, 6, 6)).total() for n in (1, 3))
    assert three == 3 * one > 0
    found = operations(mask, torch.zeros(3, 8, 6, 6))
    assert sum(op.multiply_adds for op in found) == three


def test_a_network_without_multiplications_counts_nothing():
    assert torch_count(nn.ReLU(), torch.zeros(2, 3)) == Counter()
    assert fvcore_count(nn.ReLU(), torch.zeros(2, 3)).total() == 0


@pytest.mark.parametrize("count", [operations, torch_count, fvcore_count])
def test_counting_leaves_no_trace(count):
    network = ResidualUnit(8).train()
    network.bn2.eval()
    before = {name: x.clone() for name, x in network.state_dict().items()}
    count(network, torch.randn(2, 8, 4, 4))
    modes = {name: part.training for name, part in network.named_modules()}
    assert not modes.pop("bn2") and all(modes.values())
    after = network.state_dict()
    assert all(torch.equal(x, after[name]) for name, x in before.items())
    assert not any(part._forward_hooks for part in network.modules())


def test_modes_come_back_when_a_measurement_fails():
    network = ResidualUnit(8).train()
    with pytest.raises(ValueError, match="channels"), measuring(network):
        assert not network.training and not torch.is_grad_enabled()
        network(torch.zeros(1, 3, 4, 4))
    assert network.bn1.training and torch.is_grad_enabled()


def test_fvcore_is_not_asked_about_the_meta_device():
    network, images = ResidualUnit(8), torch.zeros(1, 8, 4, 4)
    for pair in ((network, images.to("meta")), (ResidualUnit(8).to("meta"), images)):
        with pytest.raises(ValueError, match="network and images must hold numbers"):
            fvcore_count(*pair)


@pytest.mark.parametrize("count", [operations, torch_count])
def test_what_is_no_module_is_refused_by_name(count):
    with pytest.raises(TypeError, match="network must be an nn.Module, got function"):
        count(lambda x: x, torch.zeros(1, 3, 4, 4))
    with pytest.raises(TypeError, match="network must be an nn.Module, got int"):
        parameter_counts(3)


@pytest.mark.slow
def test_fvcore_names_all_that_it_leaves_out_but_the_relus(caplog):
    """The warning that the package switches off, read."""
    fvcore_count(nn.ReLU(), torch.zeros(1, 1))  # the import, without its own warning
    from fvcore.nn import FlopCountAnalysis

    network, x = zoo.cifar_attention56().eval(), torch.zeros(1, 3, 32, 32)
    with caplog.at_level(logging.WARNING), torch.no_grad():
        FlopCountAnalysis(network, x).total()
    named = {line.split()[2] for line in caplog.messages}
    kinds = ("max_pool2d", "add", "sigmoid", "mul", "mean")
    assert named == {f"aten::{kind}" for kind in kinds}
    caplog.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fvcore_count(network, x)
    assert not caplog.messages


@pytest.mark.slow
def test_importing_fvcore_for_the_first_time_says_nothing():
    """In a process of its own: a warning of an import comes once."""
    program = (
        "import torch; from resattn_tutorial.cost.flops import fvcore_count; "
        "fvcore_count(torch.nn.Linear(2, 2), torch.zeros(1, 2))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program],
        cwd=PACKAGE.parent, capture_output=True, text=True, check=True,
    )
    assert done.stderr == ""


def test_what_has_no_public_name_in_pytorch_is_imported_in_one_place():
    private = "torch.utils._python_dispatch"
    users = [p.name for p in PACKAGE.rglob("*.py") if private in p.read_text("utf-8")]
    assert users == ["op_recorder.py"]


def test_batch_norms_of_several_processes_and_shared_ones_count_as_batch_norms():
    one, other = nn.BatchNorm2d(4), nn.BatchNorm2d(4)
    other.weight = one.weight
    network = nn.Sequential(nn.Conv2d(3, 4, 1, bias=False), one, other)
    assert parameter_counts(network) == (12, 12 + 12, 12 + 12 + 16)
    network = nn.Sequential(nn.Conv2d(3, 4, 1, bias=False), nn.BatchNorm2d(4))
    joined = nn.SyncBatchNorm.convert_sync_batchnorm(network)
    assert parameter_counts(joined) == (12, 20, 28)


def test_only_batch_norms_store_what_is_not_learned():
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.BatchNorm1d(2))
    network.register_buffer("table", torch.zeros(100))
    assert parameter_counts(network) == (4, 8, 12)


LEFT, RIGHT, VECTOR = torch.ones(5, 3), torch.ones(3, 2), torch.ones(3)
STACK, OTHERS = torch.ones(4, 5, 3), torch.ones(4, 3, 2)


class Doing(nn.Module):
    """A network that does one thing, whatever it is given."""

    def __init__(self, work):
        super().__init__()
        self.work = work

    def forward(self, _):
        self.work()


@pytest.mark.parametrize(("work", "multiply_adds"), [
    (lambda: LEFT @ VECTOR, 5 * 3),
    (lambda: torch.mv(LEFT, VECTOR), 5 * 3),
    (lambda: torch.addmv(torch.ones(5), LEFT, VECTOR), 5 * 3),
    (lambda: torch.ones(5).addmv_(LEFT, VECTOR), 5 * 3),
    (lambda: VECTOR @ VECTOR, 3),
    (lambda: torch.vdot(VECTOR, VECTOR), 3),
    (lambda: nn.functional.linear(VECTOR, LEFT, torch.ones(5)), 5 * 3),
    (lambda: nn.functional.linear(VECTOR, LEFT), 5 * 3),
    (lambda: LEFT @ RIGHT, 5 * 3 * 2),
    (lambda: torch.ones(5, 2).addmm_(LEFT, RIGHT), 5 * 3 * 2),
    (lambda: STACK @ OTHERS, 4 * 5 * 3 * 2),
    (lambda: STACK @ VECTOR, 4 * 5 * 3),
    (lambda: torch.addbmm(torch.ones(5, 2), STACK, OTHERS), 4 * 5 * 3 * 2),
    (lambda: torch.einsum("ij,j->i", LEFT, VECTOR), 5 * 3),
])
def test_matrices_and_vectors_are_multiplied_alike(work, multiply_adds):
    found = operations(Doing(work), torch.zeros(1, 3, 1, 1))
    assert sum(one.multiply_adds for one in found) == multiply_adds
