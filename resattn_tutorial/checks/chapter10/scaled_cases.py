"""Weights, float16 gradients of a scaled loss, and usual mistakes in the step."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

INF, NAN = float("inf"), float("nan")


class Case(NamedTuple):
    """One call: what is handed over, and in which words to speak of it."""

    words: str
    weights: list[Tensor]
    gradients: list[Tensor]
    scale: float
    rate: float

    @property
    def finite(self) -> bool:
        """Whether the step is to be taken."""
        return all(bool(g.isfinite().all()) for g in self.gradients)

    def copy(self) -> Case:
        """The same with tensors of its own."""
        return self._replace(
            weights=[w.clone() for w in self.weights],
            gradients=[g.clone() for g in self.gradients],
        )


def cases() -> list[Case]:
    """The calls, always the same."""
    generator = torch.Generator().manual_seed(2)

    def tensors(*shapes: tuple[int, ...]) -> list[Tensor]:
        return [torch.randn(shape, generator=generator) for shape in shapes]

    def spoiled(where: int, value: float) -> list[Tensor]:
        halves = [g.half() for g in tensors((3, 2), (4,), (2, 2))]
        halves[where].view(-1)[1] = value
        return halves

    three = (3, 2), (4,), (2, 2)
    tiny = [(g * 1e-3).half() for g in tensors((2, 3), (5,))]
    return [
        Case("ordinary gradients", tensors(*three),
             [g.half() for g in tensors(*three)], 8.0, 0.25),
        Case("true gradients too small for float16",
             [torch.zeros(2, 3), torch.zeros(5)], tiny, 2.0**16, 1e4),
        Case("an infinite number in the second gradient", tensors(*three),
             spoiled(1, INF), 1024.0, 0.1),
        Case("NaN in the first gradient", tensors(*three), spoiled(0, NAN), 64.0, 0.1),
        Case("minus infinity in the last gradient", tensors(*three),
             spoiled(2, -INF), 2.0, 0.1),
        Case("large gradients that are finite", tensors((4,)),
             [torch.tensor([60000.0, -60000.0, 60000.0, 60000.0]).half()], 4096.0,
             0.01),
        Case("two bad gradients, and scale 1", tensors(*three),
             [*spoiled(0, INF)[:1], *spoiled(1, NAN)[1:]], 1.0, 0.1),
    ]


Form = Callable[[Tensor, Tensor, float, float], Tensor]


def right(w: Tensor, g: Tensor, scale: float, rate: float) -> Tensor:
    """One weight after the step."""
    return w - rate * (g.float() / scale)


MOVED: list[tuple[Form, str]] = [
    (lambda w, g, scale, rate: w - rate * (g / scale).float(), "the division is made "
     "in float16, where the small ones vanish again: gradient.float() comes first"),
    (lambda w, g, scale, rate: w - (rate * g / scale).float(), "the arithmetic is "
     "made in float16, and loses digits or vanishes: gradient.float() comes first"),
    (lambda w, g, scale, rate: w - ((rate / scale) * g).float(), "the arithmetic is "
     "made in float16, and loses digits or vanishes: gradient.float() comes first"),
    (lambda w, g, scale, rate: w - rate * g.float(), "the scale is still in the "
     "gradients: divide by it"),
    (lambda w, g, scale, rate: w - rate * g.float() * scale, "divide by the scale: the "
     "loss was multiplied by it"),
    (lambda w, g, scale, rate: w - g.float() / scale, "the rate is left out"),
    (lambda w, g, scale, rate: w + rate * g.float() / scale, "the sign: a step goes "
     "against the gradient"),
    (lambda w, g, scale, rate: w - 2 * rate * g.float() / scale, "the step is taken "
     "twice"),
    (lambda w, g, scale, rate: w.half().float() - rate * g.float() / scale, "the "
     "weights lose digits: they stay in float32"),
    (lambda w, g, scale, rate: w - (rate * g).float() / scale, "the arithmetic is "
     "made in float16, and loses digits or vanishes: gradient.float() comes first"),
    (lambda w, g, scale, rate: w - rate * (g.float() / scale).clamp(-1, 1), "nothing "
     "is to be cut off: large gradients that are finite count in full"),
    (lambda w, g, scale, rate: w - rate * g.float() / 1024, "the scale is an "
     "argument: divide by the one that came"),
    (lambda w, g, scale, rate: w - rate * g.float() / 65536, "the scale is an "
     "argument: divide by the one that came"),
    (lambda w, g, scale, rate: (w.half() - (rate * g.float() / scale).half()).float(),
     "the weights lose digits: they stay in float32"),
    (lambda w, g, scale, rate: w, "no weight has moved: the step changes the tensors "
     "of the list in place, as `weight -= …` does"),
]
PART = (
    "some weights were moved before a bad number was found in a later gradient: look "
    "at all gradients first, then move"
)
REPAIRED = (
    "a bad number is replaced or left out and the rest is used: the whole step is left "
    "out instead"
)
RUINED = (
    "weights became infinite or NaN: look for both, in every gradient, before the "
    "first move"
)
WRITTEN = (
    "the gradients stay as they came: gradient.float() is a tensor of its own, divide "
    "that one"
)
OVERFLOW = (
    "large numbers are finite, too: ask isfinite() of the numbers themselves, not of "
    "their sum or size"
)
RETURNS = "in each case the scale of the next step is returned"
ERRORS = {
    "at least one": "there may be one tensor only, and the shapes are its own",
    "unpack": "there may be any number of tensors",
    "out of range": "there may be any number of tensors",
    "result type": "a weight stays float32",
    "must be found": "a weight stays float32",
    "Boolean value of Tensor": "isfinite() gives a tensor: .all() makes one answer of "
    "it",
    "has no attribute 'grad": "the gradients come as a list of their own, the second "
    "argument",
    "NoneType": "the gradients come as a list of their own, the second argument",
    "has no attribute": "weights and gradients are lists of tensors",
}
"""From the words of an error to the mistake that usually lies behind it."""


def name_move(case: Case, got: list[Tensor]) -> str | None:
    """Which mistake moved the weights so, where the step was to be taken."""
    still = [torch.equal(a, b) for a, b in zip(got, case.weights, strict=True)]
    if all(still) and not all(g.sum().isfinite() for g in case.gradients):
        return OVERFLOW
    for form, words in MOVED:
        goal = [form(w, g, case.scale, case.rate)
                for w, g in zip(case.weights, case.gradients, strict=True)]
        if all(torch.allclose(a, b, rtol=1e-5, atol=1e-12, equal_nan=True)
               for a, b in zip(got, goal, strict=True)):
            return words
    if any(not g.isfinite().all() for g in got):
        return "a weight became infinite: divide before you multiply, in float32"
    if any(still):
        return "some weights do not move: every tensor of the list takes part"
    return None


def name_leak(case: Case, got: list[Tensor]) -> str:
    """Which mistake moved weights where none was to move."""
    if any(not g.isfinite().all() for g in got):
        return RUINED
    bad = next(k for k, g in enumerate(case.gradients) if not g.isfinite().all())
    moved = [not torch.equal(a, b) for a, b in zip(got, case.weights, strict=True)]
    return PART if any(moved) and not any(moved[bad:]) else REPAIRED


def name_scale(case: Case, came: float) -> str:
    """Which mistake makes this scale."""
    if case.finite:
        return "after a good step the scale stays as it is"
    if came == case.scale:
        return "after bad gradients the scale is halved"
    if came == 2 * case.scale:
        return "the scale is halved: the gradients were too large"
    if came == case.scale // 2:
        return "the scale may fall below 1: it is a float, and / 2 halves it"
    if came == case.scale / 4:
        return "the scale is halved once, however many gradients are bad"
    return "the scale is halved, and nothing else: scale / 2"
