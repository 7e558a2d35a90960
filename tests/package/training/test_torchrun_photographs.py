"""Photographs, the command line, two processes of torchrun, and one of them killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from small_runs import timeless, typed_together, unlike, without_seconds

from resattn_tutorial.data.made_photos import make_photo_folder
from resattn_tutorial.ledger.store import read_run
from resattn_tutorial.training.checkpoint import CHECKPOINT, load_checkpoint
from resattn_tutorial.training.run_folder import HOLDER

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
NAME = "first-residual-photos-paper-imagenet-seed0.json"
# As few steps as the recipe's three milestones allow; every third one is a point.
STEPS = 9
TYPED = (
    "train", "first_residual", "--data", "photos", "--recipe", "paper-imagenet",
    "--steps", str(STEPS), "--batch-size", "4", "--learning-rate", "0.01",
    "--points", "3", "--threads", "1", "--folder",
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that holds photographs, two classes of four."""
    make_photo_folder(tmp_path / "photos", 4, 2)
    return tmp_path


@contextmanager
def torchrun(place: Path, folder: str) -> Iterator[subprocess.Popen[str]]:
    """The command, started in two processes; ended afterwards, if it still runs."""
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    words += ["-m", "resattn_tutorial.cli", *TYPED, folder]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    told = {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    started = subprocess.Popen(
        [sys.executable, *words], cwd=place, env={**os.environ, **told}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    try:
        yield started
    finally:
        started.terminate()
        started.communicate()


def come_to(folder: Path) -> dict:
    """What a run's checkpoint holds, seconds aside."""
    return without_seconds(load_checkpoint(folder / CHECKPOINT))


def test_one_of_two_is_killed_and_the_same_command_comes_to_the_same_end(
    place: Path,
) -> None:
    """The first is killed with all that it started, once it has told of step 3, and
    torchrun ends the other. The run that nothing interrupts has no torchrun above it.
    """
    parts, whole = place / "parts", place / "whole"
    with torchrun(place, "parts") as first:
        said = ""
        while f"step {3:5d} " not in said:
            line = first.stdout.readline()
            assert line, said
            said += line
        number = int((parts / HOLDER).read_text().split()[0])
        os.killpg(number, signal.SIGKILL)            # each process leads a group
        rest, _ = first.communicate(timeout=300)
    assert first.returncode != 0, said + rest
    cut = come_to(parts)
    assert cut["step"] in (3, 6) and not (parts / NAME).exists()
    with torchrun(place, "parts") as second:
        said, _ = second.communicate(timeout=300)
    assert second.returncode == 0, said
    assert f"Going on after step {cut['step']} of {STEPS}." in said
    assert typed_together(place, (*TYPED, "whole")) == [0, 0]
    ours, wanted = (read_run(folder / NAME) for folder in (parts, whole))
    assert timeless(ours) == timeless(wanted) and ours.environment.world_size == 2
    assert not ours.changes and len(ours.results.curve) == 3
    wanted = come_to(whole)
    assert not unlike(come_to(parts), wanted) and unlike(cut, wanted)
