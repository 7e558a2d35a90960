"""Recall questions and usual wrong answers: what is refused, and what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from resattn_tutorial.checks import chapter06
from resattn_tutorial.checks.engine.slips import made
from tools import recall, wrong_answers
from tools.chapters import ChapterError
from tools.directives import Writer
from tools.markdown import blocks
from tools.references import References
from tools.roles import Roles
from tools.settings import ROOT

ASKED = "- Two | Too few.\n+ Three | One for each stage.\n- Four | One too many."
PAGE = ROOT / "chapters" / "06_the_attention_module.md"


def test_each_choice_opens_to_its_own_sentence_and_says_whether_it_is_right() -> None:
    text = recall.as_myst("How many?", ASKED)
    assert text.startswith("**How many?**\n")
    assert ":::{dropdown} Three\nRight. One for each stage.\n:::" in text
    assert text.count("No. ") == 2 and text.count("Right. ") == 1


@pytest.mark.parametrize(("body", "words"), [
    ("+ a | b\n- c | d", "three choices or more, one right"),
    ("- a | b\n- c | d\n- e | f", "one right"),
    ("+ a | b\n+ c | d\n- e | f", "one right"),
    ("+ a | b\n- c\n- e | f", "got '- c'"),
    ("a | b\n- c | d\n- e | f", "got 'a | b'"),
    ("+ a | b\n- a | d\n- e | f", "the same text"),
    ("+ a | b\n- c | b\n- e | f", "the same sentence"),
])
def test_a_question_that_is_not_whole_is_refused(body: str, words: str) -> None:
    with pytest.raises(ChapterError) as refusal:
        recall.as_myst("How many?", body)
    assert words in str(refusal.value)


def notebook(text: str) -> str:
    """What a notebook of chapter 6 shows for some Markdown of its page."""
    writer = Writer(Roles(References(ROOT, ""), None, PAGE))
    return writer.markdown(blocks(text, PAGE))


def test_a_notebook_needs_no_widget_to_ask() -> None:
    shown = notebook(f":::{{recall}} How many?\n{ASKED}\n:::")
    assert shown.startswith("**How many?**")
    assert "<details><summary><b>Three</b></summary>\n\nRight. One" in shown
    assert shown.count("<details>") == 3


def test_the_box_shows_the_words_of_the_check() -> None:
    shown = notebook(":::{wrong-answer} module\n:says: naive attention\nBy hand.\n:::")
    [slip] = [s for s in chapter06.module.table.slips if "naive attention" in s.words]
    assert "**A usual wrong answer**" in shown and "By hand." in shown
    assert slip.words in " ".join(shown.replace(">", " ").split())


@pytest.mark.parametrize(("check", "says", "words"), [
    ("nothing", "naive", "no check 'nothing'"),
    ("module", "no slip says this", "0 slips say"),
    ("module", "", "0 slips say"),
    ("module", "the", "slips say 'the', not one"),
])
def test_a_box_that_leads_nowhere_is_refused(check: str, says: str, words: str) -> None:
    with pytest.raises(ChapterError) as refusal:
        wrong_answers.words(Path("06_x.md"), check, says)
    assert words in str(refusal.value)


@pytest.mark.slow
def test_who_makes_the_mistake_is_told_these_words() -> None:
    words = wrong_answers.words(PAGE, "mended_mask", "skip is doubled: the")
    table = chapter06.mended_mask.table
    [slip] = [slip for slip in table.slips if slip.words == words]
    report = chapter06.mended_mask.report(made(table.reference, slip.ways[0]))
    assert report.mistake == words
