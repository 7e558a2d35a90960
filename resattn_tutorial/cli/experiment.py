"""``resattn experiment``: list, show, run and tabulate the experiments (chapter 12)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from resattn_tutorial.cli.tables import aligned
from resattn_tutorial.experiments.catalogue import EXPERIMENTS, find_experiment
from resattn_tutorial.experiments.handing_in import faults_of
from resattn_tutorial.experiments.outcome import (
    ArmOutcome,
    ClaimOutcome,
    Outcome,
    outcome,
)
from resattn_tutorial.experiments.queue import Ledger, read_ledger, run_missing
from resattn_tutorial.experiments.queue import searched as rates_tried
from resattn_tutorial.experiments.tables import in_points
from resattn_tutorial.ledger.store import RUNS, read_run
from resattn_tutorial.names import require_word


def ledger_of(folder: Path | None) -> Ledger:
    """The package's recorded runs, and a folder's beside them."""
    return read_ledger((RUNS,) if folder is None else (RUNS, folder))


def list_lines(folder: Path | None) -> list[str]:
    """Every experiment: how much of it is recorded, and what the rest takes."""
    ledger = ledger_of(folder)
    rows = [("experiment", "repeats", "runs", "of", "stale", "minutes", "left", "on")]
    for experiment in EXPERIMENTS.values():
        found = outcome(experiment, ledger)
        left = (found.planned - found.done) * experiment.minutes
        rows.append((
            experiment.name, experiment.paper, f"{found.done}", f"{found.planned}",
            f"{found.stale}", f"{found.minutes:,.0f}", f"{left:,.0f}",
            experiment.machine,
        ))
    return [
        *aligned(rows, numbers=(2, 3, 4, 5, 6)),
        "minutes: those of the recorded runs; left: about those of the runs that are "
        "missing. Runs that several experiments share count in each.",
    ]


def show_lines(name: str, folder: Path | None) -> list[str]:
    """What an experiment declares, and how far each arm has come."""
    experiment, ledger = find_experiment(name), ledger_of(folder)
    found, tried = outcome(experiment, ledger), rates_tried(experiment, ledger)
    base = experiment.base
    rows = [("arm", "learning rate", "runs", "of")]
    for arm in found.arms.values():
        rows.append((
            arm.arm, _rate(arm, tried[arm.arm]), f"{len(arm.runs)}", f"{arm.planned}"
        ))
    return [
        f"{experiment.name}: {experiment.paper}. {experiment.question}",
        f"{base.recipe.steps:,} steps of {base.recipe.batch_size} on "
        f"{base.data_name or base.data}, {base.precision}; a run takes about "
        f"{experiment.minutes:g} minutes on {experiment.machine}",
        *aligned(rows, numbers=(2, 3)),
        *(f"claim: {claim.text}" + _printed(claim.printed)
          for claim in experiment.claims),
    ]


def table_lines(name: str, folder: Path | None) -> list[str]:
    """What came of an experiment: each arm's errors, and each claim with its word."""
    experiment = find_experiment(name)
    found = outcome(experiment, ledger_of(folder))
    rows = [("arm", "n", "test error", "deviation", "images/s")]
    rows += [_arm_row(arm) for arm in found.arms.values()]
    return [
        f"{experiment.name}: {experiment.paper}. {experiment.question}",
        *aligned(rows, numbers=(1, 2, 3, 4)),
        *(claim_line(claim) for claim in found.claims),
        *_caveats(found),
    ]


def run_experiments(
    names: Sequence[str],
    folder: Path,
    shard: tuple[int, int],
    only: Sequence[str],
    data: str | None,
) -> bool:
    """Run what is missing of some experiments; whether all is recorded.

    Raises:
        ValueError: there is no such experiment, or no such arm in any of them.
    """
    experiments = [find_experiment(name) for name in names]
    arms = {arm: None for one in experiments for arm in one.arms}
    for arm in only:
        require_word("arm", arm, arms)
    folder.mkdir(parents=True, exist_ok=True)
    return run_missing(experiments, folder, shard, only, data)


def check_lines(paths: Sequence[Path]) -> tuple[list[str], bool]:
    """For each run file whether it holds together; and whether all of them do.

    Raises:
        OSError, ValueError: a file is no run file.
    """
    ledger, lines, sound = read_ledger((RUNS,)), [], True
    for path in paths:
        faults = faults_of(read_run(path), ledger)
        sound = sound and not faults
        lines += [f"{path}: {fault}" for fault in faults] or [
            f"{path}: holds together"
        ]
    return lines, sound


def claim_line(found: ClaimOutcome) -> str:
    """A claim with its difference, both intervals, and its word."""
    claim, told = found.claim, found.difference
    if told is None:
        return f"{claim.text}{_printed(claim.printed)}: {found.word}"
    words = [
        f"by {100 * told.mean:+.2f} points",
        f"over seeds {in_points(told.seeds, 2)}",
        f"over items {in_points(told.items, 2)}",
        f"n = {told.runs[0]} and {told.runs[1]}",
    ]
    return f"{claim.text}{_printed(claim.printed)}: {found.word}; {', '.join(words)}"


def _printed(printed: str | None) -> str:
    return f" (paper: {printed})" if printed else ""


def _rate(arm: ArmOutcome, tried: dict[float, float]) -> str:
    told = ", ".join(f"{rate:g}: {error:.1%}" for rate, error in tried.items())
    if arm.rate is None:
        return f"looked for ({told or 'nothing tried yet'})"
    return f"{arm.rate:g}" + (f" of {told}" if told else "")


def _arm_row(arm: ArmOutcome) -> tuple[str, ...]:
    if not arm.runs:
        return arm.arm, "0", "queued", "", ""
    speed = sum(run.results.images_per_second for run in arm.runs) / len(arm.runs)
    spread = "" if arm.spread is None else f"{100 * arm.spread:.2f}"
    return arm.arm, f"{len(arm.runs)}", f"{arm.mean:.2%}", spread, f"{speed:,.0f}"


def _caveats(found: Outcome) -> list[str]:
    """What a reader of the table must know besides."""
    lines = [
        f"{arm.arm}: {arm.diverged} runs ended in a loss that is no number"
        for arm in found.arms.values() if arm.diverged
    ]
    if found.stale:
        lines.append(f"{found.stale} runs are stale: older code trained otherwise")
    if found.done < found.planned:
        lines.append(f"{found.planned - found.done} runs are queued")
    return lines
