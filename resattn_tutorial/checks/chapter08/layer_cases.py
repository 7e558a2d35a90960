"""Small networks whose layers are to be watched while they run."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch


class Mixed(nn.Module):
    """All that makes a count hard: a stride, groups, rows, a layer used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, (7, 5), stride=2, padding=3), nn.BatchNorm2d(8), nn.ReLU()
        )
        self.again = nn.Conv2d(8, 8, 3, padding=1, groups=4)
        self.rows = nn.Linear(8, 6)
        self.head = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        y = self.again(self.again(self.stem(x)))     # (N, 8, H / 2, W / 2)
        rows = self.rows(y.flatten(2).transpose(1, 2))   # (N, H W / 4, 6)
        return self.head(rows.mean(dim=1))           # (N, 5)


class Resting(nn.Module):
    """Two layers, of which one never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.works, self.rests = nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.works(x)


def networks() -> dict[str, tuple[nn.Module, Tensor]]:
    """Networks in words, each with its images; one difficulty at a time."""
    shared = nn.Conv2d(4, 4, 3, padding=1)
    with torch.device("meta"):
        unit = ResidualUnit(64, 256, 2), torch.empty(1, 64, 23, 23)
    found = {
        "one convolution": (nn.Conv2d(3, 4, 3, padding=1), torch.zeros(1, 3, 6, 8)),
        "a convolution of stride 2":
            (nn.Conv2d(3, 4, 3, 2, 1), torch.zeros(1, 3, 9, 9)),
        "a convolution in two groups":
            (nn.Conv2d(4, 6, 3, groups=2), torch.zeros(1, 4, 7, 8)),
        "a linear layer, ten images": (nn.Linear(6, 4), torch.zeros(10, 6)),
        "a linear layer on rows of features": (nn.Linear(6, 4), torch.zeros(2, 7, 6)),
        "a layer that is used three times":
            (nn.Sequential(shared, shared, nn.ReLU(), shared), torch.zeros(1, 4, 5, 5)),
        "a layer that never runs": (Resting(), torch.zeros(3, 6)),
        "a mask with two poolings": (SoftMaskBranch(8, 2), torch.zeros(1, 8, 13, 13)),
        "a unit on the meta device": unit,
        "a network with a bit of everything, two images":
            (Mixed(), torch.zeros(2, 3, 15, 11)),
    }
    return {words: (network.eval(), x) for words, (network, x) in found.items()}
