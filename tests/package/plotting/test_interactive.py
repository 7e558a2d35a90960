"""Figures with sliders: one description, for a page and for a kernel."""

from __future__ import annotations

import ast
import re
import textwrap
from html.parser import HTMLParser
from itertools import product, takewhile

import ipywidgets
import numpy as np
import pytest
from explored import ONE, TWO, alts, bar
from IPython.core.formatters import DisplayFormatter
from nbformat import v4

from resattn_tutorial.plotting import interactive
from resattn_tutorial.plotting._svg.curves import show_curves
from resattn_tutorial.plotting._svg.forms import PAGE
from resattn_tutorial.plotting._svg.svg import Drawing
from resattn_tutorial.plotting.interactive import LIVE, explore
from tools.kernel import run_cells
from tools.settings import ROOT


class Elements(HTMLParser):
    """Every element of a text: its name, its attributes and the names around it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.around: list[str] = []
        self.feed(text)
        assert not self.around, f"not closed: {self.around}"

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.found.append((tag, dict(attributes), list(self.around)))
        if tag != "input":
            self.around.append(tag)

    def handle_startendtag(self, tag: str, attributes: list) -> None:
        self.found.append((tag, dict(attributes), list(self.around)))

    def handle_endtag(self, tag: str) -> None:
        assert self.around.pop() == tag

    def attributes(self, tag: str, kind: str | None = None) -> list[dict]:
        """The attributes of each element so named, of this class."""
        named = (its for name, its, _ in self.found if name == tag)
        return [its for its in named if kind in (None, its.get("class"))]


# What the description becomes


def test_every_combination_is_drawn_once_and_the_last_control_changes_first():
    calls = []

    def draw(*values):
        calls.append(values)
        return bar(*values)

    figure = explore(draw, TWO)
    figure.html, figure.live()
    assert calls == list(product(*TWO.values()))
    assert [frame.alt for frame in figure.frames] == alts(TWO)
    assert figure.controls["stacked modules"] == ("1", "2", "3", "4")


@pytest.mark.parametrize("controls", [ONE, TWO])
def test_one_frame_is_shown_and_all_say_what_they_show(controls):
    page = Elements(explore(bar, controls).html)
    hidden = ["hidden" in frame for frame in page.attributes("div", "frame")]
    assert hidden == [False] + [True] * (len(alts(controls)) - 1)
    pictures = page.attributes("svg")
    assert [picture["aria-label"] for picture in pictures] == alts(controls)
    assert {picture["role"] for picture in pictures} == {"img"}


@pytest.mark.parametrize("controls", [ONE, TWO])
def test_each_control_is_a_range_input_within_its_label(controls):
    page = Elements(explore(bar, controls).html)
    inputs = page.attributes("input")
    assert [around[-1] for tag, _, around in page.found if tag == "input"] == [
        "label" for _ in controls
    ]
    for slider, (name, values) in zip(inputs, controls.items(), strict=True):
        assert (slider["type"], slider["min"], slider["value"]) == ("range", "0", "0")
        assert slider["max"] == str(len(values) - 1)
        assert slider["aria-valuetext"] == f"{name}: {values[0]}"


def test_the_html_has_no_id_and_asks_nobody_for_anything():
    text = explore(bar, TWO).html
    assert not any("id" in its for _, its, _ in Elements(text).found)
    assert "for=" not in text and "url(" not in text and "src=" not in text
    assert set(re.findall(r"https?://[^\"]*", text)) == {"http://www.w3.org/2000/svg"}


def test_names_and_values_are_text_and_no_markup():
    figure = explore(bar, {'<b> & "c"': ("x < y", "<script>")})
    page = Elements(figure.html)
    assert page.attributes("input")[0]["data-name"] == '<b> & "c"'
    assert not page.attributes("b") and len(page.attributes("script")) == 1


def test_the_example_in_the_module_s_own_words_runs():
    _, example = interactive.__doc__.split("::\n\n")
    lines = takewhile(lambda line: line[:4].strip() == "", example.split("\n"))
    *before, last = ast.parse(textwrap.dedent("\n".join(lines))).body
    names: dict[str, object] = {}
    exec(compile(ast.Module(before, []), "example", "exec"), names)
    figure = eval(compile(ast.Expression(last.value), "example", "eval"), names)
    assert figure.frames[1].alt == "After 1 poolings 25.0% of the positions are left."


def test_the_same_frames_make_the_same_html():
    assert explore(bar, TWO).html == explore(bar, TWO).html


def test_six_frames_of_curves_stay_small():
    x = np.linspace(-6, 6, 61)

    def draw(slope: float) -> Drawing:
        grown = {"sigmoid": 1 / (1 + np.exp(-slope * x)), "tanh": np.tanh(slope * x)}
        curves = {name: (x, y) for name, y in grown.items()} | {"x": (x, slope * x)}
        alt = f"Three curves at slope {slope}."
        return show_curves(curves, alt=alt, x_label="x", y_label="y")

    figure = explore(draw, {"slope": (0.5, 1, 1.5, 2, 3, 4)})
    assert len(figure.html) < 60_000
    dress = len(figure.html) - sum(len(frame.svg) for frame in figure.frames)
    assert dress < 5_000


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (np.int64(3), "3"), (0.1 + 0.2, "0.3"), (np.float32(0.1), "0.1"),
     (1 / 3, "0.333333"), ("a", "a")],
)  # fmt: skip
def test_a_value_is_shown_as_one_would_write_it(value, text):
    assert explore(bar, {"x": ("other", value)}).controls["x"] == ("other", text)


def test_without_a_kernel_a_page_a_notebook_and_a_terminal_get_a_form_each():
    figure = explore(bar, ONE)
    shown, about = DisplayFormatter().format(figure)
    assert set(shown) == {PAGE, "image/png", "text/plain"}
    assert shown[PAGE] == figure.html
    assert shown["text/plain"] == (
        "4 frames (poolings: 0, 1, 2, 3). First: A bar that stands for 0."
    )
    first, of_first = DisplayFormatter().format(figure.frames[0])
    assert shown["image/png"] == first["image/png"] and about == of_first


# What is refused


@pytest.mark.parametrize(
    ("draw", "controls", "error", "message"),
    [
        (None, ONE, TypeError, "draw must be a function, got NoneType"),
        (bar, [1, 2], TypeError, "controls must map labels to values, got list"),
        (bar, {}, ValueError, "controls must hold 1 to 2 labels, got 0"),
        (bar, dict.fromkeys("abc", (1, 2)), ValueError, "1 to 2 labels, got 3"),
        (bar, {"": (1, 2)}, ValueError, "a label must be a string of 1 to 40"),
        (bar, {"a": "word"}, TypeError, r"controls\['a'\] must be a sequence .* str"),
        (bar, {"a": {1, 2}}, TypeError, r"controls\['a'\] must be a sequence .* set"),
        (bar, {"a": 3}, TypeError, r"controls\['a'\] must be a sequence .* int"),
        (bar, {"a": (1,)}, ValueError, "must hold at least 2 values, got 1"),
        (bar, {"a": (1, True)}, TypeError, "numbers or strings with text, got True"),
        (bar, {"a": (1, " ")}, TypeError, "numbers or strings with text, got ' '"),
        (bar, {"a": (1, None)}, TypeError, "numbers or strings with text, got None"),
        (bar, {"a": np.zeros((2, 2))}, TypeError, "numbers or strings with text"),
        (bar, {"a": (1, "1")}, ValueError, r"read differently, got \('1', '1'\)"),
        (bar, {"a": ("b", "b" * 21)}, ValueError, "at most 20 characters"),
        (bar, {"a" * 30: ("b", "b" * 7)}, ValueError, "36 together with its name"),
        (bar, {"a": range(41)}, ValueError, "at most 40 frames, got 41"),
        (bar, dict.fromkeys("ab", range(7)), ValueError, "at most 40 frames, got 49"),
        (lambda a: a, {"a": (1, 2)}, TypeError, "figures.Drawing, got int at a = 1"),
        (lambda a: bar(1), ONE, ValueError, "alt of its own; at .'0',. and .'1',."),
    ],
)
def test_what_cannot_be_explored_is_refused(draw, controls, error, message):
    with pytest.raises(error, match=message):
        explore(draw, controls)


def test_forty_frames_and_the_longest_texts_are_accepted():
    assert len(explore(bar, {"a": range(8), "b": range(5)}).frames) == 40
    explore(bar, {"a" * 16: ("b", "b" * 20)})


def test_a_mistake_in_draw_shows_at_once():
    with pytest.raises(ZeroDivisionError):
        explore(lambda a: bar(1 / (a - 2)), {"a": (1, 2, 3)})


# Live, with a kernel


@pytest.mark.parametrize("controls", [ONE, TWO])
def test_a_live_slider_changes_the_picture(controls):
    figure = explore(bar, controls)
    *sliders, picture = figure.live().children
    assert [slider.description for slider in sliders] == list(controls)
    assert all(isinstance(slider, ipywidgets.SelectionSlider) for slider in sliders)
    sizes = [range(len(values)) for values in controls.values()]
    for frame, places in zip(figure.frames, product(*sizes), strict=True):
        for slider, place, texts in zip(
            sliders, places, figure.controls.values(), strict=True
        ):
            slider.value = texts[place]
        assert picture.value == frame.html


CELLS = (
    """
import sys
from resattn_tutorial.plotting._svg.forms import PAGE
from resattn_tutorial.plotting._svg.svg import Drawing
from resattn_tutorial.plotting.interactive import explore

def draw(count):
    return Drawing(f"A drawing of {count} and no more.", 9, 9, ())

figure = explore(draw, {"count": (1, 2)})
print("ipywidgets" in sys.modules)
""",
    "figure",
    "print(sorted(figure._repr_mimebundle_()[0]))",
    "import ipywidgets; ipywidgets.IntSlider()",
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> list:
    """The outputs of `CELLS`, run in a kernel and kept as a chapter's are."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata.source_map = list(range(len(CELLS)))
    run_cells(notebook, tmp_path_factory.mktemp("live") / "chapter.md", ROOT)
    assert "widgets" not in notebook.metadata
    return [output for cell in notebook.cells for output in cell.outputs]


@pytest.mark.slow
def test_in_a_kernel_the_same_bundle_offers_widgets_made_only_when_shown(outputs):
    assert outputs[0].text.strip() == "False"
    forms = ast.literal_eval(outputs[2].text)
    assert forms == sorted([LIVE, PAGE, "image/png", "text/plain"])


@pytest.mark.slow
def test_a_stored_chapter_keeps_the_page_s_form_and_no_widget_state(outputs):
    assert set(outputs[1].data) == {PAGE, "image/png", "text/plain"}
    assert 'type="range"' in outputs[1].data[PAGE]


@pytest.mark.slow
def test_a_widget_without_a_static_form_is_not_hidden_from_the_tests(outputs):
    assert LIVE in outputs[3].data
