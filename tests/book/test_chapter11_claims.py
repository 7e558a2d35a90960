"""What the prose of chapter 11 says, beyond what its cells print."""

from __future__ import annotations

import ast
import copy
from functools import cache
from typing import Any

import pytest
import torch

from resattn_tutorial.models.matching.pairing import Palette, readers
from resattn_tutorial.models.matching.trace import trace
from tools.chapters import read_chapter
from tools.settings import ROOT

CHAPTER = ROOT / "chapters" / "11_from_an_empty_file.md"
BEGINNINGS = (
    "import textwrap", "from resattn_tutorial.data.datasets import open_set",
    "weights = CifarAttention56_Weights.SCENES", "@torch.no_grad()\ndef copy_by_order",
    "def made_backwards",
)


@cache
def cells() -> tuple[list[str], list[str]]:
    """The sources of all code cells, and of the printed solutions."""
    code = [c for c in read_chapter(CHAPTER).cells if c.cell_type == "code"]
    solved = [c.source for c in code if "solution" in c.metadata.get("tags", [])]
    return [c.source for c in code], solved


@cache
def page() -> dict[str, Any]:
    """The names of the page after its solutions, and the cells that claims concern."""
    every, solved = cells()
    names: dict[str, Any] = {"__name__": "__main__"}
    found = [next(c for c in every if c.startswith(one)) for one in BEGINNINGS]
    for source in [found[0], *solved, *found[1:]]:
        exec(compile(source, source.splitlines()[0], "exec"), names)
    return names


def apart(network: torch.nn.Module, images: torch.Tensor) -> torch.Tensor:
    """How far each image's logits are off, in parts of the largest."""
    source, logits = page()["source"], page()["logits"]
    found, right = logits(network, images), logits(source, images)
    return (found - right).abs().amax(1) / right.abs().amax(1)


def test_four_steps_take_some_80_lines_and_the_loop_ten_statements():
    *steps, loop = cells()[1]
    lines = [line for one in steps for line in one.splitlines() if line.strip()]
    assert 75 <= len(lines) <= 95
    (function,) = ast.parse(loop).body
    assert sum(isinstance(node, ast.stmt) for node in ast.walk(function)) == 12
    # which are the function, its docstring, and ten


def test_weights_copied_by_order_give_wrong_logits_on_every_image():
    few, truth = page()["few"], page()["truth"]
    known = (page()["right"].argmax(1) == truth).float().mean()
    shares = []
    for change in (lambda network: network, page()["made_backwards"]):
        network = change(page()["MyNetwork"](10))
        page()["copy_by_order"](page()["source"], network)
        assert apart(network, few).min() > 1e-3
        named = page()["logits"](network, few).argmax(1)
        shares.append((named == truth).float().mean())
    assert known - 0.03 < shares[0] < known          # nearly as many
    assert shares[1] < 0.2                           # ruined


def test_a_network_whose_layers_are_made_backwards_computes_the_same():
    network = page()["made_backwards"](page()["MyNetwork"](10))
    assert page()["take_weights"](network, page()["source"], page()["few"][:2]) == 216
    assert apart(network, page()["few"][:20]).max() < 1e-4


def test_three_rounds_give_each_layer_a_colour_of_its_own():
    layers, palette = trace(page()["MyNetwork"](10), page()["few"][:1]), Palette()
    after, colour, counts = readers(layers), list(map(palette.own, layers)), []
    for _ in range(4):
        counts.append(len(set(colour)))
        colour = [
            palette(colour[k], tuple(sorted(colour[one] for one in layer.before)),
                    tuple(sorted(colour[one] for one in after[k])))
            for k, layer in enumerate(layers)
        ]
    assert counts[2] < len(layers) == counts[3] == 217


def test_what_is_made_of_the_network_for_the_refusals_is_refused_as_it_is_said():
    (source,) = (c for c in cells()[0] if c.startswith("class Padded"))
    head, _, _ = source.partition("for name, network in")
    names = page() | {}
    exec(compile(head, "departures", "exec"), names)
    said = []
    for network in (names["Padded"](names["MyNetwork"](10)),
                    names["Warped"](names["MyNetwork"](10)), names["wide"]):
        with pytest.raises(names["MatchingError"]) as refused:
            names["take_weights"](network, names["source"], names["few"][:2])
        said.append(str(refused.value))
    assert [one.startswith("All 216 layers fit") for one in said] == [True, True, False]
    assert "yours is 5×5, the weights' 3×3" in said[2]


@pytest.mark.slow
def test_a_large_step_leaves_the_place_in_which_a_trained_network_stands():
    (source,) = (c for c in cells()[0] if c.startswith("training = open_set"))
    head, _, _ = source.partition("\nprint(")
    names = page() | {"inputs": page()["inputs"], "labels": page()["labels"]}
    exec(compile(head, "batches", "exec"), names)
    inputs, labels = names["inputs"][:500], names["labels"][:500]

    def error(network: torch.nn.Module) -> float:
        wrong = page()["logits"](network, inputs).argmax(1) != labels
        return wrong.float().mean().item()

    before = error(page()["source"])
    found = {}
    for rate in (0.1, 0.001):
        mine = page()["MyNetwork"](10)
        page()["take_weights"](mine, page()["source"], page()["few"][:2])
        found[rate] = mine, page()["my_train"](mine, names["batches"], rate)
    assert abs(error(found[0.001][0]) - before) < 0.03
    assert found[0.001][1][-1] < 0.5
    large, losses = found[0.1]
    assert losses[0] < 0.3 < 0.8 < losses[-1]
    assert error(large) > 0.6
    # With the statistics of its batches it would do far better.
    with torch.no_grad():
        moving = copy.deepcopy(large).train()
        wrong = torch.cat([moving(part).argmax(1) for part in inputs.split(100)])
    assert (wrong != labels).float().mean() < error(large) - 0.2
