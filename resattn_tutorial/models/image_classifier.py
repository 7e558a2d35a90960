"""What the field's tools ask of a network that classifies images: its features, its
head, its levels.

The names are those of timm, the library of image models, so that code written for its
networks works with these. See the page *What works with what*.
"""

from __future__ import annotations

from math import prod
from typing import Any

from torch import Tensor, nn

from resattn_tutorial.models.stem_and_head import Head
from resattn_tutorial.tensor_validation import first_parameter, require_images
from resattn_tutorial.validation import require_count, require_flag


class ImageClassifier(nn.Module):
    """A stem, a body and a head: images ``(N, C, H, W)`` to ``(N, num_classes)``.

    The body is the module between stem and head, ``stages`` or ``units``.

    Attributes:
        stem: what images enter through.
        head: what classifies.
        smallest: height and width of the smallest image, in pixels.
    """

    stem: nn.Module
    head: Head
    smallest: int

    def forward_features(self, images: Tensor) -> Tensor:
        """The last map before the head, ``(N, num_features, h, w)``.

        With pre-activation units it is a raw sum, which the head's batch norm and ReLU
        still have before them.

        Raises:
            TypeError, ValueError: as on a call of the network.
        """
        require_images(images, self)
        return self._body()[1](self.stem(images))

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Classify such a map, ``(N, num_classes)``.

        Args:
            x: what :meth:`forward_features` gives.
            pre_logits: give what enters the last layer, ``(N, num_features)``.

        Raises:
            TypeError, ValueError: ``x`` is no such map.
        """
        require_flag("pre_logits", pre_logits)
        return self.head.pooled(x) if pre_logits else self.head(x)

    @property
    def num_features(self) -> int:
        """Channels that enter the head."""
        return self.head.channels

    @property
    def num_classes(self) -> int:
        """Number of classes; 0 if the last layer was taken out."""
        return getattr(self.head.classify, "out_features", 0)

    def get_classifier(self) -> nn.Module:
        """The last layer."""
        return self.head.classify

    def reset_classifier(self, num_classes: int) -> None:
        """Put a new last layer in, for another number of classes.

        Args:
            num_classes: 0 takes the layer out: then the network gives features,
                ``(N, num_features)``.

        Raises:
            TypeError: ``num_classes`` is no whole number; ValueError: it is negative,
                or too large.
        """
        require_count("num_classes", num_classes, at_least=0, at_most=10**6)
        like = first_parameter(self.stem)
        self.head.classify = nn.Linear(
            self.num_features, num_classes, device=like.device, dtype=like.dtype
        ) if num_classes else nn.Identity()

    @property
    def feature_info(self) -> list[dict[str, Any]]:
        """The maps of each size, from the largest to the smallest.

        Each is a dictionary: ``num_chs``, its channels; ``reduction``, by how much it
        is smaller than the image; and ``module``, the name of what puts it out.
        """
        reduction, levels = _stride(self.stem), []
        body, parts = self._body()
        for name, part in parts.named_children():
            units = list(part) if isinstance(part, nn.Sequential) else [part]
            stride = _stride(units[0].conv1) * _stride(units[0].conv2)
            if stride == 1 and levels:
                levels.pop()                             # the map has the same size
            reduction *= stride
            levels.append({
                "num_chs": _outputs(units[0]), "reduction": reduction,
                "module": f"{body}.{name}",
            })
        return levels

    def _body(self) -> tuple[str, nn.Sequential]:
        """The module between stem and head, with its name."""
        return next(
            (name, part) for name, part in self.named_children()
            if isinstance(part, nn.Sequential) and part is not self.stem
        )


def _stride(part: nn.Module) -> int:
    """By how much a row of layers makes a map smaller."""
    return prod(
        layer.stride if isinstance(layer.stride, int) else layer.stride[0]
        for layer in part.modules() if isinstance(layer, nn.Conv2d | nn.MaxPool2d)
    )


def _outputs(unit: nn.Module) -> int:
    """Channels of a unit's output; a gate may stand behind its last convolution."""
    layers = unit.conv3.modules()
    return next(layer for layer in layers if isinstance(layer, nn.Conv2d)).out_channels
