"""Gradient accumulation: one batch, learned from in several parts (chapter 10).

A batch that does not fit is divided into micro-batches: their gradients add up, and
the step is taken once. Batch norm is the one thing that notices, since it takes its
mean over a micro-batch and not over the batch. One rule serves parts that follow each
other and parts on several devices alike: running statistics move once a step, by the
mean of what the parts saw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.runtime.precision import autocast, strict_float32
from resattn_tutorial.tensor_validation import require_network, require_targets
from resattn_tutorial.validation import require_count


class RunningStatistics:
    """Batch norm's running means and variances, all of a network's that move.

    Args:
        network: whose statistics to keep to the rule, in the mode that it trains in. A
            batch norm in evaluation mode is frozen, and no mean of its statistics is
            taken: even the mean of equal numbers may differ from them in the last bit.
    """

    def __init__(self, network: nn.Module) -> None:
        require_network(network)
        norms = [
            module for module in network.modules()
            if isinstance(module, nn.modules.batchnorm._BatchNorm)
            and module.track_running_stats and module.training
        ]
        self.averages = [
            average for norm in norms
            for average in (norm.running_mean, norm.running_var)
        ]
        self.counts = [norm.num_batches_tracked for norm in norms]

    def copy(self) -> list[Tensor]:
        """What they are now, to be put back: averages in one tensor, counts in one."""
        return [
            torch.cat([value.flatten() for value in kind])
            for kind in (self.averages, self.counts) if kind
        ]

    def put_back(self, kept: list[Tensor]) -> None:
        """Make them what they were."""
        kinds = self.averages, self.counts
        for kind, joined in zip(kinds, kept, strict=False):
            parts = joined.split([value.numel() for value in kind])
            for value, part in zip(kind, parts, strict=True):
                value.copy_(part.view_as(value))

    def take_mean(self, copies: list[list[Tensor]]) -> None:
        """Make the averages the mean of these copies'; counts stay."""
        if self.averages:
            averages = torch.stack([kept[0] for kept in copies])
            self.put_back([averages.mean(dim=0)])

    def average_over_processes(self) -> None:
        """Give every process the mean of all; before a test and a checkpoint.

        They move by a fixed part of what a micro-batch saw, so the mean of what each
        process has gathered is what one process would have gathered from the means.
        """
        if self.averages and dist.is_initialized():
            joined = torch.cat(self.averages)
            dist.all_reduce(joined)
            self.put_back([joined / dist.get_world_size()])


@contextlib.contextmanager
def one_update(
    statistics: RunningStatistics,
) -> Iterator[Callable[[], None]]:
    """Let several forward passes move the running statistics as one does.

    Gives a function to call between two passes: each begins with the same statistics,
    and in the end they are the mean of what the passes made of them. Should a pass
    fail, they are what they were before the first.
    """
    before, after = statistics.copy(), []

    def next_pass() -> None:
        after.append(statistics.copy())
        statistics.put_back(before)

    try:
        yield next_pass
    except BaseException:
        statistics.put_back(before)
        raise
    if after:
        statistics.take_mean([*after, statistics.copy()])


def accumulate_gradients(
    network: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    statistics: RunningStatistics,
    scaler: torch.amp.GradScaler,
    precision: str = "float32",
    accumulation: int = 1,
    smoothing: float = 0.0,
) -> Tensor:
    """Add a batch's gradients to the network's; return its loss, not yet a number.

    The loss and the gradients are the batch's means, whatever the number of parts.

    Args:
        network: in training mode; wrapped in ``DistributedDataParallel`` where several
            processes share a batch. They are joined in the last micro-batch only.
        inputs: ``(N, 3, H, W)``.
        labels: ``(N,)``; or after mixup how much of each class is in an image,
            ``(N, classes)``.
        statistics: the network's.
        scaler: of :func:`~resattn_tutorial.runtime.precision.make_scaler`.
        precision: what to compute in.
        accumulation: into how many equal micro-batches N is divided.
        smoothing: the part of every label that is spread over all classes.

    Raises:
        TypeError, ValueError: ``accumulation`` is no count, N no multiple of it, there
            is no such precision, or inputs and labels are no batch.
    """
    require_network(network)
    require_targets(inputs, labels)
    require_count("accumulation", accumulation)
    require_count("the batch", len(labels), multiple_of=accumulation)
    size, losses = len(labels) // accumulation, []
    parts = zip(inputs.split(size), labels.split(size), strict=True)
    # A batch that is not divided moves the statistics once by itself.
    divided = accumulation > 1
    update = one_update(statistics) if divided else contextlib.nullcontext()
    with strict_float32(precision), update as next_pass:
        for x, y in parts:
            if losses:
                next_pass()
            more = len(losses) < accumulation - 1
            waits = more and hasattr(network, "no_sync")
            with network.no_sync() if waits else contextlib.nullcontext():
                with autocast(x.device, precision):
                    loss = F.cross_entropy(
                        network(x), y, label_smoothing=smoothing
                    ) / accumulation
                scaler.scale(loss).backward()
            losses.append(loss.detach())
    return torch.stack(losses).sum()
