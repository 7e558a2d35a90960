"""The two networks that chapter 3 compares, small enough for a laptop.

Both are three stages on a half-resolution stem, for 32x32 images: 16, 8 and 4 pixels
wide, 32, 64 and 128 channels. One has soft masks in its first two stages, the other
more residual units instead, so that both cost the same multiply-adds.
"""

from __future__ import annotations

from torch import Tensor, fx, nn

from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import SoftMaskBranch, row_of_units
from resattn_tutorial.models.stem_and_head import Head
from resattn_tutorial.tensor_validation import require_features
from resattn_tutorial.validation import require_count

# Leaves for torch.fx: see :mod:`~resattn_tutorial.models.residual`.
fx.wrap("require_features")


class FirstAttentionStage(nn.Module):
    """A trunk of two residual units, weighted by a soft mask beside it.

    Returns ``(1 + M) * T`` and ``M``, both ``(N, C, H, W)``: where the mask says 0 the
    trunk passes unchanged, where it says 1 it is doubled.

    Paper: Section 3.1, Equation 3; a plain forerunner of the attention module, with
    no unit after the merge.
    """

    def __init__(self, channels: int, poolings: int) -> None:
        super().__init__()
        self.trunk = row_of_units(channels, 2)
        self.mask = SoftMaskBranch(channels, poolings)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh the trunk's output by the mask of the same input."""
        trunk = self.trunk(x)                        # (N, C, H, W)
        mask = self.mask(x)                          # (N, C, H, W)
        return (1 + mask) * trunk, mask


class FirstAttentionNetwork(nn.Module):
    """A small classifier with soft masks: images ``(N, 3, H, W)`` to ``(N, classes)``.

    Args:
        classes: number of classes.

    Raises:
        TypeError, ValueError: as
            :class:`~resattn_tutorial.models.residual.ResidualUnit`, and where an
            image is smaller than 8 x 8 pixels.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        require_count("classes", classes, at_most=10**6)
        self.stem = nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False)
        self.enter1 = ResidualUnit(32)
        self.stage1 = FirstAttentionStage(32, poolings=2)
        self.enter2 = ResidualUnit(32, 64, stride=2)
        self.stage2 = FirstAttentionStage(64, poolings=1)
        self.enter3 = ResidualUnit(64, 128, stride=2)
        self.stage3 = ResidualUnit(128)
        self.head = Head(128, classes)
        he_initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Classify images."""
        return self.with_masks(images)[0]

    def with_masks(
        self, images: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Classify images; return ``(logits, masks)``, the masks by their stage."""
        require_features(
            "images", images, 3, 8, self.training, self.stem.weight
        )
        x = self.enter1(self.stem(images))           # (N, 32, H/2, W/2)
        x, mask1 = self.stage1(x)                    # (N, 32, H/2, W/2)
        x, mask2 = self.stage2(self.enter2(x))       # (N, 64, H/4, W/4)
        x = self.stage3(self.enter3(x))              # (N, 128, H/8, W/8)
        return self.head(x), {"stage 1": mask1, "stage 2": mask2}


class FirstResidualNetwork(nn.Module):
    """The same trunk without masks: images ``(N, 3, H, W)`` to ``(N, classes)``.

    Five more residual units stand where the masks stood (three in stage 1, two in
    stage 2), which brings its multiply-adds within 2 % of the other network's.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        require_count("classes", classes, at_most=10**6)
        self.stem = nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False)
        self.stage1 = row_of_units(32, 6)
        self.enter2 = ResidualUnit(32, 64, stride=2)
        self.stage2 = row_of_units(64, 4)
        self.enter3 = ResidualUnit(64, 128, stride=2)
        self.stage3 = ResidualUnit(128)
        self.head = Head(128, classes)
        he_initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Classify images."""
        require_features(
            "images", images, 3, 8, self.training, self.stem.weight
        )
        x = self.stage1(self.stem(images))           # (N, 32, H/2, W/2)
        x = self.stage2(self.enter2(x))              # (N, 64, H/4, W/4)
        x = self.stage3(self.enter3(x))              # (N, 128, H/8, W/8)
        return self.head(x)                          # (N, classes)
