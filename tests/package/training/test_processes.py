"""Several processes, joined by gloo, against one that accumulates the same parts."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import (
    CPU,
    Doubled,
    make_trainer,
    outcome,
    small_network,
    stopping_at,
    together,
    unlike,
)

from resattn_tutorial.runtime import distributed
from resattn_tutorial.runtime.distributed import Process

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
# What no process shares with another.
OWN = ("random",)


@pytest.fixture(scope="module")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one process comes to that accumulates over two micro-batches."""
    trainer = make_trainer(tmp_path_factory.mktemp("one"), accumulation=2)
    trainer.run()
    return outcome(trainer)


def told_by(folder: Path, rank: int) -> dict[str, Any]:
    """What a child came to."""
    return torch.load(folder / f"process{rank}.pt", weights_only=True)


def compared(state: dict[str, Any]) -> dict[str, Any]:
    """Without what belongs to a process."""
    return {name: part for name, part in state.items() if name not in OWN}


def assert_alike(folder: Path, wanted: dict[str, Any]) -> None:
    """Both processes came to the same end, and it is the wanted one to rounding."""
    ours = [compared(told_by(folder, rank)) for rank in range(2)]
    assert not unlike(ours[0], ours[1])
    assert not unlike(ours[0], compared(wanted), within=1e-10)


def test_two_processes_come_to_the_same_end_as_one(
    tmp_path: Path, one_process: dict
) -> None:
    assert together("train_our_part", tmp_path, None) == [0, 0]
    assert_alike(tmp_path, one_process)
    parts = [told_by(tmp_path, k)["parts"] for k in range(2)]
    assert parts == [2, 2]


def test_two_processes_that_accumulate_come_to_the_same_end_as_one(
    tmp_path: Path,
) -> None:
    assert together("train_our_part", tmp_path / "two", None, 2) == [0, 0]
    alone = make_trainer(tmp_path / "one", accumulation=4)
    alone.run()
    assert_alike(tmp_path / "two", outcome(alone))


def test_how_a_batch_is_divided_matters(tmp_path: Path, one_process: dict) -> None:
    whole = make_trainer(tmp_path)
    whole.run()
    places = unlike(compared(outcome(whole)), compared(one_process), within=1e-4)
    assert {place.split("/")[1] for place in places} >= {"network", "curve", "logits"}


def test_one_of_two_asked_to_stop_stops_both_and_they_go_on(
    tmp_path: Path, one_process: dict
) -> None:
    assert together("train_our_part", tmp_path, 5) == [0, 0]
    assert [told_by(tmp_path, rank)["step"] for rank in range(2)] == [8, 8]
    assert together("train_our_part", tmp_path, None) == [0, 0]
    assert told_by(tmp_path, 1)["step"] == 12
    assert_alike(tmp_path, one_process)


def test_one_process_takes_up_what_two_began_and_the_other_way_round(
    tmp_path: Path, one_process: dict
) -> None:
    assert together("train_our_part", tmp_path, 5) == [0, 0]
    alone = make_trainer(tmp_path)
    assert (alone.step, alone.stepper.accumulation) == (8, 2)
    alone.run()
    found, wanted = compared(outcome(alone)), compared(one_process)
    assert not unlike(found, wanted, within=1e-10)
    make_trainer(tmp_path / "b", batches=stopping_at(5), accumulation=2).run()
    assert together("train_our_part", tmp_path / "b", None) == [0, 0]
    assert_alike(tmp_path / "b", one_process)


def test_processes_that_do_not_see_one_folder_refuse_to_begin(tmp_path: Path) -> None:
    make_trainer(tmp_path / "1", batches=stopping_at(5)).run()
    assert together("begin_in_own_folder", tmp_path) == [0, 0]
    for rank in range(2):
        told = (tmp_path / f"process{rank}.txt").read_text()
        assert told.startswith(
            "step, accumulation must be the same in all processes, "
            "got [[0, 1], [6, 1]]."
        )


def test_among_several_a_lack_of_memory_is_torch_s_own_error(tmp_path: Path) -> None:
    assert together("run_out_of_memory", tmp_path) == [0, 0]
    for rank in range(2):
        told = (tmp_path / f"process{rank}.txt").read_text()
        assert told == "4 images do not fit"


def test_a_batch_that_does_not_divide_among_the_processes_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size must be a multiple of 3, got 8"):
        Doubled(Process(0, 3))


def test_alone_there_is_nothing_to_join(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with distributed.joined_processes() as device:
        assert device.type in ("cpu", "cuda", "mps")
        assert distributed.this_process() == Process(0, 1)
    network = small_network()
    assert distributed.distributed(network, CPU) is network
    assert distributed.sum_over_processes([1.5, 2], CPU).tolist() == [1.5, 2.0]
    distributed.require_agreement("anything", 3)


@pytest.mark.parametrize(("others", "refused"), [
    ([3, 3], False), ([3, 4], True), ([4, 3], True),
])
def test_processes_that_differ_are_refused_in_each_of_them(
    monkeypatch: pytest.MonkeyPatch, others: list[int], refused: bool
) -> None:
    def gather(found: list[int], _: int) -> None:
        found[:] = others

    monkeypatch.setattr(distributed.dist, "is_initialized", lambda: True)
    monkeypatch.setattr(distributed.dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(distributed.dist, "all_gather_object", gather)
    words = rf"^step must be the same in all processes, got \[{others[0]}, {others[1]}"
    with pytest.raises(ValueError, match=words) if refused else nullcontext():
        distributed.require_agreement("step", 3)


SCRIPT = """
import sys, torch
sys.path[:0] = {paths!r}
from small_runs import together_by_torchrun
together_by_torchrun({folder!r})
"""


def test_torchrun_starts_it_too(tmp_path: Path, one_process: dict) -> None:
    paths = [str(ROOT / "tests/support"), str(ROOT)]
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(paths=paths, folder=str(tmp_path)))
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *words, str(script)], text=True, cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert_alike(tmp_path, one_process)
    assert done.stdout.count("test error") == 3   # told once, by the first
    assert "Warning" not in done.stdout
