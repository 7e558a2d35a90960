"""The training loop: against plain NumPy, on made-up scenes with a simple rule."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
import torch
from torch import nn

from resattn_tutorial.data.scenes import Scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.experiments.mask_ablation import masks_at_scene_size
from resattn_tutorial.ledger.run import Point
from resattn_tutorial.models.small_networks import FirstAttentionNetwork
from resattn_tutorial.training.simple_loop import (
    error_rate,
    require_scenes,
    shuffled_batches,
    train,
    train_step,
)

CLASSES = 3


def made_up_scenes(count: int, seed: int = 0, side: int = 8) -> Scenes:
    """Noise in which one colour is brighter: the class is that colour."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(CLASSES, (count,), generator=draw)
    images = torch.randint(160, (count, 3, side, side), generator=draw)
    images[torch.arange(count), labels] += 90
    objects = torch.zeros(count, side, side, dtype=torch.bool)
    return Scenes(images.to(torch.uint8), labels, objects)


class MeanColour(nn.Module):
    """Logits from the mean colour, by one linear layer."""

    def __init__(self, classes: int = CLASSES) -> None:
        super().__init__()
        self.classify = nn.Linear(3, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classify(x.mean(dim=(2, 3)))


def small_network(seed: int = 0, classes: int = CLASSES) -> nn.Module:
    """A convolution, batch norm, ReLU, a mean and a linear layer."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, classes),
    )


def weights(network: nn.Module) -> torch.Tensor:
    """Everything a network has learned, as one vector."""
    return torch.cat([p.detach().flatten() for p in network.parameters()])


class NumpySGD:
    """Softmax regression in float64: Nesterov momentum 0.9, weight decay 1e-4."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        self.parameters = [weight.astype(np.float64), bias.astype(np.float64)]
        self.momenta = [np.zeros_like(p) for p in self.parameters]

    def step(
        self, x: np.ndarray, labels: np.ndarray, rate: float,
        momentum: float = 0.9, decay: float = 1e-4,
    ) -> float:
        """One step on inputs ``(N, F)``; the loss before it."""
        weight, bias = self.parameters
        logits = x @ weight.T + bias
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        rows = np.arange(len(labels))
        loss = -np.log(shares[rows, labels]).mean()
        shares[rows, labels] -= 1
        gradients = [shares.T @ x / len(x), shares.mean(axis=0)]
        for k, gradient in enumerate(gradients):
            gradient = gradient + decay * self.parameters[k]
            self.momenta[k] = momentum * self.momenta[k] + gradient
            towards = gradient + momentum * self.momenta[k]
            self.parameters[k] = self.parameters[k] - rate * towards
        return loss


def regression(network: MeanColour) -> NumpySGD:
    """The same classifier in NumPy."""
    layer = network.classify
    return NumpySGD(layer.weight.detach().numpy(), layer.bias.detach().numpy())


def test_three_steps_equal_three_steps_written_by_hand():
    torch.manual_seed(0)
    network = MeanColour().double()
    by_hand = regression(network)
    optimizer = torch.optim.SGD(
        network.parameters(), 0.3, momentum=0.9, nesterov=True, weight_decay=1e-4
    )
    for seed in range(3):
        scenes = made_up_scenes(7 + seed, seed)
        images = to_inputs(scenes.images).double()
        loss = train_step(network, images, scenes.labels, optimizer)
        x = images.mean(dim=(2, 3)).numpy()
        assert isinstance(loss, float)
        assert loss == pytest.approx(by_hand.step(x, scenes.labels.numpy(), 0.3), 1e-12)
    wanted = np.concatenate([p.ravel() for p in by_hand.parameters])
    assert np.allclose(weights(network).numpy(), wanted, rtol=1e-11, atol=0)


def test_gradients_left_from_before_do_not_count():
    scenes, found = made_up_scenes(6), []
    for left in (None, 1e6):
        network = small_network()
        for parameter in network.parameters():
            parameter.grad = None if left is None else torch.full_like(parameter, left)
        optimizer = torch.optim.SGD(network.parameters(), 0.1)
        train_step(network, to_inputs(scenes.images), scenes.labels, optimizer)
        found.append(weights(network))
    assert torch.equal(*found)


def test_a_whole_training_equals_one_written_by_hand():
    scenes, test = made_up_scenes(50), made_up_scenes(20, seed=1)
    torch.manual_seed(0)
    network = MeanColour()
    by_hand, losses = regression(network), []
    x = to_inputs(scenes.images).double().mean(dim=(2, 3)).numpy()
    batches = shuffled_batches(50, 16, seed=4)
    for step in range(12):
        batch, rate = next(batches), 0.2 * (1 - step / 12)
        losses.append(by_hand.step(x[batch], scenes.labels[batch].numpy(), rate))
    curve = train(
        network, scenes, test, steps=12, batch_size=16, learning_rate=0.2, points=3,
        seed=4,
    )
    wanted = np.concatenate([p.ravel() for p in by_hand.parameters])
    assert np.allclose(weights(network).numpy(), wanted, rtol=1e-3, atol=1e-5)
    means = [sum(losses[k : k + 4]) / 4 for k in (0, 4, 8)]
    assert [point.loss for point in curve] == pytest.approx(means, rel=1e-4)
    assert [point.step for point in curve] == [4, 8, 12]
    assert [point.images for point in curve] == [64, 128, 192]
    assert curve[-1].test_error == error_rate(network, test)


def test_a_small_network_learns_a_rule_and_says_so():
    scenes, test = made_up_scenes(200), made_up_scenes(200, seed=1)
    network = small_network()
    untrained = error_rate(network, test)
    curve = train(network, scenes, test, steps=60, batch_size=20, points=4)
    assert untrained > 0.2
    assert curve[-1].test_error < 0.05
    assert curve[-1].loss < 0.5 * curve[0].loss
    seconds = [point.seconds for point in curve]
    assert seconds == sorted(seconds) and seconds[0] > 0


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_learns_at_each_step_however_the_network_comes(training):
    network, scenes = small_network().train(training), made_up_scenes(40)
    train(network, scenes, scenes, steps=6, batch_size=10, points=3)
    assert network[1].num_batches_tracked == 6


def test_the_wrong_labels_cannot_be_learned():
    scenes, test = made_up_scenes(200), made_up_scenes(200, seed=1)
    draw = torch.Generator().manual_seed(2)
    mixed = test._replace(labels=test.labels[torch.randperm(200, generator=draw)])
    curve = train(small_network(), scenes, mixed, steps=60, batch_size=20)
    assert curve[-1].test_error > 0.5


def test_the_same_seed_gives_the_same_weights_bit_for_bit():
    scenes, test = made_up_scenes(60), made_up_scenes(10, seed=1)
    sizes, found = {"steps": 6, "batch_size": 16, "points": 2}, []
    for order in (0, 0, 1):
        network = small_network()
        torch.manual_seed(len(found))  # training draws from its own generator
        curve = train(network, scenes, test, **sizes, seed=order)
        found.append((weights(network), [point._replace(seconds=0) for point in curve]))
    assert torch.equal(found[0][0], found[1][0]) and found[0][1] == found[1][1]
    assert not torch.equal(found[0][0], found[2][0])


def test_training_leaves_the_global_random_state_alone():
    torch.manual_seed(3)
    network, scenes = MeanColour(), made_up_scenes(20)
    before = torch.get_rng_state()
    train(network, scenes, scenes, steps=2, batch_size=10, points=1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("steps", "points"), [(1, 1), (5, 5), (7, 3), (9, 6), (20, 8)])
def test_the_log_has_one_line_a_point_and_the_last_is_at_the_end(steps, points, capsys):
    scenes, counts = made_up_scenes(20), {"steps": steps, "points": points}
    curve = train(MeanColour(), scenes, scenes, batch_size=10, **counts)
    assert len(curve) == points
    ends = [point.step for point in curve]
    assert ends == sorted(set(ends)) and ends[-1] == steps
    shown = capsys.readouterr()
    kept = [line.split("\r")[-1] for line in shown.out.split("\n")]
    assert [line for line in kept if line.startswith("step")] == [str(p) for p in curve]
    assert len(kept) == points + 1 and not kept[-1].strip()
    assert not shown.err


def test_a_point_reads_as_one_line():
    line = str(Point(step=12, images=768, seconds=3.4, loss=1.234, test_error=0.5))
    assert line.split() == [
        "step", "12", "3", "s", "training", "loss", "1.23", "test", "error", "50.0%"
    ]


def test_a_loss_that_is_no_number_stops_the_training_and_names_the_step():
    network = small_network()
    with torch.no_grad():
        network[0].weight[0, 0, 0, 0] = math.nan
    scenes = made_up_scenes(40)
    with pytest.raises(FloatingPointError, match="loss.*nan.*step 1"):
        train(network, scenes, scenes, steps=10, batch_size=10, points=5)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("label", [-1, CLASSES])
def test_labels_that_are_none_of_the_classes_are_refused(which, label):
    both = [made_up_scenes(20), made_up_scenes(20, seed=1)]
    both[which].labels[7] = label
    network = small_network()
    before = weights(network)
    with pytest.raises(ValueError, match=f"labels .*{label}"):
        train(network, *both, steps=2, batch_size=10, points=1)
    assert torch.equal(weights(network), before)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"steps": 4}, ValueError, "steps must be at least 5, got 4"),
        ({"steps": 2, "points": 3}, ValueError, "steps must be at least 3, got 2"),
        ({"steps": 10, "points": 0}, ValueError, "points"),
        ({"steps": 10.0}, TypeError, "steps"),
        ({"steps": 10, "batch_size": 0}, ValueError, "batch_size"),
        ({"steps": 10, "batch_size": 31}, ValueError, "scenes must be at least 31"),
    ],
)
def test_counts_that_make_no_training_are_refused(wrong, error, words):
    scenes = made_up_scenes(30)
    with pytest.raises(error, match=words):
        train(small_network(), scenes, scenes, **{"batch_size": 10, **wrong})


def test_training_without_scenes_is_refused():
    with pytest.raises(ValueError, match="scenes"):
        train(small_network(), made_up_scenes(0), made_up_scenes(9), steps=5)


def test_testing_without_scenes_is_refused():
    with pytest.raises(ValueError, match="scenes"):
        error_rate(small_network(), made_up_scenes(0))


@pytest.mark.parametrize("batch_size", [1, 3, 7, 250])
def test_the_error_rate_is_the_share_counted_by_hand(batch_size):
    scenes = made_up_scenes(7)
    network = MeanColour()
    with torch.no_grad():
        network.classify.weight.copy_(torch.eye(3))
        network.classify.bias.zero_()
    brightest = scenes.images.double().mean(dim=(2, 3)).argmax(dim=1)
    for wrong in range(8):
        labels = brightest.clone()
        labels[:wrong] = (labels[:wrong] + 1) % CLASSES
        changed = scenes._replace(labels=labels)
        assert error_rate(network, changed, batch_size) == wrong / 7


@pytest.mark.parametrize("training", [True, False])
def test_a_test_changes_nothing_in_the_network_and_keeps_its_mode(training):
    network = small_network().train(training)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    error_rate(network, made_up_scenes(20))
    assert all(module.training == training for module in network.modules())
    after = network.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(p.requires_grad for p in network.parameters())


def test_a_test_uses_running_statistics_and_not_those_of_the_batch():
    network, scenes = small_network(), made_up_scenes(40)
    for _ in range(20):
        network(to_inputs(scenes.images))
    network.train()
    whole = error_rate(network, scenes, batch_size=40)
    assert error_rate(network, scenes, batch_size=1) == whole


def counted(network):
    error_rate(network, made_up_scenes(4))


def shown(network):
    masks_at_scene_size(network, made_up_scenes(4))


def looked_at(network):
    require_scenes("scenes", made_up_scenes(4), network)


@pytest.mark.parametrize("asks", [counted, shown, looked_at])
@pytest.mark.parametrize("fails", [False, True])
def test_what_the_caller_froze_stays_frozen_also_after_an_error(asks, fails):
    network = FirstAttentionNetwork().train()
    norms = [part for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    norms[0].eval()
    before = [part.training for part in network.modules()]
    if fails:
        network.stem.register_forward_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) if fails else contextlib.nullcontext():
        asks(network)
    assert [part.training for part in network.modules()] == before


def test_every_scene_comes_once_an_epoch_and_each_epoch_in_a_new_order():
    batches = shuffled_batches(12, 4, seed=0)
    epochs = [torch.cat([next(batches) for _ in range(3)]) for _ in range(3)]
    for order in epochs:
        assert order.sort().values.tolist() == list(range(12))
    assert len({tuple(order.tolist()) for order in epochs}) == 3


def test_what_does_not_fill_a_batch_is_left_out_of_that_epoch_only():
    batches = shuffled_batches(11, 4, seed=0)
    seen = set()
    for _ in range(30):
        epoch = torch.cat([next(batches) for _ in range(2)]).tolist()
        assert len(set(epoch)) == 8
        seen |= set(epoch)
    assert seen == set(range(11))


def test_the_seed_makes_the_order():
    def first(seed: int) -> list[int]:
        return next(shuffled_batches(100, 10, seed)).tolist()

    assert first(1) == first(1) != first(2)
