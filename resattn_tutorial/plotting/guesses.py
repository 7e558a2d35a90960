"""Predict, then look: a question before a result, and the guess beside the outcome.

A guess that is written down cannot be bent afterwards. So a chapter asks first::

    from resattn_tutorial.plotting.guesses import ask

    sum_of_ten = ask("What do the numbers from 1 to 10 add up to?")
    sum_of_ten

and, when the result has been computed, shows both::

    sum_of_ten.beside(sum(range(1, 11)))

In a notebook whose kernel runs, the question is a small form, and it remembers what was
typed, also when its cell runs once more. On a page it is a line to stop at, and the
outcome is folded. Nobody has to answer: without a guess a cell says what came out.
Without ipywidgets, a guess is an argument: ``ask(..., guess=55)``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, SupportsFloat

from resattn_tutorial.plotting.interactive import LIVE, kernel_runs
from resattn_tutorial.validation import require_kind, require_sequence

if TYPE_CHECKING:
    from ipywidgets import VBox

__all__ = ["Guess", "Outcome", "ask"]
LEAD = "Your guess first."
BOX = (
    'class="guess" style="border-left:4px solid #888;'
    'margin:0.5em 0;padding:0.3em 0.8em"'
)
# A comma with three digits behind it groups thousands; any other is a decimal point.
GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
# What was answered in this kernel, so that a form whose cell runs again still knows it.
_answered: dict[str, float | str] = {}


@dataclass(frozen=True, repr=False)
class Outcome:
    """What came out, and beside it what was guessed; a notebook shows it by itself."""

    question: str
    came_out: str
    guessed: str | None

    def __repr__(self) -> str:
        if self.guessed is None:
            return f"It came out as {self.came_out}."
        return f"You guessed {self.guessed}; it came out as {self.came_out}."

    def _repr_html_(self) -> str:
        """A line; or, where nothing was guessed, a part that the reader unfolds."""
        if self.guessed is not None:
            return f"<p {BOX}>{escape(repr(self))}</p>"
        return (
            f"<details {BOX}><summary>Open it when you have guessed: "
            f"{escape(self.question)}</summary><p style='margin:0.5em 0 0'>"
            f"{escape(repr(self))}</p></details>"
        )


class Guess:
    """A question with its answer, once there is one; `ask` makes it.

    Attributes:
        question: as it was given to `ask`.
        unit: as it was given to `ask`.
        choices: as they were given to `ask`.
        guess: the answer, a number or one of the choices; None before there is one.
    """

    def __init__(self, question: str, unit: str, choices: tuple[str, ...]) -> None:
        self.question, self.unit, self.choices = question, unit, choices
        self.guess: float | str | None = None

    def answer(self, guess: float | str) -> None:
        """Keep a guess, also for the next time that this question is asked.

        Raises:
            TypeError, ValueError: it is no finite number, or none of the choices.
        """
        self.guess = self._fitting("guess", guess)
        _answered[self.question] = self.guess

    def beside(self, outcome: SupportsFloat | str) -> Outcome:
        """What came out, with the guess beside it where there is one.

        Args:
            outcome: a number in the question's unit, or one of its choices.

        Raises:
            TypeError, ValueError: as for an answer.
        """
        outcome = self._fitting("outcome", outcome)
        guessed = None if self.guess is None else self._told(self.guess)
        return Outcome(self.question, self._told(outcome), guessed)

    def form(self) -> VBox:
        """The question as widgets: a line to type a number into, or the choices.

        Only what ipywidgets 7 and 8 share is used: Colab still has 7.
        """
        from ipywidgets import HTML, RadioButtons, Text, VBox

        asked = HTML(f"<b>{LEAD}</b> {escape(self.question)}")
        said = HTML(self._kept())
        look = {"style": {"description_width": "initial"}}
        if self.choices:
            field = RadioButtons(
                options=self.choices, value=self.guess, description="Your guess",
                layout={"width": "max-content"}, **look,
            )
        else:
            label = f"Your guess ({self.unit})" if self.unit else "Your guess"
            value = "" if self.guess is None else f"{self.guess:.15g}"
            field = Text(value, description=label, placeholder="a number", **look)

        def take(_change: object) -> None:
            answer = field.value if self.choices else number_in(field.value, self.unit)
            if answer is None:
                self.guess = None
                _answered.pop(self.question, None)
            else:
                self.answer(answer)
            typed = not self.choices and field.value.strip() and answer is None
            said.value = "A number, please: 12, 0.5 or 1/8." if typed else self._kept()

        field.observe(take, names="value")
        return VBox([asked, field, said])

    def _kept(self) -> str:
        if self.guess is None:
            return ""
        return f"Kept for later: {escape(self._told(self.guess))}."

    def _told(self, value: float | str) -> str:
        """A number with its unit as one would write it, or the choice's words."""
        if self.choices:
            return f"“{value}”"
        grouped = abs(value) < 1e15 and (abs(value) >= 1000 or value == round(value))
        text = f"{value:,.0f}" if grouped else f"{value:.3g}"
        return f"{text}{'' if self.unit in ('', '%') else ' '}{self.unit}"

    def _fitting(self, name: str, value: SupportsFloat | str) -> float | str:
        """The value as it is kept, if it can answer the question."""
        if self.choices:
            require_kind(name, value, str, "one of the choices, a string")
            if value not in self.choices:
                wanted = ", ".join(map(repr, self.choices))
                raise ValueError(f"{name} must be one of {wanted}, got {value!r}.")
            return value
        if isinstance(value, (str, bool)) or not hasattr(value, "__float__"):
            raise TypeError(f"{name} must be a number, got {type(value).__name__}.")
        if not math.isfinite(number := float(value)):
            raise ValueError(f"{name} must be a finite number, got {number}.")
        return number

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, object]:
        """What a notebook may choose from: the best that it can show wins."""
        line = escape(f"{self.question}{self._listed()}")
        html = f"<p {BOX}><b>{LEAD}</b> {line}</p>"
        bundle: dict[str, object] = {"text/plain": repr(self), "text/html": html}
        if kernel_runs():
            view = {"version_major": 2, "version_minor": 0}
            bundle[LIVE] = view | {"model_id": self.form().model_id}
        return bundle

    def _listed(self) -> str:
        """The choices, or the unit, as a page and a terminal show them."""
        if self.choices:
            return f" ({' / '.join(self.choices)})"
        return f" ({self.unit})" if self.unit else ""

    def __repr__(self) -> str:
        return f"{LEAD} {self.question}{self._listed()}\n{HOW}"


HOW = "Without a form, give it to ask(..., guess=...)."


def ask(
    question: str,
    *,
    unit: str = "",
    choices: Sequence[str] = (),
    guess: float | str | None = None,
) -> Guess:
    """A question whose answer is guessed before it is measured.

    Args:
        question: one sentence that a reader can reason about.
        unit: of what a number counts, such as ``"times"`` or ``"%"``.
        choices: two answers or more to choose from; without them a number is asked for.
        guess: the answer, where there is no form to type it into.

    Raises:
        TypeError, ValueError: an argument is of another kind or empty, ``choices`` has
            a unit, too, or is one only, or ``guess`` is none that fits.
    """
    require_kind("question", question, str, "a string")
    require_kind("unit", unit, str, "a string")
    if not question.strip():
        raise ValueError("question must be a sentence, got an empty string.")
    choices = tuple(require_sequence("choices", choices))
    if any(not isinstance(choice, str) or not choice.strip() for choice in choices):
        raise TypeError(f"choices must be strings with text, got {choices}.")
    if len(choices) == 1 or len(set(choices)) < len(choices):
        raise ValueError(f"choices must be two different ones or more, got {choices}.")
    if choices and unit:
        raise ValueError(f"unit is for numbers, not for choices, got {unit!r}.")
    asked = Guess(question, unit, choices)
    kept = _answered.get(question)
    if guess is not None:
        asked.answer(guess)
    elif kept is not None and isinstance(kept, str) == bool(choices):
        asked.guess = kept if not choices or kept in choices else None
    return asked


def number_in(text: str, unit: str = "") -> float | None:
    """The number that somebody typed, such as ``1,000``, ``0,5``, ``1/8`` or ``40 %``.

    Returns None where it is none. The unit may stand behind the number.
    """
    text = text.strip().removesuffix(unit).removesuffix("%").replace(" ", "")
    text = text.replace(",", "") if GROUPED.fullmatch(text) else text.replace(",", ".")
    try:
        number = float(Fraction(text)) if "/" in text else float(text)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None
