"""Weights from anybody's file, put into a network whole or not at all (chapter 10).

A state dict is a mapping from names to tensors. What people save is one with additions:
it lies in another mapping, beside an optimizer's, or its names bear the words of a
wrapper, ``module.`` of ``DataParallel`` and ``_orig_mod.`` of ``torch.compile``. Or it
is another network's. :func:`load_weights` takes the additions off and says so, and
refuses another network's before it touches ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import Tensor, nn

from resattn_tutorial.models.wrappers import HOLDS
from resattn_tutorial.tensor_validation import require_network, require_values
from resattn_tutorial.validation import require_callable, require_kind

# Under what a state dict lies where more was saved than this.
PLACES = ("state_dict", "model_state_dict", "model", "network")
# So many differences are told one by one.
TOLD = 5


def load_weights(
    network: nn.Module,
    state: Mapping[str, Any],
    whose: str = "state",
    say: Callable[[str], None] = print,
) -> list[str]:
    """Give a network the weights and statistics of a state dict, or refuse it whole.

    Args:
        network: changed in place; it may be in a wrapper. Its mode, its device and its
            type of number stay.
        state: names to tensors, as ``state_dict()`` gives them; or a mapping that holds
            this under one of ``PLACES``. A wrapper's words in the names do no harm.
        whose: what to call it, a file's path for one.
        say: where to tell what was taken off.

    Returns:
        what was said, a line each; nothing where the state fitted as it came.

    Raises:
        TypeError: ``state`` is no mapping, or what stands in it is no tensor.
        ValueError: it is another network's: tells the first five differences and how
            many there are; or several places in it may be meant. The network is then
            as it was.
    """
    require_network(network)
    require_callable("say", say)
    weights, told = _found_in(state, whose)
    weights, stripped = _by_our_names(network, weights)
    require_same_weights(network, weights, whose)
    told += stripped
    network.load_state_dict(weights)
    for line in told:
        say(line)
    return told


def require_same_weights(
    network: nn.Module, weights: Mapping[str, Tensor], whose: str = "state"
) -> None:
    """Refuse weights whose names, shapes or kinds of numbers are not the network's.

    Raises:
        ValueError: they are another network's; tells the first five differences.
    """
    own = network.state_dict()
    missing = [f"it lacks {name}" for name in own if name not in weights]
    besides = [f"it has {name} besides" for name in weights if name not in own]
    head = _head(network)
    others = [
        _shapes_told(name, weights[name], value, head) for name, value in own.items()
        if name in weights and weights[name].shape != value.shape
    ]
    others += [
        f"{name} is {weights[name].dtype} in it, {value.dtype} here"
        for name, value in own.items()
        if name in weights and _kind(weights[name]) != _kind(value)
    ]
    if faults := [*missing, *besides, *others]:
        more = (
            f"; and {len(faults) - TOLD} more, {len(faults)} in all: {len(missing)} "
            f"missing, {len(besides)} left over, {len(others)} of another shape or kind"
        )
        told = "; ".join(faults[:TOLD]) + more * (len(faults) > TOLD)
        raise ValueError(f"{whose} holds another network: {told}.")


def _found_in(state: Any, whose: str) -> tuple[dict[str, Tensor], list[str]]:
    """The state dict in what was given, and where it lay, in words."""
    if isinstance(state, nn.Module):
        raise TypeError(f"{whose} must be a state dict, got a network: its "
                        "state_dict() gives one.")
    require_kind(whose, state, Mapping, "a mapping from names to tensors")
    places = [
        name for name in PLACES if isinstance(state.get(name), (Mapping, nn.Module))
    ]
    if len(places) > 1:
        raise ValueError(
            f"{whose} holds {' and '.join(map(repr, places))}: give one of them."
        )
    if places:
        weights, told = _found_in(state[places[0]], f"{whose}[{places[0]!r}]")
        return weights, [f"Took the weights under {places[0]!r} of {whose}.", *told]
    for name, value in state.items():
        require_kind(f"a name in {whose}", name, str, "text")
        require_values(f"{whose}[{name!r}]", value)
    return dict(state), []


def _by_our_names(
    network: nn.Module, weights: dict[str, Tensor]
) -> tuple[dict[str, Tensor], list[str]]:
    """Weights by the network's names, a wrapper's words aside; and what was taken off.

    Names that would be one without such words are left as they are.
    """
    ours, theirs = _bare(network.state_dict()), _bare(weights)
    if len(ours) < len(network.state_dict()) or len(theirs) < len(weights):
        return weights, []
    found, told = {}, []
    for bare, name in theirs.items():
        found[ours.get(bare, bare)] = weights[name]
    for word in HOLDS:
        count = sum(
            name.split(".").count(word) > ours.get(bare, bare).split(".").count(word)
            for bare, name in theirs.items()
        )
        if count:
            told.append(f"Took {word + '.'!r} off {count} names, which a wrapper had "
                        "put there.")
    return found, told


def _bare(names: Iterable[str]) -> dict[str, str]:
    """Names without a wrapper's words, and the whole ones that they come from."""
    return {
        ".".join(word for word in name.split(".") if word not in HOLDS): name
        for name in names
    }


def _head(network: nn.Module) -> str | None:
    """The name of the last linear layer, which tells classes apart."""
    named = network.named_modules()
    return next(reversed([n for n, part in named if isinstance(part, nn.Linear)]), None)


def _shapes_told(name: str, theirs: Tensor, ours: Tensor, head: str | None) -> str:
    """Two shapes in words, and what to do where only the number of classes differs."""
    told = f"{name} is {tuple(theirs.shape)} in it, {tuple(ours.shape)} here"
    if name != f"{head}.weight" or theirs.shape[1:] != ours.shape[1:]:
        return told
    return (
        f"{told}: it tells {len(theirs)} classes apart, so build the network for "
        f"{len(theirs)}, load, and exchange the head afterwards"
    )


def _kind(value: Tensor) -> tuple[bool, bool]:
    """What two tensors share if one can hold the other's numbers: reals, or complex."""
    return value.is_floating_point(), value.is_complex()
