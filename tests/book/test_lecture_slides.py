"""The slides of the lectures, opened in a browser from disk: all of them fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import slides
from tools.browser import Trouble, settled
from tools.files import write_whole
from tools.settings import ROOT

# Of each slide, shown: its place, and by how many pixels its parts leave the stage.
LOOK = """async () => {
  const found = [];
  const stage = document.querySelector(".reveal .slides");
  for (const slide of Reveal.getSlides()) {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
    const room = stage.getBoundingClientRect();
    const scale = room.width / 1280;
    let over = 0;
    for (const part of slide.querySelectorAll("*")) {
      if (part.closest("mjx-assistive-mml, details, svg svg, svg g, script, style"))
        continue;
      const box = part.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      over = Math.max(over, box.right - room.right, room.left - box.left,
                      box.bottom - room.bottom, room.top - box.top);
    }
    const letters = parseFloat(getComputedStyle(slide).fontSize);
    found.push({ at: `${h}/${v}`, title: slide.firstElementChild.textContent,
                 over: over / scale, letters });
  }
  return found;
}"""


@pytest.fixture(scope="module")
def lectures(book: Path, tmp_path_factory) -> Path:
    """A folder with the slides, and nothing else of the book beside it."""
    folder = tmp_path_factory.mktemp("slides")
    for name, content in slides.files(slides.chosen(slides.LECTURES, ROOT), ROOT):
        write_whole(folder / name, content)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", slides.LECTURES)
def test_every_slide_fits_and_asks_nobody(chromium, lectures, name, theme) -> None:
    page = chromium.new_page(
        viewport={"width": 1280, "height": 720}, color_scheme=theme
    )
    trouble = Trouble()
    trouble.watch(page)
    page.goto((lectures / f"{name}.html").as_uri())
    settled(page)
    found = page.evaluate(LOOK)
    assert len(found) > 20
    assert [slide for slide in found if slide["over"] > 2] == []
    assert [slide for slide in found if slide["letters"] < 15] == []
    assert page.locator("mjx-container > svg").count() > 0
    assert trouble.all() == []
    page.close()


@pytest.mark.slow
def test_a_slide_is_as_light_or_dark_as_the_room(chromium, lectures) -> None:
    address = (lectures / f"{slides.LECTURES[0]}.html").as_uri()
    shades = []
    for theme in ("light", "dark"):
        page = chromium.new_page(color_scheme=theme)
        page.goto(address)
        shades.append(page.evaluate(
            "() => [document.body, document.querySelector('.reveal')].map((part, k) => "
            "getComputedStyle(part)[k ? 'color' : 'backgroundColor'])"
        ))
        page.close()
    (light, ink), (dark, chalk) = shades
    assert light == "rgb(255, 255, 255)" and len({light, ink, dark, chalk}) == 4
