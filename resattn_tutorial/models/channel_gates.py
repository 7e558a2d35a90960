"""Two later ways to weigh features: squeeze-and-excitation, and CBAM (chapter 12).

Both came after the paper and cost far less than its masks. They stand here for one
question: does a soft mask do more than they do, on the same trunk?
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from resattn_tutorial.tensor_validation import require_features
from resattn_tutorial.validation import require_count

# Leaves for torch.fx: see :mod:`~resattn_tutorial.models.residual`.
fx.wrap("require_features")

# Both papers divide the channels by 16. A gate of 32 channels would have two left.
REDUCTION, FEWEST = 16, 4


class SqueezeGate(nn.Module):
    """Weigh each channel by what all channels hold on average.

    ``(N, C, H, W)`` to the same shape. The mean of each map, two linear layers with a
    ReLU between them, a sigmoid: one weight in (0, 1) for each channel of each image.

    Hu et al. (2018), *Squeeze-and-Excitation Networks*, Section 3. Between the layers
    are ``max(C / 16, 4)`` values; the four are our choice for narrow maps.

    Raises:
        TypeError, ValueError: ``channels`` is no count; on a call, another input.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        require_count("channels", channels)
        hidden = max(channels // REDUCTION, FEWEST)
        self.channels = channels
        self.squeeze = nn.Linear(channels, hidden)
        self.excite = nn.Linear(hidden, channels)

    def weights(self, means: Tensor) -> Tensor:
        """What channels weigh before the sigmoid: ``(N, C)`` to ``(N, C)``."""
        return self.excite(F.relu(self.squeeze(means)))

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels."""
        require_features("x", x, self.channels)
        weights = torch.sigmoid(self.weights(x.mean(dim=(2, 3))))    # (N, C)
        return x * weights[:, :, None, None]         # (N, C, H, W)


class CbamGate(nn.Module):
    """Weigh channels, then positions: ``(N, C, H, W)`` to the same shape.

    Channels are weighted by the mean and the maximum of each map, which pass through
    the same two layers and are added; positions by a 7x7 convolution over the mean and
    the maximum of all channels there. Each ends in a sigmoid.

    Woo et al. (2018), *CBAM: Convolutional Block Attention Module*, Section 3.

    Raises:
        TypeError, ValueError: as :class:`SqueezeGate`.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channel = SqueezeGate(channels)
        self.position = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.bn = nn.BatchNorm2d(1)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels, then the positions."""
        require_features("x", x, self.channel.channels)
        means, largest = x.mean(dim=(2, 3)), x.amax(dim=(2, 3))      # (N, C), twice
        weigh = self.channel.weights
        weights = torch.sigmoid(weigh(means) + weigh(largest))       # (N, C)
        x = x * weights[:, :, None, None]            # (N, C, H, W)
        seen = torch.cat(
            [x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)], dim=1
        )                                            # (N, 2, H, W)
        return x * torch.sigmoid(self.bn(self.position(seen)))
