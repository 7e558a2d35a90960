"""The trial and the table of *Keep a run, and put it back*."""

from __future__ import annotations

import copy  # noqa: F401  (a slip needs it)
from collections.abc import Callable, Iterator
from typing import Any

import torch

from resattn_tutorial.checks.chapter10.small_runs import (
    STEPS,
    Run,
    begun,
    by_file,
    differing,
    parts,
    strangers,
)
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind, require_function
from resattn_tutorial.checks.engine.probe import call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces


def my_state(run: Run, state: dict | None = None) -> dict | None:
    """The solution, and what the slips change."""
    if state is None:
        return {
            "network": run.network.state_dict(),
            "optimizer": run.optimizer.state_dict(),
            "step": run.step,
            "random": torch.get_rng_state(),
        }
    run.network.load_state_dict(state["network"])
    run.optimizer.load_state_dict(state["optimizer"])
    run.step = state["step"]
    torch.set_rng_state(state["random"])


FORGOTTEN = {
    "weights": "the weights are not put back: network.load_state_dict takes what "
    "network.state_dict() gave",
    "running statistics": "batch norm's running statistics are not put back: they are "
    "buffers, not parameters; network.state_dict() holds both",
    "momentum": "the momentum is not put back: optimizer.state_dict() holds one for "
    "each parameter, and load_state_dict takes it",
    "step": "run.step is not put back: rate and batches are computed from it",
    "random numbers": "PyTorch's random state is not put back, and dropout draws from "
    "it: get_rng_state and set_rng_state; a seed leads back to the beginning",
    "mode": "the network's mode is changed: eval() has no place here",
}
"""From a part to the words for a run that lacks it."""
TAKEN = {
    "random numbers": "taking the state draws or seeds random numbers: get_rng_state "
    "only reads",
    "mode": "taking the state changes the network's mode: eval() has no place here",
}
READ_ONLY = "taking the state changes the run: only read from it"
PLAIN = (
    "an object is kept, such as the optimizer itself: keep its state_dict(), which "
    "holds values only"
)
OUTSIDE = (
    "part of the state lies outside the dictionary, and the next run that is kept "
    "overwrites it: return all of it"
)
HELD = (
    "the optimizer moves the parameters of another network: keep run.network and "
    "run.optimizer, and load into them"
)
NAMES = "the names that are read must be those that were written"


class RunTrial(FunctionTrial):
    """A case is the number of steps after which the state of a run is taken."""

    facts = {
        "taken": "taking the state changes nothing of the run",
        "later": f"{STEPS} steps later it is where the run itself is",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        (old,) = self.make(case)
        before = parts(old)
        state = call(report, "my_state(run)", answer, old)
        yield "taken", _listed("a change:", "no change", before, parts(old))
        read = _read(report, state)
        old.advance()
        goal = parts(old)
        third = begun(8, 3)                          # is anything kept elsewhere?
        theirs = parts(third)
        call(report, "my_state(third_run)", answer, third)
        new = begun(7, 2)
        call(report, "my_state(other_run, state)", answer, new, read)
        if strangers(new):
            refuse(report, "afterwards run.optimizer does not hold run.network's "
                   "parameters", HELD)
        found = parts(new)
        for name in differing(before, found):
            if name != "mode" and torch.equal(theirs[name], found[name]):
                refuse(report, f"{name}: those of a third run, whose state was taken "
                       "later", OUTSIDE)
        yield "back", _listed("all but", "all", before, found)
        yield "step", float(new.step)
        with report.attempt("going on with the other run"):
            new.advance()
        yield "later", _listed("not the same:", "the same", goal, parts(new))

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        for name, known, other in (
            ("taken", TAKEN, READ_ONLY), ("back", FORGOTTEN, None), ("later", {}, HELD)
        ):
            seen = found.get(name, right[name])
            if seen != right[name]:
                return next((words for part, words in known.items() if part in seen),
                            other)
        return None


def _listed(some: str, none: str, one: dict, other: dict) -> str:
    """The parts that differ between two runs, in words."""
    names = differing(one, other)
    return f"{some} {', '.join(names)}" if names else none


def _read(report: Report, state: Any) -> dict:
    """The state as a file gives it back."""
    if not isinstance(state, dict):
        words = "return a dictionary: {\"step\": run.step, …}"
        if state is None:
            words = "the function ends without a return"
        refuse(report, f"a dictionary must come back, got {kind(state)}", words)
    try:
        return by_file(state)
    except ValueError as fault:
        refuse(report, f"the state cannot go through a file: {fault}", PLAIN)


OPEN = "return {"
KEEPS = "run.network.state_dict()", "run.optimizer.state_dict()"
DRAWN = "torch.get_rng_state()"
NETWORK = 'run.network.load_state_dict(state["network"])'
OPTIMIZER = 'run.optimizer.load_state_dict(state["optimizer"])'
STEP = 'run.step = state["step"]'
RANDOM = 'torch.set_rng_state(state["random"])'
SHELF: dict[str, Any] = {}                           # a slip keeps a part outside


def first(words: str, done: str) -> Slip:
    """Something done before the state is taken."""
    return Slip(words, {OPEN: f"{done}\n        {OPEN}"})


SLIPS = (
    Slip(FORGOTTEN["weights"], {NETWORK: "pass"}, {"state is None": "True"}),
    Slip(FORGOTTEN["running statistics"], {
        KEEPS[0]: "dict(run.network.named_parameters())",
        NETWORK: NETWORK.replace(")", ", strict=False)")}),
    Slip(FORGOTTEN["momentum"], {OPTIMIZER: "pass"},
         {KEEPS[1]: f'{{**{KEEPS[1]}, "state": {{}}}}'}),
    Slip(FORGOTTEN["step"], {STEP: "pass"}),
    Slip("run.step is put back as another number: it counts the steps that have been "
         "made, and the next one counts itself", {STEP: f"{STEP} + 1"},
         {STEP: f"{STEP} - 1"}),
    Slip(FORGOTTEN["random numbers"], {RANDOM: "pass"}),
    Slip(FORGOTTEN["mode"], {STEP: f"{STEP}; run.network.eval()"}),
    Slip(TAKEN["random numbers"], {'"random": ': '"drawn": torch.rand(1), "random": '}),
    first(TAKEN["mode"], "run.network.eval()"),
    first(READ_ONLY, "[p.data.zero_() for p in run.network.parameters()]"),
    first(READ_ONLY, "run.step += 1"),
    Slip(PLAIN, {KEEPS[1]: "run.optimizer", OPTIMIZER: "run.optimizer = "
                 'state["optimizer"]'}, {": run.step": ": lambda: run.step"}),
    Slip(OUTSIDE, {DRAWN: f"SHELF.update(random={DRAWN})",
                   RANDOM: 'torch.set_rng_state(SHELF["random"])'}),
    Slip(HELD, {NETWORK: f"run.network = copy.deepcopy(run.network); {NETWORK}"}),
    Slip(NAMES, {'state["network"]': 'state["model"]'}),
)
RUN_STATE = Table(
    title="A run's state",
    usage="my_state(run, state=None)",
    reference=my_state,
    cases=(
        Case((STEPS,), f"kept after step {STEPS}, all five parts are put back"),
        Case((0,), "kept before the first step, all five parts are put back"),
    ),
    slips=SLIPS,
    trial=RunTrial(make=lambda case: (begun(1, *case.asked),)),
    fixed=False,
    errors={
        "KeyError": NAMES,
        "NoneType": "what is read back is not there: was it returned?",
        "doesn't match the size": "the optimizer's own state_dict() fits the optimizer",
    },
)
