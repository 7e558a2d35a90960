"""The table of *Compare a map with itself*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F  # noqa: F401  (some slips need it)
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial, gradients
from resattn_tutorial.checks.engine.probe import CUT
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_spatial(x: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    mean = x.mean(dim=(2, 3), keepdim=True)
    away = x - mean
    variance = away.square().mean(dim=(2, 3), keepdim=True)
    return torch.sigmoid(away / (variance + 1e-5).sqrt())


class MapTrial(FunctionTrial):
    """Compares the gradient once; elsewhere it depends on how a flat map is met."""

    facts = FunctionTrial.facts | {"finite": "the gradient is a finite number"}

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        yield from super().__call__(report, table, answer, case)
        (found,) = gradients(report, table, answer, self.make(case))
        if case is table.cases[0]:
            yield "gradient", found
        finite = bool(found.isfinite().all())
        yield "finite", "finite numbers" if finite else "nan or infinity"


def uneven(*size: int) -> Tensor:
    """Random maps, each of a level and a spread of its own."""
    draw = torch.Generator().manual_seed(sum(size))
    images, channels = size[:2]
    spread = 1 + 2 * torch.rand(images, channels, 1, 1, generator=draw)
    level = torch.randn(images, channels, 1, 1, generator=draw)
    return spread * (torch.randn(size, generator=draw) + level)


def with_flat_maps() -> Tensor:
    """Two maps are flat, of 2 and of 0."""
    x = uneven(2, 3, 4, 4)
    x[0, 1], x[1, 2] = 2.0, 0.0
    return x


Z = "away / (variance + 1e-5).sqrt()"
END = f"torch.sigmoid({Z})"
MEAN = "x.mean(dim=(2, 3), keepdim=True)"
VARIANCE = "away.square().mean(dim=(2, 3), keepdim=True)"
SIZE = "(variance + 1e-5).sqrt()"
AXES = {
    "(0, 2, 3)": "the statistics run over the batch as well, as in batch norm: here "
    "each image has its own, dim=(2, 3)",
    "(1, 2, 3)": "the statistics run over the channels as well: each map has its own, "
    "dim=(2, 3)",
    "1": "the statistics run over the channels of a pixel; a map's positions are axes "
    "2 and 3",
    "2": "the statistics run over one column only: a map's positions are axes 2 and 3",
    "3": "the statistics run over one row only: a map's positions are axes 2 and 3",
    "0": "the statistics run over the images; a map's positions are axes 2 and 3",
    "(0, 1, 2, 3)": "one mean and one deviation for everything: each map of each image "
    "has its own, dim=(2, 3)",
}
BESSEL = (
    "the deviation divides by one position less (Bessel's correction, which is std's "
    "and var's default): set correction=0"
)
SIGN = (
    "the sign: it is x minus the mean, not the mean minus x; and where you write out "
    "the sigmoid, exp takes minus that"
)
LARGE = "the small number in the denominator is too large: take 1e-5"
HALF = "x - mean is 0 there, and the sigmoid of 0 is 0.5"
LOST = (
    "a mean of squares minus a squared mean: where both are large, rounding swallows "
    "the difference; average the squares of x - mean"
)
SOFTMAX = "a softmax: each value gets a sigmoid of its own"
ENDS = "lowest and highest value scale the map; mean and deviation are asked for"
LOWEST = "x - x.amin((2, 3), True)"
SPAN = "(x.amax((2, 3), True) - x.amin((2, 3), True))"
WEIGHS = "the mask already weighs its input: return the mask alone"


def end(put: str) -> dict[str, str]:
    """Something else comes back."""
    return {END: put}


def divisor(put: str) -> dict[str, str]:
    """Something else divides."""
    return {SIZE: put}


SLIPS = (
    *[Slip(words, {"dim=(2, 3)": f"dim={axes}"}) for axes, words in AXES.items()],
    Slip(BESSEL, divisor("x.std((2, 3), keepdim=True).clamp_min(1e-3)")),
    Slip("the mean is not subtracted", {"away /": "x /"}),
    Slip("the deviation is missing: nothing is divided", {Z: "away"}),
    Slip("the variance divides, and not its root, the deviation",
         divisor("(variance + 1e-5)")),
    Slip("multiplied by the deviation: divide", {"away / (": "away * ("}),
    Slip(SIGN, {"x - mean": "mean - x"}),
    Slip("the brackets: first x - mean, then divide all of it",
         {Z: f"x - mean / {SIZE}"}),
    Slip("a sum of squares divides; the deviation is the root of their mean",
         {".square().mean(": ".square().sum("}),
    Slip("absolute values are averaged: the deviation is a root of mean squares",
         divisor("(away.abs().mean((2, 3), True) + 1e-5)")),
    Slip("the median is subtracted; the mean is asked for",
         {"away /": "(x - x.flatten(2).median(2).values[..., None, None]) /"}),
    Slip(LARGE, *[divisor(form.format(slack)) for slack in (1e-3, 0.01, 0.1, 1)
                  for form in ("(variance + {}).sqrt()", "(variance.sqrt() + {})")]),
    Slip("the sigmoid is missing: the result must lie in (0, 1)", end(Z)),
    Slip("a sigmoid too many", end(f"{END}.sigmoid()")),
    Slip("tanh: a sigmoid is asked for", end(f"({Z}).tanh()")),
    Slip("a ReLU: negative values count too", {Z: f"({Z}).relu()"}),
    Slip("a ReLU: a sigmoid is asked for", end(f"({Z}).relu()")),
    Slip("a clamp: a sigmoid is asked for", end(f"({Z}).clamp(0, 1)")),
    Slip(SOFTMAX, end(f"({Z}).flatten(2).softmax(2).view_as(x)"),
         end(f"({Z}).softmax(1)"), end(f"({Z}).softmax(3)")),
    Slip("a square: below the mean it must be less than 0.5", {Z: f"({Z}).square()"}),
    Slip("this is f1, the plain sigmoid: normalise each map first", {Z: "x"}),
    Slip("this is f2, channel attention", end("F.normalize(x, dim=1)")),
    Slip("the sigmoid comes last: here it stands before the normalisation",
         {"    mean =": "    x = x.sigmoid()\n    mean =", END: Z}),
    Slip("a softmax over the positions: it is another normalisation",
         end("x.flatten(2).softmax(2).view_as(x)")),
    Slip("a reshape after permute mixes the maps: x.flatten(2) keeps each one whole",
         {"    mean =": "    x = x.permute(0, 2, 3, 1).reshape(x.shape)\n    mean ="}),
    Slip(ENDS, *[way(f"({LOWEST}) / {SPAN}") for way in (
        end, lambda put: {Z: put})]),
    Slip("the map is divided by its length; mean and deviation are asked for",
         {Z: "x / x.square().sum((2, 3), True).sqrt()"},
         {Z: "F.normalize(x.flatten(2), dim=2).view_as(x)"}),
    Slip(WEIGHS, end(f"x * {END}"), end(f"(1 + {END}) * x")),
    Slip("the input comes back as it was", end("x")),
    Slip("0 / 0: the deviation of a flat map is 0; add 1e-5 to the variance",
         {" + 1e-5": ""}),
    Slip(HALF, *[end(f"{END}.nan_to_num({put})") | {" + 1e-5": ""} for put in (0, 1)]),
    Slip("the root of 0 has an infinite slope: add the small number to the variance, "
         "before the root", divisor("(variance.sqrt() + 1e-5)")),
    Slip(LOST, {VARIANCE: "x.square().mean((2, 3), True) - mean.square()"}),
    Slip(CUT, {"away = x - mean": "away = x - mean.detach()"},
         divisor(f"{SIZE}.detach()"),
         {"away = x - mean": "away = x - mean.detach()", SIZE: f"{SIZE}.detach()"}),
)
SPATIAL = Table(
    title="Compare a map with itself",
    usage="my_spatial(x)",
    reference=my_spatial,
    cases=(
        Case((uneven(3, 4, 5, 8),),
             "each value is compared with its own map, then comes the sigmoid"),
        Case((uneven(2, 3, 2, 3),),
             "so it is for small maps: the deviation divides by the positions"),
        Case((with_flat_maps(),), "a flat map becomes 0.5", look=HALF),
        Case((uneven(2, 3, 6, 5) / 10,), "a faint map counts like a strong one",
             look="the strength of a map shows: the small number in the denominator is "
             "too large, or something else than the deviation divides"),
        Case((uneven(2, 3, 6, 5) + 1000,), "a level of 1000 does not show", look=LOST),
    ),
    slips=SLIPS,
    trial=MapTrial(dtype=True),
    errors={
        "is invalid for input": "a size is fixed in the code: take it from the "
        "input tensor",
        "running_mean should contain": "a batch norm: the statistics are each image's "
        "own",
        "weight should contain": "a size is fixed in the code: take it from the "
        "input tensor",
        "normalized_shape": "a size is fixed in the code: take it from the "
        "input tensor",
        "must match": "keepdim=True keeps the axes, so that the shapes fit each other",
    },
)
