"""The table of *Try another activation*: by how much a plain layer's gradient grows."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def growth(f: Callable[[Tensor], Tensor], z: Tensor) -> float:
    """The solution, and what the slips change."""
    z = z.detach().clone().requires_grad_()
    y = f(z)
    (slope,) = torch.autograd.grad(y.sum(), z)
    return (slope.square().mean() / y.var()).sqrt().item()


SLOPES = "slope.square().mean()"
SPREAD = "y.var()"
RATIO = f"{SLOPES} / {SPREAD}"
RESULT = f"({RATIO}).sqrt()"
RELU = 1.2112


def slopes(words: str, *puts: str) -> Slip:
    """Another mean of the slopes."""
    return Slip(words, *[{SLOPES: put} for put in puts])


def spreads(words: str, *puts: str) -> Slip:
    """Another number that batch norm divides by."""
    return Slip(words, *[{SPREAD: put} for put in puts])


SLIPS = (
    spreads("batch norm subtracts the mean before it divides: take the variance of "
            "f(z), not its mean square", "y.square().mean()"),
    spreads("step 4 is missing: batch norm divides by the standard deviation of f(z)",
            "1", "z.var()"),
    spreads("the standard deviation stands under the root, where the variance belongs",
            "y.std()"),
    spreads("absolute values are no variance: take the variance of f(z)",
            "y.abs().mean().square()", "(y - y.mean()).abs().mean()"),
    Slip("the mean squares' ratio: the length of a gradient grows by its root",
         {RESULT: f"({RATIO})"}),
    Slip("two things: take the variance of f(z), not its mean square, and then the "
         "root", {RESULT: f"({SLOPES} / y.square().mean())"}),
    Slip("upside down: the gradient is multiplied by the slopes and divided by the "
         "standard deviation", {RATIO: f"{SPREAD} / {SLOPES}"}),
    Slip("the root is taken twice", {RESULT: f"{RESULT}.sqrt()"}),
    slopes("square the slopes first, then take their mean", "slope.mean().square()",
           "slope.abs().mean().square()", "slope.mean()", "slope.abs().mean()"),
    slopes("the slopes' variance: their mean square is wanted, with the mean in it",
           "slope.var()"),
    slopes("a sum: take the mean of the squared slopes", "slope.square().sum()"),
    slopes("the values of f(z) stand where its slopes belong", "y.square().mean()"),
    slopes("the largest slope: take the mean of all squared slopes",
           "slope.square().max()"),
    slopes("the slopes are missing: the gradient is multiplied by f'(z)", "1"),
    Slip("the convolution multiplies values and gradients alike, so its 2 cancels",
         {SLOPES: f"2 * {SLOPES}"}, {SPREAD: "2 * y.var()"}),
    Slip("that is the ReLU's factor, whatever f is: ask f for its values and slopes",
         lambda f, z: RELU),
    Slip("the slopes are the ReLU's, whatever f is: take those of f",
         {SLOPES: "(z > 0).float().mean()"}),
    Slip("sixty layers: one layer is wanted", {RESULT: f"{RESULT}.pow(60)"},
         {RESULT: f"{RESULT}.pow(59)"}),
)


def read(report: Report, came: Any) -> Tensor:
    """One number."""
    if isinstance(came, Tensor) and came.numel() == 1:
        came = came.item()
    if not isinstance(came, Real) or isinstance(came, bool):
        kind = "None" if came is None else type(came).__name__
        refuse(report, f"one number must come back, got {kind}",
               "the last line returns the factor: one number, such as `….item()`")
    return torch.tensor(float(came), dtype=torch.float64)


def draws(seed: int) -> Tensor:
    """Normal draws, as a batch norm gives them."""
    return torch.randn(20_000, generator=torch.Generator().manual_seed(seed))


def straight(z: Tensor) -> Tensor:
    """A line."""
    return 3 * z + 1


def leaky(z: Tensor) -> Tensor:
    """Much of a ReLU."""
    return F.leaky_relu(z, 0.3)


def asked(f: Callable, name: str, seed: int) -> Case:
    """One activation, and what is right."""
    z = draws(seed)
    return Case((f, z), f"{name} makes a gradient {growth(f, z):.2f} times as long")


GROWTH = Table(
    title="The growth of a gradient",
    usage="growth(f, z)",
    reference=growth,
    cases=(asked(F.silu, "a SiLU", 0), asked(F.relu, "a ReLU", 1),
           asked(torch.tanh, "a tanh", 2), asked(leaky, "a leaky ReLU", 3),
           asked(straight, "a straight line", 4)),
    slips=SLIPS,
    trial=FunctionTrial(read=read),
    errors={
        "does not require grad": "z comes without requires_grad: work on "
        "z.detach().clone().requires_grad_()",
        "scalar outputs": "a gradient is taken of one number: f(z).sum()",
    },
    fixed=False,
)
