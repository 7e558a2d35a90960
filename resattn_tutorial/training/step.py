"""One step of learning, on whatever there is (chapter 10)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.runtime.distributed import distributed, this_process
from resattn_tutorial.runtime.launch import variable
from resattn_tutorial.runtime.precision import choose_precision, make_scaler
from resattn_tutorial.tensor_validation import device_of, require_network
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    accumulate_gradients,
)
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


def compiled(network: nn.Module, accumulation: int) -> nn.Module:
    """The network as ``torch.compile`` makes it.

    CUDA graphs reuse the memory of their outputs, so gradients cannot add up in it: a
    batch that is divided is compiled without them.
    """
    require_count("accumulation", accumulation)
    graphs = device_of(network).type == "cuda" and accumulation == 1
    return torch.compile(network, mode="reduce-overhead" if graphs else None)


class Stepper:
    """A network, its optimizer, and how a batch becomes a step.

    Args:
        network: trained in place, where its parameters are.
        config: recipe, precision, accumulation, memory format and the like.
        say: where to tell what changes on the way.

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
        self.accumulation = config.accumulation
        parts = self.accumulation * this_process().world_size
        require_count("batch_size", recipe.batch_size, multiple_of=parts)
        require_network(network)
        self.format = getattr(torch, config.memory_format)
        if config.sync_batch_norm:
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        self.network = network.to(memory_format=self.format).train()
        self.device = device_of(network)
        self.precision = choose_precision(self.device, config.precision)
        self.prepare()
        self.fits = False                    # no batch has been tried yet
        self.statistics = RunningStatistics(network)
        self.scaler = make_scaler(self.device, self.precision)
        self.optimizer = torch.optim.SGD(
            network.parameters(), recipe.learning_rate,
            momentum=recipe.momentum, nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
        )

    def prepare(self) -> None:
        """Compile and distribute the network."""
        network = self.network
        if self.config.compile:
            network = compiled(network, self.accumulation)
        self.runner = distributed(network, self.device)

    def divide(self, accumulation: int) -> None:
        """Divide each batch into so many micro-batches from now on."""
        require_count("accumulation", accumulation)
        self.accumulation, self.fits = accumulation, False
        if self.config.compile:
            self.prepare()

    def step(self, inputs: Tensor, labels: Tensor, rate: float) -> Tensor:
        """Learn from one batch at a learning rate; return its loss, on the device.

        Args:
            inputs: ``(N, 3, H, W)``.
            labels: ``(N,)``.
            rate: the learning rate.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        inputs = inputs.contiguous(memory_format=self.format)
        loss = self.backward(inputs, labels)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss

    def backward(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """A batch's gradients and loss; more accumulation where memory runs out."""
        while True:
            self.optimizer.zero_grad()
            # Memory runs out at the first batch, if at all: it may be repeated.
            kept = None if self.fits else self.statistics.copy()
            try:
                loss = accumulate_gradients(
                    self.runner, inputs, labels, self.statistics,
                    self.scaler, self.precision, self.accumulation,
                )
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
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        size = batch_size // self.accumulation
        self.say(
            "Out of memory: from now on gradients are accumulated over "
            f"{self.accumulation} micro-batches of {size} images. One thing "
            "changes by this: batch norm takes its mean over a micro-batch."
        )

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, for a checkpoint."""
        random = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self.device)
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(), "random": random,
            "parts": self.accumulation * this_process().world_size,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take up a state whose network is known to be ours."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        if state["scaler"] and self.scaler.is_enabled():
            self.scaler.load_state_dict(state["scaler"])
        # As many parts of a batch as before, on however many processes.
        parts = math.ceil(state["parts"] / this_process().world_size)
        if parts > self.accumulation:
            self.divide(parts)
        torch.set_rng_state(state["random"]["cpu"])
        if self.device.type == "cuda" and "cuda" in state["random"]:
            torch.cuda.set_rng_state(state["random"]["cuda"], self.device)
