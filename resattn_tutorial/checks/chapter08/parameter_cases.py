"""Networks whose parameters are to be counted, each with something that trips one."""

from __future__ import annotations

import torch
from torch import nn

from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch


def networks() -> dict[str, nn.Module]:
    """Networks in words, plain ones first."""
    classifier = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(72, 5)
    )
    frozen = ResidualUnit(8)
    for parameter in frozen.bn2.parameters():
        parameter.requires_grad_(False)
    frozen.conv1.weight.requires_grad_(False)
    shared, norm = nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6)
    bare = nn.Sequential(
        nn.Conv2d(3, 10, 1), nn.BatchNorm2d(10, affine=False),
        nn.Conv2d(10, 4, 1), nn.BatchNorm2d(4, track_running_stats=False),
    )
    flat = nn.Sequential(nn.Linear(9, 7), nn.BatchNorm1d(7), nn.Linear(7, 3))
    others = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.PReLU(8), nn.ConvTranspose2d(8, 4, 2)
    )
    kept = nn.Sequential(
        nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4),
        nn.InstanceNorm2d(4, affine=True, track_running_stats=True),
    )
    kept.register_buffer("mean_colour", torch.zeros(3))
    return {
        "a small classifier": classifier,
        "a residual unit with a projection": ResidualUnit(12, 32, 2),
        "a mask on the meta device": SoftMaskBranch(16, 1).to("meta"),
        "a unit with frozen parts": frozen,
        "a network that uses layers twice": nn.Sequential(shared, norm, shared, norm),
        "a network for vectors": flat,
        "batch norms without scales or without statistics": bare,
        "layers of other kinds": others,
        "other statistics than a batch norm's": kept,
    }
