"""What networks cost: counts by hand, seconds by a clock of ours, a whole run file."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.experiments import command, network_costs
from resattn_tutorial.experiments.network_costs import NetworkCosts, measured, run_costs
from resattn_tutorial.experiments.network_counts import (
    COMPARED,
    META,
    counts,
    step_without_update,
    trunk_depth,
)
from resattn_tutorial.experiments.network_groups import (
    GROUPS,
    Entrant,
    Group,
    named,
    require_group,
)
from resattn_tutorial.ledger.store import read_run
from resattn_tutorial.models.recompute import recompute_modules
from resattn_tutorial.names import NetworkName

CPU = torch.device("cpu")
PLAIN, AGAIN = Entrant("mini1", "none"), Entrant("mini1", change=recompute_modules)
TINY: Group = {"plain": PLAIN, "masks": Entrant("mini1")}


def clock_of(seconds: Iterable[float]) -> Callable[[], float]:
    """A clock that is asked before and after each pass, which takes the next seconds.

    Between two passes a long time goes by that nobody should measure.
    """
    passing, now, running = cycle(seconds), 0.0, False

    def clock() -> float:
        nonlocal now, running
        now += next(passing) if running else 1000.0
        running = not running
        return now

    return clock


@pytest.fixture(scope="module")
def told() -> dict:
    # Forward and backward, a round each: plain, masks; masks, plain; plain, masks.
    # Then forward, in the same order.
    training = [90, 80, 3, 1, 2, 2]
    testing = [70, 60, 1, 4, 2, 4]
    clock = clock_of([*training, *testing])
    return measured(TINY, batch=2, rounds=2, clock=clock)


def test_seconds_are_medians_and_ratios_those_of_each_round(told: dict) -> None:
    one = {"ratio": 1.0, "lowest": 1.0, "highest": 1.0}
    plain, masks = told["plain"], told["masks"]
    assert plain["forward_and_backward"] == {"seconds": 1.5, **one}
    assert masks["forward_and_backward"] == {
        "seconds": 2.5, "ratio": 2.0, "lowest": 1.0, "highest": 3.0
    }
    assert plain["forward"] == {"seconds": 3.0, **one}
    assert masks["forward"] == {
        "seconds": 2.5, "ratio": 1.125, "lowest": 0.25, "highest": 2.0
    }


def test_a_group_tells_its_images_and_each_network_s_counts_beside_the_first_s(
    told: dict
) -> None:
    assert told["image_size"] == 32 and told["batch"] == 2
    for name, entrant in TINY.items():
        for what, count in counts(entrant, 2).items():
            assert told[name][what] == count
        assert told[name]["ratios"] == {
            what: round(told[name][what] / told["plain"][what], 4) for what in COMPARED
        }
    assert set(told["plain"]["ratios"].values()) == {1.0}
    assert min(told["masks"]["ratios"].values()) > 1


class Hand(Entrant):
    """A network that can be counted by hand, in place of a registered one."""

    def built(self, seed: int, device: torch.device) -> nn.Module:
        with device:
            return nn.Sequential(
                nn.Conv2d(3, 10, 1, bias=False), *(nn.Sigmoid() for _ in range(3)),
                nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            )


def test_the_counts_are_those_that_a_hand_makes() -> None:
    """The convolution keeps its input, and each sigmoid its output."""
    images, maps = 2 * 3 * 32**2 * 4, 2 * 10 * 32**2 * 4
    found = counts(Hand("mini1"), 2)
    assert found["parameters"] == 30 and found["trunk_depth"] == 1
    assert found["multiply_adds"] == 30 * 32**2      # of one image
    assert found["kept_bytes"] == images + 3 * maps
    # What enters a sigmoid and what leaves it: none of the rest is nearly as large.
    assert found["forward_peak_bytes"] == 2 * maps
    # On the way back all sigmoids' outputs, the gradients of what left the last one and
    # of what entered it, the loss, and the number that all gradients begin with.
    assert found["peak_bytes"] == 5 * maps + 2 * 4


@pytest.mark.parametrize(
    "name", [name for _, group in GROUPS.values() for name in group
             if name in list(NetworkName)],
)
def test_the_trunk_is_as_deep_as_a_network_s_name_says(name: str) -> None:
    assert trunk_depth(Entrant(name).built(0, META)) == int(name[-3:].lstrip("n"))


def test_a_step_leaves_no_gradients_and_both_devices_have_the_same_network() -> None:
    network = PLAIN.built(3, CPU)
    images, labels = PLAIN.batch(4, 3, CPU)
    assert images.shape == (4, 3, 32, 32) and labels.shape == (4,)
    assert images.is_contiguous(memory_format=torch.channels_last)
    F.cross_entropy(network(images), labels).backward()
    assert all(weight.grad is not None for weight in network.parameters())
    step_without_update(network, images, labels)
    assert all(weight.grad is None for weight in network.parameters())
    shapes = [weight.shape for weight in PLAIN.built(0, META).parameters()]
    assert shapes == [weight.shape for weight in network.parameters()]


def test_a_changed_network_is_measured_changed() -> None:
    plain, again = counts(Entrant("mini1"), 4), counts(AGAIN, 4)
    assert again["kept_bytes"] < 0.3 * plain["kept_bytes"]
    assert again["kept_bytes"] < again["peak_bytes"] < plain["peak_bytes"]
    assert again["parameters"] == plain["parameters"]


def test_all_groups_can_be_measured_and_begin_with_what_they_are_compared_with(
) -> None:
    firsts = {title: next(iter(group)) for title, (_, group) in GROUPS.items()}
    assert firsts == {
        "ImageNet size": "imagenet_resnet152", "CIFAR size": "cifar_resnet164",
        "mini": "trunk", "recomputing": "plain",
    }
    sizes = [require_group(group) for _, group in GROUPS.values()]
    assert sizes == [224, 32, 32, 32]
    assert all(hasattr(NetworkCosts(), setting) for setting, _ in GROUPS.values())
    assert list(GROUPS["recomputing"][1]) == [
        "plain", "save_memory", "recompute_modules", "recompute_stages"
    ]
    assert [one.attention for one in GROUPS["mini"][1].values()] == [
        "trunk", "residual", "none"
    ]


@pytest.fixture
def tiny_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {
        "two": ("mini_batch", {"one": Hand("mini1"), "like it": Hand("mini1")}),
        "alone": ("cifar_batch", {"alone": Hand("mini1")}),
    }
    monkeypatch.setattr(network_costs, "GROUPS", groups)


TYPED = "--seed 3 --threads 1 --rounds 1 --imagenet-batch 2 --cifar-batch 3"


@pytest.mark.usefixtures("tiny_groups")
def test_the_command_writes_a_whole_run_file_that_says_what_repeats_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    typed = shlex.split(f"experiment {TYPED} --mini-batch 4 --out {tmp_path}")
    monkeypatch.setattr("sys.argv", typed)
    threads = torch.get_num_threads()
    try:
        command.record(NetworkCosts, run_costs, network_costs.__doc__)
    finally:
        torch.set_num_threads(threads)
    run = read_run(tmp_path / "network-costs-seed3.json")
    assert run.command == f"python -m {network_costs.__name__} {TYPED} --mini-batch 4"
    assert run.repeatable and run.environment.device == "cpu"
    assert run.configuration == {
        "seed": 3, "threads": 1, "rounds": 1, "imagenet_batch": 2, "cifar_batch": 3,
        "mini_batch": 4,
    }
    scores = run.results.scores
    assert scores["two"]["batch"] == 4 and scores["alone"]["batch"] == 3
    assert scores["two"]["like it"]["forward"]["seconds"] > 0
    assert run.data.training_images == 4 + 3 and run.data.test_images == 0
    # A round that counts and one that does not, each with two passes.
    point, = run.results.curve
    assert point.images == 2 * 2 * (2 * 4 + 3) and point.step == 0
    assert point.loss is point.test_error is run.results.test_error is None


@pytest.mark.usefixtures("tiny_groups")
def test_a_clock_of_ours_reaches_every_group() -> None:
    run = run_costs(NetworkCosts(rounds=1, mini_batch=2, cifar_batch=2),
                    clock=clock_of([0.25]))
    for group in run.results.scores.values():
        for told in (one for one in group.values() if isinstance(one, dict)):
            assert told["forward"]["seconds"] == 0.25
            assert told["forward_and_backward"]["ratio"] == 1


@pytest.mark.parametrize(("group", "error", "words"), [
    (named("mini4"), ValueError, "network must be one of .* Did you mean mini"),
    ({"a": Entrant("mini1", "trunks")}, ValueError, "attention .* mean trunk?"),
    (named("mini1", "attention56"), ValueError, "one size, got 32 and 224"),
    ({}, ValueError, "one size, got no network"),
    ({"a": "mini1"}, TypeError, "each network must be an Entrant, got str"),
    ({"a": Entrant("cifar_resnet164", "none")}, TypeError, "ResidualAttentionNetwork"),
])
def test_a_group_that_cannot_be_measured_is_refused(
    group: Group, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        measured(group, 2, 1, clock=partial(pytest.fail, "it began"))


@pytest.mark.parametrize(("call", "words"), [
    (lambda: measured(TINY, 0, 1), "batch must be at least 1, got 0"),
    (lambda: measured(TINY, 1, 0), "rounds must be at least 1, got 0"),
    (lambda: measured(TINY, 1, 1, -1), "seed must be at least 0, got -1"),
    (lambda: counts(PLAIN, 0), "batch must be at least 1"),
    (lambda: NetworkCosts(rounds=0), "rounds must be at least 1"),
    (lambda: NetworkCosts(mini_batch=-2), "mini_batch must be at least 1"),
])
def test_a_number_that_cannot_be_is_refused(
    call: Callable[[], object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        call()
