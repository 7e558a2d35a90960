"""What chapter 13 says in words of its recorded runs."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.experiments.mask_maps import masks_of, packaged
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.ledger.store import read_runs

STAGES = [f"stage {number}, module 1" for number in (1, 2, 3)]
WAYS = ("mean", "one channel", "departure")
SCORES = ("AUC", "peak", "overlap")


@pytest.fixture(scope="module")
def scored() -> dict:
    (run,) = read_runs("chapter13-mask-scores")
    assert run.data.test_images == 2000
    return run.results.scores


@pytest.fixture(scope="module")
def history() -> list[Run]:
    return read_runs("chapter13-mask-history")


@pytest.fixture(scope="module")
def deleted() -> dict:
    (run,) = read_runs("chapter13-deletion")
    assert run.data.test_images == 2000
    return run.results.scores


@pytest.fixture(scope="module")
def exchanged() -> dict:
    (run,) = read_runs("chapter13-mask-exchange")
    assert run.data.test_images == 2000
    return run.results.scores


@pytest.mark.parametrize(
    "name", ["mask-scores", "mask-history", "deletion", "mask-exchange"]
)
def test_every_run_can_be_repeated_from_a_commit_without_changes(name: str) -> None:
    for run in read_runs(f"chapter13-{name}"):
        assert run.repeatable and run.environment.device
        assert run.environment.commit and not run.environment.commit.endswith("+")


def auc(scored: dict, name: str, whose: str = "own", group: str = "trained") -> dict:
    return scored[group][name]["AUC"][whose]


def test_the_three_pictures_of_one_mask_contradict_each_other(scored: dict) -> None:
    for stage in (STAGES[0], STAGES[2]):
        assert abs(auc(scored, f"{stage}, mean")["mean"] - 0.5) < 0.06
    assert auc(scored, f"{STAGES[1]}, mean")["high"] < 0.2
    channels, departures = (
        [auc(scored, f"{stage}, {way}") for stage in STAGES] for way in WAYS[1:]
    )
    for found in (channels, departures):
        assert found[0]["low"] > 0.65
        assert found[0]["high"] < found[1]["low"] < found[1]["high"] < found[2]["low"]


def test_every_channel_and_departure_sees_its_own_item_more_than_before_training(
    scored: dict,
) -> None:
    for stage in STAGES:
        for way in WAYS[1:]:
            name = f"{stage}, {way}"
            seen = auc(scored, name, "seen")
            assert seen["low"] > auc(scored, name, "seen", "untrained")["high"] > 0
            own = auc(scored, name)["low"]
            assert own > auc(scored, name, "own", "untrained")["high"]


def test_an_untrained_channel_sees_a_little_too_in_the_first_two_stages(
    scored: dict,
) -> None:
    for stage in STAGES[:2]:
        seen = auc(scored, f"{stage}, one channel", "seen", "untrained")
        assert 0 < seen["low"] < seen["high"] < 0.08


def test_the_score_tells_a_story_of_its_own(scored: dict) -> None:
    peak = scored["trained"][f"{STAGES[2]}, mean"]["peak"]
    assert peak["own"]["low"] < 0.5 < peak["own"]["high"]
    assert 1.8 < peak["own"]["mean"] / peak["another"]["mean"] < 2
    whole = scored["trained"][f"{STAGES[1]}, mean"]
    assert whole["share"] == 1 and whole["peak"]["own"]["high"] < 0.02


def test_two_channels_beat_the_middle_and_grad_cam_beats_them(scored: dict) -> None:
    grad_cam, middle = (
        {score: found[score]["own"] for score in SCORES}
        for found in (scored["trained"]["Grad-CAM"], scored["no network"]["the middle"])
    )
    for score in SCORES:
        stages = [
            scored["trained"][f"{stage}, one channel"][score]["own"] for stage in STAGES
        ]
        assert stages[0]["high"] < middle[score]["low"]
        assert middle[score]["high"] < stages[1]["low"]
        assert stages[1]["high"] < stages[2]["low"]
        assert stages[2]["high"] < grad_cam[score]["low"]


def test_the_middle_sees_nothing_and_an_untrained_grad_cam_neither(
    scored: dict,
) -> None:
    for found in (scored["no network"]["the middle"], scored["untrained"]["Grad-CAM"]):
        for score in SCORES:
            assert found[score]["seen"]["low"] <= 0 <= found[score]["seen"]["high"]


ORDER = (*[f"{stage}, one channel" for stage in STAGES], "Grad-CAM")
RIVAL = "more than another scene's"


def error(deleted: dict, filling: str, name: str) -> dict:
    return deleted[filling][name]["error"]


def test_stage_2s_mean_avoids_the_item_at_which_its_chosen_channel_points(
    scored: dict,
) -> None:
    assert auc(scored, f"{STAGES[1]}, mean")["high"] < 0.2
    assert auc(scored, f"{STAGES[1]}, one channel")["low"] > 0.8


@pytest.mark.parametrize("filling", ["mean colour", "blur"])
def test_the_better_a_map_points_the_more_its_deletion_hurts(
    filling: str, deleted: dict, scored: dict
) -> None:
    hurts = [error(deleted, filling, name)["mean"] for name in ORDER]
    points = [auc(scored, name)["mean"] for name in ORDER]
    assert hurts == sorted(hurts) and points == sorted(points)
    names = [f"{stage}, {way}" for stage in STAGES for way in WAYS]
    ranks = torch.tensor([
        [measure(name)["mean"] for name in names]
        for measure in (partial(auc, scored), partial(error, deleted, filling))
    ]).argsort(dim=1).argsort(dim=1).double()
    assert torch.corrcoef(ranks)[0, 1] > 0.9         # Spearman's, over nine maps


@pytest.mark.parametrize("filling", ["mean colour", "blur"])
def test_every_channel_and_departure_hurts_more_than_another_scenes_map(
    filling: str, deleted: dict
) -> None:
    for stage in STAGES:
        for way in WAYS[1:]:
            found = deleted[filling][f"{stage}, {way}"]
            assert found[RIVAL]["low"] > 0.05
            assert found["more than random pixels"]["low"] > 0
    assert deleted[filling]["Grad-CAM"][RIVAL]["low"] > 0.3


@pytest.mark.parametrize("filling", ["mean colour", "blur"])
def test_stage_2s_mean_marks_what_the_network_can_do_without(
    filling: str, deleted: dict
) -> None:
    found = deleted[filling][f"{STAGES[1]}, mean"]
    assert found["error"]["mean"] < 0.11
    assert found["more than random pixels"]["high"] < -0.1
    assert found[RIVAL]["high"] < 0


@pytest.mark.parametrize("filling", ["mean colour", "blur"])
def test_two_maps_alone_hurt_more_than_the_outline_which_leaves_a_silhouette(
    filling: str, deleted: dict
) -> None:
    more = [
        name for name, found in deleted[filling].items()
        if "more than the outline" in found
        and found["more than the outline"]["low"] > 0
    ]
    assert more == ["Grad-CAM", f"{STAGES[2]}, one channel"]
    outline = error(deleted, filling, "the outline")
    assert outline["high"] < 0.8                     # guessing errs nine times in ten


def test_masks_that_do_not_say_where_cost_about_a_point_and_anothers_about_two(
    exchanged: dict,
) -> None:
    more = {
        title: places["every module"]["more"]
        for title, places in exchanged.items() if title != "its own"
    }
    assert 0 < more["its mean over the image"]["low"]
    assert more["its mean over the image"]["high"] < 0.02
    assert 0 < more["another scene's"]["low"] and more["another scene's"]["high"] < 0.04
    assert 0.015 < more["another scene's"]["mean"] < 0.03
    assert more["none"]["low"] > 0.2


def test_anothers_masks_add_an_error_for_every_four_without_places_for_every_eight(
    exchanged: dict,
) -> None:
    before = exchanged["its own"]["error"]["mean"]
    for title, for_every in (("another scene's", 4), ("its mean over the image", 8)):
        more = exchanged[title]["every module"]["more"]["mean"]
        assert before / more == pytest.approx(for_every, abs=0.3)


def at(run: Run, name: str) -> dict[int, float]:
    """The AUC on the own item after each number of steps."""
    scores = run.results.scores
    return {
        point.step: scores[f"step {point.step}"][name]["AUC"]["own"]
        for point in run.results.curve
    }


def test_the_first_stage_has_learned_to_point_before_the_network_can_classify(
    history: list[Run],
) -> None:
    assert [run.seed for run in history] == [0, 1, 2]
    for run in history:
        auc_at = at(run, "stage 1, one channel")
        assert len(auc_at) == 8 and max(auc_at.values()) - auc_at[100] < 0.012
        (then,) = (point for point in run.results.curve if point.step == 100)
        assert then.test_error > 0.5


def test_by_step_200_channel_and_error_have_made_two_thirds_of_their_way(
    history: list[Run],
) -> None:
    for run in history:
        errors = {point.step: point.test_error for point in run.results.curve}
        for way in (at(run, "stage 2, one channel"), errors):
            assert (way[200] - way[0]) / (way[1200] - way[0]) > 0.66
        auc_at = at(run, "stage 2, one channel")
        assert auc_at[1200] > auc_at[200]


def test_the_mean_of_the_second_stage_turns_round_with_the_seed(
    history: list[Run],
) -> None:
    means = sorted(at(run, "stage 2, mean")[1200] for run in history)
    channels = sorted(at(run, "stage 2, one channel")[1200] for run in history)
    assert means[0] < 0.4 and means[-1] > 0.7
    assert channels[0] > 0.7 and channels[-1] - channels[0] < 0.05


def test_every_module_makes_features_about_half_as_large_again() -> None:
    network, transform = packaged(torch.device("cpu"))
    for mask in masks_of(network, load_scenes("test", 20), transform).values():
        assert 0.45 < mask.mean() < 0.55
