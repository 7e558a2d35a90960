"""The table of *Another way back*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial, gradients
from resattn_tutorial.checks.engine.functions import ERRORS
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces, first_unlike


def filtered(mask: Tensor, stand_in: Tensor, features: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    back = (1 + stand_in.detach()) * features
    return back + ((1 + mask) * features - back).detach()


class WayBackTrial(FunctionTrial):
    """What comes out, and what each of three inputs gets back."""

    facts = {
        "value": "the values are those of the mask",
        "to_features": "the gradient of the features is weighed by the stand-in",
        "to_masks": "neither mask gets a gradient",
        "dtype": FunctionTrial.facts["dtype"],
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        for name, value in super().__call__(report, table, answer, case):
            if name == "value":
                yield name, value
                found = gradients(report, table, answer, self.make(case))
                yield "to_features", found[2]
                yield "to_masks", [each.abs().max().item() for each in found[:2]]
            else:
                yield name, value

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "to_features" in found and not found["to_features"].any():
            return "no gradient reaches the features: one product must stay attached"
        if first_unlike(found, right) == "to_masks":
            return FREE
        return super().diagnose(found, right)


BACK = "(1 + stand_in.detach()) * features"
VALUE = "(1 + mask) * features"
END = "back + ((1 + mask) * features - back).detach()"
SWAPPED = (
    "mask and stand-in are swapped: the values are the mask's, the gradient is the "
    "stand-in's"
)
FREE = (
    "stand_in is detached wherever it weighs the features, and mask stands in what is "
    "detached as a whole"
)
ONE = "the 1 is missing: this is the residual form, 1 + M"
HELD = "the way back must not go through the mask: detach the difference"


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


SLIPS = (
    end("the stand-in has no effect: this is the usual merge", VALUE),
    end("neither mask may get a gradient; but the stand-in must weigh that of the "
        "features, and here the mask does", "(1 + mask.detach()) * features"),
    end("the difference of the masks is cut off, but is still a factor: it weighs the "
        "gradient of the features. Detach the difference of the two products",
        "(1 + stand_in + (mask - stand_in).detach()) * features"),
    end("these are the stand-in's values: add what is missing to the mask's, detached",
        "back"),
    Slip(SWAPPED, {BACK: "(1 + mask.detach()) * features", VALUE: "(1 + stand_in) * "
                   "features"}),
    end(HELD, "back + ((1 + mask) * features - back.detach())"),
    Slip("the stand-in gets a gradient: detach it, too",
         {BACK: "(1 + stand_in) * features"}),
    Slip("the features are cut off on the way back: detach the stand-in alone",
         {END: f"({VALUE}).detach()"}),
    Slip(ONE, {BACK: "stand_in.detach() * features", VALUE: "mask * features"},
         {BACK: "stand_in.detach() * features"}, {VALUE: "mask * features"}),
    Slip("mask and stand-in are mixed: each of them weighs alone, the one forward, the "
         "other backward", {BACK: "(1 + stand_in.detach()) * (1 + mask) * features",
                            END: "back"},
         {END: "(back + (1 + mask.detach()) * features) / 2"},
         {END: "(back + (1 + mask) * features) / 2"}),
    end("back is counted twice: take it from the difference that is detached",
        "back + ((1 + mask) * features).detach()"),
    end("the sign of the difference: the mask's product minus the way back",
        "back + (back - (1 + mask) * features).detach()"),
    Slip("the stand-in is averaged over the image; it weighs value by value",
         {BACK: "(1 + stand_in.detach().mean((2, 3), keepdim=True)) * features"}),
    Slip("the masks come finished: no sigmoid",
         {BACK: "(1 + stand_in.detach().sigmoid()) * features"},
         {VALUE: "(1 + mask.sigmoid()) * features"}),
)


def drawn(*size: int, alike: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    """A mask, what stands in for it, and features; ``alike`` for all images."""
    generator = torch.Generator().manual_seed(sum(size))
    mask, stand_in, features = torch.randn(3, *size, generator=generator)
    stand_in = stand_in.sigmoid()
    if alike:
        stand_in = stand_in.mean(dim=(0, 2, 3), keepdim=True)
    return mask.sigmoid(), stand_in, features


WAYS_BACK = Table(
    title="Another way back",
    usage="filtered(mask, stand_in, features)",
    reference=filtered,
    cases=(
        Case(drawn(2, 3, 4, 4), title="a stand-in for each image"),
        Case(drawn(3, 4, 2, 5, alike=True), title="one for all images"),
    ),
    slips=SLIPS,
    trial=WayBackTrial(dtype=True),
    errors={
        "detach": "detach() belongs to a tensor: (a - b).detach()",
        "does not require grad": "write the products down, and let autograd go back "
        "through them: nothing is differentiated inside",
        **ERRORS,
    },
)
