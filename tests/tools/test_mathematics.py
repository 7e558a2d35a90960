"""Formulas are typeset by MathJax as they are asked for, or refused by name."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.mathematics import MathematicsError, Typesetter
from tools.settings import ROOT
from tools.vendor import MATHJAX_FOLDER, vendor_pages


@pytest.fixture(scope="module")
def typeset() -> Iterator[Typesetter]:
    """A typesetter with the project's MathJax."""
    vendor_pages(ROOT)
    made = Typesetter(ROOT / MATHJAX_FOLDER)
    yield made
    made.close()


def mathml(html: str) -> ET.Element:
    """The MathML beside a drawing, without the name of its language."""
    [text] = re.findall(r"<math.*</math>", html, re.S)
    return ET.fromstring(re.sub(r' xmlns="[^"]*"', "", text))


def test_what_is_read_aloud_is_the_formula(typeset: Typesetter) -> None:
    fraction = mathml(typeset(r"y = \frac{a}{b}", False)).find("mfrac")
    assert ["".join(part.itertext()) for part in fraction] == ["a", "b"]
    rows = mathml(typeset(r"\begin{aligned}a &= 1\\b &= 2\end{aligned}", True))
    assert len(rows.findall(".//mtr")) == 2
    cases = mathml(typeset(r"\begin{cases}1 & x>0\\0 & \text{else}\end{cases}", True))
    assert cases.find(".//mtext").text == "else"


def test_every_sign_of_a_drawing_has_its_glyph_once(typeset: Typesetter) -> None:
    page = typeset("a + b", False) + typeset("b + c", True)
    found = re.findall(r'<path id="([^"]+)" d="[^"]+">', typeset.glyphs(page))
    pointed = re.findall(r'<use href="#([^"]+)"', page)
    assert len(pointed) == 6 and len(found) == 4
    assert found == sorted(set(pointed)) and "<defs>" not in page
    # A page that uses less bears less.
    assert typeset.glyphs(typeset("b", False)).count("<path") == 1
    assert typeset.glyphs("no formula") == ""


def test_a_formula_in_the_line_is_not_one_on_lines_of_its_own(
    typeset: Typesetter,
) -> None:
    inline, display = typeset(r"\sum_i x_i", False), typeset(r"\sum_i x_i", True)
    assert 'display="true"' in display and 'display="true"' not in inline
    # The limits stand beside the sign, or below it, which takes more room.
    heights = [float(re.search(r'height="([\d.]+)ex"', html)[1])
               for html in (inline, display)]
    assert heights[1] > 1.5 * heights[0]


@pytest.mark.parametrize(("tex", "words"), [
    (r"\nothing{x}", r"Undefined control sequence \nothing"),
    (r"\frac{1", "Missing close brace"), ("a_b_c", "Double subscripts"),
])
def test_what_is_no_formula_is_refused_and_the_next_one_is_drawn(
    typeset: Typesetter, tex: str, words: str
) -> None:
    with pytest.raises(MathematicsError, match=re.escape(words)) as caught:
        typeset(tex, False)
    assert repr(tex) in str(caught.value)
    assert "<svg" in typeset("x", False)


def test_a_mathjax_that_is_not_there_is_told(tmp_path: Path) -> None:
    typeset = Typesetter(tmp_path)
    with pytest.raises(MathematicsError, match="node ended: [^$]*Cannot find module"):
        typeset("x", False)
    typeset.close()
