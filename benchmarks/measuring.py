"""Time and memory of training steps, measured in the process that calls.

What :mod:`benchmarks.attention56` does in each of its processes. Memory is read from
``/proc``, so this needs Linux.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.variants import Variant
from resattn_tutorial.cost.kept_bytes import bytes_saved

KINDS = {  # the first one that has a part in a kernel's name
    "batch norm": ("batchnorm", "batch_norm"),
    "ReLU": ("relu", "clamp_min", "threshold"),
    "pooling, interpolation": ("pool", "upsample"),
    "copies, fills": ("copy", "clone", "fill", "zero", "empty", "contiguous"),
    "sums, products, sigmoid": ("add", "mul", "sigmoid", "sum", "mean", "div"),
}


def stepper(
    network: nn.Module, variant: Variant, batch: int, size: int = 224
) -> Callable[[], None]:
    """A training step without optimizer, on random images, as a function.

    Args:
        network: in training mode, with at least 10 classes.
        variant: its layout and its type of number.
        batch: number of images.
        size: their height and width, in pixels.
    """
    torch.manual_seed(0)
    images = torch.randn(batch, 3, size, size)
    images = images.to(memory_format=variant.memory_format)
    labels = torch.randint(10, (batch,))
    half = variant.dtype == "bfloat16"

    def step() -> None:
        network.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = F.cross_entropy(network(images), labels)
        loss.backward()

    return step


def measure(step: Callable[[], None], steps: int) -> dict[str, float]:
    """Median seconds of a step, and the peak of memory beyond what there was before.

    A first step is made before the clock starts; it counts for the peak.
    """
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = resident("VmRSS")
    step()
    times = [seconds(step) for _ in range(steps)]
    return {"seconds": statistics.median(times), "MB": resident("VmHWM") - before}


def resident(field: str) -> float:
    """This process's memory in MB: ``VmRSS`` now, ``VmHWM`` at its peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise OSError(f"/proc/self/status has no {field}.")


def seconds(work: Callable[[], Any]) -> float:
    """How long ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def matrix_rates(size: int = 2048, repeats: int = 7) -> dict[str, float]:
    """Operations a second of a square matrix product, by type of number."""
    rates = {}
    for dtype in (torch.float32, torch.bfloat16):
        a, b = torch.randn(2, size, size).to(dtype)
        times = [seconds(lambda a=a, b=b: a @ b) for _ in range(repeats)]
        name = str(dtype).removeprefix("torch.")
        rates[name] = 2 * size**3 / statistics.median(times)
    return rates


def kept_for_backward(network: nn.Module, step: Callable[[], None]) -> float:
    """MB of values that a forward pass keeps for the way back, parameters left out."""
    return bytes_saved(step, network.parameters()) / 2**20


def kind_of(kernel: str) -> str:
    """What kind of work a kernel does, by its name."""
    name = kernel.lower()
    if "conv" in name:
        return f"convolution, {'backward' if 'backward' in name else 'forward'}"
    for kind, parts in KINDS.items():
        if any(part in name for part in parts):
            return kind
    return "the rest"


def profile(step: Callable[[], None]) -> dict[str, float]:
    """The share of each kind of work in one step's time, the largest first."""
    step()
    cpu = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=cpu) as profiler:
        step()
    times: Counter[str] = Counter()
    for event in profiler.key_averages():
        times[kind_of(event.key)] += event.self_cpu_time_total
    return {kind: spent / times.total() for kind, spent in times.most_common()}
