"""The table of *The module repaired*.

The parts are small stand-ins that note how often they are called. No two of them
commute, so that every wiring gives an output of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import ERRORS
from resattn_tutorial.checks.engine.probe import CUT
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces, alike

Branch = Callable[[Tensor], Tensor]


def repaired_module(x: Tensor, trunk: Branch, mask: Branch, after: Branch) -> Tensor:
    """The solution, and what the slips change."""
    features = trunk(x)
    weights = mask(x)
    return after(features + weights * features)


class Part:
    """A stand-in for a branch: a 3x3 convolution and ``finish(x, convolved)``."""

    def __init__(self, name: str, channels: int, finish: Callable) -> None:
        draw = torch.Generator().manual_seed(len(name))
        weight = torch.randn(channels, channels, 3, 3, generator=draw)
        self.weight = weight / (9 * channels) ** 0.5
        self.name, self.finish, self.calls = name, finish, 0

    def __call__(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.finish(x, F.conv2d(x, self.weight.to(x.dtype), padding=1))


def parts(*size: int, **others: Branch) -> tuple[Tensor, Branch, Branch, Branch]:
    """An input, and stand-ins for trunk, mask and the unit after the merge."""
    draw = torch.Generator().manual_seed(sum(size))
    made = {
        "trunk": Part("trunk", size[1], lambda x, y: x + torch.tanh(2 * y)),
        "mask": Part("mask", size[1], lambda x, y: torch.sigmoid(3 * y)),
        "after": Part("after it", size[1], lambda x, y: x + torch.sin(2 * y)),
    }
    return torch.randn(size, generator=draw), *(made | others).values()


def calls(x: Tensor, *branches: Any) -> dict[str, Any]:
    """How often each stand-in was called."""
    found = {b.name: b.calls for b in branches if isinstance(b, Part)}
    return {"calls": found}


def untouched(x: Tensor) -> Tensor:
    """A trunk that gives back what came."""
    return x


class WiringTrial(FunctionTrial):
    """Counts how often a part is asked, too."""

    facts = FunctionTrial.facts | {"calls": "each part is called once"}

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "calls" in found and alike(found["value"], right["value"]) and (
            found["calls"] != right["calls"]
        ):
            return "give its result a name and use that: a second pass costs as much"
        return super().diagnose(found, right)


SUM, PRODUCT = "features + weights * features", "weights * features"
END = f"after({SUM})"
TWICE = "the trunk comes twice: the 1 already stands for it"
LATE = "`after` must come last: it is applied to the merged map"
WHOLE = "the mask must weigh the trunk's whole output, and nothing before it"
SUMMED = "`after` must take the whole sum, not a part of it"
FINISHED = "use the mask as it comes, it is already finished"
PARTS = "a part is left out, or swapped with another one: {}"
READS = "the mask must read the module's input x"
ADDS = "Equation 3 adds the trunk's output to the product, not the module's input"
OVERWRITTEN = (
    "an in-place operation (+=, *=) overwrites what the trunk has returned, and that "
    "may be x itself: make a new tensor instead"
)


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


SLIPS = (
    Slip(READS, {"mask(x)": "mask(features)"}),
    Slip(ADDS, {"features +": "x +"}),
    Slip("nothing is added to the product: that is Equation 1", {"features + ": ""}),
    Slip("x is added once too often: the trunk's units carry it already",
         {"features +": "x + features +"}),
    Slip("the mask must weigh the trunk's output", {PRODUCT: "weights * x"}),
    Slip(LATE, {PRODUCT: "weights * after(features)", "return after(": "return ("},
         {SUM: "(1 + weights) * after(features)", "return after(": "return ("}),
    Slip("the unit `after` is missing", {"return after(": "return ("}),
    Slip("x is added to the output of `after`, which has a shortcut of its own",
         {"return after(": "return x + after("}),
    Slip(f"{READS}; and {LATE}", {
        "mask(x)": "mask(features)", "return after(": "return (",
        SUM: "(1 + weights) * after(features)"}),
    Slip(f"{READS}; and {ADDS}; and {LATE}", {
        "mask(x)": "mask(features)", END: "x + weights * after(features)"}),
    end("the merge is missing: this is after(trunk(x))", "after(features)"),
    end("nothing is done: x comes back as it was", "x"),
    end("the trunk comes twice, once in itself",
        "after((1 + weights) * trunk(features))"),
    end(TWICE, "after((2 + weights) * features)"),
    end("the mask is added to the trunk; it has to be multiplied",
        "after(features + weights)"),
    end("the sign: it is 1 + mask, not 1 - mask", "after((1 - weights) * features)"),
    end(SUMMED, "features + after(weights * features)",
        "after(features) + after(weights * features)"),
    end("`after` must come once", f"after({END})"),
    end(WHOLE, "x + (1 + weights) * (features - x)",
        "after(x + (1 + weights) * (features - x))",
        "after(x + weights * (features - x))", "after(trunk((1 + weights) * x))"),
    end("no ReLU: the units bring their own", f"{END}.relu()",
        f"after(({SUM}).relu())"),
    end("the brackets: 1 + mask * trunk multiplies first",
        "after(1 + weights * features)"),
    Slip(FINISHED, *[{"mask(x)": f"mask(x){put}"} for put in (
        ".sigmoid()", ".gt(0.5)", ".clamp(0, 1)", ".softmax(1)", ".mean(1, True)",
        ".mean((2, 3), True)", ".mean()")]),
    end(PARTS.format("this is the merge of x with its mask"),
        "after((1 + weights) * x)"),
    end(PARTS.format("trunk and mask are swapped"),
        "after((1 + features) * weights)"),
    end(PARTS.format("`after` does the trunk's work"),
        "trunk((1 + weights) * after(x))"),
    end(PARTS.format("`after` comes first"),
        "(1 + mask(after(x))) * trunk(after(x))"),
    Slip(CUT, {"mask(x)": "mask(x).detach()"}, {PRODUCT: f"({PRODUCT}).detach()"},
         {"trunk(x)": "trunk(x).detach()"}),
    end(OVERWRITTEN, "after(features.mul_(1 + weights))",
        "after(features.add_(weights * features))"),
)
REPAIR = Table(
    title="The module repaired",
    usage="repaired_module(x, trunk, mask, after)",
    reference=repaired_module,
    cases=(
        Case(parts(2, 3, 5, 4), "the output is that of the paper's wiring"),
        Case(parts(1, 5, 3, 6), "so it is for other parts and another size"),
        Case(parts(2, 3, 3, 4, mask=torch.zeros_like),
             "a mask of zeros leaves after(trunk(x))"),
        Case(parts(2, 3, 4, 3, mask=torch.negative),
             "the mask's values are taken as they come"),
        Case(parts(2, 3, 3, 3, trunk=untouched),
             "so it is for a trunk that gives back x"),
    ),
    slips=SLIPS,
    trial=WiringTrial(seen=calls, gradient=True, dtype=True),
    errors={
        "Expected size for first two": "`@` is the matrix product: `*` multiplies "
        "elementwise",
        "inplace operation": "an in-place operation (+=, mul_) changed what a part had "
        "returned, and the graph still needs it: make a new tensor instead",
        **ERRORS,
    },
)
