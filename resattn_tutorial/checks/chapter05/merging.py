"""The table of *The backward pass of a merge*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import ERRORS, kind
from resattn_tutorial.checks.engine.kept import OF_TENSOR
from resattn_tutorial.checks.engine.probe import DTYPE, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces

Pair = tuple[Tensor, Tensor]


def send_back(mask: Tensor, trunk: Tensor, gradient: Tensor, form: str) -> Pair:
    """The solution, and what the slips change."""
    factor = mask if form == "naive" else 1 + mask
    return factor * gradient, trunk * gradient


def read_pair(report: Report, came: Any) -> Pair:
    """The two tensors that came back."""
    if isinstance(came, Tensor) and came.dim() == 5:
        came = tuple(came)  # stacked, they unpack just as well
    right = isinstance(came, tuple | list) and len(came) == 2
    if not right or not all(isinstance(x, Tensor) for x in came):
        refuse(report, f"two tensors must come back, got {kind(came)}",
               "the last line is `return to_trunk, to_mask`")
    return tuple(came)


class PairTrial(FunctionTrial):
    """Two tensors, each a trace of its own."""

    facts = {
        "to_trunk": "the trunk's gradient is right",
        "to_mask": "the mask's gradient is right",
        "dtype": FunctionTrial.facts["dtype"],
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        for _, pair in super().__call__(report, table, answer, case):
            yield "to_trunk", pair[0].detach()
            yield "to_mask", pair[1].detach()
        *maps, form = self.make(case)
        inputs = *(x.double() for x in maps), form
        pair = self.read(report, self.once(report, table, answer, inputs))
        for x in pair:
            if x.dtype != torch.float64:
                refuse(report, f"float64 went in, {x.dtype} came out", DTYPE)
        yield "dtype", "torch.float64"

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        for name in ("to_trunk", "to_mask"):
            if name in found and found[name].shape != right[name].shape:
                return SUMMED
        return None


def by_marking(mask: Tensor, trunk: Tensor, gradient: Tensor, form: str) -> Pair:
    """By autograd on the very tensors that came."""
    mask.requires_grad_(), trunk.requires_grad_()
    out = (mask if form == "naive" else 1 + mask) * trunk
    return torch.autograd.grad((out * gradient).sum(), (trunk, mask))


FACTOR = 'mask if form == "naive" else 1 + mask'
FIRST, SECOND = "factor * gradient", "trunk * gradient"
BOTH = f"{FIRST}, {SECOND}"
NAIVE = "this is the residual form's factor, 1 + M: the naive form's is M"
RESIDUAL = "this is the naive form's factor, M: the residual form's is 1 + M"
ONE = "the 1 in 1 + M counts the whole gradient once: (1 + M) * gradient"
ALONE = "the 1 is added to the mask, not multiplied with it: T alone is left"
SIGN = "the sign: a gradient is asked for, not a step against it"
SIGNS = "the signs get lost: no abs, no ReLU"
BACK = "the gradient that came back is missing: multiply by it"
OWN = "every value of the mask acts on its own value of the gradient: no mean"
SUMMED = "one gradient for each value of the map: no sum and no mean"
FINISHED = "use the mask as it comes, it is already finished"
WHERE = "another size and any mask"
SHARES = ("len(mask)", "mask[0].numel()", "mask.numel()", "mask[0, 0].numel()")


def to_trunk(words: str, *puts: str) -> Slip:
    """Another gradient for the trunk's output."""
    return Slip(words, *[{FIRST: put} for put in puts])


def to_mask(words: str, *puts: str) -> Slip:
    """Another gradient for the mask."""
    return Slip(words, *[{SECOND: put} for put in puts])


def in_residual(*puts: str) -> list[dict[str, str]]:
    """Another gradient for the trunk's output, in the residual form alone."""
    return [{FIRST: f'({FIRST} if form == "naive" else {put})'} for put in puts]


def drawn(form: str, *size: int, any_mask: bool = False) -> Case:
    """Maps of one size, and the form."""
    draw = torch.Generator().manual_seed(sum(size) + len(form))
    mask, trunk, gradient = torch.randn(3, *size, generator=draw)
    mask, where = (mask, f"{form}, {WHERE}") if any_mask else (mask.sigmoid(), form)
    return Case((mask, trunk, gradient, form), title=where)


SLIPS = (
    Slip(NAIVE, {FACTOR: "1 + mask"}),
    Slip(RESIDUAL, {FACTOR: "mask"}),
    Slip("the forms are swapped: the naive form's factor is M, the residual form's "
         "1 + M", {'form == "naive"': 'form != "naive"'}),
    Slip("the two are swapped: the trunk's gradient comes first",
         {BOTH: f"{SECOND}, {FIRST}"}),
    Slip("the trunk must not multiply its own gradient, nor the mask its own",
         {BOTH: "factor * trunk * gradient, factor * trunk * gradient"}),
    Slip("the gradient is weighted before it goes to both: the factor belongs to the "
         "trunk's alone", {BOTH: f"{FIRST}, factor * {SECOND}"},
         {BOTH: f"{FIRST}, (1 + mask) * {SECOND}"}),
    to_trunk("the mask has no effect: this is the gradient that came", "gradient"),
    to_trunk("the gradient that came back is missing: multiply by it", "factor"),
    to_trunk("this is the forward pass: a gradient multiplies what came back",
             "factor * trunk"),
    to_trunk("the trunk itself must not multiply its own gradient",
             "factor * trunk * gradient"),
    to_trunk("the factor comes in twice", "factor**2 * gradient"),
    Slip(ONE, *in_residual("(trunk + mask * gradient)", "(1 + mask * gradient)",
                           "(2 + mask) * gradient", "2 * mask * gradient")),
    to_trunk("the sign: nothing is subtracted in either merge",
             "(1 - mask) * gradient"),
    to_trunk(SIGN, "-factor * gradient"),
    to_mask(SIGN, "-trunk * gradient"),
    Slip(SIGN, {BOTH: "-factor * gradient, -trunk * gradient"}),
    to_trunk(SIGNS, f"({FIRST}).abs()", f"({FIRST}).relu()", "factor * gradient.abs()"),
    to_mask(SIGNS, f"({SECOND}).abs()", f"({SECOND}).relu()", "trunk * gradient.abs()"),
    to_trunk("a merge multiplies, and so does its gradient: no division",
             "gradient / factor"),
    Slip(FINISHED, *[{"    factor": f"    mask = {put}\n    factor"}
                     for put in ("mask.sigmoid()", "mask.clamp(0, 1)")]),
    to_trunk(OWN, *[f"factor.mean({axes}, keepdim=True) * gradient"
                    for axes in ("1", "(2, 3)", "(0, 1, 2, 3)")]),
    to_mask(ALONE, "(1 + trunk) * gradient", "(trunk - 1) * gradient",
            "(gradient + trunk)", "(1 + trunk * gradient)"),
    Slip(f"{ALONE}, in both forms", {BOTH: f"{FIRST}, (trunk if form == 'naive' else "
         "1 + trunk) * gradient"}),
    to_mask("this is the trunk's gradient again: for the mask, the trunk is the factor",
            "factor * gradient", "mask * gradient"),
    to_mask("the mask must not multiply its own gradient", "mask * trunk * gradient"),
    to_mask(BACK, "trunk"),
    Slip(BACK, {BOTH: "factor, trunk"}),
    to_mask("the trunk has no effect: this is the gradient that came", "gradient"),
    to_mask("the sigmoid's slope belongs to the mask branch: stop at the mask",
            "mask * (1 - mask) * trunk * gradient"),
    to_mask("a mask gets a gradient in both forms", "0 * gradient",
            f'({SECOND} if form == "naive" else 0 * gradient)'),
    Slip(SUMMED,
         *[{BOTH: f"{FIRST} / {count}, {SECOND} / {count}"} for count in SHARES],
         *[{one: f"({one}).sum(0)"} for one in (FIRST, SECOND)]),
    Slip(OF_TENSOR["asks"].reason, by_marking),
)
MERGING = Table(
    title="The backward pass of a merge",
    usage="send_back(mask, trunk, gradient, form)",
    reference=send_back,
    cases=(
        drawn("naive", 2, 3, 4, 4),
        drawn("residual", 2, 3, 4, 4),
        drawn("naive", 1, 5, 3, 7, any_mask=True),
        drawn("residual", 1, 5, 3, 7, any_mask=True),
    ),
    slips=SLIPS,
    trial=PairTrial(read=read_pair),
    errors={
        "referenced before": "form is either 'naive' or 'residual', as a string",
        "not associated with": "form is either 'naive' or 'residual', as a string",
        "does not require grad": "the inputs come without a graph: write the product "
        "down",
        **ERRORS,
    },
)
