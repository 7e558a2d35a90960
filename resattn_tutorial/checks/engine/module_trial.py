"""Ask a learner's class of modules for all that can be seen of it.

The layers are known by the sizes of their parameters, and each size gets numbers of
its own. So names and order of the layers do not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.parameter import is_lazy

from resattn_tutorial.checks.engine.modules import (
    backward,
    build,
    call_words,
    unreached,
)
from resattn_tutorial.checks.engine.probe import (
    CUT,
    DTYPE,
    ask,
    refuse,
)
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import (
    ENDED,
    Loose,
    Names,
    Traces,
    alike,
    near,
)

IMAGES = 3
NO_LAYERS = (
    "the module owns no convolution: make the layers in __init__ and keep each as "
    "self.name (a plain list hides them)"
)
OF_BATCH = (
    "the batch's own statistics are used in eval mode too: nn.BatchNorm2d changes over "
    "by itself, unless track_running_stats=False; F.batch_norm needs buffers for mean "
    "and variance, and training=self.training"
)
NOT_LEARNED = (
    "training mode leaves the running statistics as they were: nn.BatchNorm2d keeps "
    "them itself; F.batch_norm needs buffers for mean and variance"
)
OTHER_WAY = (
    "more than the batch norms changes in eval mode, or they learn there as well: "
    "nn.BatchNorm2d does all by itself, forward need not look at self.training"
)
UNUSED = (
    "the output does not use {}: has each convolution a batch norm of its own, and is "
    "each layer used once?"
)
CUT_OFF = (
    "{} acts on the output, and no gradient comes back to it: .detach(), .data, "
    "torch.no_grad() or requires_grad=False cuts the way through the graph"
)
IGNORES = "the output ignores what comes in: other images give the same one"
# When running statistics change: in training mode, and in evaluation mode.
LEARNED = {
    (True, False): "in training mode alone", (False, False): "never",
    (False, True): "in eval mode alone", (True, True): "in eval mode too",
}
RANDOM = "something is random (dropout, noise), or is kept between calls"


class ModuleTrial:
    """How a class is asked that builds modules ``(N, C, H, W)`` to a map."""

    facts = {
        "layers": "it has the layers that it needs, and no others",
        "shape": "the result has the right shape",
        "training": "the numbers are right in training mode",
        "idle": "every parameter takes part",
        "unreached": "every parameter learns",
        "gradient": "all of the gradient reaches x",
        "evaluation": "in eval mode the running statistics are used",
        "learned": "running statistics are learned in training mode, and there alone",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        words = call_words(answer, case.asked)
        module, x = build(report, answer, *case.asked), images(case.shape)
        if any(map(is_lazy, module.parameters())):   # they get their sizes
            with suppress(Exception):
                module.eval()(x.clone())
        yield "layers", sizes(module)
        self.redraw(module)
        x = x.double()
        fresh = ask(report, words, module.eval(), x).detach()
        got = ask(report, words, module.train(), x)
        if got.dtype != x.dtype:
            refuse(report, f"torch.float64 came in, {got.dtype} came out", DTYPE)
        if near(got, fresh, 1e-6) and near(
            ask(report, words, module, x.flip(0) / 2), got, 1e-6
        ):
            refuse(report, "other images give the same output", IGNORES)
        yield "shape", tuple(got.shape)
        yield "training", Loose(got.detach(), 2e-3)
        if not near(ask(report, f"a second call of {words}", module, x), got, 2e-3):
            refuse(report, "two calls with one x give two outputs", RANDOM)
        yield from gradients(report, module, x)
        after = ask(report, words, module.eval(), x).detach()
        yield "evaluation", Loose(fresh, 1e-2)
        again = ask(report, words, module.eval(), x).detach()
        learned = (fresh, after), (after, again)
        yield "learned", LEARNED[tuple(not near(*pair, 2e-3) for pair in learned)]

    def redraw(self, module: nn.Module) -> None:
        """Give the module weights that do not depend on its own draws."""
        redraw(module)

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if right["layers"] and not found.get("layers", True):
            return NO_LAYERS
        if ENDED in found or found["shape"] != right["shape"]:
            return None
        same = {name: alike(found[name], right[name]) for name in right}
        if not same["training"] and alike(found["training"], right["evaluation"]):
            return OF_BATCH                          # running statistics in both modes
        if not same["idle"]:
            return UNUSED.format(", ".join(found["idle"][:3]))
        if not same["unreached"]:
            cut = same["training"] and not same["gradient"]
            return CUT if cut else CUT_OFF.format(", ".join(found["unreached"][:3]))
        if not same["training"]:
            return None
        if not same["gradient"]:
            return CUT
        if alike(found["evaluation"], right["training"]):
            return OF_BATCH
        return NOT_LEARNED if found["learned"] == "never" else OTHER_WAY


def images(shape: tuple[int, ...]) -> Tensor:
    """Some images; one pixel is far brighter, so that an upper end would show.

    Two rows of another image are far darker, so that a lower end does.
    """
    draw = torch.Generator().manual_seed(1)
    x = 4 * torch.randn(IMAGES, *shape, generator=draw)
    x[0, :, -1, -2] += 60
    x[1, :, -2:] -= 20
    return x


def size_of(parameter: Tensor) -> tuple[int, ...]:
    """Of a layer: a matrix is a 1x1 kernel, one on unfolded windows a large one."""
    count = parameter.numel()
    plain = parameter.squeeze().dim() <= 1
    return (count,) if plain else (parameter.shape[0], count)


def sizes(module: nn.Module) -> Counter:
    """How many parameters there are of each size."""
    return Counter(size_of(p) for p in module.parameters() if not is_lazy(p))


def redraw(module: nn.Module) -> nn.Module:
    """Give parameters of one size the same numbers; return the module, in float64.

    Those with one number a channel are positive, as scales are.
    """
    for parameter in module.double().parameters():
        size, count = size_of(parameter), parameter.numel()
        draw = torch.Generator().manual_seed(sum(n * 31**k for k, n in enumerate(size)))
        flat = torch.randn(count, generator=draw, dtype=torch.float64)
        values = flat.abs() / 2 + 0.5 if len(size) == 1 else flat
        with torch.no_grad():
            parameter.copy_(values.view_as(parameter))
    return module


def gradients(
    report: Report, module: nn.Module, x: Tensor
) -> Iterator[tuple[str, Any]]:
    """What learns in training mode, and the gradient that arrives at the input."""
    x = x.clone().requires_grad_()
    got = ask(report, "your answer", module.train(), x)
    with backward(report):
        cut = Names(never_reached(report, module, x, got))
        yield "idle", Names() if moves(report, module, x, got, cut) else cut
        yield "unreached", cut
        goal = (got * torch.sin(torch.arange(got.numel())).view_as(got)).sum()
        found = None
        if goal.requires_grad:
            (found,) = torch.autograd.grad(goal, x, allow_unused=True)
    yield "gradient", Loose(torch.zeros_like(x) if found is None else found, 3e-2)


def never_reached(
    report: Report, module: nn.Module, x: Tensor, got: Tensor
) -> list[str]:
    """The parameters that no gradient reaches, in training or in evaluation mode.

    In training mode a batch norm cancels a shift of all that comes into it. So the
    gradient of a bias before it is zero, and rounding decides whether all of it is.
    """
    cut = unreached(module, got)
    if cut:
        still = unreached(module, ask(report, "your answer", module.eval(), x))
        module.train()
        cut = [name for name in cut if name in still]
    return cut


def moves(
    report: Report, module: nn.Module, x: Tensor, got: Tensor, names: Names
) -> bool:
    """Whether parameters that no gradient reaches act on the output all the same.

    A batch norm takes a positive factor out again, but not its sign: so both are tried.
    """
    if not names:
        return False
    known = dict(module.named_parameters())
    draws = {name: torch.randn_like(known[name]) for name in names}
    for sign in (1, -1):
        other = {name: sign * draw for name, draw in draws.items()}
        with torch.no_grad():
            came = ask(report, "your answer", lambda x, other=other: functional_call(
                module, other, (x,)), x)
        if not near(came, got, 1e-6):
            return True
    return False
