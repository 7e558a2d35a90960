"""The table of *The attention residual form*."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: F401  (some slips need it)
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import ERRORS
from resattn_tutorial.checks.engine.probe import CUT, DTYPE
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def weigh(trunk: Tensor, mask: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    return (1 + mask) * trunk


def drawn(*size: int, wild: bool) -> tuple[Tensor, Tensor]:
    """A trunk and a mask; a wild one leaves [0, 1]."""
    draw = torch.Generator().manual_seed(3)
    trunk = 2 * torch.randn(size, generator=draw)
    return trunk, (torch.randn if wild else torch.rand)(size, generator=draw)


END = "(1 + mask) * trunk"
SUMMED = "(1 + mask)"
NO_MASK = "the mask has no effect: {}"
NO_TRUNK = "the trunk has no effect: {}"
SIGN = "the sign: 1 - mask turns the mask round, 1 + mask is meant"
RELU = "a ReLU too many: the trunk's negative values stay negative"
FINISHED = "use the mask as it comes, it is already finished: {}"
EACH = "every value of the mask weighs its own value of the trunk: take no {}"
LOW, HIGH = "mask.amin({0}, True)", "mask.amax({0}, True)"


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


def mask(words: str, *puts: str) -> Slip:
    """Something else stands for the mask."""
    return Slip(words, *[{SUMMED: f"(1 + {put})"} for put in puts])


SLIPS = (
    end("mask * trunk is the paper's Equation 1: where the mask says 0 the trunk is "
        "lost. The attention residual form adds the trunk itself", "mask * trunk"),
    end("the 1 is there to be added: 2 * mask is 1 + mask only at mask = 1",
        "2 * mask * trunk"),
    end("the mask is added to the trunk; it has to be multiplied",
        "trunk + mask", "1 + mask + trunk"),
    end(SIGN, "(1 - mask) * trunk"),
    end("the sign: 1 + mask is meant", "(mask - 1) * trunk", "(-1 - mask) * trunk"),
    end("the brackets: 1 + mask * trunk multiplies first. Write (1 + mask) * trunk",
        "1 + mask * trunk"),
    end("trunk and mask are exchanged: the mask gets the 1", "(1 + trunk) * mask"),
    end("the trunk comes in twice: the 1 already stands for it", "(2 + mask) * trunk"),
    end("a halving too many: a mask of 0 leaves the trunk as it is",
        "(1 + mask) / 2 * trunk"),
    end(NO_MASK.format("this is the trunk unchanged"), "trunk"),
    end(NO_MASK.format("this is twice the trunk"), "2 * trunk"),
    end(NO_MASK.format("the trunk weighs itself"), "(1 + trunk) * trunk"),
    end(NO_TRUNK.format("this is the mask"), "mask"),
    end(NO_TRUNK.format("this is 1 + mask"), "1 + mask"),
    end(NO_TRUNK.format("the mask weighs itself"), "(1 + mask) * mask"),
    end("@ multiplies matrices; * multiplies value by value", "(1 + mask) @ trunk"),
    end(RELU, f"({END}).relu()", "(1 + mask) * trunk.relu()"),
    end("a sigmoid after the product: the result needs none", f"({END}).sigmoid()"),
    mask(FINISHED.format("no second sigmoid"), "mask.sigmoid()", "mask.sigmoid() - 1"),
    mask(FINISHED.format("no ReLU or clamp on it"), "mask.relu()", "mask.clamp(0, 1)"),
    mask(FINISHED.format("no absolute value of it"), "mask.abs()"),
    mask(FINISHED.format("no rounding, no threshold"), "mask.round()", "(mask > 0.5)"),
    mask(FINISHED.format("no tanh on it"), "mask.tanh()"),
    mask(FINISHED.format("no square of it"), "mask**2"),
    mask(FINISHED.format("no exponential of it"), "mask.exp() - 1", "mask.exp()"),
    mask(FINISHED.format("no softmax over channels"), "mask.softmax(1)"),
    mask(FINISHED.format("no softmax over positions"),
         "mask.flatten(2).softmax(2).view_as(mask)"),
    mask(FINISHED.format("do not scale it"), "mask / 2", "2 * mask"),
    mask(FINISHED.format("do not normalise it"), "F.normalize(mask, dim=1)",
         "mask - mask.mean()", *[form.format(axes) for axes in (
             "1", "(2, 3)", "(1, 2, 3)", "(0, 1, 2, 3)") for form in (
             f"mask / {HIGH}", "mask / mask.sum({0}, True)",
             f"(mask - {LOW}) / ({HIGH} - {LOW})")]),
    mask(EACH.format("mean over channels"), "mask.mean(1, True)"),
    mask(EACH.format("maximum over channels"), "mask.amax(1, True)"),
    mask(EACH.format("single channel for all of them"), "mask[:, :1]"),
    mask(EACH.format("mean over positions"), "mask.mean((2, 3), True)"),
    mask(EACH.format("mean over the batch"), "mask.mean(0, True)"),
    mask(EACH.format("single image's mask for the whole batch"), "mask[:1]"),
    mask(EACH.format("mean over everything"), "mask.mean()"),
    end("no sum, mean, cat or reshape: one value for each of the trunk",
        f"({END}).mean()", f"({END}).sum(1)", f"({END}).sum(1, True)",
        f"({END}).mean((2, 3))", f"({END}).permute(0, 2, 3, 1)", f"({END}).flatten(1)",
        "torch.cat([trunk, mask * trunk], 1)", "torch.cat([mask * trunk, trunk], 1)",
        "torch.cat([trunk, mask], 1)"),
    end(CUT, "(1 + mask.detach()) * trunk", "(1 + mask) * trunk.detach()",
        "trunk + (mask * trunk).detach()"),
    end(DTYPE, f"({END}).half()", f"({END}).double()"),
)
WEIGHING = Table(
    title="The attention residual form",
    usage="weigh(trunk, mask)",
    reference=weigh,
    cases=(
        Case(drawn(2, 3, 4, 4, wild=False), "each value is (1 + mask) * trunk"),
        Case(drawn(1, 5, 3, 7, wild=True),
             "so it is for another size, and for a mask that leaves [0, 1]"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(gradient=True, dtype=True),
    errors=ERRORS,
)
