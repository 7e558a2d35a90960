"""The table of *The gradient of channel attention*."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_function
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def channel_gradient(x: Tensor, pull: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    length = x.norm(dim=1, keepdim=True)
    mask = x / length
    along = (mask * pull).sum(dim=1, keepdim=True)
    return (pull - mask * along) / length


class FormulaTrial(FunctionTrial):
    """Asks with autograd switched off."""

    def __call__(
        self, report: Report, table: Table, answer: Any, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        unaided = torch.inference_mode()(answer)
        yield from super().__call__(report, table, unaided, case)


def asked(*size: int, seed: int) -> tuple[Tensor, Tensor]:
    """An input and a pull of one size."""
    draw = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(size, generator=draw), torch.randn(size, generator=draw)


END = "(pull - mask * along) / length"
ALONG = "(mask * pull).sum(dim=1, keepdim=True)"
LENGTH = "x.norm(dim=1, keepdim=True)"
SCALE = "the division by the length: once, and here {}"
SCALAR = "the scalar product is a sum over the channels of each pixel: sum(dim=1)"
UNITS = "x stands where m = x / length belongs"
OVER = "the length runs over the channels of a pixel: dim=1"
SLOPE = "this is the sigmoid's gradient; f2 has no sigmoid"
OFF = "autograd is switched off here: write the formula"
COUNTS = ("x.shape[1]", "(x.shape[2] * x.shape[3])", "len(x)", "x.numel()")
SUMS = ("(2, 3)", "(0, 1)", "(1, 2)", "(1, 3)", "(1, 2, 3)", "(0, 1, 2, 3)", "0", "2",
        "3")


def end(put: str) -> dict[str, str]:
    """Something else comes back."""
    return {END: put}


def by_autograd(x: Tensor, pull: Tensor) -> Tensor:
    """What is switched off."""
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad((leaf / leaf.norm(dim=1, keepdim=True) * pull).sum(),
                               leaf)[0]


SLIPS = (
    Slip("the length depends on x too: its part, -m(m·g), is missing",
         end("pull / length")),
    Slip("only the length's part is there: the pull itself is missing",
         end("-mask * along / length")),
    Slip("only the part along m is there: it is what must be subtracted",
         end("mask * along / length")),
    Slip("the sign: the part along m must be subtracted, not added",
         end("(pull + mask * along) / length")),
    Slip("the sign of the whole is flipped", end("(mask * along - pull) / length")),
    Slip(SCALE.format("it is missing"), end("pull - mask * along")),
    Slip(SCALE.format("it comes twice"), end("(pull - mask * along) / length**2")),
    Slip(SCALE.format("it multiplies"), end("(pull - mask * along) * length")),
    Slip("the brackets: both terms are divided by the length",
         end("pull - mask * along / length")),
    Slip("the part along m keeps the length: x stands where m belongs, or brackets are "
         "missing", end("pull / length - mask * along")),
    Slip("each channel acts on the others: sum m·g over the channels first",
         end("pull * (1 - mask.square()) / length")),
    Slip("it is divided by the length alone, not by the number of channels, pixels or "
         "images", *[{END: f"(pull - mask * along) / {once}{count}"}
                     for count in COUNTS for once in ("", "length / ")]),
    Slip("the part along m is m(m·g): the pull stands under the sum. m(m·m) is m "
         "itself", *map(end, ("(pull - mask) / length", "mask / length",
                              "(pull - pull * mask) / length"))),
    Slip(SCALAR, *[{ALONG: f"(mask * pull).sum({axes}, True)"} for axes in SUMS],
         {ALONG: "(mask * pull).mean(1, keepdim=True)"},
         {ALONG: "mask.sum(1, keepdim=True) * pull.sum(1, keepdim=True)"}),
    Slip(UNITS, end("(pull - x * (x * pull).sum(1, keepdim=True)) / length")),
    Slip("the product m·g stands alone: m must be multiplied by it",
         end("(pull - along) / length")),
    Slip("x and the pull are swapped", {
        "    length": "    x, pull = pull, x\n    length"}),
    Slip("the scalar product is m·g: the pull belongs under the sum",
         end("pull * (1 - mask * mask.sum(1, keepdim=True)) / length")),
    Slip("the absolute values of x: its signs count",
         {"x / length": "x.abs() / length"}),
    Slip("the length is the root of the sum of squares, not a sum of values",
         {LENGTH: "x.abs().sum(1, keepdim=True)"},
         {LENGTH: "x.square().sum(1, keepdim=True)"},
         {LENGTH: "x.square().mean(1, keepdim=True).sqrt()"}),
    Slip("m and the pull are swapped", end("(mask - pull * along) / length")),
    Slip("the part along the pull is subtracted; subtract the one along m",
         end("(pull - pull * along) / length")),
    Slip(OVER, *[{LENGTH: f"x.square().sum({axes}, True).sqrt()", ALONG: product}
                 for axes in ("(2, 3)", "(1, 2, 3)", "(0, 1, 2, 3)") for product in (
                     ALONG, f"(mask * pull).sum({axes}, keepdim=True)")]),
    Slip(SLOPE, end("pull * x.sigmoid() * (1 - x.sigmoid())"),
         end("pull * mask * (1 - mask)")),
    Slip("the pull is missing: it is the gradient that arrives at the output",
         end("(1 - mask * mask.sum(1, keepdim=True)) / length"),
         end("(1 - mask.square()) / length")),
    Slip("a small number is added to the length: no position is 0 in all channels, "
         "and so it is not needed",
         *[{END: f"(pull - mask * along) / (length + {slack})"} for slack in (0.1, 1)]),
    Slip("this is the mask; its gradient is asked for", end("mask")),
    Slip("this is the pull as it came", end("pull")),
    Slip("this is mask times pull; its gradient is asked for", end("mask * pull")),
    Slip(OFF, by_autograd),
)
SLOPES = Table(
    title="The gradient of channel attention",
    usage="channel_gradient(x, pull)",
    reference=channel_gradient,
    cases=(
        Case(asked(2, 3, 4, 5, seed=1), "it is the gradient that autograd finds"),
        Case(asked(1, 6, 3, 2, seed=2), "so it is for another size"),
        Case(asked(3, 1, 2, 2, seed=3),
             "with a single channel nothing can move: the gradient is 0"),
    ),
    slips=SLIPS,
    trial=FormulaTrial(dtype=True),
    errors={
        "does not require grad": OFF,
        "inference": OFF,
        "batch2": "@ multiplies matrices: write m * g, and sum over dim=1",
        "is invalid for input": "a size is fixed in the code: take it from the "
        "input tensor",
        "must match": "keepdim=True keeps the axes, so that the shapes fit each other",
    },
)
