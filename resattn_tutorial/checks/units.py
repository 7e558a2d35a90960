"""Check a learner's class of residual units, whatever is inside it.

Its layers are known by the shapes of its parameters. Then the unit is computed from
the learner's own weights, rightly and with each usual mistake, and compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.modules import (
    backward,
    build,
    call_words,
    redraw,
    require_every_gradient,
    vectors,
    without_gradient,
)
from resattn_tutorial.checks.probe import CUT, ask, refuse, shape, suspecting
from resattn_tutorial.checks.report import Report
from resattn_tutorial.checks.unit_forms import Form, affine_forms, close
from resattn_tutorial.checks.unit_layers import (
    ERRORS,
    Case,
    explaining,
    kernel_mistake,
    require_layers,
    weights,
)
from resattn_tutorial.checks.unit_mistakes import Mistakes, name_mistake

MAPS = ((9, 7), (6, 6), (5, 8), (7, 10))  # heights and widths, one a case
FIXED = (
    "a number of channels or pixels, or the stride, is fixed: take it from the "
    "arguments and from x"
)
OTHER = "the numbers are others; go through forward step by step"


class Question(NamedTuple):
    """What a learner's class is asked: which units, and what to look for in them.

    ``sum_words`` says what the output is; ``usual`` are the mistakes to look for.
    """

    cases: tuple[Case, ...]
    sum_words: str
    usual: Mistakes


def check_unit(report: Report, answer: Callable, question: Question) -> None:
    """Check layers, values, gradients, eval mode and other sizes."""
    first, *others = question.cases
    check_layers(report, answer, first)
    check_values(report, answer, first, question)
    check_eval(report, answer, first)
    for case, size in zip(others, MAPS[1:], strict=False):
        check_other(report, answer, case, size)
    report.held.append("other channels and sizes work, odd ones too")


def check_layers(report: Report, answer: Callable, case: Case) -> None:
    """Check what a unit is made of, and the shape that it gives."""
    words = call_words(answer, case.args)
    unit = build(report, answer, *case.args)
    x = torch.randn(3, case.in_channels, *MAPS[0])
    with explaining(report, unit, case, ERRORS):
        got = ask(report, words, unit, x)
    goal = (3, case.out_channels, *(-(-n // case.stride) for n in MAPS[0]))
    steps = "the 3x3 has padding=1 and the unit's stride; the 1x1 have no padding"
    if got.shape[1:2] == (2 * case.out_channels,):
        steps = "shortcut and convolutions are put side by side: they are added"
    report.require(
        tuple(got.shape) == goal,
        f"{words} turns {shape(x)} into {goal}",
        f"got {shape(got)}",
        kernel_mistake(unit, case) or steps,
    )
    require_layers(report, unit, case)
    report.held += [f"convolutions: {case.words}, no biases", "three batch norms"]


def check_values(
    report: Report, answer: Callable, case: Case, question: Question
) -> None:
    """Check a unit's output and gradients in training mode."""
    words = call_words(answer, case.args)
    unit, x = fresh(report, answer, case, MAPS[0])
    with suspecting(report, {"": "a tensor made beside the parameters is float32: "
                             "register_buffer lets it follow the module"}):
        got = ask(report, f"{words}.double()", unit, x)
    if (got.dtype, got.device) != (x.dtype, x.device):
        refuse(report, f"torch.float64 came in, {got.dtype} on {got.device} came out",
               "the output keeps the input's dtype and device: no .float(), no .cuda()")
    if not close(ask(report, f"a second call of {words}", unit, x), got):
        refuse(report, "two calls with one x give two outputs",
               "something is random or keeps count: the unit has no dropout, no noise")
    form = matching(got, x, unit, case)
    mistake = None if form else diagnose(report, answer, case, question.usual)
    report.require(form is not None, question.sum_words, OTHER, mistake)
    check_gradients(report, unit, x, lambda t: form(t, weights(unit, case)))


def diagnose(
    report: Report, answer: Callable, case: Case, usual: Mistakes
) -> str | None:
    """Name the mistake in a unit whose layers are right and whose values are not."""
    unit, x = fresh(report, answer, case, MAPS[0], neutral=True)
    got = ask(report, call_words(answer, case.args), unit, x)
    mistake = name_mistake(got, x, weights(unit, case), usual)
    if mistake is not None:
        return mistake
    with backward(report):
        unused = without_gradient(unit, got)
    return f"the output does not use {unused}" if unused else None


def check_gradients(
    report: Report, unit: nn.Module, x: Tensor, right: Callable[[Tensor], Tensor]
) -> None:
    """Check that gradients reach the input, as in the right form, and each weight."""
    fact, x = "all of the gradient reaches x", x.clone().requires_grad_()
    got, goal = ask(report, "your unit", unit, x), right(x)
    probe = torch.randn_like(goal)
    require_every_gradient(report, unit, got)
    (wanted,) = torch.autograd.grad((goal * probe).sum(), x)
    with backward(report):
        (found,) = torch.autograd.grad((got * probe).sum(), x, allow_unused=True)
    report.require(
        found is not None and close(found, wanted, 1e-2),
        fact,
        "x gets none of it" if found is None else "x gets a part of it",
        CUT,
    )


def check_eval(report: Report, answer: Callable, case: Case) -> None:
    """Check that a unit keeps running statistics, and takes them in eval mode."""
    words = f"{call_words(answer, case.args)}.eval()"
    unit, x = fresh(report, answer, case, MAPS[0])
    before = ask(report, words, unit.eval(), x)
    ask(report, words, unit.train(), x)
    after = ask(report, words, unit.eval(), x)
    right = matching(before, x, unit, case, training=False) is not None
    report.require(
        right and not close(after, before),
        "in eval mode the running statistics are used, learned in training mode",
        "the numbers are others",
        "nn.BatchNorm2d does this itself; F.batch_norm needs buffers for mean and "
        "variance, and training=self.training",
    )


def check_other(
    report: Report, answer: Callable, case: Case, size: tuple[int, int]
) -> None:
    """Stop unless an answer is right for other channels, strides and sizes too."""
    words = call_words(answer, case.args)
    unit = build(report, answer, *case.args)
    with explaining(report, unit, case, {"": FIXED}):
        unit, x = fresh(report, answer, case, size)
        got = ask(report, words, unit, x)
        require_layers(report, unit, case)
        if matching(got, x, unit, case) is None:
            refuse(report, f"{words} gives other numbers than it should for {shape(x)}")


def fresh(
    report: Report,
    answer: Callable,
    case: Case,
    size: tuple[int, int],
    neutral: bool = False,
) -> tuple[nn.Module, Tensor]:
    """Return a new unit in float64, its weights drawn by us, and an input for it.

    One call in eval mode gives lazy layers their shapes. One pixel of the input is
    far brighter than the rest, so that a ReLU with an upper end shows.
    """
    unit = build(report, answer, *case.args)
    x = 4 * torch.randn(3, case.in_channels, *size)
    x[0, :, 2, 3] += 60
    ask(report, f"{call_words(answer, case.args)}.eval()", unit.eval(), x)
    return redraw(unit.train(), neutral), x.double()


def matching(
    got: Tensor, x: Tensor, unit: nn.Module, case: Case, training: bool = True
) -> Form | None:
    """Return the right form with the unit's own batch norms, if it gives ``got``."""
    kernels, within = weights(unit, case), 2e-4 if training else 5e-3
    for form in affine_forms(vectors(unit), case.in_channels, training):
        if close(got, form(x, kernels), within):
            return form
    return None
