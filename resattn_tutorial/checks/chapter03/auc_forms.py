"""Usual mistakes in scoring how a map points at an object.

An answer is compared with the right score, :func:`auc`, and with wrong ones on several
cases: the wrong one that it equals on every case is the mistake.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter03.auc_cases import cases

Forms = Iterator[tuple[str, float]]


def auc(values: Tensor, inside: Tensor, tie: float = 0.5) -> float:
    """The share of (object pixel, other pixel) pairs that the object pixel wins."""
    ours, others = values[inside].double(), values[~inside].double()
    wins = (ours[:, None] > others).double() + tie * (ours[:, None] == others)
    return wins.mean().item()


def _share(hit: Tensor) -> float:
    return hit.double().mean().item()


def _average_precision(values: Tensor, inside: Tensor) -> float:
    hits = inside.flatten()[values.flatten().argsort(descending=True)].double()
    precision = hits.cumsum(0) / torch.arange(1, len(hits) + 1)
    return ((precision * hits).sum() / hits.sum()).item()


def forms(v: Tensor, i: Tensor) -> Forms:
    """Yield each mistake in words, and how it scores the values ``v`` by ``i``."""
    ties = "ties: a pair of equal values counts one half, and here it counts "
    yield ties + "nothing", auc(v, i, 0.0)
    yield ties + "a whole (>= in place of >)", auc(v, i, 1.0)
    for tie in (0.5, 0.0, 1.0):
        words = (
            "inside and outside are exchanged: this is the chance that the other pixel"
            " is higher"
        )
        yield words, auc(v, ~i, tie)
    cut = "values are cut off; negative and large ones are compared like any others"
    yield cut, auc(v.relu(), i)
    yield cut, auc(v.clamp(0, 1), i)
    yield "the absolute value is compared; signs matter", auc(v.abs(), i)
    yield from _other_scales(auc(v, i), i)
    yield from _thresholds(v, i)
    yield from _averages(v, i)
    yield from _fewer_or_more_pairs(v, i)


def _other_scales(score: float, i: Tensor) -> Forms:
    """What turns or rescales the right score."""
    words = (
        "the better of two signs is taken: a map that avoids the object scores near 0"
    )
    yield words, max(score, 1 - score)
    yield "the distance from chance; the score itself is meant", abs(score - 0.5)
    yield "wins minus losses run from -1 to 1; a chance runs from 0", 2 * score - 1
    yield "this is in per cent; a chance runs from 0 to 1", 100 * score
    ours, others = int(i.sum()), int((~i).sum())
    yield "pairs are counted: divide by the number of pairs", score * ours * others
    divisor = "the divisor: there are object pixels times other pixels, so many pairs"
    ranks = "the ranks: with ranks from 1, their sum on the object less n (n + 1) / 2"
    yield ranks + " is the count of pairs; yours start at 0", score - 1 / others
    yield ranks + " is the count of pairs; n (n - 1) / 2 is too little", (
        score + 1 / others
    )
    for count in (ours, others, ours * others / (ours + others) ** 2):
        yield divisor, score * count
    yield divisor, score * ours / others
    yield divisor, score * others / ours


def _thresholds(v: Tensor, i: Tensor) -> Forms:
    """What cuts the map into yes and no first."""
    cut = "a threshold: the score compares pairs of pixels and needs none"
    for level in (0.5, 0.0, float(v.mean()), float(v.median())):
        found = v > level
        yield "accuracy at " + cut, _share(found == i)
        yield "accuracy at " + cut, (_share(found[i]) + _share(~found[~i])) / 2
        yield "hits above " + cut, _share(found[i])
        both, either = (found & i).sum().item(), (found | i).sum().item()
        yield "precision above " + cut, both / max(int(found.sum()), 1)
        yield "overlap (Dice) at " + cut, 2 * both / int(found.sum() + i.sum())
        yield (
            "overlap (intersection over union): the score counts pairs of pixels",
            both / either,
        )
    pair = torch.stack([v.flatten().double(), i.flatten().double()])
    yield (
        "correlation: the score depends on the order of values alone",
        torch.corrcoef(pair)[0, 1].item(),
    )
    yield (
        "average precision, the area under another curve; the score counts pairs",
        _average_precision(v, i),
    )


def _averages(v: Tensor, i: Tensor) -> Forms:
    """What compares averages in place of pixels."""
    words = "averages: the score counts the pairs of pixels in order, one by one"
    ours, others = v[i].mean().item(), v[~i].mean().item()
    for score in (ours, ours - others, ours / others, ours / (ours + others)):
        yield words, score
    yield words, (v[i].sum() / v.sum()).item()
    yield words, float(ours > others)
    yield words, 0.5 if ours == others else float(ours > others)
    yield words, (v * i).mean().item()
    yield words, float(v[i].median() > v[~i].median())
    yield words, _share(v[i] > v[~i].median())
    yield words, _share(v[i] > others)
    yield words, _share(v[~i] < ours)


def _fewer_or_more_pairs(v: Tensor, i: Tensor) -> Forms:
    """What takes other pairs than those of the object with the rest."""
    highest = "only the highest pixel is looked at; every pair counts"
    yield highest, _share(v[i] > v[~i].max())
    yield highest, float(v[i].max() > v[~i].max())
    yield highest, float(i.flatten()[v.argmax()])
    top = v.flatten().topk(int(i.sum())).indices
    yield "only the highest pixels count; every pair counts", _share(i.flatten()[top])
    wins, ties = v[i][:, None] > v.flatten(), v[i][:, None] == v.flatten()
    every = "the object is compared with every pixel: only those outside it count"
    yield every, _share(wins)
    yield every, (wins.double() + ties / 2).mean().item()


TIED, NEGATIVE, SCALED = {3, 4}, {6}, {6, 7, 8}  # places in the cases


def name(numbers: list[float], wanted: list[float]) -> str | None:
    """Which usual mistake gives these numbers on the cases; ``None`` if none does."""
    made = (forms(values, inside) for _, values, inside in cases())
    for form in zip(*made, strict=True):
        words, scores = zip(*form, strict=True)
        if all(map(_near, scores, numbers)):
            return words[0]
    return _by_traces(numbers, wanted)


def _by_traces(numbers: list[float], wanted: list[float]) -> str | None:
    """Name a mistake by where it shows and where it does not."""
    pairs = list(zip(numbers, wanted, strict=True))
    wrong = {k for k, pair in enumerate(pairs) if not _near(*pair)}
    if len(set(numbers)) == 1:
        return "the map has no effect: every one scores the same"
    if any(map(math.isnan, numbers)):
        return "nan: a division by zero, or the mean of nothing"
    if wrong <= TIED:
        return "ties: a pair of equal values counts one half, whatever its place"
    if wrong <= NEGATIVE:
        return "negative values: they are compared like any others"
    if wrong <= SCALED:
        return "the values are changed first; only their order matters, of any size"
    if not all(0 <= number <= 1 for number in numbers):
        return "a chance lies in [0, 1]: count pairs, then divide by their number"
    if all(abs(one - other) < 0.15 for one, other in pairs):
        return "near, but not exact: every pair counts; no sampling, no rounding"
    unit = [pair for k, pair in enumerate(pairs) if k not in SCALED]
    if all(abs(one - other) < 0.15 for one, other in unit):
        return (
            "a few fixed levels, as of thresholds or rounded values: every pair counts"
        )
    return None


def _near(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-5)
