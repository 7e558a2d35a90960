"""The pooling of the authors' masks, for checks of several chapters."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def halved(x: Tensor) -> Tensor:
    """The authors' pooling: ``(N, C, H, W)`` to ``(N, C, H // 2, W // 2)``."""
    return F.max_pool2d(x, 3, stride=2, padding=0, ceil_mode=True)
