"""The residual attention network: stages of attention modules on a stem (chapter 7).

One class serves the whole family. What tells Attention-56 from Attention-452 is the
stem and a list of stages; :mod:`resattn_tutorial.models.zoo` holds those lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import Tensor, nn

from resattn_tutorial.models.attention_module import AttentionModule, residual_attention
from resattn_tutorial.models.image_classifier import ImageClassifier
from resattn_tutorial.models.mask_activations import mixed_attention
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import row_of_units
from resattn_tutorial.models.stem_and_head import Head, require_stem
from resattn_tutorial.tensor_validation import require_images
from resattn_tutorial.validation import require_count, require_fields, require_sequence


class Stage(NamedTuple):
    """What stands between two changes of size.

    Attributes:
        channels: channels of the stage, a multiple of 4.
        modules: attention modules in it.
        poolings: how often each mask halves its map.
        enter: residual units before the modules; the first changes channels and size.
        leave: residual units after them.
    """

    channels: int
    modules: int = 0
    poolings: int = 0
    enter: int = 1
    leave: int = 0


def require_stages(stages: Sequence[Stage]) -> Sequence[Stage]:
    """Return ``stages`` if there is at least one and every count in them is valid.

    Raises:
        TypeError: a stage is no :class:`Stage`, or a count no whole number.
        ValueError: there is no stage, or a count is too small or too large.
    """
    if not require_sequence("stages", stages):
        raise ValueError("stages must hold at least one Stage, got none.")
    for stage in stages:
        require_fields("a stage", stage, Stage)
        require_count("channels", stage.channels, multiple_of=4)
        require_count("modules", stage.modules, at_least=0, at_most=1000)
        require_count("poolings", stage.poolings, at_least=0, at_most=16)
        require_count("enter", stage.enter, at_most=1000)
        require_count("leave", stage.leave, at_least=0, at_most=1000)
    return stages


def smallest_map(stages: Sequence[Stage]) -> int:
    """The smallest map, in pixels, that all masks of these stages can still halve."""
    return max(
        (2**stage.poolings - 1) * 2**halvings + 1 if stage.modules else 1
        for halvings, stage in enumerate(require_stages(stages))
    )


class ResidualAttentionNetwork(ImageClassifier):
    """Stages of attention modules: images ``(N, C, H, W)`` to ``(N, num_classes)``.

    The first stage keeps the size that the stem puts out; each later one halves it.
    Images may have any size of at least ``smallest`` pixels, an attribute.

    Args:
        stem: what images enter through, of
            :mod:`~resattn_tutorial.models.stem_and_head`.
        stages: from the first to the last.
        num_classes: number of classes.
        p, t, r: as in
            :class:`~resattn_tutorial.models.attention_module.AttentionModule`.
        activation: what turns each mask's last map into weights.
        merge: how mask and trunk meet, ``merge(mask, trunk)``.

    Raises:
        TypeError: a count is no whole number, an argument of another kind; on a call,
            the images hold integers, or another type of number than the weights.
        ValueError: a count does not fit, there is no stage; on a call, the images have
            other axes or channels than the stem takes, or are too small for the masks'
            poolings.

    Paper: Section 3, Figure 2, Table 2.
    """

    def __init__(
        self,
        stem: nn.Module,
        stages: Sequence[Stage],
        num_classes: int,
        p: int = 1,
        t: int = 2,
        r: int = 1,
        activation: Callable[[Tensor], Tensor] = mixed_attention,
        merge: Callable[[Tensor, Tensor], Tensor] = residual_attention,
    ) -> None:
        super().__init__()
        require_count("num_classes", num_classes, at_most=10**6)
        require_stem(stem)
        require_stages(stages)
        self.stem, self.stages = stem, nn.Sequential()
        channels, stride = stem.channels, 1
        for stage in stages:
            self.stages.append(nn.Sequential(
                ResidualUnit(channels, stage.channels, stride),
                *row_of_units(stage.channels, stage.enter - 1),
                *[
                    AttentionModule(
                        stage.channels, stage.poolings, p, t, r,
                        activation, merge,
                    )
                    for _ in range(stage.modules)
                ],
                *row_of_units(stage.channels, stage.leave),
            ))
            channels, stride = stage.channels, 2
        self.head = Head(channels, num_classes)
        self.smallest = stem.smallest_image(smallest_map(stages))
        he_initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        """Classify images."""
        require_images(images, self)
        x = self.stages(self.stem(images))           # (N, C, h, w)
        return self.head(x)                          # (N, num_classes)

    def with_masks(
        self, images: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Classify images; return ``(logits, masks)``.

        Masks are named ``"stage 1, module 1"`` and so on, in the order in which the
        network computes them. Each is ``(N, C, h, w)`` with its stage's channels.
        """
        require_images(images, self)
        x, masks = self.stem(images), {}
        for number, stage in enumerate(self.stages, 1):
            modules = 0
            for part in stage:
                if not isinstance(part, AttentionModule):
                    x = part(x)                      # (N, C, h, w)
                    continue
                modules += 1
                x, mask = part.with_mask(x)          # (N, C, h, w), twice
                masks[f"stage {number}, module {modules}"] = mask
        return self.head(x), masks
