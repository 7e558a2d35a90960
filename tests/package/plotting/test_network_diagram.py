"""The picture of a network says what the network does."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import torch

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem
from resattn_tutorial.plotting._svg.svg import PALETTE, Drawing
from resattn_tutorial.plotting._svg.text import room
from resattn_tutorial.plotting.network_diagram import attention_network

SVG = "{http://www.w3.org/2000/svg}"
VIOLET = PALETTE[3]
LARGE = [Stage(8, 1, 3), Stage(16, 2, 2), Stage(32, 3, 1), Stage(64, enter=3)]
SMALL = [Stage(8, 2, 3, leave=1), Stage(16, 2, 0, leave=1), Stage(32, leave=2)]


def texts(drawing: Drawing) -> list[str]:
    root = ElementTree.fromstring(drawing.svg)
    return [text.text for text in root.iter(SVG + "text")]


def squares(drawing: Drawing) -> list[int]:
    """The sizes on the left, in order."""
    found = (re.fullmatch(r"(\d+)×\1", text) for text in texts(drawing))
    return [int(match[1]) for match in found if match]


@pytest.mark.parametrize("image", [32, 97, 224, 299])
@pytest.mark.parametrize(
    ("stem", "stages"), [(ImageNetStem, LARGE), (CifarStem, SMALL)]
)
def test_the_sizes_are_those_of_the_maps(stem, stages, image):
    network = ResidualAttentionNetwork(stem(), stages, 10).eval()
    drawing = attention_network(network.stem, stages, image)
    sizes, masks = [], []
    with torch.no_grad():
        x = network.stem(torch.zeros(1, 3, image, image))
        for stage, plan in zip(network.stages, stages, strict=True):
            x = stage(x)
            sizes.append(x.shape[-1])
            if plan.modules and plan.poolings:
                body, low = next(
                    part.mask.body for part in stage
                    if isinstance(part, AttentionModule)
                ), x
                while body is not None:
                    low, body = body.pool(low), body.below
                masks.append(f"(mask: {sizes[-1]} → {low.shape[-1]} → {sizes[-1]})")
    assert squares(drawing) == sizes
    assert [text for text in texts(drawing) if text.startswith("(mask:")] == masks


def test_every_unit_and_module_is_drawn_or_counted():
    drawn = texts(attention_network(ImageNetStem(), LARGE, 224))
    assert drawn.count("residual unit") == 4 and "2 × residual unit" in drawn
    for text in ("attention module", "2 × attention module", "3 × attention module"):
        assert drawn.count(text) == 1
    assert [text for text in drawn if text.startswith("to ")] == [
        "to 8 channels", "to 16 channels, stride 2", "to 32 channels, stride 2",
        "to 64 channels, stride 2",
    ]
    assert drawn[1:3] == ["convolution 7×7, stride 2", "max-pool 3×3, stride 2"]
    small = texts(attention_network(CifarStem(), SMALL, 32))
    assert small[1] == "convolution 3×3" and "(mask)" in small


def test_a_mask_is_drawn_as_its_row_of_maps():
    root = ElementTree.fromstring(attention_network(ImageNetStem(), LARGE, 224).svg)
    bars = [
        float(rect.get("width")) for rect in root.iter(SVG + "rect")
        if rect.get("fill") == VIOLET and rect.get("fill-opacity") is None
    ]
    assert len(bars) == 7 + 5 + 3
    assert bars[:7] == bars[6::-1] and bars[:4] == sorted(bars[:4], reverse=True)


def test_the_alt_text_tells_every_stage():
    drawing = attention_network(CifarStem(), SMALL, 32)
    for number, size in ((1, 32), (2, 16), (3, 8)):
        assert f"Stage {number}, maps of {size}×{size}" in drawing.alt
    assert "2 × attention module (mask: 32 → 4 → 32)" in drawing.alt


def test_words_stay_inside_the_picture_and_beside_the_boxes():
    real = [Stage(1024, 12, 3), Stage(2048, 12, 2, leave=12)]
    root = ElementTree.fromstring(attention_network(ImageNetStem(), real, 1000).svg)
    width = float(root.get("width"))
    boxes = [float(rect.get("x")) for rect in root.iter(SVG + "rect")]
    for text in root.iter(SVG + "text"):
        middle = text.get("text-anchor") == "middle"
        wide = room(text.text, bold=text.get("font-weight") == "bold")
        left = float(text.get("x")) - (wide / 2 if middle else 0)
        assert left >= 0 and left + wide <= width
        assert middle or left + wide <= min(boxes)


@pytest.mark.parametrize(
    ("image", "error"), [(2, "image must be at least 3"), (True, "whole number")]
)
def test_an_image_that_no_network_takes_is_refused(image, error):
    with pytest.raises((TypeError, ValueError), match=error):
        attention_network(ImageNetStem(), LARGE, image)
