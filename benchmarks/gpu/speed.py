"""How fast: ceilings, training steps in every way, and where a step's time goes."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch

from benchmarks import limits
from benchmarks.gpu.machine import LARGE, MIDDLE, RATE, Batch, Machine
from benchmarks.ways import Bench
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.training.step import Stepper

LAUNCHES = 2000
PAPER_STEPS = 160_000


def ceilings(machine: Machine) -> dict[str, Any]:
    """Rates of matrix products and copies, and what one small operation costs."""
    bench = Bench(machine.device, machine.images, machine.batch, 1, 0.0)
    return {
        "rates": limits.rates(bench, machine.precisions, machine.dry),
        "microseconds": launches(machine) if machine.on_gpu else None,
    }


def launches(machine: Machine) -> dict[str, float]:
    """Microseconds of a small operation, asked for by itself and in a graph."""
    x = torch.zeros(1024, device=machine.device)

    def ask() -> None:
        for _ in range(LAUNCHES):
            x.add_(1)

    ask()
    alone = seconds(machine, ask)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        ask()
    graph.replay()
    return {
        "alone": alone / LAUNCHES * 1e6,
        "in a graph": seconds(machine, graph.replay) / LAUNCHES * 1e6,
    }


def seconds(machine: Machine, work: Callable[[], Any]) -> float:
    """How long ``work`` takes, until the device has done it."""
    machine.wait()
    began = time.perf_counter()
    work()
    machine.wait()
    return time.perf_counter() - began


def table(machine: Machine) -> dict[str, Any]:
    """Images a second of a training step: network, precision, graphs, cuDNN's trials.

    With the share of copies' and of matrix products' rates that an eager step reaches.
    """
    found: dict[str, Any] = {}
    for name in (LARGE, MIDDLE):
        for precision in machine.precisions:
            for graphs in (False, True):
                way = "graph" if graphs else "eager"
                found[f"{name}, {precision}, {way}"] = paced(
                    machine, partial(machine.stepper, name, precision, graphs)
                )
    if machine.on_gpu:
        torch.backends.cudnn.benchmark = True
        for precision in machine.precisions:
            found[f"{LARGE}, {precision}, graph, cudnn.benchmark"] = paced(
                machine, partial(machine.stepper, LARGE, precision)
            )
        torch.backends.cudnn.benchmark = False
    return found | {"feeding alone, ms": feeding(machine)}


def sizes(machine: Machine) -> dict[str, Any]:
    """Images a second by the batch, replayed, in the faster 16 bits."""
    half = choose_precision(machine.device)
    batches = (4, 8) if machine.dry else (64, 128, 256, 512, 1024)
    return {
        f"{name}, {half}, batch {batch}": paced(
            machine, partial(machine.stepper, name, half, batch=batch), batch
        )
        for name in (LARGE, MIDDLE) for batch in batches
    }


def large_images(machine: Machine) -> dict[str, Any]:
    """Images a second of Attention-56 for ImageNet, on noise of 224 x 224 pixels."""
    half = choose_precision(machine.device)
    batch, side = (2, 64) if machine.dry else (64, 224)
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(batch, 3, side, side, generator=draw).to(machine.device)
    y = torch.randint(1000, (batch,), generator=draw).to(machine.device)
    found = {}
    for graphs in (False, True):
        network = build_network("attention56", 1000).to(machine.device)
        way = f"attention56, {half}, {'graph' if graphs else 'eager'}, batch {batch}"
        found[way] = paced(
            machine, partial(machine.stepper, network, half, graphs, batch=batch),
            batch, itertools.repeat((x, y)),
        )
        del network
    return found


def paced(
    machine: Machine, make: Callable[[], Stepper], batch: int | None = None,
    batches: Iterator[Batch] | None = None,
) -> dict[str, Any]:
    """Milliseconds of a step and of the processor's part in it; images a second."""
    batch = batch or machine.batch
    machine.free()
    stepper, batches = make(), batches or machine.batches(batch)
    for _ in range(machine.many(7)):
        stepper.step(*next(batches), RATE)
    machine.wait()
    goal, steps, began = (0.0 if machine.dry else 1.0), 0, time.perf_counter()
    asked = 0.0
    while steps < 2 or time.perf_counter() - began < goal:
        at = time.perf_counter()
        for _ in range(machine.many(20)):
            stepper.step(*next(batches), RATE)
            steps += 1
        asked += time.perf_counter() - at
        machine.wait()
    spent = (time.perf_counter() - began) / steps
    return {
        "ms": round(1e3 * spent, 3), "asking, ms": round(1e3 * asked / steps, 3),
        "images/s": round(batch / spent), "peak, MiB": machine.peak(),
        "160,000 steps, minutes": round(PAPER_STEPS * spent / 60, 1),
    }


def feeding(machine: Machine) -> float:
    """Milliseconds in which a batch is made, if nothing else is done."""
    batches, count = machine.batches(), machine.many(200)
    next(batches)

    def work() -> None:
        for _ in range(count):
            next(batches)

    return round(1e3 * seconds(machine, work) / count, 3)


def profile(machine: Machine) -> dict[str, Any]:
    """The kernels of one step of the large network, and which take the time."""
    found = {}
    for precision in machine.precisions:
        stepper = machine.stepper(LARGE, precision, graphs=False)
        x, y = next(machine.batches())
        step = partial(stepper.step, x, y, RATE)
        for _ in range(3):
            step()
        found[precision] = kernels(machine, step)
        del stepper, step
        machine.free()
    return found


def kernels(machine: Machine, step: Callable[[], Any]) -> dict[str, Any]:
    """What a step asks of the device: how many kernels, how long, the longest."""
    kinds = [torch.profiler.ProfilerActivity.CPU]
    if machine.on_gpu:
        kinds.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=kinds) as told:
        step()
        machine.wait()
    device = torch.autograd.DeviceType.CUDA if machine.on_gpu else None
    events = [
        event for event in told.events()
        if event.device_type == device or device is None and event.cpu_children == []
    ]
    count, busy = Counter(), Counter()
    for event in events:
        spent = event.device_time if machine.on_gpu else event.self_cpu_time_total
        count[event.name[:90]] += 1
        busy[event.name[:90]] += spent
    return {
        "kernels": count.total(), "busy, ms": round(sum(busy.values()) / 1e3, 3),
        "most": [
            {"kernel": name, "times": count[name], "ms": round(spent / 1e3, 3)}
            for name, spent in busy.most_common(machine.many(30))
        ],
    }
