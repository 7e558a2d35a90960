"""A trained network's masks over an image, with a slider over their maps (chapter 13).

In a notebook::

    from resattn_tutorial.plotting.mask_explorer import explore_masks
    from resattn_tutorial.training.trained_network import load_packaged

    explore_masks(load_packaged(), "photo.jpg")

A mask has a map for each channel. The slider goes from their mean through the channels
that vary most over the positions; these are choices, and the figure says so. The sheet
of :mod:`~resattn_tutorial.plotting.mask_sheet` shows the same on paper.

All frames are in the figure, so their pictures are kept small: at most `LARGEST` pixels
a side, and half of that where there are many modules. With the three modules of
Attention-56 a figure takes 130 KB for an image of 32 x 32, and 180 KB for a photograph.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2.functional import resize

from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.plotting._svg.arrays import as_numbers
from resattn_tutorial.plotting._svg.mask_frame import Panel, mask_frame
from resattn_tutorial.plotting._svg.svg import Drawing
from resattn_tutorial.plotting.interactive import Explorable, explore
from resattn_tutorial.plotting.mask_sheet import COLOURS, NOTE, most_varying
from resattn_tutorial.plotting.overlays import overlaid
from resattn_tutorial.training.answering import Answer, answer_with_masks
from resattn_tutorial.training.trained_network import TrainedNetwork
from resattn_tutorial.validation import require_count

# Pixels a side of each picture; modules from which on there are many.
LARGEST, MANY = 96, 9
# The slider's values; explore takes 40 frames.
MEAN, MOST = "mean of all", 39
CONTROL = "channel by variance"


def explore_masks(trained: TrainedNetwork, image: Any, most: int = 8) -> Explorable:
    """A figure of an image and the masks over it, with a slider over their maps.

    Args:
        trained: a network, as
            :func:`~resattn_tutorial.training.trained_network.load_run` and
            :func:`~resattn_tutorial.training.trained_network.load_packaged` give it.
        image: a file's path, a PIL image, an array ``(H, W, 3)`` or a tensor
            ``(3, H, W)`` of bytes, of any size.
        most: so many channels of each mask, those that vary most over the positions.

    Raises:
        TypeError, ValueError, OSError: as
            :func:`~resattn_tutorial.training.answering.answer_with_masks`; and ``most``
            is no count, or a mask has fewer channels.
    """
    require_count("most", most, at_most=MOST)
    answer = answer_with_masks(trained, image)
    for module, mask in answer.masks.items():
        if most > len(mask):
            raise ValueError(
                f"most must be at most {len(mask)}, the channels of {module}, "
                f"got {most}."
            )
    pixels = _small(trained, answer)                                  # (h, w, 3)
    chosen = {
        module: most_varying(mask, most) for module, mask in answer.masks.items()
    }
    places = [MEAN, *map(_ordinal, range(1, most + 1))]

    def draw(place: str) -> Drawing:
        rank = places.index(place)
        maps = {}
        for module, mask in answer.masks.items():
            if rank == 0:
                maps[module] = MEAN, mask.mean(dim=0)
            else:
                channel = chosen[module][rank - 1]
                maps[module] = f"channel {channel}", mask[channel]
        return _frame(answer, pixels, place, maps)

    return explore(draw, {CONTROL: places})


def _frame(
    answer: Answer, pixels: np.ndarray, place: str, maps: dict[str, tuple[str, Tensor]]
) -> Drawing:
    """The image and a map of each mask, with its name and its lowest and highest."""
    panels, told = [Panel(pixels, ("the image",))], []
    for module, (name, values) in maps.items():
        values = as_numbers("a mask", values, "(h, w)")
        reach = _reach(values.min(), values.max())
        large = stretch(torch.from_numpy(values)[None, None], pixels.shape[:2])[0, 0]
        panels.append(Panel(
            overlaid(pixels, large.numpy()), (module, name, reach)
        ))
        told.append(f"{module}, {name}: {reach}, {_where(values)}")
    what = "the mean of its channels" if place == MEAN else (
        f"its {place} channel by variance"
    )
    return mask_frame(
        f"Taken for {answer.name}, score {answer.score:.2f}", panels,
        f"{NOTE} {COLOURS}",
        f"An image that is taken for {answer.name}, and over it one map of each mask, "
        f"{what}: {'; '.join(told)}.",
    )


def _small(trained: TrainedNetwork, answer: Answer) -> np.ndarray:
    """The part of the image that the network sees, no larger than is shown."""
    largest = LARGEST if len(answer.masks) < MANY else LARGEST // 2
    height, width = answer.image.shape[1:]
    if trained.transform.size is None:               # it sees the whole, of any shape
        scale = min(1, largest / max(height, width))
        shape = [max(1, round(scale * side)) for side in (height, width)]
        seen = resize(answer.image, shape, antialias=True)
    else:
        seen = trained.transform.seen(answer.image, min(largest, height, width))
    return seen.permute(1, 2, 0).numpy()                              # (h, w, 3)


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number in (11, 12, 13) else ending}"


def _reach(low: float, high: float) -> str:
    """The lowest and the highest value, with as many digits as tell them apart."""
    for digits in range(2, 7):
        ends = f"{low:.{digits}f}", f"{high:.{digits}f}"
        if ends[0] != ends[1]:
            return " to ".join(ends)
    return f"{low:.3g}"


def _where(values: np.ndarray) -> str:
    """Where a map is highest, in words, for who cannot see it."""
    if values.min() == values.max():
        return "the same everywhere"
    row, column = np.unravel_index(values.argmax(), values.shape)
    thirds = [int(3 * (at + 0.5) / of) for at, of in zip(
        (row, column), values.shape, strict=True)]
    words = ("top", "middle", "bottom")[thirds[0]], ("left", "", "right")[thirds[1]]
    if words == ("middle", ""):
        return "highest in the middle"
    return f"highest at the {' '.join(filter(None, words))}"
