"""One picture of a mask of many channels, three ways, beside Grad-CAM (chapter 13).

What a way of reading has to learn, a channel and its sign or the usual value of each
channel, it learns on training scenes; the maps that are scored are made on others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.data.scenes import Scenes
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.metrics.localisation import Channel, best_channel, read_channel
from resattn_tutorial.metrics.saliency import departure, grad_cam
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.models.weights import CifarAttention56_Weights
from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.tensor_validation import device_of
from resattn_tutorial.training.frozen import to_training_mode
from resattn_tutorial.validation import require_callable, require_count, require_fields

WEIGHTS = CifarAttention56_Weights.SCENES
BATCH = 100
GRAD_CAM = "Grad-CAM"


class Reading(NamedTuple):
    """What training scenes tell of how to read one module's mask.

    Attributes:
        channel: the channel that points at the objects best, and its sign.
        usual: the mean of each channel, ``(C,)``.
    """

    channel: Channel
    usual: Tensor


def learn_reading(masks: Tensor, objects: Tensor) -> Reading:
    """Learn to read a module's masks ``(N, C, H, W)`` from scenes with outlines.

    Raises:
        TypeError, ValueError: as
            :func:`~resattn_tutorial.metrics.localisation.best_channel`.
    """
    usual = masks.mean(dim=(0, 2, 3))                # (C,)
    return Reading(best_channel(masks, objects), usual)


def three_maps(masks: Tensor, reading: Reading) -> dict[str, Tensor]:
    """One map of many channels, three ways: ``(N, C, H, W)`` to ``(N, H, W)`` each.

    Raises:
        TypeError, ValueError: the masks are none, or the reading is another module's.
    """
    require_fields("reading", reading, Reading)
    return {
        "mean": masks.mean(dim=1),
        "one channel": read_channel(masks, reading.channel),
        "departure": departure(masks, reading.usual),
    }


def masks_of(
    network: nn.Module,
    scenes: Scenes,
    transform: Callable[[Tensor], Tensor],
    batch_size: int = BATCH,
) -> dict[str, Tensor]:
    """Every mask for every scene, at the mask's own size, on the CPU.

    Args:
        network: has ``with_masks``.
        scenes: what it looks at.
        transform: turns image bytes into the network's inputs.
        batch_size: scenes at once.

    Returns:
        name of the module to ``(N, C, h, w)``.

    Raises:
        TypeError, ValueError: an argument is of another kind.
    """
    device = device_of(network)
    require_fields("scenes", scenes, Scenes)
    require_callable("transform", transform)
    require_count("batch_size", batch_size)
    parts: dict[str, list[Tensor]] = {}
    with in_evaluation_mode(network), torch.inference_mode():
        for images in scenes.images.split(batch_size):
            _, masks = network.with_masks(transform(images.to(device)))
            for name, mask in masks.items():
                parts.setdefault(name, []).append(mask.cpu())
    return {name: torch.cat(masks) for name, masks in parts.items()}


def learn_readings(
    network: nn.Module, scenes: Scenes, transform: Callable[[Tensor], Tensor]
) -> dict[str, Reading]:
    """How to read the mask of each module; raises as :func:`masks_of`."""
    size = scenes.objects.shape[-2:]
    return {
        name: learn_reading(stretch(masks, size), scenes.objects)
        for name, masks in masks_of(network, scenes, transform).items()
    }


def maps_of(
    network: nn.Module,
    scenes: Scenes,
    transform: Callable[[Tensor], Tensor],
    readings: dict[str, Reading],
    batch_size: int = BATCH,
) -> dict[str, Tensor]:
    """The maps of each module and each way of reading, at the scenes' size.

    A :class:`~resattn_tutorial.models.attention_network.ResidualAttentionNetwork` gives
    Grad-CAM as well: of its last stage, for the class that it names.

    Returns:
        ``"stage 1, module 1, mean"`` and so on to ``(N, H, W)``, on the CPU.

    Raises:
        TypeError, ValueError: as :func:`masks_of` and :func:`three_maps`.
    """
    device, size = device_of(network), scenes.objects.shape[-2:]
    found: dict[str, list[Tensor]] = {}
    for start in range(0, len(scenes.labels), batch_size):
        few = Scenes(*(part[start : start + batch_size] for part in scenes))
        masks = masks_of(network, few, transform, batch_size)
        for module, reading in readings.items():
            large = stretch(masks[module], size)
            for way, maps in three_maps(large, reading).items():
                found.setdefault(f"{module}, {way}", []).append(maps)
        if isinstance(network, ResidualAttentionNetwork):
            maps = last_stage_grad_cam(network, transform(few.images.to(device)))
            large = stretch(maps[:, None], size)[:, 0].cpu()
            found.setdefault(GRAD_CAM, []).append(large)
    return {name: torch.cat(parts) for name, parts in found.items()}


def last_stage_grad_cam(
    network: ResidualAttentionNetwork, inputs: Tensor
) -> Tensor:
    """Grad-CAM of what the last stage hands to the head, for the class that the
    network names: ``(N, h, w)``.

    Raises TypeError or ValueError for what is no batch of the network's inputs.
    """
    with in_evaluation_mode(network), torch.no_grad():
        features = network.stages(network.stem(inputs))      # (N, C, h, w)
        named = network.head(features).argmax(dim=1)         # (N,)
        return grad_cam(features, network.head, named)


def packaged(
    device: torch.device,
) -> tuple[ResidualAttentionNetwork, Callable[[Tensor], Tensor]]:
    """Attention-56 that learned from built-in scenes, and the transform it expects."""
    network = cifar_attention56(weights=WEIGHTS).eval()
    network.to(device, memory_format=torch.channels_last)
    return network, WEIGHTS.transforms()


@torch.inference_mode()
def answers(
    network: nn.Module, scenes: Scenes, transform: Callable[[Tensor], Tensor]
) -> tuple[float, float]:
    """Test error and mean loss on scenes; raises as :func:`masks_of`."""
    device, losses, wrong = device_of(network), [], 0
    with in_evaluation_mode(network):
        for batch in torch.arange(len(scenes.labels)).split(BATCH):
            logits = network(transform(scenes.images[batch].to(device))).cpu()
            labels = scenes.labels[batch]
            wrong += (logits.argmax(dim=1) != labels).sum().item()
            losses.append(F.cross_entropy(logits, labels, reduction="none"))
    return wrong / len(scenes.labels), torch.cat(losses).mean().item()


@torch.inference_mode()
def settle(
    network: nn.Module, scenes: Scenes, transform: Callable[[Tensor], Tensor]
) -> nn.Module:
    """Average batch norm's statistics over scenes, all batches alike; evaluation mode.

    An untrained network would else be judged on batch norm's starting values, which
    fit no data. Frozen parts keep theirs. Returns the network; raises as
    :func:`masks_of`.
    """
    device = device_of(network)
    require_fields("scenes", scenes, Scenes)
    require_callable("transform", transform)
    for norm in to_training_mode(network).modules():
        if isinstance(norm, nn.BatchNorm2d) and norm.training:
            norm.reset_running_stats()
            norm.momentum = None                     # average all batches alike
    for images in scenes.images.split(250):
        network(transform(images.to(device)))
    return network.eval()
