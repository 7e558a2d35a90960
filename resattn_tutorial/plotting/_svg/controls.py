"""What a slider may offer: names and values are checked here, at the door.

A name and its value share one line, and the values at a slider's two ends another.
Both must fit a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, prod
from numbers import Integral, Real

import numpy as np

from resattn_tutorial.plotting._svg.arrays import require_labels

MOST_CONTROLS = 2
MOST_FRAMES = 40
LONGEST_VALUE = 20
LONGEST_LINE = 36


def as_texts(
    controls: Mapping[str, Sequence[float | str]],
) -> dict[str, tuple[str, ...]]:
    """Each control's name and the texts of its values, as the reader sees them.

    Raises:
        TypeError: it is no mapping, or holds something else than numbers and strings.
        ValueError: too many or too few controls, values or frames; values that read
            the same, or do not fit their line.
    """
    require_labels("controls", controls, most=MOST_CONTROLS)
    texts = {name: _texts(name, values) for name, values in controls.items()}
    count = prod(map(len, texts.values()))
    if count > MOST_FRAMES:
        raise ValueError(
            f"controls must make at most {MOST_FRAMES} frames, got {count}: "
            "every one of them is in the page."
        )
    return texts


def _texts(name: str, values: Sequence[float | str]) -> tuple[str, ...]:
    what = f"controls[{name!r}]"
    if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
        kind = type(values).__name__
        raise TypeError(f"{what} must be a sequence of values, got {kind}.")
    texts = tuple(_text(what, value) for value in values)
    if len(texts) < 2:
        raise ValueError(f"{what} must hold at least 2 values, got {len(texts)}.")
    if len(set(texts)) < len(texts):
        raise ValueError(f"{what} must hold values that read differently, got {texts}.")
    for text in texts:
        if len(text) > LONGEST_VALUE or len(name + text) > LONGEST_LINE:
            raise ValueError(
                f"{what}: a value must have at most {LONGEST_VALUE} characters, and "
                f"{LONGEST_LINE} together with its name, got {text!r}."
            )
    return texts


def _text(what: str, value: float | str) -> str:
    """A number is shown with at most six digits, and without noise in the last."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        if not isfinite(value):
            raise ValueError(f"{what} must hold finite numbers, got {value}.")
        return f"{value:.6g}"
    raise TypeError(f"{what} must hold numbers or strings with text, got {value!r}.")
