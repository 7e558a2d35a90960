"""Judge noisy labels by their frequencies."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter09.asker import SHARED, generator_states
from resattn_tutorial.checks.chapter09.slips import (
    EACH,
    PAST,
    near,
    slip,
    uneven,
    unlike,
)
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import IN_PLACE, KEPT, refuse, suspecting
from resattn_tutorial.checks.engine.report import Report

MANY = 20_000
CASES = ((0.3, 10), (0.6, 4))
SEEDED = (
    "each draw needs the generator: torch.rand(…, generator=generator), and so with "
    "randint and multinomial"
)
ERRORS = {
    "out of bounds": PAST,
    "ZeroDivision": "r may be 0 or 1: nothing has to be divided by it",
    "ambiguous": "`if` asks about one label; torch.where chooses for all of them",
    "prob_dist must be": "torch.multinomial takes a row of Q for each label: Q[labels]",
}


def judge(report: Report, answer: Callable[[Tensor, float, int, int], Tensor]) -> None:
    """Add noise to many labels, compare with Q, then ask about seeds and both ends."""
    for r, classes in CASES:
        labels = torch.arange(MANY).mul(7).remainder(classes)
        noisy = _asked(report, answer, labels, r, classes, 1)
        _require_kept(report, labels, noisy, r, classes)
        _require_spread(report, labels, noisy, r, classes)
    _require_seed(report, answer)
    _require_by_chance(report, answer)
    _require_ends(report, answer)


def _asked(
    report: Report, answer: Callable, labels: Tensor, r: float, classes: int,
    seed: int,
) -> Tensor:
    """Noisy labels of the right type, shape and range; the input left alone."""
    name = f"my_noise(labels, {r}, {classes}, {seed})"
    before, states = labels.clone(), generator_states()
    with suspecting(report, ERRORS), report.attempt(name):
        came = answer(labels, r, classes, seed)
    if not torch.equal(labels, before):
        refuse(report, f"{name} changed the labels that it was given", IN_PLACE)
    if generator_states() != states:
        refuse(report, f"{name} changes the random numbers of everybody else",
               SEEDED if _unseeded(answer, labels, r, classes) else SHARED)
    if not isinstance(came, Tensor):
        none = "the function ends without a return"
        words = none if came is None else "return one tensor"
        refuse(report, f"a tensor must come back, got {kind(came)}", words)
    if came.shape != labels.shape:
        column = came.shape == (len(labels), 1)
        words = "torch.multinomial gives a column: take [:, 0] of it"
        words = words if column else "one label for each label"
        refuse(report, f"{kind(came)} came, expected {tuple(labels.shape)}", words)
    if came.dtype != torch.int64:
        refuse(report, f"labels are whole numbers, torch.int64; got {came.dtype}",
               "a class is a number to index with: .long(), or draw with randint")
    if came.numel() and not 0 <= came.min() <= came.max() < classes:
        refuse(report, f"labels from {came.min()} to {came.max()} came, of {classes} "
               "classes", PAST)
    return came


def _unseeded(
    answer: Callable, labels: Tensor, r: float, classes: int
) -> bool:
    """Whether two calls with the same seed differ."""
    with torch.random.fork_rng(devices=[]):
        return not torch.equal(answer(labels, r, classes, 1),
                               answer(labels, r, classes, 1))


def _require_kept(
    report: Report, labels: Tensor, noisy: Tensor, r: float, classes: int
) -> None:
    """The share of labels that stay, by class, over all, and by place."""
    stays = (noisy == labels).float()
    kept = stays.mean().item()
    for label in range(classes):
        share = stays[labels == label].mean().item()
        if not near(share, kept, MANY // classes):
            refuse(report, f"of class {label} {share:.0%} stay, of all {kept:.0%}",
                   uneven([stays[labels == k].mean().item() for k in range(classes)]))
    fact = f"r {r}, {classes} classes: about {r:.0%} of the labels stay"
    report.require(near(kept, r, MANY), fact, f"{kept:.1%} stay",
                   slip(kept, r, classes, MANY))
    half = stays[: MANY // 2].mean().item()
    if not near(half, r, MANY // 2):
        refuse(report, f"of the first half of the labels {half:.0%} stay",
               "which labels are noisy must be random, not the first or the last")


def _require_spread(
    report: Report, labels: Tensor, noisy: Tensor, r: float, classes: int
) -> None:
    """Where noisy labels go: each other class alike, seen from each class."""
    goal = (1 - r) / (classes - 1)
    fact = f"r {r}: each other class gets about {goal:.1%} of them"
    table = torch.bincount(labels * classes + noisy, minlength=classes**2)
    table = table.view(classes, classes)
    moved = torch.stack([row.roll(-true) for true, row in enumerate(table)])[:, 1:]
    shares = (moved.sum(0) / MANY).tolist()
    words = None
    if not all(near(share, goal, MANY) for share in shares):
        words = unlike(moved, shares)
    report.require(words is None, fact, ", ".join(f"{x:.1%}" for x in shares), words)
    for true, row in enumerate(moved / table.sum(1, keepdim=True)):
        for far, share in enumerate(row.tolist(), 1):
            if not near(share, goal, MANY // classes):
                refuse(report, f"class {true} becomes class {(true + far) % classes} "
                       f"in {share:.1%} of cases, expected about {goal:.1%}", EACH)


def _require_seed(report: Report, answer: Callable) -> None:
    labels = torch.arange(500) % 10
    one, same, other = (
        _asked(report, answer, labels, 0.5, 10, seed) for seed in (4, 4, 5)
    )
    report.require(torch.equal(one, same), "the same seed gives the same labels",
                   "others came", f"{KEPT}; {SEEDED}")
    report.require(not torch.equal(one, other), "another seed gives other labels",
                   "the same came", "the seed is not used: manual_seed(seed)")


def _require_by_chance(report: Report, answer: Callable) -> None:
    """The number of noisy labels itself is random when each label draws."""
    labels = torch.arange(60) % 3
    counts = {
        int((_asked(report, answer, labels, 0.5, 3, seed) == labels).sum())
        for seed in range(12)
    }
    report.require(len(counts) > 1, "the number of noisy labels differs from seed to "
                   "seed", f"always {counts}", "the number is exact: here each label "
                   "draws by itself, and the number comes out as it may")


def _require_ends(report: Report, answer: Callable) -> None:
    labels = torch.arange(300) % 5
    for r, words in ((1.0, "no label is noisy"), (0.0, "every label is")):
        kept = int((_asked(report, answer, labels, r, 5, 0) == labels).sum())
        fact = f"with r {r:g} {words}"
        report.require(kept == 300 * r, fact, f"{kept} of 300 stay",
                       "torch.rand gives numbers from 0 on, and never 1: compare with "
                       "< r, or >= for the others")
    one = _asked(report, answer, torch.tensor([2]), 0.0, 3, 0)
    report.require(one.item() in (0, 1), "a single label is noisy, too")
