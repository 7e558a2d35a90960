"""No text from elsewhere reaches a terminal with a command in it."""

from __future__ import annotations

import unicodedata

import pytest

from resattn_tutorial.printable import printable


@pytest.mark.parametrize(("text", "seen"), [
    ("plain, with ü, 日本, ✓", "plain, with ü, 日本, ✓"),
    ("", ""),
    ("a\x1b[31mred\x1b[0m b", "ared b"),
    ("a\x1b[2J\x1b[1;1Hb", "ab"),
    ("\x9b31mred", "red"),
    ("\x1b]0;title\x07x", "x"),
    ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("\x1b]0;never ends", "]0;never ends"),
    ("\x1bcreset", "reset"),
    ("\x1b(Bx", "x"),
    ("\x1b\x1b[31m[31m", "[31m"),
    ("\x1b", ""),
    ("bell\x07, back\x08, null\x00, delete\x7f", "bell, back, null, delete"),
    ("two\nlines\r\nand\ta tab", "two lines and a tab"),
    ("from the\u202eright", "from theright"),
    ("zero\u200bwidth", "zerowidth"),
    ("half\ud800", "half"),
    ("next\u2028line", "next line"),
])
def test_a_terminal_is_told_nothing_but_text(text: str, seen: str):
    assert printable(text) == seen
    assert all(c.isprintable() for c in seen)


def test_no_single_character_commands_a_terminal():
    shown = printable("".join(map(chr, range(0x110000))))
    left = {unicodedata.category(one) for one in shown if not one.isprintable()}
    assert left == {"Zs", "Cn"}             # spaces, and what means nothing yet
