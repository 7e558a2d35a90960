"""A guess before the outcome: the form that takes it, and both side by side."""

from __future__ import annotations

import ast
import re
import textwrap
from itertools import takewhile

import ipywidgets
import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from nbformat import v4

from resattn_tutorial.plotting import guesses
from resattn_tutorial.plotting.guesses import ask, number_in
from resattn_tutorial.plotting.interactive import LIVE
from tools.kernel import run_cells
from tools.settings import ROOT

LAYERS = ("plain layers", "layers with a shortcut")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """No question was asked before."""
    monkeypatch.setattr(guesses, "_answered", {})


def shown(value) -> dict[str, str]:
    """What a page or a terminal gets of a value."""
    return DisplayFormatter().format(value)[0]


# What comes out, and what was guessed


@pytest.mark.parametrize(
    ("unit", "guess", "outcome", "line"),
    [
        ("times", 3, 41, "You guessed 3 times; it came out as 41 times."),
        ("", 0.5, 0.123456, "You guessed 0.5; it came out as 0.123."),
        ("%", 40, 31.26, "You guessed 40%; it came out as 31.3%."),
        ("", 1e6, 31_900_000, "You guessed 1,000,000; it came out as 31,900,000."),
        ("MB", None, 12.0, "It came out as 12 MB."),
        ("", 2, np.float32(2.5), "You guessed 2; it came out as 2.5."),
        ("", 2, torch.tensor(7), "You guessed 2; it came out as 7."),
        ("", 1e20, 1e-9, "You guessed 1e+20; it came out as 1e-09."),
        ("", -1, 1234.5678, "You guessed -1; it came out as 1,235."),
    ],
)
def test_a_number_stands_beside_the_guess(unit, guess, outcome, line):
    assert repr(ask("How many?", unit=unit, guess=guess).beside(outcome)) == line


def test_a_choice_stands_beside_the_guess():
    question = ask("Which runs away?", choices=LAYERS, guess=LAYERS[1])
    assert repr(question.beside(LAYERS[0])) == (
        "You guessed “layers with a shortcut”; it came out as “plain layers”."
    )


def test_without_a_guess_only_the_outcome_is_told():
    assert repr(ask("How many?").beside(3)) == "It came out as 3."
    line = repr(ask("Which?", choices=LAYERS).beside(LAYERS[0]))
    assert line == "It came out as “plain layers”."


def test_an_outcome_nobody_guessed_is_folded_and_one_that_was_guessed_is_open():
    folded = shown(ask("How many?").beside(3))["text/html"]
    assert folded.startswith("<details ") and "<summary>" in folded
    assert "How many?</summary><p " in folded and ">It came out as 3.</p>" in folded
    assert " open" not in folded
    told = shown(ask("How many?", guess=2).beside(3))["text/html"]
    assert told.startswith("<p ") and "You guessed 2; it came out as 3." in told


def test_words_are_text_and_no_markup():
    question = ask("Is <a> & <b>?", choices=("<i>", "<u>"))
    for html in (shown(question), shown(question.beside("<i>"))):
        assert "&lt;a&gt; &amp; &lt;b&gt;" in html["text/html"]
        assert not re.search("<[abiu]>", html["text/html"].replace("<b>Your", ""))
    form, *_ = question.form().children
    assert "&lt;a&gt;" in form.value


def test_a_page_and_a_terminal_get_the_question_and_how_to_answer():
    page = shown(ask("How many?", unit="times"))
    assert set(page) == {"text/html", "text/plain"}
    assert "How many? (times)" in page["text/html"]
    assert "guess=" in page["text/plain"] and "guess=" not in page["text/html"]
    assert "(plain layers / " in shown(ask("Which?", choices=LAYERS))["text/plain"]


# The form


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("3", 3), (" 3.5 ", 3.5), ("0,5", 0.5), ("1,000", 1000),
        ("1,234,567.5", 1234567.5),
        ("1/8", 0.125), ("1e3", 1000), ("40 %", 40), ("41 times", 41), ("-2", -2),
        ("10 000", 10000), ("", None), ("many", None), ("1/0", None), ("nan", None),
        ("inf", None), ("1e999", None), ("1,2,3", None), ("9" * 400 + "/1", None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(typed, understood):
    for unit in ("times", "%") if typed[-1:] not in ("s", "%") else ("times",):
        assert number_in(typed, unit) == understood


def test_a_number_typed_into_the_form_stands_beside_the_outcome():
    question = ask("How many?", unit="times")
    _, field, said = question.form().children
    assert isinstance(field, ipywidgets.Text)
    assert field.description == "Your guess (times)" and not said.value
    field.value = "3"
    assert said.value == "Kept for later: 3 times." and question.guess == 3
    assert repr(question.beside(4)) == "You guessed 3 times; it came out as 4 times."


def test_a_choice_made_in_the_form_stands_beside_the_outcome():
    question = ask("Which?", choices=LAYERS)
    _, field, said = question.form().children
    assert isinstance(field, ipywidgets.RadioButtons) and field.value is None
    assert tuple(field.options) == LAYERS and field.description == "Your guess"
    field.value = LAYERS[1]
    assert said.value == "Kept for later: “layers with a shortcut”."
    assert question.guess == LAYERS[1]


def test_what_is_no_number_is_said_at_once_and_counts_as_no_guess():
    question = ask("How many?")
    _, field, said = question.form().children
    field.value = "3"
    field.value = "many"
    assert said.value.startswith("A number, please") and question.guess is None
    assert repr(question.beside(3)) == "It came out as 3."
    field.value = ""
    assert said.value == ""


def test_the_form_remembers_when_its_cell_runs_again():
    for asked, value in ((("How many?", ()), "12.5"), (("Which?", LAYERS), LAYERS[1])):
        question, choices = asked
        ask(question, choices=choices).form().children[1].value = value
        again = ask(question, choices=choices)
        _, field, said = again.form().children
        assert field.value == value and said.value.startswith("Kept")
        assert repr(again.beside(choices[0] if choices else 1)).startswith("You")


def test_a_guess_that_fits_the_question_no_more_is_forgotten():
    ask("Which?", choices=LAYERS, guess=LAYERS[0])
    assert ask("Which?", choices=("one", "two")).guess is None
    assert ask("Which?").guess is None


def test_a_guess_that_was_taken_back_is_forgotten():
    field = ask("How many?").form().children[1]
    field.value = "1"
    field.value = ""
    assert ask("How many?").guess is None


# What is refused


@pytest.mark.parametrize(
    ("question", "given", "error", "message"),
    [
        (3, {}, TypeError, "question must be a string, got int"),
        (" ", {}, ValueError, "question must be a sentence, got an empty string"),
        ("Q", {"unit": 3}, TypeError, "unit must be a string, got int"),
        ("Q", {"choices": "ab"}, TypeError, "choices must be a list or a tuple, got s"),
        ("Q", {"choices": ("a",)}, ValueError, "two different ones or more, got"),
        ("Q", {"choices": ("a", "a")}, ValueError, "two different ones or more, got"),
        ("Q", {"choices": ("a", 1)}, TypeError, "choices must be strings with text"),
        ("Q", {"choices": LAYERS, "unit": "%"}, ValueError, "unit is for numbers"),
        ("Q", {"choices": LAYERS, "guess": "no"}, ValueError, "guess must be one of"),
        ("Q", {"choices": LAYERS, "guess": 1}, TypeError, "guess must be one of the"),
        ("Q", {"guess": "3"}, TypeError, "guess must be a number, got str"),
        ("Q", {"guess": True}, TypeError, "guess must be a number, got bool"),
        ("Q", {"guess": float("nan")}, ValueError, "a finite number, got nan"),
    ],
)
def test_what_cannot_be_asked_is_refused(question, given, error, message):
    with pytest.raises(error, match=message):
        ask(question, **given)


def test_an_outcome_that_answers_another_question_is_refused():
    with pytest.raises(ValueError, match="outcome must be one of 'plain layers'"):
        ask("Which?", choices=LAYERS).beside("both")
    with pytest.raises(TypeError, match="outcome must be a number, got str"):
        ask("How many?").beside("both")


def test_the_example_in_the_module_s_own_words_runs():
    names: dict[str, object] = {}
    for example in guesses.__doc__.split("::\n\n")[1:]:
        lines = takewhile(lambda line: line[:4].strip() == "", example.split("\n"))
        *before, last = ast.parse(textwrap.dedent("\n".join(lines))).body
        exec(compile(ast.Module(before, []), "example", "exec"), names)
        shown = eval(compile(ast.Expression(last.value), "example", "eval"), names)
    assert repr(shown) == "It came out as 55."


# In a kernel

CELLS = (
    """
import sys
from resattn_tutorial.plotting.guesses import ask

question = ask("How many?", unit="times")
print("ipywidgets" in sys.modules, *sorted(question._repr_mimebundle_()))
""",
    "question",
    "question.beside(3)",
    "question.form().children[1].value = '2'; ask('How many?').beside(3)",
)


@pytest.mark.slow
def test_a_kernel_gets_a_form_and_the_page_a_line_and_a_fold(tmp_path):
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata.source_map = list(range(len(CELLS)))
    run_cells(notebook, tmp_path / "chapter.md", ROOT)
    first, asked, folded, told = [cell.outputs[0] for cell in notebook.cells]
    assert first.text.split() == ["False", LIVE, "text/html", "text/plain"]
    assert set(asked.data) == {"text/html", "text/plain"}
    assert folded.data["text/html"].startswith("<details")
    assert told.data["text/plain"] == "You guessed 2; it came out as 3."
