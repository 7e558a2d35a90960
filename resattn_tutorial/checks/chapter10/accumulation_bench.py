"""A small network that notes how a batch goes through it, part by part."""

from __future__ import annotations

import weakref
from contextlib import AbstractContextManager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report


class Saved:
    """A tensor that a graph keeps for its backward pass; it goes with the graph."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class Bench(NamedTuple):
    """A network, and the notes of how it was used: ``8`` for a forward pass of eight
    images, ``"back"`` for a backward pass, ``"kept"`` for an old graph still there.
    """

    network: nn.Module
    notes: list
    held: weakref.WeakSet

    def watching(self) -> AbstractContextManager:
        """Note within the block which tensors are kept for a backward pass."""
        def pack(tensor: Tensor) -> Saved:
            saved = Saved(tensor)
            self.held.add(saved)
            return saved

        return torch.autograd.graph.saved_tensors_hooks(pack, lambda s: s.tensor)


def make_bench() -> Bench:
    """The same network each time, with gradients left from before."""
    torch.manual_seed(4)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 4 * 4, 5)
    )
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    notes: list = []
    held: weakref.WeakSet = weakref.WeakSet()

    def enter(_: nn.Module, given: tuple) -> None:
        if "back" in notes and held:
            notes.append("kept")
        notes.append(len(given[0]))

    network.register_forward_pre_hook(enter)
    network[3].bias.register_hook(lambda _: notes.append("back"))
    return Bench(network, notes, held)


def name_size(largest: int, count: int, most: int) -> str:
    """Which mistake sends so many images through the network at a time."""
    if most == 1:
        return "`most` is the size of a part: split(n) cuts so, chunk(n) makes n parts"
    if largest == count:
        return "the whole batch goes through: call the network with one part of it"
    return "`most` is an argument: no part may be larger"


KEPT_GRAPHS = (
    "the graphs of several parts are kept: a backward() for each part, within the "
    "loop and without retain_graph; and each part goes through the network once"
)


def require_sparing(
    report: Report, what: str, notes: list, count: int, most: int
) -> None:
    """Require that memory was spared: one part, one graph at a time."""
    largest = max((note for note in notes if isinstance(note, int)), default=0)
    if largest > most:
        refuse(report, f"{what}: {largest} images were in the network at a time",
               name_size(largest, count, most))
    if "kept" in notes:
        refuse(report, f"{what}: a part came before the last one's graph was gone",
               KEPT_GRAPHS)
    for one, other in zip(notes, notes[1:], strict=False):
        if one != "back" and other != "back":
            refuse(report, f"{what}: two parts came without a backward between them",
                   KEPT_GRAPHS)
