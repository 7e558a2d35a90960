"""Call a learner's function, and read the number or the pair that it returns."""

from __future__ import annotations

import operator
from collections.abc import Callable
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.probe import IN_PLACE, refuse
from resattn_tutorial.checks.engine.report import Report

ERRORS = {
    "invalid for input of size": "a fixed size in the code: take it from the input "
    "tensors",
    "could not infer output dtype": "booleans have no mean: .float() first",
    "must both have shape": "object_auc takes maps (N, H, W), one channel at a time: "
    "masks[:, c]",
    "not implemented for": "a type: this operation does not exist for such numbers",
}
"""From the words of an error to the mistake that usually lies behind it."""


def require_function(report: Report, answer: Any, usage: str) -> None:
    """Refuse what is no function; ``usage`` says how it will be called."""
    if isinstance(answer, type) or not callable(answer):
        refuse(
            report,
            f"a function {usage} is expected, got {kind(answer)}",
            "hand over the function's name, with no brackets after it",
        )


def call(report: Report, answer: Callable, name: str, *inputs: Any) -> Any:
    """What the answer returns, the tensors handed to it having stayed as they were."""
    before = [x.clone() if isinstance(x, Tensor) else None for x in inputs]
    with report.attempt(name):
        came = answer(*inputs)
    for x, copy in zip(inputs, before, strict=True):
        if copy is not None and not torch.equal(x, copy):
            refuse(report, f"{name} changed the values of its input", IN_PLACE)
    return came


def kind(value: Any) -> str:
    """A value in a few words."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    words = repr(value)
    return words if len(words) < 30 else f"a {type(value).__name__}"


def require_choice(report: Report, came: Any) -> tuple[int, int]:
    """The learner's index and sign, if they are two whole numbers."""
    wish = "return index, sign in this order: two whole numbers, the sign 1 or -1"
    try:
        index, sign = came
    except (TypeError, ValueError):
        refuse(report, f"a pair must come back, got {kind(came)}", wish)
    try:
        place = operator.index(index)
    except TypeError:
        refuse(report, f"the index must be a whole number, got {kind(index)}", wish)
    one = Tensor.item(sign) if isinstance(sign, Tensor) and sign.numel() == 1 else sign
    if isinstance(one, bool) or not isinstance(one, Real) or abs(one) != 1:
        refuse(report, f"the sign must be 1 or -1, got {kind(sign)}", wish)
    return place, int(one)


def require_number(report: Report, came: Any) -> float:
    """What came, if it is a plain number."""
    if isinstance(came, Real) and not isinstance(came, bool):
        return float(came)
    if came is None:
        words = "the function ends without a return"
    elif isinstance(came, Tensor) and came.numel() == 1:
        words = "return a Python float: .item() gives it"
        if came.requires_grad:
            words += "; a tensor would keep its graph in memory"
    else:
        words = "return one number alone"
    refuse(report, f"a float must come back, got {kind(came)}", words)


def exact(number: float) -> int | str:
    """A number to compare to its last digit: a whole one, or else as it is written."""
    whole = number == number and abs(number) < float("inf") and number == int(number)
    return int(number) if whole else f"{number:,}"
