"""The trial of noisy labels: by their frequencies, since they are drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter09.asker import SHARED, generator_states
from resattn_tutorial.checks.chapter09.shares import (
    EACH,
    PAST,
    near,
    slip,
    uneven,
    unlike,
)
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind, require_function
from resattn_tutorial.checks.engine.probe import IN_PLACE, KEPT, call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table

MANY = 20_000
SEEDED = (
    "each draw needs the generator: torch.rand(…, generator=generator), and so with "
    "randint and multinomial"
)
UNSEEDED = f"{KEPT}; {SEEDED}"
SEED = "the seed is not used: manual_seed(seed)"
EXACT = (
    "the number is exact: here each label draws by itself, and the number comes out as "
    "it may"
)
IN_ORDER = "which labels are noisy must be random, not the first or the last"
ABSENT = (
    "classes is an argument: where some class does not occur, labels.max() + 1 or the "
    "number of different labels is too small"
)
COLUMN = "torch.multinomial gives a column: take [:, 0] of it"
WHOLE = "a class is a number to index with: .long(), or draw with randint"
FROM_0 = (
    "torch.rand gives numbers from 0 on, and never 1: compare with < r, or >= for the "
    "others"
)


class NoiseTrial(FunctionTrial):
    """A case is the ratio, the classes, and how many of them occur; or a question."""

    facts = {
        "same": "the same seed gives the same labels",
        "other": "another seed gives other labels",
        "chance": "the number of noisy labels differs from seed to seed",
        "clean": "with r = 1 no label is noisy",
        "noisy": "with r = 0 every label is noisy, even a single one",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        if isinstance(case.asked[0], float):
            r, classes, there = case.asked
            labels = torch.arange(MANY).mul(7).remainder(there)
            noisy = _asked(report, answer, labels, r, classes, 1)
            _require_kept(report, labels, noisy, r, there)
            _require_spread(report, labels, noisy, r, classes)
            yield "spread", True
        else:
            yield from QUESTIONS[case.asked[0]](report, answer)


def _asked(
    report: Report, answer: Callable, labels: Tensor, r: float, classes: int,
    seed: int,
) -> Tensor:
    """Noisy labels of the right type, shape and range; the input left alone."""
    name = f"my_noise(labels, {r}, {classes}, {seed})"
    before, states = labels.clone(), generator_states()
    came = call(report, name, answer, labels, r, classes, seed)
    if not torch.equal(labels, before):
        refuse(report, f"{name} changed the labels that it was given", IN_PLACE)
    if generator_states() != states:
        drawn = _unseeded(answer, labels, r, classes)
        refuse(report, f"{name} {'draws from' if drawn else 'sets'} the random numbers "
               "of everybody else", SEEDED if drawn else SHARED)
    if not isinstance(came, Tensor):
        none = "the function ends without a return"
        words = none if came is None else "return one tensor"
        refuse(report, f"a tensor must come back, got {kind(came)}", words)
    if came.shape != labels.shape:
        column = came.shape == (len(labels), 1)
        words = COLUMN if column else "one label for each old one"
        refuse(report, f"got {kind(came)}, expected {tuple(labels.shape)}", words)
    if came.dtype != torch.int64:
        refuse(report, f"labels are whole numbers, torch.int64; got {came.dtype}",
               WHOLE)
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
    if not near(kept, r, MANY):
        refuse(report, f"r {r}: about {r:.0%} of the labels stay: {kept:.1%} stay",
               slip(kept, r, classes, MANY))
    half = stays[: MANY // 2].mean().item()
    if not near(half, r, MANY // 2):
        refuse(report, f"of the first half of the labels {half:.0%} stay",
               IN_ORDER)


def _require_spread(
    report: Report, labels: Tensor, noisy: Tensor, r: float, classes: int
) -> None:
    """Where noisy labels go: each other class alike, seen from each class."""
    goal = (1 - r) / (classes - 1)
    table = torch.bincount(labels * classes + noisy, minlength=classes**2)
    table = table.view(classes, classes)[: int(labels.max()) + 1]
    moved = torch.stack([row.roll(-true) for true, row in enumerate(table)])[:, 1:]
    shares = (moved.sum(0) / MANY).tolist()
    if not all(near(share, goal, MANY) for share in shares):
        said = ", ".join(f"{x:.1%}" for x in shares)
        absent = table[:, len(table):].sum() / MANY
        few = absent < goal * (classes - len(table)) / 2
        refuse(report, f"r {r}: each other class gets about {goal:.1%}: {said}",
               ABSENT if few else unlike(moved, shares))
    for true, row in enumerate(moved / table.sum(1, keepdim=True)):
        for far, share in enumerate(row.tolist(), 1):
            if not near(share, goal, MANY // len(table)):
                refuse(report, f"class {true} becomes class {(true + far) % classes} "
                       f"in {share:.1%} of cases, expected about {goal:.1%}", EACH)


Answers = Iterator[tuple[str, Any]]


def _seed(report: Report, answer: Callable) -> Answers:
    labels = torch.arange(500) % 10
    one, same, other = (
        _asked(report, answer, labels, 0.5, 10, seed) for seed in (4, 4, 5)
    )
    if not torch.equal(one, same):
        refuse(report, "the same seed gives other labels the second time", UNSEEDED)
    yield "same", True
    if torch.equal(one, other):
        refuse(report, "another seed gives the same labels", SEED)
    yield "other", True


def _chance(report: Report, answer: Callable) -> Answers:
    """The number of noisy labels itself is random when each label draws."""
    labels = torch.arange(60) % 3
    counts = {
        int((_asked(report, answer, labels, 0.5, 3, seed) == labels).sum())
        for seed in range(12)
    }
    if len(counts) == 1:
        refuse(report, f"the number of noisy labels is the same for each seed: "
               f"{60 - counts.pop()} of 60", EXACT)
    yield "chance", True


def _ends(report: Report, answer: Callable) -> Answers:
    labels = torch.arange(300) % 5
    for r, name in ((1.0, "clean"), (0.0, "noisy")):
        kept = int((_asked(report, answer, labels, r, 5, 0) == labels).sum())
        if kept != 300 * r:
            refuse(report, f"{NoiseTrial.facts[name]}: {kept} of 300 stay", FROM_0)
        if r == 0 and _asked(report, answer, torch.tensor([2]), r, 3, 0) == 2:
            refuse(report, "with r 0 a single label stays as it is", FROM_0)
        yield name, True


QUESTIONS = {"seed": _seed, "chance": _chance, "ends": _ends}
