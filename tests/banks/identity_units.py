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


def replacing(**new: Callable) -> type:
    """The right answer with other layers, each made from the number of channels."""
    return layers(lambda self, c: [setattr(self, k, f(c)) for k, f in new.items()])


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


class InList(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.parts = [Layers(channels)]

    def forward(self, x: Tensor) -> Tensor:
        return self.parts[0](x)


class MadeInForward(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        return Layers(self.channels)(x)


class NotAModule:
    def __init__(self, channels: int) -> None:
        self.unit = Layers(channels)

    def __call__(self, x: Tensor) -> Tensor:
        return self.unit(x)


class NoSuperInit(nn.Module):
    def __init__(self, channels: int) -> None:
        self.bn1 = nn.BatchNorm2d(channels)


class ForwardMisspelled(Layers):
    foward = Layers.forward
    forward = nn.Module.forward


class Basic(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(F.relu(self.bn1(x)))
        return x + self.conv2(F.relu(self.bn2(y)))


class Width(nn.Module):
    """A bottleneck of another width, or with kernels of other sizes."""

    def __init__(self, channels: int, width: int, sides=(1, 3, 1), groups=1) -> None:
        super().__init__()
        steps = []
        for here, there, side in zip(
            (channels, width, width), (width, width, channels), sides, strict=True
        ):
            g = groups if here == there else 1
            steps += [nn.BatchNorm2d(here), nn.ReLU()]
            steps += [nn.Conv2d(here, there, side, 1, side // 2, groups=g, bias=False)]
        self.way = nn.Sequential(*steps)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.way(x)


def after(self, x: Tensor, last: bool = True) -> Tensor:
    """BN and ReLU behind each convolution."""
    y = F.relu(self.bn2(self.conv1(x)))
    y = F.relu(self.bn3(self.conv2(y)))
    y = self.bn1(self.conv3(y))
    return F.relu(y + x) if last else y + x


def batch_statistics(self, x: Tensor) -> Tensor:
    y = x
    for bn, conv in ((self.bn1, self.conv1), (self.bn2, self.conv2),
                     (self.bn3, self.conv3)):
        y = F.batch_norm(y, None, None, bn.weight, bn.bias, training=True)
        y = conv(F.relu(y))
    return x + y


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


def no_return(self, x: Tensor) -> None:
    x = x + self.way(x)


def one_norm_twice(self, x: Tensor) -> Tensor:
    y = self.conv1(F.relu(self.bn1(x)))
    y = self.conv2(F.relu(self.bn2(y)))
    return x + self.conv3(F.relu(self.bn2(y)))


def normed(self, x: Tensor) -> Tensor:
    x = self.bn1(x)
    y = self.conv1(F.relu(x))
    y = self.conv2(F.relu(self.bn2(y)))
    return x + self.conv3(F.relu(self.bn3(y)))


def overwritten(self, x: Tensor) -> Tensor:
    x = F.relu(self.bn1(x))
    y = self.conv2(F.relu(self.bn2(self.conv1(x))))
    return x + self.conv3(F.relu(self.bn3(y)))


def with_bend(bend: Callable) -> type:
    """The right answer with another activation."""

    def other(self, x: Tensor) -> Tensor:
        y = self.conv1(bend(self.bn1(x)))
        y = self.conv2(bend(self.bn2(y)))
        return x + self.conv3(bend(self.bn3(y)))

    return forward(other)


def conv(side: int = 3, **options) -> Callable:
    """A middle convolution with other options."""
    return lambda c: nn.Conv2d(c // 4, c // 4, side, bias=False, **options)


def added(self, c: int) -> None:
    self.skip = nn.Conv2d(c, c, 1, bias=False)


def extra_norm(self, c: int) -> None:
    self.bn4 = nn.BatchNorm2d(c)


def factor(self, c: int) -> None:
    self.alpha = nn.Parameter(torch.zeros(1))


PRE = ("bn1", "relu", "conv1", "bn2", "relu", "conv2", "bn3", "relu", "conv3")


def without(*places: int) -> Callable:
    """A ``forward`` that leaves out some steps of the right one."""
    return walk(*[name for place, name in enumerate(PRE) if place not in places])


def entry(story: str, answer: object, named: str | None = None) -> Answer:
    """A wrong answer to this exercise."""
    return Answer(NAME, story, answer, named)


IN_FORWARD = [
    entry("no + x", forward(Layers.way), "+ x"),
    entry("BN-ReLU after the convolutions", layers(extra_norm, after),
          "behind the last convolution"),
    entry("BN-ReLU after, the sum bent", forward(after), "come after"),
    entry("BN-ReLU after, the sum as it is",
          forward(lambda s, x: after(s, x, False)), "come after"),
    entry("ReLU on the shortcut",
          forward(lambda s, x: F.relu(x) + s.way(x)), "ReLU sits on the shortcut"),
    entry("batch norm on the shortcut", forward(normed), "norm sits on the shortcut"),
    entry("x overwritten by BN-ReLU", forward(overwritten), "BN-ReLU sits"),
    entry("ReLU after the sum", forward(lambda s, x: F.relu(x + s.way(x))), "sum"),
    entry("ReLU before the sum", forward(lambda s, x: x + F.relu(s.way(x))), "last"),
    entry("ReLU before BN", forward(walk(
        "relu", "bn1", "conv1", "relu", "bn2", "conv2", "relu", "bn3", "conv3")),
        "before its batch norm"),
    entry("no ReLU at first", forward(without(1)), "before the first"),
    entry("no ReLU in the middle", forward(without(4)), "before the second"),
    entry("no ReLU at last", forward(without(7)), "before the third"),
    entry("no ReLU anywhere", forward(without(1, 4, 7)), "first and second and third"),
    entry("bn2 forgotten in forward", forward(without(3)), "does not use bn2"),
    entry("conv2 forgotten in forward", forward(without(5)), "does not use conv2"),
    entry("one batch norm used twice", forward(one_norm_twice), "once"),
    entry("multiplied", forward(lambda s, x: x * s.way(x)), "multiplied"),
    entry("subtracted", forward(lambda s, x: x - s.way(x)), "subtracted"),
    entry("the mean of both", forward(lambda s, x: (x + s.way(x)) / 2), "halved"),
    entry("x counted twice", forward(lambda s, x: x + x + s.way(x)), "twice"),
    entry("concatenated", forward(lambda s, x: torch.cat([x, s.way(x)], 1)),
          "side by side"),
    entry("two wrongs: no + x, no ReLU at first",
          forward(lambda s, x: without(1)(s, x) - x), "two things"),
    entry("gives back its input", forward(lambda s, x: x), "convolutions are missing"),
    entry("gives zeros", forward(lambda s, x: torch.zeros_like(x)), "does not use"),
    entry("detached sum", forward(lambda s, x: (x + s.way(x)).detach()), "cut"),
    entry("no_grad on the way", forward(without_graph), "cut"),
    entry("detached shortcut", forward(lambda s, x: x.detach() + s.way(x)), "cut"),
    entry("detached inside", forward(cut_inside), "cut"),
    entry("x += y", forward(in_place), "in-place"),
    entry("in-place ReLU on x", forward(relu_in_place), "in-place"),
    entry("batch statistics in eval", forward(batch_statistics), "batch's own"),
    entry("running statistics in training", forward(frozen_statistics), "batch's own"),
    entry("right in training alone", forward(right_in_training_alone), "itself"),
    entry("no + x in eval mode", forward(wrong_in_eval), "itself"),
    entry("statistics never kept", forward(never_learning), "as they were"),
    entry("statistics learned in eval mode too", forward(learning_in_eval),
          "learn there as well"),
    entry("layers from an iterator that runs dry", forward(used_up), "not use"),
    entry("overwrites what backward needs", forward(overwriting), "in-place"),
    entry("frozen weights", layers(lambda s, c: s.conv2.requires_grad_(False)), "cut"),
    entry("leaky ReLU", with_bend(F.leaky_relu), "leaky_relu"),
    entry("GELU", with_bend(F.gelu), "gelu"),
    entry("ReLU6", with_bend(F.relu6), "relu6"),
    entry("dropout", forward(lambda s, x: x + F.dropout(s.way(x))), "random"),
    entry("float32 whatever comes", forward(lambda s, x: (x + s.way(x)).float()),
          "dtype"),
    entry("no return", forward(no_return), "return"),
    entry("a pair", forward(lambda s, x: (x, s.way(x))), "return"),
    entry("a NumPy array", forward(lambda s, x: (x + s.way(x)).detach().numpy()),
          "return"),
    entry("raises", forward(lambda s, x: x + s.body(x)), "__init__ did not keep"),
]
IN_LAYERS = [
    entry("no layers at all", type("MyUnit", (nn.Module,), {
        "__init__": lambda s, c: nn.Module.__init__(s), "forward": lambda s, x: x}),
        "no convolution"),
    entry("layers in a list", InList, "list"),
    entry("layers made in forward", MadeInForward, "no convolution"),
    entry("not a module", NotAModule, "nn.Module"),
    entry("an instance", Layers(16), "without brackets"),
    entry("None", None, "without brackets"),
    entry("a function without return", lambda channels: None, "nn.Module"),
    entry("no super().__init__()", NoSuperInit, "super"),
    entry("forward misspelled", ForwardMisspelled, "spelled"),
    entry("__init__ without channels", type("MyUnit", (Layers,), {
        "__init__": lambda self: Layers.__init__(self, 64)}), "stub's arguments"),
    entry("always 64 channels", lambda c: Layers(64), "number fixed"),
    entry("16 channels, whatever is asked", lambda c: Layers(16), "fixed"),
    entry("only for 32 x 32", forward(lambda s, x: Layers.forward(
        s, x.reshape(-1, s.bn1.num_features, 32, 32))), "fixed"),
    entry("only for 9 x 7", forward(lambda s, x: Layers.forward(
        s, x.reshape(-1, s.bn1.num_features, 9, 7))), "fixed"),
    entry("two 3x3", Basic, "basic"),
    entry("not narrowed", lambda c: Width(c, c), "quarter"),
    entry("half the channels", lambda c: Width(c, c // 2), "quarter"),
    entry("an eighth of the channels", lambda c: Width(c, c // 8), "quarter"),
    entry("3x3 at first", lambda c: Width(c, c // 4, (3, 1, 1)), "middle"),
    entry("5x5 in the middle", lambda c: Width(c, c // 4, (1, 5, 1)), "3x3"),
    entry("1x1 in the middle", lambda c: Width(c, c // 4, (1, 1, 1)), "3x3"),
    entry("depthwise 3x3", lambda c: Width(c, c // 4, groups=c // 4), "groups"),
    entry("no padding", replacing(conv2=conv()), "padding=1"),
    entry("too much padding", replacing(conv2=conv(padding=2)), "padding=1"),
    entry("stride 2", replacing(conv2=conv(padding=1, stride=2)), "steps"),
    entry("mirrored padding", replacing(conv2=conv(padding=1, padding_mode="reflect")),
          "mirrored"),
    entry("dilated", replacing(conv2=conv(padding=2, dilation=2)), "dilated"),
    entry("biases", replacing(conv1=lambda c: nn.Conv2d(c, c // 4, 1)), "bias"),
    entry("a bias at last", replacing(conv3=lambda c: nn.Conv2d(c // 4, c, 1)), "bias"),
    entry("norms without scale", replacing(**{
        f"bn{k}": (lambda c, n=n: nn.BatchNorm2d(c // n, affine=False))
        for k, n in ((1, 1), (2, 4), (3, 4))}), "scale"),
    entry("no batch norm", replacing(**dict.fromkeys(
        ("bn1", "bn2", "bn3"), lambda c: nn.Identity())), "BatchNorm2d"),
    entry("norms without running statistics", replacing(**{
        f"bn{k}": (lambda c, n=n: nn.BatchNorm2d(c // n, track_running_stats=False))
        for k, n in ((1, 1), (2, 4), (3, 4))}), "track_running_stats"),
    entry("instance norm", replacing(**{
        f"bn{k}": (lambda c, n=n: nn.InstanceNorm2d(c // n, affine=True))
        for k, n in ((1, 1), (2, 4), (3, 4))}), "instance norm"),
    entry("group norm", replacing(**{
        f"bn{k}": (lambda c, n=n: nn.GroupNorm(1, c // n))
        for k, n in ((1, 1), (2, 4), (3, 4))}), "layer norm"),
    entry("no first batch norm", replacing(bn1=lambda c: nn.Identity()), "first"),
    entry("one shared batch norm", layers(
        lambda s, c: setattr(s, "bn3", s.bn2)), "its own"),
    entry("a batch norm that follows its convolution", replacing(
        bn1=lambda c: nn.BatchNorm2d(c // 4), bn3=lambda c: nn.BatchNorm2d(c)),
        "stands before"),
    entry("a projection too many", layers(
        added, lambda s, x: s.skip(x) + s.way(x)), "raw x"),
    entry("a factor on the way", layers(
        factor, lambda s, x: x + s.alpha * s.way(x)), "many"),
    entry("a layer made and not used", layers(extra_norm), "many"),
]
WRONG = IN_FORWARD + IN_LAYERS
