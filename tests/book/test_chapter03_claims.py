"""What the prose of chapter 3 says of its training loop.

What it says of the recorded runs is in ``tests/package/ledger/test_recorded_runs.py``.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import pytest
import torch
from tqdm import tqdm

from resattn_tutorial.cost.flops import torch_count
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.models.small_networks import (
    FirstAttentionNetwork,
    FirstResidualNetwork,
)
from resattn_tutorial.training.simple_loop import shuffled_batches, train, train_step
from tools.chapters import read_chapter
from tools.settings import ROOT

CHAPTER = ROOT / "chapters" / "03_first_attention_network.md"


@pytest.fixture
def learn() -> Any:
    """The loop that stands on the page."""
    cells = [c.source for c in read_chapter(CHAPTER).cells if c.cell_type == "code"]
    names: dict[str, Any] = {
        "torch": torch, "itertools": itertools, "tqdm": tqdm, "to_inputs": to_inputs,
        "shuffled_batches": shuffled_batches, "train_step": train_step,
        "device": torch.device("cpu"), "BAR": {"file": sys.stdout, "leave": False},
    }
    exec(next(c for c in cells if c.startswith("def learn(")), names)  # noqa: S102
    return names["learn"]


def test_the_loop_on_the_page_is_the_package_s_train(learn) -> None:
    scenes, networks = load_scenes("train", 96), []
    for way in (learn, train):
        torch.manual_seed(0)
        networks.append(FirstAttentionNetwork())
        if way is learn:
            losses = learn(networks[0], scenes, 2, rate=0.4)
        else:
            [point] = train(
                networks[1], scenes, load_scenes("test", 4),
                steps=2, learning_rate=0.4, points=1,
            )
    assert point.loss == pytest.approx(sum(losses) / 2)
    one, other = (network.state_dict() for network in networks)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_two_networks_cost_the_same_within_a_hundredth() -> None:
    image = torch.zeros(1, 3, 32, 32)
    masks, plain = (
        sum(torch_count(kind(), image).values())
        for kind in (FirstAttentionNetwork, FirstResidualNetwork)
    )
    assert 1 < masks / plain < 1.01


def test_the_plain_network_has_five_residual_units_more() -> None:
    units = [
        sum(type(part).__name__ == "ResidualUnit" for part in trunk.modules())
        for trunk in (FirstAttentionNetwork(), FirstResidualNetwork())
    ]
    masks = sum(
        type(part).__name__ == "ResidualUnit"
        for name, mask in FirstAttentionNetwork().named_modules()
        if name.endswith(".mask") for part in mask.modules()
    )
    assert units[1] - (units[0] - masks) == 5
