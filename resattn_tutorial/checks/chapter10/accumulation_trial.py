"""How a batch goes through a network part by part: its trial, and what it watches."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_function, require_number
from resattn_tutorial.checks.engine.kept import Kept
from resattn_tutorial.checks.engine.probe import KEPT, call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import alike


class Saved:
    """A tensor that a graph keeps for its backward pass; it goes with the graph."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor


class Watched(nn.Sequential):
    """A small network that notes how it is used, with gradients left from before.

    Attributes:
        notes: ``8`` for a forward pass of eight images, ``"back"`` for a backward pass,
            ``"kept"`` for an old graph that is still there, ``"mode"`` for a pass in
            another mode than that in which the network came.
    """

    def __init__(self, training: bool) -> None:
        torch.manual_seed(4)
        super().__init__(
            nn.Conv2d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 4 * 4, 5)
        )
        self.train(training)
        for parameter in self.parameters():
            parameter.grad = torch.ones_like(parameter)
        self.notes: list[int | str] = []
        self.held: weakref.WeakSet = weakref.WeakSet()
        modes = self.modes()

        def enter(_: nn.Module, given: tuple) -> None:
            if "back" in self.notes and self.held:
                self.notes.append("kept")
            if self.modes() != modes:
                self.notes.append("mode")
            self.notes.append(len(given[0]))

        self.register_forward_pre_hook(enter)
        self[3].bias.register_hook(lambda _: self.notes.append("back"))

    def modes(self) -> list[bool]:
        """The mode of every part."""
        return [part.training for part in self.modules()]

    def watching(self) -> AbstractContextManager:
        """Note within the block which tensors are kept for a backward pass."""
        def pack(tensor: Tensor) -> Saved:
            saved = Saved(tensor)
            self.held.add(saved)
            return saved

        return torch.autograd.graph.saved_tensors_hooks(pack, lambda s: s.tensor)

    def size(self, most: int) -> str:
        """How many images were in the network at a time."""
        largest = max((one for one in self.notes if isinstance(one, int)), default=0)
        return f"{largest}" if largest > most else f"{most} at most"

    def graphs(self) -> str:
        """Whether each graph is gone in time, and what was seen otherwise."""
        if "kept" in self.notes:
            return "the last part's graph is still there"
        words = "".join("b" if one == "back" else "f" for one in self.notes)
        passes = max(map(len, words.split("b")))
        return f"{passes} passes with no backward between" if passes > 1 else "gone"

    def gradient(self) -> Tensor:
        """All gradients as one vector; zeros where there is none."""
        return torch.cat([
            (torch.zeros_like(p) if p.grad is None else p.grad).detach().flatten()
            for p in self.parameters()
        ])


class AccumulationTrial(FunctionTrial):
    """A case is a number of images, how many at a time, and the network's mode."""

    facts = {
        "mode": "the network's mode is left alone",
        "size": "no more than `most` images are in the network at a time",
        "graphs": "a part's graph is gone before the next part comes",
        "value": "the loss that is returned is the batch's mean",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        network, came = self.passed(report, answer, case)
        yield "mode", "another in a pass" if "mode" in network.notes else "as it came"
        yield "size", network.size(case.asked[1])
        yield "graphs", network.graphs()
        yield "sum", network.gradient()
        loss = require_number(report, came)
        yield "value", loss
        again, number = self.passed(report, answer, case)
        if number != came or not alike(again.gradient(), network.gradient()):
            refuse(report, "a second call on the same batch gives another result", KEPT)

    def passed(
        self, report: Report, answer: Callable, case: Case
    ) -> tuple[Watched, Any]:
        """A network after one call, and what came back."""
        network, *batch = self.make(case)
        before = Kept((network, *batch), ("gradients",))
        with network.watching():
            came = call(report, f"my_backward, {case.fact.split(':')[0]},", answer,
                        network, *batch)
        if (change := before.change()) is not None:
            refuse(report, change.what, change.reason)
        return network, came


def made_batch(case: Case) -> tuple[Watched, Tensor, Tensor, int]:
    """A network, images ``(count, 3, 6, 6)``, labels ``(count,)`` and ``most``."""
    count, most, training = case.asked
    draw = torch.Generator().manual_seed(count)
    images = torch.randn(count, 3, 6, 6, generator=draw)
    return Watched(training), images, torch.randint(5, (count,), generator=draw), most
