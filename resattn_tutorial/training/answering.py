"""What a trained network makes of one image, and its masks on the way (chapter 13)."""

from __future__ import annotations

from os import PathLike
from typing import Any, NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.image_files import read_image
from resattn_tutorial.data.input_checks import as_bytes
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.names import NetworkName
from resattn_tutorial.tensor_validation import device_of
from resattn_tutorial.training.trained_network import TrainedNetwork
from resattn_tutorial.validation import require_fields


class Answer(NamedTuple):
    """What a network makes of an image.

    Attributes:
        image: bytes, ``(3, H, W)``, as it came.
        name: the class that it is taken for.
        score: the softmax of the answer, from 0 to 1.
        masks: by module, ``(C, h, w)``, on the processor.
    """

    image: Tensor
    name: str
    score: float
    masks: dict[str, Tensor]


def mask_channels(name: str, attention: str = "residual") -> dict[str, int]:
    """How many channels each mask of a network has, without weights or an image.

    Args:
        name: the network's.
        attention: what stands where its masks stand.

    Raises:
        ValueError: there is no such network, or it has no masks.
    """
    with torch.device("meta"):                       # shapes only
        network = build_network(name, 2, attention=attention).eval()
        if not hasattr(network, "with_masks"):
            raise ValueError(f"{name} has no masks.")
        side = NetworkName(name).size
        _, masks = network.with_masks(torch.empty(1, 3, side, side))
    return {module: mask.shape[1] for module, mask in masks.items()}


@torch.inference_mode()
def answer_with_masks(trained: TrainedNetwork, image: Any) -> Answer:
    """Classify an image, and keep the masks.

    Args:
        trained: the network with its transform.
        image: a file's path, a PIL image, an array ``(H, W, 3)`` or a tensor
            ``(3, H, W)`` of bytes, of any size.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: the network has no masks, or the image cannot be read, or has
            another shape; OSError: the system keeps a file from us.
    """
    require_fields("trained", trained, TrainedNetwork)
    network = trained.network
    if not hasattr(network, "with_masks"):
        raise ValueError(f"{trained.name} has no masks.")
    pixels = _opened(image)
    inputs = trained.transform(pixels)[None].to(device_of(network))   # (1, 3, H, W)
    with in_evaluation_mode(network):
        logits, masks = network.with_masks(inputs)
    if not masks:
        raise ValueError(f"{trained.told}: its masks were left out.")
    scores = logits[0].float().softmax(dim=0)                         # (classes,)
    best = int(scores.argmax())
    return Answer(
        pixels, trained.classes[best], scores[best].item(),
        {module: mask[0].float().cpu() for module, mask in masks.items()},
    )


def _opened(image: Any) -> Tensor:
    """An image as bytes, ``(3, H, W)``."""
    if isinstance(image, (str, PathLike)):
        return torch.from_numpy(read_image(image)).permute(2, 0, 1)
    pixels = as_bytes(image)
    if pixels.dim() != 3 or pixels.shape[0] != 3 or 0 in pixels.shape:
        found = tuple(pixels.shape)
        raise ValueError(f"image must have shape (3, H, W), got {found}.")
    return pixels.cpu()
