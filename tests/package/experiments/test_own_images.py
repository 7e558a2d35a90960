"""From a wardrobe to a network, several ways, on the same photographs."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from sample_run import a_run

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.wardrobe import series_of
from resattn_tutorial.experiments import own_images, own_images_rates
from resattn_tutorial.experiments.ending import packed
from resattn_tutorial.experiments.own_images import (
    ARMS,
    BY_IMAGE,
    CLASSES,
    PACKAGED,
    RESNET,
    SCRATCH,
    OwnImages,
    fresh,
    learned_from,
    lower_error,
    parted,
    right_answers,
    run_own_images,
    shown_as,
    wardrobe,
)
from resattn_tutorial.experiments.own_images_rates import (
    RATES,
    OwnImagesRates,
    best_rate,
    run_rates,
)
from resattn_tutorial.ledger.store import read_run, write_run
from resattn_tutorial.training.finetuning import Epoch, is_better
from resattn_tutorial.training.trained_network import load_packaged

TINY = {"PIECES": 3, "SHOTS": 2, "TEST_PIECES": 2}


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pieces of each kind with two shots, and two to test on."""
    for name, value in TINY.items():
        monkeypatch.setattr(own_images, name, value)
        if hasattr(own_images_rates, name):
            monkeypatch.setattr(own_images_rates, name, value)


def test_the_recorded_runs_kept_the_earliest_of_equal_epochs():
    """Their rule stays, whatever ``finetune_folder`` asks by now."""
    first, surer = Epoch(1, 1.0, 0.0, 0.8), Epoch(2, 1.0, 0.0, 0.1)
    assert is_better(surer, first) and not lower_error(surer, first)
    assert lower_error(first, Epoch(3, 1.0, 0.1, 0.01))


def digest(held: HeldImages) -> str:
    return hashlib.sha256(held.images.contiguous().numpy().tobytes()).hexdigest()


def pieces(held: HeldImages) -> set[str]:
    return {series_of(file.name) for file in held.files}


# Photographs


def test_a_wardrobe_is_held_with_its_kinds_and_files(tiny: None) -> None:
    held = wardrobe("train", 4)
    assert held.images.shape == (30, 3, 64, 64) and held.images.dtype == torch.uint8
    kinds = [CLASSES[label] for label in held.labels.tolist()]
    assert kinds == [file.parent.name for file in held.files]
    assert kinds == [kind for kind in CLASSES for _ in range(6)]
    assert len(wardrobe("test", 4).labels) == 10
    assert digest(held) == digest(wardrobe("train", 4)) != digest(wardrobe("train", 5))


def test_train_and_test_have_no_piece_in_common() -> None:
    """Fully sized: a file may be called alike, but no image is."""
    marks = [{image.numpy().tobytes() for image in wardrobe(split, 0).images}
             for split in ("train", "test")]
    assert [len(found) for found in marks] == [500, 500]
    assert not marks[0] & marks[1]


@pytest.mark.parametrize("by_series", [True, False])
def test_a_fifth_is_held_out_and_a_piece_whole_only_by_series(by_series: bool) -> None:
    images = wardrobe("train", 2)
    training, validation = parted(images, 2, by_series)
    assert [len(part.labels) for part in (training, validation)] == [400, 100]
    assert validation.labels.bincount().tolist() == [20] * 5
    assert {*training.files, *validation.files} == set(images.files)
    assert bool(pieces(training) & pieces(validation)) != by_series
    for part in (training, validation):              # images stay with their files
        for number in (0, 7, -1):
            place = images.files.index(part.files[number])
            assert torch.equal(part.images[number], images.images[place])
            assert part.labels[number] == images.labels[place]


@pytest.mark.parametrize("counts", [(25, 4), (3, 2), (2, 9)])
def test_what_is_counted_as_learned_from_is_what_is_not_held_out(
    counts: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_images, "PIECES", counts[0])
    monkeypatch.setattr(own_images, "SHOTS", counts[1])
    images = wardrobe("train", 1)
    for arm in ARMS.values():
        training, _ = parted(images, 1, arm.by_series)
        assert learned_from(arm) == len(training.labels)


# Networks


@pytest.mark.parametrize("name", [PACKAGED, BY_IMAGE, SCRATCH])
def test_a_network_is_drawn_from_its_seed_alone(name: str) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    states = [fresh(name, seed)[0].state_dict() for seed in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    head = [key for key in states[0] if key.startswith("head")][-2]  # its weights
    assert states[0][head].dim() == 2 and len(states[0][head]) == len(CLASSES)
    assert torch.equal(states[0][head], states[1][head])
    assert not torch.equal(states[0][head], states[2][head])


def test_fine_tuning_begins_with_the_packaged_weights_and_nothing_with_none() -> None:
    packaged = load_packaged()[0].state_dict()
    fine, again, scratch = (
        fresh(name, 7)[0].state_dict() for name in (PACKAGED, BY_IMAGE, SCRATCH)
    )
    assert packaged.keys() == fine.keys() == scratch.keys()
    for name, value in packaged.items():
        assert torch.equal(fine[name], again[name])  # both splits begin alike
        if not name.startswith("head"):
            assert torch.equal(fine[name], value)
    stem = next(name for name in packaged if name.endswith("weight"))
    assert not torch.equal(scratch[stem], packaged[stem])


@pytest.mark.slow
def test_resnet_is_drawn_from_its_seed_and_shown_every_pixel() -> None:
    images = wardrobe("test", 0).only([0, 1])
    (one, transform), (other, _) = fresh(RESNET, 5), fresh(RESNET, 5)
    for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(shown_as(images, transform).images, images.images)
    assert one(transform(images.images)).shape == (2, len(CLASSES))
    ratio, usual = (
        sum(p.numel() for p in network.parameters())
        for network in (one, fresh(SCRATCH, 0)[0])
    )
    assert 10.5 < ratio / usual < 11.5               # "eleven times", chapter 17


@pytest.mark.parametrize("name", [PACKAGED, SCRATCH])
def test_attention_is_shown_the_size_that_the_weights_learned_from(
    name: str, tiny: None
) -> None:
    network, transform = fresh(name, 0)
    seen = shown_as(wardrobe("test", 0), transform)
    assert seen.images.shape == (10, 3, 32, 32) and seen.images.dtype == torch.uint8
    # Half as high and as wide: each pixel is about the mean of four.
    halves = wardrobe("test", 0).images.float().unflatten(2, (32, 2)).unflatten(
        4, (32, 2)).mean(dim=(3, 5))
    assert (seen.images - halves).abs().mean() < 8
    assert network.eval()(transform(seen.images[:2])).shape == (2, len(CLASSES))


# Runs


@pytest.mark.slow
def test_a_whole_run_file_gives_back_every_arm_s_answers(
    tiny: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And all arms were tested on the same photographs."""
    drawn = []

    def noted(split: str, seed: int) -> HeldImages:
        held = wardrobe(split, seed)
        drawn.append((split, seed, digest(held)))
        return held

    monkeypatch.setattr(own_images, "wardrobe", noted)
    config = OwnImages(seed=5, epochs=1)
    run = read_run(write_run(run_own_images(config), tmp_path))
    assert run.stem == "chapter17-own-images-seed5" and run.command == config.command
    assert len(drawn) == 2 * len(ARMS) and len(set(drawn)) == 2
    assert {seed for _, seed, _ in drawn} == {5}
    found = right_answers(run)
    assert list(found) == list(ARMS)
    for name, right in found.items():
        told = run.results.scores[name]
        assert right.shape == (10,) and right.dtype == bool
        assert told["error"] == pytest.approx(1 - right.mean(), abs=1e-4)
        assert told["best_epoch"] == 1 and 0 <= told["validation_error"] <= 1
    assert run.results.test_error == run.results.scores[PACKAGED]["error"]
    assert (run.data.training_images, run.data.test_images) == (30, 10)
    # By series two of three pieces are learned from, by image five of six shots.
    assert run.results.curve[-1].images == 3 * 20 + 25


@pytest.mark.slow
def test_the_same_seed_trains_the_same_network(
    tiny: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_images, "PIECES", 2)
    ends = [
        own_images.train_arm(PACKAGED, ARMS[PACKAGED], seed, 1, torch.device("cpu"))[2]
        for seed in (0, 0, 1)
    ]
    losses = [tuned.curve[0].loss for tuned in ends]
    assert losses[0] == losses[1] != losses[2]


def test_answers_of_another_experiment_are_refused() -> None:
    with pytest.raises(ValueError, match="run must be one of chapter17-own-images"):
        right_answers(a_run())


def test_answers_are_unpacked_arm_by_arm() -> None:
    answers = np.random.RandomState(0).rand(len(ARMS), 21) < 0.5
    run = a_run("chapter17-own-images", data__test_images=21,
                results__right_answers=packed(answers))
    for row, (name, right) in enumerate(right_answers(run).items()):
        assert name == list(ARMS)[row] and np.array_equal(right, answers[row])


# Rates


@pytest.mark.slow
def test_the_search_tries_every_rate_on_validation_photographs_alone(
    tiny: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried, train = [], own_images.train_arm

    def noted(name, arm, *others):  # noqa: ANN001, ANN202
        tried.append((name, arm.rate, arm.head_factor, arm.by_series))
        return train(name, arm, *others)

    def only_training(split: str, seed: int) -> HeldImages:
        assert split == "train"
        return wardrobe(split, seed)

    monkeypatch.setattr(own_images_rates, "train_arm", noted)
    monkeypatch.setattr(own_images, "wardrobe", only_training)
    monkeypatch.setattr(own_images_rates, "RATES", {
        PACKAGED: (0.003, 0.01), SCRATCH: (0.1,),
    })
    run = read_run(write_run(run_rates(OwnImagesRates(epochs=1)), tmp_path))
    assert run.stem == "chapter17-rates-seed100"
    assert tried == [
        (PACKAGED, 0.003, 10.0, True), (PACKAGED, 0.01, 10.0, True),
        (SCRATCH, 0.1, 1.0, True),
    ]
    assert run.results.test_error is None and run.data.test_images == 0
    assert run.results.curve[-1].images == 3 * 30
    assert best_rate(run, SCRATCH) == 0.1
    assert best_rate(run, PACKAGED) in (0.003, 0.01)


def searched(*pairs: tuple[float, float]):
    """A run of the search: errors and losses of an arm's three rates."""
    told = {
        f"{rate:g}": {"validation_error": error, "validation_loss": loss}
        for rate, (error, loss) in zip(RATES[PACKAGED], pairs, strict=True)
    }
    return a_run(OwnImagesRates.name, results__scores={PACKAGED: told})


@pytest.mark.parametrize(("pairs", "best"), [
    (((0.3, 0.9), (0.2, 1.5), (0.4, 0.1)), 0.01),
    (((0.3, 0.9), (0.2, 1.5), (0.2, 1.4)), 0.03),
    (((0.2, 0.9), (0.2, 0.9), (0.2, 0.9)), 0.003),
])
def test_the_lowest_error_wins_and_of_several_the_lowest_loss(
    pairs: tuple, best: float
) -> None:
    assert best_rate(searched(*pairs), PACKAGED) == best


def test_every_arm_has_one_of_the_rates_that_are_searched() -> None:
    assert {*RATES} == {*ARMS} - {BY_IMAGE}
    for name, rates in RATES.items():
        assert rates == tuple(sorted(rates)) and len(rates) == 3
        assert ARMS[name].rate in rates
    # The two that differ in their split differ in nothing else.
    assert ARMS[BY_IMAGE] == ARMS[PACKAGED]._replace(by_series=False)


def test_what_is_no_search_or_no_arm_is_refused() -> None:
    with pytest.raises(ValueError, match="run must be one of chapter17-rates, got tri"):
        best_rate(a_run(), PACKAGED)
    with pytest.raises(ValueError, match="name must be one of packaged weights, Atten"):
        best_rate(searched((0, 0), (0, 0), (0, 0)), "packed weights")


# In a terminal


@pytest.mark.parametrize("kind", [OwnImages, OwnImagesRates])
def test_the_command_of_a_run_makes_the_same_experiment(
    kind: type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = kind(seed=8, threads=1, epochs=3)
    python, m, module, *words = shlex.split(config.command)
    assert (python, m, module) == ("python", "-m", kind.module)
    monkeypatch.setattr("sys.argv", [module, *words, "--out", str(tmp_path)])
    assert kind.from_terminal("told") == (config, tmp_path)


def test_a_search_has_a_seed_of_its_own() -> None:
    assert OwnImagesRates().seed == 100 and OwnImages().seed == 0
    with pytest.raises(ValueError, match="epochs must be at least 1, got 0"):
        OwnImages(epochs=0)
