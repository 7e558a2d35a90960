"""Ask a learner's answer for a tensor, and compare it with forms that are known.

A wrong answer is usually a known wrong form: the same operation with another padding,
another mode, another place. So a check computes those forms itself and looks which
one the answer equals. Only behaviour is compared, never source text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.report import Report, Stopped

Forms = Iterable[tuple[str, Tensor]]

CUT = (
    "part of the way is cut off from the graph: .detach(), .data, torch.no_grad(), "
    "NumPy and new tensors made from values all do that"
)
IN_PLACE = (
    "an in-place operation (+=, relu_, add_, x[...] = …) wrote into the input; make a "
    "new tensor instead"
)
RETURNS = "the return line: one tensor is expected, nothing else"
KEPT = "something is kept between calls, or drawn anew in each"
DTYPE = "a conversion such as .float(), or a new tensor made without dtype=x.dtype"


def same(got: Tensor, expected: Tensor) -> bool:
    """Whether two tensors have one shape and, but for rounding, one set of values."""
    if got.shape != expected.shape:
        return False
    return torch.allclose(got.double(), expected.double(), rtol=1e-3, atol=1e-5)


def recognise(got: Tensor, forms: Forms) -> str | None:
    """Return the words of the first form that ``got`` equals; ``None`` if none does."""
    return next((words for words, form in forms if same(got, form)), None)


def gap(got: Tensor, expected: Tensor) -> str:
    """Say how far two tensors lie apart, or which shapes they have."""
    if got.shape != expected.shape:
        return f"{shape(got)} came, expected {shape(expected)}"
    difference = (got.double() - expected.double()).abs().max().item()
    return f"the largest difference is {difference:.2g}"


def shape(x: Tensor) -> str:
    """A tensor's shape in words, ``(2, 3, 8, 12)``."""
    return str(tuple(x.shape))


@contextmanager
def suspecting(report: Report, mistakes: Mapping[str, str]):
    """Name a mistake if the block ends the check without having named one.

    Args:
        report: the check's report.
        mistakes: from a word in the failing line to the mistake behind it; the word
            ``""`` is in every line.
    """
    try:
        yield
    except Stopped:
        if report.mistake is None:
            failed = str(report.failed)
            found = (words for word, words in mistakes.items() if word in failed)
            report.mistake = next(found, None)
        raise


def refuse(report: Report, failed: str, mistake: str | None = None) -> None:
    """End the check: something so plain is wrong that its being right is no news."""
    report.require(False, failed, mistake=mistake)


def call(report: Report, what: str, function: Callable, *inputs: Any) -> Any:
    """Call the learner's function; an error in it ends the check with one short line.

    A stub's ``NotImplementedError`` is bare and passes. One with words in it comes
    from PyTorch (a missing ``forward``, a type it cannot handle): that is an error.
    """
    with report.attempt(what):
        try:
            return function(*inputs)
        except NotImplementedError as error:
            if not error.args:
                raise
            raise TypeError(*error.args) from error


def ask(report: Report, name: str, answer: Callable, *inputs: Any) -> Tensor:
    """Call the answer; return its tensor, the inputs having stayed as they were.

    Args:
        report: the check's report.
        name: what to call the answer in a message.
        answer: the learner's function or module.
        inputs: what it is called with; the tensors among them are watched.
    """
    if isinstance(answer, type) or not callable(answer):
        refuse(report, f"{name} must be a function, got a {type(answer).__name__}",
               "write a function with def, and hand over its name without brackets")
    maps = [x for x in inputs if isinstance(x, Tensor)]
    before = [x.detach().clone() for x in maps]
    what = f"{name} for {' and '.join(shape(x) for x in maps)}"
    got = call(report, what, answer, *inputs)
    for x, copy in zip(maps, before, strict=True):
        if x.shape != copy.shape or not torch.equal(x.detach(), copy):
            refuse(report, f"{name} changed the values of its input", IN_PLACE)
    if not isinstance(got, Tensor):
        kind = "nothing (None)" if got is None else f"a {type(got).__name__}"
        refuse(report, f"{name} returned {kind}, not a tensor", RETURNS)
    return got


def require_same(
    report: Report,
    got: Tensor,
    right: Tensor,
    fact: str,
    forms: Forms = (),
    otherwise: str | None = None,
) -> None:
    """Require that ``got`` is ``right``; if not, say which wrong form it is.

    ``otherwise`` is the mistake to name where ``got`` equals none of the forms.
    """
    if same(got, right):
        report.require(True, fact)
        return
    mistake = recognise(got, forms)
    if mistake is None and got.dim() != right.dim():
        mistake = f"the number of axes: {got.dim()} came, expected {right.dim()}"
    elif mistake is None and got.dim() == 4 and got.shape[:2] != right.shape[:2]:
        mistake = "the number of images or of channels: it is another one"
    report.require(False, fact, gap(got, right), mistake or otherwise)


def require_gradient(
    report: Report, name: str, answer: Callable, right: Callable, *inputs: Tensor
) -> None:
    """Require that the gradient reaches every input, as it does in the right form."""
    fact = "the gradient flows back to every input"
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    goal = right(*leaves)
    weights = torch.randn_like(goal)
    wanted = torch.autograd.grad((goal * weights).sum(), leaves)
    got = ask(report, name, answer, *leaves)
    if not got.requires_grad:
        refuse(report, f"{fact}: the result belongs to no graph", CUT)
    with report.attempt(f"{name}, backward"):
        found = torch.autograd.grad((got * weights).sum(), leaves, allow_unused=True)
    for place, (mine, true) in enumerate(zip(found, wanted, strict=True), 1):
        if mine is None or not same(mine, true):
            state = "none arrives" if mine is None else "another one arrives"
            refuse(report, f"{fact}: at input {place} {state}", CUT)
    report.require(True, fact)


def require_steady(report: Report, name: str, answer: Callable, *inputs: Any) -> None:
    """Require the same tensor from a second call, and that float64 stays float64."""
    first = ask(report, name, answer, *inputs)
    second = ask(report, name, answer, *inputs)
    if not same(first, second):
        refuse(report, f"a second call of {name} gives another result", KEPT)
    double = [x.double() if hasattr(x, "double") else x for x in inputs]
    got = ask(report, name, answer, *double)
    report.require(
        got.dtype == torch.float64,
        "the number type stays what it was",
        f"float64 went in, {got.dtype} came out",
        DTYPE,
    )
