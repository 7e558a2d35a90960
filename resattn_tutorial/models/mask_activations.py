"""What a mask may say: mixed, channel and spatial attention (chapter 4)."""

from __future__ import annotations

import torch
from torch import Tensor, fx

from resattn_tutorial.tensor_validation import require_features

# Leaves for torch.fx: see :mod:`~resattn_tutorial.models.residual`.
fx.wrap("require_features")


def mixed_attention(x: Tensor) -> Tensor:
    """Weigh every value by itself: ``(N, C, H, W)`` to the same shape, in (0, 1).

    The sigmoid of each value; mask and channel are free to say anything. It is what
    the paper's networks use.

    Paper: Section 3.3, Equation 4 (``f1``).
    """
    return torch.sigmoid(x)                          # (N, C, H, W)


def channel_attention(x: Tensor) -> Tensor:
    """Divide the channels' values at each position by their length: in [-1, 1].

    ``(N, C, H, W)`` to the same shape; the squares of each position's values sum to 1.
    There is no sigmoid, so values may be negative. Where all channels are 0 the result
    is 0: lengths below ``1e-6`` count as ``1e-6``. The paper is silent on this.

    Paper: Section 3.3, Equation 5 (``f2``).
    """
    require_features("x", x)
    # (N, 1, H, W): one length for each position
    length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    return x / length.clamp_min(1e-6)               # (N, C, H, W)


def spatial_attention(x: Tensor) -> Tensor:
    """Compare each value with its own map's mean and deviation: in (0, 1).

    ``(N, C, H, W)`` to the same shape. Each map of each image loses its mean over the
    positions and is divided by its standard deviation; then comes the sigmoid. So only
    *where* a map is high counts, not how high. The paper does not say whether the
    statistics are each image's own (our reading), nor how a flat map is divided: we add
    ``1e-5`` to the variance, as batch norm does, and a flat map becomes 0.5.

    Paper: Section 3.3, Equation 6 (``f3``).
    """
    require_features("x", x)
    mean = x.mean(dim=(2, 3), keepdim=True)          # (N, C, 1, 1)
    variance = x.var(dim=(2, 3), correction=0, keepdim=True)
    return torch.sigmoid((x - mean) / (variance + 1e-5).sqrt())
