"""The residual unit: what every branch of the network is made of (chapter 1).

It is the pre-activation bottleneck of He et al. (2016), which the paper uses "as the
network basic unit" (Section 3), in the exact form of the authors' released network
files: batch norm and ReLU come before each convolution, the stride sits on the 3x3
convolution, and a projection starts from the normalised input.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, fx, nn

from resattn_tutorial.tensor_validation import require_features, require_network
from resattn_tutorial.validation import require_count

# Leaves for torch.fx, which traces without numbers; the network that it makes keeps
# these checks.
fx.wrap("require_features")


class ResidualUnit(nn.Module):
    """A pre-activation bottleneck unit: ``(N, C_in, H, W)`` to ``(N, C_out, H', W')``.

    Three convolutions (1x1 down to a quarter of the channels, 3x3, 1x1 up again), each
    after a batch norm and a ReLU, are added to a shortcut. The shortcut is the raw
    input where shape and size stay the same. Otherwise it is a 1x1 convolution of the
    *normalised* input, with the unit's stride. No convolution has a bias.
    ``H'`` is ``ceil(H / stride)``.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output, a multiple of 4; the input's if left out.
        stride: step of the 3x3 convolution and of the projection, in pixels.

    Raises:
        TypeError: a count is no whole number; on a call, the input holds integers.
        ValueError: a count is too small, ``out_channels`` is no multiple of 4; on a
            call, the input has other axes or channels, or is empty while training.

    Paper: Section 3 and Table 2; the released files' ``pre_res`` and ``res`` layers.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int | None = None,
        stride: int = 1,
    ) -> None:
        super().__init__()
        require_count("in_channels", in_channels)
        require_count("stride", stride)
        if out_channels is None:
            out_channels = require_count(
                "in_channels", in_channels, multiple_of=4
            )
        require_count("out_channels", out_channels, multiple_of=4)
        width = out_channels // 4
        self.in_channels = in_channels
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(
            width, width, 3, stride, padding=1, bias=False
        )
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.projection = None
        if stride != 1 or in_channels != out_channels:
            self.projection = nn.Conv2d(
                in_channels, out_channels, 1, stride, bias=False
            )

    def forward(self, x: Tensor) -> Tensor:
        """Add the bottleneck's output to the shortcut."""
        require_features(
            "x", x, self.in_channels, 1, self.training, self.conv1.weight
        )
        ready = F.relu(self.bn1(x))                  # (N, C_in, H, W)
        y = self.conv1(ready)                        # (N, C_out/4, H, W)
        y = self.conv2(F.relu(self.bn2(y)))          # (N, C_out/4, H', W')
        y = self.conv3(F.relu(self.bn3(y)))          # (N, C_out, H', W')
        shortcut = x if self.projection is None else self.projection(ready)
        return y + shortcut                          # (N, C_out, H', W')


def he_initialise(network: nn.Module) -> nn.Module:
    """Draw every convolution's weights as He et al. (2015) do; return the network.

    Weights are normal with variance ``2 / fan_in``, so that a ReLU, which drops half
    of its input, leaves the signal's size alone. The paper names this for its CIFAR
    networks (Section 4.1). Random numbers come from torch's global generator. Raises
    TypeError for what is no module.
    """
    require_network(network)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return network
