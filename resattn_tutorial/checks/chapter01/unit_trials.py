"""A learner's unit with weights of ours, and the right form that it equals."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.unit_cases import Case, weights
from resattn_tutorial.checks.chapter01.unit_forms import Form, affine_forms, close
from resattn_tutorial.checks.engine.modules import build, call_words, redraw, vectors
from resattn_tutorial.checks.engine.probe import ask
from resattn_tutorial.checks.engine.report import Report


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
