"""The attention module: a trunk, a mask beside it, and how the two meet (chapters 5
and 6).

A module is what the paper stacks. Units stand before the split and after the merge;
between them the trunk computes features and the mask weighs them. The form is that of
the authors' released network files.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, fx, nn

from resattn_tutorial.models.mask_activations import mixed_attention
from resattn_tutorial.models.soft_mask import SoftMaskBranch, row_of_units
from resattn_tutorial.tensor_validation import require_features
from resattn_tutorial.validation import require_callable, require_count

# Leaves for torch.fx: see :mod:`~resattn_tutorial.models.residual`.
fx.wrap("require_features")


def naive_attention(mask: Tensor, trunk: Tensor) -> Tensor:
    """The plain product ``M * T``: a mask of 0 deletes, one of 1 changes nothing.

    Paper: Section 3, Equation 1; the "naive attention learning" of Table 3.
    """
    return mask * trunk                              # (N, C, H, W)


def residual_attention(mask: Tensor, trunk: Tensor) -> Tensor:
    """Attention residual learning, ``(1 + M) * T``.

    A mask of 0 changes nothing, one of 1 doubles. Written as ``T + M * T``, as the
    released files do, with the trunk as it is.

    Paper: Section 3.1, Equation 3.
    """
    return trunk + mask * trunk                      # (N, C, H, W)


class AttentionModule(nn.Module):
    """One attention module: ``(N, C, H, W)`` to the same shape.

    ``p`` residual units; then, side by side, a trunk of ``t`` units and a soft mask
    branch; their merge; and ``p`` units more. The mask starts from the raw output of
    the first ``p`` units, and weighs the raw sum at the trunk's end.

    Args:
        channels: channels throughout, a multiple of 4.
        poolings: how often the mask halves its map.
        p: residual units before the split, and again after the merge.
        t: residual units of the trunk.
        r: residual units between two poolings of the mask.
        activation: what turns the mask's last map into weights.
        merge: how mask and trunk meet, ``merge(mask, trunk)``.

    Raises:
        TypeError, ValueError: as
            :class:`~resattn_tutorial.models.soft_mask.SoftMaskBranch`.

    Paper: Sections 3 and 3.2, Figure 2; ``p = 1, t = 2, r = 1`` everywhere but in
    Attention-452. The released files' ``Attention`` layers.
    """

    def __init__(
        self,
        channels: int,
        poolings: int,
        p: int = 1,
        t: int = 2,
        r: int = 1,
        activation: Callable[[Tensor], Tensor] = mixed_attention,
        merge: Callable[[Tensor, Tensor], Tensor] = residual_attention,
    ) -> None:
        super().__init__()
        require_count("channels", channels, multiple_of=4)
        for name, count in (("p", p), ("t", t), ("r", r)):
            require_count(name, count, at_most=1000)
        require_callable("merge", merge)
        self.before = row_of_units(channels, p)
        self.trunk = row_of_units(channels, t)
        self.mask = SoftMaskBranch(channels, poolings, r, activation)
        self.merge = merge
        self.after = row_of_units(channels, p)

    def forward(self, x: Tensor) -> Tensor:
        """Compute features, weigh them, and pass them on."""
        return self.with_mask(x)[0]

    def with_mask(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The module's output and its mask, both ``(N, C, H, W)``."""
        require_features(
            "x", x, self.mask.channels, self.mask.smallest, self.training
        )
        x = self.before(x)                           # (N, C, H, W)
        mask = self.mask(x)                          # (N, C, H, W)
        x = self.merge(mask, self.trunk(x))          # (N, C, H, W)
        return self.after(x), mask


def local_mask_branch(
    channels: int,
    units: int,
    activation: Callable[[Tensor], Tensor] = mixed_attention,
) -> SoftMaskBranch:
    """A mask without poolings: ``units`` residual units at full size, then the tail.

    The paper compares its mask with "three Residual Units using the same number of
    FLOPs" (Table 4, "local convolutions"). With ``units=3`` in every mask these cost
    nearly twice as much; with ``units=1``, three in a network of three masks, about the
    same, as do three units that stand alone, without the tail. Which was meant is not
    known.

    Args:
        channels: channels throughout, a multiple of 4.
        units: residual units, at least 1.
        activation: what turns the last map into weights.

    Raises:
        TypeError, ValueError: as
            :class:`~resattn_tutorial.models.soft_mask.SoftMaskBranch`.
    """
    require_count("units", units, at_most=1000)
    mask = SoftMaskBranch(channels, poolings=0, activation=activation)
    mask.body = row_of_units(channels, units)
    return mask
