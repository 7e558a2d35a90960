"""Answers to the exercises of chapter 11, written by other hands."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from sequential_network import hourglass, module, network, step, unit
from torch import Tensor, nn
from written_networks import Block, Flat, Functional, Hourglass, OtherOrder

from resattn_tutorial.checks.chapter11.loop import my_train
from resattn_tutorial.checks.chapter11.mask import MyMask
from resattn_tutorial.checks.chapter11.module import MyModule
from resattn_tutorial.checks.chapter11.network import MyNetwork
from resattn_tutorial.checks.chapter11.unit import MyUnit
from tests.banks import Answer


def mask_of_sequences(channels: int, poolings: int) -> nn.Module:
    return nn.Sequential(hourglass(channels, poolings), step(channels, channels, 1),
                         step(channels, channels, 1), nn.Sigmoid())


class RecursiveMask(nn.Module):
    """What lies below is a mask's body again."""

    def __init__(self, channels: int, poolings: int) -> None:
        super().__init__()
        self.body = Hourglass(channels, poolings)
        self.ends = nn.ModuleList(
            nn.Conv2d(channels, channels, 1, bias=False) for _ in range(2))
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        y = self.body(x)
        for norm, end in zip(self.norms, self.ends, strict=True):
            y = end(norm(y).relu())
        return 1 / (1 + torch.exp(-y))


class ProductModule(nn.Module):
    """The mask is called first, and the sum is a product."""

    def __init__(self, channels: int, poolings: int) -> None:
        super().__init__()
        self.mask = RecursiveMask(channels, poolings)
        self.units = nn.ModuleList(Block(channels, channels) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        first, second, third, last = self.units
        x = first(x)
        weigh = self.mask(x) + 1
        return last(third(second(x)) * weigh)


def network_of_functions(classes: int) -> nn.Module:
    return Functional()


def my_loop(network: nn.Module, batches: list, rate: float) -> list[float]:
    """Right: the loss is a module, gradients are cleared by hand."""
    found, judge, weights = [], nn.CrossEntropyLoss(), list(network.parameters())
    sgd = torch.optim.SGD(weights, lr=rate, weight_decay=0.0001, momentum=0.9,
                          nesterov=True)
    for one in batches:
        network.train()
        for weight in weights:
            weight.grad = None
        loss = judge(network(one[0]), one[1])
        found += [float(loss.detach())]
        loss.backward()
        sgd.step()
    return found


def with_log_softmax(network: nn.Module, batches: list, rate: float) -> list[float]:
    """Right: cross-entropy in two steps."""
    sgd, losses = torch.optim.SGD(
        network.train().parameters(), rate, 0.9, 0, 1e-4, True), []
    for images, labels in batches:
        loss = F.nll_loss(network(images).log_softmax(1), labels)
        sgd.zero_grad(set_to_none=True)
        loss.backward()
        losses.append(loss.item())
        sgd.step()
    return losses


RIGHT = [
    Answer("unit", "other order, in-place", Block),
    Answer("unit", "of sequences", unit),
    Answer("mask", "of sequences", mask_of_sequences),
    Answer("mask", "a recursion", RecursiveMask),
    Answer("module", "of sequences", module),
    Answer("module", "one list of units, a product", ProductModule),
    Answer("network", "another order", lambda classes: OtherOrder()),
    Answer("network", "functions alone", network_of_functions),
    Answer("network", "one flat class", lambda classes: Flat()),
    Answer("network", "of sequences", lambda classes: network()),
    Answer("loop", "a loss module, gradients by hand", my_loop),
    Answer("loop", "cross-entropy in two steps", with_log_softmax),
]


class CutUnit(MyUnit):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.detach())


class OneNorm(MyUnit):
    def forward(self, x: Tensor) -> Tensor:
        ready = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(ready))))
        y = self.conv3(F.relu(self.bn2(y)))
        return y + (x if self.project is None else self.project(ready))


class QuietMask(MyMask):
    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)


class CutModule(MyModule):
    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        trunk = self.trunk(x)
        return self.after(trunk + self.mask(x.detach()) * trunk)


class Spare(MyNetwork):
    def __init__(self, classes: int) -> None:
        super().__init__(classes)
        self.spare = nn.Linear(4, 4)


class Twice(MyNetwork):
    def forward(self, images: Tensor) -> Tensor:
        x = self.stages(self.stem(images))
        x = self.stages[-1](x)
        return self.classify(F.relu(self.bn(x)).mean(dim=(2, 3)))


class Scaled(MyNetwork):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(images / 255)


class Listed(MyNetwork):
    def forward(self, images: Tensor) -> list:
        return list(super().forward(images))


def graphs_kept(network: nn.Module, batches: list, rate: float) -> list:
    return [torch.tensor(loss) for loss in my_train(network, batches, rate)]


def last_alone(network: nn.Module, batches: list, rate: float) -> float:
    return my_train(network, batches, rate)[-1]


def in_evaluation(network: nn.Module, batches: list, rate: float) -> list[float]:
    losses = my_train(network, batches, rate)
    network.eval()
    return losses


PART = "the part that is named"
WRONG = [
    Answer("unit", "detached", CutUnit, "cut"),
    Answer("unit", "one norm twice", OneNorm, "own"),
    Answer("mask", "no_grad", QuietMask, "cut"),
    Answer("module", "the mask's input is detached", CutModule, "cut"),
    Answer("network", "a spare layer", Spare, PART),
    Answer("network", "the last unit is used twice", Twice, PART),
    Answer("network", "images are divided", Scaled, PART),
    Answer("network", "a list", Listed, PART),
    Answer("loop", "losses as tensors", graphs_kept, "item"),
    Answer("loop", "the last loss alone", last_alone, "list"),
    Answer("loop", "the network is left in evaluation mode", in_evaluation),
]
