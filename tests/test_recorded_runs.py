"""The run files in the package, and what chapter 3 says of them."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial import ledger
from resattn_tutorial.data import load_scenes
from resattn_tutorial.scores import object_auc

WITH, WITHOUT = "chapter03-masks", "chapter03-no-masks"


@pytest.fixture(scope="module")
def runs() -> dict[str, list[dict]]:
    return {name: ledger.read_runs(name) for name in (WITH, WITHOUT)}


def final(recorded: list[dict]) -> list[float]:
    return [run["results"]["test accuracy"] for run in recorded]


def pointing(recorded: list[dict], stage: str, reading: str) -> list[float]:
    return [run["results"]["pointing"][stage][reading] for run in recorded]


def test_every_run_file_is_whole() -> None:
    paths = sorted(ledger.RUNS.glob("*.json"))
    assert paths
    for path in paths:
        assert ledger.read_run(path)["name"] in (WITH, WITHOUT)


def test_both_networks_ran_with_the_same_seeds_and_the_same_schedule(runs) -> None:
    assert [run["seed"] for run in runs[WITH]] == [0, 1, 2]
    assert [run["seed"] for run in runs[WITHOUT]] == [0, 1, 2]
    settings = []
    for run in runs[WITH] + runs[WITHOUT]:
        settings.append({**run["configuration"], "network": None})
        settings[-1]["threads"] = run["hardware"]["threads"]
    assert all(one == settings[0] for one in settings)


def test_every_run_states_a_commit_without_changes_of_its_own(runs) -> None:
    for run in runs[WITH] + runs[WITHOUT]:
        assert run["commit"] and not run["commit"].endswith("+")


def test_a_runs_last_point_is_its_result(runs) -> None:
    for run in runs[WITH] + runs[WITHOUT]:
        assert run["curve"][-1]["accuracy"] == run["results"]["test accuracy"]
        assert run["curve"][-1]["step"] == run["configuration"]["steps"]


def test_the_page_may_say_that_the_network_without_masks_is_ahead(runs) -> None:
    assert min(final(runs[WITHOUT])) > max(final(runs[WITH]))


def test_the_page_may_say_that_masks_take_longer(runs) -> None:
    for slow, fast in zip(runs[WITH], runs[WITHOUT], strict=True):
        assert slow["curve"][-1]["seconds"] > fast["curve"][-1]["seconds"]


def test_the_page_may_say_that_the_first_mask_avoids_the_item(runs) -> None:
    assert max(pointing(runs[WITH], "stage 1", "mean")) < 0.4


def test_the_page_may_say_that_no_channel_beats_the_middle_of_the_scene(runs) -> None:
    objects = load_scenes("test", 500).objects
    rows = torch.arange(32) - 15.5
    middle = -(rows**2 + rows[:, None] ** 2).expand(500, 32, 32)
    guess = object_auc(middle, objects).mean().item()
    for stage in ("stage 1", "stage 2"):
        found = pointing(runs[WITH], stage, "channel")
        assert 0.6 < min(found) and max(found) < guess
