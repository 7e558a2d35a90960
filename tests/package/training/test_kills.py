"""A run that is killed, whenever that may be, ends like one that was not."""

from __future__ import annotations

import json
import random
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import (
    STEPS,
    child,
    ended,
    names,
    one_life,
    run_the_benchmark,
    unlike,
    without_seconds,
)

from benchmarks import kills
from resattn_tutorial.files import DRAFT
from resattn_tutorial.training.checkpoint import load_checkpoint

pytestmark = pytest.mark.slow
KILLED = -signal.SIGKILL


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, int, int]:
    """A run's outcome, its calls of functions, its checkpoint's bytes."""
    folder = tmp_path_factory.mktemp("never-killed")
    assert ended(child(one_life, folder, None, None)) == 0
    path = folder / "checkpoint.pt"
    calls = int((folder / "calls").read_text())
    return without_seconds(load_checkpoint(path)), calls, path.stat().st_size


def killed(folder: Path, **when: int) -> int:
    """Let a life begin that will be cut off; the step that is left of it."""
    folder.mkdir(exist_ok=True)
    life = child(one_life, folder, when.get("call"), when.get("byte"))
    assert ended(life) == KILLED, when
    path = folder / "checkpoint.pt"
    return load_checkpoint(path)["step"] if path.exists() else 0


def drafts(folder: Path) -> list[Path]:
    """What writers have left."""
    return [path for path in folder.iterdir() if DRAFT.fullmatch(path.name)]


def finished(folder: Path) -> dict[str, Any]:
    """Let the run come to its end; its outcome."""
    assert ended(child(one_life, folder, None, None)) == 0
    assert names(folder) == ["calls", "checkpoint.pt"]
    return without_seconds(load_checkpoint(folder / "checkpoint.pt"))


@pytest.mark.parametrize("seed", range(6))
def test_three_kills_change_no_bit(
    tmp_path: Path, never_killed: tuple[dict, int, int], seed: int
) -> None:
    wanted, calls, size = never_killed
    draw = random.Random(seed)
    folder = tmp_path / "run"
    first = killed(folder, call=draw.randrange(1, calls // 2))
    second = killed(folder, byte=draw.randrange(size))
    assert len(drafts(folder)) == 1          # so it was hit while writing
    assert second == first                   # and the old one is whole
    third = killed(folder, call=draw.randrange(1, calls // 2))
    assert second <= third < STEPS
    found = finished(folder)
    assert found["step"] == STEPS and len(found["curve"]) == 3
    assert not unlike(found, wanted)


def test_a_kill_before_the_first_checkpoint_is_a_new_beginning(
    tmp_path: Path, never_killed: tuple[dict, int, int]
) -> None:
    folder = tmp_path / "run"
    assert killed(folder, byte=100) == 0
    assert len(drafts(folder)) == 1 and names(folder) == []
    assert not unlike(finished(folder), never_killed[0])


@pytest.mark.parametrize("more", [(), ("--photographs",)])
def test_the_benchmark_kills_compares_and_writes(tmp_path: Path, more: tuple) -> None:
    result = tmp_path / "kills.json"
    assert ended(child(run_the_benchmark, result, *more)) == 0
    told = json.loads(result.read_text())
    [run] = told["measured"]
    assert run["identical"] and run["step"] == 6
    assert len(run["kills"]) == 3
    assert told["report"][-1].endswith("1 of 1 runs identical")


def test_the_benchmark_sees_a_single_other_bit() -> None:
    state = {"network": {"a": torch.zeros(3)}, "curve": [[1, 0.5]], "step": 3}
    other = {"network": {"a": torch.zeros(3)}, "curve": [[1, 0.5]], "step": 3}
    assert kills.same(state, other)
    other["network"]["a"][1] = 1e-38
    assert not kills.same(state, other)
    for change in ({"curve": [[1, 0.6]]}, {"curve": []}, {"step": 4}, {"more": 1}):
        assert not kills.same(state, state | change)
    kill = {"signal": "SIGTERM", "group": True}
    run = {
        "seed": 4, "step": 3, "identical": False, "photographs": False,
        "kills": [
            {"writing": True, **kill},
            {"writing": False, "signal": "SIGKILL", "group": False},
        ],
    }
    assert kills.report([run]) == [
        "run 4 on scenes: killed 2 times, 1 of them while it wrote a checkpoint; after "
        "step 3 NOT identical",
        "2 kills (1 SIGKILL, 1 SIGTERM; 1 of the whole group), 1 while writing; "
        "0 of 1 runs identical",
    ]
