"""The table of *The network*: it takes the trained weights, and gives their logits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, wraps
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.engine.modules import build
from resattn_tutorial.checks.engine.probe import call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import ENDED, Traces
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.matching.trace import MatchingError
from resattn_tutorial.models.matching.transfer import take_weights
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.zoo import cifar_attention56


class MyNetwork(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.stages = nn.Sequential()
        before, stride = 16, 1
        for channels, poolings in ((64, 3), (128, 2), (256, 1)):
            self.stages.append(ResidualUnit(before, channels, stride))
            self.stages.append(AttentionModule(channels, poolings))
            self.stages.append(ResidualUnit(channels))
            before, stride = channels, 2
        self.bn = nn.BatchNorm2d(before)
        self.classify = nn.Linear(before, classes)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stages(self.stem(images))
        return self.classify(F.relu(self.bn(x)).mean(dim=(2, 3)))


CLASS = "write class MyNetwork(nn.Module): and hand over its name, without brackets"
FITS = "all 216 layers fit, and the logits are the weights'"


class NetworkTrial:
    """Give trained weights to the answer's network, and see what it says."""

    facts = {"weights": "it takes the weights of a trained Attention-56"}
    dtype = gradient = False

    def make(self, case: Case) -> tuple:
        """The arguments of a case."""
        return case.asked

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        if isinstance(answer, type) and not issubclass(answer, nn.Module):
            refuse(report, "the class is not an nn.Module", CLASS)
        network = build(report, returning(answer), *case.asked)
        yield "weights", call(report, "the network", what_fits, network)

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if ENDED in found:
            return None
        return "the part that is named: compare it with the drawing of its chapter"


def returning(answer: Any) -> Any:
    """A function that may give nothing, as one that says so."""
    if isinstance(answer, type | nn.Module) or not callable(answer):
        return answer

    @wraps(answer)
    def returned(*given: int) -> Any:
        if (came := answer(*given)) is None:
            raise TypeError("nothing came back")
        return came

    return returned


@cache
def trained() -> nn.Module:
    """The package's network with the weights of the built-in scenes."""
    return cifar_attention56(weights="SCENES")


def what_fits(network: nn.Module) -> str:
    """:data:`FITS`, or the first thing that does not, without names of their own."""
    images = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    try:
        take_weights(network, trained(), images)
    except MatchingError as error:
        lines = str(error).splitlines()
        line = lines[1 if len(lines) > 1 else 0].strip()
        return re.sub(r" \(yours: [^)]*\)", "", line)
    return FITS


STAGES = "((64, 3), (128, 2), (256, 1))"
HEAD = "self.classify(F.relu(self.bn(x)).mean(dim=(2, 3)))"
LEAVE = "self.stages.append(ResidualUnit(channels))"
SLIPS = (
    Slip("the masks of the three stages must pool 3, 2 and 1 times",
         {STAGES: "((64, 2), (128, 1), (256, 1))"}),
    Slip("the channels must be 64, 128 and 256",
         {STAGES: "((16, 3), (32, 2), (64, 1))"}),
    Slip("the first stage must keep its size, the later ones must halve it",
         {"before, stride = 16, 1": "before, stride = 16, 2"},
         {"before, stride = channels, 2": "before = channels"}),
    Slip("one unit must end each stage, after the module", {LEAVE: "pass"},
         {LEAVE: f"{LEAVE}; {LEAVE}"}),
    Slip("the stem must be one 3x3 convolution to 16 channels, with padding",
         {"3, 16, 3, padding=1": "3, 16, 5, padding=2"}),
    Slip("nothing may stand between the stem and the first unit",
         {"self.stem(images)": "F.relu(self.stem(images))"}),
    Slip("batch norm and ReLU must stand before the mean",
         {HEAD: "self.classify(self.bn(x).mean(dim=(2, 3)))"},
         {HEAD: "self.classify(F.relu(x).mean(dim=(2, 3)))"}),
    Slip("the head must take the mean over positions",
         {"mean(dim=(2, 3))": "amax(dim=(2, 3))"}),
    Slip("logits must come out, without a softmax", {HEAD: f"{HEAD}.softmax(1)"}),
    Slip("as many logits must come out as there are classes",
         {"nn.Linear(before, classes)": "nn.Linear(before, 100)"}),
    Slip("the stem's convolution has a bias: it must have none",
         {"padding=1, bias=False": "padding=1"}),
)
NETWORK = Table(
    title="The network",
    usage="MyNetwork(classes)",
    reference=MyNetwork,
    cases=(Case((10,), title="the first thing that does not fit"),),
    slips=SLIPS,
    trial=NetworkTrial(),
    errors={"nothing came back": "return the network"},
    fixed=False,
    pairs=0,
)
