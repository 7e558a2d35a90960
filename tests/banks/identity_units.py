"""Answers to *Write the identity unit*."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.banks import Answer

NAME = "identity_unit"


class Layers(nn.Module):
    """The right layers; most wrong answers have them and a wrong ``forward``."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        width = channels // 4
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)

    def way(self, x: Tensor) -> Tensor:
        """The right way through the convolutions."""
        y = self.conv1(F.relu(self.bn1(x)))
        y = self.conv2(F.relu(self.bn2(y)))
        return self.conv3(F.relu(self.bn3(y)))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.way(x)


def forward(function: Callable) -> type:
    """The right layers with this ``forward(self, x)``."""
    return type("MyUnit", (Layers,), {"forward": function})


def layers(change: Callable, forward: Callable = Layers.forward) -> type:
    """The right answer, with ``change(self, channels)`` after its ``__init__``."""

    def init(self, channels: int) -> None:
        Layers.__init__(self, channels)
        change(self, channels)

    return type("MyUnit", (Layers,), {"__init__": init, "forward": forward})


def walk(*names: str) -> Callable:
    """A ``forward`` that adds x to a walk through layers and functions by name."""

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for name in names:
            y = F.relu(y) if name == "relu" else getattr(self, name)(y)
        return x + y

    return forward


class Functional(nn.Module):
    """Right: no layers at all, parameters and functions alone."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        c, w = channels, channels // 4
        shapes = [(w, c, 1, 1), (w, w, 3, 3), (c, w, 1, 1)]
        self.kernels = nn.ParameterList([torch.randn(s) / 8 for s in shapes])
        self.shifts = nn.ParameterList([torch.zeros(n) for n in (c, w, w)])
        self.scales = nn.ParameterList([torch.ones(n) for n in (c, w, w)])
        for place, n in enumerate((c, w, w)):
            self.register_buffer(f"mean{place}", torch.zeros(n))
            self.register_buffer(f"var{place}", torch.ones(n))

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for place in range(3):
            mean, var = getattr(self, f"mean{place}"), getattr(self, f"var{place}")
            y = F.batch_norm(y, mean, var, self.scales[place], self.shifts[place],
                             self.training, momentum=0.05, eps=1e-3)
            y = F.conv2d(y.clamp(min=0), self.kernels[place], padding=place % 2)
        return torch.add(y, x)


class Backwards(nn.Module):
    """Right: layers made in another order, without their usual starting values."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        w = channels // 4
        self.last = nn.Conv2d(w, channels, 1, bias=False)
        self.norm_last = nn.BatchNorm2d(w)
        self.middle = nn.Conv2d(w, w, (3, 3), padding="same", bias=False)
        self.norm_middle = nn.BatchNorm2d(w)
        self.down = nn.Conv2d(channels, w, kernel_size=1, bias=None)
        self.norm = nn.BatchNorm2d(channels)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.norm_last.weight)

    def forward(self, input: Tensor) -> Tensor:
        out = torch.relu_(self.norm(input))
        out = torch.relu_(self.norm_middle(self.down(out)))
        out = self.last(torch.relu_(self.norm_last(self.middle(out))))
        out += input
        return out


def sequential(channels: int) -> nn.Module:
    """Right: a function that builds the unit, with lazy layers inside."""

    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            steps = []
            for out, side in ((channels // 4, 1), (channels // 4, 3), (channels, 1)):
                steps += [nn.LazyBatchNorm2d(), nn.ReLU(inplace=True)]
                steps += [nn.LazyConv2d(out, side, padding=side // 2, bias=False)]
            self.way = nn.Sequential(*steps)

        def forward(self, x: Tensor) -> Tensor:
            return self.way(x) + x

    return Sum()


class Pixelwise(nn.Module):
    """Right: the 1x1 convolutions as linear layers over the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        w = channels // 4
        self.norms = nn.ModuleList([nn.BatchNorm2d(n) for n in (channels, w, w)])
        self.down = nn.Linear(channels, w, bias=False)
        self.middle = nn.Conv2d(w, w, 3, padding=1, bias=False)
        self.up = nn.Linear(w, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norms[0](x).relu().permute(0, 2, 3, 1)
        y = self.norms[1](self.down(y).permute(0, 3, 1, 2)).relu()
        y = self.norms[2](self.middle(y)).relu()
        return x + torch.einsum("nchw,oc->nohw", y, self.up.weight)


class Unfolded(Layers):
    """Right: the 3x3 as a matrix on unfolded windows."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.conv2 = None
        self.matrix = nn.Parameter(torch.randn(channels // 4, 9 * (channels // 4)))

    def way(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn2(self.conv1(F.relu(self.bn1(x)))))
        y = (self.matrix @ F.unfold(y, 3, padding=1)).view_as(y)
        return self.conv3(F.relu(self.bn3(y)))


RIGHT = [
    Answer(NAME, "as in the chapter", Layers),
    Answer(NAME, "parameters and functions alone, another epsilon", Functional),
    Answer(NAME, "made backwards, zero at the start, in-place ReLUs", Backwards),
    Answer(NAME, "a function that returns a Sequential's sum, lazy layers", sequential),
    Answer(NAME, "linear layers and einsum", Pixelwise),
    Answer(NAME, "the 3x3 on unfolded windows", Unfolded),
]


def after(self, x: Tensor, last: bool = True) -> Tensor:
    """BN and ReLU behind each convolution."""
    y = F.relu(self.bn2(self.conv1(x)))
    y = F.relu(self.bn3(self.conv2(y)))
    y = self.bn1(self.conv3(y))
    return F.relu(y + x) if last else y + x


def frozen_statistics(self, x: Tensor) -> Tensor:
    self.eval()
    return x + self.way(x)


def without_graph(self, x: Tensor) -> Tensor:
    with torch.no_grad():
        y = self.way(x)
    return x + y


def cut_inside(self, x: Tensor) -> Tensor:
    y = self.conv1(F.relu(self.bn1(x))).detach()
    y = self.conv2(F.relu(self.bn2(y)))
    return x + self.conv3(F.relu(self.bn3(y)))


def overwriting(self, x: Tensor) -> Tensor:
    ready = F.relu(self.bn1(x))
    y = self.conv1(ready)
    ready.zero_()
    y = self.conv2(F.relu(self.bn2(y)))
    return x + self.conv3(F.relu(self.bn3(y)))


def right_in_training_alone(self, x: Tensor) -> Tensor:
    return x + self.way(x) if self.training else x


def learning_in_eval(self, x: Tensor) -> Tensor:
    out = x + self.way(x)
    training = self.training
    self.train()
    self.way(x.detach())
    self.train(training)
    return out


def wrong_in_eval(self, x: Tensor) -> Tensor:
    return x + self.way(x) if self.training else self.way(x)


def never_learning(self, x: Tensor) -> Tensor:
    y = x
    for bn, conv in ((self.bn1, self.conv1), (self.bn2, self.conv2),
                     (self.bn3, self.conv3)):
        mean, var = torch.zeros_like(bn.weight), torch.ones_like(bn.weight)
        y = F.batch_norm(y, mean, var, bn.weight, bn.bias, self.training)
        y = conv(F.relu(y))
    return x + y


def used_up(self, x: Tensor) -> Tensor:
    """Takes its layers from an iterator, which is empty at the second call."""
    if not hasattr(self, "rest"):
        self.rest = zip((self.bn1, self.bn2, self.bn3),
                        (self.conv1, self.conv2, self.conv3), strict=True)
    y = x
    for bn, conv in self.rest:
        y = conv(F.relu(bn(y)))
    return x + y


def in_place(self, x: Tensor) -> Tensor:
    y = self.way(x)
    x += y
    return x


def relu_in_place(self, x: Tensor) -> Tensor:
    y = self.way(x)
    return F.relu(x, inplace=True) + y


def one_norm_twice(self, x: Tensor) -> Tensor:
    y = self.conv1(F.relu(self.bn1(x)))
    y = self.conv2(F.relu(self.bn2(y)))
    return x + self.conv3(F.relu(self.bn2(y)))


def extra_norm(self, c: int) -> None:
    self.bn4 = nn.BatchNorm2d(c)


PRE = ("bn1", "relu", "conv1", "bn2", "relu", "conv2", "bn3", "relu", "conv3")


def without(*places: int) -> Callable:
    """A ``forward`` that leaves out some steps of the right one."""
    return walk(*[name for place, name in enumerate(PRE) if place not in places])


def entry(story: str, answer: object, named: str | None = None) -> Answer:
    """A wrong answer to this exercise."""
    return Answer(NAME, story, answer, named)


IN_FORWARD = [
    entry("BN-ReLU after the convolutions", layers(extra_norm, after),
          "after the last convolution"),
    entry("bn2 forgotten in forward", forward(without(3)), "does not use bn2"),
    entry("conv2 forgotten in forward", forward(without(5)), "does not use conv2"),
    entry("one batch norm used twice", forward(one_norm_twice), "once"),
    entry("two wrongs: no + x, no ReLU at first",
          forward(lambda s, x: without(1)(s, x) - x), "two things"),
    entry("no_grad on the way", forward(without_graph), "cut"),
    entry("detached shortcut", forward(lambda s, x: x.detach() + s.way(x)), "cut"),
    entry("detached inside", forward(cut_inside), "cut"),
    entry("x += y", forward(in_place), "in-place"),
    entry("in-place ReLU on x", forward(relu_in_place), "in-place"),
    entry("running statistics in training", forward(frozen_statistics), "batch's own"),
    entry("right in training alone", forward(right_in_training_alone), "itself"),
    entry("no + x in eval mode", forward(wrong_in_eval), "itself"),
    entry("statistics never kept", forward(never_learning), "as they were"),
    entry("statistics learned in eval mode too", forward(learning_in_eval),
          "learn there as well"),
    entry("layers from an iterator that runs dry", forward(used_up), "not use"),
    entry("overwrites what backward needs", forward(overwriting), "in-place"),
]
IN_LAYERS = [
    entry("no layers at all", type("MyUnit", (nn.Module,), {
        "__init__": lambda s, c: nn.Module.__init__(s), "forward": lambda s, x: x}),
        "no convolution"),
    entry("always 64 channels", lambda c: Layers(64), "fixed"),
    entry("16 channels, whatever is asked", lambda c: Layers(16), "fixed"),
    entry("only for 32 x 32", forward(lambda s, x: Layers.forward(
        s, x.reshape(-1, s.bn1.num_features, 32, 32))), "fixed"),
    entry("only for 9 x 7", forward(lambda s, x: Layers.forward(
        s, x.reshape(-1, s.bn1.num_features, 9, 7))), "fixed"),
]
WRONG = IN_FORWARD + IN_LAYERS
