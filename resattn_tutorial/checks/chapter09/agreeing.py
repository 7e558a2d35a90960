"""The table of *Who agrees?*: how many neighbours have an image's own label."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial, read_tensor
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_agreement(labels: Tensor, nearest: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    told = labels[nearest]                               # (N, k)
    return (told == labels[:, None]).float().mean(dim=1)


def read(report: Report, came: Any) -> Tensor:
    """A tensor, whatever its type of number."""
    return read_tensor(report, came).double()


def drawn(count: int, near: int, classes: int, seed: int) -> tuple[Tensor, Tensor]:
    """Labels, and for each image the numbers of some others, as it were its nearest."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (count,), generator=draw)
    far = torch.rand(count, count, generator=draw).fill_diagonal_(2.0)
    return labels, far.argsort(dim=1)[:, :near]


def ends() -> tuple[Tensor, Tensor]:
    """Every neighbour agrees, none does, and one of two does."""
    labels = torch.tensor([4, 4, 4, 7, 4])
    return labels, torch.tensor([[1, 2], [0, 2], [0, 3], [0, 1], [3, 0]])


OWN, TOLD = "labels[:, None]", "labels[nearest]"
COMPARED = f"(told == {OWN})"
END = f"{COMPARED}.float().mean(dim=1)"
LABELS_OF = (
    "the numbers of the neighbours came in place of their labels: labels[nearest]"
)
COLUMN = (
    "each image's own label must meet its own row of neighbours: labels[:, None] makes "
    "a column of them"
)
ALL = "one number came for all images: each image has a share of its own"
SHARE = (
    "a share lies between 0 and 1: the number that agree, divided by all that are asked"
)


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


SLIPS = (
    end("this is the share that disagrees: those with the same label are asked for",
        f"(told != {OWN}).float().mean(dim=1)"),
    end(SHARE, f"{COMPARED}.sum(dim=1)", f"100 * {END}"),
    end("this compares with the nearest neighbour's label: the image's own label is "
        "labels[:, None]", "(told == told[:, :1]).float().mean(dim=1)"),
    end("the nearest neighbour alone is asked: all k of them count",
        f"(told[:, :1] == {OWN}).float().mean(dim=1)"),
    end("a vote says yes or no; the share says how many agree",
        "(told.mode(dim=1).values == labels).float()"),
    end("four neighbours are built in: as many are asked as nearest has columns",
        f"{COMPARED}.sum(dim=1) / 4"),
    end("the number that agree is divided by that of all images: k neighbours were "
        "asked", f"{COMPARED}.sum(dim=1) / len(labels)"),
    end("the image itself was counted as one of its neighbours: only the others are "
        "asked", f"({COMPARED}.sum(dim=1) + 1) / (told.shape[1] + 1)"),
    Slip(LABELS_OF, {TOLD: "nearest"}),
    end("this is the mean over the images: axis 1 counts an image's neighbours",
        f"{COMPARED}.float().mean(dim=0)"),
    end(ALL, f"{COMPARED}.float().mean()"),
    Slip(COLUMN, {OWN: "labels"}),
    end("one neighbour is left out: nearest holds the others alone, and the image "
        "itself is not among them", "(told == labels[:, None])[:, 1:].float()"
        ".mean(dim=1)"),
    end("yes and no came, one for each neighbour: their mean over axis 1 is the share",
        f"{COMPARED}.float()"),
)
AGREEMENT = Table(
    title="Who agrees?",
    usage="my_agreement(labels, nearest)",
    reference=my_agreement,
    cases=(
        Case(drawn(9, 4, 3, seed=1),
             "each share is that of an image's four neighbours"),
        Case(drawn(6, 5, 2, seed=2), "so it is with five neighbours of six images"),
        Case(drawn(12, 3, 4, seed=3), "so it is with other numbers"),
        Case(ends(), "all agree, none does, one of two does",
             look="the ends: where all neighbours agree it is 1, where none does 0"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read),
    errors={
        "must match the size": COLUMN,
        "could not infer output dtype": "booleans have no mean: .float() first",
    },
)
