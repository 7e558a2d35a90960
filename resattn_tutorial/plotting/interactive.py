"""Figures to play with: one description for the page, the notebook and paper.

A figure with a slider is described by two things: a function that draws one frame, and
the values that its controls can take. Here, what poolings leave of a map::

    from resattn_tutorial.plotting import figures
    from resattn_tutorial.plotting.interactive import explore

    def draw(poolings):
        share = 4.0**-poolings
        return figures.show_bars(
            {"positions that are left": share},
            x_label="share of all positions",
            alt=f"After {poolings} poolings {share:.1%} of the positions are left.",
        )

    explore(draw, {"poolings": (0, 1, 2, 3)})

All frames are drawn at once, when `explore` is called. So moving the slider computes
nothing, and a page without Python can show the figure, too. A notebook whose kernel
runs shows live widgets, and without a kernel the first frame. A page shows a slider of
its own, which works offline, by pointer and by keyboard. Paper shows the frame that was
chosen, with its values.

A screen reader is told the value, and then the new frame's ``alt``. So each ``alt``
says what this one frame shows, not what the figure is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from resattn_tutorial.plotting._svg.controls import as_texts
from resattn_tutorial.plotting._svg.slider import slider_html
from resattn_tutorial.plotting._svg.svg import Drawing
from resattn_tutorial.validation import require_callable, require_kind, require_sequence

if TYPE_CHECKING:
    from ipywidgets import VBox



__all__ = ["Explorable", "explore"]
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

    def __post_init__(self) -> None:
        wanted = prod(len(texts) for texts in as_texts(self.controls).values())
        for frame in require_sequence("frames", self.frames, wanted):
            require_kind("a frame", frame, Drawing, "a figures.Drawing")

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
                layout={"width": "auto"},
            )
            for name, texts in self.controls.items()
        ]
        picture = HTML()

        def show(_change: object = None) -> None:
            chosen = tuple(slider.index for slider in sliders)
            sizes = tuple(len(texts) for texts in self.controls.values())
            frame = self.frames[np.ravel_multi_index(chosen, sizes)]
            picture.value = frame.html

        for slider in sliders:
            slider.observe(show, names="index")
        show()
        width = max(frame.width for frame in self.frames)
        return VBox([*sliders, picture], layout={"max_width": f"{width:g}px"})

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, object], dict[str, object]]:
        """What a notebook may choose from: the best that it can show wins."""
        forms, about = self.frames[0].kept(self.html)
        forms["text/plain"] = repr(self)
        if kernel_runs():
            view = {"version_major": 2, "version_minor": 0}
            forms[LIVE] = view | {"model_id": self.live().model_id}
        return forms, about

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
    require_callable("draw", draw)
    texts = as_texts(controls)
    frames = tuple(_drawn(draw, controls, at) for at in product(*controls.values()))
    _require_own_words(frames, list(product(*texts.values())))
    return Explorable(texts, frames)


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


def kernel_runs() -> bool:
    """Whether widgets have a kernel to live in; IPython in a terminal has none."""
    if find_spec("ipywidgets") is None:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
