"""The reproduction page's tables, from the paper's numbers, declarations and ledger.

The directive ``reproduction`` shows one of ``SECTIONS`` on the page *Reproduction*.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable

from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.declaration import SIZES
from resattn_tutorial.experiments.outcome import (
    ArmOutcome,
    ClaimOutcome,
    Outcome,
    outcome,
)
from resattn_tutorial.experiments.printed import FIGURE4, PRINTED, Arm, Printed
from resattn_tutorial.experiments.queue import Ledger, read_ledger
from resattn_tutorial.experiments.tables import in_points
from resattn_tutorial.plotting._svg.effects import Effect, show_effects
from resattn_tutorial.plotting._svg.svg import Drawing
from tools.gpu_facts import row
from tools.printed_counts import count_rows

HEADS = {"mini": "mini", "cifar": "CIFAR, one GPU", "paper": "the paper's schedule"}
NOT_RUNNABLE = "cannot be run from what was published"
NOT_DECLARED = "–"


# What the abstract claims, in our words, and the experiments that answer it.
ABSTRACT = {
    "Attention residual learning trains networks of hundreds of layers":
        ("table3-mini", "table3-paper"),
    "3.90 % error on CIFAR-10 and 20.45 % on CIFAR-100": ("table6-paper",),
    "4.8 % top-5 error on ImageNet, with one network and one crop": ("table7-paper",),
    "0.6 points less top-1 error than ResNet-200, with 46 % of its depth and 69 % of "
    "its operations": ("table7-paper",),
    "The network is robust against noisy labels": ("table5-mini", "table5-paper"),
}


class ReproductionError(ValueError):
    """What is asked for is none of the page's sections."""


@functools.cache
def ledger() -> Ledger:
    """The package's recorded runs; they are read once a build."""
    return read_ledger()


@functools.cache
def found(name: str) -> Outcome:
    """What came of an experiment."""
    return outcome(EXPERIMENTS[name], ledger())


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown; its cells stand to the left."""
    line = row(*[":---"] * len(head))
    return "\n".join([row(*head), line, *(row(*cells) for cells in rows)])


def unbroken(text: str) -> str:
    """A cell's text with no break where a number meets its sign or unit."""
    for broken, whole in (
        (" %", "\u00a0%"), (" ± ", "\u00a0±\u00a0"), ("n = ", "n\u00a0=\u00a0"),
        ("Attention-", "Attention\u2011"), ("ResNet-", "ResNet\u2011"),
    ):
        text = text.replace(broken, whole)
    return text


def signed(value: float) -> str:
    """A difference in points of a hundred, with its sign."""
    return minus(f"{100 * value:+.1f}")


def minus(number: str) -> str:
    """A number with the sign of print."""
    return number.replace("-", "\u2212")


def arm_cell(arm: Arm | None) -> str:
    """What one arm came to: mean, deviation, number of runs; or an honest word."""
    if arm is None:
        return NOT_DECLARED
    experiment, label = arm
    told = found(experiment).arms[label]
    if not told.runs:
        return f"{told.diverged} diverged" if told.diverged else "queued"
    return f"{error(told)} (n = {len(told.runs)})"


def error(told: ArmOutcome) -> str:
    """Mean and standard deviation of an arm's test errors, in per cent."""
    spread = "" if told.spread is None else f" ± {100 * told.spread:.1f}"
    return f"{100 * told.mean:.1f}{spread} %"


def printed_rows(name: str) -> str:
    """Each number that the paper prints in a table, beside ours at each size."""
    rows = []
    for one in PRINTED:
        if one.table != name:
            continue
        cells = [arm_cell(one.arms.get(size)) for size in SIZES]
        if one.why_not:
            cells = [f"{NOT_RUNNABLE}: {one.why_not}", "", ""]
        rows.append(tuple(map(unbroken, (one.row, one.value, *cells))))
    return table(("what", "paper", *(HEADS[size] for size in SIZES)), rows)


def claim_row(experiment: str, told: ClaimOutcome) -> tuple[str, ...]:
    """A claim, the differences and the word."""
    claim, difference = told.claim, told.difference
    cells = ("", "", "")
    if difference is not None:
        cells = (
            signed(difference.mean), minus(in_points(difference.seeds)),
            minus(in_points(difference.items)),
        )
    text = unbroken(claim.text), unbroken(claim.printed or "–")
    return *text, *cells, f"**{told.word}**"


def claims(*prefixes: str) -> str:
    """Every claim of the experiments whose names begin so, and which it belongs to."""
    parts = []
    for name in EXPERIMENTS:
        if not name.startswith(prefixes) or not found(name).claims:
            continue
        rows = [claim_row(name, told) for told in found(name).claims]
        if all(told.difference is None for told in found(name).claims):
            claims = "a claim" if len(rows) == 1 else f"{len(rows)} claims"
            parts.append(f"`{name}`: {claims}, **queued**.")
            continue
        parts += [
            f"`{name}`, {EXPERIMENTS[name].question}",
            table(("claim", "paper", "points", "over seeds", "over items", "word"),
                  rows),
        ]
    return "\n\n".join(parts)


def abstract() -> str:
    """Each claim of the abstract, the experiments that answer it, and their words."""
    rows = [
        (unbroken(says), "; ".join(map(answer, names)))
        for says, names in ABSTRACT.items()
    ]
    return table(("the abstract says", "here"), rows)


def answer(name: str) -> str:
    """The words of an experiment's claims, or that all of them are queued."""
    told = found(name).claims
    if all(one.difference is None for one in told):
        return f"`{name}`: **queued**"
    words = (f"{unbroken(one.claim.text)}, **{one.word}**" for one in told)
    return f"`{name}`: {'; '.join(words)}"


SUMMED_UP = ("table1-mini", "table3-mini", "table4-mini", "table5-mini", "masks-mini")


def effects() -> dict[str, Effect]:
    """What the paper and we find of each claim: a share of the second arm's error.

    In points a small network's effects and a large one's could not share an axis.
    """
    rows = {}
    for name in SUMMED_UP:
        for told in found(name).claims:
            printed = printed_effect(name, told)
            apart = told.difference
            if apart is None and printed is None:
                continue
            table = EXPERIMENTS[name].paper.split(" and ")[0]
            where = "" if table == "not in the paper" else f"{table}: "
            text = told.claim.text.replace(" errs less than ", " against ")
            rows[f"{where}{text}"] = measured_effect(name, told, printed)
    return rows


def measured_effect(name: str, told: ClaimOutcome, printed: float | None) -> Effect:
    """A claim's effect and its intervals, divided by the other arm's mean error."""
    apart = told.difference
    if apart is None:
        return Effect(printed, None)
    whole = found(name).arms[told.claim.worse].mean / 100
    ends = [
        None if one is None else tuple(end / whole for end in one)
        for one in (apart.seeds, apart.items)
    ]
    return Effect(printed, apart.mean / whole, *ends)


def printed_effect(name: str, told: ClaimOutcome) -> float | None:
    """The same of the numbers that the paper prints for the two arms, if it does."""
    values = {
        arm: float(one.value.removesuffix(" %"))
        for one in PRINTED for experiment, arm in one.arms.values()
        if experiment == name
    }
    arms = told.claim.better, told.claim.worse
    if not all(arm in values for arm in arms):
        return None
    better, worse = (values[arm] for arm in arms)
    return 100 * (1 - better / worse)


def summary() -> Drawing:
    """All effects in one picture."""
    rows = effects()
    alt = "; ".join(
        f"{label}: " + ", ".join(
            f"{whose} {value:+.0f}" for whose, value in (
                ("paper", row.printed), ("here", row.ours)
            ) if value is not None
        )
        for label, row in rows.items()
    )
    return show_effects(
        rows, x_label="fewer errors, as a share of the second one's, %",
        names=("the paper", "here, over seeds", "over items"),
        alt=f"How much less the first arm errs, in per cent of the second's error. "
        f"{alt}.",
    )


def figure4() -> str:
    """The mean response of stages 2 and 3 beside stage 1, in the paper and here."""
    rows = []
    for kind, (second, third) in FIGURE4.items():
        rows.append(
            (f"{kind}, paper (Attention-164)", "", f"{second:.3f}", f"{third:.3f}")
        )
        for modules in ("1 module", "3 modules", "6 modules"):
            arm = found("table3-mini").arms[f"{modules}, {kind}"]
            runs = arm.runs
            for when in ("before norm", "after norm"):
                stages = [
                    [run.results.scores["response"][when][f"stage {number}"]
                     / run.results.scores["response"][when]["stage 1"] for run in runs]
                    for number in (2, 3)
                ]
                rows.append((
                    f"{kind}, {modules}, {when}",
                    unbroken(error(arm)) if runs else "queued",
                    *(f"{statistics.mean(part):.3f}" if part else "queued"
                      for part in stages),
                ))
    return table(("networks", "test error", "stage 2", "stage 3"), rows)


def work() -> str:
    """Every experiment: its command, its runs, the minutes used and left."""
    rows = []
    for name, experiment in EXPERIMENTS.items():
        told = found(name)
        left = (told.planned - told.done) * experiment.minutes
        rows.append((
            f"`resattn experiment run {name}`", experiment.paper,
            f"{told.done} of {told.planned}", f"{told.stale}", f"{told.minutes:,.0f}",
            f"{left:,.0f}", experiment.machine,
        ))
    head = ("command", "repeats", "runs", "stale", "minutes used", "about left", "on")
    return table(head, rows)


def machines() -> str:
    """What the recorded runs ran on, in a sentence."""
    runs = list(ledger().fresh.values())
    if not runs:
        return "No run is recorded yet."
    used = sorted({run.environment.machine for run in runs})
    dates = sorted({run.environment.date for run in runs})
    commits = sorted({run.environment.commit for run in runs})
    days = " to ".join(dict.fromkeys((dates[0], dates[-1])))
    return (
        f"{len(runs)} runs, on {' and '.join(used)}, {days}, at commit "
        f"{', '.join(commits)}. {len(ledger().stale)} are stale, "
        f"{len(ledger().diverged)} ended in a loss that is no number."
    )


def counts() -> str:
    """Each count that the paper prints, beside ours."""
    head = ("table", "network", "parameters", "ours", "multiply-adds", "ours, billion")
    rows = [
        (where, *map(unbroken, (name, printed, minus(ours), work, minus(our_work))))
        for where, name, printed, ours, work, our_work in count_rows()
    ]
    return table(head, rows)


SECTIONS: dict[str, Callable[[], str]] = {
    **{f"table{number}": functools.partial(printed_rows, f"Table {number}")
       for number in (1, 3, 4, 5, 6, 7)},
    "figure4": figure4, "counts": counts,
    "abstract": abstract,
    "claims1": functools.partial(claims, "table1", "live-table1"),
    "claims3": functools.partial(claims, "table3", "live-mini"),
    "claims4": functools.partial(claims, "table4"),
    "claims5": functools.partial(claims, "table5", "memorise", "live-noise"),
    "claims6": functools.partial(claims, "table6"),
    "claims7": functools.partial(claims, "table7"),
    "masks": functools.partial(claims, "masks", "live-masks", "live-limits"),
    "later": functools.partial(claims, "later"),
    "work": work, "machines": machines,
}


PICTURES: dict[str, Callable[[], Drawing]] = {"summary": summary}


def as_myst(name: str) -> str:
    """One section of the page, in Markdown.

    Raises:
        ReproductionError: there is none of this name.
    """
    if name not in SECTIONS:
        names = ", ".join(SECTIONS)
        raise ReproductionError(f"reproduction shows one of {names}, not {name!r}.")
    return SECTIONS[name]()


def answered(one: Printed) -> bool:
    """Whether any size of a printed number has a recorded run."""
    return any(
        found(experiment).arms[arm].runs for experiment, arm in one.arms.values()
    )
