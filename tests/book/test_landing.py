"""The landing page: what is promised there is there, and each part leads on."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from resattn_tutorial.data.scenes import CLASSES, load_scenes
from resattn_tutorial.experiments.first_look import look, usual_values
from resattn_tutorial.models.zoo import cifar_attention56
from tools import picture
from tools.browser import settled
from tools.chapters import chapter_paths, is_aside
from tools.settings import ROOT, pages

SVG, HREF = "{http://www.w3.org/2000/svg}", "href"


@pytest.fixture(scope="module")
def landing(book: Path) -> BeautifulSoup:
    return BeautifulSoup((book / "index.html").read_text("utf-8"), "html.parser")


def images(svg: str) -> list[np.ndarray]:
    """The pixels of a drawing's pictures."""
    marks = ElementTree.fromstring(svg).iter(SVG + "image")
    found = (mark.get(HREF).removeprefix("data:image/webp;base64,") for mark in marks)
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))).astype(int)
        for data in found
    ]


def test_the_first_page_is_the_landing_page_itself(landing) -> None:
    assert pages(ROOT)[0] == "index"
    assert landing.find("meta", attrs={"http-equiv": "refresh"}) is None
    assert landing.select_one("article h1").get_text().startswith("Residual Attention")


def test_each_part_of_the_network_leads_to_the_chapter_of_its_number(
    landing, book: Path
) -> None:
    links = landing.select(".network-map a")
    assert len(links) > 10
    for link in links:
        number = next(t.get_text() for t in link.find_all("text")
                      if t.get_text().isdecimal())
        assert Path(link["href"]).name.startswith(f"{int(number):02}_")
        assert (book / link["href"]).is_file()


def test_both_buttons_lead_to_pages_that_are_there(landing, book: Path) -> None:
    read, run = landing.select(".start a")
    assert (book / read["href"]).is_file()
    assert run["href"].startswith("https://") or (book / run["href"]).is_file()


def test_every_chapter_has_a_line_and_no_other(landing) -> None:
    names = [path.stem for path in chapter_paths(ROOT) if not is_aside(path)]
    listed = landing.select_one("section#the-chapters ol").find_all("li")
    found = [Path(line.find("a")["href"]).stem for line in listed]
    assert found == names


def test_the_picture_of_the_readme_is_the_landing_page_s(landing) -> None:
    kept = (ROOT / picture.FILE).read_text(encoding="utf-8")
    shown = str(landing.select_one(".trained-masks svg"))
    drawn = picture.drawing()
    # Some answer's last digit, and some pixel, may differ on another processor.
    words = re.compile(r"[^a-z]+")
    told = [words.sub(" ", text) for text in (
        ElementTree.fromstring(kept).get("aria-label"),
        ElementTree.fromstring(shown).get("aria-label"), drawn.alt)]
    assert told[0] == told[1] == told[2]
    for fresh, *others in zip(images(drawn.svg), images(kept), images(shown),
                              strict=True):
        assert all(np.abs(fresh - other).max() <= 8 for other in others)


def test_the_caption_says_how_many_answers_are_right(landing) -> None:
    scenes = load_scenes("test", picture.SCENES)
    network = cifar_attention56(weights="SCENES").eval()
    answers = look(network, scenes.images, usual_values(network)).answers
    right = [
        answer.startswith(f"{CLASSES[label]}, ")
        for answer, label in zip(answers, scenes.labels, strict=True)
    ]
    assert sum(right) == 3
    assert "three are right." in landing.select_one(".trained-masks").text


def test_the_first_screen_says_what_it_is_for_whom_and_what_next(
    book: Path, chromium
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto((book / "index.html").as_uri())
    settled(page)
    for part in (".landing-promise", ".start a:last-child", ".trained-masks svg",
                 ".landing-facts", ".network-map svg"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, part
    page.close()
