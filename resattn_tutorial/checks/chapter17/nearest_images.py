"""The table of *Seen before*."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def nearest(training: Tensor, validation: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    rows = []
    for images in (training, validation):
        values = images.flatten(1)
        values = values - values.mean(dim=1, keepdim=True)
        rows.append(values / values.std(dim=1, keepdim=True, correction=0))
    apart = rows[1][:, None] - rows[0][None]
    distance = apart.square().mean(dim=2).sqrt()
    return distance.min(dim=1).values


def read(report: Report, came: Any) -> Tensor:
    """A number for each image."""
    if isinstance(came, tuple) and hasattr(came, "values"):
        refuse(report, "values and indices came back, both",
               "min over an axis gives both: .values are the distances")
    if not isinstance(came, Tensor):
        refuse(report, f"a tensor must come back, got {kind(came)}",
               "return one tensor: torch.stack or torch.tensor makes it of a list")
    return came


class NearestTrial(FunctionTrial):
    """A function that gives a distance for each validation image."""

    def diagnose(self, found: dict, right: dict) -> str | None:
        """See :class:`~.table.Trial`."""
        mine, true = found.get("value"), right["value"]
        if mine is None or mine.shape == true.shape:
            return super().diagnose(found, right)
        if mine.dim() == 2:
            return "a distance of each pair came back: the smallest one is asked for"
        return "one distance for each validation image comes back, in their order"


MEAN, SPREAD = (
    "values.mean(dim=1, keepdim=True)", "values.std(dim=1, keepdim=True, correction=0)"
)
LIGHT = (
    "each image loses its own mean and is divided by its own deviation, over all of "
    "its values: else the light counts"
)
DISTANCE, NEAREST = "apart.square().mean(dim=2).sqrt()", "distance.min(dim=1).values"
END = f"return {NEAREST}"
APART = "apart = rows[1][:, None] - rows[0][None]"
PER_CHANNEL = (
    "the colours are an image's own, too: one mean and one deviation for the image, "
    "not for each channel"
)


def put(place: str, words: str, *puts: str) -> Slip:
    """Something else stands in one place."""
    return Slip(words, *[{place: one} for one in puts])


SLIPS = (
    Slip(LIGHT, {MEAN: "0"}, {MEAN: "0", SPREAD: "1"}, {MEAN: "values.mean()"},
         {MEAN: "values.mean()", SPREAD: "values.std(correction=0)"},
         {MEAN: "0", SPREAD: "values.std(correction=0)"}),
    put(SPREAD, "only the mean is taken away: a brighter light also stretches the "
        "differences within an image, so divide by the deviation", "1",
        "values.std(correction=0)"),
    put(SPREAD, "divide by the deviation, the root of the variance",
        "values.var(dim=1, keepdim=True, correction=0)"),
    put(SPREAD, "the deviation is that of these very values: correction=0. torch's "
        "own choice is a little larger", "values.std(dim=1, keepdim=True)"),
    put(MEAN, "mean and deviation run over an image's own values, dim=1 after "
        "flatten(1); this runs over the images", "values.mean(dim=0, keepdim=True)"),
    Slip("mean and deviation run over an image's own values, dim=1 after flatten(1); "
         "this runs over the images",
         {MEAN: "values.mean(dim=0, keepdim=True)",
          SPREAD: "values.std(dim=0, keepdim=True, correction=0)"}),
    Slip("both sets are to be freed of their light, the training images as well",
         {"rows.append(values": "rows.append(images.flatten(1) if not rows else values"
          }),
    put(DISTANCE, "the mean absolute difference: the root of the mean square is asked "
        "for", "apart.abs().mean(dim=2)"),
    put(DISTANCE, "the mean square is not yet a distance: take its root",
        "apart.square().mean(dim=2)"),
    put(DISTANCE, "the squares are summed: their mean is asked for, so that near means "
        "the same for images of any size", "apart.square().sum(dim=2).sqrt()"),
    put(DISTANCE, "the largest difference: the root of the mean square is asked for",
        "apart.abs().max(dim=2).values"),
    put(NEAREST, "the nearest of all training images decides, not their mean",
        "distance.mean(dim=1)", "distance.median(dim=1).values"),
    put(NEAREST, "the farthest training image is taken: the nearest decides",
        "distance.max(dim=1).values"),
    put(NEAREST, "this says of each training image whether it has a twin: the "
        "validation images are asked about", "distance.min(dim=0).values"),
    put(END, "the place of the nearest image came back, its distance is asked for",
        "return distance.argmin(dim=1)", "return distance.argmin(dim=1).float()"),
    put(END, "do not round", f"return {NEAREST}.round(decimals=2)",
        f"return {NEAREST}.round(decimals=1)"),
    put(END, "the distance is asked for, not how alike the images are",
        f"return 1 - {NEAREST}", f"return -{NEAREST}"),
    put(END, "the distance is asked for: whether that is near is asked later",
        f"return {NEAREST} < 0.4", f"return ({NEAREST} < 0.4).float()"),
    put(APART, "each validation image is compared "
        "with the training image of its number: compare it with every one",
        "apart = (rows[1] - rows[0][torch.arange(len(rows[1])) % len(rows[0])])[:, "
        "None]"),
    put(APART, "each validation image is compared "
        "with the first training image alone", "apart = (rows[1] - rows[0][:1])[:, "
        "None]"),
    put(APART, "every distance is 0. Either the validation images are compared among "
        "themselves, and each is its own twin; or differences are summed with their "
        "signs, and cancel: square them first",
        "apart = rows[1][:, None] - rows[1][None]"),
    Slip(PER_CHANNEL,
         {"values = images.flatten(1)": "values = images.flatten(2)",
          MEAN: "values.mean(dim=2, keepdim=True)",
          "values / ": "(values / ", SPREAD: "values.std(dim=2, keepdim=True, "
          "correction=0)).flatten(1)"},
         {"values = images.flatten(1)": "values = (images - images.mean(dim=(2, 3), "
          "keepdim=True)).flatten(1)"}),
    put("values = images.flatten(1)", "the colours are averaged away: two pieces of "
        "other colours can be alike in grey", "values = images.mean(dim=1).flatten(1)"),
    put("values = images.flatten(1)", "only the first channel is compared",
        "values = images[:, 0].flatten(1)"),
)


def photographs(
    count: int, size: int, seed: int, moved: tuple[float, ...]
) -> tuple[Tensor, Tensor]:
    """Training images, and as many others as there are steps: image k of them is one of
    the training images in another light, changed by that much.
    """
    draw = torch.Generator().manual_seed(seed)
    training = 40 + 150 * torch.rand(count, 3, size, size, generator=draw)
    training *= torch.tensor([1.0, 0.8, 0.5]).roll(seed)[:, None, None]
    noise = torch.randn(len(moved), 3, size, size, generator=draw)
    chosen = torch.randperm(count, generator=draw)[: len(moved)]
    light = torch.linspace(0.4, 1.5, len(moved))[:, None, None, None]
    change = torch.tensor(moved)[:, None, None, None]
    others = training[chosen]
    return training, light * (others + change * others.std() * noise) + 20 * light


NEAREST_IMAGES = Table(
    title="Seen before",
    usage="nearest(training, validation)",
    reference=nearest,
    cases=(
        Case(photographs(12, 6, 0, (0.1, 0.2, 0.3, 0.45, 0.6, 0.9, 1.5)),
             "each distance is that to the nearest of twelve training images"),
        Case(photographs(3, 9, 2, (0.2, 0.7)),
             "so it is with three of them, and larger images"),
        Case((torch.tensor([[0.0, 2.0, 4.0], [2.0, 0.0, 4.0]]).view(2, 3, 1, 1),
              torch.tensor([[1.0, 7.0, 13.0]]).view(1, 3, 1, 1)),
             "a brighter photograph is the same one: its distance is 0"),
    ),
    slips=SLIPS,
    trial=NearestTrial(read=read),
    errors={
        "must match the size": "compare each validation image with every training "
        "image: [:, None] and [None] put the two numbers of images on axes of their "
        "own",
        "could not infer output dtype": "bytes have no mean: .float() first",
        "not implemented for 'Byte'": "bytes have no root: .float() first",
    },
    fixed=False,
    otherwise="print the distance of one validation image to each training image, and "
    "work one of them out by hand",
)
