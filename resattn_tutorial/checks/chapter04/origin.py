"""The table of *Name the activation*."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter04.origin_cases import FREE, MAPS, SMALL, cases
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Table
from resattn_tutorial.models.mask_activations import (
    channel_attention,
    spatial_attention,
)

NAMES = ("mixed", "channel", "spatial")


def which_activation(mask: Tensor) -> str:
    """The solution, and what the slips change."""
    if torch.allclose(channel_attention(mask), mask, atol=1e-4):
        return "channel"
    before = torch.logit(mask)
    if torch.allclose(spatial_attention(before), mask, atol=1e-4):
        return "spatial"
    return "mixed"


def read_name(report: Report, came: Any) -> str:
    """The learner's word for a mask, if it is one of the three."""
    if not isinstance(came, str) or came not in NAMES:
        refuse(report, f"one of the three names is expected, got {kind(came)}",
               'return one word: "mixed", "channel" or "spatial"')
    return came


# What the slips ask of a mask, in place of the two comparisons.
def squares(mask: Tensor) -> Tensor:
    """The sum of squares at each position, ``(N, H, W)``."""
    return mask.square().sum(1)


def is_one(x: Tensor) -> Tensor:
    """Whether values are 1, but for rounding."""
    return (x - 1).abs() < 1e-3


def centred(raw: Tensor) -> Tensor:
    """Whether the means of maps are 0."""
    return raw.mean((2, 3)).abs() < 1e-2


CHANNEL = "torch.allclose(channel_attention(mask), mask, atol=1e-4)"
SPATIAL = "torch.allclose(spatial_attention(before), mask, atol=1e-4)"
STRICT = (
    "the mask has no effect, or the comparison is too strict: rounding moves values by "
    "1e-7, so leave it room (torch.allclose, atol=1e-4)"
)
LOOSE = (
    "the comparison is too loose: what differs by a few hundredths is another mask. "
    "Rounding moves values by 1e-7, so atol=1e-4 is room enough"
)
FEW = "a few positions are no proof: in a channel mask all lengths are 1"
MEAN = "a mean alone is no proof: before the sigmoid it is 0, and the deviation 1"


def channel(rule: str) -> dict[str, str]:
    """Another question for a channel mask."""
    return {CHANNEL: rule}


def spatial(rule: str) -> dict[str, str]:
    """Another question for a spatial mask."""
    return {SPATIAL: rule}


def renamed(*names: str) -> Callable[[Tensor], str]:
    """The solution with other words for the three."""
    return lambda mask: names[NAMES.index(which_activation(mask))]


SLIPS = (
    Slip(STRICT, channel("False") | spatial("False")),
    Slip("all masks are told apart, but names are swapped", *[
        renamed(*names) for names in permutations(NAMES) if names != NAMES]),
    Slip(FREE, spatial("True")),
    Slip("a sign settles nothing: a channel mask need not be negative anywhere",
         channel("(mask < 0).any()")),
    Slip(FEW, channel("is_one(squares(mask)).any()")),
    Slip(SMALL, channel("(squares(mask) < 1.001).all()")),
    Slip(MEAN, spatial("centred(before).all()")),
    Slip(MAPS, {"torch.logit(mask)": "mask"}),
    Slip(LOOSE, spatial(SPATIAL.replace("1e-4", "0.1"))),
)
ORIGIN = Table(
    title="Name the activation",
    usage="which_activation(mask)",
    reference=which_activation,
    cases=tuple(cases()),
    slips=SLIPS,
    trial=FunctionTrial(read=read_name),
    errors={
        "is invalid for input": "a size is fixed in the code: take it from the "
        "input tensor",
        "must match": "keepdim=True keeps the axes, so that the shapes fit each other",
    },
)
