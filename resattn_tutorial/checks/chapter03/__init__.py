"""The checks of chapter 3: weighing a trunk, one step of training, scoring a mask."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter03 import (
    auc_cases,
    auc_forms,
    step_bench,
    step_forms,
    weigh_forms,
)
from resattn_tutorial.checks.chapter03.choice import CHOICE
from resattn_tutorial.checks.engine.functions import (
    ERRORS,
    call,
    require_function,
    require_number,
)
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.probe import (
    ask,
    gap,
    recognise,
    require_gradient,
    require_steady,
    same,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report, exercise


@exercise("The attention residual form")
def weigh(report: Report, answer: Callable) -> None:
    """Judge ``weigh(trunk, mask)``: ``(1 + M) * T``."""
    require_function(report, answer, "weigh(trunk, mask)")
    with suspecting(report, ERRORS):
        trunk, mask = 2 * torch.randn(2, 3, 4, 4), torch.rand(2, 3, 4, 4)
        name, fact = "weigh(trunk, mask)", "each value is (1 + mask) * trunk"
        require_weighed(report, answer, trunk, mask, fact)
        other, wild = torch.randn(2, 1, 5, 3, 7)
        fact = "so it is for another size, and for a mask that leaves [0, 1]"
        require_weighed(report, answer, other, wild, fact)
        require_gradient(report, name, answer, weigh_forms.right, trunk, mask)
        require_steady(report, name, answer, trunk, mask)


def require_weighed(
    report: Report, my_weigh: Callable, trunk: Tensor, mask: Tensor, fact: str
) -> None:
    """Require the right form for one trunk and one mask."""
    got = ask(report, "weigh(trunk, mask)", my_weigh, trunk, mask)
    wanted = weigh_forms.right(trunk, mask)
    if got.shape != wanted.shape:
        fact = f"the result has the trunk's shape {tuple(wanted.shape)}"
        words = recognise(got, weigh_forms.forms(trunk, mask))
        words = words or "no sum, mean, cat or reshape: one value for each of the trunk"
        report.require(False, fact, f"got {tuple(got.shape)}", words)
    holds = same(got, wanted)
    words = None if holds else recognise(got, weigh_forms.forms(trunk, mask))
    if not holds and not same(got, ask(report, "weigh", my_weigh, trunk, mask)):
        words = "random draws, such as dropout: the formula has none"
    report.require(holds, fact, gap(got, wanted), words)


@exercise("One step of training")
def train_step(report: Report, answer: Callable) -> None:
    """Judge ``my_step(network, images, labels, optimizer)``."""
    require_function(report, answer, "my_step(network, images, labels, optimizer)")
    mine, right = step_bench.make_bench(), step_bench.make_bench()
    batch, second = step_bench.make_batch(6, 1), step_bench.make_batch(4, 2)
    loss = step_bench.play(right, batch)
    with suspecting(report, step_forms.ERRORS):
        came = call(report, answer, "my_step(…)", mine.network, *batch, mine.optimizer)
        require_step(report, mine, right, batch)
        require_loss(report, came, loss, batch)
        report.require(
            mine.forwards() == right.forwards(),
            "the batch goes through the network once",
            f"{mine.forwards()} times in training mode",
            step_forms.FORWARDS,
        )
        name = "a second my_step(…)"
        came = call(report, answer, name, mine.network, *second, mine.optimizer)
        number = require_number(report, came)
    loss = step_bench.play(right, second)
    report.require(
        same(mine.moved(), right.moved()) and math.isclose(number, loss, rel_tol=1e-3),
        "a second, smaller batch is learned from as well",
        f"loss {number:.4g}, right is {loss:.4g}; or the parameters moved otherwise",
        step_forms.SECOND,
    )


def require_step(
    report: Report,
    mine: step_bench.Bench,
    right: step_bench.Bench,
    batch: tuple[Tensor, Tensor],
) -> None:
    """Require that the optimizer moved the network as by one right step."""
    holds = same(mine.moved(), right.moved())
    report.require(
        holds,
        "the parameters make one step down the batch's mean cross-entropy",
        f"they moved by {mine.moved().norm():.3g}, right is {right.moved().norm():.3g}",
        None if holds else step_forms.name_step(mine, batch),
    )
    steps = mine.optimizer.steps
    report.require(
        steps == right.optimizer.steps,
        "the optimizer that is handed over makes the step",
        f"its step() was called {steps} times",
        "one step() for each call" if steps else step_forms.OTHER_STEP,
    )
    report.require(
        mine.network.training,
        "the network stays in training mode",
        "it is in eval mode",
        "eval() inside the step: the next step would learn with frozen batch norm",
    )


def require_loss(
    report: Report, came: Any, loss: float, batch: tuple[Tensor, Tensor]
) -> None:
    """Require that the loss before the step came back as a float."""
    number = require_number(report, came)
    holds = math.isclose(number, loss, rel_tol=2e-5)
    report.require(
        holds,
        "it returns the loss of the batch",
        f"got {number:.5g}, right is {loss:.5g}",
        None if holds else step_forms.name_loss(number, loss, batch),
    )


@exercise("The score of a map")
def auc(report: Report, answer: Callable) -> None:
    """Judge ``my_auc(values, inside)``: the area under the ROC curve of one map."""
    require_function(report, answer, "my_auc(values, inside)")
    cases = auc_cases.cases()
    with suspecting(report, ERRORS):
        numbers, again = (
            [
                require_number(report, call(report, answer, "my_auc(…)", *case))
                for _, *case in cases
            ]
            for _ in range(2)
        )
    report.require(
        str(again) == str(numbers),  # as text, where nan is like nan
        "the same map has the same score each time",
        "another one came the second time",
        "random draws: every pair of pixels counts, none is sampled",
    )
    wanted = [auc_forms.auc(*case) for _, *case in cases]
    for fact, members in auc_cases.FACTS:
        for k in members:
            if math.isclose(numbers[k], wanted[k], abs_tol=1e-5):
                continue
            came = f"{cases[k][0]} scores {numbers[k]:.4f}, right is {wanted[k]:.4f}"
            report.require(False, fact, came, auc_forms.name(numbers, wanted))
        report.require(True, fact)


choose_channel = checked(CHOICE)
