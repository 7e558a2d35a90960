"""Processes: the same bits again, ``torchrun`` on one GPU, and chapters."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.gpu import child
from benchmarks.gpu.child import ROOT, Child, chapter, exact, repeated
from benchmarks.gpu.machine import Machine

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone")
PATIENCE = 90.0
# The chapters that train for longer in STANDARD mode, and need no data but ours.
CHAPTERS = ("03_first_attention_network.ipynb",)


def deterministic(machine: Machine) -> dict[str, Any]:
    """Two runs alike, and one cut and resumed: ``--deterministic``, and without."""
    asked_for = (True,) if machine.dry else (True, False)
    children = {
        (precision, asked): Child(repeated, machine.dry, precision, asked)
        for precision in machine.precisions for asked in asked_for
    }
    found = {
        f"{precision}, {'deterministic' if asked else 'as it comes'}":
            one.answer(min(PATIENCE, machine.left))
        for (precision, asked), one in children.items()
    }
    return {**found, "holds": all(
        told.get("two runs alike") and told.get("cut and resumed alike")
        for way, told in found.items() if "deterministic" in way
    )}


def graphs_exact(machine: Machine) -> dict[str, Any]:
    """With ``--deterministic``: are replayed steps the plain ones, bit for bit?"""
    children = {
        precision: Child(exact, machine.dry, precision)
        for precision in machine.precisions
    }
    found = {
        precision: one.answer(min(PATIENCE, machine.left))
        for precision, one in children.items()
    }
    return {**found, "holds": all(told.get("holds") for told in found.values())}


def uncapturable(machine: Machine) -> dict[str, Any]:
    """A network that no graph can hold is refused by name, and trained without."""
    children = {
        "with graphs": Child(child.uncapturable, machine.dry, True),
        "without": Child(child.uncapturable, machine.dry, False),
    }
    found = {way: one.answer(PATIENCE) for way, one in children.items()}
    told = found["with graphs"].get("told") or ""
    refused = told.startswith("the step cannot be captured in a CUDA graph: ")
    return {**found, "holds": len(found["without"].get("losses", ())) == 7
            and refused == machine.on_gpu}


def torchrun(machine: Machine) -> dict[str, Any]:
    """One process with NCCL; two on one GPU must be told that they cannot be."""
    found: dict[str, Any] = {}
    for count in (1, 2) if machine.on_gpu else (1,):
        with tempfile.TemporaryDirectory() as folder:
            steps = str(machine.many(60, dry=4))
            done = subprocess.run(
                [*TORCHRUN, "--nproc-per-node", str(count), "-m",
                 "resattn_tutorial.cli", "train", "first_attention", "--steps", steps,
                 "--points", "2", "--batch-size", str(machine.batch),
                 "--folder", folder],
                capture_output=True, text=True, cwd=ROOT,
                timeout=max(1, min(PATIENCE, machine.left)),
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        found[f"{count} on one GPU"] = {
            "status": done.returncode, "said": done.stdout[-300:],
            "errors": [
                line for line in done.stderr.splitlines() if "Error" in line
            ][:4],
        }
    alone, both = found["1 on one GPU"], found.get("2 on one GPU")
    return {**found, "holds": alone["status"] == 0 and (
        both is None or both["status"] != 0 and len(both["errors"]) > 0
    )}


def chapters(machine: Machine, solved: Path) -> dict[str, Any]:
    """The chapters that train longer in STANDARD mode: seconds of each.

    Args:
        machine: where.
        solved: the folder with the solved notebooks.
    """
    return {
        name: Child(
            chapter, machine.dry, str((solved / name).resolve()), "STANDARD"
        ).answer(machine.left)
        for name in CHAPTERS
    }
