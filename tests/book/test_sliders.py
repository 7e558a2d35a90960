"""The sliders of a page, moved in a browser by keyboard and by pointer."""

from __future__ import annotations

from pathlib import Path

import pytest
from explored import ONE, TWO, Driver, alts, bar, drive, opened, write_page
from unfold import UNFOLD

from resattn_tutorial.plotting.interactive import explore
from tools.chapters import chapter_paths, read_chapter
from tools.execute import code_of
from tools.settings import ROOT


@pytest.mark.parametrize("width", [390, 1280])
def test_keyboard_and_pointer_change_frame_value_and_words(chromium, tmp_path, width):
    figures = explore(bar, ONE), explore(bar, TWO)
    with opened(chromium, write_page(tmp_path, *figures), width) as (page, trouble):
        shown = page.locator("figure.explorable").all()
        for figure, controls in zip(shown, (ONE, TWO), strict=True):
            driver = Driver(figure)
            assert driver.names == list(controls) and driver.alts == alts(controls)
        assert drive(page) == 2
        assert trouble.all() == []


def test_the_same_figure_twice_on_a_page_moves_once(chromium, tmp_path):
    figure = explore(bar, ONE)
    with opened(chromium, write_page(tmp_path, figure, figure)) as (page, _):
        first, second = map(Driver, page.locator("figure.explorable").all())
        first.by_keyboard()
        second.look()
        second.by_pointer()
        first.look()


def test_paper_gets_the_chosen_frame_and_no_slider(chromium, tmp_path):
    with opened(chromium, write_page(tmp_path, explore(bar, TWO))) as (page, _):
        driver = Driver(page.locator("figure.explorable"))
        driver.by_keyboard()
        page.emulate_media(media="print")
        assert page.get_by_role("slider").count() == 0
        pictures = page.get_by_role("img").all()
        assert [svg.get_attribute("aria-label") for svg in pictures] == alts(TWO)[-1:]
        assert page.locator("output").all_inner_texts() == ["4", "spatial"]
        assert not page.locator(".ticks").first.is_visible()


def test_without_scripts_the_first_frame_stands_there_with_its_values(
    chromium, tmp_path
):
    address = write_page(tmp_path, explore(bar, TWO))
    with opened(chromium, address, java_script_enabled=False) as (page, _):
        assert page.get_by_role("slider").count() == 0
        pictures = page.get_by_role("img").all()
        assert [svg.get_attribute("aria-label") for svg in pictures] == alts(TWO)[:1]
        assert page.locator("output").all_inner_texts() == ["1", "mixed"]


# Notebooks set an output's HTML first and then run its scripts, from another place.
AS_NOTEBOOKS_DO = """html => {
  const output = document.body.appendChild(document.createElement("div"));
  output.innerHTML = html;
  const script = document.createElement("script");
  script.text = output.querySelector("script").text;
  document.head.appendChild(script).remove();
}"""


def test_a_notebook_may_run_the_script_from_elsewhere(chromium, tmp_path):
    figure = explore(bar, ONE)
    with opened(chromium, write_page(tmp_path)) as (page, trouble):
        page.evaluate(AS_NOTEBOOKS_DO, figure.html)
        page.evaluate(AS_NOTEBOOKS_DO, figure.html)
        assert drive(page) == 2
        assert trouble.all() == []


# Where each text above and under a slider begins and ends, from left to right.
TEXTS = """figure => [".control > label, .control > output", ".ticks span"].map(
  (which) => [...figure.querySelectorAll(which)].map((holder) => {
    const range = document.createRange();
    range.selectNode(holder.firstChild);
    const { left, right } = range.getBoundingClientRect();
    return [left, right];
  }).filter(([left, right]) => right > left))"""


@pytest.mark.parametrize(
    "controls",
    [
        {"the mask's range": ("some moderate values", "other values than it")},
        {"count": range(40)},
        {"of attention in a module": ("naive", "residual", "none at all", "unknown")},
        {"share": (0.25, 0.5, 0.625, 0.75, 0.875, 1)},
    ],
)
def test_the_longest_names_and_the_most_values_fit_a_phone(
    chromium, tmp_path, controls
):
    address = write_page(tmp_path, explore(bar, controls))
    with opened(chromium, address, 390) as (page, _):
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        for row in page.locator("figure.explorable").evaluate(TEXTS):
            assert len(row) > 1
            ends = [end for text in row for end in text]
            assert ends == sorted(ends) and ends[0] >= 0 and ends[-1] <= 390


def calls(path: Path) -> int:
    """How many code cells of a chapter make a figure to explore."""
    return sum("explore(" in cell for cell in code_of(read_chapter(path)))


EXPLORING = [path for path in chapter_paths(ROOT) if calls(path)]


@pytest.mark.parametrize("path", EXPLORING, ids=lambda path: path.stem)
def test_every_figure_of_a_chapter_moves_by_keyboard_and_pointer(
    book: Path, chromium, path: Path
):
    address = (book / f"chapters/{path.stem}.html").as_uri()
    with opened(chromium, address) as (page, trouble):
        page.evaluate(UNFOLD)
        assert drive(page) >= calls(path)
        page.emulate_media(media="print")
        figures = page.locator("figure.explorable").all()
        assert [figure.get_by_role("img").count() for figure in figures] == [1] * len(
            figures
        )
        assert page.get_by_role("slider").count() == 0
        assert trouble.all() == []
