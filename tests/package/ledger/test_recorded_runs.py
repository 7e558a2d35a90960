"""The run files in the package, and what chapter 3 says of them."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations
from pathlib import Path

import pytest
import torch

from resattn_tutorial.data.scenes import Scenes, load_scenes
from resattn_tutorial.experiments import mask_ablation
from resattn_tutorial.experiments.mask_ablation import MaskAblation
from resattn_tutorial.ledger import store
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.metrics.localisation import object_auc

WITH, WITHOUT = "chapter03-masks", "chapter03-no-masks"


@pytest.fixture(scope="module")
def runs() -> dict[str, list[Run]]:
    return {name: store.read_runs(name) for name in (WITH, WITHOUT)}


def final(recorded: list[Run]) -> list[float]:
    return [run.results.test_error for run in recorded]


def pointing(run: Run, state: str, reading: str) -> tuple[float, float]:
    """The score on the scene's own item, and on another scene's."""
    scores = run.results.scores["pointing"][state][reading]
    return scores["own"], scores["another"]


@pytest.mark.parametrize(
    "path", sorted(store.RUNS.glob("*.json")), ids=lambda path: path.stem
)
def test_a_recorded_run_is_whole_and_its_rate_is_its_curves(path: Path) -> None:
    results = store.read_run(path).results
    rate = results.curve[-1].images / results.curve[-1].seconds
    assert results.images_per_second == pytest.approx(rate, rel=0.005)


def test_no_repetition_is_promised_of_the_runs_of_before_the_present_form() -> None:
    old = [
        run for path in store.RUNS.glob("*.json")
        if (run := store.read_run(path)).environment.date < "2026-11-24"
    ]
    assert len(old) == 12 and not any(run.repeatable for run in old)
    assert all(run.command and run.not_recorded for run in old)


def test_both_networks_ran_with_the_same_seeds_and_the_same_schedule(runs) -> None:
    assert [run.seed for run in runs[WITH]] == [0, 1, 2]
    assert [run.seed for run in runs[WITHOUT]] == [0, 1, 2]
    settings = []
    for run in runs[WITH] + runs[WITHOUT]:
        settings.append({**run.configuration, "network": None, "seed": None})
        settings[-1] |= asdict(run.data)
    assert all(one == settings[0] for one in settings)
    assert settings[0]["learning_rate"] == 0.4


def test_every_run_states_a_commit_without_changes_of_its_own(runs) -> None:
    for run in runs[WITH] + runs[WITHOUT]:
        commit = run.environment.commit
        assert commit and not commit.endswith("+")


def test_a_runs_last_point_is_its_result(runs) -> None:
    for run in runs[WITH] + runs[WITHOUT]:
        last = run.results.curve[-1]
        assert last.test_error == run.results.test_error
        assert last.step == run.configuration["steps"]


def test_the_page_may_say_that_the_network_without_masks_is_ahead(runs) -> None:
    assert max(final(runs[WITHOUT])) < min(final(runs[WITH]))


def test_by_chance_three_runs_and_three_others_part_one_time_in_ten() -> None:
    draws = list(combinations(range(6), 3))
    parted = [draw for draw in draws if draw in [(0, 1, 2), (3, 4, 5)]]
    assert len(parted) / len(draws) == 0.1


def test_the_page_may_say_that_the_first_mask_avoids_its_own_item(runs) -> None:
    for run in runs[WITH]:
        own, another = pointing(run, "trained", "stage 1, mean")
        assert own < another - 0.05 and own < 0.4


@pytest.mark.parametrize("stage", ["stage 1", "stage 2"])
def test_the_page_may_say_that_a_channel_sees_its_own_item(runs, stage: str) -> None:
    for run in runs[WITH]:
        own, another = pointing(run, "trained", f"{stage}, one channel")
        before, elsewhere = pointing(run, "untrained", f"{stage}, one channel")
        assert own - another > before - elsewhere
        assert own > another + 0.05


@pytest.mark.parametrize("stage", ["stage 1", "stage 2"])
def test_the_page_may_say_that_middle_and_colour_point_better(runs, stage: str) -> None:
    scenes = load_scenes("test", 500)
    rows = torch.arange(32) - 15.5
    pixels = scenes.images.float()
    usual = pixels.flatten(2).median(dim=2).values[..., None, None]
    for guess in (
        -(rows**2 + rows[:, None] ** 2).expand(500, 32, 32),
        (pixels - usual).abs().sum(dim=1),
    ):
        score = object_auc(guess, scenes.objects).mean().item()
        for run in runs[WITH]:
            assert pointing(run, "trained", f"{stage}, one channel")[0] < score


def test_the_page_may_say_how_many_images_were_seen(runs) -> None:
    every = runs[WITH] + runs[WITHOUT]
    assert {run.results.curve[-1].images for run in every} == {153_600}


def test_a_repeated_run_would_hold_the_fields_of_the_recorded_one(
    tmp_path, monkeypatch
) -> None:
    def few(split: str, count: int, seed: int = 0) -> Scenes:
        return load_scenes(split, min(count, 64), seed)

    monkeypatch.setattr(mask_ablation, "load_scenes", few)
    config = MaskAblation("no-masks", steps=2, scenes=64, points=1)
    run = mask_ablation.run_ablation(config)
    recorded = store.read_runs(WITHOUT)[0]
    assert store.read_run(store.write_run(run, tmp_path)) == run
    assert set(run.configuration) >= set(recorded.configuration)
    assert run.results.scores == recorded.results.scores == {}
    assert run.data.form == recorded.data.form


def test_the_command_of_the_ablation_means_what_it_was_made_from(monkeypatch) -> None:
    config = MaskAblation("masks", seed=3, steps=5, scenes=64, points=2, threads=1)
    meant = []
    monkeypatch.setattr(mask_ablation, "run_ablation", meant.append)
    monkeypatch.setattr(mask_ablation, "write_run", lambda run, folder: folder)
    words = config.command.removeprefix("python -m ").split()
    monkeypatch.setattr("sys.argv", words)
    mask_ablation.main()
    assert meant == [config] and words[0] == mask_ablation.__name__


@pytest.mark.parametrize(("fields", "error"), [
    ({"network": "mask"}, "Did you mean masks"), ({"seed": -1}, "seed must be"),
])
def test_an_ablation_that_cannot_be_is_refused(fields, error) -> None:
    with pytest.raises(ValueError, match=error):
        MaskAblation(**{"network": "masks"} | fields)
