"""What a network costs, read off the network itself (chapter 8).

Parameters are counted where they lie, and operations in one forward pass, in three
ways: every single one, by PyTorch's own counter, by fvcore. The first two need shapes
and no numbers, so a network and images on PyTorch's ``meta`` device will do.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.cost.op_recorder import Operation, Recorder, kind_of
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.tensor_validation import require_network, require_tensor


class ParameterCounts(NamedTuple):
    """Three answers to "how many parameters?".

    Attributes:
        weights: what convolutions and linear layers learn: all but batch norms.
        learnable: scales and shifts of batch norms as well.
        stored: their running means and variances as well, which prediction needs.
    """

    weights: int
    learnable: int
    stored: int


def parameter_counts(network: nn.Module) -> ParameterCounts:
    """Count the parameters of ``network`` in three ways.

    Frozen parameters count, and one that is used twice counts once. The number of
    batches seen, which PyTorch keeps in each batch norm, is no part of any count.

    Raises:
        TypeError: ``network`` is no module.
    """
    require_network(network)
    # All kinds, also that of several processes; two may share their scales.
    kind = nn.modules.batchnorm._BatchNorm
    norms = nn.ModuleList(x for x in network.modules() if isinstance(x, kind))
    scales = sum(p.numel() for p in norms.parameters())
    learnable = sum(p.numel() for p in network.parameters())
    statistics = sum(
        b.numel() for b in norms.buffers() if b.is_floating_point()
    )
    return ParameterCounts(
        learnable - scales, learnable, learnable + statistics
    )


@contextmanager
def measuring(network: nn.Module) -> Iterator[None]:
    """Inside, ``network`` is in evaluation mode, and no gradient is prepared.

    Afterwards every part of it is in the mode that it was in.

    Raises:
        TypeError: ``network`` is no module.
    """
    with in_evaluation_mode(network), torch.no_grad():
        yield


def operations(network: nn.Module, images: Tensor) -> list[Operation]:
    """Every operation of a forward pass of ``images`` ``(N, 3, H, W)``, in order.

    Nothing is dropped: what has no name in the field stands under PyTorch's. Counts
    are those of all ``N`` images together.
    """
    require_tensor("images", images)
    recorder = Recorder()
    with measuring(network), recorder.tracker, recorder:
        network(images)
    return recorder.found


def torch_count(network: nn.Module, images: Tensor) -> Counter[str]:
    """Multiply-adds of a forward pass by kind, as PyTorch's own counter has them.

    It knows convolutions, matrix products, and the attention of transformers. PyTorch
    counts FLOPs, a multiply-add as two of them, so this is half of what it says.
    """
    require_tensor("images", images)
    counter = FlopCounterMode(display=False)
    with measuring(network), counter:
        network(images)
    found = Counter()
    for op, flops in counter.get_flop_counts().get("Global", {}).items():
        found[kind_of(op.__name__)] += flops // 2
    return found


def fvcore_count(network: nn.Module, images: Tensor) -> Counter[str]:
    """What fvcore counts in a forward pass, by kind.

    It calls its numbers FLOPs. A multiply-add counts 1, an element of a batch norm 2,
    an interpolated value 4.

    Raises:
        ValueError: something lies on the ``meta`` device: fvcore follows a real run.
    """
    require_tensor("images", images)
    require_network(network)
    if any(x.is_meta for x in (images, *network.parameters())):
        raise ValueError(
            "network and images must hold numbers: fvcore follows a real "
            "run, and something here lies on the meta device."
        )
    with warnings.catch_warnings():
        # fvcore's own code uses it where we do not go.
        warnings.filterwarnings("ignore", "`torch.jit.script` is depr")
        from fvcore.nn import FlopCountAnalysis
    with measuring(network):
        analysis = FlopCountAnalysis(network, images)
        # It would warn of what it cannot count; `operations` lists it.
        analysis.unsupported_ops_warnings(False)
        counts = analysis.by_operator()
    found = Counter()
    for name, count in counts.items():
        found[kind_of(name)] += int(count)
    return found
