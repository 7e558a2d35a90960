"""Text from elsewhere, made safe to print (chapter 10).

A server's reason or a run file may hold characters that command a terminal: they
colour, clear, rename the window, or turn the reading direction. None of them is shown.
"""

from __future__ import annotations

import re
import unicodedata

# What a terminal takes for a command: ESC [ ... letter, ESC ] ... up to its end, and
# ESC with one character. The second kind must not swallow the rest if no end comes.
COMMAND = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-Z\\^-~]?"
)
# Controls, marks of direction and other unseen ones, halves of a character, private.
UNSEEN = ("Cc", "Cf", "Cs", "Co")


def printable(text: str) -> str:
    """The text on one line, without a character that commands a terminal.

    Line ends and tabs become a space. What is seen stays as it is.
    """
    text = " ".join(COMMAND.sub("", text).splitlines()).replace("\t", " ")
    return "".join(c for c in text if unicodedata.category(c) not in UNSEEN)
