"""The checks of chapter 3: weighing a trunk, one step of training, scoring a mask."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from resattn_tutorial.checks.chapter03 import (
    step_bench,
    step_forms,
)
from resattn_tutorial.checks.chapter03.choice import CHOICE
from resattn_tutorial.checks.chapter03.scoring import SCORING
from resattn_tutorial.checks.chapter03.weighing import WEIGHING
from resattn_tutorial.checks.engine.functions import (
    call,
    require_function,
    require_number,
)
from resattn_tutorial.checks.engine.probe import (
    same,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report, exercise
from resattn_tutorial.checks.engine.table import checked


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


weigh = checked(WEIGHING)
auc = checked(SCORING)
choose_channel = checked(CHOICE)
