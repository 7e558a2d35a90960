"""A page and an exercise by keyboard alone: each stop is seen, and Enter opens."""

from __future__ import annotations

from pathlib import Path

import pytest
from explored import opened
from playwright.sync_api import Page

STOP = """async () => {
  const stop = document.activeElement;
  if (stop === document.body) return null;
  await Promise.all(document.getAnimations().map((moving) => moving.finished));
  const { top, bottom, width, height } = stop.getBoundingClientRect();
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(stop);
  const framed = boxShadow !== "none"
    || (outlineStyle !== "none" && parseFloat(outlineWidth) > 0);
  const seen = width > 0 && height > 0 && bottom > 0 && top < innerHeight;
  return [stop.tagName, stop.className, framed && seen];
}"""
MOST = 600


def stops(page: Page) -> list[tuple[str, str, bool]]:
    """Where Tab leads, one after the other: its element, and whether it is seen."""
    found = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return found
        found.append(tuple(stop))
    raise AssertionError(f"after {MOST} times Tab the page has not ended")


def lead_to(page: Page, which: str) -> None:
    """Press Tab until the stop is one that the selector names."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate(f"() => document.activeElement.matches({which!r})"):
            return
    raise AssertionError(f"Tab leads to no {which}")


@pytest.mark.parametrize("name", [
    "index", "chapters/01_residual_units", "chapters/02_soft_mask_branch",
])
def test_every_stop_of_the_keyboard_is_in_sight_and_framed(
    book: Path, chromium, name: str
):
    with opened(chromium, (book / f"{name}.html").as_uri()) as (page, _):
        found = stops(page)
    assert len(found) > 20
    assert [stop for stop in found if not stop[2]] == []


def test_a_stop_without_a_frame_is_noticed(chromium):
    page = chromium.new_page()
    page.set_content("<button>One</button><button style='outline: none'>Two</button>")
    assert [seen for _, _, seen in stops(page)] == [True, False]
    page.close()


def test_hint_solution_and_answer_of_an_exercise_open_by_keyboard(
    book: Path, chromium
):
    address = (book / "chapters/01_residual_units.html").as_uri()
    with opened(chromium, address) as (page, _):
        hint = page.locator("details", has_text="Hint 1").first
        lead_to(page, ".exercise details > summary")
        page.keyboard.press("Enter")
        assert hint.evaluate("box => box.open")
        lead_to(page, ".solution .toggle-button")
        page.keyboard.press("Enter")
        assert page.locator(".solution").first.locator("pre").first.is_visible()
