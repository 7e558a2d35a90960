"""What the page of errors quotes is what is said; what it cannot produce, it cites."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import real_errors

from resattn_tutorial.cli.plainly import OURS
from tools.wrong_answers import words

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book/what-went-wrong.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^\*\*`(.+)`\*\*\n\n- (.+)\n- (.+)$", re.M)
ENTRIES = {message: rest for message, *rest in ENTRY.findall(PAGE)}
# What pip says takes a process, and seconds.
PIPS = (
    "requires a different Python: … not in '>=3.11'",
    "No matching distribution found for torch",
    "This environment is externally managed",
)


def pattern(message: str) -> re.Pattern[str]:
    """What a message of the page matches: … stands for anything but nothing."""
    pieces = message.removesuffix("…").split("…")
    return re.compile(".+".join(map(re.escape, pieces)), re.S)


def slips() -> list[tuple[str, str, str, str]]:
    """The rows of the table of slips: chapter, exercise, words, where to read."""
    found = re.findall(r"^\| (\d+) \| \{ref\}`(.+?)` \| (.+) \| (.+) \|$", PAGE, re.M)
    return [(f"{int(number):02}", *rest) for number, *rest in found]


@pytest.mark.parametrize("message", [
    pytest.param(message, marks=pytest.mark.slow if message in PIPS else ())
    for message in real_errors.MADE
])
def test_a_message_is_said_as_the_page_quotes_it(message: str, tmp_path: Path):
    assert message in ENTRIES
    said = real_errors.MADE[message](tmp_path)
    assert pattern(message).search(said), said


def test_every_entry_is_produced_or_says_where_its_words_are_documented():
    assert len(ENTRIES) == len(ENTRY.findall(PAGE)) > 50
    cited = {one for one, text in ENTRIES.items() if "](https://" in "".join(text)}
    assert set(real_errors.MADE) <= set(ENTRIES) <= set(real_errors.MADE) | cited


def test_an_entry_has_few_sentences_on_what_it_means_and_on_what_to_do():
    for message, (meaning, help_) in ENTRIES.items():
        assert 1 <= sentences(meaning) <= 2, message
        assert 1 <= sentences(help_) <= 3, message


def sentences(text: str) -> int:
    return len(re.findall(r"[.?!](?:\s|$)", re.sub("`.+?`", "", text)))


def test_a_message_with_other_words_is_not_the_one_that_was_quoted():
    quoted = pattern("… holds no checkpoint.pt: it is not a run's folder.")
    assert quoted.search("runs/x holds no checkpoint.pt: it is not a run's folder.")
    assert not quoted.search("runs/x holds no checkpoint_pt: it is not a run's folder.")
    assert not quoted.search(" holds no checkpoint.pt: it is no run's folder.")


def test_the_words_for_our_own_faults_are_those_of_the_command():
    said, = re.findall(r"`(This is our bug.+?)` in a line", PAGE)
    assert said in OURS


def test_each_chapter_has_a_slip_and_its_words_are_what_the_check_says():
    chapters = sorted((ROOT / "chapters").glob("??_*.md"))
    for path in chapters:
        if "_aside_" in path.name:
            continue
        row, = [row for row in slips() if row[0] == path.name[:2]]
        assert f":label: {row[1]}\n" in path.read_text(encoding="utf-8")
        assert row[2] in all_words(path)
    assert len(slips()) == len([p for p in chapters if "_aside_" not in p.name])


def all_words(path: Path) -> set[str]:
    """The words of the usual wrong answers that a chapter itself shows."""
    found = re.findall(
        r"\{wrong-answer\} (\w+)\n:says: (.+)", path.read_text(encoding="utf-8"))
    return {words(path, check, says) for check, says in found}
