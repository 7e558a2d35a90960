"""Judge the noise matrix of Equation 7, and name the wrong one that came instead."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.probe import ask, refuse, require_same, same
from resattn_tutorial.checks.engine.report import Report

CASES = ((0.7, 10), (0.3, 10), (0.5, 4), (1, 3), (0, 2))


def _matrix(diagonal: float, beside: float, classes: int) -> Tensor:
    full = torch.full((classes, classes), beside, dtype=torch.float64)
    return full.fill_diagonal_(diagonal)


def right(r: float, classes: int) -> Tensor:
    """Q, as Equation 7 has it."""
    return _matrix(r, (1 - r) / (classes - 1), classes)


FORMS: list[tuple[Callable[[float, int], Tensor], str]] = [
    (lambda r, k: _matrix(r, (1 - r) / k, k), "a noisy label goes to one of the "
     "*other* classes: there are classes - 1 of them"),
    (lambda r, k: _matrix(r + (1 - r) / k, (1 - r) / k, k), "this draws a noisy "
     "label from all classes, its own one among them"),
    (lambda r, k: _matrix(r + (1 - r) / (k - 1), (1 - r) / (k - 1), k), "what is "
     "shared out was added on the diagonal, too: there stands r alone"),
    (lambda r, k: _matrix(1 - r, r / (k - 1), k), "r is the share that stays: it "
     "stands on the diagonal"),
    (lambda r, k: _matrix(r, r / (k - 1), k), "beside the diagonal 1 - r is shared "
     "out"),
    (lambda r, k: _matrix(r, 1 - r, k), "1 - r is shared out among the other "
     "classes: divide it by classes - 1"),
    (lambda r, k: _matrix(r, 0, k), "beside the diagonal nothing stands: the rest of "
     "each row belongs there"),
    (lambda r, k: _matrix(0, (1 - r) / (k - 1), k), "the diagonal is empty: what stays "
     "r stands there"),
    (lambda r, k: _matrix(1, (1 - r) / (k - 1), k), "on the diagonal stands r, not "
     "1"),
    (lambda r, k: _matrix(r, 1 / (k - 1), k), "beside the diagonal 1 - r is shared "
     "out, not 1"),
    (lambda r, k: _matrix(r, (1 - r) / 9, k), "the 9 is that of ten classes: it is "
     "classes - 1"),
    (lambda r, k: right(r, k).flip(1), "the diagonal runs from the upper left to the "
     "lower right"),
    (lambda r, k: right(r, k)[0], "one row came: each true class has a row"),
]


def judge(report: Report, answer: Callable[[float, int], Tensor]) -> None:
    """Ask for the matrices of :data:`CASES`."""
    for r, classes in CASES:
        name = f"my_matrix({r}, {classes})"
        came = ask(report, name, answer, r, classes)
        if not came.is_floating_point():
            refuse(report, f"{name} holds {came.dtype}: probabilities need fractions",
                   "torch.full with a whole number makes whole numbers: give it a "
                   "float or a dtype")
        if came.dtype.itemsize < 4:
            refuse(report, f"{name} holds {came.dtype}", "numbers of 16 bits are too "
                   "coarse: torch.float32, which torch.full takes by itself")
        forms = ((words, form(r, classes)) for form, words in FORMS)
        goal = right(r, classes)
        beside = f"{goal[0, 1]:.4f}".rstrip("0").rstrip(".")
        require_same(report, came, goal, f"{name}: {r} and {beside}", forms,
                     _otherwise(came, goal))


def _otherwise(came: Tensor, goal: Tensor) -> str | None:
    """Where to look if the matrix is none of the known forms."""
    if came.dim() != 2:
        return None
    if came.shape != goal.shape:
        if came.shape == (10, 10):
            return "ten classes are built in: take the number that comes"
        return "one row and one column for each class: (classes, classes)"
    if not same(came.sum(1), goal.sum(1)):
        return "something becomes of each class, so each row sums to 1"
    if not same(came.diagonal(), goal.diagonal()):
        return "on the diagonal stands r, the chance that a label stays"
    return "beside the diagonal each of the other classes is as likely as the next"
