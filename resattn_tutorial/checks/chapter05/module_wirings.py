"""The wiring of an attention module from its parts, right and wrong.

The parts are small stand-ins that note how often they are called. No two of them
commute, so that every wiring gives an output of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Part:
    """A stand-in for a branch: a 3x3 convolution and ``finish(x, convolved)``."""

    def __init__(self, channels: int, finish: Callable) -> None:
        self.weight = torch.randn(channels, channels, 3, 3) / (9 * channels) ** 0.5
        self.finish, self.calls = finish, 0

    def __call__(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.finish(x, F.conv2d(x, self.weight.to(x.dtype), padding=1))


class Parts(NamedTuple):
    """What an attention module is made of, in the order of the exercise."""

    trunk: Callable[[Tensor], Tensor]
    mask: Callable[[Tensor], Tensor]
    after: Callable[[Tensor], Tensor]


ERROR_WORDS = {
    "Expected size for first two": "`@` is a product of matrices: `*` goes by value",
    "inplace operation": "an in-place operation (+=, mul_) changed what a part had "
    "returned, and the graph still needs it: make a new tensor instead",
}
PLAIN_MASKS = {
    torch.zeros_like: "a mask of zeros leaves after(trunk(x))",
    torch.negative: "the mask's values are taken as they come",
}


def make_parts(channels: int) -> Parts:
    """Stand-ins for the trunk, the mask and the unit after the merge."""
    return Parts(
        Part(channels, lambda x, y: x + torch.tanh(2 * y)),
        Part(channels, lambda x, y: torch.sigmoid(3 * y)),
        Part(channels, lambda x, y: x + torch.sin(2 * y)),
    )


def wired(x: Tensor, trunk: Callable, mask: Callable, after: Callable) -> Tensor:
    """The module in the paper's form: ``after((1 + M(x)) * T(x))``."""
    features = trunk(x)
    return after(features + mask(x) * features)


def wrong_wirings(
    x: Tensor, trunk: Callable, mask: Callable, after: Callable
) -> Iterator[tuple[str, Tensor]]:
    """Yield usual wrong wirings in words, and what each makes of ``x``."""
    t, m = trunk(x), mask(x)
    yield from _single_faults(x, t, m, trunk, mask, after)
    late = "`after` comes last: it is applied to the merged map"
    weights = {"": m, "the mask reads the module's input x": mask(t)}
    weighed = {"": t, "the mask weighs the trunk's output": x, late: after(t)}
    added = {
        "": t,
        "Equation 3 adds the trunk's output to the product, not the module's input": x,
        "nothing is added to the product: that is Equation 1": torch.zeros_like(t),
        "x is added once too often: the trunk's units carry it already": t + x,
        late: after(t),
    }
    ends = {
        "": after,
        "the unit `after` is missing": lambda y: y,
        "x is added behind `after`, which has a shortcut of its own": (
            lambda y: x + after(y)
        ),
    }
    kinds = weights, weighed, added, ends
    for w, features, base, end in product(*map(dict.items, kinds)):
        faults = [words for words, _ in (w, features, base, end) if words]
        if late in faults and end[0]:
            faults.remove(end[0])  # the unit is not missing, it came too early
        wiring = end[1](base[1] + w[1] * features[1])
        yield "; and ".join(dict.fromkeys(faults)), wiring


def _single_faults(
    x: Tensor, t: Tensor, m: Tensor, trunk: Callable, mask: Callable, after: Callable
) -> Iterator[tuple[str, Tensor]]:
    """Faults that stand by themselves."""
    yield "the merge is missing: this is after(trunk(x))", after(t)
    yield "nothing is done: x comes back as it was", x
    yield "the trunk comes twice, once in itself", after((1 + m) * trunk(t))
    yield "the trunk comes twice: the 1 already stands for it", after((2 + m) * t)
    yield "the mask is added to the trunk; it has to be multiplied", after(t + m)
    yield "the sign: 1 - mask turns the mask round", after((1 - m) * t)
    early = "`after` takes the whole sum, not a part of it"
    yield early, t + after(m * t)
    yield early, after(t) + after(m * t)
    yield "`after` comes once", after(after(t + m * t))
    whole = "the mask weighs the trunk's whole output, and nothing before it"
    yield whole, x + (1 + m) * (t - x)
    yield whole, after(x + (1 + m) * (t - x))
    yield whole, after(x + m * (t - x))
    yield whole, after(t + m * (t - x))
    yield whole, after(trunk((1 + m) * x))
    yield whole, after(trunk(x + m * x))
    for done in (after((1 + m) * t).relu(), after(((1 + m) * t).relu())):
        yield "no ReLU: the units bring their own", done
    yield "the brackets: 1 + mask * trunk multiplies first", after(1 + m * t)
    finished = "use the mask as it comes, it is already finished"
    yield finished, after((1 + torch.sigmoid(m)) * t)
    yield finished, after((1 + (m > 0.5).to(m)) * t)
    yield finished, after((1 + m.clamp(0, 1)) * t)
    yield finished, after((1 + m.softmax(1)) * t)
    yield finished, after((1 + m.mean(1, keepdim=True)) * t)
    yield finished, after((1 + m.mean((2, 3), keepdim=True)) * t)
    yield finished, after((1 + m.mean()) * t)
    parts = "a part is left out, or exchanged with another one: "
    yield parts + "this is the merge of x with its mask", after((1 + m) * x)
    yield parts + "trunk and mask are exchanged", after((1 + t) * m)
    yield parts + "`after` does the trunk's work", trunk((1 + m) * after(x))
    yield parts + "`after` comes first", (1 + mask(after(x))) * trunk(after(x))
