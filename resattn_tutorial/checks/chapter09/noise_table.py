"""The table of *Write the matrix*, Equation 7."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial, read_tensor
from resattn_tutorial.checks.engine.probe import refuse, same
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Loose, Traces


def my_matrix(r: float, classes: int) -> Tensor:
    """The solution, and what the slips change."""
    beside = (1 - r) / (classes - 1)
    matrix = torch.full((classes, classes), beside)
    return matrix.fill_diagonal_(r)


WHOLE = (
    "torch.full with a whole number makes whole numbers: give it a float or a dtype"
)
COARSE = (
    "numbers of 16 bits are too coarse: torch.float32, which torch.full takes by itself"
)
TEN = "ten classes are built in: take the number that comes"
EACH = "one row and one column for each class: (classes, classes)"
STANDS = "on the diagonal stands r, the chance that a label stays"


def read_matrix(report: Report, came: Any) -> Loose:
    """A tensor of floats of 32 or 64 bits."""
    matrix = read_tensor(report, came)
    if not matrix.is_floating_point():
        refuse(report, f"the matrix holds {matrix.dtype}: probabilities need fractions",
               WHOLE)
    if matrix.dtype.itemsize < 4:
        refuse(report, f"the matrix holds {matrix.dtype}", COARSE)
    return Loose(matrix.detach().double(), 3e-6)


class MatrixTrial(FunctionTrial):
    """Numbers are compared to float32's own precision, so that rounded ones differ."""

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "value" not in found:
            return None
        came, goal = found["value"].value, right["value"].value
        if came.dim() != 2:
            return f"the number of axes: {came.dim()} came, expected 2"
        if came.shape != goal.shape:
            return TEN if came.shape == (10, 10) else EACH
        if not same(came.sum(1), goal.sum(1)):
            return "something becomes of each class, so each row sums to 1"
        if not same(came.diagonal(), goal.diagonal()):
            return STANDS
        return "beside the diagonal each of the other classes is as likely as the next"


BESIDE = "(1 - r) / (classes - 1)"
FULL = "torch.full((classes, classes), beside)"
DIAGONAL = "fill_diagonal_(r)"
END = f"return matrix.{DIAGONAL}"


def beside(words: str, *values: str, diagonal: str = "r") -> Slip:
    """Other values beside the diagonal, and on it."""
    return Slip(words, *[{BESIDE: one, DIAGONAL: f"fill_diagonal_({diagonal})"}
                         for one in values])


def ended(words: str, *ends: str) -> Slip:
    """The right matrix ``M`` does not stay so."""
    return Slip(words, *[
        {END: f"return {end.replace('M', f'matrix.{DIAGONAL}')}"} for end in ends])


SLIPS = (
    beside("a noisy label goes to one of the *other* classes: there are classes - 1 of "
           "them", "(1 - r) / classes"),
    beside("this draws a noisy label from all classes, its own one among them",
           "(1 - r) / classes", diagonal="r + beside"),
    beside("what is shared out was added on the diagonal, too: there stands r alone",
           BESIDE, diagonal="r + beside"),
    beside("r is the share that stays: it stands on the diagonal", "r / (classes - 1)",
           diagonal="1 - r"),
    beside("beside the diagonal 1 - r is shared out", "r / (classes - 1)"),
    beside("1 - r is shared out among the other classes: divide it by classes - 1",
           "float(1 - r)"),
    beside("beside the diagonal nothing stands: the rest of each row belongs there",
           "0.0"),
    beside("the diagonal is empty: what stays r stands there", BESIDE, diagonal="0"),
    beside("on the diagonal stands r, not 1", BESIDE, diagonal="1"),
    beside("beside the diagonal 1 - r is shared out, not 1", "1 / (classes - 1)"),
    beside("the 9 is that of ten classes: it is classes - 1", "(1 - r) / 9"),
    Slip("r is an argument: with numbers in its place it is the matrix of one level of "
         "noise alone", *[{BESIDE: f"{1 - r} / (classes - 1)",
                           DIAGONAL: f"fill_diagonal_({r})"} for r in (0.7, 0.3)]),
    Slip(TEN, {BESIDE: "(1 - r) / 9", "(classes, classes)": "(10, 10)"}),
    beside("r has no effect: every class is as likely as the next, the own one too",
           "1 / classes", diagonal="1 / classes"),
    beside("do not round: a rounded row no longer sums to 1",
           *[f"round({BESIDE}, {digits})" for digits in (1, 2, 3, 4)]),
    Slip("the diagonal is divided along with the rest: it stays r, and 1 - r is "
         "divided by classes - 1",
         {BESIDE: "float(1 - r)", END: f"matrix.{DIAGONAL}\n    return matrix / "
          "matrix.sum(1, keepdim=True)"},
         {END: f"{END} / classes"}),
    ended("the diagonal runs from the upper left to the lower right", "M.flip(1)"),
    ended("one row came: each true class has a row", "M[0]"),
    ended("a probability is a number from 0 to 1, no percentage: each row sums to 1",
          "100 * M"),
    ended("one class is missing: one row and one column for each class",
          "M[1:, 1:]"),
    ended(COARSE, "M.half()", "M.bfloat16()"),
    Slip("r stands in a whole column, or in a whole row: it belongs on the diagonal",
         {END: "matrix[:, 0] = r\n    return matrix"},
         {END: "matrix[0] = r\n    return matrix"}),
    Slip(WHOLE, {FULL: FULL.replace("beside", "int(beside)")}),
)
NOISE_MATRIX = Table(
    title="The matrix of Equation 7",
    usage="my_matrix(r, classes)",
    reference=my_matrix,
    cases=tuple(
        Case(one, f"my_matrix{one}: {one[0]} on the diagonal, "
             f"{(1 - one[0]) / (one[1] - 1):.3g} beside it")
        for one in ((0.7, 10), (0.3, 10), (0.5, 4), (1, 3), (0, 2))
    ),
    slips=SLIPS,
    trial=MatrixTrial(read=read_matrix),
    fixed=False,
)
