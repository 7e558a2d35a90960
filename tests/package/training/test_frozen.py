"""Frozen parts: bit for bit as they were after every loop, and all else has moved."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import torch
from small_runs import (
    Doubled,
    errors,
    logits,
    make_trainer,
    outcome,
    recipe,
    small_config,
    stopping_at,
    together,
    unlike,
)
from torch import Tensor, nn

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.scenes import Scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.experiments import long_tails, mask_history
from resattn_tutorial.experiments.mask_maps import settle
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.recompute import recompute_modules
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.models.small_networks import FirstAttentionNetwork
from resattn_tutorial.training.checkpoint import CheckpointError, load_checkpoint
from resattn_tutorial.training.frozen import (
    freeze,
    learning_parameters,
    parts_at_rest,
    to_training_mode,
)
from resattn_tutorial.training.grad_accumulation import RunningStatistics
from resattn_tutorial.training.simple_loop import train
from resattn_tutorial.training.step import Stepper

CPU = torch.device("cpu")


def unit(channels: int, out: int) -> nn.Module:
    """A convolution, batch norm, and whatever else has two modes."""
    return nn.Sequential(
        nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(),
        nn.Dropout(0.2),
    )


def staged(seed: int = 0, classes: int = 7) -> nn.Module:
    """A stem, two stages and a head, by these names; statistics of some past."""
    torch.manual_seed(seed)
    network = nn.Sequential(OrderedDict(
        stem=unit(3, 4), stages=nn.Sequential(unit(4, 5), unit(5, 5)),
        head=nn.Sequential(
            nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(20, classes)
        ),
    ))
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return network


def made_up_scenes(count: int) -> Scenes:
    """Noise of three classes."""
    draw = torch.Generator().manual_seed(count)
    images = torch.randint(256, (count, 3, 8, 8), generator=draw, dtype=torch.uint8)
    labels = torch.arange(count) % 3
    return Scenes(images, labels, torch.zeros(count, 8, 8, dtype=torch.bool))


Loop = Callable[[nn.Module, Path, pytest.MonkeyPatch], object]


def by_train(network: nn.Module, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Chapter 3's loop, with a test at each of two points."""
    scenes = made_up_scenes(12)
    train(network, scenes, scenes, steps=4, batch_size=4, points=2)


def by_steps(accumulation: int = 1) -> Loop:
    """Single steps, with a test between them."""

    def loop(network: nn.Module, folder: Path, patch: pytest.MonkeyPatch) -> None:
        network.double()
        config = small_config(recipe(batch=7), accumulation=accumulation)
        stepper = Stepper(network, config)
        for x, y in islice(Doubled().starting_at(0), 3):
            stepper.step(x[:7], y[:7], 0.1)
            errors(network)

    return loop


def by_trainer(network: nn.Module, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """A whole run with checkpoints and tests."""
    make_trainer(folder, network.double()).run()


def by_two_trainers(
    network: nn.Module, folder: Path, patch: pytest.MonkeyPatch
) -> None:
    """A run that is stopped, and goes on in a network that is frozen alike."""
    again = copy.deepcopy(network).double()
    make_trainer(folder, network.double(), stopping_at(5)).run()
    trainer = make_trainer(folder, again)
    assert trainer.step == 6
    trainer.run()
    network.load_state_dict(again.state_dict())


def by_long_tail(network: nn.Module, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """The loop of the experiment with rare classes."""
    patch.setattr(long_tails, "build_network", lambda *told: network)
    images = open_set("builtin-few", "train")
    long_tails.trained(long_tails.config_of(long_tails.PLAIN, 0, 2), images, True, CPU)


LOOPS: dict[str, Loop] = {
    "train": by_train, "steps": by_steps(), "seven micro-batches": by_steps(7),
    "trainer": by_trainer, "two trainers": by_two_trainers, "long tail": by_long_tail,
}


def kept(part: nn.Module) -> dict[str, Tensor]:
    """Weights and statistics as they are now."""
    return copy.deepcopy(part.double().state_dict())


def modes(network: nn.Module) -> dict[str, bool]:
    """The mode of every part."""
    return {name: part.training for name, part in network.named_modules()}


def is_still(part: nn.Module, before: dict[str, Tensor]) -> bool:
    """Whether all of it is as it was, bit for bit."""
    return not unlike(kept(part), before)


def has_moved(part: nn.Module, before: dict[str, Tensor]) -> bool:
    """Whether nothing of it is as it was."""
    return all(not torch.equal(now, before[name]) for name, now in kept(part).items())


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("loop", LOOPS)
def test_a_frozen_part_is_left_as_it_is_by_every_loop_and_the_rest_learns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: str, whole: bool
) -> None:
    network = freeze(staged(classes=10), "stem", "stages.0")
    if whole:                                        # as it comes from a test
        network.eval()
    before = {name: kept(part) for name, part in network.named_children()}
    network.float()
    LOOPS[loop](network, tmp_path, monkeypatch)
    assert is_still(network.stem, before["stem"])
    second = {k: v for k, v in before["stages"].items() if k.startswith("1.")}
    stages = kept(network.stages)
    assert all(torch.equal(stages[k], v) is (k not in second)
               for k, v in before["stages"].items())
    assert has_moved(network.head, before["head"])
    rests = [name for name, training in modes(network).items() if not training]
    own = ("stem", "stages.0")
    assert rests == [name for name in modes(network) if name.startswith(own)]
    assert all(weight.grad is None for weight in network.stem.parameters())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_batch_norm_in_evaluation_mode_keeps_its_statistics_while_its_weights_learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    network = staged(classes=10)
    norm = network.stages[1][1].eval()
    statistics = "running_mean", "running_var", "num_batches_tracked"
    before = kept(network)
    network.float()
    LOOPS[loop](network, tmp_path, monkeypatch)
    for name, now in kept(network).items():
        stays = name.startswith("stages.1.1") and name.endswith(statistics)
        assert torch.equal(now, before[name]) is stays, name
    assert modes(network) == {n: n != "stages.1.1" for n in modes(network)}
    assert not norm.training


@pytest.mark.parametrize("loop", LOOPS)
def test_a_network_in_evaluation_mode_as_a_whole_is_trained_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    network = staged(classes=10).eval()
    before = kept(network)
    network.float()
    LOOPS[loop](network, tmp_path, monkeypatch)
    assert has_moved(network, before) and all(modes(network).values())


def test_the_rest_learns_as_by_a_plain_loop_that_puts_the_part_back() -> None:
    """With torch's own optimizer over all parameters, frozen ones too."""
    network = freeze(staged().double(), "stem")
    plain = copy.deepcopy(network)
    # Dropout draws in the order in which values lie in memory.
    config = small_config(recipe(), memory_format="contiguous_format")
    stepper, still = Stepper(network, config), kept(plain.stem)
    optimizer = torch.optim.SGD(
        plain.requires_grad_().parameters(), 0.1, momentum=0.9, nesterov=True,
        weight_decay=1e-4,
    )
    for x, y in islice(Doubled().starting_at(0), 4):
        torch.manual_seed(5)
        stepper.step(x, y, 0.1)
        torch.manual_seed(5)
        optimizer.zero_grad()
        nn.functional.cross_entropy(plain(x), y).backward()
        optimizer.step()
        plain.stem.load_state_dict(still)
    assert not unlike(kept(network), kept(plain), 1e-12)


def test_an_optimizer_holds_no_frozen_weight_and_no_momentum_of_one() -> None:
    network = freeze(staged().double(), "stem", "stages")
    stepper = Stepper(network, small_config(recipe()))
    stepper.step(*next(Doubled().starting_at(0)), 0.1)
    held = [w for group in stepper.optimizer.param_groups for w in group["params"]]
    head = list(network.head.parameters())
    assert len(held) == len(stepper.optimizer.state) == len(head) == 2
    assert all(ours is theirs for ours, theirs in zip(held, head, strict=True))


def test_where_nothing_is_frozen_modes_and_weights_are_those_of_a_plain_train() -> None:
    for network in (staged(), staged().eval()):
        assert to_training_mode(network) is network
        assert all(modes(network).values())
        learning = learning_parameters(network)
        assert list(map(id, learning)) == list(map(id, network.parameters()))
        assert parts_at_rest(network) == {"no gradient": [], "evaluation mode": []}


def test_a_new_head_on_a_network_in_evaluation_mode_does_not_put_the_rest_to_rest():
    network = staged().eval()
    network.head = nn.Linear(4, 2)
    to_training_mode(network)
    assert all(modes(network).values())


def test_a_module_that_decides_on_its_own_mode_is_asked() -> None:
    class Still(nn.BatchNorm2d):
        def train(self, mode: bool = True) -> nn.Module:
            return super().train(False)

    network = nn.Sequential(nn.Conv2d(3, 4, 1), Still(4)).eval()
    to_training_mode(network)
    assert [part.training for part in network] == [True, False]


COMPILED = pytest.param(torch.compile, marks=pytest.mark.slow)    # slow to import


@pytest.mark.parametrize("wrap", [nn.DataParallel, COMPILED])
@pytest.mark.parametrize("whole", [True, False])
def test_what_a_wrapper_holds_decides(wrap: Callable, whole: bool) -> None:
    network = staged()
    if whole:
        network.eval()
    wrapped = freeze(wrap(network), "stages.1")
    to_training_mode(wrapped)
    resting = [name for name, training in modes(network).items() if not training]
    assert resting == [name for name in modes(network) if name.startswith("stages.1")]


@pytest.mark.parametrize("prepare", [lambda n: n, recompute_modules, save_memory])
def test_a_real_network_s_frozen_stage_rests_however_it_saves_memory(prepare) -> None:
    torch.manual_seed(0)
    network = freeze(prepare(mini_network(1)), "stem", "stages.0")
    still, head = kept(network.stages[0]), kept(network.head)
    network.float()
    stepper = Stepper(network, small_config(recipe(batch=4)))
    stepper.step(torch.rand(4, 3, 32, 32), torch.arange(4), 0.1)
    assert is_still(network.stages[0], still) and has_moved(network.head, head)


def test_settled_statistics_are_not_those_of_frozen_parts() -> None:
    network, scenes = freeze(staged(), "stem").eval(), made_up_scenes(9)
    before = {name: kept(part) for name, part in network.named_children()}
    settle(network.float(), scenes, to_inputs)
    assert is_still(network.stem, before["stem"])
    assert not is_still(network.stages, before["stages"])


@pytest.mark.slow
def test_a_history_of_masks_leaves_a_frozen_stem(monkeypatch) -> None:
    made = []

    def with_frozen_stem() -> nn.Module:
        made.append(freeze(FirstAttentionNetwork(), "stem"))
        made.append(copy.deepcopy(made[0].stem).state_dict())
        return made[0]

    monkeypatch.setattr(mask_history, "FirstAttentionNetwork", with_frozen_stem)
    config = mask_history.MaskHistory(steps=2, scenes=64, chosen_on=10, scored_on=10)
    mask_history.run_history(config)
    network, before = made
    assert not unlike(network.stem.state_dict(), before)
    assert not network.stem.training and network.head.training


def test_a_run_that_was_stopped_goes_on_bit_for_bit_with_frozen_parts(
    tmp_path: Path,
) -> None:
    def network(seed: int = 0) -> nn.Module:
        return freeze(staged(seed).double(), "stem", "stages.0")

    whole = make_trainer(tmp_path / "a", network())
    whole.run()
    make_trainer(tmp_path / "b", network(), stopping_at(5)).run()
    # Another past: the checkpoint holds the frozen weights, too.
    second = make_trainer(tmp_path / "b", network(seed=1))
    second.run()
    assert second.finished and not unlike(outcome(second), outcome(whole))
    assert torch.equal(logits(second.stepper.network), logits(whole.stepper.network))


@pytest.mark.parametrize(("change", "words"), [
    (lambda n: n, r"frozen, evaluation mode: \['stem'\] in the checkpoint, \[\] in"),
    (lambda n: n, r"frozen, no gradient: \['stem'\] in the checkpoint, \[\] in this"),
    (lambda n: freeze(n, "stem", "stages.1"), r"no gradient: .*\['stem', 'stages.1'\]"),
    (lambda n: freeze(n, "stages"), r"\['stem'\] in the checkpoint, \['stages'\] in"),
    (lambda n: freeze(n, "stem").stem.train(), r"evaluation mode: \['stem'\] in"),
    (lambda n: n, "with the same parts frozen it goes on"),
])
def test_a_checkpoint_of_other_frozen_parts_is_refused_and_both_are_named(
    tmp_path: Path, change: Callable, words: str
) -> None:
    make_trainer(tmp_path, freeze(staged().double(), "stem"), stopping_at(5)).run()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    network = staged().double()
    change(network)
    with pytest.raises(CheckpointError, match=words):
        make_trainer(tmp_path, network)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_learning_weight_that_lost_its_momentum_is_named_among_frozen_ones(
    tmp_path: Path,
) -> None:
    def network() -> nn.Module:
        return freeze(staged().double(), "stem", "stages")

    make_trainer(tmp_path, network(), stopping_at(5)).run()
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    del state["optimizer"]["state"][1]
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="the momentum of head.2.bias: no run"):
        make_trainer(tmp_path, network())


def test_statistics_at_rest_belong_to_no_mean_of_several_parts() -> None:
    network = freeze(staged(), "stages.1")
    network.stem.eval()
    found = RunningStatistics(network)
    assert [value.shape for value in found.averages] == [(5,), (5,)]
    assert found.averages[0] is network.stages[0][1].running_mean


@pytest.mark.slow
def test_two_processes_leave_a_frozen_part_as_it_was(tmp_path: Path) -> None:
    assert together("train_with_a_frozen_part", tmp_path) == [0, 0]


def test_parts_at_rest_are_told_by_the_largest_that_rests_whole() -> None:
    network = freeze(staged(), "stages.0", "stages.1")
    network.head[2].bias.requires_grad_(False)
    network.stem[3].eval()
    assert parts_at_rest(network) == {
        "no gradient": ["stages", "head.2.bias"],
        "evaluation mode": ["stem.3", "stages.0", "stages.1"],
    }


WRONG = [
    (lambda n: freeze(n, "stage.0"), ValueError, "part 'stage.0'.*you mean stages.0?"),
    (lambda n: freeze(n, "stem", "haed"), ValueError, "first parts are stem, stages"),
    (lambda n: freeze(n, "stem", "haed"), ValueError, "Did you mean head?"),
    (lambda n: freeze(n, "stem", ""), ValueError, "has no part ''"),
    (lambda n: freeze(n, "stem", "head.2.weight"), ValueError, "mean head.2?"),
    (lambda n: freeze(n, "stem", "stem.3"), ValueError, "'stem.3' has none.*eval()"),
    (lambda n: freeze(n), ValueError, "parts must hold at least one name, got none"),
    (lambda n: freeze(n, "stem", 0), TypeError, "a part's name must be text, got int"),
    (lambda n: freeze(n, ["stem"]), TypeError, "name must be text, got list"),
    (lambda n: freeze(n.state_dict(), "stem"), TypeError, "network must be an nn.M"),
    (lambda n: freeze(nn.ReLU(), "stem"), ValueError, "its first parts are none."),
    (lambda n: to_training_mode([n]), TypeError, "network must be an nn.Module"),
    (lambda n: learning_parameters(nn.ReLU()), ValueError, "that can learn, got none"),
    (lambda n: parts_at_rest(3), TypeError, "network must be an nn.Module, got int"),
]


@pytest.mark.parametrize(("call", "kind", "words"), WRONG)
def test_what_cannot_be_frozen_is_refused_and_nothing_is_frozen(
    call: Callable, kind: type, words: str
) -> None:
    network = staged()
    with pytest.raises(kind, match=words):
        call(network)
    assert parts_at_rest(network) == {"no gradient": [], "evaluation mode": []}


@pytest.mark.parametrize("loop", ["train", "steps", "trainer", "long tail"])
def test_a_network_that_is_frozen_as_a_whole_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    network = freeze(staged(classes=10), "stem", "stages", "head")
    with pytest.raises(ValueError, match="that can learn, all of them are frozen"):
        LOOPS[loop](network, tmp_path, monkeypatch)


def test_a_part_that_thaws_learns_again() -> None:
    network = freeze(staged().double(), "stem")
    network.stem.requires_grad_().train()
    before = kept(network)
    by_steps()(network, Path(), None)
    assert has_moved(network, before)


@pytest.mark.parametrize("loop", LOOPS)
def test_the_tests_see_a_loop_that_wakes_what_is_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    """The failing side: with torch's own train() in each loop statistics move."""
    modules = ("simple_loop", "step")
    for name in (f"resattn_tutorial.training.{module}" for module in modules):
        monkeypatch.setattr(f"{name}.to_training_mode", lambda n: n.train())
    monkeypatch.setattr(long_tails, "to_training_mode", lambda n: n.train())
    network = freeze(staged(classes=10), "stem")
    before = kept(network.stem)
    network.float()
    LOOPS[loop](network, tmp_path, monkeypatch)
    now = kept(network.stem)
    assert torch.equal(now["0.weight"], before["0.weight"])
    assert not torch.equal(now["1.running_mean"], before["1.running_mean"])
