"""Fine-tuning: against a plain loop, its rules, what is kept, and what is refused."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.loaders import draw_epoch
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.training import finetuning, step_watch
from resattn_tutorial.training.finetuning import fine_tune
from resattn_tutorial.training.frozen import freeze
from resattn_tutorial.training.tuning import Tuning

CLASSES = 3


class Small(nn.Module):
    """A convolution, batch norm and a head; float64."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, CLASSES)
        self.double()

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.bn(self.stem(x)).relu().mean(dim=(2, 3)))


def held(count: int, seed: int = 0, side: int = 8) -> HeldImages:
    draw = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (count, 3, side, side), generator=draw)
    labels = torch.randint(CLASSES, (count,), generator=draw)
    return HeldImages(images.byte(), labels, tuple(map(Path, map(str, range(count)))))


def doubles(images: Tensor) -> Tensor:
    return images.double() / 255 - 0.5


def tuned(network: nn.Module, training: HeldImages | None = None, **how: object):
    told: list[str] = []
    given = {"epochs": 2, "batch_size": 4} | how
    found = fine_tune(
        network, training or held(10), held(6, seed=1), doubles, Tuning(**given),
        say=told.append,
    )
    return found, told


def by_hand(images: HeldImages, epochs: int, sizes: list[int], rate: float, seed: int):
    """The same in plain terms: windows cut one by one, momentum written out."""
    network = Small().train()
    momentum: dict[str, Tensor] = {}
    step, steps = 0, epochs * len(sizes)
    for epoch in range(1, epochs + 1):
        order, corners, mirrored = draw_epoch(
            len(images.labels), seed, epoch, pad=images.images.shape[-1] // 8)
        pad, first = images.images.shape[-1] // 8, 0
        for size in sizes:
            inputs, labels = [], []
            for place in range(first, first + size):
                whole = F.pad(doubles(images.images[order[place]]), (pad,) * 4)
                top, left = corners[place].tolist()
                side = images.images.shape[-1]
                window = whole[:, top : top + side, left : left + side]
                inputs.append(window.flip(2) if mirrored[place] else window)
                labels.append(images.labels[order[place]])
            first += size
            network.zero_grad()
            logits = network(torch.stack(inputs))
            F.cross_entropy(logits, torch.stack(labels)).backward()
            falling = (1 + math.cos(math.pi * step / steps)) / 2
            step += 1
            with torch.no_grad():
                for name, weight in network.named_parameters():
                    own = rate * falling * (10 if name.startswith("head.") else 1)
                    pull = weight.grad + 1e-4 * weight
                    last = momentum.get(name)
                    momentum[name] = pull if last is None else 0.9 * last + pull
                    weight -= own * (pull + 0.9 * momentum[name])
    return network.state_dict()


@pytest.mark.parametrize("side", [8, 32])
def test_it_learns_what_a_plain_loop_learns(side: int):
    images = held(10, side=side)
    found, _ = tuned(Small(), images, epochs=3, learning_rate=0.02, seed=5)
    expected = by_hand(images, 3, [4, 3, 3], 0.02, 5)
    for name, value in expected.items():
        torch.testing.assert_close(found.last[name], value, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize(("images", "epochs", "patience"), [
    (400, 24, 8),               # 13 batches: 24 epochs are 312 steps
    (32, 100, 33),              # one batch: no more than 100 epochs
    (33, 100, 33),              # two, so 150 epochs would be 300 steps
    (960, 10, 5),               # thirty: ten epochs; never less patience than 5
    (10_000, 5, 5),             # 313: no fewer than 5 epochs
])
def test_how_long_to_train_follows_from_the_number_of_images(images, epochs, patience):
    usual = Tuning()
    assert usual.epochs_for(images) == epochs
    assert usual.patience_for(images) == patience
    chosen = Tuning(epochs=7, patience=2)
    assert (chosen.epochs_for(images), chosen.patience_for(images)) == (7, 2)


# Errors, and losses where they matter: else they are equal.
@pytest.mark.parametrize(("errors", "losses", "best", "stops"), [
    ((0.5, 0.3, 0.3, 0.2), (), 4, False),
    ((0.5, 0.3, 0.4, 0.3), (), 2, False),        # both equal: the earlier one
    ((0.5, 0.3, 0.4, 0.3), (9.0, 0.5, 0.1, 0.4), 4, False),
    ((0.5, 0.3, 0.4, 0.3), (9.0, 0.5, 0.1, 0.6), 2, False),
    ((0.3, 0.3, 0.3, 0.3), (), 1, True),
    ((0.0, 0.0, 0.0, 0.0), (0.8, 0.5, 0.2, 0.3), 3, True),   # a loss extends nothing
    ((0.3, 0.4, 0.5, 0.6), (), 1, True),
])
def test_the_lowest_error_is_kept_then_the_lowest_loss_then_the_earliest(
    monkeypatch: pytest.MonkeyPatch, errors: tuple, losses: tuple, best: int,
    stops: bool,
):
    states: list[dict[str, Tensor]] = []
    both = list(zip(errors, losses or [1.0] * len(errors), strict=True))
    waiting = iter(both)

    def judged(network: nn.Module, batches: object) -> Errors:
        states.append(finetuning.state_of(network))
        error, loss = next(waiting)
        return Errors(error, 0.0, loss, 6)

    monkeypatch.setattr(finetuning, "evaluate", judged)
    network = Small()
    found, told = tuned(network, epochs=5 if stops else 4, patience=3)
    assert found.best_epoch == best and [e.error for e in found.curve] == list(errors)
    now = network.state_dict()
    for name, value in states[best - 1].items():
        assert torch.equal(found.best[name], value) and torch.equal(now[name], value)
        assert torch.equal(found.last[name], states[-1][name])
    assert not torch.equal(states[0]["head.weight"], states[-1]["head.weight"])
    assert ("Stopped" in told[-1]) == stops
    assert [", best so far" in line for line in told[:4]] == [
        pair < min(both[:k], default=(2, 0)) for k, pair in enumerate(both)]
    assert max(map(len, told)) <= 76


def test_how_long_it_takes_is_said_after_two_steps_and_not_of_a_short_one(
    monkeypatch: pytest.MonkeyPatch
):
    for second, said in ((20.0, "about 5 minutes at most"), (0.1, None)):
        # The first step takes longer, and does not count; nor do later ones.
        clock = iter((1000.0, 1000.0 + second)).__next__
        monkeypatch.setattr(step_watch.time, "perf_counter", clock)
        _, told = tuned(Small(), held(10), epochs=5)             # 15 steps
        found = [number for number, line in enumerate(told) if "This takes" in line]
        assert found == ([0] if said else [])
        assert said is None or said in told[0]


@pytest.mark.parametrize(("seconds", "words"), [
    (0.4, "0 seconds"), (119.4, "119 seconds"), (120, "2 minutes"),
    (3540, "59 minutes"), (7199, "120 minutes"), (7200, "2 hours"),
    (90_000, "25 hours"),
])
def test_a_time_is_told_in_the_unit_that_fits(seconds: float, words: str):
    assert step_watch.in_words(seconds) == words


def test_validation_is_on_the_images_as_they_are():
    network, validation = Small(), held(6, seed=1)
    found, _ = tuned(network, epochs=1)
    assert not network.training
    with torch.no_grad():
        wrong = network(doubles(validation.images)).argmax(1) != validation.labels
    assert found.curve[0].error == pytest.approx(wrong.double().mean().item())


def test_an_epoch_sees_every_image_once_in_batches_of_like_size():
    network, seen = Small(), []
    training = held(11)
    network.register_forward_hook(
        lambda module, given, out: seen.append(given[0]) if module.training else None)
    before = torch.random.get_rng_state()
    tuned(network, training, epochs=2, batch_size=4)
    assert [len(inputs) for inputs in seen] == [4, 4, 3] * 2
    assert torch.equal(torch.random.get_rng_state(), before)
    # A shift by a pixel leaves an image's inner pixels in it: each is found again.
    middles = {tuple(doubles(one)[:, 3:5, 3:5].flatten().tolist()): n
               for n, one in enumerate(training.images)}
    for batches in (seen[:3], seen[3:]):
        windows = torch.cat(batches).unfold(2, 2, 1).unfold(3, 2, 1)
        windows = windows.permute(0, 2, 3, 1, 4, 5).flatten(3)
        found = []
        for image in windows:
            turned = image.view(7, 7, 3, 2, 2).flip(4).flatten(2)
            both = torch.cat([image, turned]).flatten(0, 1).tolist()
            found += [middles[tuple(x)] for x in both if tuple(x) in middles]
        assert sorted(found) == list(range(11))


def test_a_seed_gives_the_same_bits_and_another_one_others():
    first, again, other = (
        tuned(Small(), seed=seed)[0].last["stem.weight"] for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_frozen_parts_stay_and_all_others_learn():
    network = freeze(Small().eval(), "stem", "bn")
    before = finetuning.state_of(network)
    found, _ = tuned(network)
    for name, value in before.items():
        assert torch.equal(found.last[name], value) == (not name.startswith("head"))


def bright(images: Tensor) -> Tensor:
    return doubles(images) * math.nan


@pytest.mark.parametrize(("changed", "error", "words"), [
    ({"network": 3}, TypeError, "network must be an nn.Module"),
    ({"training": [1, 2]}, TypeError, "training must be HeldImages"),
    ({"validation": held(0)}, ValueError, "the number of validation images must be"),
    ({"training": held(0)}, ValueError, "the number of training images must be"),
    ({"tuning": {"epochs": 3}}, TypeError, "tuning must be a Tuning, got dict"),
    ({"network": freeze(Small().eval(), "stem", "bn", "head")}, ValueError,
     "all of them are frozen"),
    ({"as_inputs": bright}, FloatingPointError, "the loss is nan in epoch 1"),
])
def test_what_cannot_be_tuned_is_refused(changed: dict, error: type, words: str):
    given = {"network": Small(), "training": held(5), "validation": held(4),
             "as_inputs": doubles, "tuning": Tuning(epochs=1)} | changed
    with pytest.raises(error, match=words):
        fine_tune(**given, say=lambda line: None)


@pytest.mark.parametrize(("changed", "error", "words"), [
    ({"epochs": 0}, ValueError, "epochs must be at least 1, got 0"),
    ({"patience": 1.5}, TypeError, "patience must be a whole number"),
    ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
    ({"learning_rate": 0}, ValueError, "learning_rate must be above 0"),
    ({"learning_rate": math.nan}, ValueError, "learning_rate must be a finite number"),
    ({"head_factor": "ten"}, TypeError, "head_factor must be a number"),
    ({"seed": -1}, ValueError, "seed must be at least 0"),
])
def test_numbers_that_cannot_be_are_refused(changed: dict, error: type, words: str):
    with pytest.raises(error, match=words):
        Tuning(**changed)
