"""Call a learner's answer, and say what went wrong in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.report import Report, Stopped

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
