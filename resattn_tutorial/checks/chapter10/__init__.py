"""The checks of chapter 10: a run's state, a rate, parts, a scaled step, a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from resattn_tutorial.checks.chapter10 import (
    rate_forms,
    small_runs,
)
from resattn_tutorial.checks.chapter10.accumulation import ACCUMULATION
from resattn_tutorial.checks.chapter10.scaled_step import SCALED_STEP
from resattn_tutorial.checks.chapter10.whole_file import WHOLE_FILE
from resattn_tutorial.checks.engine.functions import (
    call,
    kind,
    require_function,
    require_number,
)
from resattn_tutorial.checks.engine.probe import KEPT, refuse, suspecting
from resattn_tutorial.checks.engine.report import Report, exercise
from resattn_tutorial.checks.engine.table import checked


@exercise("A run's state")
def run_state(report: Report, answer: Callable) -> None:
    """Judge ``my_state(run, state=None)``: taken, written, read, put back."""
    require_function(report, answer, "my_state(run, state=None)")
    with suspecting(report, small_runs.ERRORS):
        _require_kept(report, answer, begun=small_runs.STEPS)
        _require_kept(report, answer, begun=0)


def _require_taken(report: Report, answer: Callable, run: small_runs.Run) -> Any:
    """The state of a run as a file gives it back; the run is as it was before."""
    before = small_runs.parts(run)
    state = call(report, answer, "my_state(run)", run)
    changed = small_runs.differing(before, small_runs.parts(run))
    if changed:
        words = small_runs.TAKEN.get(changed[0], small_runs.TAKEN[""])
        refuse(report, f"my_state(run) changed the run: {', '.join(changed)}", words)
    if not isinstance(state, dict):
        words = "the function ends without a return" if state is None else None
        refuse(report, f"a dictionary must come back, got {kind(state)}",
               words or "return a dictionary: {\"step\": run.step, …}")
    try:
        return small_runs.by_file(state)
    except ValueError as fault:
        refuse(report, f"the state cannot go through a file: {fault}", small_runs.PLAIN)


def _require_kept(report: Report, answer: Callable, begun: int) -> None:
    """Require that a run goes on in another one as it would have by itself."""
    old = small_runs.begun(1, begun)
    before = small_runs.parts(old)
    read = _require_taken(report, answer, old)
    old.advance()
    goal = small_runs.parts(old)
    third = small_runs.begun(8, 3)                   # is anything kept elsewhere?
    theirs = small_runs.parts(third)
    call(report, answer, "my_state(third_run)", third)
    new = small_runs.begun(7, 2)
    call(report, answer, "my_state(other_run, state)", new, read)
    if small_runs.strangers(new):
        refuse(report, "afterwards run.optimizer does not hold run.network's "
               "parameters", small_runs.HELD)
    found = small_runs.parts(new)
    missing = small_runs.differing(before, found)
    moment = f"after step {begun}" if begun else "before the first step"
    words = small_runs.FORGOTTEN[missing[0]] if missing else None
    if any(torch.equal(theirs[p], found[p]) for p in missing if p != "mode"):
        words = small_runs.OUTSIDE
    report.require(
        not missing, f"kept {moment}, all five parts are put back",
        f"not as they were: {', '.join(missing)}", words,
    )
    with report.attempt("going on with the other run"):
        new.advance()
    apart = small_runs.differing(goal, small_runs.parts(new))
    report.require(
        not apart, f"{small_runs.STEPS} steps later it is where the run itself is",
        f"not the same: {', '.join(apart)}", small_runs.HELD,
    )


@exercise("A staircase of rates")
def rate(report: Report, answer: Callable) -> None:
    """Judge ``my_rate(step, first, milestones)``."""
    require_function(report, answer, "my_rate(step, first, milestones)")
    found = []
    with suspecting(report, rate_forms.ERRORS):
        for case in rate_forms.CASES:
            came = call(report, answer, "my_rate({}, {}, {})".format(*case), *case)
            found.append(require_number(report, came))
    right = [rate_forms.right(*case) for case in rate_forms.CASES]
    holds = [rate_forms.alike(a, b) for a, b in zip(found, right, strict=True)]
    words = None if all(holds) else rate_forms.name(found)
    for case, mine, true, good in zip(
        rate_forms.CASES, found, right, holds, strict=True
    ):
        milestones = ", ".join(f"{one:,d}" for one in case.milestones) or "none"
        fact = f"step {case.step:,d}, milestones {milestones}: {true:.3g}"
        if good and case not in rate_forms.CASES[1:7:2]:
            continue
        report.require(good, fact, f"got {mine:.3g}", words)
    again = answer(*rate_forms.CASES[0])
    if not rate_forms.alike(again, right[0]):
        refuse(report, "the same step has another rate when it is asked again", KEPT)
    report.require(True, f"so it is for all {len(right)} questions, in any order")


accumulation = checked(ACCUMULATION)


scaled_step = checked(SCALED_STEP)
whole_file = checked(WHOLE_FILE)
