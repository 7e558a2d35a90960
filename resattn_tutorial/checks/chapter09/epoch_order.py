"""Judge which images each step sees: a new order in each epoch, from the step alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import combinations, pairwise

from torch import Tensor

from resattn_tutorial.checks.chapter09.asker import (
    COUNT,
    REST,
    SIZE,
    STEPS,
    Asker,
    Order,
)
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report

FAR = 100_003 * STEPS
SEEDS = EPOCHS = range(4)
MANY = 250                      # epochs, or seeds; the paper's recipe takes 205 epochs
EPOCHS_ALIKE = {
    "sum": "seed + epoch is the same number for seed 0 in epoch 1 as for seed 1 in "
    "epoch 0: keep them apart, as with seed * 1_000_003 + epoch",
    "product": "seed * epoch is 0 for seed 0 in every epoch, and for every seed in "
    "epoch 0: keep them apart, as with seed * 1_000_003 + epoch",
    "far": "seed and epoch meet after all: multiply one of them by a number that the "
    "other never reaches, a million or so, as in seed * 1_000_003 + epoch",
    "other": "two runs, or two epochs, share one order: each pair of seed and epoch "
    "needs a number of its own, as seed * 1_000_003 + epoch gives it",
}


def judge(report: Report, answer: Callable[[int, int, int, int], Tensor]) -> None:
    """Ask for the batches of several epochs and seeds, and for one far away."""
    ask = Asker(report, answer)
    _require_steady(report, ask)
    orders = {
        (seed, epoch): ask.epoch(epoch, seed) for seed in SEEDS for epoch in EPOCHS
    }
    _require_epoch(report, ask, orders)
    _require_shuffled(report, orders)
    _require_other_orders(report, orders)
    _require_drawn_anew(report, orders)
    _require_far_apart(report, ask)
    _require_sizes(report, ask)
    _require_at_once(report, ask)


def _require_steady(report: Report, ask: Asker) -> None:
    last, first = ask.batch(2), ask.batch(0)
    report.require((ask.batch(2), ask.batch(0)) == (last, first), "the same step sees "
                   "the same images, in whatever order steps are asked for",
                   "the second time other numbers came", "the numbers must follow from "
                   "the arguments alone: nothing kept, nothing drawn without a seed")


def _require_epoch(report: Report, ask: Asker, orders: dict) -> None:
    fact = f"the {STEPS} steps of an epoch see {STEPS * SIZE} images of {COUNT}"
    for order in orders.values():
        found = len(set(order))
        if found < STEPS * SIZE:
            at_once = any(len(set(orders[s, 0])) < STEPS * SIZE for s in SEEDS)
            words = _repeated(ask, order) if at_once else REST
            refuse(report, f"{fact}: only {found} came", words)
    report.require(True, fact)


def _repeated(ask: Asker, order: Order) -> str:
    batches = [order[i:i + SIZE] for i in range(0, len(order), SIZE)]
    if len(set(batches)) == 1:
        return "each step sees the same batch: take its own slice of the order"
    if any(set(one) == set(two) for one, two in combinations(batches, 2)):
        return "two steps of one epoch see the same images: take the step's own slice"
    if any(len(set(batch)) < SIZE for batch in batches):
        return "images are drawn with replacement: torch.randperm draws each one once"
    if any(ask.batch(step)[1:] == ask.batch(step + 1)[:-1] for step in (0, 1)):
        return "the slices overlap: a step begins batch_size behind the one before"
    return (
        "each step draws an order of its own: all steps of an epoch share one; divmod "
        "gives the epoch first, then the place in it"
    )


def _require_shuffled(report: Report, orders: dict) -> None:
    for order in orders.values():
        steps = [b - a for a, b in pairwise(order)]
        if max(map(steps.count, steps)) > len(steps) / 2:
            said = ", ".join(map(str, order[:6]))
            refuse(report, f"an epoch's order is {said}, …: that is not random",
                   "nothing is shuffled: torch.randperm(count, generator=…)")
    report.require(True, "the order is random")


def _require_other_orders(report: Report, orders: dict) -> None:
    """No two pairs of seed and epoch share an order."""
    same = [(a, b) for a, b in combinations(orders, 2) if orders[a] == orders[b]]
    told = {
        "each epoch has an order of its own": (
            [(a, b) for a, b in same if a[0] == b[0]],
            "the epoch is not used, or is lost: the generator needs it and the seed, "
            "and tells numbers apart by their lowest 32 bits",
        ),
        "each seed has orders of its own": (
            [(a, b) for a, b in same if a[0] != b[0]],
            "the seed is not used, or is lost: the generator needs it and the epoch, "
            "and tells numbers apart by their lowest 32 bits",
        ),
    }
    every_epoch = all(orders[s, 0] == orders[s, e] for s in SEEDS for e in EPOCHS)
    every_seed = all(orders[0, e] == orders[s, e] for s in SEEDS for e in EPOCHS)
    for (fact, (found, words)), every in zip(
        told.items(), (every_epoch, every_seed), strict=True
    ):
        said = ""
        if found:
            (s, e), (t, f) = found[0]
            said = f"seed {s}, epoch {e} has that of seed {t}, epoch {f}"
        guess = words if every else EPOCHS_ALIKE[_alike(same)]
        report.require(not found, fact, said, guess)


def _alike(same: list) -> str:
    if all(sum(a) == sum(b) for a, b in same):
        return "sum"
    return "product" if all(a[0] * a[1] == b[0] * b[1] for a, b in same) else "other"


def _require_drawn_anew(report: Report, orders: dict) -> None:
    """No order is another one rolled on, or its batches in another order."""
    for one, other in combinations(orders, 2):
        pairs = set(pairwise(orders[one])) & set(pairwise(orders[other]))
        batches = _batches(orders[one]) & _batches(orders[other])
        if len(pairs) > STEPS * SIZE / 2 or len(batches) > STEPS / 2:
            refuse(report, f"seed {one[0]}, epoch {one[1]} and seed {other[0]}, epoch "
                   f"{other[1]} see the same images together", "one order is only "
                   "moved on, or its batches change places: draw a new one")


def _batches(order: Order) -> set[frozenset[int]]:
    return {frozenset(order[i:i + SIZE]) for i in range(0, len(order), SIZE)}


def _require_far_apart(report: Report, ask: Asker) -> None:
    """Neither many epochs nor many seeds lead to an order that another pair has."""
    pairs = [(0, epoch) for epoch in range(MANY)] + [(seed, 0) for seed in range(MANY)]
    found: dict[Order, tuple[int, int]] = {}
    for pair in dict.fromkeys(pairs):
        seed, epoch = pair
        batch = ask.batch(10 * epoch, seed, 100, 10)
        if (first := found.setdefault(batch, pair)) != pair:
            refuse(report, f"seed {seed}, epoch {epoch} has the order of seed "
                   f"{first[0]}, epoch {first[1]}", EPOCHS_ALIKE["far"])
    report.require(True, f"so it is for {MANY} epochs and {MANY} seeds")


def _require_sizes(report: Report, ask: Asker) -> None:
    for count, size in ((24, 6), (7, 7), (9, 2)):
        steps = count // size
        batches = [ask.batch(step, 3, count, size) for step in range(2 * steps)]
        for epoch in (batches[:steps], batches[steps:]):
            seen = {n for batch in epoch for n in batch}
            if len(seen) < steps * size:
                refuse(report, f"of {count} images in batches of {size} one comes "
                       "twice in an epoch", REST)
    report.require(True, "so it is for other numbers of images and sizes")


def _require_at_once(report: Report, ask: Asker) -> None:
    """A step far away must cost no more than a near one."""
    near, far = (
        min(_seconds(ask, step + again) for again in range(2)) for step in (0, FAR)
    )
    report.require(far < 50 * near + 0.05, f"step {FAR:,} costs no more than step 0",
                   f"it took {far:.2g} seconds", "no way through the earlier epochs: "
                   "seed a generator with seed and epoch, and draw one order")


def _seconds(ask: Asker, step: int) -> float:
    start = time.perf_counter()
    ask.batch(step)
    return time.perf_counter() - start
