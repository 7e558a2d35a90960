"""A first look at a trained network: what it answers, and where its masks depart from
what they usually say (chapter 0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.experiments.mask_maps import WEIGHTS
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.plotting.figures import Drawing
from resattn_tutorial.plotting.overlays import show_overlays
from resattn_tutorial.tensor_validation import device_of, require_features
from resattn_tutorial.validation import require_callable, require_fields, require_kind

USUAL_SCENES = 100


class Look(NamedTuple):
    """What a network makes of N images.

    ``shares`` ``(N, classes)`` sum to 1 for each image. ``away`` holds, for each
    module, how far each value of its mask lies above or below the usual value of its
    channel: ``(N, C, h, w)``.
    """

    shares: Tensor
    away: dict[str, Tensor]

    @property
    def answers(self) -> list[str]:
        """Each image's most likely class and its share, as in ``"Sandal, 91 %"``."""
        shares, classes = self.shares.max(dim=1)
        return [
            f"{CLASSES[label]}, {100 * share:.0f} %"
            for share, label in zip(shares.tolist(), classes.tolist(), strict=True)
        ]


@torch.inference_mode()
def asked(
    network: ResidualAttentionNetwork, images: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """Logits and masks for image bytes ``(N, 3, 32, 32)``, on the CPU.

    Raises:
        TypeError, ValueError: an argument is of another kind.
    """
    require_kind("network", network, ResidualAttentionNetwork, "an attention network")
    inputs = WEIGHTS.transforms()(images).to(device_of(network))
    with in_evaluation_mode(network):
        logits, masks = network.with_masks(inputs)
    return logits.cpu(), {name: mask.cpu() for name, mask in masks.items()}


def usual_values(network: ResidualAttentionNetwork) -> dict[str, Tensor]:
    """The mean of each channel of each mask over training scenes, ``(1, C, 1, 1)``."""
    _, masks = asked(network, load_scenes("train", USUAL_SCENES).images)
    return {
        name: mask.mean(dim=(0, 2, 3), keepdim=True) for name, mask in masks.items()
    }


def look(
    network: ResidualAttentionNetwork, images: Tensor, usual: dict[str, Tensor]
) -> Look:
    """What the network answers, and where each mask departs from its usual values.

    Raises:
        TypeError, ValueError: an argument is of another kind.
    """
    logits, masks = asked(network, images)
    if not isinstance(usual, dict) or usual.keys() != masks.keys():
        raise ValueError(f"usual must hold values for {', '.join(masks)}, got {usual}.")
    return Look(
        logits.softmax(dim=1),
        {name: mask - usual[name] for name, mask in masks.items()},
    )


def one_map(away: Tensor, size: tuple[int, int]) -> Tensor:
    """One map of many channels at the image's size: ``(N, C, h, w)`` to ``(N, *size)``.

    The root of the mean square over the channels, so that a channel counts alike
    whether it rises or falls; then a bilinear stretch.

    Raises:
        TypeError, ValueError: ``away`` is no such tensor, or ``size`` no pair.
    """
    require_features("away", away)
    one = away.square().mean(dim=1, keepdim=True).sqrt()
    return stretch(one, size)[:, 0]


def show_look(
    images: Tensor,
    seen: Look,
    to_map: Callable[[Tensor, tuple[int, int]], Tensor] = one_map,
) -> Drawing:
    """Each image under the network's answer, and beside it where each module departs.

    Args:
        images: bytes, ``(N, 3, H, W)``.
        seen: what the network makes of them.
        to_map: makes one map of many channels, as :func:`one_map` does.

    Raises:
        TypeError, ValueError: an argument is of another kind or shape.
    """
    require_fields("seen", seen, Look)
    require_callable("to_map", to_map)
    size = tuple(images.shape[-2:])
    maps = torch.stack([to_map(away, size) for away in seen.away.values()], dim=1)
    names = [name.removesuffix(", module 1") for name in seen.away]
    answers = [answer.replace(" %", "\N{NO-BREAK SPACE}%") for answer in seen.answers]
    titles = [title for answer in answers for title in (answer, *names)]
    told = [
        f"image {number}: {answer}; the highest point of {_highest(names, row)}"
        for number, (answer, row) in enumerate(
            zip(seen.answers, maps, strict=True), 1
        )
    ]
    alt = (
        "Images under the network's answer, and beside each the maps of its three "
        f"modules laid over it. {'. '.join(told)}."
    )
    return show_overlays(images, maps, titles=titles, alt=alt)


def _highest(names: list[str], maps: Tensor) -> str:
    """Where each map is highest, in words."""
    points = [divmod(one.argmax().item(), one.shape[-1]) for one in maps]
    return ", ".join(
        f"{name} in row {row + 1}, column {column + 1}"
        for name, (row, column) in zip(names, points, strict=True)
    )
