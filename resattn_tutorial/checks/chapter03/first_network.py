"""The table of *The network*: stem, stages and head, and the masks beside the logits.
"""

from __future__ import annotations

import torch.nn.functional as F  # noqa: F401  (a slip needs it)
from torch import Tensor, nn

from resattn_tutorial.checks.chapter03.network_slips import (
    CHANNELS,
    GIVES_PAIR,
    NO_METHOD,
    SLIPS,
)
from resattn_tutorial.checks.chapter03.stage_trial import NetworkTrial
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.small_networks import FirstAttentionStage as Stage
from resattn_tutorial.models.stem_and_head import Head


class MyNetwork(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False)
        self.enter1 = ResidualUnit(32)
        self.stage1 = Stage(32, 2)
        self.enter2 = ResidualUnit(32, 64, stride=2)
        self.stage2 = Stage(64, 1)
        self.enter3 = ResidualUnit(64, 128, stride=2)
        self.stage3 = ResidualUnit(128)
        self.head = Head(128, classes)
        he_initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        return self.with_masks(images)[0]

    def with_masks(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        x = self.enter1(self.stem(images))
        x, mask1 = self.stage1(x)
        x, mask2 = self.stage2(self.enter2(x))
        x = self.stage3(self.enter3(x))
        return self.head(x), {"stage 1": mask1, "stage 2": mask2}


NETWORK = Table(
    title="The network",
    usage="MyNetwork(classes)",
    reference=MyNetwork,
    cases=(
        Case((10,), shape=(3, 19, 14)),
        Case((7,), "another number of classes works too", (3, 16, 16)),
    ),
    slips=SLIPS,
    trial=NetworkTrial(),
    facts={
        "layers": "it holds stem, units, two stages and head",
        "shape": "the logits have the shape (N, classes)",
        "training": "the parts follow one another as they should",
    },
    errors={
        "object has no attribute 'with_masks'": NO_METHOD,
        "'tuple' object": GIVES_PAIR,
        "got tuple": GIVES_PAIR,
        "channels": CHANNELS,
        "has no attribute": "a layer is used that __init__ did not keep as self.name",
        "too many values to unpack": "a stage gives a pair, a unit one tensor",
    },
    pairs=40,
)
