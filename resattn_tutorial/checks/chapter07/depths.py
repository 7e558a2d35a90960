"""The table of *Count the depth*.

A layer's place in a network is its dotted name, such as
``stages.0.1.mask.body.down.0.conv1``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from torch import nn

from resattn_tutorial.checks.chapter07.small_networks import NETWORKS, built
from resattn_tutorial.checks.chapter07.whole import require_whole
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.probe import call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.attention_module import (  # noqa: F401  (a slip needs it)
    AttentionModule,
)
from resattn_tutorial.models.residual import ResidualUnit  # noqa: F401  (so does one)


def my_depth(network: nn.Module) -> int:
    """The solution, walked by the places' names, and what the slips change."""
    layers = 0
    for name, part in network.named_modules():
        if {"mask", "projection", ""} & set(name.split(".")):
            continue
        layers += isinstance(part, nn.Conv2d | nn.Linear)
    return layers


def _state(network: nn.Module) -> list[tuple]:
    parts = [
        (name, id(part), part.training, len(part._forward_hooks))
        for name, part in network.named_modules()
    ]
    return parts + [(id(p), p.requires_grad, p._version) for p in network.parameters()]


@dataclass(frozen=True, eq=False)
class DepthTrial(FunctionTrial):
    """How an answer is asked for the depth of a network, which stays as it was."""

    def once(
        self, report: Report, table: Table, answer: Callable, inputs: tuple
    ) -> Any:
        """See :meth:`.FunctionTrial.once`."""
        network, = inputs
        before = _state(network)
        try:
            return call(report, table.usage, answer, network)
        finally:
            if _state(network) != before:
                built.cache_clear()                  # the next check has others
                refuse(report, "my_depth(…) changed the network that it measures",
                       "do not take parts out, add to them or change their mode; leave "
                       "out what does not count while you walk")


WEIGHTED = "isinstance(part, nn.Conv2d | nn.Linear)"
MASKS = "the masks' layers are counted: a mask stands beside the trunk"
PROJECTIONS = "the projections are counted: they stand on the shortcut"
CLASSIFIER = "the classifier is a layer with weights too, the head's linear one"
STEM = (
    "the stem's convolutions are missing, or the classifier is, and the stem counts as "
    "one layer: all of them are on the trunk"
)
HALF = (
    "a module has p units before the split and p more after the merge; half of them "
    "are missing"
)
OTHER_KINDS = (
    "units may be of another class than ResidualUnit, and a stem may have more than "
    "one layer: count the layers"
)
NO_STAGES = (
    "a network without masks has no `stages`: walk the children of whatever network "
    "comes"
)
OF_UNITS = "each unit has three convolutions"
UNITS = (
    f"units are counted, not layers: {OF_UNITS}; then there are the stem and the "
    "classifier"
)
WHAT = {
    MASKS: {'"mask", ': ""},
    PROJECTIONS: {'"projection", ': ""},
    CLASSIFIER: {" | nn.Linear": ""},
    STEM: {'""}': '"", "stem"}'},
}
"""What is counted, or not; each goes with each other."""
UNIT = "hasattr(part, 'conv3')", "isinstance(part, ResidualUnit)"


def alone_and_together() -> list[Slip]:
    """Each of what is counted or not, and all combinations."""
    return [
        Slip("; and ".join(words), {k: v for w in words for k, v in WHAT[w].items()})
        for count in (1, 2, 3, 4) for words in combinations(WHAT, count)
    ]


def without(words: str, *names: tuple[str, ...]) -> Slip:
    """Parts of these names left out."""
    return Slip(words, *[{'""}': '"", ' + str(some)[1:-1].rstrip(",") + "}"}
                         for some in names])


def counted(words: str, *puts: str, more: int = 0) -> Slip:
    """Other parts counted, and some more by hand."""
    end = {"return layers": f"return layers + {more}"} if more else {}
    return Slip(words, *[{WEIGHTED: put} | end for put in puts])


def of_kernels(words: str, test: str) -> Slip:
    """Convolutions of some sizes alone: with the classifier or not, in masks or not."""
    some = f"(isinstance(part, nn.Conv2d) and part.kernel_size {test})"
    every = {'"mask", "projection", ': ""}
    return Slip(words, *[{WEIGHTED: put} | more for put in (
        some, f"({some} or isinstance(part, nn.Linear))") for more in ({}, every)])


def lost(network: nn.Module) -> int:
    """Goes down, and throws away what comes back."""
    layers = 0
    for name, part in network.named_children():
        if name not in ("mask", "projection"):
            layers += isinstance(part, nn.Conv2d | nn.Linear)
            lost(part)
    return layers


def two_walks(network: nn.Module) -> int:
    """Goes down by recursion and by named_modules() at once."""
    layers = 0
    for name, part in network.named_modules():
        if not {"mask", "projection", ""} & set(name.split(".")):
            layers += isinstance(part, nn.Conv2d | nn.Linear) + two_walks(part)
    return layers


SLIPS = (
    *alone_and_together(),
    Slip(NO_STAGES, {"network.named_modules": "network.stages.named_modules"}),
    Slip("a projection may be a convolution and a batch norm in an nn.Sequential: "
         "leave out whatever stands in `projection`",
         {'"projection", ': "",
          WEIGHTED: f"{WEIGHTED} and name[-10:] != 'projection'"}),
    Slip(f"{MASKS}, with all that is inside it",
         {'set(name.split("."))': 'set(name.split(".")[-1:])'}),
    Slip("the two 1x1 convolutions at a mask's end belong to the mask",
         {'"mask"': '"body"'}),
    counted("batch norms are counted; depth counts convolutions and the linear",
            WEIGHTED.replace(")", " | nn.BatchNorm2d)")),
    without("a module's own units are on the trunk: of a module, only the mask is left "
            "out", ("before", "trunk", "after")),
    without(HALF, ("after",)),
    without("a module's units `before` the split and `after` the merge are on the "
            "trunk too", ("before", "after")),
    without("a module's `trunk` is missing", ("trunk",)),
    *[of_kernels(f"only the {k}x{k} convolutions are counted; {OF_UNITS}", test)
      for k, test in ((3, "== (3, 3)"), (1, "== (1, 1)"))],
    of_kernels("the 1x1 convolutions are layers, too: not all of them belong to a mask "
               "or a projection", "!= (1, 1)"),
    counted(UNITS, *UNIT),
    counted(UNITS, *UNIT, more=2),
    counted(OTHER_KINDS, *[f"3 * {unit}" for unit in UNIT], more=2),
    counted("36m + 20 is the CIFAR family's; walk the network that came",
            "12 * isinstance(part, AttentionModule)", more=20),
    counted("one layer too many in each network: a projection of stride 1 is a "
            "projection, too, and nothing has to be added by hand", WEIGHTED, more=1),
    Slip("every layer is counted twice: named_modules() walks into all parts",
         {"return layers": "return 2 * layers"}),
    Slip("parameters are counted: layers, not their weights and biases",
         lambda network: len(list(network.parameters()))),
    Slip("all modules are counted: only convolutions and the linear layer count",
         lambda network: len(list(network.modules()))),
    Slip("nothing is found: go down into the children, and add what they hold", lost),
    Slip("layers are counted more than once: a walk by recursion goes through "
         "named_children(), named_modules() goes through all parts by itself",
         two_walks),
)
DEPTHS = Table(
    title="The depth of a network",
    usage="my_depth(network)",
    reference=my_depth,
    cases=tuple(Case((name,), f"{name}: depth {depth}")
                for name, (_, depth) in NETWORKS.items()),
    slips=SLIPS,
    trial=DepthTrial(
        read=require_whole, make=lambda case: (built(*case.asked),)),
    errors={
        "has no attribute 'stages'": NO_STAGES,
        "has no attribute 'trunk'": "not every part of a stage is an attention module",
        "has no attribute 'before'": "not every part of a stage is an attention module",
        "was run": "walk through the parts and count what is there; nothing has to be "
        "computed",
        "recursion": "a layer without children ends the walk",
    },
    fixed=False,
)
