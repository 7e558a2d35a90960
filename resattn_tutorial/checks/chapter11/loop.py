"""The table of *The loop*: ten lines that train."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_train(network: nn.Module, batches: list, rate: float) -> list[float]:
    """The solution, and what the slips change."""
    optimizer = torch.optim.SGD(
        network.parameters(), rate, momentum=0.9, nesterov=True, weight_decay=1e-4)
    losses = []
    network.train()
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def on_a_bench(case: Case) -> tuple:
    """A small network in evaluation mode, with old gradients, and some batches."""
    count, rate = case.asked
    draw = torch.Generator().manual_seed(3)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.Flatten(),
        nn.Linear(64, 5))
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=draw) / 3)
            weight.grad = torch.ones_like(weight)
    batches = [
        (torch.randn(8, 3, 6, 6, generator=draw),
         torch.randint(5, (8,), generator=draw)) for _ in range(count)
    ]
    return network.eval(), batches, rate


def read_losses(report: Report, came: Any) -> Tensor:
    """A list of floats, as a tensor."""
    if not isinstance(came, list | tuple):
        refuse(report, f"a list of losses must come back, got {kind(came)}",
               "return the list of losses")
    for one in came:
        if not isinstance(one, float):
            refuse(report, f"the list holds {kind(one)}, not a float",
                   "loss.item() is a number; the loss itself keeps its graph alive")
    return torch.tensor(came)


def left_behind(network: nn.Module, batches: list, rate: float) -> dict[str, Any]:
    """What a training leaves in a network."""
    return {
        "training": network.training,
        "weights": torch.cat([p.detach().flatten() for p in network.parameters()]),
        "statistics": torch.cat([b.flatten().float() for b in network.buffers()]),
    }


CALL = "F.cross_entropy(network(images), labels)"
SGD = "rate, momentum=0.9, nesterov=True, weight_decay=1e-4"
CLEAR, STEP = "optimizer.zero_grad()", "optimizer.step()"
MADE = """\
optimizer = torch.optim.SGD(
        network.parameters(), rate, momentum=0.9, nesterov=True, weight_decay=1e-4)"""
SLIPS = (
    Slip("gradients are cleared before each batch: optimizer.zero_grad()",
         {CLEAR: "pass"}),
    Slip("no step is made: optimizer.step() after backward, zero_grad() before it",
         {STEP: "pass"}),
    Slip("network.train() comes first: batch norm has to learn from the batches",
         {"network.train()": "pass"}),
    Slip("momentum=0.9 is asked for",
         {SGD: "rate, weight_decay=1e-4"}, {SGD: SGD.replace("0.9", "0.5")}),
    Slip("Nesterov's momentum is asked for: nesterov=True",
         {"nesterov=True, ": ""}),
    Slip("weight_decay=1e-4 is asked for", {", weight_decay=1e-4": ""},
         {"1e-4": "1e-2"}),
    Slip("the optimizer keeps the momentum: make it once, before the loop",
         {CLEAR: MADE.replace("\n        ", " ") + f"; {CLEAR}"}),
    Slip("F.cross_entropy takes logits: no softmax before it",
         {CALL: "F.cross_entropy(network(images).softmax(1), labels)"}),
    Slip("the rate is an argument", {SGD: SGD.replace("rate", "0.1")}),
    Slip("every batch is learned from once",
         {"in batches": "in batches[:1]"}, {"in batches": "in 2 * batches"}),
    Slip("each batch's loss is noted as it was before its step",
         {"loss.item()": f"{CALL}.item()"}),
    Slip("return the losses of all batches, in order",
         {"return losses": "return losses[-1:]"},
         {"return losses": "return losses[::-1]"}),
    Slip("the mean loss of a batch is the loss: no division, no sum",
         {CALL: CALL.replace("labels)", "labels, reduction='sum')")}),
)
TRIAL = FunctionTrial(
    read=read_losses, make=on_a_bench, seen=left_behind,
    may_change=("values", "buffers", "gradients", "mode", "modes"),
)
LOOP = Table(
    title="The loop",
    usage="my_train(network, batches, rate)",
    reference=my_train,
    cases=(
        Case((4, 0.05)), Case((2, 0.2), "another rate works too"),
    ),
    slips=SLIPS,
    trial=TRIAL,
    facts={
        "value": "it returns the loss of each batch, before its step",
        "training": "the network is in training mode",
        "weights": "the weights end where Nesterov's momentum leads them",
        "statistics": "batch norm's statistics have learned from each batch once",
    },
)
