"""Does a GPU compute what the CPU does, with whatever numbers, steps and memory?

Each part tells what it found, and by ``holds`` whether that is as it should be.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.gpu.machine import LARGE, MIDDLE, RATE, Machine, apart, joined
from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.runtime.precision import choose_precision, make_scaler
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    accumulate_gradients,
)
from resattn_tutorial.training.step import Stepper

# How far gradients may be from float64's, by what they were computed in.
NEAR = {
    "float32, strict": 5e-3, "float32, strict, NCHW": 5e-3, "float32": 0.1,
    "bfloat16": 0.5, "float16": 0.15,
}
MiB = 2**20


def parity(machine: Machine) -> dict[str, Any]:
    """Loss, gradients and running statistics beside float64 on the CPU.

    With trained weights: before training, a rounding turns a gradient by a per cent.
    """
    x, y = next(machine.batches(machine.many(64, dry=16)))
    exact = cifar_attention56(weights="SCENES").double().train()
    F.cross_entropy(exact(x.cpu().double()), y.cpu()).backward()
    found = {
        name: beside(machine, exact, x, y, name) for name in ways_of(machine)
    }
    return {
        "beside float64": found, "auto takes": choose_precision(machine.device),
        "holds": all(found[way]["gradients"] < NEAR[way] for way in found),
    }


def ways_of(machine: Machine) -> list[str]:
    """The keys of ``NEAR`` that the device can compute in."""
    return list(NEAR) if machine.on_gpu else [*NEAR][:4]


def beside(
    machine: Machine, exact: nn.Module, x: Tensor, y: Tensor, way: str
) -> dict[str, float]:
    """How far one way's loss, gradients and statistics are from the exact ones."""
    precision = "float32-strict" if "strict" in way else way
    layout = torch.contiguous_format if "NCHW" in way else torch.channels_last
    network = cifar_attention56(weights="SCENES").to(machine.device)
    network.to(memory_format=layout).train()
    scaler = make_scaler(machine.device, precision)
    loss = accumulate_gradients(
        network, x.contiguous(memory_format=layout), y,
        RunningStatistics(network), scaler, precision,
    )
    scale = scaler.get_scale() if scaler.is_enabled() else 1.0
    return {
        "loss": loss.item(),
        "gradients": apart(
            joined(p.grad for p in network.parameters()) / scale,
            joined(p.grad for p in exact.parameters()),
        ),
        "statistics": apart(joined(averages(network)), joined(averages(exact))),
    }


def averages(network: nn.Module) -> list[Tensor]:
    """Batch norms' running means and variances."""
    return [value for name, value in network.named_buffers() if "running" in name]


def finite(machine: Machine) -> dict[str, Any]:
    """A hundred steps at the paper's rate: losses, scale, the largest activation."""
    found = {}
    for precision in machine.precisions:
        found[precision] = in_numbers(machine, precision)
        machine.free()
    return {**found, "holds": all(one["finite"] for one in found.values())}


def in_numbers(machine: Machine, precision: str) -> dict[str, Any]:
    """What a hundred steps in one precision come to."""
    stepper = machine.stepper(LARGE, precision, graphs=False)
    batches = machine.batches()
    losses = [stepper.step(*next(batches), RATE) for _ in range(machine.many(100))]
    top = largest(stepper.network, lambda: stepper.step(*next(batches), RATE))
    waits = synchronisations(machine, lambda: stepper.step(*next(batches), RATE))
    told = torch.stack(losses).tolist()
    kept = joined(stepper.network.state_dict().values())
    scaler = stepper.scaler
    return {
        "losses": [round(loss, 3) for loss in told[:: max(len(told) // 10, 1)]],
        "finite": bool(kept.isfinite().all()) and all(x == x for x in told),
        "scale": scaler.get_scale() if scaler.is_enabled() else None,
        "largest activation": top, "waits in a step": waits,
    }


def largest(network: nn.Module, step: Any) -> float:
    """The largest value that a layer puts out during a step."""
    device = next(network.parameters()).device
    top = torch.zeros((), device=device)

    def look(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        top.copy_(torch.maximum(top, output.detach().abs().amax().float()))

    kinds = nn.Conv2d, nn.Sequential
    hooks = [
        layer.register_forward_hook(look)
        for layer in network.modules() if isinstance(layer, kinds)
    ]
    step()
    for hook in hooks:
        hook.remove()
    return top.item()


def synchronisations(machine: Machine, step: Any) -> list[str]:
    """Where a step makes the processor wait for the GPU."""
    if not machine.on_gpu:
        return []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        step()
        torch.cuda.set_sync_debug_mode("default")
    return [
        f"{one.filename.rsplit('/', 1)[-1]}:{one.lineno}"
        for one in told if "synchroniz" in str(one.message)
    ]


def graphs(machine: Machine) -> dict[str, Any]:
    """The same steps from the same start: plain, plain again, and replayed."""
    found = {}
    for precision in machine.precisions:
        plain, again, replayed = (
            after_steps(machine, precision, way) for way in (False, False, True)
        )
        repeats = apart(again["state"], plain["state"])
        differs = apart(replayed["state"], plain["state"])
        found[precision] = {
            "plain beside plain": repeats, "replayed beside plain": differs,
            "losses": [one["losses"] for one in (plain, again, replayed)],
            "scales": [one["scale"] for one in (plain, again, replayed)],
            "told": replayed["told"],
            "holds": differs <= max(3 * repeats, 1e-6) and not replayed["told"],
        }
    return {**found, "holds": all(one["holds"] for one in found.values())}


def exact_steps(machine: Machine, precision: str) -> dict[str, Any]:
    """The same as :func:`graphs`, by the greatest difference of any number.

    If PyTorch is deterministic, plain steps repeat themselves bit for bit, and so must
    replayed ones. If they do not, these may differ by three times as much.
    """
    plain, again, replayed = (
        after_steps(machine, precision, way) for way in (False, False, True)
    )
    repeats, differs = (
        (one["state"] - plain["state"]).abs().max().item() for one in (again, replayed)
    )
    return {
        "bit-equal": torch.equal(replayed["state"], plain["state"]),
        "plain bit-equal to plain": torch.equal(again["state"], plain["state"]),
        "greatest difference": differs, "plain beside plain": repeats,
        "losses alike": replayed["losses"] == plain["losses"],
        "told": replayed["told"],
        "holds": differs <= 3 * repeats and not replayed["told"],
    }


def after_steps(machine: Machine, precision: str, replay: bool) -> dict[str, Any]:
    """Weights, statistics and losses after twelve steps at two rates."""
    told: list[str] = []
    stepper = machine.stepper(MIDDLE, precision, replay, told.append)
    batches, losses = machine.batches(), []
    for k in range(12):
        losses.append(stepper.step(*next(batches), RATE if k < 6 else RATE / 10))
    scaler = stepper.scaler
    found = {
        "state": joined(stepper.network.state_dict().values()), "told": told,
        "losses": [round(loss, 5) for loss in torch.stack(losses).tolist()],
        "scale": scaler.get_scale() if scaler.is_enabled() else None,
    }
    del stepper
    machine.free()
    return found


def memory(machine: Machine) -> dict[str, Any]:
    """A batch that does not fit: in how many parts it goes on, and what is told."""
    if not machine.on_gpu:
        return {"holds": True, "left out": "there is no GPU whose memory could run out"}
    total = torch.cuda.get_device_properties(0).total_memory
    machine.free()
    told: list[str] = []
    stepper = machine.stepper(MIDDLE, "bfloat16", say=told.append)
    batches, base = machine.batches(), torch.cuda.memory_allocated()
    stepper.gradients(*next(batches))
    full = torch.cuda.max_memory_allocated()
    stepper.optimizer.zero_grad()
    torch.cuda.empty_cache()
    allowed = base + 0.6 * (full - base)
    torch.cuda.set_per_process_memory_fraction(allowed / total)
    try:
        losses = [stepper.step(*next(batches), RATE).item() for _ in range(6)]
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    return {
        "before, MiB": base / MiB, "a whole batch, MiB": full / MiB,
        "allowed, MiB": allowed / MiB, "told": told, "losses": losses,
        "accumulation": stepper.accumulation,
        "holds": stepper.accumulation > 1 and all(x == x for x in losses),
    }


def resumed(machine: Machine) -> dict[str, Any]:
    """A state taken up again, by graphs and by plain steps, from either."""
    found, precision = {}, usual(machine)
    for first in (False, True):
        one = machine.stepper(MIDDLE, precision, first)
        batches = machine.batches()
        held = [next(batches) for _ in range(12)]
        for batch in held[:6]:
            one.step(*batch, RATE)
        state = copy.deepcopy(on_cpu(one.state()))
        for batch in held[6:]:
            one.step(*batch, RATE)
        found[f"from {'graphs' if first else 'plain steps'}"] = {
            f"to {'graphs' if then else 'plain steps'}":
                apart(gone_on(machine, state, held[6:], then), state_of(one))
            for then in (False, True)
        }
        del one
        machine.free()
    # A GPU's own two runs differ, too: the plain steps tell by how much.
    usually = found["from plain steps"]["to plain steps"]
    return {**found, "holds": all(
        value <= max(3 * usually, 1e-6)
        for row in found.values() for value in row.values()
    )}


def usual(machine: Machine) -> str:
    """The precision that a device takes by itself."""
    return choose_precision(machine.device)


def gone_on(
    machine: Machine, state: dict, held: list, graphs: bool
) -> Tensor:
    """What comes of a state after some more steps."""
    stepper = machine.stepper(MIDDLE, usual(machine), graphs)
    stepper.load(copy.deepcopy(state))
    for batch in held:
        stepper.step(*batch, RATE)
    return state_of(stepper)


def state_of(stepper: Stepper) -> Tensor:
    """All weights and statistics as one vector."""
    return joined(stepper.network.state_dict().values())


def on_cpu(value: Any) -> Any:
    """The same with all tensors on the CPU, as a checkpoint is read."""
    if isinstance(value, Tensor):
        return value.detach().cpu().clone()
    if isinstance(value, dict):
        return {name: on_cpu(part) for name, part in value.items()}
    return [on_cpu(part) for part in value] if isinstance(value, list) else value
