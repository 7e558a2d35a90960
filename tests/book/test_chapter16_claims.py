"""What the prose of chapter 16 says of recorded runs, of counts and of the paper."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import torch
from recorded import found
from torch import nn
from torch.utils.checkpoint import checkpoint

from resattn_tutorial.cost.flops import torch_count
from resattn_tutorial.cost.kept_bytes import bytes_kept, bytes_saved
from resattn_tutorial.cost.peak_bytes import peak_bytes
from resattn_tutorial.experiments.network_counts import trunk_depth
from resattn_tutorial.experiments.outcome import NOT_SEEN, REPRODUCED
from resattn_tutorial.experiments.printed import NO_GRAPH, QUOTED, table6, table7
from resattn_tutorial.experiments.statistics import over_items, over_seeds
from resattn_tutorial.ledger.store import read_runs
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.residual import ResidualUnit

ROOT = Path(__file__).resolve().parents[2]

COSTS = read_runs("network-costs")[0].results.scores
CIFAR, AGAIN = COSTS["CIFAR size"], COSTS["recomputing"]


def printed_errors() -> dict[str, float]:
    return {row.row: float(row.value.removesuffix(" %")) for row in table6()}


def times(deeper: str, network: str, what: str) -> float:
    return CIFAR[deeper][what] / CIFAR[network][what]


def test_each_further_step_of_depth_buys_what_the_page_says() -> None:
    errors = printed_errors()
    falls = {
        data: [
            errors[f"Attention-{less}, {data}"] - errors[f"Attention-{more}, {data}"]
            for less, more in ((92, 236), (236, 452))
        ]
        for data in ("CIFAR-10", "CIFAR-100")
    }
    assert falls["CIFAR-10"] == pytest.approx([0.85, 0.24])
    assert falls["CIFAR-100"] == pytest.approx([0.55, 0.71])


def test_multiply_adds_grow_2_7_times_and_1_7_times() -> None:
    steps = [
        times("cifar_attention236", "cifar_attention92", "multiply_adds"),
        times("cifar_attention452", "cifar_attention236", "multiply_adds"),
    ]
    assert [round(step, 1) for step in steps] == [2.7, 1.7]


@pytest.mark.parametrize(
    ("deeper", "network"),
    [("cifar_attention236", "cifar_attention92"),
     ("cifar_attention452", "cifar_attention236")],
)
def test_kept_bytes_and_seconds_grow_as_multiply_adds_do(deeper, network) -> None:
    work = times(deeper, network, "multiply_adds")
    assert times(deeper, network, "kept_bytes") == pytest.approx(work, rel=0.05)
    seconds = [
        CIFAR[name]["forward_and_backward"]["seconds"] for name in (deeper, network)
    ]
    assert seconds[0] / seconds[1] == pytest.approx(work, rel=0.15)


def test_with_the_papers_batch_the_deepest_network_keeps_six_gigabytes() -> None:
    with torch.device("meta"):
        network = build_network("cifar_attention452", 10)
        kept = [bytes_kept(network, torch.empty(n, 3, 32, 32)) for n in (8, 64)]
    # Batch norms keep means and deviations of each layer, whatever the batch is.
    assert kept[1] == pytest.approx(8 * kept[0], rel=0.01)
    assert kept[0] == pytest.approx(CIFAR["cifar_attention452"]["kept_bytes"], rel=0.01)
    assert kept[1] > 6e9


def test_six_modules_err_less_than_one_with_masks_and_not_without() -> None:
    words = {one.claim.better: one.word for one in found("table6-mini").claims}
    assert words == {"6 modules, residual": REPRODUCED, "6 modules, trunk": NOT_SEEN}


def intervals(better: str, worse: str) -> tuple[int, int]:
    """What the seeds and the items show of a difference: 1, 0 or -1 each."""
    ours, theirs = (found("table6-mini").arms[arm] for arm in (better, worse))
    return (
        over_seeds(ours.errors, theirs.errors).sign,
        over_items(ours.answers(), theirs.answers()).sign,
    )


def mini(name: str, attention: str) -> nn.Module:
    with torch.device("meta"):
        return build_network(name, 10, attention=attention).eval()


def test_with_masks_three_modules_gain_all_that_six_do() -> None:
    assert intervals("3 modules, residual", "1 module, residual") == (1, 1)
    arms = found("table6-mini").arms
    assert arms["6 modules, residual"].mean > arms["3 modules, residual"].mean


def test_one_module_with_masks_is_a_weak_start() -> None:
    assert intervals("1 module, trunk", "1 module, residual") == (1, 1)
    assert intervals("6 modules, residual", "1 module, trunk")[0] == 0
    work = [
        torch_count(mini(*which), torch.empty(1, 3, 32, 32, device="meta")).total()
        for which in (("mini6", "residual"), ("mini1", "trunk"))
    ]
    assert work[0] > 4 * work[1]


def test_one_module_with_masks_learned_at_a_third_of_the_rate_of_six() -> None:
    arms = found("table6-mini").arms
    rates = [arms[f"{m}, residual"].rate for m in ("1 module", "6 modules")]
    assert rates[1] == pytest.approx(3 * rates[0])


def test_at_equal_cost_the_trunk_without_masks_is_the_deeper_one() -> None:
    depths = [trunk_depth(mini("mini6", kind)) for kind in ("trunk", "residual")]
    assert depths == [245, 155]


def test_recomputing_keeps_and_holds_what_the_page_says() -> None:
    kept = {name: cells["ratios"]["kept_bytes"] for name, cells in told().items()}
    peak = {name: cells["ratios"]["peak_bytes"] for name, cells in told().items()}
    assert kept["recompute_modules"] < 0.1 and peak["recompute_modules"] < 1 / 3
    assert kept["recompute_stages"] < kept["recompute_modules"]
    assert peak["recompute_stages"] > peak["recompute_modules"]
    assert 0.5 < kept["save_memory"] < 0.6


def told() -> dict[str, dict]:
    return {name: cells for name, cells in AGAIN.items() if isinstance(cells, dict)}


def test_the_first_stage_keeps_more_than_half_of_all() -> None:
    with torch.device("meta"):
        network = build_network("cifar_attention92", 10)
        images = torch.empty(8, 3, 32, 32)
        x = network.stem(images).detach().requires_grad_()
    assert bytes_kept(network.stages[0], x) > bytes_kept(network, images) / 2


def test_recomputing_takes_longer_and_four_thirds_lie_in_the_ranges() -> None:
    for name in ("recompute_modules", "recompute_stages"):
        times = told()[name]["forward_and_backward"]
        assert 1 < times["lowest"] < 4 / 3 < times["ratio"] < times["highest"]


def test_rounds_of_the_same_forward_work_differed_by_more_than_two() -> None:
    forward = [cells["forward"] for cells in told().values()]
    assert min(one["lowest"] for one in forward) < 1 / 2
    assert max(one["highest"] for one in forward) > 2


def large_work(network: str) -> int:
    return COSTS["ImageNet size"][network]["multiply_adds"]


def test_a_gpu_was_measured_at_the_rate_that_the_page_begins_with() -> None:
    told = json.loads((ROOT / "benchmarks/gpu.json").read_text())
    measured = told["found"]["large_images"]["attention56, bfloat16, eager, batch 64"]
    assert stated_rate() == pytest.approx(measured["images/s"], rel=0.02)
    assert told["environment"]["gpu"] == "NVIDIA H200"
    # So with half of the images a step can hardly be shorter.
    assert measured["asking, ms"] > 0.95 * measured["ms"]


def stated_rate() -> int:
    text = (ROOT / "chapters/16_deep_and_large.md").read_text()
    return int(re.search(r"my_rate = ([\d_]+)", text)[1])


def test_multiply_adds_alone_would_promise_a_seventh() -> None:
    run = read_runs("cifar-attention56-builtin-fast-cifar")[0]
    work = CIFAR["cifar_attention56"]["multiply_adds"] / large_work("attention56")
    assert run.environment.gpu == "NVIDIA H200"
    promised = run.results.images_per_second * work
    assert stated_rate() / promised == pytest.approx(7, rel=0.03)


def test_attentionnext_takes_about_the_multiply_adds_of_attention56() -> None:
    with torch.device("meta"):
        network = build_network("attentionnext56", 1000).eval()
        work = torch_count(network, torch.empty(1, 3, 224, 224)).total()
    assert work == pytest.approx(large_work("attention56"), rel=0.03)


def test_three_rows_of_table_7_are_not_built_and_one_has_no_structure() -> None:
    reasons = [row.why_not for row in table7()]
    assert len(reasons) == 9
    assert reasons.count(QUOTED) == 3 and reasons.count(NO_GRAPH) == 1


def test_pieces_of_the_root_of_units_over_maps_hold_least() -> None:
    with torch.device("meta"):
        units = nn.Sequential(*(ResidualUnit(64, 64) for _ in range(16))).eval()
        x = torch.randn(8, 64, 16, 16, requires_grad=True)

    def step(size: int) -> None:
        y = x
        for first in range(0, 16, size):
            y = checkpoint(units[first:first + size], y, use_reentrant=False)
        torch.autograd.grad(y.square().mean(), [x, *units.parameters()])

    kept = bytes_saved(lambda: units(x), besides=units.parameters())
    maps = kept / 16 / (4 * x.numel())               # of a unit, c in the text
    held = {size: peak_bytes(lambda size=size: step(size)) for size in (1, 2, 4, 8, 16)}
    assert maps == pytest.approx(3, rel=0.01)
    assert min(held, key=held.get) == 2 == round((16 / maps) ** 0.5)
