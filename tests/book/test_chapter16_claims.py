"""What the prose of chapter 16 says of recorded runs, of counts and of the paper."""

from __future__ import annotations

import pytest
import torch
from recorded import found

from resattn_tutorial.cost.kept_bytes import bytes_kept
from resattn_tutorial.experiments.outcome import NOT_SEEN, REPRODUCED
from resattn_tutorial.experiments.printed import NO_GRAPH, QUOTED, table6, table7
from resattn_tutorial.ledger.store import read_runs
from resattn_tutorial.models.registry import build_network

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


def test_recomputing_keeps_and_holds_what_the_page_says() -> None:
    kept = {name: cells["ratios"]["kept_bytes"] for name, cells in told().items()}
    peak = {name: cells["ratios"]["peak_bytes"] for name, cells in told().items()}
    assert kept["recompute_modules"] < 0.1 and peak["recompute_modules"] < 1 / 3
    assert kept["recompute_stages"] < kept["recompute_modules"]
    assert peak["recompute_stages"] > peak["recompute_modules"]
    assert 0.5 < kept["save_memory"] < 0.6


def told() -> dict[str, dict]:
    return {name: cells for name, cells in AGAIN.items() if isinstance(cells, dict)}


def test_recomputing_costs_more_seconds_than_the_plain_network() -> None:
    for name, cells in told().items():
        if name != "plain":
            assert cells["forward_and_backward"]["lowest"] > 1


def test_three_rows_of_table_7_are_quoted_and_one_has_no_structure() -> None:
    reasons = [row.why_not for row in table7()]
    assert len(reasons) == 9
    assert reasons.count(QUOTED) == 3 and reasons.count(NO_GRAPH) == 1


@pytest.mark.parametrize("count", [1, 4, 9, 16, 25, 144])
def test_pieces_of_the_root_of_the_number_of_units_hold_least(count) -> None:
    held = {k: count / k + k for k in range(1, count + 1)}
    assert min(held, key=held.get) == round(count**0.5)
