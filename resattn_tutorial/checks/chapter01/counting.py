"""The table of *Count the identity unit*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def count_unit(channels: int, size: int) -> tuple[int, int]:
    """The solution, and what the slips change."""
    width = channels // 4
    weights = channels * width + 9 * width**2 + width * channels
    norms = 2 * (channels + width + width)
    return weights + norms, weights * size**2


WEIGHTS = "channels * width + 9 * width**2 + width * channels"
NORMS = "2 * (channels + width + width)"
WORK = "weights * size**2"
SUM = "weights + norms"
PAIR = f"{SUM}, {WORK}"
# The words, and the weights or the batch norms that are counted.
KERNELS = {
    "the 3x3 has nine weights for each pair of channels, and the 1x1 count too":
        "channels * width + width**2 + width * channels",
    "with w = channels / 4, a 1x1 has 4 w * w weights, the 3x3 has 9 w * w":
        "11 * width**2",
    "the bottleneck is missing: inside, the unit has channels / 4":
        "11 * channels**2",
    "the 3x3 stands inside the bottleneck: channels / 4 come in and go out":
        "2 * channels * width + 9 * channels**2",
    "the 3x3 stands inside the bottleneck: only channels / 4 come in":
        "11 * channels * width",
    "there are two 1x1 convolutions, one down and one up":
        "channels * width + 9 * width**2",
    "the bottleneck is channels / 4 wide, not channels / 2": "52 * width**2",
    "the 3x3 convolution is missing": "2 * channels * width",
    "the 3x3 sees all its input channels: 9 * w * w weights, not 9 * w":
        "2 * channels * width + 9 * width",
}
SCALES = {
    "the batch norms' scales and shifts are missing": "0",
    "each batch norm has two numbers a channel, a scale and a shift":
        "channels + width + width",
    "the convolutions have no biases": "3 * (channels + width + width)",
    "running means and variances are not learned, so they do not count; or do you "
    "give all the channels to each batch norm? Two of them have a quarter":
        "6 * channels",
    "the two batch norms inside the bottleneck are missing": "2 * channels",
    "the first batch norm, of all the channels, is missing": "4 * width",
    "one of the two batch norms inside the bottleneck is missing":
        "2 * (channels + width)",
    "the first batch norm has all the channels, the other two a quarter":
        "2 * (2 * channels + 2 * width)",
    "there are three batch norms, of channels, channels / 4 and channels / 4":
        "2 * (channels + 3 * width)",
}
WORKS = {
    "a multiplication and its addition count as one multiply-add": [f"2 * {WORK}"],
    "that is one pixel: each weight works at size * size of them": ["weights"],
    "a map has size * size pixels, not size": ["weights * size"],
    "the pixels are counted twice": ["weights * size**4"],
    "the number itself is asked for, not millions or billions":
        [f"{WORK} / 1e6", f"{WORK} / 1e9"],
    "each weight works at every pixel: times size * size": ["weights + norms"],
    "the 3x3 works on the padding's zeros too: nine weights at every pixel":
        ["8 * width**2 * size**2 + width**2 * (3 * size - 2)**2"],
    "the 3x3 is padded, so its output has size * size pixels too":
        ["8 * width**2 * size**2 + 9 * width**2 * (size - 2)**2"],
    "only the convolutions' multiply-adds count, not those of batch norms, biases, "
    "ReLUs or the sum": [
        f"(weights + {more}) * size**2" for more in (
            "channels", "norms // 2", "channels + norms // 2", "norms",
            "norms + channels", "norms // 2 * 3", "norms // 2 * 3 + channels",
            "2 * norms")],
}


class CountTrial(FunctionTrial):
    """The two numbers are judged one by one."""

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.engine.table.Trial`."""
        for _, pair in super().__call__(report, table, answer, case):
            yield from zip(("parameters", "multiply-adds"), pair, strict=True)


def read(report: Report, came: Any) -> tuple[Tensor, Tensor]:
    """Two numbers."""
    came = came.tolist() if hasattr(came, "tolist") else came
    if not isinstance(came, tuple | list) or len(came) != 2:
        kind = "None" if came is None else repr(came)[:60]
        refuse(report, f"two numbers must come back, got {kind}",
               "the last line is `return parameters, multiply_adds`")
    pair = [n.item() if isinstance(n, Tensor) and n.dim() == 0 else n for n in came]
    if not all(isinstance(n, Real) and not isinstance(n, bool) for n in pair):
        refuse(report, f"two numbers must come back, got {repr(came)[:60]}",
               "return the numbers themselves, not text or lists")
    return tuple(map(counted, pair))


def counted(number: Real) -> Tensor:
    """A number as a tensor, so that it is told from others exactly."""
    whole = float(number).is_integer()
    return torch.tensor(int(number) if whole else float(number),
                        dtype=torch.int64 if whole else torch.float64)


def asked(channels: int, size: int) -> Case:
    """One question, and what is right."""
    parameters, work = count_unit(channels, size)
    return Case((channels, size), f"count_unit({channels}, {size}): {parameters:,} "
                f"parameters and {work:,} multiply-adds")


COUNT = Table(
    title="The unit's cost",
    usage="count_unit(channels, size)",
    reference=count_unit,
    cases=(asked(64, 56), asked(256, 14), asked(32, 7), asked(4, 1)),
    slips=(
        *[Slip(words, {WEIGHTS: put}, {SUM: f"{put} + norms"},
               {WORK: f"({put}) * size**2"}) for words, put in KERNELS.items()],
        *[Slip(words, {NORMS: put}) for words, put in SCALES.items()],
        *[Slip(words, *[{WORK: put} for put in puts]) for words, puts in WORKS.items()],
        Slip("the bottleneck's width is a quarter of the channels",
             *[{"channels // 4": put}
               for put in ("channels // 2", "channels // 8", "channels")]),
        Slip("the two are swapped: the parameters come first",
             {PAIR: f"{WORK}, {SUM}"}),
    ),
    trial=CountTrial(read=read),
)
