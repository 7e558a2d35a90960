"""A network that keeps less for the backward pass, and computes it again (chapter 1).

Before each convolution of a unit stand a batch norm and a ReLU. For the backward pass
PyTorch keeps what enters the batch norm, and what the ReLU gives to the convolution:
two maps of one size. The second follows from the first in little time.
"""

from __future__ import annotations

from contextlib import nullcontext

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from resattn_tutorial.tensor_validation import (
    require_features,
    require_mask,
    require_network,
)


def save_memory(network: nn.Module) -> nn.Module:
    """Let a network's units and masks keep half as much; return the network.

    Outputs, gradients and running statistics stay the same, bit for bit, as do the
    names of its parts. A step of Attention-56 takes some hundredths longer.

    Args:
        network: changed in place, weights and all else are left as they are.

    Raises:
        TypeError: ``network`` is no module.
        ValueError: it has none of this course's residual units.
    """
    require_network(network)
    saving = {ResidualUnit: SavingUnit, SoftMaskBranch: SavingMask}
    parts = list(network.modules())
    if not any(isinstance(part, ResidualUnit) for part in parts):
        raise ValueError(
            "network must hold a ResidualUnit, which can keep less, got none."
        )
    for part in parts:
        if type(part) in saving:
            part.__class__ = saving[type(part)]
    return network


class SavingUnit(ResidualUnit):
    """A residual unit that keeps what enters its batch norms, and nothing else."""

    def forward(self, x: Tensor) -> Tensor:
        """Add the bottleneck's output to the shortcut."""
        require_features(
            "x", x, self.in_channels, 1, self.training, self.conv1.weight
        )
        if self.projection is None:
            y, shortcut = normalised(self.bn1, self.conv1, x), x
        else:                                        # two convolutions read it
            ready = F.relu(self.bn1(x))              # (N, C_in, H, W)
            y, shortcut = self.conv1(ready), self.projection(ready)
        y = normalised(self.bn2, self.conv2, y)
        return normalised(self.bn3, self.conv3, y) + shortcut


class SavingMask(SoftMaskBranch):
    """A soft mask branch whose last two convolutions keep no input."""

    def forward(self, x: Tensor) -> Tensor:
        """Weigh every channel of every pixel of ``x``."""
        require_features("x", x, self.channels, self.smallest, self.training)
        y = normalised(self.bn1, self.conv1, self.body(x))
        y = normalised(self.bn2, self.conv2, y)
        return require_mask(self.activation(y), y)


def normalised(norm: nn.Module, convolution: nn.Module, x: Tensor) -> Tensor:
    """``convolution(relu(norm(x)))``; the backward pass runs norm and ReLU once more.

    It does not run the convolution again: it stops once that has its input.
    """
    usual = isinstance(norm, _BatchNorm)             # neither taken out nor exchanged
    again = Unmoved(norm) if usual else nullcontext()

    def forward(x: Tensor) -> Tensor:
        return convolution(F.relu(norm(x)))

    return checkpoint(
        forward, x, use_reentrant=False, preserve_rng_state=False,
        context_fn=lambda: (nullcontext(), again),
    )


class Unmoved:
    """Inside, the running statistics of a part's batch norms stay as they are.

    It may be entered again: the backward pass can run several times.

    Args:
        part: a batch norm, or whatever holds some.
    """

    def __init__(self, part: nn.Module) -> None:
        self.norms = [norm for norm in part.modules() if isinstance(norm, _BatchNorm)]

    def __enter__(self) -> None:
        self.kept = [(norm.momentum, norm.num_batches_tracked) for norm in self.norms]
        for norm in self.norms:
            norm.momentum, norm.num_batches_tracked = 0.0, None

    def __exit__(self, *error: object) -> None:
        for norm, kept in zip(self.norms, self.kept, strict=True):
            norm.momentum, norm.num_batches_tracked = kept
