"""In a browser, the words of each kind of drawing stay inside it and apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from lettering import faults

from resattn_tutorial.models.attention_network import Stage
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem
from resattn_tutorial.plotting import diagrams, figures
from resattn_tutorial.plotting._svg.mask_frame import Panel, mask_frame
from resattn_tutorial.plotting._svg.svg import FONT, Drawing, words
from resattn_tutorial.plotting._svg.text import room, wrapped
from resattn_tutorial.plotting.network_diagram import attention_network

pytestmark = pytest.mark.slow

ALT = "A drawing whose labels are as awkward as labels get."
LONG = "a label of forty letters, not one fewer."
RANGES = [
    (0, 9), (0, 1), (-1, 1), (0.0, 0.05), (-1e-7, 2e-7), (1e6, 1e6 + 0.4), (3, 3),
    (0, 123_456_789), (-98_765, -98_764), (1e-12, 1e12), (0.097, 0.103),
    (1e9, 1e9 + 1),
]  # fmt: skip


def curves(**settings) -> Drawing:
    labels = {"alt": ALT, "x_label": "x" * 47, "y_label": "y" * 47}
    return figures.show_curves(**(labels | settings))


def some_curves() -> Iterator[Drawing]:
    for low, high in RANGES:
        between, other = np.linspace(low, high, 13), np.linspace(0.2, 0.8, 13)
        yield curves(curves={"one": (range(13), between)})
        if low < high:
            yield curves(curves={"one": (between, other)})
        if low > 0:
            yield curves(curves={"one": (range(13), between)}, log_y=True)
    labels = [LONG[1:] + letter for letter in "WXYZA"]
    yield curves(curves={label: ([1, 2], [[1, 2], [3, 4]]) for label in labels})
    yield curves(curves={letter: ([1, 2], [1, 2]) for letter in "abcde"})
    wide = ["M" * 30 + letter for letter in "WXYZA"]
    yield curves(curves={label: ([1, 2], [[1, 2], [3, 4]]) for label in wide})


def some_bars() -> Iterator[Drawing]:
    for upper in (1, 0.4, 1.5, 3, 7, 12, 0.00012, 123_456_789):
        for share in (0, 0.1, 0.26, 0.5, 0.77, 1):
            yield figures.show_bars(
                {LONG: share * upper, "short": [0, upper / 3]},
                alt=ALT,
                x_label="x" * 47,
                upper=upper,
                reference=("the reference", share * upper),
                digits=5,
                groups={LONG: LONG, "short": LONG[1:]},
            )
    wide = {"M" * 30 + letter: 0.5 for letter in "WXYZA"}
    yield figures.show_bars(
        wide, alt=ALT, x_label="share", groups={label: label for label in wide})
    yield figures.show_bars(dict.fromkeys("abcdefghijkl", 1), alt=ALT, x_label="share")


def some_sheets() -> Iterator[Drawing]:
    maps = np.random.default_rng(0).random((6, 8, 8))
    titles = [f"WWW {'M' * 9} {'a title of many words ' * n}" for n in range(6)]
    for columns in (1, 2, 3, 4, 6):
        for factor in (1, 9, 1e-7, -1e8):
            values = np.round(factor * maps) if factor == 9 else factor * maps
            yield figures.show_maps(values, alt=ALT, columns=columns, titles=titles)
            yield figures.show_maps(values[:, :2, :2], alt=ALT, columns=columns)
    images = np.zeros((6, 3, 16, 16), np.uint8)
    yield figures.show_images(images, alt=ALT, titles=titles)
    yield figures.show_masks(images, maps, alt=ALT, titles=titles, columns=4)


def some_diagrams() -> Iterator[Drawing]:
    yield from (diagrams.residual_unit(), diagrams.residual_unit(projection=True))
    yield diagrams.first_attention_stage()
    yield from (diagrams.soft_mask(n, size) for n in (1, 2, 3) for size in (8, 299))
    for poolings in range(4):
        yield diagrams.attention_module(poolings=poolings, size=8)
        yield diagrams.attention_module(4, 4, 4, poolings, size=299)
    small = [Stage(8, 2, 3, leave=1), Stage(16, 2, 0, leave=1), Stage(32, leave=2)]
    large = [Stage(1024, 12, 3), Stage(2048, 12, 2, leave=12)]
    yield attention_network(CifarStem(), small, 32)
    yield attention_network(ImageNetStem(), large, 1000)


def some_mask_frames() -> Iterator[Drawing]:
    pixels = np.zeros((9, 12, 3), np.uint8)
    for count in range(2, 8):
        for title, line in ((LONG, "stage 12, module 10"), ("W" * 200, "W" * 40)):
            panels = [Panel(pixels, ("the image",))]
            panels += [Panel(pixels, (line, "channel 2048", "-0.00012 to 12.345"))] * (
                count - 1)
            yield mask_frame(title, panels, f"{LONG} " * 4, ALT)


def written(folder, *drawings: Drawing) -> str:
    """The address of a page with these drawings, in a wide font."""
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Page</title>'
    head += '<style>body { font-family: "DejaVu Sans", sans-serif; }</style>'
    path = folder / "page.html"
    pictures = "".join(drawing.html for drawing in drawings)
    path.write_text(head + pictures, encoding="utf-8")
    return path.as_uri()


@pytest.fixture(params=[342, 399, 1280])
def found(request, chromium, tmp_path):
    """What is wrong with drawings: ``found(*drawings)``.

    Letters are fitted to the pixels of the screen, so their room depends on its width.
    """
    page = chromium.new_page(viewport={"width": request.param, "height": 900})

    def found(*drawings: Drawing) -> list[str]:
        page.goto(written(tmp_path, *drawings))
        return faults(page)

    yield found
    page.close()


@pytest.mark.parametrize("kind", [
    some_curves, some_bars, some_sheets, some_diagrams, some_mask_frames])
def test_words_stay_inside_each_kind_of_drawing_and_apart(found, kind):
    assert found(*kind()) == []


def text_of(*places: tuple[float, float, str], **attributes) -> Drawing:
    marks = tuple(words(*place, **attributes) for place in places)
    return Drawing(ALT, 100, 40, marks)


def test_words_that_leave_a_drawing_are_noticed(found):
    assert found(text_of((2, 20, "in"))) == []
    for x, y, anchor in ((6.4, 20, "end"), (96, 20, "start"), (50, 39, "middle")):
        (fault,) = found(text_of((x, y, "10"), text_anchor=anchor))
        assert fault.startswith("'10' leaves the drawing")


def test_words_that_meet_are_noticed(found):
    assert found(text_of((2, 20, "10"), (2 + room("10") + 2, 20, "20"))) == []
    (fault,) = found(text_of((2, 20, "10"), (2 + room("10") - 2, 20, "20")))
    assert fault.startswith("'10' and '20' meet")


def test_words_that_fill_their_box_are_noticed(found):
    def boxed(width: float) -> Drawing:
        rect = f'<rect x="{50 - width / 2}" y="5" width="{width}" height="30" rx="5"/>'
        return Drawing(ALT, 100, 40, (rect, words(50, 25, "box", text_anchor="middle")))

    assert found(boxed(room("box") + 10)) == []
    (fault,) = found(boxed(room("box") + 2))
    assert fault.startswith("'box' does not fit its box")


def test_the_room_left_for_words_is_that_of_a_wide_font(chromium, tmp_path):
    page = chromium.new_page()
    for text in ("0", "1,234.5e-07", LONG, "Weighted AVERAGE × Tensor 1 + M"):
        page.goto(written(tmp_path, text_of((0, 20, text))))
        wide = page.evaluate('document.querySelector("text").getBBox().width')
        assert wide <= room(text, FONT) + 0.5
        assert wide >= 0.8 * room(text, FONT)
    page.close()


@pytest.mark.parametrize("kind", [
    some_curves, some_bars, some_sheets, some_diagrams, some_mask_frames])
def test_in_a_phone_s_column_no_letter_is_smaller_than_12_pixels(
    chromium, tmp_path, kind
):
    page = chromium.new_page(viewport={"width": 342 + 16, "height": 900})
    page.goto(written(tmp_path, *kind()))            # the body has a margin of 8
    sizes = page.evaluate("""() => [...document.querySelectorAll("svg text")].map(
      (one) => parseFloat(getComputedStyle(one).fontSize)
        * one.getScreenCTM().a)""")
    assert min(sizes) > 11.9
    page.close()


def test_no_break_spaces_hold_words_together_and_others_do_not():
    assert wrapped("Pullover, 91\N{NO-BREAK SPACE}%", room("Pullover, 91")) == [
        "Pullover,", "91\N{NO-BREAK SPACE}%"]
    assert wrapped("Pullover, 91 %", room("Pullover, 91")) == ["Pullover, 91", "%"]
