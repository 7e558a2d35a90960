"""One step of learning, on whatever there is (chapter 10)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from resattn_tutorial.config import differences
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import distributed, our_share
from resattn_tutorial.runtime.precision import make_scaler
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    backward_in_shares,
)
from resattn_tutorial.validation import require_count


class Stepper:
    """A network, its optimizer, and how a batch becomes a step.

    Args:
        network: trained in place, where its parameters are.
        recipe: gives the optimizer its numbers.
        precision: one of ``PRECISIONS``.
        shares: into how many parts a batch is divided, one after another.
        channels_last: the order of the tensors' values in memory.
        prepare: what is done to the network before it runs, ``torch.compile`` for one.
        say: where to tell what changes on the way.

    Raises:
        TypeError, ValueError: the recipe's batch cannot be divided so.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        *,
        precision: str = "float32",
        shares: int = 1,
        channels_last: bool = True,
        prepare: Callable[[nn.Module], nn.Module] = lambda network: network,
        say: Callable[[str], None] = print,
    ) -> None:
        self.format = torch.contiguous_format
        if channels_last:
            self.format = torch.channels_last
        self.network = network.to(memory_format=self.format).train()
        self.device = next(network.parameters()).device
        self.precision, self.say = precision, say
        self.shares = require_count("shares", shares)
        parts = shares * our_share().count
        require_count("batch_size", recipe.batch_size, multiple_of=parts)
        self.prepared = prepare(network)
        self.runner = distributed(self.prepared, self.device)
        self.statistics = RunningStatistics(network)
        self.scaler = make_scaler(self.device, precision)
        self.optimizer = torch.optim.SGD(
            network.parameters(), recipe.learning_rate,
            momentum=recipe.momentum, nesterov=recipe.nesterov,
            weight_decay=recipe.weight_decay,
        )

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
        """A batch's gradients and loss; by smaller shares where memory runs out."""
        while True:
            self.optimizer.zero_grad()
            try:
                return backward_in_shares(
                    self.runner, inputs, labels, self.statistics,
                    self.scaler, self.precision, self.shares,
                )
            except torch.OutOfMemoryError:
                # Others would wait for us: only who is alone may try again.
                if dist.is_initialized() or len(labels) % (2 * self.shares):
                    raise
            self.halve_shares(len(labels))

    def halve_shares(self, batch_size: int) -> None:
        """Go on with twice as many shares, and say so."""
        self.shares *= 2
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        size = batch_size // self.shares
        self.say(
            f"Out of memory: from now on {batch_size} images are learned "
            f"from in {self.shares} shares of {size}. One thing changes by "
            "this: batch norm takes its mean over a share."
        )

    def state(self) -> dict[str, Any]:
        """All that the next step depends on, for a checkpoint."""
        random = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self.device)
        return {
            "network": self.network.state_dict(),
            "shares": self.shares * our_share().count,
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(), "random": random,
            "surroundings": self.surroundings(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take up a state whose network is known to be ours; say what has changed."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        if state["scaler"] and self.scaler.is_enabled():
            self.scaler.load_state_dict(state["scaler"])
        # As many parts as before, on however many processes.
        shares = math.ceil(state["shares"] / our_share().count)
        self.shares = max(self.shares, shares)
        torch.set_rng_state(state["random"]["cpu"])
        if self.device.type == "cuda" and "cuda" in state["random"]:
            torch.cuda.set_rng_state(state["random"]["cuda"], self.device)
        now = self.surroundings()
        for change in differences(state["surroundings"], now):
            self.say(f"Changed; the numbers may differ a little: {change}.")

    def surroundings(self) -> dict[str, Any]:
        """What may change between two parts of a run, and changes how it rounds."""
        kinds = {type(module) for module in self.network.modules()}
        return {
            "device": self.device.type, "precision": self.precision,
            "threads": torch.get_num_threads(),
            "memory format": str(self.format),
            "parts of a batch": self.shares * our_share().count,
            "torch": str(torch.__version__),
            "compiled": hasattr(self.prepared, "_orig_mod"),
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "synchronised batch norm": nn.SyncBatchNorm in kinds,
        }
