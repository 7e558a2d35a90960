"""Networks that learn from few scenes of some classes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from sample_run import a_run

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.long_tail import class_weights, long_tail_counts
from resattn_tutorial.experiments import long_tails
from resattn_tutorial.experiments.long_tails import (
    ARMS,
    MASKS,
    PLAIN,
    WEIGHTED,
    LongTails,
    config_of,
    right_answers,
    run_tails,
    tail_scores,
    thinned,
    trained,
)
from resattn_tutorial.ledger.store import read_run, write_run
from resattn_tutorial.models.registry import build_network

CPU = torch.device("cpu")


def test_a_thinned_set_has_the_counts_of_its_ratio_and_each_seed_another_order():
    full = open_set("builtin-few", "train")
    orders = set()
    for seed in range(3):
        counts = thinned(full, 50, seed).labels.bincount(minlength=10)
        assert sorted(counts.tolist()) == sorted(long_tail_counts(100, 50, 10))
        orders.add(tuple(counts.tolist()))
    assert len(orders) == 3


def test_arms_with_and_without_weights_differ_in_nothing_else() -> None:
    assert config_of(PLAIN, 1, 600) == config_of(WEIGHTED, 1, 600)
    assert config_of(PLAIN, 1, 600).attention != config_of(MASKS, 1, 600).attention


@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_weighs_classes_only_where_it_should(weighted) -> None:
    config = config_of(PLAIN, 3, 1)
    images = thinned(open_set("builtin-few", "train"), 10, 3)
    _, _, loss = trained(config, images, weighted, CPU)
    # By hand: the same first batch through the same fresh network.
    network = build_network(config.network, 10, 3, config.attention).train()
    inputs, labels = next(images.loader(config.recipe, 3, CPU).starting_at(0))
    each = F.cross_entropy(network(inputs), labels, reduction="none")
    weights = class_weights(images.labels)[labels] if weighted else torch.ones(64)
    by_hand = (weights * each).sum() / weights.sum()
    assert loss == pytest.approx(by_hand.item(), rel=1e-4)


def test_classes_are_told_in_the_order_of_their_training_images() -> None:
    few = open_set("builtin-few", "train")
    kept = torch.cat([
        (few.labels == label).nonzero()[:, 0][: 10 + 9 * label] for label in range(10)
    ])
    images = few._replace(images=few.images[kept], labels=few.labels[kept])
    test = few._replace(labels=torch.arange(10).repeat(4))
    guesses = test.labels.clone()
    guesses[9], guesses[19] = 0, 1                   # class 9: two of four are right
    told = tail_scores(images, guesses, test)
    assert told["error"] == 0.05
    assert told["classes"]["1"] == {"class": 9, "images": 91, "recall": 0.5}
    assert told["classes"]["10"] == {"class": 0, "images": 10, "recall": 1.0}


def test_a_whole_run_file_gives_back_every_arms_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few = open_set("builtin-few", "train")
    monkeypatch.setattr(long_tails, "open_set", lambda data, split: few)
    monkeypatch.setattr(long_tails, "RATIOS", (2, 4))
    read = read_run(write_run(run_tails(LongTails(steps=2, seed=5)), tmp_path))
    found = right_answers(read)
    assert list(found) == [2, 4]
    for ratio, arms in found.items():
        assert list(arms) == list(ARMS)
        for arm, right in arms.items():
            told = read.results.scores[f"ratio {ratio}"][arm]
            assert told["error"] == pytest.approx(1 - right.mean(), abs=1e-6)
            assert len(told["classes"]) == 10


def test_answers_of_another_experiment_are_refused_as_those_of_no_tail() -> None:
    with pytest.raises(ValueError, match="run must be one of chapter15-long-tails"):
        right_answers(a_run())
