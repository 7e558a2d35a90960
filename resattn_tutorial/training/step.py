"""One step of learning, on whatever there is (chapter 10)."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.runtime.distributed import distributed, this_process
from resattn_tutorial.runtime.launch import variable
from resattn_tutorial.runtime.memory import free_memory, memory_told
from resattn_tutorial.runtime.precision import choose_precision, make_scaler
from resattn_tutorial.tensor_validation import device_of, require_network
from resattn_tutorial.training.captured_step import CapturedStep
from resattn_tutorial.training.frozen import to_training_mode
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    accumulate_gradients,
)
from resattn_tutorial.training.optimizer import (
    load_optimizer_state,
    make_optimizer,
    optimizer_state,
    set_rate,
)
from resattn_tutorial.training.weight_average import WeightAverage, exchanged
from resattn_tutorial.validation import require_callable, require_count, require_kind


def require_synchronisable(config: TrainingConfig) -> None:
    """Refuse one batch norm over several processes where there are none, or no GPUs.

    Raises:
        ValueError: says what is there.
    """
    alone = variable("WORLD_SIZE", 1) < 2
    if config.sync_batch_norm and (alone or not torch.cuda.is_available()):
        raise ValueError(
            "sync-batch-norm needs several processes with a GPU each, started by "
            f"torchrun; got {'one process' if alone else 'processes without a GPU'}."
        )


def require_parts(batch_size: int, accumulation: int, processes: int) -> None:
    """Refuse a batch that cannot be divided into equal micro-batches.

    Raises:
        ValueError: it is no multiple of their number.
    """
    parts = accumulation * processes
    if batch_size % parts:
        raise ValueError(
            f"batch_size must be a multiple of {parts}, got {batch_size}; {parts} is "
            f"accumulation, {accumulation}, times the number of processes, {processes}."
        )


def can_capture(device: torch.device) -> bool:
    """Whether steps on a device can be replayed from a CUDA graph, if they are whole.

    Several processes join their gradients within the step: they compute it as usual.
    """
    return device.type == "cuda" and not dist.is_initialized()


class Stepper:
    """A network, its optimizer, and how a batch becomes a step.

    Args:
        network: trained in place, where its parameters are; frozen parts stay so, see
            :func:`~resattn_tutorial.training.frozen.to_training_mode`.
        config: recipe, precision, accumulation, memory format and the like.
        say: where to tell what changes on the way.

    Attributes:
        average: of the weights, where the recipe asks for one; else ``None``.

    Raises:
        TypeError, ValueError: the recipe's batch cannot be divided so, or an argument
            is of another kind.
    """

    def __init__(
        self,
        network: nn.Module,
        config: TrainingConfig,
        say: Callable[[str], None] = print,
    ) -> None:
        require_kind("config", config, TrainingConfig, "a TrainingConfig")
        require_callable("say", say)
        recipe, self.config, self.say = config.recipe, config, say
        require_parts(recipe.batch_size, config.accumulation, this_process().world_size)
        require_network(network)
        self.format = getattr(torch, config.memory_format)
        if config.sync_batch_norm:
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        self.network = to_training_mode(network.to(memory_format=self.format))
        self.device = device_of(network)
        self.precision = choose_precision(self.device, config.precision)
        runner = torch.compile(network) if config.compile else network
        self.runner = distributed(runner, self.device)
        self.statistics = RunningStatistics(network)
        self.scaler = make_scaler(self.device, self.precision)
        self.optimizer = make_optimizer(network, recipe)
        self.average = WeightAverage(network, recipe.ema) if recipe.ema else None
        self.divide(config.accumulation)

    def divide(self, accumulation: int) -> None:
        """Divide each batch into so many micro-batches from now on."""
        require_count("accumulation", accumulation)
        self.accumulation, self.fits = accumulation, False
        self.captured = None
        if self.config.graphs and accumulation == 1 and can_capture(self.device):
            self.captured = CapturedStep(self.whole_step, self.device)

    def step(self, inputs: Tensor, labels: Tensor, rate: float) -> Tensor:
        """Learn from one batch at a learning rate; return its loss, on the device.

        Args:
            inputs: ``(N, 3, H, W)``.
            labels: ``(N,)``; mixed ones ``(N, classes)``.
            rate: the learning rate.

        Raises:
            CaptureError: no CUDA graph can hold the step.
        """
        set_rate(self.optimizer, rate)
        inputs = inputs.contiguous(memory_format=self.format)
        replays = self.captured and self.fits
        loss = (self.captured if replays else self.plain_step)(inputs, labels)
        if self.average:                             # beside a graph, not in it
            self.average.update()
        return loss

    def plain_step(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """One step at the rate that is set; more accumulation if it does not fit."""
        loss = self.backward(inputs, labels)
        self.update()
        return loss

    def whole_step(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """One step at the rate that is set, of a batch that is known to fit."""
        loss = self.gradients(inputs, labels)
        self.update()
        return loss

    def update(self) -> None:
        """Change the weights by their gradients, unless float16 overflowed."""
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def gradients(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """A batch's gradients, and none of those before; returns its loss."""
        self.optimizer.zero_grad()
        return accumulate_gradients(
            self.runner, inputs, labels, self.statistics,
            self.scaler, self.precision, self.accumulation,
            self.config.recipe.smoothing,
        )

    def backward(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """A batch's gradients and loss; more accumulation where memory runs out."""
        while True:
            # Memory runs out at the first batch, if at all: it may be repeated.
            kept = None if self.fits else self.statistics.copy()
            try:
                with memory_told():
                    loss = self.gradients(inputs, labels)
                self.fits = True
                return loss
            except torch.OutOfMemoryError:
                # Others would wait for us: only who is alone may try again.
                more = 2 * self.accumulation
                if dist.is_initialized() or len(labels) % more:
                    raise
            if kept is not None:
                self.statistics.put_back(kept)
            self.accumulate_more(len(labels))

    def accumulate_more(self, batch_size: int) -> None:
        """Go on with twice as many micro-batches, and say so."""
        self.divide(2 * self.accumulation)
        self.optimizer.zero_grad()                   # what is held cannot be freed
        free_memory(self.device)
        size = batch_size // self.accumulation
        self.say(
            "Out of memory: from now on gradients are accumulated over "
            f"{self.accumulation} micro-batches of {size} images. One thing "
            "changes by this: batch norm takes its mean over a micro-batch."
        )

    def judged(self) -> AbstractContextManager[None]:
        """Inside, the network has the weights that are to be tested: the average's."""
        return exchanged(self.network, self.average.values if self.average else {})

    def share_statistics(self) -> None:
        """Give each process the mean of all running statistics, the average's too."""
        self.statistics.average_over_processes()
        if self.average and dist.is_initialized():
            with self.judged():
                self.statistics.average_over_processes()

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, for a checkpoint."""
        random = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self.device)
        return {
            "network": self.network.state_dict(),
            "optimizer": optimizer_state(self.optimizer),
            "scaler": self.scaler.state_dict(), "random": random,
            "parts": self.accumulation * this_process().world_size,
            "average": dict(self.average.values) if self.average else {},
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take up a state whose network is known to be ours."""
        self.network.load_state_dict(state["network"])
        load_optimizer_state(self.optimizer, state["optimizer"])
        if self.average:
            self.average.load(state["average"])
        if state["scaler"] and self.scaler.is_enabled():
            self.scaler.load_state_dict(state["scaler"])
        # As many parts of a batch as before, on however many processes. What was
        # captured knows the momentum's old place, and is given up.
        parts = math.ceil(state["parts"] / this_process().world_size)
        self.divide(max(parts, self.accumulation))
        torch.set_rng_state(state["random"]["cpu"])
        if self.device.type == "cuda" and "cuda" in state["random"]:
            torch.cuda.set_rng_state(state["random"]["cuda"], self.device)
