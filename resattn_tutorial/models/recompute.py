"""A network that keeps its modules' inputs only, and computes the rest again (chapter
16): gradient checkpointing.

For the backward pass PyTorch keeps nearly every map of the forward pass. Here it keeps
the one map that enters each attention module and each residual unit of the trunk. When
the backward pass comes to such a part, the part runs forward once more, and its maps
live until its gradients are there. So a step runs forward twice, and the most that it
holds is all inputs and the maps of the largest part.

:mod:`~resattn_tutorial.models.save_memory` works within a unit: it keeps half as much
and runs no convolution again. Both may be used together, in either order: then the
largest part is smaller, too. ``torch.compile`` can follow neither.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd
from torch.utils.checkpoint import checkpoint

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.save_memory import Unmoved
from resattn_tutorial.validation import require_kind

NETWORKS = (ResidualAttentionNetwork, ResidualNetwork)


def recompute_modules(network: nn.Module) -> nn.Module:
    """Let the backward pass compute attention modules and residual units again.

    Outputs, gradients and running statistics stay the same, bit for bit, as do the
    names of the network's parts. Within an attention module all is computed again at
    once, its mask and its units. ``with_masks`` keeps what it always kept.

    Args:
        network: changed in place, weights and all else are left as they are. One that
            computed whole stages again does so module by module from now on.

    Returns:
        the network.

    Raises:
        TypeError: it is none of this course's residual networks.
    """
    return _exchanged(network, RecomputingParts)


def recompute_stages(network: nn.Module) -> nn.Module:
    """Let the backward pass compute whole stages again.

    That keeps less than :func:`recompute_modules` after the forward pass. But at its
    turn a stage's maps are all there at once, as many as without any of this: where
    one stage holds most of them, as the first does, it saves little.

    Args:
        network: as for :func:`recompute_modules`. All units of a ResNet, which are not
            divided into stages, would be one, and it is refused.

    Raises:
        TypeError: it is no residual attention network.
    """
    require_kind(
        "network", network, ResidualAttentionNetwork, "a ResidualAttentionNetwork"
    )
    return _exchanged(network, RecomputingStage)


def _exchanged(network: nn.Module, kind: type[nn.Sequential]) -> nn.Module:
    require_kind(
        "network", network, NETWORKS, "a ResidualAttentionNetwork or a ResidualNetwork"
    )
    is_flat = isinstance(network, ResidualNetwork)
    for row in [network.units] if is_flat else network.stages:
        # Not a new object, which would lose what others attached to this one.
        row.__class__ = kind
    return network


class RecomputingParts(nn.Sequential):
    """A sequence that keeps the input of each of its parts, and nothing else."""

    def forward(self, x: Tensor) -> Tensor:
        """Let ``x`` pass through the parts."""
        for part in self:
            x = recomputed(part, part, x)            # (N, C, H, W)
        return x


class RecomputingStage(nn.Sequential):
    """A sequence that keeps its own input, and nothing else."""

    def forward(self, x: Tensor) -> Tensor:
        """Let ``x`` pass through the parts."""
        return recomputed(super().forward, self, x)


def recomputed(
    function: Callable[[Tensor], Tensor], part: nn.Module, x: Tensor
) -> Tensor:
    """``function(x)``, of which only ``x`` is kept; the backward pass calls it again.

    The second call must not move the running statistics of batch norm once more, so
    they are held still meanwhile. Dropout draws the same random numbers again.

    Args:
        function: what to compute.
        part: holds all that the function uses.
        x: its input.
    """
    # Else the generator's state is not looked at: a CUDA graph cannot hold that.
    draws = any(isinstance(inner, _DropoutNd) for inner in part.modules())
    return checkpoint(
        function, x, use_reentrant=False, preserve_rng_state=draws,
        context_fn=lambda: (nullcontext(), Unmoved(part)),
    )
