"""The drawings: what they show is the data, and they show it anywhere."""

from __future__ import annotations

import base64
import io
import re
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from matplotlib import colormaps
from PIL import Image

from resattn_tutorial.plotting import diagrams, figures
from resattn_tutorial.plotting._svg import svg
from resattn_tutorial.plotting._svg.forms import PAGE
from resattn_tutorial.plotting._svg.sheets import trace
from resattn_tutorial.plotting._svg.text import room

ALT = "Four small images of noise, made for this test."
GROUNDS = ("#ffffff", "#121212")
SVG = "{http://www.w3.org/2000/svg}"


def some_images(count: int = 4) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 3, 8, 12), dtype=np.uint8)


def some_masks(count: int = 4) -> np.ndarray:
    return np.random.default_rng(2).random((count, 4, 6))


def some_outlines() -> np.ndarray:
    outlines = np.zeros((4, 8, 12), dtype=bool)
    outlines[:, 2:5, 3:9] = True
    return outlines


def every_drawing() -> list[figures.Drawing]:
    steps, runs = np.arange(9), np.random.default_rng(3).random((3, 9)) + 0.1
    return [
        figures.show_images(some_images(), alt=ALT, titles=list("abcd")),
        figures.show_masks(
            some_images(), some_masks(), alt=ALT, outlines=some_outlines()
        ),
        figures.show_maps(some_masks(), alt=ALT, columns=2),
        figures.show_curves(
            {"a < b & c": (steps, runs), "one": (steps, runs[0])},
            alt='A "curve" & a band, where a < b.',
            x_label="step",
            y_label="loss",
            log_y=True,
        ),
        figures.show_bars(
            {"a": [0.2, 0.4], "b": 0.9},
            alt=ALT,
            x_label="share",
            reference=("c", 0.5),
            groups={"a": "one", "b": "other"},
        ),
        diagrams.residual_unit(),
        diagrams.residual_unit(projection=True),
        *[diagrams.soft_mask(poolings, 33) for poolings in (1, 2, 3)],
        diagrams.first_attention_stage(),
    ]


def parsed(drawing: figures.Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.svg)


def embedded(drawing: figures.Drawing) -> list[np.ndarray]:
    """The pictures inside a drawing, decoded, in drawing order."""
    found = []
    for image in parsed(drawing).iter(SVG + "image"):
        data = base64.b64decode(
            image.get("href").removeprefix("data:image/webp;base64,")
        )
        found.append(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    return found


def said(drawing: figures.Drawing) -> list[str]:
    return [text.text for text in parsed(drawing).iter(SVG + "text")]


def points(path: ElementTree.Element) -> np.ndarray:
    return np.array(re.findall(r"([\d.-]+),([\d.-]+)", path.get("d")), dtype=float)


def strokes(drawing: figures.Drawing, colour: str) -> list[np.ndarray]:
    """The lines drawn in ``colour``: for a curve, its legend's sample and itself."""
    paths = parsed(drawing).iter(SVG + "path")
    return [points(path) for path in paths if path.get("stroke") == colour]


def marked(drawing: figures.Drawing) -> np.ndarray:
    """Where the markers of a drawing stand, the legend's sample first."""
    places = [path.get("transform") for path in parsed(drawing).iter(SVG + "path")]
    found = [re.findall(r"[\d.-]+", place) for place in places if place]
    return np.array(found, dtype=float)


# What every drawing is


def test_every_drawing_is_wellformed_and_says_what_it_shows():
    for drawing in every_drawing():
        root = parsed(drawing)
        assert root.get("role") == "img"
        assert root.get("aria-label") == drawing.alt == repr(drawing)
        assert len(drawing.alt) >= svg.SHORTEST_ALT


def test_a_notebook_gets_a_png_with_its_words_and_a_page_its_own_form():
    # The formatter of IPython itself decides what a page and a terminal receive.
    formatters = pytest.importorskip("IPython.core.formatters")
    drawing = figures.show_images(some_images(), alt=ALT)
    shown, about = formatters.DisplayFormatter().format(drawing)
    assert set(shown) == {"text/plain", "image/png", PAGE}
    assert shown["text/plain"] == about["image/png"]["alt"] == ALT
    assert ElementTree.fromstring(shown[PAGE]).get("class") == "drawing"
    size = [round(svg.GROWS * length) for length in (drawing.width, drawing.height)]
    assert [about["image/png"][name] for name in ("width", "height")] == size


def pixels_of(drawing: figures.Drawing) -> np.ndarray:
    """What a notebook shows: bytes of shape ``(H, W, 3)``."""
    (shown, _) = drawing._repr_mimebundle_()
    kept = Image.open(io.BytesIO(base64.b64decode(shown["image/png"])))
    return np.asarray(kept.convert("RGB"))


def test_the_png_shows_each_pixel_of_an_image_and_ink_on_white():
    images = some_images(1)
    drawing = figures.show_images(images, alt=ALT)
    shown = pixels_of(drawing)
    assert shown.shape[1] == round(2 * svg.GROWS * drawing.width)
    place = next(parsed(drawing).iter(SVG + "image"))
    scale = shown.shape[1] / drawing.width
    x, y, width, height = (
        scale * float(place.get(name)) for name in ("x", "y", "width", "height"))
    rows = (y + height * (np.arange(8) + 0.5) / 8).astype(int)
    columns = (x + width * (np.arange(12) + 0.5) / 12).astype(int)
    assert np.array_equal(shown[np.ix_(rows, columns)], images[0].transpose(1, 2, 0))
    chart = pixels_of(figures.show_bars({"a bar": 0.5}, alt=ALT, x_label="share"))
    assert (chart[0, 0] == 255).all() and (chart == 0).all(-1).any()


def test_a_line_break_in_a_title_stays_one():
    drawing = figures.show_images(some_images(2), alt=ALT, titles=["a\nb", "c d"])
    assert said(drawing) == ["a", "b", "c d"]


def test_the_words_of_a_png_are_as_wide_as_they_were_measured():
    said = "WWW and others"
    drawing = svg.Drawing(ALT, 300, 20, (svg.words(10, 15, said),))
    across = np.flatnonzero((pixels_of(drawing) < 128).all(-1).any(0))
    width = (across[-1] - across[0]) / 2 / svg.GROWS
    assert abs(width - room(said)) < 3


def test_drawings_share_no_id_and_carry_no_style_or_address():
    for drawing in every_drawing():
        names = {key for element in parsed(drawing).iter() for key in element.attrib}
        assert "id" not in names
        assert "<style" not in drawing.svg and "<script" not in drawing.svg
        assert "url(" not in drawing.svg and "<!" not in drawing.svg
        addresses = re.findall(r"https?://[^\"]*", drawing.svg)
        assert addresses == ["http://www.w3.org/2000/svg"]
        assert all(
            element.get("href").startswith("data:image/webp;base64,")
            for element in parsed(drawing).iter()
            if element.get("href")
        )


def test_two_makings_of_a_drawing_have_the_same_bytes():
    for first, second in zip(every_drawing(), every_drawing(), strict=True):
        assert first.svg == second.svg


def test_text_takes_the_ink_and_the_font_of_the_page():
    for drawing in every_drawing():
        assert parsed(drawing).get("fill") == "currentColor"
        assert "font-family" not in drawing.svg
        for text in parsed(drawing).iter(SVG + "text"):
            # Only numbers on a coloured cell have a colour of their own.
            assert text.get("fill") in (None, "#000", "#fff")


def test_text_is_at_least_eight_pixels_high_on_a_phone():
    for drawing in every_drawing():
        shrunk = min(1, 350 / drawing.width)
        sizes = [
            float(text.get("font-size", svg.FONT))
            for text in parsed(drawing).iter(SVG + "text")
        ]
        assert min(sizes, default=svg.FONT) * shrunk >= 8


@pytest.mark.parametrize("alt", ["", "   ", "figure 1", " " * 40])
def test_a_drawing_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="alt must say in at least 20 characters"):
        figures.show_images(some_images(), alt=alt)


def test_alt_must_be_given_and_be_a_string():
    with pytest.raises(TypeError, match="alt"):
        figures.show_images(some_images())
    with pytest.raises(TypeError, match="alt must be a string, got int"):
        figures.show_images(some_images(), alt=3)


# Colours


def linear(colour: str) -> np.ndarray:
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(weights @ linear(colour) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_gives_the_known_ratios():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", svg.PALETTE)
def test_the_palette_stands_out_from_light_and_dark(colour, ground):
    assert contrast(colour, ground) >= 3


# Machado, Oliveira and Fernandes (2009), severity 1.0, in linear RGB.
SIGHTS = {
    "full colour": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def cielab(colour: np.ndarray) -> np.ndarray:
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    x, y, z = np.cbrt(to_xyz @ np.clip(colour, 0.01, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_palette_can_be_told_apart_without_full_colour_sight(sight):
    seen = [cielab(SIGHTS[sight] @ linear(colour)) for colour in svg.PALETTE]
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(one - other) > 15


# Images, masks and maps


def test_embedded_pixels_are_the_pixels_given():
    images = some_images()
    for form in (images, torch.from_numpy(images), torch.from_numpy(images) / 255):
        shown = embedded(figures.show_images(form, alt=ALT))
        np.testing.assert_array_equal(shown, images.transpose(0, 2, 3, 1))


def test_images_keep_their_proportions_and_are_drawn_crisp():
    drawing = figures.show_images(some_images(), alt=ALT, columns=2)
    for image in parsed(drawing).iter(SVG + "image"):
        shape = float(image.get("width")) / float(image.get("height"))
        assert shape == pytest.approx(12 / 8, rel=1e-3)
        assert "pixelated" in image.get("style")


def test_rows_have_as_many_images_as_columns_say():
    drawing = figures.show_images(some_images(), alt=ALT, columns=3)
    rows = [image.get("y") for image in parsed(drawing).iter(SVG + "image")]
    assert [rows.count(row) for row in dict.fromkeys(rows)] == [3, 1]


def test_a_mask_is_drawn_cell_by_cell_below_its_image():
    images, masks = some_images(), some_masks()
    drawing = figures.show_masks(images, torch.from_numpy(masks), alt=ALT)
    *shown, _scale = embedded(drawing)
    for order in range(4):
        image, mask = shown[2 * order : 2 * order + 2]
        np.testing.assert_array_equal(image, images[order].transpose(1, 2, 0))
        expected = colormaps["viridis"](masks[order], bytes=True)[..., :3]
        np.testing.assert_array_equal(mask, expected)
    above, below = list(parsed(drawing).iter(SVG + "image"))[:2]
    assert above.get("x") == below.get("x")
    assert float(above.get("y")) < float(below.get("y"))


def test_the_colour_scale_names_its_ends():
    masks = some_masks() * 0.25 + 0.5
    fixed = figures.show_masks(some_images(), masks, alt=ALT)
    own = figures.show_masks(some_images(), masks, alt=ALT, limits=None)
    assert said(fixed) == ["0", "1"]
    assert said(own) == [f"{masks.min():.3g}", f"{masks.max():.3g}"]


def test_a_mask_that_ignores_its_image_is_still_drawn():
    flat = np.full((4, 2, 2), 0.5)
    *shown, _scale = embedded(
        figures.show_masks(some_images(), flat, alt=ALT, limits=None)
    )
    assert np.unique(shown[1].reshape(-1, 3), axis=0).shape == (1, 3)


def test_an_outline_runs_along_the_edges_of_its_pixels():
    shape = np.array([[0, 1, 1], [0, 1, 0]], dtype=bool)
    path = ElementTree.fromstring(f"<g>{trace(shape, 0, 0, 3, 2)}</g>")[0].get("d")
    pieces = set(re.findall(r"M\d+ \d+[hv]\d+", path))
    assert pieces == {"M1 0h2", "M2 1h1", "M1 2h1", "M1 0v2", "M2 1v1", "M3 0v1"}
    assert trace(np.zeros((2, 2), dtype=bool), 0, 0, 1, 1) == ""


def test_small_maps_print_their_values_and_large_ones_do_not():
    maps = np.arange(32.0).reshape(2, 4, 4)
    drawing = figures.show_maps(maps, alt=ALT)
    assert said(drawing) == [f"{value:.0f}" for value in range(32)] + ["0", "31"]
    assert said(figures.show_maps(np.ones((1, 9, 9)), alt=ALT)) == ["1", "1"]


def test_small_values_are_printed_with_the_digits_they_need():
    drawing = figures.show_maps(np.array([[[0.0012, 0.0034]]]), alt=ALT, columns=1)
    assert said(drawing)[:2] == ["0.0012", "0.0034"]


def test_numbers_on_a_map_stand_out_from_their_cells():
    for cell in colormaps["viridis"](np.linspace(0, 1, 50), bytes=True)[:, :3]:
        ink = {"#000": "#000000", "#fff": "#ffffff"}[svg.ink_on(cell)]
        assert contrast(ink, "#" + bytes(cell).hex()) >= 4.5


def test_maps_share_one_scale():
    maps = np.stack([np.zeros((9, 9)), np.full((9, 9), 0.5), np.ones((9, 9))])
    *shown, _scale = embedded(figures.show_maps(maps, alt=ALT))
    expected = colormaps["viridis"]([0.0, 0.5, 1.0], bytes=True)[:, :3]
    np.testing.assert_array_equal([one[0, 0] for one in shown], expected)


# Curves and bars


def curve(y, **settings) -> figures.Drawing:
    x = settings.pop("x", np.arange(np.shape(y)[-1]))
    labels = {"alt": ALT, "x_label": "step", "y_label": "loss"}
    return figures.show_curves({"one": (x, y)}, **labels, **settings)


def test_a_curve_passes_through_its_points():
    x, y = np.array([0.0, 1, 5, 10]), np.array([3.0, 1, 2, 0])
    _sample, drawn = strokes(curve(y, x=x), svg.PALETTE[0])
    assert np.corrcoef(x, drawn[:, 0])[0, 1] == pytest.approx(1)
    assert np.corrcoef(y, drawn[:, 1])[0, 1] == pytest.approx(-1)


def test_a_logarithmic_axis_makes_equal_factors_equal_steps():
    _sample, drawn = strokes(curve(10.0 ** -np.arange(5), log_y=True), svg.PALETTE[0])
    np.testing.assert_allclose(np.diff(drawn[:, 1]), np.diff(drawn[:, 1])[0], atol=0.02)


def test_tick_labels_stand_where_the_curve_has_their_value():
    drawing = curve([0.0, 0.2, 0.4])
    _sample, drawn = strokes(drawing, svg.PALETTE[0])
    labels = {text.text: text for text in parsed(drawing).iter(SVG + "text")}
    for step, value, (x, y) in zip("12", ("0.2", "0.4"), drawn[1:], strict=True):
        assert float(labels[step].get("x")) == pytest.approx(x, abs=0.02)
        # A label's baseline stands 5 pixels below the middle of its digits.
        assert float(labels[value].get("y")) - 5 == pytest.approx(y, abs=0.02)


def test_several_runs_become_their_mean_and_their_range():
    runs = np.array([[1.0, 2, 4], [3, 4, 5], [2, 6, 9]])
    drawing = curve(runs)
    _sample, mean = strokes(drawing, svg.PALETTE[0])
    paths = parsed(drawing).iter(SVG + "path")
    (band,) = [points(path) for path in paths if path.get("fill-opacity") == "0.2"]
    scale, offset = np.polyfit(runs.mean(0), mean[:, 1], 1)
    np.testing.assert_allclose(band[:3, 1], scale * runs.min(0) + offset, atol=0.05)
    np.testing.assert_allclose(band[:2:-1, 1], scale * runs.max(0) + offset, atol=0.05)
    assert "one, 3 runs" in said(drawing)


@pytest.mark.parametrize("log_y", [False, True])
def test_frames_that_reach_the_same_values_share_an_axis(log_y):
    def ticks(y):
        drawn = curve(np.array(y), x=[0, 1, 2], log_y=log_y, reach=[0.001, 70])
        return [word for word in said(drawn) if re.fullmatch(r"[\d.,]+", word)]

    assert ticks([0.5, 2.0, 3.0]) == ticks([0.01, 50.0, 1.0])
    assert ticks([0.5, 2.0, 3.0]) != ticks([0.5, 2.0, 700.0])


@pytest.mark.parametrize("reach", [[0.0, 1.0], [np.nan], [], ["a"]])
def test_a_reach_that_cannot_be_drawn_is_refused(reach):
    with pytest.raises((TypeError, ValueError), match="reach must"):
        curve(np.array([1.0, 2.0, 3.0]), x=[0, 1, 2], log_y=True, reach=reach)


@pytest.mark.parametrize("points", [1, 2, 3, 13, 20])
def test_a_short_curve_has_a_marker_on_each_of_its_points(points):
    drawing = curve(np.linspace(1, 2, points))
    _sample, drawn = strokes(drawing, svg.PALETTE[0])
    _sample, *markers = marked(drawing)
    np.testing.assert_allclose(markers, drawn, atol=0.02)


def test_a_long_curve_has_five_markers():
    assert len(marked(curve(np.arange(21.0)))) == 1 + 5


def test_a_curve_with_steps_jumps_where_it_says():
    x, y = [0.0, 2, 4, 6, 8], [1.0, 1, 3, 3, 2]
    for step, jumps in (("pre", (2, 6)), ("mid", (3, 7)), ("post", (4, 8))):
        drawing = curve(np.array(y), x=x, steps={"one": step})
        _sample, drawn = strokes(drawing, svg.PALETTE[0])
        (left, high), (right, low) = drawn[0], drawn[-1]
        across = (drawn[:, 0] - left) / (right - left) * 8
        up = 1 + (drawn[:, 1] - high) / (low - high)
        first, second = jumps
        np.testing.assert_allclose(
            across, [0, first, first, second, second, 8], atol=0.01
        )
        np.testing.assert_allclose(up, [1, 1, 3, 3, 2, 2], atol=0.01)


def test_the_band_of_a_curve_with_steps_has_steps_too():
    runs = np.array([[1.0, 3, 2], [2.0, 5, 4]])
    paths = parsed(curve(runs, steps={"one": "post"})).iter(SVG + "path")
    (band,) = [points(path) for path in paths if path.get("fill-opacity") == "0.2"]
    level, upright = np.isclose(np.diff(band, axis=0), 0, atol=0.01).T
    assert len(band) == 12 and np.all(level | upright)


@pytest.mark.parametrize(
    ("steps", "error"),
    [({"two": "post"}, ValueError), ({"one": "up"}, ValueError), ("post", TypeError)],
)
def test_steps_that_cannot_be_drawn_are_refused(steps, error):
    with pytest.raises(error, match="steps must map labels"):
        curve(np.arange(3.0), steps=steps)


@pytest.mark.parametrize("name", ["x_label", "y_label"])
@pytest.mark.parametrize("text", ["", " ", "W" * 60])
def test_an_axis_without_a_name_that_fits_is_refused(name, text):
    labels = {"alt": ALT, "x_label": "step", "y_label": "loss"} | {name: text}
    with pytest.raises(ValueError, match=f"{name} must have text that fits a line"):
        figures.show_curves({"one": ([0, 1], [0, 1])}, **labels)


@pytest.mark.parametrize("y", [[0.0, 1.0], [0.0, 0.3, 1.0], [0.02, 0.98]])
def test_an_axis_of_shares_has_more_than_two_numbers(y):
    assert {"0", "0.2", "0.4", "0.6", "0.8", "1"} <= set(
        said(curve(np.array(y), x=10.0 + np.arange(len(y))))
    )


def test_an_axis_of_counts_has_no_halves():
    assert {"0", "1"} == set(said(curve(np.array([7.1, 7.9])))) & {"0", "0.5", "1"}


def test_numbers_that_lie_close_together_read_differently():
    texts = said(curve(1e6 + np.array([0.1, 0.2, 0.3])))
    close = [text for text in texts if "." in text]
    assert len(close) == len(set(close)) >= 3


def test_curves_differ_in_more_than_colour():
    y = np.arange(5.0)
    drawing = figures.show_curves(
        {name: (np.arange(5), y + order) for order, name in enumerate("abcde")},
        alt=ALT,
        x_label="step",
        y_label="loss",
    )
    paths = list(parsed(drawing).iter(SVG + "path"))
    assert len({path.get("stroke-dasharray") for path in paths} - {None}) == 5
    markers = {path.get("d") for path in paths if path.get("transform")}
    assert len(markers) == 5


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize(
    "y", [[0.4], [0.4, 0.4], [1e-9, 1e9], [0.1, 0.30000000000000004], [1e-3, 1e-3]]
)
def test_any_range_of_values_stays_inside_the_picture(y, log_y):
    drawing = curve(np.array(y), log_y=log_y)
    _sample, drawn = strokes(drawing, svg.PALETTE[0])
    assert np.isfinite(drawn).all() and drawn.min() >= 0
    assert drawn[:, 0].max() <= drawing.width and drawn[:, 1].max() <= drawing.height


def bars(values, **settings) -> figures.Drawing:
    return figures.show_bars(values, alt=ALT, x_label="share of all", **settings)


def bar_ends(drawing: figures.Drawing) -> list[float]:
    return [float(bar.get("width")) for bar in parsed(drawing).iter(SVG + "rect")]


def test_a_bar_is_as_long_as_its_mean_and_every_run_is_a_dot():
    drawing = bars({"a": [0.2, 0.4], "b": 0.6, "c": 1.0})
    short, middle, full = bar_ends(drawing)
    assert short / full == pytest.approx(0.3, abs=1e-3)
    assert middle / full == pytest.approx(0.6, abs=1e-3)
    dots = [float(dot.get("cx")) for dot in parsed(drawing).iter(SVG + "circle")]
    assert np.diff(dots)[0] / full == pytest.approx(0.2, abs=1e-3)
    assert "0.30 (0.20 to 0.40)" in said(drawing) and "0.60" in said(drawing)


def test_chance_stands_where_a_bar_of_its_value_ends():
    drawing = bars({"a": 0.25}, reference=("chance", 0.25))
    (bar,) = parsed(drawing).iter(SVG + "rect")
    dashed = [
        points(path)
        for path in parsed(drawing).iter(SVG + "path")
        if path.get("stroke-dasharray")
    ]
    end = float(bar.get("x")) + float(bar.get("width"))
    assert dashed[0][0, 0] == pytest.approx(end, abs=0.02)
    assert "chance 0.25" in said(drawing)


def test_bars_say_what_they_measure_and_have_numbers_along_their_axis():
    drawing = figures.show_bars(
        {"a": 7.0}, alt=ALT, x_label="multiply-adds, millions", upper=12
    )
    assert said(drawing)[2:] == [
        *("0", "2", "4", "6", "8", "10", "12"),
        "multiply-adds, millions",
    ]
    with pytest.raises(TypeError, match="x_label"):
        figures.show_bars({"a": 0.5}, alt=ALT)
    with pytest.raises(ValueError, match="x_label must have text"):
        figures.show_bars({"a": 0.5}, alt=ALT, x_label=" ")


def test_bars_of_a_group_share_a_colour_that_the_legend_explains():
    groups = {"a": "new", "b": "trained", "c": "new"}
    drawing = bars({"a": 0.2, "b": 0.4, "c": 0.6}, groups=groups)
    fills = [bar.get("fill") for bar in parsed(drawing).iter(SVG + "rect")]
    new, trained = svg.PALETTE[:2]
    assert fills == [new, trained, new, trained, new]
    assert said(drawing)[:2] == ["new", "trained"]


def test_a_value_without_room_beside_its_label_stands_below_it():
    label, runs = "m" * 28, [0.123456, 0.654321]
    drawing = bars({label: runs}, digits=6)
    name, value = list(parsed(drawing).iter(SVG + "text"))[:2]
    assert name.text == label and value.text.endswith("to 0.654321)")
    assert float(value.get("y")) - float(name.get("y")) >= svg.FONT


# Diagrams


@pytest.mark.parametrize(
    ("poolings", "units", "skips"), [(1, 2, 0), (2, 4, 1), (3, 6, 2)]
)
def test_a_mask_diagram_has_the_units_and_skips_of_the_layer_tables(
    poolings, units, skips
):
    texts = said(diagrams.soft_mask(poolings, 56))
    assert texts.count("max-pool 3×3") == texts.count("interpolation") == poolings
    assert texts.count("residual unit") == units
    assert texts.count("unit") == skips
    assert texts.count("BN, ReLU, convolution 1×1") == 2
    assert texts[-1] == "M" and texts.count("sigmoid") == 1


@pytest.mark.parametrize("size", [8, 17, 31, 33, 56, 299])
def test_a_mask_diagram_names_the_sizes_that_pytorch_makes(size):
    x, sizes = torch.zeros(1, 1, size, size), [size]
    for _ in range(3):
        x = torch.nn.functional.max_pool2d(x, 3, stride=2, ceil_mode=True)
        sizes.append(x.shape[-1])
    named = [
        text for text in said(diagrams.soft_mask(3, size)) if re.match(r"\d", text)
    ]
    assert named == [f"{one}×{one}" for one in sizes + sizes[2::-1]]


def test_the_shortcut_leaves_before_or_after_the_first_norm():
    for projection in (False, True):
        root = parsed(diagrams.residual_unit(projection))
        leaves = min(float(one.get("cy")) for one in root.iter(SVG + "circle"))
        first_norm = float(next(root.iter(SVG + "rect")).get("y"))
        assert (leaves > first_norm) is projection


# What is refused


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"images": np.zeros((3, 8, 8))}, ValueError, r"images must have shape \(N, 3"),
        ({"images": np.zeros((0, 3, 8, 8))}, ValueError, "images must have shape"),
        ({"images": np.zeros((2, 1, 8, 8))}, ValueError, "images must have shape"),
        ({"images": np.full((2, 3, 8, 8), 1.5)}, ValueError, "images must lie from 0"),
        (
            {"images": np.full((2, 3, 8, 8), np.nan)},
            ValueError,
            "images must be finite",
        ),
        ({"images": np.zeros((2, 3, 8, 8), int)}, TypeError, "images must be uint8"),
        ({"images": np.full((1, 3, 2, 2), "a")}, TypeError, "images must hold numbers"),
        ({"masks": np.zeros((3, 4, 4))}, ValueError, "one for each of 4 images, got 3"),
        ({"masks": np.full((4, 2, 2), 2.0)}, ValueError, "masks must lie from 0 to 1"),
        ({"limits": (1, 0)}, ValueError, "limits must be"),
        ({"outlines": np.zeros((4, 8, 12))}, TypeError, "outlines must be bool"),
        (
            {"outlines": np.ones((4, 4, 4), bool)},
            ValueError,
            "outlines must have shape",
        ),
        ({"titles": ["a"]}, ValueError, "titles must be one for each of 4, got 1"),
        ({"titles": "abcd"}, TypeError, "titles must be a sequence of strings"),
        ({"columns": 0}, ValueError, "columns must be at least 1"),
        ({"columns": 2.0}, TypeError, "columns must be a whole number"),
    ],
)
def test_masks_that_cannot_be_drawn_are_refused(arguments, error, message):
    good = {"images": some_images(), "masks": some_masks(), "alt": ALT}
    with pytest.raises(error, match=message):
        figures.show_masks(**(good | arguments))


@pytest.mark.parametrize("kind", ["int8", "uint8", "float16", "float64"])
def test_numbers_of_any_kind_give_the_same_drawing(kind):
    """Narrow ones wrap round or overflow: -128 has no positive, 255 - 0 no int8."""
    least = np.iinfo(kind).min if kind.endswith("int8") else -60000
    most = np.iinfo(kind).max if kind.endswith("int8") else 60000
    values = np.array([least, least / 2 + most / 2, most]).astype(kind)
    maps, plain = values[None, None], values.astype(float)
    for one, other in [
        (curve(values[::-1], x=values), curve(plain[::-1], x=plain)),
        (
            figures.show_maps(maps, alt=ALT),
            figures.show_maps(plain[None, None], alt=ALT),
        ),
    ]:
        assert one.svg == other.svg


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([0, 1], [1.0, 2, 3], "2 points in x, but 3 in y"),
        ([0, 0, 1], [1.0, 2, 3], "x must rise"),
        ([0, 1, 2], [1.0, np.inf, 3], "must be finite, got 1 of 3"),
        ([0, 1, 2], [1.0, 0.0, 3], "must be above zero for log_y"),
        ([0, 1, 2], np.zeros((2, 2, 3)), "must have shape"),
        ([], [], "must have shape"),
        ([0, 1, 2], [1.0, 2, 2e300], r"must lie from -1e\+300 to 1e\+300, got 2e"),
        # In their own type the differences of these wrap round, and seem to rise.
        (np.array([5, 3, 1], np.uint8), [1.0, 2, 3], "x must rise"),
        (np.array([2**63, 9, 1], np.uint64), [1.0, 2, 3], "x must rise"),
        (np.array([100, -100, -120], np.int8), [1.0, 2, 3], "x must rise"),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        curve(np.array(y), x=x, log_y=True)


@pytest.mark.parametrize(
    ("values", "settings", "error", "message"),
    [
        ({}, {}, ValueError, "bars must hold 1 to 12 labels, got 0"),
        ([0.5], {}, TypeError, "bars must map labels to values"),
        ({"a": 1.2}, {}, ValueError, "must lie from 0 to upper = 1"),
        ({"a": [-0.1, 0.3]}, {}, ValueError, "must lie from 0 to upper = 1"),
        ({"a": []}, {}, ValueError, "must have shape"),
        ({"": 0.5}, {}, ValueError, "a label must be a string of 1 to 40"),
        ({"a" * 41: 0.5}, {}, ValueError, "a label must be a string of 1 to 40"),
        ({"W" * 40: 0.5}, {}, ValueError, "a label must be at most 388 pixels wide"),
        ({"a": 0.5}, {"reference": ("c", 2)}, ValueError, "reference must lie"),
        ({"a": 0.5}, {"reference": ("W" * 40, 1)}, ValueError, "reference must have"),
        ({"a": 0.5}, {"groups": {}}, ValueError, "groups must name a group for each"),
        ({"a": 0.5}, {"groups": {"a": "x", "b": "x"}}, ValueError, "for nothing else"),
        ({"a": 0.5}, {"groups": ["x"]}, ValueError, "groups must name a group"),
        ({"a": 0.5}, {"groups": {"a": ""}}, ValueError, "groups: a label must be"),
        (
            dict.fromkeys("abcdef", 0.5),
            {"groups": {label: label for label in "abcdef"}},
            ValueError,
            "groups must hold 1 to 5",
        ),
    ],
)
def test_bars_that_cannot_be_drawn_are_refused(values, settings, error, message):
    with pytest.raises(error, match=message):
        bars(values, **settings)


@pytest.mark.parametrize("arguments", [(0, 8), (4, 64), (3, 7)])
def test_masks_that_do_not_exist_have_no_diagram(arguments):
    with pytest.raises(ValueError, match="must be at"):
        diagrams.soft_mask(*arguments)
