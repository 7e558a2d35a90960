"""The diagram of an attention module shows the module that the package builds."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import torch

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.plotting import diagrams

SVG = "{http://www.w3.org/2000/svg}"


def said(drawing) -> list[str]:
    root = ElementTree.fromstring(drawing.svg)
    return [text.text for text in root.iter(SVG + "text")]


def units(part: torch.nn.Module) -> int:
    return sum(isinstance(one, ResidualUnit) for one in part.modules())


def counted(text: str) -> int:
    """How many units a box in the mask's column stands for."""
    found = re.fullmatch(r"(?:(\d+) )?(?:residual )?units?", text)
    return int(found[1] or 1) if found else 0


@pytest.mark.parametrize(
    ("p", "t", "r", "poolings"),
    [(1, 2, 1, 3), (1, 2, 1, 2), (2, 4, 3, 1), (2, 4, 3, 3), (3, 1, 2, 0)],
)
def test_it_has_the_units_of_the_package_s_module(p, t, r, poolings):
    module = AttentionModule(8, poolings, p, t, r)
    texts = said(diagrams.attention_module(p, t, r, poolings, size=56))
    on_the_way = texts.count("residual unit")
    assert on_the_way == units(module) - units(module.mask)
    in_the_mask = [text for text in texts if text != "residual unit"]
    assert sum(map(counted, in_the_mask)) == units(module.mask)
    assert texts.count("max-pool to") == texts.count("stretch to") == poolings
    assert f"p = {p} before the split" in texts and f"p = {p} after the merge" in texts


@pytest.mark.parametrize("size", [8, 17, 56, 299])
def test_it_names_the_sizes_that_pytorch_makes(size):
    x, sizes = torch.zeros(1, 1, size, size), [size]
    for _ in range(3):
        x = torch.nn.functional.max_pool2d(x, 3, stride=2, ceil_mode=True)
        sizes.append(x.shape[-1])
    texts = said(diagrams.attention_module(poolings=3, size=size))
    named = [text for text in texts if re.fullmatch(r"\d+×\d+", text)]
    assert named == [f"{one}×{one}" for one in sizes[1:] + sizes[2::-1]]


def test_nothing_is_drawn_outside_the_picture_or_wider_than_a_phone():
    for poolings in range(4):
        drawing = diagrams.attention_module(2, 4, 3, poolings)
        assert drawing.width <= 350
        for box in ElementTree.fromstring(drawing.svg).iter(SVG + "rect"):
            x, y, width, height = (
                float(box.get(key)) for key in ("x", "y", "width", "height")
            )
            assert 0 <= x and x + width <= drawing.width
            assert 0 <= y and y + height <= drawing.height


def test_its_words_name_what_this_module_has():
    alt = diagrams.attention_module(2, 4, 3, poolings=2, size=28).alt
    for words in ("First 2 units", "trunk: 4 units", "28×28 to 14×14 to 7×7",
                  "6 units at the bottom", "1 skip of one unit"):
        assert words in alt
    assert "skip" not in diagrams.attention_module(poolings=1, size=14).alt


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"p": 0}, ValueError), ({"t": 5}, ValueError), ({"r": 1.0}, TypeError),
     ({"poolings": 4}, ValueError), ({"poolings": -1}, ValueError),
     ({"size": 7}, ValueError)],
)
def test_a_module_that_cannot_be_drawn_is_refused(wrong, error):
    with pytest.raises(error, match=f"^{next(iter(wrong))} must be"):
        diagrams.attention_module(**wrong)
