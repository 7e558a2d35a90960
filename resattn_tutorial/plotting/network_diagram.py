"""The picture of a whole network, drawn from the list of stages that builds it
(chapter 7).

It runs from top to bottom, the size of the maps on its left. Each attention module has
its mask beside it: a row of bars that grow narrower where the mask pools its map, and
wider again where it stretches it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from torch import nn

from resattn_tutorial.models.attention_network import require_stages
from resattn_tutorial.models.stem_and_head import require_stem
from resattn_tutorial.plotting._svg.flow import ARROW, LINE, STROKE, Flow
from resattn_tutorial.plotting._svg.svg import PALETTE, Drawing, line, mark, words
from resattn_tutorial.validation import require_count

if TYPE_CHECKING:
    from resattn_tutorial.models.attention_network import Stage



WIDTH = 376
MIDDLE, BOX = 174, 212
MASK, MASK_WIDTH, BAR = 342, 58, 4
BLUE, ORANGE, GREEN, VIOLET, GREY = PALETTE


def attention_network(
    stem: nn.Module, stages: Sequence[Stage], image: int
) -> Drawing:
    """The network of these stages, with the sizes that its maps take.

    Args:
        stem: what images enter through.
        stages: from the first to the last.
        image: height and width of the images, in pixels.

    Raises:
        TypeError, ValueError: ``image`` is no whole number, too small for a map or too
            large, or an argument is of another kind.
    """
    require_stem(stem)
    require_stages(stages)
    require_count("image", image, at_least=stem.smallest_image(1), at_most=10**5)
    size = max(n for n in range(1, image + 1) if stem.smallest_image(n) <= image)
    flow = Flow(MIDDLE)
    flow.name(f"image, {_square(image)}")
    entrance = [text for text in map(_layer, stem.children()) if text]
    flow.box(BOX, BLUE, *entrance)
    told = [f"Diagram of a network, from an image of {_square(image)} pixels down. "
            f"Stem: {', '.join(entrance)}."]
    for number, stage in enumerate(stages, 1):
        if number > 1:
            size = (size + 1) // 2
        told.append(_stage(flow, number, stage, size))
    flow.box(BOX, GREY, "BN, ReLU, mean,", "linear layer")
    flow.name("one score for each class")
    told.append("Then BN, ReLU, the mean over all positions and a linear layer.")
    return Drawing(" ".join(told), WIDTH, flow.y, tuple(flow.marks))


def _stage(flow: Flow, number: int, stage: Stage, size: int) -> str:
    """Draw a stage, its name and size on the left; return it in words."""
    first = flow.y + ARROW
    parts = list(_parts(stage, size, halved=number > 1))
    for colour, lines in parts:
        flow.box(BOX, colour, *lines)
        if colour == VIOLET:
            flow.marks += _mask(flow.y - (2 * LINE + 13) / 2, stage.poolings)
    flow.marks += [
        words(0, first + 20, f"stage {number}", font_weight="bold"),
        words(0, first + 20 + LINE, _square(size)),
    ]
    said = "; ".join(" ".join(lines) for _, lines in parts)
    return f"Stage {number}, maps of {_square(size)}: {said}."


def _square(size: int) -> str:
    return f"{size}×{size}"


def _layer(layer: nn.Module) -> str:
    """A layer of the stem in words; batch norm and ReLU go without saying."""
    if isinstance(layer, nn.Conv2d):
        return f"convolution {_square(layer.kernel_size[0])}{_step(layer.stride[0])}"
    if isinstance(layer, nn.MaxPool2d):
        return f"max-pool {_square(layer.kernel_size)}{_step(layer.stride)}"
    return ""


def _step(stride: int) -> str:
    return f", stride {stride}" if stride > 1 else ""


def _parts(
    stage: Stage, size: int, halved: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The boxes of a stage: a colour, and the lines inside."""
    step = _step(2 if halved else 1)
    yield GREEN, ("residual unit", f"to {stage.channels} channels{step}")
    if stage.enter > 1:
        yield GREEN, (_times(stage.enter - 1, "residual unit"),)
    if stage.modules:
        smallest = size >> stage.poolings
        way = f"(mask: {size} → {smallest} → {size})" if stage.poolings else "(mask)"
        yield VIOLET, (_times(stage.modules, "attention module"), way)
    if stage.leave:
        yield GREEN, (_times(stage.leave, "residual unit"),)


def _times(count: int, what: str) -> str:
    return f"{count} × {what}" if count > 1 else what


def _mask(middle: float, poolings: int) -> Iterator[str]:
    """Bars of an hourglass, beside a box whose middle is given."""
    yield line([(MIDDLE + BOX / 2, middle), (MASK - MASK_WIDTH / 2 - 2, middle)],
               stroke_width=STROKE)
    levels = [*range(poolings), *range(poolings, -1, -1)]
    top = middle - (BAR + 2) * len(levels) / 2
    for place, level in enumerate(levels):
        width = MASK_WIDTH * (1 - level / (poolings + 1))
        yield mark(
            "rect", x=MASK - width / 2, y=top + (BAR + 2) * place, width=width,
            height=BAR, rx=1, fill=VIOLET,
        )
