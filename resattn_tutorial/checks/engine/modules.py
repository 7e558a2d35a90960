"""Build a learner's class, and find its weights whatever their names are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from resattn_tutorial.checks.engine.probe import call, refuse, suspecting
from resattn_tutorial.checks.engine.report import Report


def call_words(answer: Callable, args: tuple) -> str:
    """A call as a learner writes it: ``MyUnit(16)``."""
    return f"{getattr(answer, '__name__', 'your answer')}({', '.join(map(str, args))})"


def build(report: Report, answer: Callable, *args: int) -> nn.Module:
    """Return ``answer(*args)``, a fresh module in training mode."""
    if isinstance(answer, nn.Module) or not callable(answer):
        refuse(report, f"a class is expected, got a {type(answer).__name__}",
               "hand over the class's name, without brackets behind it")
    words = call_words(answer, args)
    built = call(report, words, answer, *args)
    if not isinstance(built, nn.Module):
        kind = "None" if built is None else f"a {type(built).__name__}"
        refuse(report, f"{words} gives {kind}, not an nn.Module",
               "write `class Name(nn.Module):`, with super().__init__() first")
    return built.train()


def is_vector(parameter: Tensor) -> bool:
    """Whether a parameter holds one number a channel, as a batch norm's do."""
    return not is_lazy(parameter) and parameter.squeeze().dim() <= 1


def redraw(module: nn.Module, neutral: bool = False) -> nn.Module:
    """Draw every parameter anew from a fixed seed; return the module, in float64.

    So a mistake cannot hide behind an initial zero or one. ``neutral`` sets the
    vectors to one, zero, one, zero…: batch norms that neither scale nor shift.
    """
    draw = torch.Generator().manual_seed(7)
    vectors = Counter()
    with torch.no_grad():
        for parameter in module.double().parameters():
            if not is_vector(parameter):
                parameter.normal_(generator=draw)
            elif neutral:
                parameter.fill_(1 - vectors[parameter.numel()] % 2)
                vectors[parameter.numel()] += 1
            else:
                parameter.uniform_(0.5, 1.5, generator=draw)
    return module


def vectors(module: nn.Module) -> list[Tensor]:
    """The parameters that hold one number a channel, flat, in order of creation."""
    return [p.flatten() for p in module.parameters() if is_vector(p)]


def kernels(module: nn.Module) -> list[Tensor]:
    """All other parameters; a matrix counts as the kernel of a 1x1 convolution."""
    found = [p for p in module.parameters() if not is_lazy(p) and not is_vector(p)]
    return [p[..., None, None] if p.dim() == 2 else p for p in found]


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


def without_gradient(module: nn.Module, output: Tensor) -> str:
    """The same in words, the first three."""
    cut = unreached(module, output)
    return ", ".join(cut[:3]) + "…" * (len(cut) > 3)


@contextmanager
def backward(report: Report):
    """Run a backward pass through the answer; an error in it becomes a line."""
    overwritten = "a value that backward needs was overwritten: no in-place operation"
    with suspecting(report, {"inplace": overwritten}), report.attempt("backward"):
        yield


def require_every_gradient(report: Report, module: nn.Module, output: Tensor) -> None:
    """Require that the output's gradient reaches every parameter of the module."""
    with backward(report):
        cut = without_gradient(module, output)
    report.require(
        not cut,
        "every parameter takes part and learns",
        f"no gradient reaches {cut}",
        "a layer is made in __init__ and then not used, or used in place of another; "
        "or .detach(), .data, no_grad() or requires_grad=False cuts it off",
    )
