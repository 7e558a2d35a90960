"""The trial and the table of *A window of each image*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter09.loops import lines, operations
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.probe import DTYPE, KEPT, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces


def my_windows(padded: Tensor, corners: Tensor, pad: int) -> Tensor:
    """The solution, and what the slips change."""
    count, channels, height, width = padded.shape
    rows = corners[:, :1] + torch.arange(height - 2 * pad)
    columns = corners[:, 1:] + torch.arange(width - 2 * pad)
    image = torch.arange(count).view(-1, 1, 1, 1)
    channel = torch.arange(channels).view(1, -1, 1, 1)
    rows, columns = rows[:, None, :, None], columns[:, None, None, :]
    return padded[image, channel, rows, columns]


LOOP = (
    "a loop over the images: give all row numbers and all column numbers at once, as "
    "index tensors that have the images along one axis"
)
ROUNDED = (
    "some bytes are off by one: floating-point numbers were rounded on the way; only "
    "index, compute nothing"
)
WITH_EACH = (
    "each image meets each window: images and corners must share one axis, so index "
    "with torch.arange(N), not with a colon"
)
SIZE = "the window's size: height and width of the padded image minus 2 * pad"
FIT = (
    "the index tensors must fit each other: images (N, 1, 1, 1), channels (1, C, 1, "
    "1), rows (N, 1, h, 1), columns (N, 1, 1, w)"
)
CHANNELS = "the number of channels comes with the images: padded.shape[1]"
SLICED = (
    "a slice begins at one number; here each image has its own: build row numbers "
    "instead"
)


class WindowTrial(FunctionTrial):
    """The work must not grow with the number of images; the bytes' case asks for that.
    """

    facts = {"loop": "there is as much to do for 30 images as for 3"}

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        yield from super().__call__(report, table, answer, case)
        if case.asked[0].dtype == torch.uint8:
            few, many = ([x.repeat(n, *[1] * (x.dim() - 1)) for x in self.make(case)[:2]
                          ] + [case.asked[2]] for n in (1, 10))
            for count, what in ((operations, "operations"), (lines, "lines")):
                small, large = count(answer, *few), count(answer, *many)
                if small != large:
                    refuse(report, f"{large} {what} are run for 30 images, {small} for "
                           "3", LOOP)
            yield "loop", True

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "value" not in found:
            return None
        came, goal = found["value"], right["value"]
        if came.shape != goal.shape:
            each = came.dim() == 5 or came.shape[0] != goal.shape[0]
            return WITH_EACH if each else SIZE
        if came.dtype != goal.dtype:
            return DTYPE
        near = not goal.is_floating_point() and (came.int() - goal.int()).abs() <= 1
        return ROUNDED if near is not False and near.all() else None


BEGIN = "count, channels, height"
TAKEN = "padded[image, channel, rows, columns]"
HEIGHT, WIDTH = "height - 2 * pad", "width - 2 * pad"


def corner(words: str, *others: str) -> Slip:
    """Windows that begin elsewhere."""
    return Slip(words, *[
        {BEGIN: f"corners = {other}\n    {BEGIN}"} for other in others])


def taken(words: str, *others: str) -> Slip:
    """Something else is done with the windows, ``W``."""
    return Slip(words, *[{TAKEN: other.replace("W", TAKEN)} for other in others])


def exchanged(padded: Tensor, corners: Tensor, pad: int) -> Tensor:
    """All windows by ``unfold``, with height for width."""
    height, width = (size - 2 * pad for size in padded.shape[2:])
    views = padded.unfold(2, width, 1).unfold(3, height, 1)
    return views[torch.arange(len(padded)), :, corners[:, 0], corners[:, 1]]


SLIPS = (
    corner("rows and columns are swapped: corners holds the top first, then the left",
           "corners.flip(1)"),
    corner("the top serves for both: the left is corners[:, 1]", "corners[:, [0, 0]]"),
    corner("the left serves for both: the top is corners[:, 0]", "corners[:, [1, 1]]"),
    corner("all images get the first one's window", "corners[:1].expand_as(corners)"),
    corner("all images get the last one's window", "corners[-1:].expand_as(corners)"),
    corner("the middle came: the corners are not used", "torch.full_like(corners, pad)"
           ),
    corner("the upper left came: the corners are not used", "torch.zeros_like(corners)"
           ),
    corner("the corner counts from the top and the left; it is no shift of the picture",
           "2 * pad - corners"),
    corner("one pixel too far: a corner is the window's first row and column, counted "
           "from 0", "(corners + 1).clamp(max=2 * pad)", "corners + 1"),
    corner("corners count in the padded image: nothing has to be subtracted or added",
            "(corners - pad).clamp(0)", "corners - pad",
           "(corners + pad).clamp(max=2 * pad)"),
    corner(KEPT, "torch.randint(2 * pad + 1, corners.shape)"),
    taken("rows and columns of the result are swapped", "W.transpose(2, 3)"),
    Slip("height and width are swapped: axis 2 counts rows, unfold(2, height, 1), "
         "and axis 3 columns, unfold(3, width, 1)", exchanged,
         {HEIGHT: "ACROSS", WIDTH: HEIGHT, "ACROSS": WIDTH}),
    taken("the channels came last: with a colon between index tensors their axis "
          "moves; give the channels an index, too", "W.permute(0, 2, 3, 1)"),
    taken("the channels came first: (N, C, h, w) is expected", "W.transpose(0, 1)"),
    taken("the windows are mirrored: columns run from the left on", "W.flip(3)"),
    taken("the windows are upside down: rows run from the top down", "W.flip(2)"),
    taken("the images are in another order", "W.flip(0)"),
    taken("the padded images came back as they were", "padded"),
    taken(WITH_EACH, "padded[:, :, rows[:, 0], columns[:, 0]]",
          "padded[:, :, rows[:, 0], columns[:, 0]].transpose(1, 2)"),
    Slip(SIZE, {WIDTH: HEIGHT},
         {HEIGHT: "height - pad", WIDTH: "width - pad", TAKEN: TAKEN.replace(
             "rows", "rows % height").replace("columns", "columns % width")}),
    Slip(CHANNELS, {"torch.arange(channels)": "torch.arange(3)"},
         {"torch.arange(channels)": "torch.arange(1)"}),
    taken(FIT, "padded[image.flatten(), :, rows.flatten(1), columns.flatten(1)]"),
    taken(SLICED, "padded[:, :, corners[:, 0]:corners[:, 0] + height]"),
    taken(LOOP, "torch.stack([padded[n, :, row[0], column[0]] for n, (row, column) in "
          "enumerate(zip(rows, columns))])"),
    taken(DTYPE, "W.float()"),
)


def cases() -> Iterator[Case]:
    """Batches of other sizes, the third one in float64, the last one of bytes."""
    draw = torch.Generator().manual_seed(8)
    for count, channels, height, width, pad in (
        (4, 3, 8, 8, 2), (3, 1, 5, 7, 3), (1, 2, 6, 4, 1), (5, 3, 6, 6, 0)
    ):
        images = torch.randn(count, channels, height, width, generator=draw)
        corners = torch.randint(2 * pad + 1, (count, 2), generator=draw)
        if count > 2:
            corners[0], corners[1] = torch.tensor([0, 2 * pad]), corners[2].flip(0)
        images = images.double() if count == 1 else images
        words = f"{count} image{'s' * (count > 1)}, {channels} x {height} x {width}"
        yield Case((F.pad(images, (pad,) * 4), corners, pad), f"{words}, pad {pad}")
    images = torch.arange(3 * 3 * 8 * 7).remainder(256).view(3, 3, 8, 7).byte()
    yield Case((images, torch.tensor([[1, 1], [0, 2], [2, 1]]), 1), "bytes stay bytes")


WINDOWS = Table(
    title="A window of each image",
    usage="my_windows(padded, corners, pad)",
    reference=my_windows,
    cases=tuple(cases()),
    slips=SLIPS,
    trial=WindowTrial(),
    errors={
        "could not be broadcast": FIT,
        "shape mismatch": FIT,
        "dimension 1 with size": CHANNELS,
        "out of bounds": "a window begins at its corner and is as large as the image "
        "without its border: h = H - 2 * pad",
        "only integer tensors": SLICED,
        "a Tensor with": SLICED,
        "must be equal": "the index tensors must fit each other when they are "
        "broadcast",
    },
)
