"""Which images each step sees: a new order in each epoch, from the step alone.

A right order may be drawn in many ways, so no order is compared with another's: what
is asked are its properties.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from typing import Any

from resattn_tutorial.checks.chapter09.asker import (
    COUNT,
    REST,
    SIZE,
    SOME,
    STEPS,
    Asker,
    Order,
)
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_function
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table

FAR = 100_003 * STEPS
# Epochs, or seeds; the paper's recipe takes 205 epochs.
MANY = (*range(300), 365, 400, 500, 512, 600, 640, 700, 768, 800, 900)
GLUED = ((1, 11), (11, 1))                           # 111, if they are written as one
ALIKE = {
    "sum": "seed + epoch is the same number for seed 0 in epoch 1 as for seed 1 in "
    "epoch 0: keep them apart, as with seed * 1_000_003 + epoch",
    "product": "seed * epoch is 0 for seed 0 in every epoch, and for every seed in "
    "epoch 0: keep them apart, as with seed * 1_000_003 + epoch",
    "far": "two pairs of seed and epoch give one number: multiply one of the two by a "
    "number that the other never reaches, a million or so, as in seed * 1_000_003 + "
    "epoch",
    "glued": "seed and epoch are written as one text: 1 and 11 are the same digits as "
    "11 and 1. Keep them apart, as with seed * 1_000_003 + epoch",
    "other": "two runs, or two epochs, share one order: each pair of seed and epoch "
    "needs a number of its own, as seed * 1_000_003 + epoch gives it",
}
LOST = "the {} is not used, or is lost: the generator needs it and the {}, and tells " \
    "numbers apart by their lowest 32 bits"
STEADY = (
    "the numbers must follow from the arguments alone: nothing kept, nothing drawn "
    "without a seed"
)
REPEATED = {
    "batch": "each step sees the same batch: take its own slice of the order",
    "pair": "two steps of one epoch see the same images: take the step's own slice",
    "replaced": "images are drawn with replacement: torch.randperm draws each one once",
    "overlap": "the slices overlap: a step begins batch_size after the one before",
    "anew": "each step draws an order of its own: all steps of an epoch share one; "
    "divmod gives the epoch first, then the place in it",
}
SORTED = "nothing is shuffled: torch.randperm(count, generator=…)"
MOVED_ON = (
    "one order is only moved on, or its batches change places: draw a new one"
)
AT_ONCE = (
    "do not draw the earlier epochs: seed a generator with seed and epoch, and draw "
    "one order"
)


class OrderTrial(FunctionTrial):
    """A case is the names of some questions, of :data:`QUESTIONS`."""

    facts = {
        "steady": "the same step sees the same images, in whatever order steps are "
        "asked for",
        "epoch": f"the {STEPS} steps of an epoch see {STEPS * SIZE} images of {COUNT}",
        "random": "the order is random",
        "own": "each epoch and each seed has an order of its own",
        "anew": "each order is drawn anew",
        "many": "so it is for hundreds of epochs and seeds",
        "sizes": "so it is for other numbers of images and sizes",
        "cost": f"step {FAR:,} costs no more than step 0",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        ask = Asker(report, answer)
        for name in case.asked:
            QUESTIONS[name](report, ask)
            yield name, True


def _steady(report: Report, ask: Asker) -> None:
    last, first = ask.batch(2), ask.batch(0)
    if (ask.batch(2), ask.batch(0)) != (last, first):
        refuse(report, "the second time other numbers came for the same step", STEADY)


def _epoch(report: Report, ask: Asker) -> None:
    for order in ask.orders.values():
        found = len(set(order))
        if found < STEPS * SIZE:
            first = [ask.orders[seed, 0] for seed in SOME]
            at_once = any(len(set(one)) < STEPS * SIZE for one in first)
            words = _repeated(ask, order) if at_once else REST
            refuse(report, f"{OrderTrial.facts['epoch']}: only {found} came", words)


def _repeated(ask: Asker, order: Order) -> str:
    batches = [order[i:i + SIZE] for i in range(0, len(order), SIZE)]
    if len(set(batches)) == 1:
        return REPEATED["batch"]
    if any(set(one) == set(two) for one, two in combinations(batches, 2)):
        return REPEATED["pair"]
    if any(len(set(batch)) < SIZE for batch in batches):
        return REPEATED["replaced"]
    if any(ask.batch(step)[1:] == ask.batch(step + 1)[:-1] for step in (0, 1)):
        return REPEATED["overlap"]
    return REPEATED["anew"]


def _random(report: Report, ask: Asker) -> None:
    for order in ask.orders.values():
        steps = [b - a for a, b in pairwise(order)]
        if max(map(steps.count, steps)) > len(steps) / 2:
            said = ", ".join(map(str, order[:6]))
            refuse(report, f"an epoch's order is {said}, …: that is not random", SORTED)


def _own(report: Report, ask: Asker) -> None:
    """No two pairs of seed and epoch share an order."""
    orders = ask.orders
    same = [(a, b) for a, b in combinations(orders, 2) if orders[a] == orders[b]]
    every = {
        "epoch": all(orders[s, 0] == orders[s, e] for s in SOME for e in SOME),
        "seed": all(orders[0, e] == orders[s, e] for s in SOME for e in SOME),
    }
    for name, other in (("epoch", "seed"), ("seed", "epoch")):
        found = [(a, b) for a, b in same if (a[0] == b[0]) == (name == "epoch")]
        if found:
            (s, e), (t, f) = found[0]
            words = LOST.format(name, other) if every[name] else ALIKE[_alike(same)]
            refuse(report, f"each {name} needs its own order; pairs that share one: "
                   f"{len(found)}, such as seed {s}, epoch {e} and seed {t}, epoch {f}",
                   words)


def _alike(same: list) -> str:
    if all(sum(a) == sum(b) for a, b in same):
        return "sum"
    return "product" if all(a[0] * a[1] == b[0] * b[1] for a, b in same) else "other"


def _anew(report: Report, ask: Asker) -> None:
    """No order is another one rolled on, or its batches in another order."""
    for one, other in combinations(ask.orders, 2):
        first, second = ask.orders[one], ask.orders[other]
        pairs = set(pairwise(first)) & set(pairwise(second))
        if len(pairs) > STEPS * SIZE / 2 or len(
            _batches(first) & _batches(second)
        ) > STEPS / 2:
            refuse(report, f"seed {one[0]}, epoch {one[1]} and seed {other[0]}, epoch "
                   f"{other[1]} see the same images together", MOVED_ON)


def _batches(order: Order) -> set[frozenset[int]]:
    return {frozenset(order[i:i + SIZE]) for i in range(0, len(order), SIZE)}


def _many(report: Report, ask: Asker) -> None:
    """Neither many epochs nor many seeds lead to an order that another pair has."""
    pairs = [*GLUED, *((seed, 0) for seed in MANY), *((0, epoch) for epoch in MANY)]
    found: dict[Order, tuple[int, int]] = {}
    for pair in dict.fromkeys(pairs):
        seed, epoch = pair
        batch = ask.batch(10 * epoch, seed, 100, 10)
        if (first := found.setdefault(batch, pair)) != pair:
            words = ALIKE["glued" if {first, pair} == set(GLUED) else "far"]
            refuse(report, f"seed {seed}, epoch {epoch} has the order of seed "
                   f"{first[0]}, epoch {first[1]}", words)


def _sizes(report: Report, ask: Asker) -> None:
    for count, size in ((24, 6), (7, 7), (9, 2)):
        steps = count // size
        batches = [ask.batch(step, 3, count, size) for step in range(2 * steps)]
        for epoch in (batches[:steps], batches[steps:]):
            if len({n for batch in epoch for n in batch}) < steps * size:
                refuse(report, f"of {count} images in batches of {size} one comes "
                       "twice in an epoch", REST)


def _cost(report: Report, ask: Asker) -> None:
    """A step far away must cost no more than a near one."""
    near, far = (
        min(_seconds(ask, step + again) for again in range(2)) for step in (0, FAR)
    )
    if far > 50 * near + 0.05:
        refuse(report, f"step {FAR:,} costs no more than step 0: it took {far:.2g} "
               "seconds", AT_ONCE)


def _seconds(ask: Asker, step: int) -> float:
    start = time.perf_counter()
    ask.batch(step)
    return time.perf_counter() - start


QUESTIONS: dict[str, Callable[[Report, Asker], None]] = {
    "steady": _steady, "epoch": _epoch, "random": _random, "own": _own, "anew": _anew,
    "many": _many, "sizes": _sizes, "cost": _cost,
}
