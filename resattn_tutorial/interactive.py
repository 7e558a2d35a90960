"""Figures to play with: one description for the page, the notebook and print.

A figure that answers to a slider needs two things: a function that draws one frame,
and the values that each control can take.

    def draw(poolings):
        return figures.show_curves(..., alt=f"With {poolings} poolings, ...")

    explore(draw, {"poolings": (0, 1, 2, 3)})

All frames are drawn at once, when `explore` is called. So moving the slider computes
nothing, and a page without Python can show the figure too. A notebook with a running
kernel shows live widgets; a page shows a slider of its own, which works offline and
from the keyboard; paper shows one frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

from resattn_tutorial.drawing.arrays import require_labels
from resattn_tutorial.drawing.slider import slider_html
from resattn_tutorial.drawing.svg import Drawing

if TYPE_CHECKING:
    from ipywidgets import VBox

__all__ = ["Explorable", "explore"]

MOST_CONTROLS = 2
MOST_FRAMES = 40
LIVE = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True, repr=False)
class Explorable:
    """A figure with sliders, as `explore` makes it; a notebook shows it by itself.

    Args:
        controls: each control's name and the texts of its values.
        frames: the drawings, one for each combination of values; the last control's
            value changes first.
    """

    controls: Mapping[str, tuple[str, ...]]
    frames: tuple[Drawing, ...]

    @property
    def html(self) -> str:
        """The figure as one self-contained HTML element, with its own script."""
        return slider_html(self.controls, self.frames)

    def live(self) -> VBox:
        """The figure as widgets, for a notebook whose kernel runs.

        Only what ipywidgets 7 and 8 share is used: Colab still has 7.
        """
        from ipywidgets import HTML, SelectionSlider, VBox

        sliders = [
            SelectionSlider(
                options=texts,
                description=name,
                style={"description_width": "initial"},
                layout={"width": "100%", "max_width": f"{self.frames[0].width:g}px"},
            )
            for name, texts in self.controls.items()
        ]
        picture = HTML()

        def show(_change: object = None) -> None:
            chosen = tuple(slider.index for slider in sliders)
            sizes = tuple(len(texts) for texts in self.controls.values())
            frame = self.frames[np.ravel_multi_index(chosen, sizes)]
            picture.value = frame._repr_html_()

        for slider in sliders:
            slider.observe(show, names="index")
        show()
        return VBox([*sliders, picture])

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, object]:
        """What a notebook may choose from: the best that it can show wins."""
        bundle: dict[str, object] = {"text/plain": repr(self), "text/html": self.html}
        if _kernel_runs():
            view = {"version_major": 2, "version_minor": 0}
            bundle[LIVE] = view | {"model_id": self.live().model_id}
        return bundle

    def __repr__(self) -> str:
        values = "; ".join(f"{k}: {', '.join(v)}" for k, v in self.controls.items())
        return f"{len(self.frames)} frames ({values}). First: {self.frames[0].alt}"


def explore(
    draw: Callable[..., Drawing],
    controls: Mapping[str, Sequence[float | str]],
) -> Explorable:
    """A figure in which the reader moves one slider or two.

    Args:
        draw: takes a value for each control, in their order, and returns the drawing
            for them. Its ``alt`` says what this one frame shows.
        controls: the name of each control, as the reader will see it, and its values:
            two or more, numbers or strings, 40 combinations at most.

    Raises:
        TypeError, ValueError: an argument is of another kind or size, ``draw`` returned
            something else than a drawing, or two frames carry the same ``alt``.
    """
    if not callable(draw):
        raise TypeError(f"draw must be a function, got {type(draw).__name__}.")
    require_labels("controls", controls, most=MOST_CONTROLS)
    texts = {name: _texts(name, values) for name, values in controls.items()}
    count = int(np.prod([len(values) for values in texts.values()]))
    if count > MOST_FRAMES:
        raise ValueError(
            f"controls must make at most {MOST_FRAMES} frames, got {count}: "
            "every one of them is in the page."
        )
    frames = tuple(_drawn(draw, controls, at) for at in product(*controls.values()))
    _require_own_words(frames, list(product(*texts.values())))
    return Explorable(texts, frames)


def _texts(name: str, values: Sequence[float | str]) -> tuple[str, ...]:
    """The values of a control as the reader sees them."""
    what = f"controls[{name!r}]"
    if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
        kind = type(values).__name__
        raise TypeError(f"{what} must be a sequence of values, got {kind}.")
    texts = tuple(_text(what, value) for value in values)
    if len(texts) < 2:
        raise ValueError(f"{what} must hold at least 2 values, got {len(texts)}.")
    if len(set(texts)) < len(texts):
        raise ValueError(f"{what} must hold values that read differently, got {texts}.")
    return texts


def _text(what: str, value: float | str) -> str:
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Real) and not isinstance(value, bool):
        return f"{value:.6g}"
    raise TypeError(f"{what} must hold numbers or strings with text, got {value!r}.")


def _drawn(
    draw: Callable[..., Drawing], controls: Mapping, values: tuple[float | str, ...]
) -> Drawing:
    frame = draw(*values)
    if not isinstance(frame, Drawing):
        at = ", ".join(f"{k} = {v}" for k, v in zip(controls, values, strict=True))
        kind = type(frame).__name__
        raise TypeError(f"draw must return a figures.Drawing, got {kind} at {at}.")
    return frame


def _require_own_words(frames: Sequence[Drawing], places: Sequence[tuple]) -> None:
    """Refuse two frames with one text: a listener could not tell them apart."""
    seen: dict[str, tuple] = {}
    for frame, place in zip(frames, places, strict=True):
        if frame.alt in seen:
            raise ValueError(
                "draw must give each frame an alt of its own; "
                f"at {seen[frame.alt]} and {place} it is {frame.alt!r}."
            )
        seen[frame.alt] = place


def _kernel_runs() -> bool:
    """Whether widgets have a kernel to live in; IPython in a terminal has none."""
    try:
        import ipywidgets  # noqa: F401  # only whether it is there
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None
