"""The table of *The images of a step*."""

from __future__ import annotations

import numpy as np  # noqa: F401  (a slip needs it)
import torch
from torch import Tensor

from resattn_tutorial.checks.chapter09.asker import (
    FROM_0,
    ONE_BATCH,
    REST,
    SHARED,
    SHORT,
    WHOLE,
)
from resattn_tutorial.checks.chapter09.epoch_order import (
    ALIKE,
    LOST,
    MOVED_ON,
    REPEATED,
    SORTED,
    STEADY,
    OrderTrial,
)
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_batch(step: int, count: int, batch_size: int, seed: int) -> Tensor:
    """The solution, and what the slips change."""
    epoch, place = divmod(step, count // batch_size)
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    order = torch.randperm(count, generator=generator)
    return order[place * batch_size:(place + 1) * batch_size]


DIVIDED = "divmod(step, count // batch_size)"
MIXED = "seed * 1_000_003 + epoch"
DRAWN = "torch.randperm(count, generator=generator)"
SLICE = "place * batch_size:(place + 1) * batch_size"
FROM_PLACE = "place:place + batch_size"


def mixed(words: str, *formulas: str) -> Slip:
    """Another number for the generator."""
    return Slip(words, *[{MIXED: formula} for formula in formulas])


def drawn(words: str, *orders: str) -> Slip:
    """Another order."""
    return Slip(words, *[{DRAWN: order} for order in orders])


def sliced(words: str, *slices: str) -> Slip:
    """Another slice of it."""
    return Slip(words, *[{SLICE: one} for one in slices])


SLIPS = (
    mixed(ALIKE["sum"], "seed + epoch"),
    mixed(ALIKE["product"], "seed * epoch"),
    mixed(ALIKE["far"], "seed * 10 + epoch", "seed * 100 + epoch", "epoch * 100 + seed",
          "seed * 256 + epoch", "seed * 512 + epoch", "epoch * 256 + seed",
          "seed * 31 + epoch"),
    mixed(ALIKE["glued"], 'int(f"1{seed}{epoch}")'),
    mixed(ALIKE["other"], "seed ^ epoch", "(seed + 1) * (epoch + 1)", "seed**epoch"),
    mixed(LOST.format("epoch", "seed"), "(epoch << 32) + seed", "0"),
    mixed(LOST.format("seed", "epoch"), "(seed << 32) + epoch"),
    mixed(REPEATED["anew"], f"{MIXED} * 1009 + place"),
    Slip(SHARED, {"torch.Generator().manual_seed": "torch.manual_seed"}),
    drawn(STEADY, "torch.from_numpy(np.random.default_rng().permutation(count))"),
    drawn(REPEATED["replaced"], "torch.randint(count, (count,), generator=generator)"),
    drawn(SORTED, "torch.arange(count)", "torch.arange(count).roll(1 + 4 * seed + "
          "epoch)", "torch.arange(count).flip(0)"),
    Slip(MOVED_ON, {MIXED: "seed", DRAWN: f"{DRAWN}.roll(epoch)"},
         {MIXED: "seed", DRAWN: f"{DRAWN}.roll(epoch * batch_size)"}),
    sliced(SHORT, f"{SLICE} - 1"),
    sliced(REPEATED["overlap"], FROM_PLACE),
    sliced(REPEATED["batch"], ":batch_size"),
    sliced(ONE_BATCH, ":"),
    Slip(REST, {"step, count // batch_size": "step, -(-count // batch_size)"},
         {DIVIDED: "divmod(step * batch_size, count)", SLICE: FROM_PLACE,
          "return order": "return torch.cat([order, order])"},
         {DIVIDED: "0, step"}, {"step, count // batch_size": "step, 4"}),
    Slip(REPEATED["anew"], {"epoch, place": "place, epoch"}),
    Slip(FROM_0, {"return order": "return 1 + order"}),
    Slip(WHOLE, {"return order": "return order.float()"}),
)
REMAINDER = "the step counts on through the epochs: take its remainder"
BATCH_NUMBERS = Table(
    title="The images of a step",
    usage="my_batch(step, count, batch_size, seed)",
    reference=my_batch,
    cases=tuple(map(Case, (
        ("steady", "epoch", "random", "own", "anew"), ("many",), ("sizes",), ("cost",)
    ))),
    slips=SLIPS,
    trial=OrderTrial(make=lambda case: (2, 23, 5, 0)),
    fixed=False,
    errors={
        "expected a non-empty": REMAINDER,
        "out of range": REMAINDER,
        "must be a tuple": "torch.randperm(count, generator=…) gives all numbers in a "
        "random order",
    },
)
