"""What cannot be drawn is refused by name: NaN, text for numbers, wrong kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from resattn_tutorial.models.attention_network import Stage
from resattn_tutorial.models.stem_and_head import CifarStem
from resattn_tutorial.plotting import diagrams, figures
from resattn_tutorial.plotting.interactive import Explorable, explore
from resattn_tutorial.plotting.network_diagram import attention_network

NAN, INF = float("nan"), float("inf")
ALT = "A picture for a test, which nobody will see."
MAPS = torch.linspace(0, 1, 8).reshape(2, 2, 2)
IMAGES = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)


def bars(**changed: Any) -> figures.Drawing:
    given = {"bars": {"a": 0.5}, "alt": ALT, "x_label": "share"} | changed
    return figures.show_bars(**given)


def curves(curve: object = ((1, 2), (3, 4)), **changed: Any) -> figures.Drawing:
    given = {"alt": ALT, "x_label": "step", "y_label": "loss"} | changed
    return figures.show_curves({"a": curve}, **given)


def maps(given: object = MAPS, **changed: Any) -> figures.Drawing:
    return figures.show_maps(given, alt=ALT, **changed)


def frame(value: object) -> figures.Drawing:
    return bars(alt=f"{ALT} Its value is {value}.")


REFUSED = [
    (lambda: bars(digits="2"), TypeError, "digits must be a whole number, got '2'"),
    (lambda: bars(digits=-1), ValueError, "digits must be at least 0, got -1"),
    (lambda: bars(digits=10**6), ValueError, "digits must be at most 10"),
    (lambda: bars(upper="1"), TypeError, "upper must be a number, got '1'"),
    (lambda: bars(upper=NAN), ValueError, "upper must be a finite number above 0"),
    (lambda: bars(upper=0), ValueError, "upper must be above 0, got 0"),
    (lambda: bars(bars={"a": NAN}), ValueError, "bars['a'] must be finite"),
    (lambda: bars(bars={"a": "x"}), TypeError, "bars['a'] must hold numbers"),
    (lambda: bars(bars={"a": None}), TypeError, "bars['a'] must hold numbers"),
    (lambda: bars(reference=("c", "x")), TypeError,
     "reference: the value must hold num"),
    (lambda: bars(reference=("c", NAN)), ValueError,
     "reference: the value must be fini"),
    (lambda: bars(reference=(3, 0.5)), TypeError, "reference: the label must be text"),
    (lambda: bars(reference="ab"), TypeError, "reference must be a list or a tuple"),
    (lambda: bars(reference=("c",)), ValueError, "reference must hold 2 values, got 1"),
    (lambda: bars(reference=0.5), TypeError, "reference must be a list or a tuple"),
    (lambda: curves(log_y="no"), TypeError, "log_y must be True or False, got 'no'"),
    (lambda: curves(steps=3), TypeError, "steps must map labels to one of"),
    (lambda: curves(steps=[]), TypeError, "steps must map labels to one of"),
    (lambda: curves(curve=3), TypeError, "curves['a'] must be a list or a tuple"),
    (lambda: curves(curve=((1, 2),)), ValueError,
     "curves['a'] must hold 2 values, got"),
    (lambda: curves(((1, 2), (3, NAN))), ValueError, "curves['a']: y must be finite"),
    (lambda: curves(((1, INF), (3, 4))), ValueError, "curves['a']: x must be finite"),
    (lambda: curves((("a", "b"), (3, 4))), TypeError,
     "curves['a']: x must hold numbers"),
    (lambda: curves(reach=[NAN]), ValueError, "reach must be finite"),
    (lambda: curves(reach="ab"), TypeError, "reach must hold numbers"),
    (lambda: curves(reach=3), ValueError, "reach must have shape (values,)"),
    (lambda: maps(limits=("a", "b")), TypeError, "limits must hold numbers"),
    (lambda: maps(limits=(0, NAN)), ValueError, "limits must be finite"),
    (lambda: maps(limits=(0, INF)), ValueError, "limits must be finite"),
    (lambda: maps(limits=3), TypeError, "limits must be a list or a tuple, got int"),
    (lambda: maps(limits=(0,)), ValueError, "limits must hold 2 values, got 1"),
    (lambda: maps(limits=(None, 1)), TypeError, "limits must hold numbers"),
    (lambda: maps(MAPS.to("meta")), TypeError,
     "maps must be a dense tensor with number"),
    (lambda: maps(MAPS.to_sparse()), TypeError,
     "maps must be a dense tensor with numbe"),
    (lambda: maps(MAPS * NAN), ValueError, "maps must be finite"),
    (lambda: maps(MAPS * 1j), TypeError, "maps must hold numbers, got complex64"),
    (lambda: maps([[1, 2], [3]]), ValueError, "maps must have shape (N, h, w)"),
    (lambda: maps("map.png"), TypeError, "maps must hold numbers"),
    (lambda: maps(titles=3), TypeError, "titles must be a sequence of strings, got 3"),
    (lambda: maps(columns="2"), TypeError, "columns must be a whole number, got '2'"),
    (lambda: figures.show_images(IMAGES.to("meta"), alt=ALT), TypeError,
     "images must be"),
    (lambda: figures.show_images(None, alt=ALT), TypeError, "images must hold numbers"),
    (lambda: figures.Drawing(ALT, NAN, 1, ()), ValueError,
     "width must be a finite numbe"),
    (lambda: figures.Drawing(ALT, 1, 0, ()), ValueError,
     "height must be above 0, got 0"),
    (lambda: figures.Drawing(ALT, "1", 1, ()), TypeError, "width must be a number"),
    (lambda: figures.Drawing(ALT, 1, 1, "<g/>"), TypeError,
     "marks must be a list or a"),
    (lambda: figures.Drawing(ALT, 1, 1, (3,)), TypeError, "a mark must be SVG text"),
    (lambda: diagrams.residual_unit("no"), TypeError,
     "projection must be True or False"),
    (lambda: explore(frame, {"v": (1, NAN)}), ValueError, "must hold finite numbers"),
    (lambda: explore("f", {"v": (1, 2)}), TypeError,
     "draw must be a function, got str"),
    (lambda: Explorable({"v": ("1", "2")}, (frame(1),)), ValueError,
     "frames must hold 2"),
    (lambda: Explorable({"v": ("1", "2")}, (1, 2)), TypeError,
     "a frame must be a figure"),
    (lambda: Explorable(None, ()), TypeError, "controls must map labels to values"),
    (lambda: attention_network(None, [Stage(8)], 32), TypeError, "stem must be a stem"),
    (lambda: attention_network(CifarStem(), None, 32), TypeError,
     "stages must be a list"),
    (lambda: attention_network(CifarStem(), [(8,)], 32), TypeError,
     "a stage must be a"),
    (lambda: attention_network(CifarStem(), [Stage(8)], 10**9), ValueError, "at most"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_drawn_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    "limits", [(0, 2), [0.0, 2.0], (np.float32(0), np.float32(2)),
               (torch.tensor(0.0), torch.tensor(2.0))],
)
def test_limits_may_be_numbers_of_any_maker(limits: Any) -> None:
    assert "2</text>" in maps(limits=limits).svg


def test_a_reference_may_be_a_number_of_numpys() -> None:
    assert bars(reference=("chance", np.float32(0.5))).svg == bars(
        reference=("chance", 0.5)
    ).svg
