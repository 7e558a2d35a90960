"""What a forward pass keeps for the backward pass, counted in bytes (chapter 16).

Autograd tells of each tensor that it saves. Summed up, that is what a training needs
beside weights, momentum and the data: the part that grows with the batch. No GPU is
needed, and on PyTorch's ``meta`` device, where tensors have shapes only, no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.func import functional_call

from resattn_tutorial.tensor_validation import require_network, require_tensor
from resattn_tutorial.validation import require_callable


def bytes_kept(network: nn.Module, x: Tensor) -> int:
    """Bytes that a forward pass of ``x`` keeps for the backward pass.

    Each piece of memory counts once, whole, however many tensors lie in it. ``x``
    counts if it is kept. Parameters and buffers do not: they are there anyway. The
    network is counted in the mode that it is in, and nothing about it changes, neither
    running statistics nor random numbers.

    This is what lies there when the backward pass begins. A network that computes maps
    again holds more for a while, later.

    Args:
        network: any module of one input.
        x: the input, ``(N, 3, H, W)`` for a network, where the network is.

    Raises:
        TypeError: an argument is of another kind.
    """
    require_network(network)
    require_tensor("x", x)
    # A tensor of its own: of a part of a larger one, the whole would be counted.
    x = x.detach().clone().requires_grad_(x.requires_grad)
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    gpus = [x.device] if x.is_cuda else []
    with torch.random.fork_rng(devices=gpus), torch.enable_grad():
        return bytes_saved(
            lambda: functional_call(network, buffers, (x,)),
            besides=[*network.parameters(), *buffers.values()],
        )


def bytes_saved(work: Callable[[], object], besides: Iterable[Tensor] = ()) -> int:
    """Bytes that ``work`` has autograd save, each piece of memory once.

    Args:
        work: computes something.
        besides: tensors that do not count.

    Raises:
        TypeError: ``work`` cannot be called.
    """
    require_callable("work", work)
    # Held, or the next tensor might be taken for one that is gone.
    kept: dict[int, torch.UntypedStorage] = {}

    def note(value: Tensor) -> Tensor:
        storage = value.untyped_storage()
        kept[id(storage)] = storage
        return value

    with torch.autograd.graph.saved_tensors_hooks(note, lambda value: value):
        work()
    for value in besides:
        kept.pop(id(value.untyped_storage()), None)
    return sum(storage.nbytes() for storage in kept.values())
