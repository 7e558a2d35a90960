"""The table of *Add the noise*."""

from __future__ import annotations

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter09.asker import SHARED
from resattn_tutorial.checks.chapter09.noisy_labels import (
    ABSENT,
    COLUMN,
    EXACT,
    IN_ORDER,
    SEED,
    SEEDED,
    UNSEEDED,
    WHOLE,
    NoiseTrial,
)
from resattn_tutorial.checks.chapter09.shares import (
    AGAIN,
    ANEW,
    BY_CLASS,
    EACH,
    LAST,
    NEIGHBOUR,
    NONE_NOISY,
    NORMAL,
    OWN,
    PAST,
    SAME_MOVE,
    STOPS,
    TURNED,
    TWO_DRAWS,
    UNLIKE,
)
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_noise(labels: Tensor, r: float, classes: int, seed: int) -> Tensor:
    """The solution, and what the slips change."""
    generator = torch.Generator().manual_seed(seed)
    count = len(labels)
    noisy = torch.rand(count, generator=generator) >= r
    away = torch.randint(1, classes, (count,), generator=generator)
    return torch.where(noisy, (labels + away) % classes, labels)


NOISY = "torch.rand(count, generator=generator) >= r"
AWAY = "torch.randint(1, classes, (count,), generator=generator)"
ANY = "torch.randint(classes, (count,), generator=generator) - labels"
MOVED = "(labels + away) % classes"
END = "return torch.where(noisy, (labels + away) % classes, labels)"
CHOOSE = "`if` asks about one label; torch.where chooses for all of them"
DIVIDED = "r may be 0 or 1: nothing has to be divided by it"
ROWS = "torch.multinomial takes a row of Q for each label: Q[labels]"


def noisy(words: str, *questions: str) -> Slip:
    """Others are noisy."""
    return Slip(words, *[{NOISY: one} for one in questions])


def away(words: str, *moves: str) -> Slip:
    """They move on by other numbers."""
    return Slip(words, *[{AWAY: one} for one in moves])


def ended(words: str, *ends: str) -> Slip:
    """Something else is done with the right labels, ``N``."""
    right = END.removeprefix("return ")
    return Slip(words, *[{END: f"return {one.replace('N', right, 1)}"} for one in ends])


SLIPS = (
    Slip(LAST, {MOVED: "(labels + away).clamp(max=classes - 1)"}),
    Slip(PAST, {MOVED: "labels + away"}),
    Slip(UNLIKE, {MOVED: "(labels - away).abs()"},
         {"where(noisy": "where(noisy & (labels > 0)"}),
    Slip("ten classes are built in: take the number that comes",
         {"1, classes": "1, 10", "% classes": "% 10"}, {"% classes": "% 10"}),
    Slip(ABSENT, {"1, classes": "1, int(labels.max()) + 1",
                  "% classes": "% (labels.max() + 1)"}),
    Slip(OWN, {AWAY: AWAY.replace("1, ", "")},
         {AWAY: AWAY.replace("1, ", ""), MOVED: "away"}),
    away(NEIGHBOUR, f"{ANY}\n    away = torch.where(away == 0, 1, away)"),
    away(AGAIN, f"{ANY}\n    away = torch.where(away == 0, {ANY}, away)"),
    noisy(TURNED, NOISY.removesuffix("r") + "1 - r"),
    noisy(NORMAL, NOISY.replace("rand", "randn", 1)),
    noisy(IN_ORDER, "torch.arange(count) >= r * count",
          "torch.arange(count) < (1 - r) * count"),
    noisy(EXACT, "torch.randperm(count, generator=generator) >= r * count"),
    noisy(BY_CLASS, "torch.rand(classes, generator=generator)[labels] >= r"),
    noisy(DIVIDED, NOISY.replace(">= r", ">= 1 - 1 / (1 + r / (1 - r))")),
    noisy(NONE_NOISY, "torch.zeros(count, dtype=torch.bool)"),
    away(TWO_DRAWS, "1 + (torch.rand(count, generator=generator.manual_seed(seed)) * "
         "(classes - 1)).long()"),
    away(EACH, AWAY.replace("count,", "classes,") + "[labels]"),
    away(SAME_MOVE, "1", AWAY.replace("count,", "1,")),
    away(STOPS, AWAY.replace("classes", "classes - 1")),
    Slip(SHARED, {"torch.Generator().manual_seed": "torch.manual_seed"}),
    Slip(SEEDED, {", generator=generator": ""}),
    Slip(UNSEEDED, {"manual_seed(seed)": "manual_seed(torch.Generator().seed())"}),
    Slip(SEED, {"manual_seed(seed)": "manual_seed(0)"}),
    Slip(CHOOSE, {END: f"return {MOVED} if noisy else labels"}),
    ended(ANEW, "torch.randint(classes, (count,), generator=generator.manual_seed("
          "seed))"),
    ended(COLUMN, "N.view(-1, 1)"),
    ended(WHOLE, "N.float()", "N.int()"),
)
LABEL_NOISE = Table(
    title="Labels with noise by Q",
    usage="my_noise(labels, r, classes, seed)",
    reference=my_noise,
    cases=(
        *[Case((r, classes, there), f"r {r}, {classes} classes"
               f"{f' of which {there} occur' * (there < classes)}: about {r:.0%} stay, "
               f"and each other class gets {(1 - r) / (classes - 1):.1%}")
          for r, classes, there in ((0.3, 10, 10), (0.6, 4, 4), (0.5, 6, 4))],
        Case(("seed",)), Case(("chance",)), Case(("ends",)),
    ),
    slips=SLIPS,
    trial=NoiseTrial(make=lambda case: (torch.arange(60) % 5, 0.5, 5, 1)),
    fixed=False,
    errors={
        "out of bounds": PAST,
        "ZeroDivision": DIVIDED,
        "ambiguous": CHOOSE,
        "prob_dist must be": ROWS,
    },
)
