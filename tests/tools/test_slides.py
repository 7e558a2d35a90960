"""Slides show what the rules choose of a chapter, and never what is left out."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from nbformat import v4

from resattn_tutorial.plotting._svg.forms import PAGE
from tools import slides
from tools.chapters import ChapterError, chapter_paths, read_chapter
from tools.citations import Bibliography
from tools.deck import LEFT_OUT, LINES, OUTPUT, Deck, Slide, asked, shortened, shown
from tools.directives import Writer
from tools.exercises import exercises
from tools.markdown import flow
from tools.references import References
from tools.roles import Roles
from tools.settings import ROOT

HEAD = "---\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n"
PATHS = chapter_paths()


def cell(code: str, options: str = "") -> str:
    head = f"---\n{options}\n---\n" if options else ""
    return f"```{{code-cell}} ipython3\n{head}{code}\n```\n\n"


def printed(text: str, name: str = "stdout"):
    return v4.new_output("stream", name=name, text=text)


def made(folder: Path, text: str, outputs: dict[int, list] | None = None) -> Deck:
    """The deck of a chapter whose k-th code cell gave ``outputs[k]``."""
    path = folder / "chapters" / "01_residual_units.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEAD + text, encoding="utf-8")
    chapter, given = read_chapter(path), {}
    codes = [one for one in chapter.cells if one.cell_type == "code"]
    for k, one in enumerate(codes):
        given[one.id] = (outputs or {}).get(k, [])
    deck = Deck(writer(path), given)
    deck.take(flow(chapter, path))
    return deck


@cache
def book() -> tuple[References, Bibliography]:
    """What the pages refer to, read once."""
    return References(ROOT, ""), Bibliography(ROOT)


def writer(path: Path) -> Writer:
    return Writer(Roles(*book(), path))


def said(deck: Deck) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(slide.title, slide.parts) for stack in deck.stacks for slide in stack]


def test_a_heading_begins_a_stack_with_the_first_two_sentences(tmp_path: Path) -> None:
    deck = made(tmp_path, "# One\n\nA promise.\n\n## Two\n\nFirst. Second! Third?\n\n"
                "More text.\n\n### A part\n\nIts text.\n")
    assert [len(stack) for stack in deck.stacks] == [1, 2]
    assert said(deck) == [
        ("One", [("text", "A promise.")]), ("Two", [("text", "First. Second!")]),
        ("A part", [("text", "Its text.")]),
    ]


@pytest.mark.parametrize("title", sorted(LEFT_OUT))
def test_a_section_that_is_left_out_has_no_slide(tmp_path: Path, title: str) -> None:
    text = f"# One\n\n## {title}\n\nWords.\n\n$$\nx\n$$\n\n### P\n\nQ.\n\n{cell('1')}"
    deck = made(tmp_path, text + "## In short\n\n- a\n- b\n", {0: [printed("1")]})
    assert said(deck)[1:] == [("In short", [("text", "- a\n- b")])]


def test_an_equation_has_a_slide_with_what_leads_to_it(tmp_path: Path) -> None:
    deck = made(tmp_path, "# One\n\nA.\n\n## Two\n\nB.\n\nC. D. So it is:\n\n"
                "$$\ny = x\n$$\n\nE.\n\n$$\nz\n$$\n")
    assert said(deck)[2:] == [
        ("Two", [("text", "D. So it is:"), ("text", "$$\ny = x\n$$")]),
        ("Two", [("text", "E."), ("text", "$$\nz\n$$")]),
    ]


@pytest.mark.parametrize(("options", "code", "prints", "kinds"), [
    ("", "print(1)", "1", ["code", "output"]),
    ("tags: [hide-input]", "print(1)", "1", ["output"]),
    ("tags: [hide-input]", "import torch", "", None),
    ("", "x = 1", "", None),
    ("", "def f():\n    pass", "", ["code"]),
    ("", "\n".join(["x = 1"] * (LINES + 1)), "1", ["output"]),
    ("", "f = checks.one.yours(g)", "One: yours from here on.", None),
])
def test_what_a_cell_shows(tmp_path: Path, options, code, prints, kinds) -> None:
    outputs = {0: [printed(prints)]} if prints else {}
    found = said(made(tmp_path, f"# One\n\nA.\n\n{cell(code, options)}", outputs))
    assert len(found) == (1 if kinds is None else 2)
    if kinds:
        assert [kind for kind, _ in found[1][1]] == kinds


def test_a_picture_stands_above_its_caption(tmp_path: Path) -> None:
    figure = "mystnb:\n  figure:\n    caption: |\n      See *this*."
    forms = {"text/plain": "<Drawing>", "image/png": "AAAA"}
    data = {**forms, PAGE: "<figure>F</figure>"}
    output = v4.new_output("execute_result", data)
    found = said(made(tmp_path, f"# One\n\nA.\n\n{cell('draw()', figure)}",
                      {0: [output]}))
    assert found[1][1][0] == ("html", "<figure>F</figure>")
    assert found[1][1][1][1].strip() == "See *this*."


def test_errors_and_progress_are_not_shown_and_long_outputs_are_cut() -> None:
    assert shown(printed("50 %|", "stderr")) is None
    kind, text = shown(printed("\n".join(map(str, range(OUTPUT + 5)))))
    assert kind == "output" and text.splitlines()[-2:] == [str(OUTPUT - 1), "…"]
    assert shown(v4.new_output("display_data", {"x/y": "z"})) is None


@pytest.mark.parametrize(("text", "last", "short"), [
    ("One (a). Two. Three.", False, "One (a). Two."),
    ("One. Two. Three:", True, "Two. Three:"),
    ("It is 0.5 of Wang et al. (2017). Yes.", False,
     "It is 0.5 of Wang et al. (2017). Yes."),
    ("- One. Two. Three.\n- Four.", False, "- One. Two. Three.\n- Four."),
])
def test_a_paragraph_is_shortened_by_sentences(text, last, short) -> None:
    assert shortened(text, last) == short


def test_an_exercise_says_what_to_write() -> None:
    assert asked("Here is x. It is big. Write `f`. It returns y. And z.") == (
        "Write `f`. It returns y."
    )
    assert asked("Mend the mask. It has faults. Three.") == (
        "Mend the mask. It has faults."
    )


def test_a_list_that_a_colon_announces_is_shown(tmp_path: Path) -> None:
    parts = said(made(tmp_path, "# One\n\nWe make two:\n\n- a\n- b\n\nMore.\n"))[0][1]
    assert parts == [("text", "We make two:"), ("text", "- a\n- b")]
    assert len(said(made(tmp_path, "# One\n\nTwo.\n\n- a\n- b\n"))[0][1]) == 1


def test_a_list_leads_to_nothing(tmp_path: Path) -> None:
    text = "# One\n\nA.\n\n$$\nx\n$$\n\n- a\n- b\n\n$$\ny\n$$\n"
    assert said(made(tmp_path, text))[2] == ("One", [("text", "$$\ny\n$$")])


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_no_chapter_s_slides_have_a_stub_a_check_or_a_solution(path: Path) -> None:
    chapter = read_chapter(path)
    outputs = {one.id: [] for one in chapter.cells}
    for one in exercises(path):
        for tag, block in one.cells.items():
            outputs[block.name] = [printed(f"the {tag} said this")]
    deck = Deck(writer(path), outputs)
    deck.take(flow(chapter, path))
    parts = [text for _, found in said(deck) for _, text in found]
    assert not [text for text in parts if "said this" in text]
    codes = {text for _, found in said(deck) for kind, text in found if kind == "code"}
    hidden = {b.text for one in exercises(path) for b in one.cells.values()}
    assert not codes & hidden
    titles = [title for title, _ in said(deck)]
    for one in exercises(path):
        assert any(title.endswith(f": {one.title}") for title in titles), one.title


def test_a_page_asks_no_other_host_and_its_formulas_are_typeset() -> None:
    slide = Slide("With $x<1$ and `code`", [
        ("text", "So $a_b$ and\n\n$$\n\\frac{1}{2} < 1\n$$"), ("code", "x = '<b>'"),
        ("output", "a < b"), ("html", "<table></table>"),
    ])
    text = slides.one(slide, 2)
    assert re.search(r"<h2>With <span[^>]*><mjx-container", text)
    assert "<mi>x</mi><mo>&lt;</mo><mn>1</mn>" in text
    assert "<msub><mi>a</mi><mi>b</mi></msub>" in text
    assert text.count('display="true"') == 1 and "<mfrac>" in text
    assert "a &lt; b" in text and "<b>" not in text and "<table></table>" in text
    assert "class='code html output text'" in text
    glyphs = slides.typesetter().glyphs(text)
    whole = slides.PAGE.format(title="T", slides=text, glyphs=glyphs)
    links = re.findall(r'(?:src|href)="([^"]+)"', whole)
    assert links and not [link for link in links if ":" in link or link[0] == "/"]
    pointed = {link[1:] for link in links if link[0] == "#"}
    assert pointed == set(re.findall(r'<path id="([^"]+)"', whole))
    for path in (slides.STYLE, slides.SCRIPT, slides.FORMULAS):
        assert "http" not in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(("names", "found"), [
    (slides.LECTURES, list(slides.LECTURES)),
    (["3"], ["03_first_attention_network"]), (["06"], ["06_the_attention_module"]),
    (["06_aside_local_mask"], ["06_aside_local_mask"]),
])
def test_chapters_are_chosen_by_number_or_name(names, found) -> None:
    assert [path.stem for path in slides.chosen(names)] == found


def test_a_chapter_that_is_not_there_is_refused() -> None:
    with pytest.raises(ChapterError, match="there is no chapter '99'"):
        slides.chosen(["99"])
