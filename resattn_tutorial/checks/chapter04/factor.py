"""The table of *Set a factor*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F  # noqa: F401  (some slips need it)
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import ENDED, Traces, alike


def set_factor(x: Tensor, channel: int, factor: float) -> Tensor:
    """The solution, and what the slips change."""
    m = factor - 1
    copy = x.clone()
    copy[:, channel] = 0
    rest = copy.norm(dim=1)
    copy[:, channel] = m * rest / (1 - m**2) ** 0.5
    return copy


class FactorTrial(FunctionTrial):
    """Looks at the other channels first."""

    facts = FunctionTrial.facts | {
        "shape": "the result has x's shape",
        "others": "the other channels stay",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        x, channel, _ = case.asked
        for name, value in super().__call__(report, table, answer, case):
            if name == "value":
                yield "shape", tuple(value.shape)
                if value.shape == x.shape:
                    others = value.clone()
                    others[:, channel] = 0
                    yield "others", others
            yield name, value

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if ENDED in found:
            return None
        if "others" not in found:
            return WHOLE
        changed = not alike(found["others"], right["others"])
        return OTHERS if changed else super().diagnose(found, right)


def asked(*size: int, channel: int, factor: float) -> tuple[Tensor, int, float]:
    """Values that are partly 0 in the channel, and what is wanted of it."""
    draw = torch.Generator().manual_seed(channel)
    x = 2 * torch.randn(size, generator=draw) + 0.5
    x[0, channel, 0, :2] = 0
    return x, channel, factor


VALUES = "m * rest / (1 - m**2) ** 0.5"
PUT = f"copy[:, channel] = {VALUES}"
END = "return copy"
M = "m = factor - 1"
REST = "copy.norm(dim=1)"
LENGTH = (
    "the length is the root of the sum of squares over the channels: each position has "
    "its own length"
)
NO_LENGTH = (
    "the length of the other channels is missing: it differs from pixel to pixel"
)
OWN = "the length holds the channel's old value; only the others count"
ZERO = "the channel's old value has no part in the new one: do not divide by it"
SIGN = "the sign: below 1 the value is negative, above 1 positive{}"
OTHERS = "the other channels changed as well: only one may"
EACH = "each position has its own length: {}"
SIGMOID = "this undoes a sigmoid; f2 has none"
WHOLE = "return the whole copy of x, in which one channel is replaced"
MASK = "this is the mask; a copy of x is asked for whose mask is m in this channel"
BOUNDS = (
    "the factor is held within bounds: it may be any number between 0 and 2, and near "
    "them the value grows without end"
)


def values(put: str) -> dict[str, str]:
    """Other values for the channel."""
    return {VALUES: put}


def length(put: str) -> dict[str, str]:
    """Another length."""
    return {REST: put}


def end(put: str) -> dict[str, str]:
    """Something else comes back."""
    return {END: f"return {put}"}


def stepwise(steps: int) -> dict[str, str]:
    """Some steps towards the value, in place of the formula."""
    step = "; ".join([f"copy[:, channel] = m * {REST}"] * steps)
    return {"copy[:, channel] = 0": "pass", PUT: step}


SLIPS = (
    Slip("the channel is filled with m itself, and f2 divides that by the length",
         values("m")),
    Slip("these are the values of 1 + M itself", values("factor")),
    Slip("1 - m is neither the mask nor its factor: they are m and 1 + m",
         values("1 - m"), end("1 - F.normalize(copy, dim=1)")),
    Slip("the factor is fixed: take it from the arguments",
         {M: "m = -0.8"}, {M: "m = 0.7"}),
    Slip(NO_LENGTH, values("m / (1 - m**2) ** 0.5")),
    Slip("the channel's own value counts in the length: divide by sqrt(1 - m*m)",
         values("m * rest")),
    Slip("1 - m*m stands under a root", values("m * rest / (1 - m**2)")),
    Slip("the square is missing under the root: 1 - m*m, not 1 - m",
         values("m * rest / (1 - m) ** 0.5"),
         values("m * rest / (1 - abs(m)) ** 0.5")),
    Slip("the root divides, it does not multiply",
         values("m * rest * (1 - m**2) ** 0.5")),
    Slip("1 - m*m under the root, not 1 + m*m", values("m * rest / (1 + m**2) ** 0.5")),
    Slip(OWN, length("x.norm(dim=1)"), values("m * x.norm(dim=1)")),
    Slip(ZERO, values(f"x[:, channel] * ({VALUES} / x[:, channel])")),
    Slip(SIGN.format(""), values(f"-{VALUES}"), values(f"abs({VALUES})")),
    Slip(SIGN.format(", whatever it was in x"),
         values(f"x[:, channel].sign() * abs({VALUES})")),
    Slip(SIGN.format("; 0 is not enough"), values(f"({VALUES}).clamp_min(0)")),
    Slip("M is factor - 1, not half the factor", {M: "m = factor / 2"}),
    Slip("M is factor - 1, not factor", {M: "m = factor", "1 - m**2": "abs(1 - m**2)"}),
    Slip("the squares of the others are summed, and their root is taken",
         length("copy.norm(dim=1) ** 2")),
    Slip("this is v squared: take its root, and give it the sign of m",
         values("m * abs(m) * rest**2 / (1 - m**2)")),
    Slip("each step comes nearer, but there are too few: solve for v",
         *map(stepwise, (2, 3, 5))),
    Slip(EACH.format("sum over dim=1 alone"), *[
         length(f"{whole}.square().sum({axes}, True).sqrt().squeeze(1)")
         for whole in ("copy", "x") for axes in ((1, 2, 3), (0, 1, 2, 3))]),
    Slip(EACH.format("no mean over positions or images"), *[
         length(f"{REST}.mean({axes}, keepdim=True)")
         for axes in ((1, 2), (0,), (0, 1, 2))]),
    Slip(LENGTH, *map(length, (
         "copy.abs().sum(1)", "copy.sum(1)", "copy.abs().mean(1)", "copy.mean(1)",
         "copy.abs().amax(1)", f"{REST} / x.shape[1] ** 0.5",
         f"{REST} / (x.shape[1] - 1) ** 0.5", "copy.sum(1) / (x.shape[1] - 1)",
         "copy.abs().sum(1) / (x.shape[1] - 1)"))),
    Slip(SIGMOID, values("torch.tensor(factor / (2 - factor)).log()"),
         values("torch.tensor(factor / (2 - factor)).log() / 2")),
    Slip(BOUNDS, *[{M: f"m = min(max(factor, {1 - far}), {1 + far}) - 1"}
                   for far in (0.7, 0.8, 0.9)],
         {M: "m = max(factor, 0.2) - 1"}, {M: "m = min(factor, 1.7) - 1"},
         values(f"({VALUES}).clamp(-3, 3)")),
    Slip("the values are added to the channel; they replace it",
         {PUT: f"copy[:, channel] = x[:, channel] + {VALUES}"}),
    Slip("the channel is multiplied by the values; they replace it",
         {PUT: f"copy[:, channel] = x[:, channel] * ({VALUES})"}),
    Slip("nothing has changed: this is x", end("x")),
    Slip(MASK, end("F.normalize(copy, dim=1)"), end("1 + F.normalize(copy, dim=1)"),
         end("F.normalize(x, dim=1)"), end("1 + F.normalize(x, dim=1)")),
    Slip(OTHERS, end("factor * x"),
         {"copy = x.clone()": "copy = F.normalize(x, dim=1)", VALUES: "m"},
         {"copy = x.clone()": "copy = F.normalize(x, dim=1)"},
         {REST: REST + "; copy.zero_()"}),
    *[Slip(f"channel {k} was changed, whichever is asked for",
           {"    m =": f"    channel = {k}\n    m ="}) for k in range(2)],
    Slip("the last channel was changed, whichever is asked for",
         {"    m =": "    channel = -1\n    m ="}),
    Slip("another channel was changed than the one asked for: they are counted from 0",
         {"    m =": "    channel = (channel + 1) % x.shape[1]\n    m ="},
         {"    m =": "    channel = channel - 1\n    m ="}),
    Slip("one image has changed: all images of the batch are meant",
         *[{END: f"x = x.clone(); x[{k}] = copy[{k}]; return x"}
           for k in (0, -1, "channel % len(x)")]),
    Slip("x[channel] is an image; a channel is x[:, channel]",
         {PUT: f"k = channel % len(x); copy = x.clone(); copy[k] = ({VALUES})[k]"},
         {"copy[:, channel]": "copy[channel]"}),
    Slip(WHOLE, end("copy[:, channel]"), end("copy[:, channel:channel + 1]")),
)
FACTOR = Table(
    title="Set a factor",
    usage="set_factor(x, channel, factor)",
    reference=set_factor,
    cases=(
        Case(asked(2, 4, 3, 5, channel=1, factor=0.2),
             "a factor of 0.2: the value comes out below 0"),
        Case(asked(2, 4, 3, 5, channel=2, factor=1.7),
             "a factor of 1.7 in another channel"),
        Case(asked(1, 6, 4, 2, channel=5, factor=0.9),
             "0.9 in the last of six channels"),
        Case(asked(3, 2, 1, 4, channel=0, factor=1.0), "a factor of 1: the value is 0"),
        Case(asked(2, 3, 2, 2, channel=1, factor=0.06), "0.06, near the lower bound"),
        Case(asked(2, 3, 2, 2, channel=0, factor=1.93), "1.93, near the upper bound"),
    ),
    slips=SLIPS,
    trial=FactorTrial(dtype=True),
    errors={
        "is invalid for input": "a size is fixed in the code: take it from the "
        "input tensor",
    },
)
