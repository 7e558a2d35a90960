"""The checks of chapter 7: a depth, a smallest map, a list of stages, a ratio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from resattn_tutorial.checks.chapter07 import depth_forms
from resattn_tutorial.checks.chapter07.family import FAMILY
from resattn_tutorial.checks.chapter07.ratios import RATIOS
from resattn_tutorial.checks.chapter07.sizes import SIZES
from resattn_tutorial.checks.chapter07.whole import require_whole
from resattn_tutorial.checks.engine.functions import call, require_function
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.probe import KEPT, refuse, suspecting
from resattn_tutorial.checks.engine.report import Report, exercise

STAGES_ONLY = {
    "has no attribute 'stages'": "a network without masks has no `stages`: walk the "
    "children of whatever network comes",
    "has no attribute 'trunk'": "not every part of a stage is an attention module",
    "has no attribute 'before'": "not every part of a stage is an attention module",
    "was run": "walk through the parts and count what is there; nothing has to be "
    "computed",
    "recursion": "a layer without children ends the walk",
}


@exercise("The depth of a network")
def depth(report: Report, answer: Callable[[nn.Module], int]) -> None:
    """Judge ``my_depth(network)``: the weighted layers along the trunk."""
    require_function(report, answer, "my_depth(network)")
    cases = list(depth_forms.networks())
    names, networks, right = map(list, zip(*cases, strict=True))
    with suspecting(report, STAGES_ONLY):
        found = [_measured(report, answer, network) for network in networks]
    words = None if found == right else depth_forms.name(found, networks, right)
    for name, mine, true in zip(names, found, right, strict=True):
        report.require(mine == true, f"{name}: depth {true}", f"got {mine}", words)


def _measured(report: Report, answer: Callable, network: nn.Module) -> int:
    """A network's depth by the answer, which leaves the network as it was."""
    network.forward = _not_run
    before = _state(network)
    came = require_whole(report, call(report, answer, "my_depth(…)", network))
    if _state(network) != before:
        refuse(report, "my_depth(…) changed the network that it measures",
               "do not take parts out, add to them or change their mode; leave out "
               "what does not count while you walk")
    again = require_whole(report, call(report, answer, "my_depth(…)", network))
    if again != came:
        refuse(report, f"a second call gives {again}, the first gave {came}", KEPT)
    return came


def _not_run(*_: Any) -> None:
    raise RuntimeError("the network was run")


def _state(network: nn.Module) -> list[tuple]:
    parts = [
        (name, id(part), part.training, len(part._forward_hooks))
        for name, part in network.named_modules()
    ]
    values = [
        (name, p.requires_grad, p.detach().sum().item())
        for name, p in network.named_parameters()
    ]
    return parts + values


smallest_map = checked(SIZES)
stages = checked(FAMILY)
ratio = checked(RATIOS)
