"""A page carries no more than a reader can, and each picture says what to see."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from resattn_tutorial.plotting._svg.forms import PAGE
from tools.chapters import chapter_paths, is_aside, read_chapter, tags
from tools.markdown import blocks
from tools.references import figure_of
from tools.settings import ROOT
from tools.visible import LINES, QUOTATION, WORDS, count, said, visible

every = pytest.mark.parametrize(
    "path", chapter_paths(ROOT), ids=lambda path: path.stem
)


@every
def test_a_page_shows_no_more_than_its_limits(path: Path) -> None:
    found = visible(path)
    assert found.words <= WORDS
    assert found.lines <= LINES
    assert found.quotation <= QUOTATION


@every
def test_every_picture_has_a_caption_and_every_caption_a_picture(path: Path) -> None:
    ran = nbformat.read(ROOT / "_build" / "executed" / f"{path.stem}.ipynb", 4)
    for cell in ran.cells:
        if cell.cell_type != "code":
            continue
        drawn = [
            output for output in cell.outputs
            if PAGE in output.get("data", {})
        ]
        figure = figure_of(cell.metadata)
        assert len(drawn) == (1 if figure else 0), cell.source
        if figure:
            assert figure.get("name", "").startswith("fig-"), cell.source
            assert 5 <= count(figure["caption"]) <= 70, figure["caption"]
            assert not re.search(r"alt=", cell.source) or "hide-input" in tags(cell)


@every
def test_imports_are_folded(path: Path) -> None:
    code = [cell for cell in read_chapter(path).cells if cell.cell_type == "code"]
    for cell in code:
        lines = cell.source.splitlines()
        if sum(line.startswith(("import ", "from ")) for line in lines) > 2:
            assert "hide-input" in tags(cell), cell.source


@every
def test_a_chapter_recalls_three_things_and_sums_its_ideas_up(path: Path) -> None:
    if path.stem.startswith("00") or is_aside(path):
        pytest.skip("chapter 0 and pages aside recall nothing")
    text = path.read_text(encoding="utf-8")
    [before] = re.findall(r"^## From before\n(.*?)^(?:## |\()", text, re.S | re.M)
    assert before.count(":::{recall} ") == 3
    [ideas] = re.findall(r"^## In short\n(.*?)^## ", text, re.S | re.M)
    assert 3 <= len(re.findall(r"^- ", ideas, re.M)) <= 6
    assert text.index("\n## In short") < text.index("\n## What the package gained")


@every
def test_beside_every_exercise_stands_one_usual_wrong_answer(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    asked = re.findall(r"^```\{exercise-start\}.*?^```\{exercise-end\}", text,
                       re.S | re.M)
    assert asked
    for exercise in asked:
        assert exercise.count(":::{wrong-answer} ") == 1, exercise[:80]


@pytest.mark.parametrize(("text", "words"), [
    ("One two-part *word*.", 3),
    ("See {doc}`the next chapter <07_the_networks>` there.", 5),
    ("See {eq}`eq-f3`.", 2),
    (":::{dropdown} A title\nand five words more here\n:::", 2),
    (":::{recall} Why?\n+ a | b\n- c | d\n- e | f\n:::", 1),
    (":::{admonition} A title\nand :class: words\n\n```python\nx = 1\n```\n:::", 5),
    ("$$\nx = 1\n$$", 0),
])
def test_what_is_folded_or_no_text_counts_no_words(text: str, words: int) -> None:
    assert sum(map(said, blocks(text, Path("chapters/01_x.md")))) == words
