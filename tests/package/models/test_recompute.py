"""Networks that compute parts again: the same to the last bit, and far less kept."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from resattn_tutorial.cost.kept_bytes import bytes_kept
from resattn_tutorial.models.attention_arms import exchange_attention
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.post_activation import PostActivationUnit, exchange_units
from resattn_tutorial.models.recompute import recompute_modules, recompute_stages
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.models.stem_and_head import CifarStem
from resattn_tutorial.training.grad_accumulation import RunningStatistics

Change = Callable[[nn.Module], nn.Module]
EXACT = torch.float64


def attention() -> ResidualAttentionNetwork:
    """Two stages of one module each; masks of two poolings and of one."""
    stages = [Stage(8, 1, poolings=2, leave=1), Stage(16, 1, poolings=1)]
    return ResidualAttentionNetwork(CifarStem(), stages, 10)


def with_dropout() -> nn.Module:
    network = attention()
    for stage in network.stages:
        stage.append(nn.Dropout(0.5))
    return network


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "attention": attention,
    "mini": lambda: mini_network(2),
    "naive attention": lambda: exchange_attention(mini_network(1), "naive"),
    "no masks": lambda: exchange_attention(mini_network(1), "none"),
    "CBAM": lambda: exchange_attention(mini_network(1), "cbam"),
    "older units": lambda: exchange_units(mini_network(1), PostActivationUnit),
    "dropout": with_dropout,
}
CHANGES: dict[str, Change] = {
    "modules": recompute_modules,
    "stages": recompute_stages,
    "stages, then modules": lambda net: recompute_modules(recompute_stages(net)),
    "modules, and less in each": lambda net: save_memory(recompute_modules(net)),
    "less in each, and stages": lambda net: recompute_stages(save_memory(net)),
}


def built(name: str) -> nn.Module:
    """A network in float64."""
    torch.manual_seed(0)
    return NETWORKS[name]().double()


def images(count: int = 3, size: int = 16) -> Tensor:
    draw = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, size, size, dtype=EXACT, generator=draw)


def learned(network: nn.Module, x: Tensor, **autocast: object) -> list[Tensor]:
    """Answers, all gradients and all running statistics after two passes."""
    x = x.clone().requires_grad_()
    torch.manual_seed(2)                             # for dropout
    for _ in range(2):
        with torch.autocast("cpu", **autocast or {"enabled": False}):
            y = network(x)
        y.square().mean().backward()
    grads = [weight.grad for weight in network.parameters()]
    return [y, x.grad, *grads, *network.state_dict().values()]


def same(ours: list[Tensor], theirs: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_recomputing_network_learns_the_same_to_the_last_bit(
    name: str, training: bool
) -> None:
    plain = built(name).train(training)
    ours = recompute_modules(copy.deepcopy(plain))
    assert same(learned(ours, images()), learned(plain, images()))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_so_it_does_however_it_is_told_to(change: Change) -> None:
    plain = built("attention")
    ours = change(copy.deepcopy(plain))
    assert same(learned(ours, images()), learned(plain, images()))


def test_so_does_a_resnet_and_so_it_does_in_bfloat16() -> None:
    torch.manual_seed(0)
    resnet = ResidualNetwork(CifarStem(), [(8, 2), (16, 2)], 10)
    for plain, x in ((resnet.double(), images()), (attention(), images().float())):
        ours = recompute_modules(copy.deepcopy(plain))
        assert same(learned(ours, x), learned(plain, x))
        ours, plain = (copy.deepcopy(network).float() for network in (ours, plain))
        half = {"dtype": torch.bfloat16}
        x = x.float()
        assert same(learned(ours, x, **half), learned(plain, x, **half))


class TwiceMoved(nn.Sequential):
    """A stage that is computed again with nothing said of batch norm."""

    def forward(self, x: Tensor) -> Tensor:
        return checkpoint(super().forward, x, use_reentrant=False)


def test_statistics_that_are_not_held_still_move_twice() -> None:
    plain = built("attention")
    wrong = copy.deepcopy(plain)
    for stage in wrong.stages:
        stage.__class__ = TwiceMoved
    assert not same(learned(wrong, images()), learned(plain, images()))
    counts = {
        int(norm.num_batches_tracked) for norm in wrong.stages.modules()
        if isinstance(norm, nn.BatchNorm2d)
    }
    assert 4 in counts                               # of two batches


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_two_backward_passes_of_one_forward_pass_add_the_same_up(
    change: Change,
) -> None:
    found = []
    plain = built("attention")
    for network in (plain, change(copy.deepcopy(plain))):
        loss = network(images()).square().mean()
        loss.backward(retain_graph=True)
        loss.backward()
        grads = [weight.grad for weight in network.parameters()]
        found.append([*grads, *network.state_dict().values()])
    assert same(*found)


def test_batch_norms_have_their_own_back_even_after_a_fault() -> None:
    network = recompute_modules(built("attention"))
    statistics = RunningStatistics(network)
    norms = [n for n in network.modules() if isinstance(n, nn.BatchNorm2d)]
    loss = network(images()).sum()
    first = network.stages[0][1]

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    hook = first.trunk[0].register_forward_pre_hook(fail)
    with pytest.raises(ZeroDivisionError):
        loss.backward()
    hook.remove()
    for norm, count in zip(norms, statistics.counts, strict=True):
        assert norm.momentum == 0.1 and norm.num_batches_tracked is count
        assert count == 1


def test_each_part_runs_once_more_and_only_if_gradients_are_asked_for() -> None:
    network = recompute_modules(built("attention"))
    parts = [part for stage in network.stages for part in stage]
    calls = dict.fromkeys(parts, 0)

    def note(part: nn.Module, *_: object) -> None:
        calls[part] += 1

    for part in parts:
        part.register_forward_pre_hook(note)
    loss = network(images()).sum()
    assert set(calls.values()) == {1}
    loss.backward()
    assert set(calls.values()) == {2}
    with torch.no_grad():
        network(images())
    assert set(calls.values()) == {3}


def of_maps(*maps: tuple[int, int]) -> int:
    """Bytes of three maps each of so many channels and pixels a side, in float64."""
    return sum(3 * channels * side**2 * 8 for channels, side in maps)


def test_stages_keep_the_inputs_of_their_parts_and_nothing_else() -> None:
    """Counted by hand: 16 channels come from the stem; the second stage halves."""
    network, x = built("attention"), torch.randn(3, 16, 16, 16, dtype=EXACT)
    x.requires_grad_()
    recompute_modules(network)
    inputs = of_maps((16, 16), (8, 16), (8, 16), (8, 16), (16, 8))
    assert bytes_kept(network.stages, x) == inputs
    recompute_stages(network)
    assert bytes_kept(network.stages, x) == of_maps((16, 16), (8, 16))


def test_a_recomputing_network_keeps_clearly_less() -> None:
    plain = mini_network(2)
    x = torch.randn(4, 3, 32, 32)
    kept = {"plain": bytes_kept(plain, x)}
    for name, change in CHANGES.items():
        kept[name] = bytes_kept(change(copy.deepcopy(plain)), x)
    half = bytes_kept(save_memory(copy.deepcopy(plain)), x)
    assert kept["modules"] < 0.15 * kept["plain"] < half
    assert kept["stages"] < 0.7 * kept["modules"]
    assert kept["modules"] == kept["modules, and less in each"]


def test_by_stages_the_first_one_s_maps_are_there_at_once_all_the_same() -> None:
    """What the docstring says of the most that a step holds."""
    network = mini_network(2)
    entering, inside = (
        torch.randn(2, channels, 16, 16, requires_grad=True) for channels in (16, 32)
    )
    whole = bytes_kept(network.stages, entering)
    first, module = network.stages[0], network.stages[0][1]
    assert isinstance(module, AttentionModule)
    first, module = bytes_kept(first, entering), bytes_kept(module, inside)
    assert first > 0.6 * whole and module < 0.5 * first


def test_a_recomputing_network_keeps_its_names_copies_and_masks() -> None:
    plain = built("attention")
    ours = recompute_modules(copy.deepcopy(plain))
    assert list(plain.state_dict()) == list(ours.state_dict())
    assert str(ours).replace("RecomputingParts", "Sequential") == str(plain)
    again, x = copy.deepcopy(recompute_modules(ours)).eval(), images()
    with torch.inference_mode():
        (logits, masks), wanted = again.with_masks(x), plain.eval().with_masks(x)
        assert torch.equal(again(x), plain(x)) and torch.equal(logits, wanted[0])
    assert masks.keys() == wanted[1].keys()
    assert same(list(masks.values()), list(wanted[1].values()))


@pytest.mark.parametrize(("change", "wrong", "words"), [
    (recompute_modules, nn.Conv2d(3, 4, 1), "a ResidualAttentionNetwork or a Resid"),
    (recompute_modules, ResidualUnit(8), "got ResidualUnit"),
    (recompute_stages, None, "a ResidualAttentionNetwork, got NoneType"),
    (recompute_stages, ResidualNetwork(CifarStem(), [(8, 2)], 10), "got ResidualNetw"),
])
def test_what_has_no_such_parts_is_refused(
    change: Change, wrong: object, words: str
) -> None:
    with pytest.raises(TypeError, match=f"network must be .*{words}"):
        change(wrong)
