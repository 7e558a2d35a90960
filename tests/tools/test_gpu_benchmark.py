"""The script for a GPU, tried on a processor: every part runs, and none is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.gpu import __main__ as script
from benchmarks.gpu import inputs, proofs, together, variants
from benchmarks.gpu.child import repeated, uncapturable
from benchmarks.gpu.machine import Machine, apart, joined

HERE = [name for name in script.PROOFS if name not in (
    # These start other processes.
    "uncapturable", "graphs_exact", "deterministic", "torchrun",
)]


@pytest.fixture(autouse=True)
def on_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def read(folder: Path) -> dict:
    return json.loads((folder / "gpu.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_every_part_runs_and_each_that_judges_holds(tmp_path: Path) -> None:
    script.main(["--out", str(tmp_path), "--dry-run", "--only", *HERE, "train"])
    found = read(tmp_path)["found"]
    assert list(found) == [*HERE, "train"]
    failed = {name: part["failed"] for name, part in found.items() if "failed" in part}
    assert not failed
    assert all(part["holds"] for part in found.values() if "holds" in part)
    assert found["train"]["steps"] == 12 and found["train"]["data"] == "built-in scenes"
    assert (tmp_path / "gpu.tar.xz").stat().st_size > 10_000


@pytest.mark.slow
def test_what_other_processes_do_holds_on_a_processor() -> None:
    told = repeated(True, "float32", False)
    assert told["two runs alike"] and told["cut and resumed alike"]
    # Nothing is captured here, so nothing is refused.
    assert len(uncapturable(True, True)["losses"]) == 7


def test_a_part_that_fails_is_noted_and_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(machine: Machine) -> dict:
        raise RuntimeError("no such kernel")

    parts = {"first": broken, "second": lambda machine: {"holds": True}}
    monkeypatch.setattr(script, "PROOFS", parts)
    words = ["--out", str(tmp_path), "--dry-run"]
    options = script.read_options(words)
    options.only = list(parts)
    monkeypatch.setattr(script, "read_options", lambda given: options)
    script.main(words)
    found = read(tmp_path)["found"]
    assert "RuntimeError: no such kernel" in found["first"]["failed"]
    assert found["second"]["holds"]
    parts["first"] = lambda machine: {"holds": False}
    parts["second"] = broken                         # it was done, and is left alone
    script.main(words)
    found = read(tmp_path)["found"]
    assert found["first"]["holds"] is False and found["second"]["holds"]


def test_a_part_without_time_left_is_left_out_and_done_by_the_next_call() -> None:
    told = script.take(lambda: {"holds": True}, Machine(5.0, True))
    assert told == {"left out": "5 s were left, 20 are needed"}
    assert script.missing({"part": told}, "part")


def test_a_fault_in_what_is_compared_would_be_seen(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(1e6, True)
    real = proofs.after_steps

    def spoiled(machine: Machine, precision: str, replay: bool) -> dict:
        found = real(machine, precision, replay)
        return found | {"state": found["state"] * (1 + 1e-4 * replay)}

    monkeypatch.setattr(proofs, "after_steps", spoiled)
    assert proofs.graphs(machine)["holds"] is False


def test_replayed_steps_must_be_the_plain_ones_to_the_last_bit(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(1e6, True)
    told = proofs.exact_steps(machine, "float32")
    assert told["holds"] and told["bit-equal"] and told["plain bit-equal to plain"]
    real = proofs.after_steps

    def spoiled(machine: Machine, precision: str, replay: bool) -> dict:
        found = real(machine, precision, replay)
        found["state"][100] *= 1 + 2**-23 * replay   # the last bit of one weight
        return found

    monkeypatch.setattr(proofs, "after_steps", spoiled)
    told = proofs.exact_steps(machine, "float32")
    assert told["holds"] is False and not told["bit-equal"]
    assert told["plain bit-equal to plain"] and 0 < told["greatest difference"] < 1e-6


@pytest.mark.slow
def test_exact_steps_are_taken_in_a_process_that_is_deterministic() -> None:
    told = together.graphs_exact(Machine(1e6, True))
    assert told["holds"] is True and told["float32"]["bit-equal"]
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(
    ("part", "name"),
    [("photographs", "photographs, colours moved"),
     ("small_images", "small images, augmented"),
     ("as_tested", "small images, as tested")],
)
def test_inputs_that_differ_between_devices_would_be_seen(
    part: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(inputs, part)

    def spoiled(*given: object, **named: object) -> tuple:
        here, there = real(*given, **named)
        here = here.clone()
        here.view(-1)[-1] += 1e-3
        return here, there

    monkeypatch.setattr(inputs, part, spoiled)
    told = inputs.inputs(Machine(1e6, True))
    assert told["holds"] is False and not told[name]["bit-equal"]
    assert told[name]["greatest difference"] == pytest.approx(1e-3, rel=1e-3)


def test_a_distance_is_a_part_of_the_length() -> None:
    assert apart(joined([torch.tensor([3.0, 5.0])]), joined([torch.tensor([3.0, 4.0])])
                 ) == pytest.approx(0.2)


def test_batch_norms_that_do_not_count_are_counted_nowhere() -> None:
    stepper = variants.uncounted(Machine(1e6, True), "float32")
    norms = [m for m in stepper.network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms and all(norm.num_batches_tracked is None for norm in norms)
    assert stepper.statistics.counts == []


def test_weights_that_are_cast_at_once_learn_the_same() -> None:
    found = []
    for make in (variants.as_it_is, variants.cast_at_once):
        torch.manual_seed(0)
        stepper = make(Machine(1e6, True), "bfloat16")
        batches = Machine(1e6, True).batches()
        for _ in range(3):
            stepper.step(*next(batches), 0.1)
        found.append(joined(stepper.network.state_dict().values()))
    assert torch.equal(*found)
    cast = stepper.runner.weights
    assert len(cast) == sum(value.dim() > 1 for value in stepper.network.parameters())
