"""The table of *A step with scaled gradients*."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter10.scaled_trial import REPAIRED, RUINED, StepTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table

INF, NAN = float("inf"), float("nan")


def my_scaled_step(
    weights: list[Tensor], gradients: list[Tensor], scale: float, rate: float
) -> float:
    """The solution, and what the slips change."""
    if not all(gradient.isfinite().all() for gradient in gradients):
        return scale / 2
    for weight, gradient in zip(weights, gradients, strict=True):
        weight -= rate * (gradient.float() / scale)
    return scale


FINE = "all(gradient.isfinite().all() for gradient in gradients)"
ASKED = "gradient.isfinite().all() for"
MOVE = "rate * (gradient.float() / scale)"
STEP = f"weight -= {MOVE}"
HALF = "return scale / 2"
END = "return scale\n"
LOOP = "for weight, gradient in zip(weights, gradients, strict=True):"
EARLY = f"    if not {FINE}:\n        {HALF}\n"
IN_LOOP = f"{LOOP}\n        if not gradient.isfinite().all():\n            {{}}"
LATE = f"{LOOP}\n        {STEP}\n    "


def moved(words: str, *moves: str) -> Slip:
    """Another move."""
    return Slip(words, *[{MOVE: move} for move in moves])


def asked(words: str, *questions: str) -> Slip:
    """Another question that each gradient is asked, or all of them."""
    return Slip(words, *[{ASKED: f"{question} for"} for question in questions])


def scaled(words: str, *scales: str) -> Slip:
    """Another scale after bad gradients."""
    return Slip(words, *[{HALF: f"return {one}"} for one in scales])


BAD = "sum(not gradient.isfinite().all() for gradient in gradients)"
SLIPS = (
    moved("the division is made in float16, where the small ones vanish again: "
          "gradient.float() comes first", "rate * (gradient / scale).float()"),
    moved("the arithmetic is made in float16, and loses digits or vanishes: "
          "gradient.float() comes first", "rate * gradient / scale",
          "(rate / scale) * gradient", "(rate * gradient).float() / scale"),
    moved("the scale is still in the gradients: divide by it",
          "rate * gradient.float()"),
    moved("divide by the scale: the loss was multiplied by it",
          "rate * gradient.float() * scale"),
    moved("the rate is left out", "gradient.float() / scale"),
    moved("the sign: a step goes against the gradient", f"-{MOVE}"),
    moved("the step is taken twice", f"2 * {MOVE}"),
    moved("nothing is to be cut off: large gradients that are finite count in full",
          "rate * (gradient.float() / scale).clamp(-1, 1)"),
    moved("the scale is an argument: divide by the one that came",
          "rate * gradient.float() / 1024", "rate * gradient.float() / 65536"),
    Slip("the weights lose digits: they stay in float32",
         {STEP: f"weight.copy_(weight.half() - ({MOVE}).half())"},
         {STEP: f"weight.copy_(weight.half() - {MOVE})"}),
    Slip("no weight has moved: the step changes the tensors of the list in place, as "
         "`weight -= …` does", {"weight -= ": "weight = weight - "}),
    Slip("the entries of a list that was handed over are replaced: both lists are the "
         "caller's, and only weights change, in place, as `weight -= …` does",
         {LOOP: "for k, (weight, gradient) in enumerate(zip(weights, gradients)):",
          "weight -= ": "weights[k] = weight - "},
         {LOOP: f"gradients[:] = [one.float() for one in gradients]\n    {LOOP}"}),
    Slip("the gradients stay as they came: gradient.float() is a tensor of its own, "
         "divide that one", {STEP: "gradient /= scale; weight -= rate * gradient"},
         {STEP: f"{STEP}; gradient.zero_()"}),
    asked("large numbers are finite, too: ask isfinite() of the numbers themselves, "
          "not of their sum or size", "gradient.sum().isfinite()"),
    asked(RUINED, "not gradient.isinf().any()", "not gradient.isnan().any()",
          "not ((gradient == INF).any() or gradient.isnan().any())",
          "gradient.isfinite().any()"),
    Slip(RUINED, {FINE: "True"}, {FINE: "gradients[0].isfinite().all()"},
         {FINE: "gradients[-1].isfinite().all()"},
         {EARLY: "", END: f"return scale / (2 - {FINE})\n"},
         {EARLY: "", END: f"if {FINE}:\n        return scale\n"
          f"    {LATE.replace('-=', '+=')}{HALF}\n"}),
    Slip("some weights were moved before a bad number was found in a later gradient: "
         "look at all gradients first, then move",
         {EARLY: "", LOOP: IN_LOOP.format(HALF)}),
    Slip(REPAIRED,
         {EARLY: "", LOOP: IN_LOOP.format("continue"), END: f"return scale / (2 - "
          f"{FINE})\n"},
         {EARLY: "", "gradient.float()": "gradient.float().nan_to_num(0, 0, 0)",
          END: f"return scale / (2 - {FINE})\n"}),
    Slip("some weights do not move: every tensor of the list takes part",
         {STEP: f"{STEP}; break"}),
    scaled("after bad gradients the scale is halved", "scale"),
    scaled("the scale is halved: the gradients were too large", "scale * 2"),
    scaled("the scale may fall below 1: it is a float, and / 2 halves it", "scale // 2",
           "max(scale / 2, 1.0)"),
    scaled("the scale is halved once, however many gradients are bad",
           f"scale / 2**{BAD}"),
    scaled("the scale is halved, and nothing else: scale / 2", "scale / 4",
           "scale / 10", "scale - 1", "1.0"),
    Slip("after a good step the scale stays as it is",
         *[{END: f"return {one}\n"} for one in ("scale / 2", "scale * 2", "1.0")]),
)


def cases() -> Iterator[Case]:
    """The calls, always the same."""
    draw = torch.Generator().manual_seed(2)
    three, step, still = ((3, 2), (4,), (2, 2)), "each weight makes its step", (
        "no weight moves")

    def tensors(*shapes: tuple[int, ...]) -> list[Tensor]:
        return [torch.randn(shape, generator=draw) for shape in shapes]

    def halves(spoiled: dict[int, float]) -> list[Tensor]:
        found = [one.half() for one in tensors(*three)]
        for where, value in spoiled.items():
            found[where].view(-1)[1] = value
        return found

    tiny = [(one * 1e-3).half() for one in tensors((2, 3), (5,))]
    large = [torch.tensor([60000.0, -60000.0, 60000.0, 60000.0]).half()]
    zeros = [torch.zeros(2, 3), torch.zeros(5)]
    yield Case((tensors(*three), halves({}), 8.0, 0.25), f"ordinary gradients: {step}")
    yield Case((zeros, tiny, 2.0**16, 1e4),
               f"true gradients too small for float16: {step}")
    for words, spoiled, scale in (
        ("an infinite number in the second gradient", {1: INF}, 1024.0),
        ("NaN in the first gradient", {0: NAN}, 64.0),
        ("minus infinity in the last gradient", {2: -INF}, 2.0),
    ):
        yield Case((tensors(*three), halves(spoiled), scale, 0.1), f"{words}: {still}")
    yield Case((tensors((4,)), large, 4096.0, 0.01),
               f"large gradients that are finite: {step}")
    yield Case((tensors(*three), halves({0: INF, 1: NAN}), 1.0, 0.1),
               f"two bad gradients, and scale 1: {still}")


SCALED_STEP = Table(
    title="A step with scaled gradients",
    usage="my_scaled_step(weights, gradients, scale, rate)",
    reference=my_scaled_step,
    cases=tuple(cases()),
    slips=SLIPS,
    trial=StepTrial(),
    fixed=False,
    errors={
        "at least one": "there may be only one tensor, and each has its own shape",
        "unpack": "there may be any number of tensors",
        "out of range": "there may be any number of tensors",
        "result type": "a weight stays float32",
        "must be found": "a weight stays float32",
        "Boolean value of Tensor": "isfinite() gives a tensor: .all() makes one answer "
        "of it",
        "has no attribute 'grad": "the gradients come as a list of their own, the "
        "second argument",
        "NoneType": "the gradients come as a list of their own, the second argument",
        "has no attribute": "weights and gradients are lists of tensors",
    },
)
