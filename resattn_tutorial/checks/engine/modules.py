"""Build a learner's class, and see which of its weights learn."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.probe import call, refuse, suspecting
from resattn_tutorial.checks.engine.report import Report


def call_words(answer: Callable, args: tuple) -> str:
    """A call as a learner writes it: ``MyUnit(16)``."""
    return f"{getattr(answer, '__name__', 'your answer')}({', '.join(map(str, args))})"


def build(report: Report, answer: Callable, *args: int) -> nn.Module:
    """Return ``answer(*args)``, a fresh module in training mode."""
    if isinstance(answer, nn.Module) or not callable(answer):
        refuse(report, f"a class is expected, got a {type(answer).__name__}",
               "hand over the class's name, without brackets after it")
    words = call_words(answer, args)
    built = call(report, words, answer, *args)
    if not isinstance(built, nn.Module):
        kind = "None" if built is None else f"a {type(built).__name__}"
        refuse(report, f"{words} gives {kind}, not an nn.Module",
               "write `class Name(nn.Module):`, with super().__init__() first")
    return built.train()


def unreached(module: nn.Module, output: Tensor) -> list[str]:
    """The names of the parameters that the output's gradient does not reach."""
    learning = {n: p for n, p in module.named_parameters() if p.requires_grad}
    found = [None] * len(learning)
    if output.requires_grad and learning:
        goal = (output * torch.randn(output.shape, dtype=output.dtype)).sum()
        found = torch.autograd.grad(
            goal, list(learning.values()), retain_graph=True, allow_unused=True
        )
    pairs = zip(learning, found, strict=True)
    reached = {name for name, g in pairs if g is not None and g.any()}
    return [name for name, _ in module.named_parameters() if name not in reached]


@contextmanager
def backward(report: Report):
    """Run a backward pass through the answer; an error in it becomes a line."""
    overwritten = "a value that backward needs was overwritten: no in-place operation"
    with suspecting(report, {"inplace": overwritten}), report.attempt("backward"):
        yield
