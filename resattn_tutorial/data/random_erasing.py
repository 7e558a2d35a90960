"""Random erasing: a rectangle of a training image is overwritten.

Not the paper's. It is that of Zhong, Zheng, Kang, Li and Yang, "Random erasing data
augmentation", AAAI 2020, arXiv:1708.04896. A network that must do without some part
learns not to rely on one part alone.

Area and aspect ratio are drawn evenly from the bounds of that paper, and once more
where the rectangle is higher or wider than the image; then its place is drawn from all
that there are. The rectangle gets the mean colour, which is 0 in our inputs, as in the
authors' code; their text takes noise. Like all random choices, the rectangles depend on
the seed, the epoch and nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import require_dtype, require_features
from resattn_tutorial.validation import require_count, require_ratio, require_seed

# Shares of the image's area, and height over width.
AREAS, RATIOS = (0.02, 0.4), (0.3, 1 / 0.3)
# An image that no rectangle fits into after so many draws stays whole.
DRAWS = 100
# Apart from the numbers that order, windows and mirrors are drawn from.
STREAM = 0x9E3779B9


def draw_rectangles(
    count: int, height: int, width: int, probability: float, seed: int, epoch: int
) -> Tensor:
    """What is erased in an epoch: the same on every machine and device.

    Args:
        count: images in the epoch, in the order in which they come.
        height: of the inputs, in pixels.
        width: of the inputs.
        probability: of an image to lose a rectangle.
        seed: from 0 to ``2**32 - 1``.
        epoch: counted from 0.

    Returns:
        ``(count, 4)``, int64: top, left, height and width of each rectangle; four zeros
        where an image stays whole.

    Raises:
        TypeError, ValueError: a number is invalid.
    """
    require_count("count", count, at_least=0, at_most=10**9)
    require_count("height", height)
    require_count("width", width)
    require_ratio("probability", probability)
    require_count("epoch", epoch, at_least=0, at_most=2**40)
    require_seed(seed)
    generator = torch.Generator().manual_seed((seed * 1_000_003 + epoch) ^ STREAM)
    rectangles = torch.zeros(count, 4, dtype=torch.int64)
    waiting = torch.rand(count, generator=generator) < probability
    waiting = waiting.nonzero().flatten()
    for _ in range(DRAWS):
        if not len(waiting):
            break
        drawn = torch.rand(4, len(waiting), generator=generator, dtype=torch.float64)
        sides = _sides(drawn[0], drawn[1], height * width)               # (2, n)
        room = torch.tensor([[height], [width]]) - sides
        places = (drawn[2:] * (room + 1)).long()                         # (2, n)
        fits = (room >= 0).all(dim=0)
        rectangles[waiting[fits]] = torch.cat([places, sides])[:, fits].T
        waiting = waiting[~fits]
    return rectangles


def _sides(area: Tensor, ratio: Tensor, pixels: int) -> Tensor:
    """Heights and widths, ``(2, n)``, from numbers from 0 to 1; a pixel at least."""
    area = (AREAS[0] + area * (AREAS[1] - AREAS[0])) * pixels
    ratio = RATIOS[0] + ratio * (RATIOS[1] - RATIOS[0])
    sides = torch.stack([(area * ratio).sqrt(), (area / ratio).sqrt()])
    return sides.round().long().clamp(min=1)


def erase(inputs: Tensor, rectangles: Tensor) -> Tensor:
    """Inputs with their rectangles set to 0, the mean colour; the shape stays.

    Args:
        inputs: ``(N, C, H, W)``.
        rectangles: as from :func:`draw_rectangles`, ``(N, 4)``, where the inputs are.

    Raises:
        TypeError, ValueError: inputs or rectangles are of another kind or shape.
    """
    require_features("inputs", inputs)
    require_dtype("rectangles", rectangles, torch.int64)
    count, _, height, width = inputs.shape
    if rectangles.shape != (count, 4):
        raise ValueError(
            f"rectangles must have shape ({count}, 4), one for each input, got "
            f"{tuple(rectangles.shape)}."
        )
    top, left, high, wide = rectangles.T[..., None]                      # (N, 1) each
    row = torch.arange(height, device=inputs.device)
    column = torch.arange(width, device=inputs.device)
    rows = (top <= row) & (row < top + high)                             # (N, H)
    columns = (left <= column) & (column < left + wide)                  # (N, W)
    inside = rows[:, None, :, None] & columns[:, None, None, :]          # (N, 1, H, W)
    return inputs.masked_fill(inside, 0)
