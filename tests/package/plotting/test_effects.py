"""Effects on one axis: numbers stand where they belong, and bad ones are refused."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from resattn_tutorial.plotting._svg.effects import OURS, PRINTED, Effect, show_effects

SVG = "{http://www.w3.org/2000/svg}"
ROWS = {
    "first": Effect(10.0, 20.0, (-5.0, 45.0), (15.0, 25.0)),
    "printed alone": Effect(-10.0, None),
    "ours alone": Effect(None, 0.0, None, (-2.0, 2.0)),
}
WORDS = {
    "alt": "Three effects with their intervals.", "x_label": "per cent",
    "names": ("the paper", "seeds", "items"),
}


def drawn() -> str:
    return show_effects(ROWS, **WORDS).svg


def dots(svg: str) -> list[float]:
    return [float(x) for x in re.findall(r'<circle cx="([\d.]+)"', svg)]


def test_each_number_stands_where_the_axis_says() -> None:
    svg = drawn()
    twenty, nought = dots(svg)
    zero = float(re.search(r'd="M([\d.]+),[^"]*"[^>]*dasharray', svg)[1])
    assert nought == pytest.approx(zero)
    paths = re.findall(rf'd="M([\d.]+),[\d.]+ ([\d.]+),[\d.]+"[^>]*{OURS}', svg)
    ends = [tuple(map(float, pair)) for pair in paths][2:]       # after the legend's
    per_cent = (twenty - nought) / 20
    wanted = [(-5, 45), (15, 25), (-2, 2)]
    for pair, values in zip(ends, wanted, strict=True):
        assert pair == pytest.approx([nought + per_cent * v for v in values], abs=0.02)
    diamonds = re.findall(rf'fill="{PRINTED}" transform="rotate\(45 ([\d.]+) ', svg)
    at = [float(x) for x in diamonds[1:]]
    wanted = [nought + 10 * per_cent, nought - 10 * per_cent]
    assert at == pytest.approx(wanted, abs=0.02)


def test_labels_and_legend_are_there_as_text() -> None:
    for text in (*ROWS, *WORDS["names"], WORDS["x_label"]):
        assert f">{text}</text>" in drawn()


@pytest.mark.parametrize(("rows", "words"), [
    ({}, "rows"), ({"nothing": Effect(None, None)}, "at least one number"),
    ({"nan": Effect(float("nan"), None)}, "number"),
    ({"three ends": Effect(None, 1.0, (1.0, 2.0, 3.0))}, "an interval"),
    ({str(n): Effect(1.0, None) for n in range(31)}, "rows"),
])
def test_what_cannot_be_drawn_is_refused(rows, words) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        show_effects(rows, **WORDS)


def test_a_long_label_takes_lines_of_its_own_and_none_is_cut() -> None:
    label = "Table 5: masks, 0% noise against no masks, equal cost, 0% noise"
    one = {"printed": 1.0, "ours": 2.0}
    drawn = show_effects({label: Effect(**one)}, **WORDS)
    texts = [t.text for t in ElementTree.fromstring(drawn.svg).iter(SVG + "text")]
    start = next(n for n, text in enumerate(texts) if label.startswith(text))
    assert " ".join(texts[start:start + 2]) == label
    short = show_effects({"Table 5": Effect(**one)}, **WORDS)
    assert drawn.height > short.height
