"""The networks that the paper compares with, for counting and for training (chapter 7).

ResNet-164 for CIFAR is made of chapter 1's unit; ResNet-152 and -200 for ImageNet, as
the paper counts them, of the older unit with batch norm and ReLU behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from resattn_tutorial.models.image_classifier import ImageClassifier
from resattn_tutorial.models.post_activation import PostActivationUnit
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.stem_and_head import (
    CifarStem,
    Head,
    ImageNetStem,
    require_stem,
)
from resattn_tutorial.tensor_validation import require_images
from resattn_tutorial.validation import (
    require_callable,
    require_count,
    require_flag,
    require_sequence,
)


class ResidualNetwork(ImageClassifier):
    """Stages of residual units: images ``(N, C, H, W)`` to ``(N, num_classes)``.

    Args:
        stem: what images enter through.
        stages: for each stage its channels and its number of units; every stage but
            the first halves the size.
        num_classes: number of classes.
        unit: makes a unit from ``(in_channels, out_channels, stride)``.

    Raises:
        TypeError: a count is no whole number; on a call, the images hold integers.
        ValueError: a count does not fit; on a call, the images have other axes or
            channels than the stem takes.

    Paper: Tables 6 and 7, the rows named ResNet.
    """

    def __init__(
        self,
        stem: nn.Module,
        stages: Sequence[tuple[int, int]],
        num_classes: int,
        unit: Callable[[int, int, int], nn.Module] = ResidualUnit,
    ) -> None:
        super().__init__()
        require_count("num_classes", num_classes, at_most=10**6)
        require_stem(stem)
        require_units(stages, unit)
        self.stem, self.units = stem, nn.Sequential()
        inputs, stride = stem.channels, 1
        for channels, count in stages:
            for _ in range(count):
                self.units.append(unit(inputs, channels, stride))
                inputs, stride = channels, 1
            stride = 2
        self.head = Head(inputs, num_classes)
        self.smallest = stem.smallest_image(1)
        he_initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Classify images."""
        require_images(images, self)
        x = self.units(self.stem(images))            # (N, C, h, w)
        return self.head(x)                          # (N, num_classes)


def require_units(
    stages: Sequence[tuple[int, int]], unit: Callable[[int, int, int], nn.Module]
) -> None:
    """Refuse invalid stages, and a unit that is no function.

    Raises:
        TypeError: a stage is no pair of whole numbers; ValueError: there is none, or a
            number is too small or too large.
    """
    require_callable("unit", unit)
    if not require_sequence("stages", stages):
        raise ValueError("stages must hold at least one stage, got none.")
    for stage in stages:
        channels, count = require_sequence("a stage", stage, 2)
        require_count("channels", channels)
        require_count("units", count, at_most=1000)


def cifar_resnet(
    units: int, num_classes: int, in_channels: int = 3
) -> ResidualNetwork:
    """Three stages of pre-activation units, as many in each, for 32x32 images."""
    stages = [(64, units), (128, units), (256, units)]
    return ResidualNetwork(CifarStem(in_channels), stages, num_classes)


def imagenet_resnet(
    counts: Sequence[int],
    num_classes: int,
    in_channels: int = 3,
    stride_first: bool = False,
) -> ResidualNetwork:
    """Four stages of 256 to 2048 channels; no batch norm before the classifier."""
    require_flag("stride_first", stride_first)

    def unit(inputs: int, outputs: int, stride: int) -> PostActivationUnit:
        return PostActivationUnit(inputs, outputs, stride, stride_first=stride_first)

    stages = list(zip((256, 512, 1024, 2048), counts, strict=True))
    network = ResidualNetwork(ImageNetStem(in_channels), stages, num_classes, unit)
    network.head.bn = nn.Identity()
    return network
