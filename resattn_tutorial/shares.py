"""One batch in several shares, on one device or on many (chapter 10).

A batch that does not fit is learned from share by share: gradients add up, and the
step is taken once. Batch norm is the one thing that notices, since it takes its mean
over a share and not over the batch. One rule serves shares that follow each other and
shares on several devices alike: running statistics move once a step, by the mean of
what the shares saw.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.guards import require_count
from resattn_tutorial.precision import autocast


class RunningStatistics:
    """Batch norm's running means and variances, all of a network's.

    Args:
        network: whose statistics to keep to the rule.
    """

    def __init__(self, network: nn.Module) -> None:
        norms = [
            module for module in network.modules()
            if isinstance(module, nn.modules.batchnorm._BatchNorm)
            and module.track_running_stats
        ]
        self.averages = [
            average for norm in norms
            for average in (norm.running_mean, norm.running_var)
        ]
        self.counts = [norm.num_batches_tracked for norm in norms]

    def copy(self) -> list[Tensor]:
        """What they are now, to be put back."""
        return [kept.clone() for kept in self.averages + self.counts]

    def put_back(self, kept: list[Tensor]) -> None:
        """Make them what they were."""
        for now, then in zip(self.averages + self.counts, kept, strict=True):
            now.copy_(then)

    def average_over_processes(self) -> None:
        """Give every process the mean of all; before a test and a checkpoint.

        They move by a fixed part of what a share saw, so the mean of what each process
        has gathered is what one process would have gathered from the means.
        """
        if self.averages and dist.is_initialized():
            joined = torch.cat(self.averages)
            dist.all_reduce(joined)
            parts = (joined / dist.get_world_size()).split(
                [len(average) for average in self.averages]
            )
            for average, part in zip(self.averages, parts, strict=True):
                average.copy_(part)


@contextlib.contextmanager
def one_update(statistics: RunningStatistics, shares: int) -> Iterator:
    """Let ``shares`` forward passes move the running statistics as one does.

    Gives a function to be called before each share. Should a pass fail, statistics are
    what they were before the first.
    """
    if shares == 1:
        yield lambda: None
        return
    before = statistics.copy()
    sums = [torch.zeros_like(average) for average in statistics.averages]

    def gather() -> None:
        for total, average in zip(sums, statistics.averages, strict=True):
            total += average

    passes = 0

    def next_share() -> None:
        nonlocal passes
        if passes:
            gather()
            statistics.put_back(before)
        passes += 1

    try:
        yield next_share
        gather()
        for average, total in zip(statistics.averages, sums, strict=True):
            average.copy_(total / shares)
    except BaseException:
        statistics.put_back(before)
        raise


def backward_in_shares(
    network: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    statistics: RunningStatistics,
    scaler: torch.amp.GradScaler,
    precision: str = "float32",
    shares: int = 1,
) -> Tensor:
    """Add a batch's gradients to the network's; return its loss, not yet a number.

    The loss and the gradients are the batch's means, whatever the number of shares.

    Args:
        network: in training mode; wrapped in ``DistributedDataParallel`` where several
            processes share a batch. They are joined in the last share only.
        inputs: ``(N, 3, H, W)``.
        labels: ``(N,)``.
        statistics: the network's.
        scaler: of :func:`~resattn_tutorial.precision.make_scaler`.
        precision: what to compute in.
        shares: equal parts that N is divided into.

    Raises:
        ValueError: N is no multiple of ``shares``.
    """
    require_count("the batch", len(labels), multiple_of=shares)
    size, total = len(labels) // shares, 0.0
    with one_update(statistics, shares) as next_share:
        for number, (x, y) in enumerate(
            zip(inputs.split(size), labels.split(size), strict=True), 1
        ):
            next_share()
            joined = number == shares or not hasattr(network, "no_sync")
            with contextlib.nullcontext() if joined else network.no_sync():
                with autocast(x.device, precision):
                    loss = F.cross_entropy(network(x), y) / shares
                scaler.scale(loss).backward()
            total = total + loss.detach()
    return total
