"""The table of *A training that goes on*."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from resattn_tutorial.checks.chapter10.file_watch import FAULTS
from resattn_tutorial.checks.chapter10.run_states import my_state as state
from resattn_tutorial.checks.chapter10.training_trial import (
    NOTHING,
    TrainingTrial,
    made_call,
)
from resattn_tutorial.checks.chapter10.whole_files import my_write as write
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_training(
    run: Any, batches: Any, rate: Callable, steps: int, path: Path, every: int
) -> None:
    """The solution, and what the slips change."""
    if path.exists():
        state(run, torch.load(path, weights_only=True))
    run.network.train()
    left = itertools.islice(batches.starting_at(run.step), steps - run.step)
    for images, labels in left:
        for group in run.optimizer.param_groups:
            group["lr"] = rate(run.step)
        run.optimizer.zero_grad()
        F.cross_entropy(run.network(images), labels).backward()
        run.optimizer.step()
        run.step += 1
        if run.step % every == 0 or run.step == steps:
            write(path, lambda file: torch.save(state(run), file))


THERE = "if path.exists():"
LOAD = "state(run, torch.load(path, weights_only=True))"
LEFT = "left = itertools.islice(batches.starting_at(run.step), steps - run.step)"
BEGIN = f"""{THERE}
        {LOAD}
    run.network.train()
    {LEFT}"""
LATE = f"""{LEFT}
    {THERE}
        {LOAD}
    run.network.train()"""
LOOP = "for images, labels in left:"
COUNTED = "for k, (images, labels) in enumerate(left):"
DUE = "run.step % every == 0"
ENDS = "run.step == steps"
COUNT = "        run.step += 1\n"
WRITE = "write(path, lambda file: torch.save(state(run), file))"
NETWORK = 'run.network.load_state_dict(torch.load(path)["network"])'
STEP = 'run.step = torch.load(path)["step"]'
MOMENTUM = 'run.optimizer.load_state_dict(torch.load(path)["optimizer"])'
RANDOM = 'torch.set_rng_state(torch.load(path)["random"])'

SLIPS = (
    Slip("the checkpoint is never read: if path exists, begin with what it holds",
         {THERE: "if False:"}),
    Slip("the batches begin at step 0 again: batches.starting_at(run.step)",
         {"starting_at(run.step)": "starting_at(0)"}),
    Slip("too many steps: `steps` is where the training ends, and run.step of them "
         "are made already", {"steps - run.step": "steps"}),
    Slip("put the checkpoint back first: here the batches begin where the run was "
         "before", {BEGIN: LATE}),
    Slip("the rate follows the steps of this call, and begins anew after a kill: take "
         "run.step", {LOOP: COUNTED, "rate(run.step)": "rate(k)"}),
    Slip("the rate of the first step is used for all of them: rate(run.step), within "
         "the loop", {"rate(run.step)": "rate(0)"}),
    Slip("the rate of another step: run.step counts the steps that were made, and the "
         "next one has that number", {"rate(run.step)": "rate(run.step + 1)"},
         {"rate(run.step)": "rate(max(run.step - 1, 0))"}),
    Slip("the rate is never set: it belongs in the optimizer's param_groups, before "
         "each step", {'group["lr"] = rate(run.step)': "pass"}),
    Slip("gradients of all steps add up: zero_grad before each backward",
         {"run.optimizer.zero_grad()": "pass"}),
    Slip("no step is made: optimizer.step() after backward",
         {"run.optimizer.step()": "pass"}),
    Slip("the step is not counted: run.step += 1 after each", {COUNT: ""}),
    Slip("the checkpoint is written before the step is counted, so after a kill one "
         "step is made twice: count first",
         {COUNT: "", DUE: "(run.step + 1) % every == 0", ENDS: "run.step + 1 == steps",
          WRITE: f"{WRITE}\n{COUNT}".rstrip()
          .replace("        run", "        run", 1)}),
    Slip(NOTHING, {WRITE: "pass"}),
    Slip("only the end is written: a kill on the way loses everything",
         {f"{DUE} or ": ""}),
    Slip("the last step is not written, so a finished training begins to train again",
         {f" or {ENDS}": ""}),
    Slip("a checkpoint after each step takes longer than the step: only every `every` "
         "steps", {f"{DUE} or {ENDS}": "True"}),
    Slip("the checkpoints follow the steps of this call: after a kill others are due; "
         "take run.step", {LOOP: COUNTED, DUE: "k % every == 0"}),
    Slip(FAULTS["opened"][1], {WRITE: "torch.save(state(run), path)"}),
    Slip("the checkpoint stays when all is done: who calls again must find it",
         {"        if run": "        if run.step == steps: path.unlink(missing_ok=True"
          ")\n        elif run"}),
    Slip("only the weights are put back: the next steps and answers depend on more",
         {LOAD: NETWORK}),
    Slip("weights and step alone are put back: momentum and random numbers count, too",
         {LOAD: f"{NETWORK}; {STEP}"}),
    Slip("the momentum is not put back: it lies in the optimizer's state",
         {LOAD: f"{NETWORK}; {STEP}; {RANDOM}"}),
    Slip("the random numbers are not put back, and dropout draws from them",
         {LOAD: f"{NETWORK}; {STEP}; {MOMENTUM}"}),
    Slip("the network learns in training mode: train(), not eval()",
         {"run.network.train()": "run.network.eval()"}),
    Slip("no seed is set here: it leads the random numbers back to their beginning",
         {"run.network.train()": "torch.manual_seed(0)"}),
)
TRAINING = Table(
    title="A training that goes on",
    usage="my_training(run, batches, rate, steps, path, every)",
    reference=my_training,
    cases=(
        Case((10, 4, 6), ""),
        Case((9, 3, 6), ""),
        Case((5, 8, 2), ""),
    ),
    slips=SLIPS,
    trial=TrainingTrial(make=made_call),
    fixed=False,
    errors={
        "EOFError": "the checkpoint is not whole: write it under another name first",
        "does not end": "it takes batches without end: `steps` says when to stop",
        "not iterable": "batches.starting_at(step) gives images and labels",
        "has no attribute": "run has network, optimizer and step; batches has "
        "starting_at",
        "KeyError": "the names that are read must be those that were written",
        "No such file": "at first there is no checkpoint: look whether path exists",
    },
)
