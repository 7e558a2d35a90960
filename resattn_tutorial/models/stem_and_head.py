"""Where images enter a network, and where its answer leaves (chapters 3 and 7)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, fx, nn

from resattn_tutorial.tensor_validation import require_features
from resattn_tutorial.validation import require_callable, require_count, require_kind

# Leaves for torch.fx: see :mod:`~resattn_tutorial.models.residual`.
fx.wrap("require_features")


class Stem(nn.Module):
    """Where images enter: a module that begins with a convolution, ``conv``.

    Attributes:
        channels: of the map that it puts out.
    """

    channels: int
    conv: nn.Conv2d

    @property
    def in_channels(self) -> int:
        """How many channels its images have, 3 for colours, 1 for grey ones."""
        return self.conv.in_channels


class ImageNetStem(Stem):
    """The entrance for large images: ``(N, C, H, W)`` to ``(N, 64, H/4, W/4)``.

    A 7x7 convolution of stride 2, batch norm, ReLU, and a 3x3 max pooling of stride 2
    without padding, whose sizes are rounded up.

    Args:
        in_channels: channels of the images, ``C``.

    Paper: Table 2; the released files' ``conv1`` and ``pool1``.
    """

    channels = 64

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        require_count("in_channels", in_channels, at_most=10**4)
        self.conv = nn.Conv2d(
            in_channels, 64, 7, stride=2, padding=3, bias=False
        )
        self.bn = nn.BatchNorm2d(64)
        self.pool = nn.MaxPool2d(3, stride=2, padding=0, ceil_mode=True)

    def smallest_image(self, size: int) -> int:
        """The smallest image, in pixels, whose map is ``size`` pixels wide."""
        return 4 * require_count("size", size) - 1

    def forward(self, images: Tensor) -> Tensor:
        """Reduce images to a quarter of their height and width."""
        require_features(
            "images", images, self.in_channels, like=self.conv.weight
        )
        x = F.relu(self.bn(self.conv(images)))       # (N, 64, H/2, W/2)
        return self.pool(x)                          # (N, 64, H/4, W/4)


class CifarStem(Stem):
    """The entrance for small images: ``(N, C, H, W)`` to ``(N, 16, H, W)``.

    One 3x3 convolution. The paper is silent; this is the stem of its CIFAR baseline,
    ResNet-164.

    Args:
        in_channels: channels of the images, ``C``.
    """

    channels = 16

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        require_count("in_channels", in_channels, at_most=10**4)
        self.conv = nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)

    def smallest_image(self, size: int) -> int:
        """The smallest image, in pixels, whose map is ``size`` pixels wide."""
        return require_count("size", size)

    def forward(self, images: Tensor) -> Tensor:
        """Turn colours into 16 channels, at full size."""
        require_features(
            "images", images, self.in_channels, like=self.conv.weight
        )
        return self.conv(images)                     # (N, 16, H, W)


class HalvingStem(Stem):
    """The entrance of the mini family: ``(N, C, H, W)`` to ``(N, 16, H/2, W/2)``.

    One 3x3 convolution of stride 2: half the size costs a quarter of the operations.

    Args:
        in_channels: channels of the images, ``C``.
    """

    channels = 16

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        require_count("in_channels", in_channels, at_most=10**4)
        self.conv = nn.Conv2d(
            in_channels, 16, 3, stride=2, padding=1, bias=False
        )

    def smallest_image(self, size: int) -> int:
        """The smallest image, in pixels, whose map is ``size`` pixels wide."""
        return 2 * require_count("size", size) - 1

    def forward(self, images: Tensor) -> Tensor:
        """Turn colours into 16 channels, at half the size."""
        require_features(
            "images", images, self.in_channels, like=self.conv.weight
        )
        return self.conv(images)                     # (N, 16, H/2, W/2)


class Head(nn.Module):
    """Batch norm, ReLU, mean over positions, one linear layer: ``(N, C, H, W)`` to
    ``(N, classes)``.

    A pre-activation network ends on a raw sum, so it needs a last batch norm and ReLU
    (the released files' ``BN -> ReLU -> average pool -> fully connected``).
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        require_count("channels", channels)
        require_count("classes", classes, at_most=10**6)
        self.channels = channels
        self.bn = nn.BatchNorm2d(channels)
        self.classify = nn.Linear(channels, classes)

    def pooled(self, x: Tensor) -> Tensor:
        """The mean over all positions, ``(N, C)``."""
        require_features("x", x)
        return F.relu(self.bn(x)).mean(dim=(2, 3))   # (N, C)

    def forward(self, x: Tensor) -> Tensor:
        """Average what every position found, then classify."""
        return self.classify(self.pooled(x))         # (N, classes)


def require_stem(stem: nn.Module) -> nn.Module:
    """Return ``stem`` if it is one: a module with ``channels`` and ``smallest_image``.

    Raises:
        TypeError: it is none.
    """
    require_kind("stem", stem, nn.Module, "a stem such as CifarStem()")
    require_count("stem.channels", getattr(stem, "channels", None))
    require_callable("stem.smallest_image", getattr(stem, "smallest_image", None))
    return stem
