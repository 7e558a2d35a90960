"""Maps over their images, and the course in one picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.plotting import overlays
from resattn_tutorial.plotting._svg.svg import heat
from resattn_tutorial.plotting.course_diagram import TOLD, course
from tools.chapters import chapter_paths

SVG = "{http://www.w3.org/2000/svg}"
ALT = "A picture for a test, which nobody will see."
IMAGES = torch.full((2, 3, 4, 4), 100, dtype=torch.uint8)
MAPS = torch.arange(96.0).view(2, 3, 4, 4)


def test_each_image_stands_before_its_maps_in_a_row_of_its_own() -> None:
    titles = list("abcdefgh")
    drawing = overlays.show_overlays(IMAGES, MAPS, alt=ALT, titles=titles)
    root = ElementTree.fromstring(drawing.svg)
    shown = [(text.text, text.get("y")) for text in root.iter(SVG + "text")]
    assert [title for title, _ in shown] == titles
    heights = [y for _, y in shown]
    assert len(set(heights[:4])) == len(set(heights[4:])) == 1
    assert len(list(root.iter(SVG + "image"))) == 8


def test_each_map_has_its_own_scale_over_the_image_in_grey() -> None:
    image = IMAGES[0].permute(1, 2, 0).numpy()
    maps = MAPS[0, 0].numpy(), 1000 + 7 * MAPS[0, 0].numpy()
    seen = [overlays.overlaid(image, values) for values in maps]
    assert (seen[0] == seen[1]).all()
    colours = heat(MAPS[0, 0].numpy(), 0, 15)
    expected = np.round(overlays.COLOUR * colours + (1 - overlays.COLOUR) * 100)
    assert np.abs(seen[0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize(("maps", "error", "words"), [
    (MAPS[:1], ValueError, "maps must have shape (2, 3, 4, 4), got (1, 3, 4, 4)"),
    (MAPS[..., :3], ValueError, "maps must have shape (2, 3, 4, 4)"),
    (MAPS[0], ValueError, "maps"),
    (MAPS * float("nan"), ValueError, "maps must be finite"),
    ("maps", TypeError, "maps"),
])
def test_maps_that_do_not_fit_are_refused(maps, error, words: str) -> None:
    with pytest.raises(error) as refusal:
        overlays.show_overlays(IMAGES, maps, alt=ALT)
    assert words in str(refusal.value)


def test_the_course_s_picture_and_its_words_bear_the_same_chapters() -> None:
    root = ElementTree.fromstring(course().svg)
    drawn = {text.text for text in root.iter(SVG + "text") if text.text.isdecimal()}
    assert drawn == set(re.findall(r"\((\d+)\)", TOLD))
    assert {int(number) for number in drawn} <= set(range(len(chapter_paths())))


def test_each_part_of_the_course_s_picture_leads_to_its_chapter() -> None:
    numbers = sorted(set(re.findall(r"\((\d+)\)", TOLD)))
    links = {number: f"chapter{number}.html" for number in numbers if number != "7"}
    root = ElementTree.fromstring(course(links).svg)
    found = [
        (link.get("href"), [text.text for text in link.iter(SVG + "text")])
        for link in root.iter(SVG + "a")
    ]
    assert {where for where, _ in found} == set(links.values())
    assert all(where == f"chapter{texts[-1]}.html" or texts[0] in where
               for where, texts in found)
    assert sum("residual unit" in texts for _, texts in found) == 3
    drawn = [mark.tag for mark in root.iter() if mark.tag != SVG + "a"]
    plain = ElementTree.fromstring(course().svg)
    assert sorted(drawn) == sorted(mark.tag for mark in plain.iter())


def test_links_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(TypeError, match="links must be a mapping"):
        course("chapter7.html")


def test_the_course_s_picture_is_the_network_s() -> None:
    network = cifar_attention56().eval()
    with torch.no_grad():
        _, masks = network.with_masks(torch.zeros(1, 3, 32, 32))
    texts = [t.text for t in ElementTree.fromstring(course().svg).iter(SVG + "text")]
    first, second, third = (mask.shape[1] for mask in masks.values())
    assert f"residual unit, {first} channels" in texts
    assert f"{second} and {third} channels" in texts
    assert texts.count("residual unit") == 3         # in the module, and behind it
    stage = list(network.stages[0])
    assert [type(part).__name__ for part in stage][1] == "AttentionModule"
    assert len(stage) == 3 and len(stage[1].trunk) == 2
