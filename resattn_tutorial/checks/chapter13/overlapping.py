"""The table of *Score an overlap*."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial, read_tensor
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_overlap(marked: Tensor, objects: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    both = (marked & objects).sum(dim=(1, 2))
    either = (marked | objects).sum(dim=(1, 2))
    return both / either


def read(report: Report, came: Any) -> Tensor:
    """A tensor, whatever its type of number."""
    return read_tensor(report, came).double()


def drawn(number: int, height: int, width: int, seed: int) -> tuple[Tensor, Tensor]:
    """What is marked and where the object is, of unlike sizes; none covers all."""
    draw = torch.Generator().manual_seed(seed)
    share = torch.linspace(0.2, 0.7, number)[:, None, None]
    marked = torch.rand(number, height, width, generator=draw) < share
    objects = torch.rand(number, height, width, generator=draw) < 0.4
    objects[:, 0, 0], objects[:, -1, -1] = True, False
    return marked, objects


def ends() -> tuple[Tensor, Tensor]:
    """Nothing is marked, everything, the object exactly, and all but the object."""
    _, objects = drawn(4, 5, 4, seed=9)
    none = torch.zeros_like(objects[0])
    return torch.stack([none, ~none, objects[2], ~objects[3]]), objects


BOTH = "(marked & objects).sum(dim=(1, 2))"
EITHER = BOTH.replace("&", "|")
END = "both / either"
UNION = "it is divided by the union, whatever is marked or the object or both: {}"
EACH = "each image has a score of its own: {}"


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


def along(axes: str) -> dict[str, str]:
    """Both sums run over other axes."""
    return {sum_: sum_.replace("(1, 2)", axes) for sum_ in (BOTH, EITHER)}


SLIPS = (
    end(UNION.format("this is the share of the object that is marked"),
        "both / objects.sum(dim=(1, 2))"),
    end(UNION.format("this is the share of the mark that is object"),
        "both / marked.sum(dim=(1, 2)).clamp_min(1)"),
    end(UNION.format("marked and object are added up, so that what they share counts "
                     "twice"), "both / (marked.sum((1, 2)) + objects.sum((1, 2)))"),
    end("this is the Dice score, 2 both / (marked + object): intersection over union "
        "is asked for", "2 * both / (marked.sum((1, 2)) + objects.sum((1, 2)))"),
    end("this is accuracy, the share of pixels in which the two agree: what neither "
        "holds must not count", "(marked == objects).float().mean(dim=(1, 2))"),
    end("this is the share of all pixels; the union divides",
        "both / marked[0].numel()"),
    end("the quotient is upside down: the intersection is divided by the union",
        "either / both"),
    end("this counts the pixels that both hold; divide by the union", "both.float()"),
    end("this is the share that differs, and not the one they have in common",
        "1 - both / either"),
    end(EACH.format("here they are averaged"), "(both / either).mean()"),
    Slip(EACH.format("here the pixels of all images are in one heap"),
         {BOTH: "(marked & objects).sum()", EITHER: "(marked | objects).sum()"},
         {EITHER: "(marked | objects).sum()"}),
    Slip("one axis alone is summed: an image's pixels are axes 1 and 2",
         along("1"), along("2")),
    Slip("the images are summed, too: an image's pixels are axes 1 and 2",
         along("(0, 1)")),
    Slip("^ holds what is in one of the two, but not in both: the union is |",
         {EITHER: "(marked ^ objects).sum(dim=(1, 2))"}),
    Slip("the intersection is &, what both hold: | is the union",
         {BOTH: "(marked | objects).sum(dim=(1, 2))"}),
    Slip("// cuts the fraction off", {END: "both // either"}),
)
OVERLAPPING = Table(
    title="Score an overlap",
    usage="my_overlap(marked, objects)",
    reference=my_overlap,
    cases=(
        Case(drawn(5, 6, 7, seed=1), "each score is intersection over union"),
        Case(drawn(2, 4, 4, seed=2), "so it is with other sizes"),
        Case(drawn(1, 3, 5, seed=3), "so it is for a single image"),
        Case(ends(), "nothing marked scores 0, the object itself 1, all but the object "
             "0",
             look="the ends: where nothing is marked the score is 0, and the union is "
             "the object"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read),
    errors={
        "is invalid for input": "a size is fixed in the code: take it from the "
        "input tensors",
        "could not infer output dtype": "booleans have no mean: .float() first",
        "Subtraction": "booleans have no difference: & is what both hold, and | what "
        "either does",
    },
)
