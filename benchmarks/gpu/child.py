"""What a part lets another process do: ``python -m benchmarks.gpu.child TASK …``.

What is asked of PyTorch once and for all, such as deterministic operations, is asked
in a process of its own; so is what may bring its process down. The answer is the last
line of the output, as JSON.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.gpu.machine import MIDDLE, RATE, Batch, Machine
from benchmarks.gpu.proofs import exact_steps
from benchmarks.gpu.speed import paced
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.device import make_deterministic
from resattn_tutorial.training.captured_step import CaptureError
from resattn_tutorial.training.trainer import Trainer

ROOT = Path(__file__).parents[2]
UNTESTED = Errors(top1=0.5, top5=0.0, loss=0.0, images=1)


class Cut:
    """The machine's batches; at one of them the run is asked to stop."""

    def __init__(self, machine: Machine, at: int | None) -> None:
        self.machine, self.at = machine, at

    def starting_at(self, step: int) -> Any:
        """From a step on."""
        held: Callable[[], Batch] = self.machine.batches
        for number, batch in enumerate(itertools.islice(held(), step, None), step):
            if number == self.at:
                signal.raise_signal(signal.SIGTERM)
            yield batch


def repeated(dry: bool, precision: str, deterministic: bool) -> dict[str, Any]:
    """Three runs: two in one piece, and one that is stopped and goes on."""
    if deterministic:
        make_deterministic()
    machine = Machine(1e6, dry)
    with tempfile.TemporaryDirectory() as folder:
        one, spent = trained(machine, precision, Path(folder, "one"))
        two, again = trained(machine, precision, Path(folder, "two"))
        trained(machine, precision, Path(folder, "cut"), at=machine.many(20, dry=4))
        three, _ = trained(machine, precision, Path(folder, "cut"))
    return {
        "two runs alike": alike(one, two), "cut and resumed alike": alike(one, three),
        "seconds": [round(spent, 2), round(again, 2)],
    }


def exact(dry: bool, precision: str) -> dict[str, Any]:
    """Deterministic steps: plain, plain again, and replayed."""
    with contextlib.redirect_stdout(io.StringIO()):
        make_deterministic()
    return exact_steps(Machine(1e6, dry), precision)


def trained(
    machine: Machine, precision: str, folder: Path, at: int | None = None
) -> tuple[dict[str, Tensor], float]:
    """The weights after all steps, and the seconds; or after those before a stop."""
    recipe = Recipe("short", machine.many(40, dry=8), machine.batch, RATE)
    config = TrainingConfig(
        machine.name(MIDDLE), recipe=recipe, precision=precision, points=2
    )
    network = machine.network(MIDDLE)
    trainer = Trainer(network, Cut(machine, at), lambda: UNTESTED, config, folder)
    began = time.monotonic()
    with contextlib.redirect_stdout(io.StringIO()):
        trainer.run()
    return {k: v.cpu() for k, v in network.state_dict().items()}, (
        time.monotonic() - began
    )


def alike(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    """Whether all is the same, bit for bit."""
    return one.keys() == two.keys() and all(
        torch.equal(one[name], two[name]) for name in one
    )


class Looks(nn.Module):
    """A network that looks at a number on its way, which no graph can hold."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return self.network(x if x.abs().max().item() else x)


def uncapturable(dry: bool, graphs: bool) -> dict[str, Any]:
    """Seven steps of a network that cannot be captured; what is said of it."""
    machine = Machine(1e6, dry)
    looking = machine.stepper(Looks(machine.network(MIDDLE)), graphs=graphs)
    batches, losses = machine.batches(), []
    try:
        for _ in range(7):
            losses.append(looking.step(*next(batches), RATE).item())
    except CaptureError as error:
        return {"losses": losses, "told": str(error)}
    return {"losses": losses, "told": None}


def compiled(dry: bool, precision: str) -> dict[str, Any]:
    """A compiled network, replayed: how long compiling takes, and a step then.

    Its speed is measured when a line comes in: the machine is quiet then.
    """
    machine = Machine(1e6, dry)
    stepper = machine.stepper(MIDDLE, precision, compile=True)
    batches, began = machine.batches(), time.monotonic()
    losses = [stepper.step(*next(batches), RATE) for _ in range(6)]
    machine.wait()
    first = time.monotonic() - began
    sys.stdin.readline()
    return {
        "compiling, s": round(first, 1), "losses": torch.stack(losses).tolist(),
        **paced(machine, lambda: stepper),
    }


def chapter(dry: bool, path: str, mode: str) -> dict[str, Any]:
    """A solved notebook's code, cell by cell, in a mode: its longest cells' seconds."""
    book = json.loads(Path(path).read_text(encoding="utf-8"))
    cells = [
        "".join(cell["source"]) for cell in book["cells"]
        if cell["cell_type"] == "code"
    ][1:]                                            # the first installs the package
    os.environ["RESATTN_MODE"], os.environ["MPLBACKEND"] = mode, "Agg"
    space: dict[str, Any] = {"__name__": "__main__"}
    times: dict[str, float] = {}
    for number, cell in enumerate(cells[: 3 if dry else None], 1):
        began = time.monotonic()
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(cell, f"{path}, cell {number}", "exec"), space)
        times[cell.strip().partition("\n")[0][:60]] = time.monotonic() - began
    longest = sorted(times, key=times.get, reverse=True)[:6]
    return {
        "seconds": round(sum(times.values()), 1),
        "longest": {line: round(times[line], 1) for line in longest},
    }


TASKS = {
    task.__name__: task for task in (repeated, exact, uncapturable, compiled, chapter)
}


class Child:
    """A task in a process of its own, beside us."""

    def __init__(self, task: Callable[..., Any], *arguments: Any) -> None:
        words = json.dumps(arguments)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.gpu.child", task.__name__, words],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )

    def answer(self, limit: float) -> dict[str, Any]:
        """What it came to within so many seconds; else what it said."""
        try:
            out, err = self.process.communicate("\n", timeout=max(limit, 1))
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            late = f"it had not ended after {limit:.0f} s"
            return {"failed": late, "said": err[-800:]}
        if self.process.returncode:
            return {"failed": self.process.returncode, "said": (out + err)[-1500:]}
        return json.loads(out.strip().splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(TASKS[sys.argv[1]](*json.loads(sys.argv[2]))))
