"""The table of *What each position teaches*."""

from __future__ import annotations

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter05.merging import (
    FACTOR,
    FINISHED,
    MERGING,
    NAIVE,
    RESIDUAL,
    SIGN,
)
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def filter_gradient(mask: Tensor, x: Tensor, gradient: Tensor, form: str) -> Tensor:
    """The solution, and what the slips change."""
    factor = mask if form == "naive" else 1 + mask
    return torch.einsum("nkhw,nchw->kc", factor * gradient, x)


SIGNAL = "factor * gradient"
END = f'torch.einsum("nkhw,nchw->kc", {SIGNAL}, x)'
SUMS = "the parts of all positions and images are added up: no mean"
EACH = "each position is weighted by its own value of the mask, before the sum"
TWO_SUMS = "multiply position by position, then sum: not a product of two sums"
LEFT_OUT = "all positions teach: some rows or columns are left out"
ONE = "the 1 in 1 + M stands for the whole gradient, at every position"
ALL = "all images teach: sum over the batch, too"
NO_X = "x is missing: the gradient for W_kc is the gradient for T_k, times x_c"
SCRAMBLED = "reshape does not swap axes: transpose(0, 1) first, then flatten(1)"


def drawn(k: int, c: int, *area: int, images: int, form: str) -> Case:
    """A mask, an input and a gradient; of a single image the mask may be anything."""
    draw = torch.Generator().manual_seed(images + len(form))
    mask = torch.rand(images, k, *area, generator=draw)
    mask = 6 * mask - 3 if images == 1 else mask
    gradient = torch.randn(images, k, *area, generator=draw)
    x = torch.randn(images, c, *area, generator=draw)
    fact = f"{form}: {c} to {k} channels, a batch of {images}"
    return Case((mask, x, gradient, form), fact + " and any mask" * (images == 1))


def summed(rule: str, signal: str = SIGNAL, x: str = "x") -> str:
    """Another sum of products."""
    return f'torch.einsum("{rule}", {signal}, {x})'


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


def signal(words: str, *puts: str) -> Slip:
    """Something else reaches the trunk."""
    return Slip(words, *[{SIGNAL: put} for put in puts])


def residual(put: str) -> dict[str, str]:
    """Something else comes back in the residual form."""
    return {END: f'({END} if form == "naive" else {put})'}


def cut(rows: str, columns: str) -> str:
    """The sum over a part of the area."""
    part = f"[..., :{rows}, :{columns}]"
    return summed("nkhw,nchw->kc", f"({SIGNAL}){part}", f"x{part}")


SHORT = "min(x.shape[2:])"
UNWEIGHED = summed("nkhw,nchw->kc", "gradient")
MASKED = summed("nkhw,nchw->kc", "mask * gradient")
SLIPS = (
    Slip(NAIVE, {FACTOR: "1 + mask"}),
    Slip(RESIDUAL, {FACTOR: "mask"}),
    Slip("the forms are swapped: the naive form's factor is M, the residual form's "
         "1 + M", {'form == "naive"': 'form != "naive"'}),
    signal("the mask has no effect: it weighs every position's part", "gradient"),
    signal("the gradient that came back is missing", "factor"),
    signal("the factor comes in twice", "factor**2 * gradient"),
    signal("the trunk's output does not come in, its input x does",
           "factor * gradient**2"),
    end(NO_X, SIGNAL, f"({SIGNAL}).sum((0, 2, 3))", f"({SIGNAL}).mean((0, 2, 3))",
        f"({SIGNAL}).sum((0, 2, 3))[:, None]",
        summed("nkhw,nchw->kc", x="torch.ones_like(x)")),
    end(SUMS, *[f"{END} / {count}" for count in (
        "x[0, 0].numel()", "len(x)", "x[:, 0].numel()")]),
    signal(EACH, *[f"factor.mean({axes}, True) * gradient"
                   for axes in (1, (2, 3), 0, (0, 2, 3), (0, 1, 2, 3))]),
    end(EACH, f"factor.sum((0, 2, 3))[:, None] * {UNWEIGHED}"),
    end(TWO_SUMS, f"({SIGNAL}).sum((0, 2, 3))[:, None] * x.sum((0, 2, 3))",
        summed("nk,nc->kc", f"({SIGNAL}).sum((2, 3))", "x.sum((2, 3))"),
        summed("nkhw,mchw->kc")),
    end(LEFT_OUT, cut(SHORT, SHORT), cut("-1", "-1"), cut("-1", ""), cut("", "-1")),
    end(SCRAMBLED, f"({SIGNAL}).reshape(mask.shape[1], -1) @ "
        "x.reshape(x.shape[1], -1).t()"),
    Slip("rows meet rows and columns columns: (h, w) in both", {"nchw->": "ncwh->"}),
    Slip(ONE, residual(f"1 + {MASKED}"), residual(f"2 * {MASKED}"),
         residual(summed("nkhw,nchw->kc", "1 + mask * gradient"))),
    Slip(FINISHED, *[{"    factor": f"    mask = {put}\n    factor"} for put in (
        "mask.sigmoid()", "mask.clamp(0, 1)", "(mask > 0.5).to(mask)")]),
    end(ALL, *[summed("nkhw,nchw->kc", f"({SIGNAL})[{one}]", f"x[{one}]")
               for one in (":1", "-1:")]),
    Slip("the axes: rows are output channels, columns input channels, (K, C)",
         {"->kc": "->ck"}),
    end("drop the convolution's two axes of length 1: (K, C)",
        f"{END}[..., None, None]"),
    Slip("the sum over positions and images is missing", {"->kc": "->nkchw"}),
    Slip("the sum over images is missing", {"->kc": "->nkc"}),
    Slip("the sum over positions is missing", {"->kc": "->kchw"}),
    end("the signs get lost: no abs", f"{END}.abs()",
        summed("nkhw,nchw->kc", f"({SIGNAL}).abs()", "x.abs()")),
    end("the signs get lost: no ReLU on x", summed("nkhw,nchw->kc", x="x.relu()")),
    Slip("the sign inside the residual form's factor: 1 + M, not 1 - M",
         {FACTOR: FACTOR.replace("1 + mask", "1 - mask")}),
    end(SIGN, f"-{END}"),
)
TEACHING = Table(
    title="What each position teaches",
    usage="filter_gradient(mask, x, gradient, form)",
    reference=filter_gradient,
    cases=tuple(
        drawn(*size, images=images, form=form)
        for images, *size in ((2, 3, 5, 4, 4), (3, 4, 2, 3, 5), (1, 3, 3, 2, 2))
        for form in ("naive", "residual")
    ),
    slips=SLIPS,
    trial=FunctionTrial(dtype=True),
    errors={
        "must match the size": "mask and gradient have the trunk's K channels, x has "
        "C: they meet only in the table (K, C)",
        **MERGING.errors,
    },
)
