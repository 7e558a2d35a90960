"""The table of *Measure a pixel's influence*."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter02.measuring_slips import ATTACHED, ERRORS, SLIPS
from resattn_tutorial.checks.engine.function_trial import FunctionTrial, read_tensor
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def influence(network: nn.Module, x: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    network = deepcopy(network)
    x = x.detach().clone().requires_grad_()
    y = network(x)
    h, w = y.shape[-2:]
    centre = y[:, :, h // 2, w // 2].sum()
    (gradient,) = torch.autograd.grad(centre, x)
    return gradient.abs().sum(dim=(0, 1))


def by_steps(size: float, divide: bool) -> Any:
    """How far the centre moves when one pixel after the other is raised."""

    def steps(network: nn.Module, x: Tensor) -> Tensor:
        network, raised = deepcopy(network), x.detach().clone()
        found = torch.zeros_like(raised[0, 0])

        def centre() -> Tensor:
            y = network(raised)
            return y[:, :, y.shape[-2] // 2, y.shape[-1] // 2].sum()

        with torch.no_grad():
            before = centre()
            for row in range(x.shape[-2]):
                for column in range(x.shape[-1]):
                    raised[:, :, row, column] += size
                    found[row, column] = (centre() - before).abs()
                    raised[:, :, row, column] -= size
        return found / size if divide else found

    return steps


def measured(stride: int, training: bool) -> nn.Sequential:
    """A small network without padding; one of its parameters holds a gradient.

    One of its batch norms is frozen: it stays in eval mode where the network trains.
    """
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(),
        nn.Conv2d(4, 2, 3, stride), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 1),
    )
    with torch.no_grad():                 # outputs of both signs, so that their abs,
        for one in (1, 4):                # and statistics that do not fit, show
            network[one].running_mean.normal_(0, 0.2)
            network[one].running_var.uniform_(2, 4)
        network[5].bias.copy_(torch.tensor([5.0, -5.0]))
    network[0].weight.grad = torch.randn(network[0].weight.shape)
    network.train(training)[1].eval()
    return network


def made(case: Case) -> tuple[nn.Module, Tensor]:
    """A network and its input, the same ones each time."""
    (stride, training, marked), size = case.asked
    torch.manual_seed(1)
    network, x = measured(stride, training), torch.randn(size)
    if marked:
        x.requires_grad_().grad = torch.ones_like(x)
    return network, x


def read(report: Report, came: Any) -> Tensor:
    """A tensor without a graph."""
    if read_tensor(report, came).requires_grad:
        refuse(report, "the result is a plain measurement: it has a graph", ATTACHED)
    return came


def kept(network: nn.Module, x: Tensor) -> dict[str, bool]:
    """Asked of what nothing has changed."""
    return {"kept": True}


INFLUENCE = Table(
    title="Measure a pixel's influence",
    usage="influence(network, x)",
    reference=influence,
    cases=(
        Case(((1, False, False), (2, 3, 11, 14)),
             "summed absolute gradients of the output's centre, (H, W)"),
        Case(((2, True, False), (1, 3, 15, 12)),
             "another size, and a network that trains, with a frozen batch norm"),
        Case(((1, False, True), (1, 3, 9, 9)), "an x that asks for a gradient itself"),
    ),
    slips=(*SLIPS, Slip(
        "a step of finite size: a ReLU bends on the way; take the gradient",
        by_steps(1.0, False), by_steps(0.1, False), by_steps(0.1, True))),
    trial=FunctionTrial(read=read, make=made, seen=kept, dtype=True),
    facts={"kept": "the network and x are left as they were"},
    errors=ERRORS,
)
