"""What a terminal would show of a text that moves its cursor.

A progress bar rewrites its line with carriage returns. A notebook keeps every update;
a page should keep the last one only.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode

STEP = re.compile(r"\r|\n|\x1b\[A|\x1b\[K|[^\r\n\x1b]+|\x1b")


def shown(text: str) -> str:
    """The lines that remain once every carriage return and cursor-up has acted.

    Colours and other escapes are kept as they are. A line rewritten with blanks, as a
    finished bar that clears itself leaves it, becomes empty.
    """
    if "\r" not in text and "\x1b[A" not in text:
        return text
    lines, row, column = [""], 0, 0
    for step in STEP.findall(text):
        if step == "\n":
            row, column = row + 1, 0
            if row == len(lines):
                lines.append("")
        elif step == "\r":
            column = 0
        elif step == "\x1b[A":
            row = max(0, row - 1)
        elif step == "\x1b[K":
            lines[row] = lines[row][:column]
        else:
            old = lines[row].ljust(column)
            lines[row] = old[:column] + step + old[column + len(step) :]
            column += len(step)
    return "\n".join(line.rstrip() for line in lines)


def settle(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """A cell's outputs with neighbouring streams joined and shown as by a terminal."""
    joined: list[NotebookNode] = []
    for output in outputs:
        before = joined[-1] if joined else None
        if _same_stream(before, output):
            before.text += output.text
        else:
            joined.append(output)
    for output in joined:
        if output.output_type == "stream":
            output.text = shown(output.text)
    return [out for out in joined if out.output_type != "stream" or out.text.strip()]


def _same_stream(before: NotebookNode | None, output: NotebookNode) -> bool:
    if before is None or output.output_type != "stream":
        return False
    return before.output_type == "stream" and before.name == output.name
