"""What the aside *Which network is it?* says, beyond what its cells print."""

from __future__ import annotations

import copy
import csv
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter07.ones import read_ones
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.models import zoo
from resattn_tutorial.models.departures import (
    DEPARTURES,
    add_trunk_to_mask,
    double_skips,
    pad_poolings,
)
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.weights import CifarAttention56_Weights

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "chapters" / "07_aside_which_network.md").read_text(encoding="utf-8")


def silent(network: nn.Module) -> nn.Module:
    """The network, each of whose units passes its input on."""
    for part in network.modules():
        if isinstance(part, ResidualUnit):
            nn.init.zeros_(part.conv3.weight)
    return network.eval()


@torch.no_grad()
def entering(module: nn.Module, x: Tensor) -> Tensor:
    """What enters a mask's first batch norm."""
    seen: list[Tensor] = []
    hook = module.mask.bn1.register_forward_pre_hook(
        lambda _, given: seen.append(given[0]))
    module(x)
    hook.remove()
    return seen[0]


@pytest.mark.parametrize("name", ["attention56", "attention92"])
def test_interp_lists_as_its_second_input_what_a_skip_or_the_trunk_puts_out(name: str):
    """Taken for a sum, it doubles every inner skip and adds the trunk at the top."""
    with (ROOT / f"tests/data/{name}_layers.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    second = [row["bottom"].split(" + ")[1] for row in rows if row["type"] == "Interp"]
    inner = [one for one in second if "/mask/down_sample/" in one]
    trunks = [one for one in second if one.endswith("/trunk/res3")]
    masks = [row["top"] for row in rows if row["type"] == "Sigmoid"]
    assert len(inner) + len(trunks) == len(second) and len(trunks) == len(masks)
    skipped = {row["bottom"].split(" + ")[-1] for row in rows
               if re.search(r"/mask/skip/res\d$", row["top"])}
    assert skipped == set(inner)
    assert {row["pad"] for row in rows if row["type"] == "Pooling-MAX"} == {"0"}


@pytest.mark.slow
@pytest.mark.parametrize("depart", [None, double_skips, add_trunk_to_mask, "both"])
def test_ones_give_the_sums_that_the_exercise_has(depart):
    network = zoo.cifar_attention56()
    for edit in (double_skips, add_trunk_to_mask):
        if depart in (edit, "both"):
            edit(network)
    name = {None: "as the files", double_skips: "skips doubled",
            add_trunk_to_mask: "trunk added", "both": "both"}[depart]
    silent(network)
    for stage, poolings in zip(network.stages, (3, 2, 1), strict=True):
        ones = torch.ones(1, stage[1].mask.channels, 16, 16)
        value = entering(stage[1], ones)
        whole = round(value.mean().item())
        assert torch.allclose(value, torch.tensor(float(whole)), atol=1e-5)
        found = read_ones(whole, poolings)
        assert name in found and (poolings < 3 or len(found) == 1)


def test_behind_three_padded_poolings_windows_lie_seven_pixels_further_left():
    network = zoo.cifar_attention56()
    ramp = torch.arange(64.0).expand(1, 1, 64, 64)
    first = []
    for whole in (network, pad_poolings(copy.deepcopy(network))):
        body, x = whole.stages[0][1].mask.body, ramp
        while body is not None:
            x, body = body.pool(x), body.below
        first.append(x[0, 0, 0])
    assert first[0].shape == first[1].shape == (8,)
    assert set((first[0] - first[1])[:-1].tolist()) == {7.0}
    assert "$1 + 2 + 4 = 7$ pixels" in PAGE


def test_a_mask_has_three_units_for_each_pooling_but_one():
    network = zoo.cifar_attention56()
    for stage, poolings in zip(network.stages, (3, 2, 1), strict=True):
        units = [part for part in stage[1].mask.modules()
                 if isinstance(part, ResidualUnit)]
        assert len(units) == 3 * poolings - 1


@pytest.mark.slow
def test_departing_moves_outputs_by_a_tenth_to_a_quarter_and_spares_the_error():
    weights = CifarAttention56_Weights.SCENES
    network = zoo.cifar_attention56(weights=weights).eval()
    scenes = open_set("builtin", "test")
    images = weights.transforms()(scenes.images[:200])
    labels, moved, right = scenes.labels[:200], [], []
    with torch.inference_mode():
        wanted = network(images)
        for depart in DEPARTURES.values():
            found = depart(network)(images)
            moved.append(((found - wanted).norm() / wanted.norm()).item())
            right.append((found.argmax(1) == labels).float().mean().item())
    assert moved == sorted(moved)
    assert moved[0] > 0.1 and 0.2 < moved[-1] < 0.3
    before = (wanted.argmax(1) == labels).float().mean().item()
    assert all(abs(share - before) < 0.03 for share in right)


def reported() -> dict[str, tuple[str, str]]:
    """Parameters and errors of the page's second table, by source and network."""
    table = PAGE[PAGE.index("| Source |"):].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {f"{who}: {what}": (held, error) for who, what, held, error in cells}


def test_public_networks_near_the_paper_s_error_have_six_times_the_parameters():
    with torch.device("meta"):
        ours = sum(p.numel() for p in zoo.cifar_attention56().parameters()) / 1e6
    near = []
    for name, (held, error) in reported().items():
        first = float(re.match(r"[\d.]+", error)[0])
        public = not name.startswith("the paper") and "CIFAR-10" in name
        if public and "CIFAR-100" not in name and first < 5.52 and held != "not said":
            size = ours if "Attention-56" in name else 1.9
            near.append(float(held.removeprefix("about ")) / size)
    assert len(near) == 4 and min(near) >= 6


def test_errors_that_were_reported_as_accuracies_are_turned_round_rightly():
    errors = {name: error for name, (_, error) in reported().items()}
    for words, accuracy in (("ondrejba", 94.32), ("phamquiluan", 77.02)):
        found = next(error for name, error in errors.items() if words in name)
        assert float(found) == pytest.approx(100 - accuracy)
