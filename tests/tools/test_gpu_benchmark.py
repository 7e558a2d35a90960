"""The script for a GPU, tried on a processor: every part runs, and none is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks.gpu import __main__ as script
from benchmarks.gpu import proofs, speed
from benchmarks.gpu.child import repeated, uncapturable
from benchmarks.gpu.machine import Machine, apart, joined

HERE = [name for name in script.PROOFS if name not in (
    "uncapturable", "deterministic", "torchrun",     # these start other processes
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


def test_a_distance_is_a_part_of_the_length() -> None:
    assert apart(joined([torch.tensor([3.0, 5.0])]), joined([torch.tensor([3.0, 4.0])])
                 ) == pytest.approx(0.2)


def test_batch_norms_that_do_not_count_are_counted_nowhere() -> None:
    stepper = speed.uncounted(Machine(1e6, True), "float32")
    norms = [m for m in stepper.network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms and all(norm.num_batches_tracked is None for norm in norms)
    assert stepper.statistics.counts == []
