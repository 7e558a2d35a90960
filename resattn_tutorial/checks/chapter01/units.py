"""Check a learner's class of residual units, whatever is inside it.

Its layers are known by the shapes of its parameters. Then the unit is computed from
the learner's own weights, rightly and with each usual mistake, and compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.unit_cases import Case, weights
from resattn_tutorial.checks.chapter01.unit_forms import close
from resattn_tutorial.checks.chapter01.unit_layers import (
    ERRORS,
    explaining,
    kernel_mistake,
    require_layers,
)
from resattn_tutorial.checks.chapter01.unit_mistakes import Mistakes, name_mistake
from resattn_tutorial.checks.chapter01.unit_trials import fresh, matching
from resattn_tutorial.checks.engine.modules import (
    backward,
    build,
    call_words,
    require_every_gradient,
    without_gradient,
)
from resattn_tutorial.checks.engine.probe import CUT, ask, refuse, shape, suspecting
from resattn_tutorial.checks.engine.report import Report

MAPS = ((9, 7), (6, 6), (5, 8), (7, 10), (8, 5))  # heights and widths, one a case
FIXED = (
    "a number of channels or pixels, or the stride, is fixed: take it from the "
    "arguments and from x"
)
OTHER = "the numbers are others; go through forward step by step"
OF_BATCH = (
    "the batch's own statistics are used in eval mode too: nn.BatchNorm2d changes over "
    "by itself, unless track_running_stats=False; F.batch_norm needs buffers for mean "
    "and variance, and training=self.training"
)
NOT_LEARNED = (
    "training mode leaves the running statistics as they were: nn.BatchNorm2d keeps "
    "them itself; F.batch_norm needs buffers for mean and variance"
)
OTHER_WAY = (
    "more than the batch norms changes in eval mode, or they learn there as well: "
    "nn.BatchNorm2d does all by itself, forward need not look at self.training"
)


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
        check_other(report, answer, case, size, question.usual)
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
    mistake = OTHER_WAY
    if matching(before, x, unit, case) is not None:
        mistake = OF_BATCH
    elif matching(before, x, unit, case, training=False) is not None:
        mistake = NOT_LEARNED if close(after, before) else None
    report.require(
        mistake is None,
        "in eval mode the running statistics are used, learned in training mode",
        "the numbers are others",
        mistake,
    )


def check_other(
    report: Report,
    answer: Callable,
    case: Case,
    size: tuple[int, int],
    usual: Mistakes,
) -> None:
    """Stop unless an answer is right for other channels, strides and sizes too."""
    words = call_words(answer, case.args)
    unit = build(report, answer, *case.args)
    with explaining(report, unit, case, {"": FIXED}):
        unit, x = fresh(report, answer, case, size)
        got = ask(report, words, unit, x)
        require_layers(report, unit, case)
        if matching(got, x, unit, case) is None:
            refuse(
                report,
                f"{words} gives other numbers than it should for {shape(x)}",
                diagnose(report, answer, case, usual),
            )
