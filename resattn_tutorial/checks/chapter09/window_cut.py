"""Judge windows cut out of a batch, and name the wrong windows that came instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter09.loops import lines, operations
from resattn_tutorial.checks.engine.probe import (
    DTYPE,
    KEPT,
    ask,
    gap,
    recognise,
    refuse,
    require_same,
    same,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report

# Images, channels, height, width, pad.
SHAPES = ((4, 3, 8, 8, 2), (3, 1, 5, 7, 3), (1, 2, 6, 4, 1), (5, 3, 6, 6, 0))
LOOP = (
    "a loop over the images: give all row numbers and all column numbers at once, as "
    "index tensors that have the images along one axis"
)
ROUNDED = (
    "some bytes are one less or more: on a way through floating-point numbers they are "
    "rounded; index, and nothing has to be computed"
)
ERRORS = {
    "could not be broadcast": "the index tensors must fit each other: images (N, 1, 1, "
    "1), channels (1, C, 1, 1), rows (N, 1, h, 1), columns (N, 1, 1, w)",
    "shape mismatch": "the index tensors must fit each other: images (N, 1, 1, 1), "
    "channels (1, C, 1, 1), rows (N, 1, h, 1), columns (N, 1, 1, w)",
    "dimension 1 with size": "the number of channels comes with the images: "
    "padded.shape[1]",
    "out of bounds": "a window begins at its corner and is as large as the image "
    "without its border: h = H - 2 * pad",
    "only integer tensors": "a slice begins at one number; here each image has its "
    "own: build row numbers instead",
    "a Tensor with": "a slice begins at one number; here each image has its own: "
    "build row numbers instead",
    "must be equal": "the index tensors must fit each other when they are broadcast",
}


def right(padded: Tensor, corners: Tensor, pad: int) -> Tensor:
    """The windows, image by image."""
    return _cut(padded, corners.tolist(), pad)


def _cut(padded: Tensor, places: list, pad: int) -> Tensor:
    height, width = padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad
    cut = [
        image[:, top:top + height, left:left + width]
        for image, (top, left) in zip(padded, places, strict=True)
    ]
    return torch.stack(cut)


def _at(move: Callable[[int, int, int], tuple[int, int]]) -> Callable:
    """The windows at other places: ``move(top, left, pad)``, kept in the image."""

    def form(padded: Tensor, corners: Tensor, pad: int) -> Tensor:
        moved = [move(top, left, pad) for top, left in corners.tolist()]
        return _cut(padded, [[min(max(x, 0), 2 * pad) for x in m] for m in moved], pad)

    return form


def _one_for_all(place: int) -> Callable:
    return lambda padded, corners, pad: _cut(
        padded, [corners[place].tolist()] * len(corners), pad
    )


FORMS: list[tuple[Callable[[Tensor, Tensor, int], Tensor], str]] = [
    (_at(lambda top, left, pad: (left, top)), "rows and columns are swapped: corners "
     "holds the top first, then the left"),
    (_at(lambda top, left, pad: (top, top)), "the top serves for both: the left is "
     "corners[:, 1]"),
    (_at(lambda top, left, pad: (left, left)), "the left serves for both: the top is "
     "corners[:, 0]"),
    (_one_for_all(0), "all images get the first one's window"),
    (_one_for_all(-1), "all images get the last one's window"),
    (_at(lambda top, left, pad: (pad, pad)), "the middle came: the corners are not "
     "used"),
    (_at(lambda top, left, pad: (0, 0)), "the upper left came: the corners are not "
     "used"),
    (_at(lambda top, left, pad: (2 * pad - top, 2 * pad - left)), "the corner counts "
     "from the top and the left; it is no shift of the picture"),
    (_at(lambda top, left, pad: (top + 1, left + 1)), "one pixel too far: a corner is "
     "the window's first row and column, counted from 0"),
    (_at(lambda top, left, pad: (top - pad, left - pad)), "corners count in the padded "
     "image: nothing has to be subtracted or added"),
    (_at(lambda top, left, pad: (top + pad, left + pad)), "corners count in the padded "
     "image: nothing has to be subtracted or added"),
    (lambda *case: right(*case).transpose(2, 3), "rows and columns of the result are "
     "swapped"),
    (lambda *case: right(*case).permute(0, 2, 3, 1), "the channels came last: with a "
     "colon between index tensors their axis moves; give the channels an index, too"),
    (lambda *case: right(*case).permute(1, 0, 2, 3), "the channels came first: (N, C, "
     "h, w) is expected"),
    (lambda *case: right(*case).flip(3), "the windows are mirrored: columns run from "
     "the left on"),
    (lambda *case: right(*case).flip(0), "the images are in another order"),
    (lambda padded, corners, pad: padded, "the padded images came back as they were"),
]


def _cases() -> Iterator[tuple[Tensor, Tensor, int]]:
    draw = torch.Generator().manual_seed(8)
    for count, channels, height, width, pad in SHAPES:
        images = torch.randn(count, channels, height, width, generator=draw)
        corners = torch.randint(2 * pad + 1, (count, 2), generator=draw)
        if count > 2:
            corners[0], corners[1] = torch.tensor([0, 2 * pad]), corners[2].flip(0)
        yield F.pad(images, (pad,) * 4), corners, pad


def judge(report: Report, answer: Callable[[Tensor, Tensor, int], Tensor]) -> None:
    """Ask for the windows of :data:`SHAPES`, then count the operations."""
    for case in _cases():
        padded, _, pad = case
        goal = right(*case)
        with suspecting(report, ERRORS):
            came = ask(report, "my_windows", answer, *case)
        forms = [(words, form(*case)) for form, words in FORMS]
        if came.shape != goal.shape and recognise(came, forms) is None:
            refuse(report, f"my_windows gives {gap(came, goal)}", _shaped(came, goal))
        count, channels, height, width = goal.shape
        fact = f"{count} images, {channels} x {height} x {width}, pad {pad}"
        again = ask(report, "my_windows", answer, *case)
        require_same(report, came, goal, fact, forms,
                     None if same(came, again) else KEPT)
    _require_kind(report, answer)
    _require_no_loop(report, answer)


def _shaped(came: Tensor, goal: Tensor) -> str:
    if came.dim() == 5 or came.shape[0] != goal.shape[0]:
        return (
            "each image meets each window: images and corners must share one axis, so "
            "index with torch.arange(N), not with a colon"
        )
    return "the window's size: height and width of the padded image less 2 * pad"


def _require_kind(report: Report, answer: Callable) -> None:
    """Bytes stay bytes, and nothing is kept between two calls."""
    for count in (2, 3):
        images = torch.arange(count * 3 * 36).remainder(256).view(count, 3, 6, 6)
        images, corners = images.byte(), torch.ones(count, 2, dtype=torch.int64)
        came = ask(report, "my_windows", answer, images, corners, 1)
        if came.dtype != torch.uint8:
            refuse(report, f"bytes must stay bytes, got {came.dtype}", DTYPE)
        if not same(came, right(images, corners, 1)):
            near = came.shape == images[:, :, 1:-1, 1:-1].shape and (
                came.int() - right(images, corners, 1).int()).abs().max() == 1
            refuse(report, "other images get wrong windows", ROUNDED if near else KEPT)


def _require_no_loop(report: Report, answer: Callable) -> None:
    """The work must not grow with the images, in PyTorch or beside it."""
    cases = [
        (torch.zeros(count, 3, 6, 6), torch.ones(count, 2, dtype=torch.int64), 1)
        for count in (3, 30)
    ]
    few, many = (operations(answer, *case) for case in cases)
    fact = "as many operations for 30 images as for 3"
    report.require(few == many, fact, f"{many} and {few}", LOOP)
    few, many = (lines(answer, *case) for case in cases)
    if few != many:
        refuse(report, f"{many} lines are run for 30 images, {few} for 3", LOOP)
