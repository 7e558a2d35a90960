"""What an answer must leave as it was: its arguments, and a network's whole state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.probe import IN_PLACE


class Change(NamedTuple):
    """What changed in a learner's hands, and the usual reason for it."""

    what: str
    reason: str


CLONE = "work on a copy: x.detach().clone().requires_grad_()"
OF_NETWORK = {
    "values": Change("the network's weights changed", "no step is asked for"),
    "buffers": Change(
        "the network's buffers changed",
        "a pass in training mode moves a batch norm's running statistics: put them "
        "back as they were, or work on a deepcopy of the network",
    ),
    "frozen": Change(
        "the parameters' requires_grad changed",
        "freezing outlasts the call, and torch.autograd.grad does not need it",
    ),
    "gradients": Change(
        "the parameters' .grad changed",
        "backward() adds to every parameter's .grad, zero_grad() deletes what was "
        "there; torch.autograd.grad(score, x) touches neither",
    ),
    "mode": Change("the network's mode changed", "train() or eval() outlasts the call"),
    "modes": Change(
        "the mode of one of the network's parts changed",
        "train() and eval() set the mode of every part, and train(mode) does not put "
        "back that of a frozen batch norm inside; leave the mode alone",
    ),
    "hooks": Change("hooks were left on the network", "remove each hook that you set"),
}
OF_TENSOR = {
    "value": Change("the values of the input changed", IN_PLACE),
    "asks": Change(
        "the input's requires_grad changed",
        f"requires_grad_() marks the tensor that was given; {CLONE}",
    ),
    "gradient": Change("the input's .grad changed", f"it is the caller's; {CLONE}"),
}
OF_LIST = Change(
    "a list that was passed in has changed",
    "the list is the caller's: make a new one",
)
OF_DICTIONARY = Change(
    "a dictionary that was passed in has changed",
    "the dictionary is the caller's: start one of your own, found = {}",
)


class Kept:
    """The state of arguments before a call; :meth:`change` tells what differs after.

    Args:
        inputs: the arguments: tensors, networks, lists of them, whatever else.
        but: parts that may change, of :data:`OF_NETWORK` and :data:`OF_TENSOR`.
    """

    def __init__(self, inputs: tuple, but: tuple[str, ...] = ()) -> None:
        self.inputs, self.but = inputs, but
        self.state = list(self._take())

    def _take(self) -> Iterator[tuple[Change, Any]]:
        for one in self.inputs:
            if isinstance(one, nn.Module):
                known, parts = OF_NETWORK, _of_network(one)
            elif isinstance(one, Tensor):
                known, parts = OF_TENSOR, _of_tensor(one)
            elif isinstance(one, list):
                yield OF_LIST, tuple(one)
                known, parts = OF_TENSOR, {
                    "value": [x.detach().clone() for x in one if isinstance(x, Tensor)]
                }
            elif isinstance(one, dict):
                known, parts = {"entries": OF_DICTIONARY}, {
                    "entries": [*one.keys(), *one.values()]
                }
            else:
                continue
            yield from ((known[k], v) for k, v in parts.items() if k not in self.but)

    def change(self) -> Change | None:
        """The first thing that changed since; ``None`` if nothing did."""
        for (what, old), (_, new) in zip(self.state, self._take(), strict=False):
            if not _equal(old, new):
                return what
        return None


def _of_network(network: nn.Module) -> dict[str, Any]:
    parameters, parts = list(network.parameters()), list(network.modules())
    return {
        "values": [p.detach().clone() for p in parameters],
        "buffers": [b.clone() for b in network.buffers()],
        "frozen": [p.requires_grad for p in parameters],
        "gradients": [None if p.grad is None else p.grad.clone() for p in parameters],
        "mode": network.training,
        "modes": [part.training for part in parts],
        "hooks": [
            len(part._forward_hooks) + len(part._forward_pre_hooks)
            + len(part._backward_hooks) for part in parts
        ],
    }


def _of_tensor(x: Tensor) -> dict[str, Any]:
    gradient = x.grad if x.is_leaf else None
    return {
        "value": x.detach().clone(),
        "asks": x.requires_grad,
        "gradient": None if gradient is None else gradient.clone(),
    }


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, Tensor) and isinstance(new, Tensor):
        bits = old.shape == new.shape and old.dtype == new.dtype
        if old.is_meta or new.is_meta:               # there are no values
            return bits and old.is_meta == new.is_meta
        return bits and torch.equal(old.isnan(), new.isnan()) and torch.equal(
            old.nan_to_num(), new.nan_to_num())
    if isinstance(old, tuple):                       # a list's very things
        return list(map(id, old)) == list(map(id, new))
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_equal, old, new))
    return old is new or (isinstance(old, bool | int) and old == new)
