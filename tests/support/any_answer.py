"""What can go wrong with an answer to any exercise, made from its own solution."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter07.given import Given
from resattn_tutorial.checks.engine.table import Case, Table


class Wrong(NamedTuple):
    """A wrong answer: what it does, and a word of what it is told."""

    story: str
    answer: Any
    named: str


def wrong_answers(table: Table) -> Iterator[Wrong]:
    """Of every kind that fits the table's trial."""
    yield Wrong("None", None, "brackets")
    yield Wrong("text", "an answer", "brackets")
    if table.cases[0].shape:
        given = tuple(x.make() if isinstance(x, Given) else x
                      for x in table.cases[0].asked)
        yield from _wrong_classes(table.reference, given)
    else:
        yield from _wrong_functions(table, table.reference)


def _ending(reference: type, end: Callable[[nn.Module, Tensor, Tensor], Any]) -> type:
    """The right class, with something done to all that ``forward`` returns."""
    def forward(self: nn.Module, x: Tensor) -> Any:
        came = reference.forward(self, x)
        if isinstance(came, tuple):
            return tuple(end(self, x, one) for one in came)
        return end(self, x, came)

    return type(reference.__name__, (reference,), {"forward": forward})


def _changed(reference: type, change: Callable[[nn.Module], Any]) -> type:
    """The right class, with something done at the end of ``__init__``."""
    def init(self: nn.Module, *given: int) -> None:
        reference.__init__(self, *given)
        change(self)

    return type(reference.__name__, (reference,), {"__init__": init})


def _wrong_classes(reference: type, given: tuple) -> Iterator[Wrong]:
    ends = {
        "no return": (lambda m, x, y: None, "return"),
        "a pair": (lambda m, x, y: (y, x), "return"),
        "a NumPy array": (lambda m, x, y: y.detach().numpy(), "return"),
        "float32 whatever comes": (lambda m, x, y: y.float(), "dtype"),
        "detached": (lambda m, x, y: y.detach(), "cut"),
        "dropout": (lambda m, x, y: F.dropout(y), "random"),
        "x += 1": (lambda m, x, y: x.detach().add_(1).sum() * 0 + y, "in-place"),
        "a ReLU in place": (lambda m, x, y: F.relu(x.detach(), True).sum() * 0 + y,
                            "in-place"),
        "another number in eval mode": (lambda m, x, y: y * (1 + (not m.training)),
                                        "itself"),
        "the first output, always": (lambda m, x, y: vars(m).setdefault("kept", y),
                                     "ignores"),
        "zeros": (lambda m, x, y: torch.zeros_like(y), "ignores"),
        "raises": (lambda m, x, y: m.a_layer_that_is_not_there(y), "did not keep"),
    }
    for story, (end, named) in ends.items():
        yield Wrong(story, _ending(reference, end), named)
    yield Wrong("frozen weights", _changed(
        reference, lambda m: m.requires_grad_(False)), "requires_grad")
    yield Wrong("an instance", reference(*given), "brackets")
    yield Wrong("nothing comes back", lambda *given: None, "nn.Module")
    yield Wrong("the first case's, always", lambda *_: reference(*given), "fixed")
    yield Wrong("no arguments", type(reference.__name__, (reference,), {
        "__init__": lambda self: reference.__init__(self, *given)}), "arguments")
    yield Wrong("forward misspelled", type(reference.__name__, (reference,), {
        "forward": nn.Module.forward}), "spelled")

    def no_super(self: nn.Module, *given: int) -> None:
        self.layer = nn.BatchNorm2d(3)

    yield Wrong("no super().__init__()", type(reference.__name__, (nn.Module,), {
        "__init__": no_super}), "super")

    def parts_in_a_list(self: nn.Module, *given: int) -> None:
        nn.Module.__init__(self)
        self.parts = [reference(*given)]

    yield Wrong("its parts in a list", type(reference.__name__, (nn.Module,), {
        "__init__": parts_in_a_list, "forward": lambda self, x: self.parts[0](x)}),
        "list")

    def made_in_forward(self: nn.Module, x: Tensor) -> Tensor:
        return reference(*given)(x.float())

    yield Wrong("layers made in forward", type(reference.__name__, (nn.Module,), {
        "__init__": lambda self, *_: nn.Module.__init__(self),
        "forward": made_in_forward}), "__init__")

    class Plain:
        def __init__(self, *given: int) -> None:
            self.module = reference(*given)

        def __call__(self, x: Tensor) -> Tensor:
            return self.module(x)

    yield Wrong("no module", Plain, "nn.Module")


def _wrong_functions(table: Table, reference: Callable) -> Iterator[Wrong]:
    def named(function: Callable) -> Callable:
        return functools.wraps(reference)(function)

    first = _first(table)
    right = reference(*table.trial.make(first))
    if right is not None:
        yield Wrong("no return", named(lambda *x: (reference(*x), None)[1]), "return")
    yield Wrong("a class", type(reference.__name__, (), {}), "brackets")
    yield Wrong("no arguments", lambda: right, "arguments")
    yield Wrong("raises", named(lambda *x: x.a_name_that_is_not_there), "")
    if right is not None and _values_differ(table):
        yield Wrong("the first answer, always", named(lambda *x: right), "")
    tensors = [x for x in table.trial.make(first) if isinstance(x, Tensor)]
    if tensors:
        yield Wrong("in place", named(lambda *x: (reference(*x), _spoil(x))[0]),
                    "in-place")
    if table.trial.dtype:
        yield Wrong("float32", named(lambda *x: reference(*x).float()), "dtype")
        yield Wrong("a NumPy array", named(lambda *x: reference(*x).detach().numpy()),
                    "return")
        yield Wrong("noise", named(lambda *x: reference(*x) + torch.rand(())), "drawn")
        yield Wrong("a pair", named(lambda *x: (reference(*x), 1)), "return")
    if table.trial.gradient:
        yield Wrong("detached", named(lambda *x: reference(*x).detach()), "cut")


def _first(table: Table) -> Case:
    return table.cases[0]


def _values_differ(table: Table) -> bool:
    said = set()
    for case in table.cases:
        with suppress(ValueError):                   # what the right answer refuses
            said.add(str(table.reference(*table.trial.make(case))))
    return len(said) > 1


def _spoil(inputs: tuple) -> None:
    for x in inputs:
        if isinstance(x, Tensor):
            x.detach().copy_(torch.zeros_like(x) if x.any() else torch.ones_like(x))
