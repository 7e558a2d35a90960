"""Two networks under every condition, and how sure they are of their answers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from recorded import ledger
from sample_run import a_run
from torch import nn

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.experiments import shifted_tests
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.grid import final_config, key
from resattn_tutorial.experiments.shifted_tests import (
    ARMS,
    CLEAN,
    MASKS,
    PLAIN,
    ShiftedTests,
    condition_scores,
    conditions,
    confidence_scores,
    config_of,
    logits_of,
    right_answers,
    run_tests,
    shifted_ways,
    spoilt_ways,
)
from resattn_tutorial.ledger.store import read_run, write_run

GREY = SmallImageInputs(mean=(0.5, 0.5, 0.5))


class ByMeans(nn.Module):
    """Answers with the class whose mean image is nearest: no training, some sense."""

    def __init__(self, count: int = 1000) -> None:
        super().__init__()
        train = open_set("builtin-few", "train")
        inputs, labels = GREY(train.images[:count]).flatten(1), train.labels[:count]
        means = torch.stack([inputs[labels == k].mean(dim=0) for k in range(10)])
        self.means = nn.Parameter(means)             # (10, 3 H W)
        self.norm = nn.Dropout(0.9)                  # shows the mode

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits ``(N, 10)`` of inputs ``(N, 3, H, W)``."""
        return -torch.cdist(self.norm(x.flatten(1)), self.means)


def test_both_arms_are_trainings_that_chapter_12_recorded() -> None:
    masks = EXPERIMENTS["masks-mini"]
    for arm, label in ARMS.items():
        theirs = final_config(masks, label, 2, ledger().errors)
        assert key(config_of(arm, 2, 1200)) == key(theirs)


def test_the_first_condition_is_the_clean_scenes_and_all_have_their_labels() -> None:
    clean = load_scenes("large test", 6)
    found = list(conditions(6))
    names = [name for name, _, _ in found]
    assert names == [CLEAN, *spoilt_ways(), *shifted_ways()]
    assert len(set(names)) == 1 + 6 * 3 + 5
    assert torch.equal(found[0][1], clean.images)
    for name, images, labels in found:
        assert torch.equal(labels, clean.labels)
        assert torch.equal(images, clean.images) == (name == CLEAN)


def test_answers_are_given_in_evaluation_mode_and_modes_stay_as_they_were() -> None:
    network = ByMeans()
    images = load_scenes("large test", 7).images
    found = logits_of(network.train(), images, GREY)
    assert network.training and network.norm.training
    assert torch.equal(found, network.eval()(GREY(images)))


def drawn(scale: float, count: int = 20_000) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits whose true temperature is ``scale``, and labels drawn from them."""
    generator = torch.Generator().manual_seed(0)
    honest = 2 * torch.randn(count, 5, generator=generator)
    labels = honest.softmax(dim=1).multinomial(1, generator=generator)[:, 0]
    return scale * honest, labels


def test_a_network_that_is_three_times_too_sure_has_the_temperature_three() -> None:
    told = confidence_scores(*drawn(3.0))
    assert told["temperature"] == pytest.approx(3, rel=0.05)
    assert told["before"] > 0.1 and told["after"] < 0.02
    assert sum(row["images"] for row in told["bins"].values()) == 10_000
    assert all(row["images"] > 0 for row in told["bins"].values())


def test_the_images_that_are_measured_have_no_say_in_the_temperature() -> None:
    logits, labels = drawn(3.0)
    others = logits.clone()
    others[len(others) // 2 :] *= 5
    first, second = (confidence_scores(each, labels) for each in (logits, others))
    assert first["temperature"] == second["temperature"]
    assert second["before"] > first["before"] and second["after"] > first["after"]


def test_both_halves_of_the_test_scenes_have_all_classes_alike() -> None:
    labels = open_set("builtin-large", "test").labels
    for half in labels.split(len(labels) // 2):
        assert len(set(half.bincount(minlength=10).tolist())) == 1


def test_errors_and_answers_agree_and_the_temperature_changes_no_answer() -> None:
    network = ByMeans()
    told, answers = condition_scores(network, GREY, 40, 1.0)
    assert answers.shape == (len(told), 40)
    for row, name in zip(answers, told, strict=True):
        assert told[name]["error"] == pytest.approx(1 - row.double().mean().item())
    other, same = condition_scores(network, GREY, 40, 9.0)
    assert torch.equal(answers, same)
    assert other[CLEAN]["calibration error"] != told[CLEAN]["calibration error"]


def test_a_whole_run_file_gives_back_each_arms_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # From half of the images: other answers than the first one's.
    networks = {MASKS: ByMeans(), PLAIN: ByMeans(500)}
    waiting = iter(networks.values())
    run = a_run()
    monkeypatch.setattr(
        shifted_tests, "trained", lambda config: (run, next(waiting), GREY)
    )
    made = run_tests(ShiftedTests(seed=4, tested_on=30))
    read = read_run(write_run(made, tmp_path))
    found = right_answers(read)
    assert list(found) == [MASKS, PLAIN]
    for arm, network in networks.items():
        for name, images, labels in conditions(30):
            right = logits_of(network, images, GREY).argmax(dim=1) == labels
            assert found[arm][name].tolist() == right.tolist()
            error = read.results.scores[arm]["conditions"][name]["error"]
            assert error == pytest.approx(1 - right.double().mean().item(), abs=1e-6)


def test_answers_of_another_experiment_are_refused() -> None:
    with pytest.raises(ValueError, match="run must be one of chapter15-shifted-tests"):
        right_answers(a_run())
