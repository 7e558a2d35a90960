"""The table of *What acts on the mask*: others' modules, and whose weights act.

The modules are small and have no batch norm, so that nothing but their wiring counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter06.wiring import StandIn, images
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table

Wiring = Callable[[dict[str, nn.Module], Tensor], tuple[Tensor, Tensor]]


def mask_reads(module: nn.Module, x: Tensor) -> set[str]:
    """The solution, and what the slips change."""
    output, mask = module.with_mask(x)
    found = set()
    for name, part in module.named_children():
        gradients = torch.autograd.grad(
            mask.sum(), list(part.parameters()), retain_graph=True, allow_unused=True
        )
        if any(g is not None and g.any() for g in gradients):
            found.add(name)
    return found


class Wired(nn.Module):
    """Parts of two units each, joined by a function; ``with_mask`` gives its result.

    Args:
        names: of the parts, in the order in which they are listed.
        wiring: joins the parts, and gives the output and the mask.
    """

    def __init__(self, names: str, wiring: Wiring) -> None:
        super().__init__()
        for place, name in enumerate(names.split()):
            units = [StandIn(4, 10 * place + k) for k in range(2)]
            self.add_module(name, nn.Sequential(*units))
        self.wiring = wiring

    def forward(self, x: Tensor) -> Tensor:
        """The output alone."""
        return self.with_mask(x)[0]

    def with_mask(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The output, and the mask."""
        return self.wiring(dict(self.named_children()), x)


USUAL = "before trunk mask after"


def right(part: dict[str, nn.Module], x: Tensor) -> tuple[Tensor, Tensor]:
    """The wiring of the chapter."""
    x = part["before"](x)
    mask = part["mask"](x).sigmoid()
    return part["after"]((1 + mask) * part["trunk"](x)), mask


def from_the_input(part: dict[str, nn.Module], x: Tensor) -> tuple[Tensor, Tensor]:
    """The mask reads the module's input, and is faint."""
    mask = part["mask"](x).sigmoid() / 10_000
    return part["after"]((1 + mask) * part["trunk"](part["before"](x))), mask


def trunk_inside(part: dict[str, nn.Module], x: Tensor) -> tuple[Tensor, Tensor]:
    """Half of the trunk comes into the mask."""
    x = part["before"](x)
    half = part["trunk"][0](x)
    mask = (part["mask"](x) - half).sigmoid()
    return part["after"]((1 + mask) * part["trunk"][1](half)), mask


def of_the_output(part: dict[str, nn.Module], x: Tensor) -> tuple[Tensor, Tensor]:
    """Other names; the mask is made last, and the gate's first unit never runs."""
    y = part["body"](part["stem"](x))
    return y, part["gate"][1](part["tail"](y)).sigmoid()


def of_nothing(part: dict[str, nn.Module], x: Tensor) -> tuple[Tensor, Tensor]:
    """The trunk comes into the mask, times zero."""
    x = part["before"](x)
    trunk = part["trunk"](x)
    mask = (part["mask"](x) + 0 * trunk).sigmoid()
    return part["after"]((1 + mask) * trunk), mask


def case(fact: str, wiring: Wiring, names: str = USUAL) -> Case:
    """A module and some images for it."""
    return Case((Wired(names, wiring).eval(), images(3, 2, 4, 5, 6)), fact)


INSIDE = (
    "this is something inside a part: name the part that it belongs to, as "
    "named_children lists it"
)
WISH = "return a set of names, such as {\"before\", \"mask\"}"


def read_names(report: Report, came: Any) -> tuple[str, ...]:
    """The names that came, sorted."""
    if came is None:
        refuse(report, "a set of names must come back, got None",
               "the function ends without a return")
    if isinstance(came, str) or not isinstance(came, set | frozenset | list | tuple):
        refuse(report, f"a set of names must come back, got {kind(came)}", WISH)
    for name in came:
        if not isinstance(name, str):
            refuse(report, f"{kind(name)} is no name of a part", WISH)
    inside = sorted(name for name in came if "." in name)
    if inside:
        refuse(report, f"{inside[0]} is no name of a part", INSIDE)
    return tuple(sorted(set(came)))


ASKED, WEIGHTS = "mask.sum()", "list(part.parameters())"
ACTS = "any(g is not None and g.any() for g in gradients)"
ADD, RETURN = "found.add(name)", "return found"
DOOR = "output, mask = module.with_mask(x)"
SLIPS = (
    Slip("these are the output's gradients. All parts act on that; take those of the "
         "mask, the second of the two that with_mask returns",
         {ASKED: "output.sum()"}),
    Slip("this asks the output and the mask together: ask the mask alone",
         {ASKED: "(mask.sum() + output.sum())"}),
    Slip("a gradient that is there may be zero everywhere. Such a part is connected, "
         "and does not act", {ACTS: "any(g is not None for g in gradients)"}),
    Slip("one weight that acts is enough: any, not all", {
        ACTS: "all(g is not None and g.any() for g in gradients)"}),
    Slip("the first weights of a part do not stand for all of them: ask every one",
         {WEIGHTS: "list(part.parameters())[:1]"}),
    Slip("the last weights of a part do not stand for all of them: ask every one",
         {WEIGHTS: "list(part.parameters())[-1:]"}),
    Slip("these are the parts that do not act: the condition is negated",
         {ACTS: f"not {ACTS}"}),
    Slip("a gradient may be small: ask whether it differs from zero, with no "
         "threshold", {ACTS: "any(g is not None and g.abs().max() > 0.01 "
                             "for g in gradients)"}),
    Slip("the loop ends with the first part that acts: a return or a break stands too "
         "far to the right", {ADD: f"{ADD}; break"}),
    Slip("only the part that was looked at last comes back: collect them",
         {ADD: "found = {name}"}),
    Slip("the mask's own part acts on the mask, too", {RETURN: "return found - "
                                                       "{'mask', 'gate'}"}),
    Slip("the first and the last part are left out: ask every part",
         {"module.named_children()": "list(module.named_children())[1:-1]"}),
    Slip("these are the names of all parts, whether they act or not",
         {ACTS: "True"}),
    Slip("these are the names for a module that is wired rightly, whatever module "
         "comes", {RETURN: "return {'before', 'mask'}"}),
)
READING = Table(
    title="What acts on the mask",
    usage="mask_reads(module, x)",
    reference=mask_reads,
    cases=(
        case("in a module that is wired rightly two parts act on the mask: the first "
             "units and the mask's own part",
             right),
        case("where the mask reads the module's input, its own part alone acts on it",
             from_the_input),
        case("a single unit of the trunk that reaches the mask is named, too",
             trunk_inside, f"{USUAL} spare"),
        case("a module whose parts have other names is read as it is wired",
             of_the_output, "stem body gate tail"),
        case("a trunk that is multiplied by zero does not act", of_nothing),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read_names),
    fixed=False,
    otherwise="for each part in turn: has any of its weights a gradient of the mask's "
    "sum that is not zero?",
    errors={
        "'tuple' object has no": "with_mask returns two things; the mask is the second",
        "is ambiguous": "a gradient is a tensor: g.any() asks whether one of its "
        "values is not zero",
        "does not require grad": "the graph is cut off: torch.no_grad(), .detach() and "
        "requires_grad_(False) do that",
        "can be implicitly created only for scalar": "autograd starts from one number: "
        "mask.sum()",
        "second time": "the graph is asked once for each part: retain_graph=True keeps "
        "it",
        "not have been used in the graph": "some parts do not act: allow_unused=True "
        "gives None for those",
        "NoneType": "a weight that is not used at all has None in place of a gradient",
    },
)
