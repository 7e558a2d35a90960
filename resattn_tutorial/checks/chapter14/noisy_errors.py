"""The table of *What a noisy validation set knows*."""

from __future__ import annotations

from typing import Any

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_number
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def clean_error(seen: float, noise: float, classes: int) -> float:
    """The solution, and what the slips change."""
    by_luck = 1 / (classes - 1)
    return (seen - noise) / (1 - noise - noise * by_luck)


def read(report: Report, came: Any) -> float:
    """A number, to nine digits: formulas that are equal round differently."""
    return float(f"{require_number(report, came):.9g}")


LUCK = "1 / (classes - 1)"
ABOVE = "seen - noise"
BELOW = "1 - noise - noise * by_luck"
END = "return (seen - noise) / (1 - noise - noise * by_luck)"
FORGOTTEN = (
    "a wrong guess may be the changed label by luck, one time in classes - 1: then it "
    "counts as right"
)


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: f"return {put}"} for put in puts])


SLIPS = (
    end("the changed labels do not only add to the error: where a label was changed, "
        "right guesses count as wrong, and wrong ones no longer do twice",
        "seen - noise", "max(seen - noise, 0)"),
    Slip(FORGOTTEN, {BELOW: "1 - noise"}),
    end("the kept labels alone do not show which they are: the error on all labels is "
        "given", "seen / (1 - noise)", "seen * (1 - noise)"),
    Slip("a wrong guess meets a changed label only one time in classes - 1: always "
         "would be so with two classes", {BELOW: "1 - 2 * noise"}),
    end("luck makes wrong guesses right, and no others: it weighs the error that is "
        "asked for", "(seen - noise + noise * by_luck) / (1 - noise)",
        "seen - noise + noise * by_luck"),
    Slip("only a changed label can be met by luck: noise is a factor there, too",
         {BELOW: "1 - noise - by_luck"}),
    end("a changed label is never the true class: noise is not that of a draw from all "
        "classes", "(seen - noise * (classes - 1) / classes) / (1 - noise)"),
    end("this is the way there: from the clean error to what is seen. The other way is "
        "asked for", "noise + seen * (1 - noise - noise * by_luck)",
        "noise + (1 - noise) * seen",
        "(1 - noise) * (1 - seen) + noise * seen * by_luck"),
    Slip("a changed label is one of the other classes: they are one fewer than classes",
         {LUCK: "1 / classes"}),
    Slip("the number of classes is given, and not always ten",
         {LUCK: "1 / 9"}, {LUCK: "1 / 10"}),
    Slip("noise is the ratio of labels that are changed; the paper's r is that of the "
         "others", {ABOVE: "seen - (1 - noise)"},
         {ABOVE: "seen - (1 - noise)", BELOW: "noise - (1 - noise) * by_luck"}),
    Slip("the sign below: luck makes the seen error rise less, not more",
         {BELOW: "1 - noise + noise * by_luck"}),
    end("do not cut: an estimate below 0 says how unsure it is",
        "max((seen - noise) / (1 - noise - noise * by_luck), 0.0)"),
    end("do not take the absolute value: an estimate below 0 says how unsure it is",
        "abs((seen - noise) / (1 - noise - noise * by_luck))"),
    end("the share that is right comes back; the error is asked for",
        "1 - (seen - noise) / (1 - noise - noise * by_luck)"),
    end("per cent comes back: a ratio from 0 to 1 is asked for",
        "100 * (seen - noise) / (1 - noise - noise * by_luck)"),
    end("do not round", "round((seen - noise) / (1 - noise - noise * by_luck), 2)",
        "round((seen - noise) / (1 - noise - noise * by_luck), 3)"),
    end("the quotient is upside down",
        "(1 - noise - noise * by_luck) / (seen - noise)"),
)
CLEAN_ERROR = Table(
    title="What a noisy validation set knows",
    usage="clean_error(seen, noise, classes)",
    reference=clean_error,
    cases=(
        Case((0.548, 0.3, 10), "ten classes, three labels in ten changed"),
        Case((0.62, 0.5, 4), "other classes, other noise"),
        Case((0.237, 0.0, 10), "without noise the seen error is the clean one"),
        Case((0.28, 0.3, 10), "a small set may see less than the noise"),
        Case((0.77, 0.7, 100), "so it is with a hundred classes"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read),
    fixed=False,
    otherwise="write down when a guess counts as wrong: the label was kept and the "
    "guess is wrong, or it was changed and the guess is not that label; then solve for "
    "the error",
)
