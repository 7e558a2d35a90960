"""The table of *The score of a map*."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter03.auc_cases import LOOKS, NEAR, cases
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import ERRORS, require_number
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Table
from resattn_tutorial.checks.engine.traces import ENDED, Traces


def my_auc(values: Tensor, inside: Tensor) -> float:
    """The solution, and what the slips change."""
    ours = values[inside][:, None]
    others = values[~inside]
    wins = (ours > others).float()
    ties = (ours == others).float()
    return (wins + ties / 2).mean().item()


class ScoreTrial(FunctionTrial):
    """Knows what no score can be."""

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if ENDED in found:
            return None
        if math.isnan(found["value"]):
            return "nan: a division by zero, or the mean of nothing"
        if not 0 <= found["value"] <= 1:
            return ("a probability lies in [0, 1]: count pairs, then divide by their "
                    "number")
        return None


# What the slips compute in place of the score.
def share(hit: Tensor) -> float:
    """How much of it is true."""
    return hit.double().mean().item()


def overlap(found: Tensor, inside: Tensor) -> float:
    """Intersection over union."""
    return ((found & inside).sum() / (found | inside).sum()).item()


def precision(found: Tensor, inside: Tensor) -> float:
    """How much of what was found lies inside."""
    return ((found & inside).sum() / found.sum().clamp(min=1)).item()


def average_precision(values: Tensor, inside: Tensor) -> float:
    """The area under the curve of precision and recall."""
    hits = inside.flatten()[values.flatten().argsort(descending=True)].double()
    precisions = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    return ((precisions * hits).sum() / hits.sum()).item()


def correlation(values: Tensor, inside: Tensor) -> float:
    """Of values and places."""
    return torch.corrcoef(torch.stack([values.flatten(), inside.flatten().float()]))[
        0, 1].item()


END = "(wins + ties / 2).mean().item()"
TIE = "ours == others"
TIES = "ties: a pair of equal values counts one half, and here it counts {}"
EXCHANGED = (
    "inside and outside are swapped: this is the probability that the outside pixel "
    "is higher"
)
CUT = "values are cut off; negative and large ones are compared like any others"
RANKS = (
    "the ranks: with ranks from 1, their sum on the object minus n (n + 1) / 2 is the "
    "count of pairs; {}"
)
THRESHOLD = "{} a threshold: the score compares pairs of pixels and needs none"
LEVELS = ("0.5", "0", "values.mean()")
AVERAGES = "averages: the score counts the pairs of pixels in order, one by one"
HIGHEST = "only the highest pixel is looked at; every pair counts"
COUNTED = "{} * ours.numel() * others.numel()"
OURS, OTHERS = "values[inside].mean()", "values[~inside].mean()"
CLOSE = "torch.isclose(ours, others)"
LITTLE = "((ours - others).abs() < 1e-4)"
BINNED = "((values - values.min()) / (values.max() - values.min()) * 4095)"


def score(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: f"float({put})"} for put in puts])


def at_thresholds(count: int) -> Callable[[Tensor, Tensor], float]:
    """The area under a curve that is drawn at so many even steps."""
    def my_auc(values: Tensor, inside: Tensor) -> float:
        values = values.double()
        steps = torch.linspace(0, 1, count + 1, dtype=torch.float64)
        above = values[None] >= (values.max() + steps * (values.min() - values.max()))[
            :, None, None]                               # (count + 1, H, W)
        hits, alarms = (above[:, where].double().mean(1) for where in (inside, ~inside))
        ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
        return float(torch.trapezoid(
            torch.cat([ends[:1], hits, ends[1:]]),
            torch.cat([ends[:1], alarms, ends[1:]])))

    return my_auc


def changed(*puts: str) -> list[dict[str, str]]:
    """Something done to the values first."""
    return [{"    ours": f"    values = {put}\n    ours"} for put in puts]


def at(form: str) -> list[str]:
    """A form at several thresholds."""
    return [form.format(f"(values > {level})") for level in LEVELS]


SLIPS = (
    score(TIES.format("nothing"), "wins.mean()"),
    score(TIES.format("one (>= in place of >)"), "(wins + ties).mean()"),
    Slip(EXCHANGED, *[{"    ours": "    inside = ~inside\n    ours", END: put}
                      for put in (END, "wins.mean().item()",
                                  "(wins + ties).mean().item()")]),
    Slip(LOOKS[NEAR], {TIE: CLOSE}, {TIE: LITTLE},
         *[{"ours > others": f"(ours > others) & ~{near}", TIE: near}
           for near in (CLOSE, LITTLE)],
         *changed(f"{BINNED}.round()")),
    Slip("the values are rounded first: every difference counts, however small",
         *changed("values.round()", "values.round(decimals=1)",
                  "values.round(decimals=2)", "values.round(decimals=4)")),
    Slip(CUT, *changed("values.relu()", "values.clamp(0, 1)")),
    Slip("the absolute value is compared; signs matter", *changed("values.abs()")),
    Slip("the values are changed first: a sigmoid or a clamp makes the largest alike",
         *changed("values.sigmoid()")),
    score("the better of two signs is taken: a map that avoids the object scores near "
          "0", f"max({END}, 1 - {END})"),
    score("the distance from chance level; the score itself is meant",
          f"abs({END} - 0.5)", f"2 * abs({END} - 0.5)"),
    score("wins minus losses run from -1 to 1; the score runs from 0 to 1",
          f"2 * {END} - 1"),
    score("this is a percentage; the score runs from 0 to 1", f"100 * {END}"),
    score("pairs are counted: divide by the number of pairs",
          COUNTED.format(END), COUNTED.format("wins.mean()")),
    score(RANKS.format("yours start at 0"), f"{END} - 1 / len(others)"),
    score(RANKS.format("n (n - 1) / 2 is too little"), f"{END} + 1 / len(others)"),
    score("the divisor: there are object pixels times other pixels, so many pairs",
          f"{END} * len(ours)", f"{END} * len(others)",
          f"{END} * len(ours) / len(others)", f"{END} * len(others) / len(ours)",
          COUNTED.format(END) + " / values.numel() ** 2"),
    score(THRESHOLD.format("accuracy at"), *at("share({} == inside)"),
          *at("(share({0}[inside]) + share(~{0}[~inside])) / 2")),
    score(THRESHOLD.format("hits above"), *at("share({}[inside])")),
    score(THRESHOLD.format("precision above"), *at("precision({}, inside)")),
    score("overlap (intersection over union): the score counts pairs of pixels",
          *at("overlap({}, inside)")),
    score("correlation: the score depends on the order of values alone",
          "correlation(values, inside)"),
    score("average precision, the area under another curve; the score counts pairs",
          "average_precision(values, inside)"),
    score(AVERAGES, OURS, f"{OURS} - {OTHERS}", f"{OURS} / {OTHERS}",
          f"{OURS} / ({OURS} + {OTHERS})", "values[inside].sum() / values.sum()",
          f"{OURS} > {OTHERS}", "(values * inside).mean()",
          "values[inside].median() > others.median()",
          "share(ours > others.median())", f"share(ours > {OTHERS})",
          f"share(others < {OURS})"),
    score(HIGHEST, "share(ours > others.max())",
          "inside.flatten()[values.argmax()]"),
    score("only the highest pixels count; every pair counts",
          "share(inside.flatten()[values.flatten().topk(len(ours)).indices])"),
    score("only one pixel of the object is compared; every pair counts",
          "(wins + ties / 2)[0].mean()", "(wins + ties / 2)[-1].mean()"),
    score("each object pixel must be compared with every pixel outside, not with just "
          "one", "(wins + ties / 2).diagonal().mean()",
          "wins.diagonal().mean()"),
    Slip("pixels whose value is 0 are left out: inside tells the object, values do not",
         {"values[inside]": "values[inside & (values != 0)]",
          "values[~inside]": "values[~inside & (values != 0)]"}),
    Slip("the object is compared with every pixel: only those outside it count",
         {"values[~inside]": "values.flatten()"},
         {"values[~inside]": "values.flatten()", END: "wins.mean().item()"}),
    Slip("the curve is drawn at a few thresholds: every value of the map must be one, "
         "or values between two of them count as equal",
         *map(at_thresholds, (10, 20, 100))),
)
SCORING = Table(
    title="The score of a map",
    usage="my_auc(values, inside)",
    reference=my_auc,
    cases=cases(),
    slips=SLIPS,
    trial=ScoreTrial(read=require_number),
    errors=ERRORS,
    fixed=False,
)
