"""Trainings of milliseconds, for the trainer's tests; its children load this module."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.metrics.classification import (
    Errors,
    evaluate,
    in_evaluation_mode,
)
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import (
    ALONE,
    Process,
    joined_processes,
    this_process,
)
from resattn_tutorial.training import trainer as trainer_module
from resattn_tutorial.training.trainer import Trainer

CLASSES = 7
STEPS = 12
BATCH = 8
CPU = torch.device("cpu")
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["forked"])


def noise(count: int = 44, seed: int = 0) -> ImageSet:
    """Noise of 8 x 8 pixels; 44 images are 5 batches of 8, and 4 left over."""
    draw = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (count, 3, 8, 8), generator=draw, dtype=torch.uint8)
    labels = torch.randint(CLASSES, (count,), generator=draw)
    names = tuple(f"class {k}" for k in range(CLASSES))
    return ImageSet("noise", "generated", names, images, labels)


def small_network(seed: int = 0, *between: nn.Module, norm: bool = True) -> nn.Module:
    """A convolution, batch norm, whatever else, a mean, a linear layer; float64."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(3, 5, 3, padding=1, bias=False),
        nn.BatchNorm2d(5) if norm else nn.Identity(), nn.ReLU(), *between,
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(20, CLASSES),
    ).double()


class Doubled:
    """The package's batches, in float64; ``on_step`` is called before each is given."""

    def __init__(
        self,
        process: Process = ALONE,
        on_step: Callable[[int], None] = lambda step: None,
        run_recipe: Recipe | None = None,
    ) -> None:
        self.batches = noise().loader(run_recipe or recipe(), 3, CPU, process)
        self.on_step = on_step

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """As the trainer asks for it."""
        for number, (inputs, labels) in enumerate(self.batches.starting_at(step), step):
            self.on_step(number)
            yield inputs.double(), labels


def stopping_at(
    step: int, number: int = signal.SIGTERM, times: int = 1,
    run_recipe: Recipe | None = None,
) -> Doubled:
    """Batches; before that of a step we are asked to stop, so many times."""

    def ask(now: int) -> None:
        for _ in range(times if now == step else 0):
            signal.raise_signal(number)

    return Doubled(on_step=ask, run_recipe=run_recipe)


def recipe(
    steps: int = STEPS, rate: float = 0.1, batch: int = BATCH, **added: float
) -> Recipe:
    """A short one; its rate falls at every step. ``added`` is what it adds."""
    return replace(Recipe("short", steps, batch, rate), **added)


def names(folder: Path) -> list[str]:
    """What lies in a run's folder, in order; its lock begins with a dot."""
    found = (part.name for part in folder.iterdir())
    return sorted(name for name in found if name[0] != ".")


def errors(network: nn.Module, process: Process = ALONE, seed: int = 1) -> Errors:
    """What a network gets wrong on noise of its own."""

    def as_doubles(images: Tensor) -> Tensor:
        return images.double() / 255

    batches = noise(30, seed).test_batches(as_doubles, CPU, 7, process)
    return evaluate(network, batches)


def logits(network: nn.Module) -> Tensor:
    """What a network answers to noise, in evaluation mode."""
    with torch.inference_mode(), in_evaluation_mode(network):
        return network(noise(30, seed=1).images.double() / 255)


def measured_errors(
    network: nn.Module, process: Process = ALONE, seed: int = 1
) -> Errors:
    """The trainer's test: an error, and what the least change of a weight shows in."""
    found = errors(network, process, seed)
    shown = logits(network).abs().mean().item() / 100
    return found._replace(top1=found.top1 * 0.9 + min(shown, 0.1))


def small_config(recipe: Recipe, **fields: Any) -> TrainingConfig:
    """What a trainer of a small network is told; nobody looks at the name."""
    usual = {"points": 3, "save_every": 1e7}
    return TrainingConfig("first_residual", recipe=recipe, **usual | fields)


def make_trainer(
    folder: Path,
    network: nn.Module | None = None,
    batches: Any = None,
    process: Process = ALONE,
    run_recipe: Recipe | None = None,
    **fields: Any,
) -> Trainer:
    """A trainer of a small network; ``fields`` are its configuration's."""
    network = small_network() if network is None else network
    plan = run_recipe or recipe()
    validate = partial(measured_errors, network, process, seed=2)
    return Trainer(
        network, batches or Doubled(process, run_recipe=plan),
        lambda: measured_errors(network, process),
        small_config(plan, **fields), folder, {"name": "noise"},
        validate=validate if plan.validation else None,
    )


def everything(trainer: Trainer) -> dict[str, Any]:
    """All that a run has come to, seconds aside."""
    return without_seconds({
        **trainer.stepper.state(), **trainer.meter.state(), "step": trainer.step,
        "curve": [list(point) for point in trainer.curve],
        "best": trainer.best.values,
    })


def without_seconds(state: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint's content without what no two runs share."""
    kept = {k: v for k, v in state.items() if k not in ("seconds", "testing")}
    kept["curve"] = [[*point[:2], *point[3:]] for point in state["curve"]]
    return kept


def timeless(run: Run) -> Run:
    """A run without the seconds that no two runs share."""
    curve = tuple(point._replace(seconds=0.0) for point in run.results.curve)
    results = replace(run.results, minutes=0.0, images_per_second=1.0, curve=curve)
    return replace(run, results=results)


def unlike(ours: Any, theirs: Any, within: float = 0.0, place: str = "") -> list[str]:
    """Where two states differ by more than ``within``; tensors bit for bit at 0."""
    if isinstance(ours, dict):
        if not isinstance(theirs, dict) or ours.keys() != theirs.keys():
            return [f"{place}: other keys"]
        parts = [(f"{place}/{key}", ours[key], theirs[key]) for key in ours]
    elif isinstance(ours, (list, tuple)):
        if len(ours) != len(theirs):
            return [f"{place}: {len(ours)} parts and {len(theirs)}"]
        pairs = zip(ours, theirs, strict=True)
        parts = [(f"{place}/{k}", *pair) for k, pair in enumerate(pairs)]
    else:
        return [] if _alike(ours, theirs, within) else [place]
    return [found for name, a, b in parts for found in unlike(a, b, within, name)]


def _alike(ours: Any, theirs: Any, within: float) -> bool:
    if isinstance(ours, Tensor):
        if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
            return False
        return bool(((ours.double() - theirs.double()).abs() <= within).all())
    if isinstance(ours, float) and isinstance(theirs, (int, float)):
        return abs(ours - theirs) <= within
    return ours == theirs


@contextmanager
def calls_counted(last: int | None) -> Iterator[list[int]]:
    """Count the calls of functions, ours and the interpreter's; die at call ``last``.

    So a process can be killed at any moment, and at the same one again.
    """
    count = [0]

    def hear(frame: Any, event: str, argument: Any) -> None:
        count[0] += event in ("call", "c_call")
        if count[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(hear)
    try:
        yield count
    finally:
        sys.setprofile(None)


class DyingFile:
    """A file whose writer is killed when it has written so many bytes."""

    def __init__(self, file: Any, last: int) -> None:
        self.file, self.left = file, last

    def write(self, content: Any) -> int:
        """Write, and die in the middle when the time has come."""
        part = memoryview(content)[: self.left]
        self.left -= self.file.write(part)
        if len(part) < len(memoryview(content)):
            self.file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return len(part)

    def flush(self) -> None:
        """As of any file."""
        self.file.flush()


def one_life(folder: Path, last_call: int | None, last_byte: int | None) -> None:
    """A child's work: train or go on, saving at every step; die, or tell the calls."""
    torch.set_num_threads(1)
    trainer_module.CHECK_EVERY = 1
    if last_byte is not None:
        save = torch.save
        torch.save = lambda state, file: save(state, DyingFile(file, last_byte))
    network = small_network(0, nn.Dropout(0.3))
    with calls_counted(last_call) as calls:
        make_trainer(folder, network, save_every=0.0).run()
    (folder / "calls").write_text(str(calls[0]))


def child(work: Callable[..., None], *arguments: Any) -> multiprocessing.Process:
    """A process forked from one that has torch loaded, and no thread of it running."""
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(paths + ([before] if before else []))
    try:
        process = CHILDREN.Process(target=work, args=arguments)
        process.start()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
    return process


def ended(process: multiprocessing.Process, patience: int = 60) -> int | None:
    """Wait for a child; its exit status, negative for a signal."""
    process.join(patience)
    return process.exitcode


def tell_rank(rank: int, count: int, port: int) -> None:
    """Tell this process, as torchrun would, that it is one of several."""
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(count),
        LOCAL_WORLD_SIZE=str(count), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
    )
    torch.set_num_threads(1)


def as_one_of(rank: int, count: int, port: int, work: str, *arguments: Any) -> None:
    """A child's work among several: join the others, then call ours by its name."""
    tell_rank(rank, count, port)
    with joined_processes():
        globals()[work](rank, *arguments)


def type_as_one_of(
    rank: int, count: int, port: int, place: Path, words: Sequence[str]
) -> None:
    """A child's work among several: type a command of ``resattn`` in a folder."""
    from resattn_tutorial.cli.app import app

    tell_rank(rank, count, port)
    # A child of a server would ask it for its own, which load torch once more.
    multiprocessing.set_start_method("fork", force=True)
    os.chdir(place)
    app(list(words))


def all_of(
    work: Callable[..., None], count: int, *arguments: Any, patience: int = 60
) -> list[int | None]:
    """Let several children meet and work; their exit statuses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [child(work, rank, count, port, *arguments) for rank in range(count)]
    return [ended(process, patience) for process in processes]


def together(work: str, *arguments: Any, count: int = 2) -> list[int | None]:
    """Let several processes do a work of this module; their exit statuses."""
    return all_of(as_one_of, count, work, *arguments)


def typed_together(place: Path, words: Sequence[str]) -> list[int | None]:
    """Let two processes obey one command of ``resattn``; their exit statuses."""
    return all_of(type_as_one_of, 2, place, words, patience=300)


def outcome(trainer: Trainer) -> dict[str, Any]:
    """Everything of a run, and its network's answers."""
    return {**everything(trainer), "logits": logits(trainer.stepper.network)}


def train_our_part(
    rank: int, folder: Path, stop_at: int | None, accumulation: int = 1,
    added: dict[str, float] | None = None,
) -> None:
    """Train with the others; the second process is asked to end before a step."""

    def stop(step: int) -> None:
        if rank == 1 and step == stop_at:
            signal.raise_signal(signal.SIGTERM)

    process, plan = this_process(), recipe(**added or {})
    trainer = make_trainer(
        folder, batches=Doubled(process, stop, plan), process=process,
        run_recipe=plan, accumulation=accumulation,
    )
    trainer.run()
    torch.save(outcome(trainer), folder / f"process{rank}.pt")


def train_with_a_frozen_part(rank: int, folder: Path) -> None:
    """Train with the others; a frozen convolution and batch norm stay, bit for bit."""
    process, network = this_process(), small_network()
    for part in network[:2]:
        part.requires_grad_(False).eval()
    network[1].running_mean.normal_(generator=torch.Generator().manual_seed(1))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    make_trainer(
        folder, network, Doubled(process), process=process, accumulation=2
    ).run()
    moved = [
        name for name, value in network.state_dict().items()
        if not torch.equal(value, before[name])
    ]
    assert moved == ["5.weight", "5.bias"], moved


def together_by_torchrun(folder: str) -> None:
    """What a script that ``torchrun`` starts does: join the others, train."""
    with joined_processes():
        train_our_part(this_process().rank, Path(folder), None)


def run_the_benchmark(result: Path, *more: str) -> None:
    """A short one of ``benchmarks.kills``, which forks children of its own."""
    from benchmarks import kills

    words = ["--runs", "1", "--kills", "3", "--steps", "6", "--out", str(result), *more]
    sys.exit(kills.main(words))


def begin_in_own_folder(rank: int, folder: Path) -> None:
    """Look for a checkpoint in a folder that the others do not see."""
    try:
        make_trainer(folder / str(rank), process=this_process())
    except ValueError as error:
        (folder / f"process{rank}.txt").write_text(str(error))


def run_out_of_memory(rank: int, folder: Path) -> None:
    """Meet a batch that does not fit."""
    trainer = make_trainer(folder, small_network(0, Greedy(1)), process=this_process())
    try:
        trainer.run()
    except torch.OutOfMemoryError as error:
        (folder / f"process{rank}.txt").write_text(str(error))


class Greedy(nn.Module):
    """Runs out of memory on more than ``most`` images, behind batch norm."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.error = most, torch.OutOfMemoryError

    def forward(self, x: Tensor) -> Tensor:
        """The same, if it fits."""
        if self.training and len(x) > self.most:
            raise self.error(f"{len(x)} images do not fit")
        return x
