"""Figures to explore, and one who moves their sliders in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from resattn_tutorial.plotting._svg.svg import Drawing, mark
from resattn_tutorial.plotting.interactive import Explorable
from tools.browser import Trouble, settled

ONE = {"poolings": (0, 1, 2, 3)}
TWO = {"stacked modules": range(1, 5), "the mask": ("mixed", "channel", "spatial")}


def bar(*values: object) -> Drawing:
    """A frame that differs from all others in its words and in its height."""
    height = 20 + len(repr(values)) + sum(v for v in values if isinstance(v, int))
    rect = mark("rect", x=0, y=0, width=300, height=height)
    words = " and ".join(map(str, values))
    return Drawing(f"A bar that stands for {words}.", 300, height, (rect,))


def alts(controls: dict) -> list[str]:
    return [bar(*values).alt for values in product(*controls.values())]


@contextmanager
def opened(
    chromium: Browser, address: str, width: int = 1280, **settings
) -> Iterator[tuple[Page, Trouble]]:
    """The page at an address, and its troubles."""
    page = chromium.new_page(viewport={"width": width, "height": 900}, **settings)
    trouble = Trouble()
    trouble.watch(page)
    page.goto(address)
    if settings.get("java_script_enabled", True):
        settled(page)
    yield page, trouble
    page.close()


def write_page(folder: Path, *figures: Explorable) -> str:
    """A page that holds the figures and nothing else; its address on disk."""
    path = folder / "page.html"
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>'
    head += '<meta name="viewport" content="width=device-width">'
    head += "<style>body { font-family: sans-serif; }</style>"
    path.write_text(head + "".join(one.html for one in figures), encoding="utf-8")
    return path.as_uri()


class Driver:
    """Moves the sliders of one figure on a page, looking at it after each move."""

    def __init__(self, figure: Locator) -> None:
        self.figure = figure
        self.controls = figure.locator(".control").all()
        self.names = [one.locator("label").inner_text() for one in self.controls]
        self.texts = [
            one.locator(".ticks span").all_text_contents() for one in self.controls
        ]
        figure.dispatch_event("pointerenter")
        self.alts = [
            svg.get_attribute("aria-label") for svg in figure.locator("svg").all()
        ]
        self.chosen = [0] * len(self.controls)

    def slider(self, order: int) -> Locator:
        """The control as a reader's tools name it."""
        name = self.names[order]
        return self.controls[order].get_by_role("slider", name=name, exact=True)

    def look(self) -> None:
        """Assert that frame, value, its text and the picture's name are the chosen."""
        frame = 0
        for order, place in enumerate(self.chosen):
            text = self.texts[order][place]
            assert self.controls[order].locator("output").inner_text() == text
            said = self.slider(order).get_attribute("aria-valuetext")
            assert said == f"{self.names[order]}: {text}"
            frame = frame * len(self.texts[order]) + place
        pictures = self.figure.get_by_role("img").all()
        assert [svg.get_attribute("aria-label") for svg in pictures] == [
            self.alts[frame]
        ]
        assert pictures[0].is_visible()

    def moved(self, order: int, place: int) -> None:
        """Note where a slider must stand now, and look."""
        self.chosen[order] = place
        self.look()

    def by_keyboard(self) -> None:
        """Every value of every control by arrow, then the two ends."""
        for order, texts in enumerate(self.texts):
            self.slider(order).press("Home")
            self.moved(order, 0)
            for place in range(1, len(texts)):
                self.slider(order).press("ArrowRight")
                self.moved(order, place)
            self.slider(order).press("ArrowLeft")
            self.moved(order, len(texts) - 2)
            self.slider(order).press("End")
            self.moved(order, len(texts) - 1)

    def by_pointer(self) -> None:
        """Click on the first tick of each control and on the last, then drag back."""
        for order, texts in enumerate(self.texts):
            slider, last = self.slider(order), len(texts) - 1
            slider.scroll_into_view_if_needed()
            width = slider.bounding_box()["width"]
            left, right = {"x": 9, "y": 12}, {"x": width - 9, "y": 12}
            slider.click(position=left)
            self.moved(order, 0)
            slider.click(position=right)
            self.moved(order, last)
            slider.drag_to(slider, source_position=right, target_position=left)
            self.moved(order, 0)
            middle = 9 + (last // 2) / last * (width - 18)
            slider.click(position={"x": middle, "y": 12})
            self.moved(order, last // 2)


def drive(page: Page) -> int:
    """Drive every figure of a page; how many there are."""
    figures = page.locator("figure.explorable").all()
    for figure in figures:
        driver = Driver(figure)
        driver.look()
        driver.by_keyboard()
        driver.by_pointer()
    return len(figures)
