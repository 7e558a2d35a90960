"""What a wrong training step leaves behind: counts, modes, the size of the move."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter03.step_bench import flat, make_bench
from resattn_tutorial.checks.engine.traces import Traces, alike

OTHER_STEP = "the update is not the optimizer's: call step() of the one handed over"
NO_STEP = "step is never called: the gradients are there, the parameters stay"
EVAL = "eval mode: batch norm learns only in training mode; leave it alone"
SECOND = "something is kept from the first call, or the batch size is fixed"
ROUNDED = "the loss is rounded; return it as it is"


def name_step(found: Traces, right: Traces, count: int) -> str | None:
    """The mistake behind the traces of a step on ``count`` images; ``None`` if unknown.

    The traces are those of :class:`~.one_step.StepTrial`.
    """
    if "moved" not in found:
        return None
    if not found.get("training", True) or (
        found.get("backward") and found.get("forwards") == 0
    ):
        return EVAL
    if found.get("rate", right["rate"]) != right["rate"]:
        return "the learning rate was changed; the optimizer comes ready"
    mine, wanted = found["moved"], right["moved"]
    if alike(mine, wanted):
        return _name_rest(found, right)
    if not found["steps"]:
        return OTHER_STEP if mine.any() else NO_STEP
    if not mine.any():
        return "no gradient reached this network: was a copy or another one trained?"
    factor = float(mine @ wanted / (wanted @ wanted))
    if torch.allclose(mine, factor * wanted, 1e-3, 1e-5):
        return _by_factor(factor, count)
    return _by_parts(mine, wanted)


def _name_rest(found: Traces, right: Traces) -> str | None:
    """Where the first step is right."""
    if not found["steps"]:
        return OTHER_STEP
    if len(found["steps"]) > 1:
        return "one step() for each call"
    if "value" in found and not alike(found["value"], right["value"]):
        near = abs(found["value"] - right["value"]) < 0.05
        return ROUNDED if near else None
    return SECOND if "second" in found else None


def _by_parts(mine: Tensor, wanted: Tensor) -> str | None:
    """Name a mistake that changes the step in some parameters only, or in their way."""
    largest = float(mine.abs().max())
    if torch.allclose(mine, wanted.clamp(-largest, largest), 1e-3, 1e-5):
        return "clipping by value, which nobody asked for"
    if not mine[~torch.isclose(mine, wanted, 1e-3, 1e-5)].any():
        return "part of the network does not move: some gradients are lost or frozen"
    start = flat(make_bench().network)
    rest = mine - wanted
    share = float(rest @ start / (start @ start))
    if torch.allclose(rest, share * start, 1e-2, 1e-4):
        return "a penalty on the weights: weight decay is the optimizer's business"
    return None


def _by_factor(factor: float, count: int) -> str:
    """Name a mistake that only rescales the step."""
    if math.isclose(factor, count, rel_tol=1e-3):
        return "a sum over the batch: the mean is meant (cross_entropy's default)"
    if math.isclose(factor, 1 / count, rel_tol=1e-3):
        return "the loss is divided by the batch size once more; it is a mean already"
    if factor < 0:
        return "the sign: the step goes up the loss, not down"
    return (
        f"the step is {factor:.2g} times the right one: clipping or a factor was "
        "added"
    )
