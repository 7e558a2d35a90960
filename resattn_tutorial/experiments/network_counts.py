"""What a network costs that needs no clock: counted from shapes alone (chapter 15)."""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.cost.flops import measuring, parameter_counts, torch_count
from resattn_tutorial.cost.kept_bytes import bytes_kept
from resattn_tutorial.cost.peak_bytes import peak_bytes
from resattn_tutorial.experiments.network_groups import Entrant
from resattn_tutorial.validation import require_count

META = torch.device("meta")
# Those that are compared with another network's.
COMPARED = (
    "parameters", "multiply_adds", "kept_bytes", "peak_bytes", "forward_peak_bytes",
)


def step_without_update(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    """A training step without its update; the gradients are given back at its end."""
    F.cross_entropy(network(images), labels).backward()
    network.zero_grad()


def trunk_depth(network: nn.Module) -> int:
    """Layers with weights along the trunk: no masks, and no shortcuts' projections."""
    return sum(
        isinstance(part, nn.Conv2d | nn.Linear)
        for name, part in network.named_modules()
        if not {"mask", "projection"} & set(name.split("."))
    )


def counts(entrant: Entrant, batch: int) -> dict[str, int]:
    """What needs no clock: counted from shapes, on the ``meta`` device.

    Args:
        entrant: the network.
        batch: number of images.

    Returns:
        ``parameters``, ``trunk_depth``, and ``multiply_adds`` for one image. For the
        batch ``kept_bytes``, which lie there when the backward pass begins;
        ``peak_bytes``, the most of a whole training step; and ``forward_peak_bytes``,
        the most of a forward pass without gradients, in evaluation mode. What lies
        there anyway, weights and images, is left out; the gradients of weights, which
        a training step makes, are not.

    Raises:
        TypeError, ValueError: ``batch`` is no count, or there is no such network.
    """
    require_count("batch", batch)
    network = entrant.built(0, META)
    images, labels = entrant.batch(batch, 0, META)
    found = {
        "parameters": parameter_counts(network).learnable,
        "trunk_depth": trunk_depth(network),
        "multiply_adds": torch_count(network, images[:1]).total(),
        "kept_bytes": bytes_kept(network, images),
        "peak_bytes": peak_bytes(partial(step_without_update, network, images, labels)),
    }
    with measuring(network):
        found["forward_peak_bytes"] = peak_bytes(partial(network, images))
    return found
