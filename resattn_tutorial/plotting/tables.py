"""Tables: numbers that are compared stand in columns, on a page and in a notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from resattn_tutorial.validation import require_kind, require_sequence

__all__ = ["TableOfResults", "table"]
# Digits with signs, brackets and short units, a dash or nothing; "1 module" is words.
NUMBER = re.compile(r"[–-]?|(?=.*\d)([\d\s.,:+−±×<>~%/()–-]|\b(to|s|ms|GB|MB)\b|e)*")


@dataclass(frozen=True, repr=False)
class TableOfResults:
    """Rows under a head; a notebook shows it by itself. `table` makes it.

    Attributes:
        head: the columns' names.
        rows: the cells' texts, as many in each row as there are columns.
        title: what the table shows, above it.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str

    @property
    def sides(self) -> tuple[str, ...]:
        """Numbers stand ``right``, words ``left``; one for each column."""
        columns = zip(*self.rows, strict=True)
        return tuple("right" if _numbers(column) else "left" for column in columns)

    def __repr__(self) -> str:
        """The table as aligned text, for a terminal."""
        lines = [self.head, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        signs = [{"left": "<", "right": ">"}[side] for side in self.sides]
        shown = [self.title]
        for line in lines:
            cells = zip(line, signs, widths, strict=True)
            texts = (f"{text:{sign}{width}}" for text, sign, width in cells)
            shown.append("  ".join(texts).rstrip())
        return "\n".join(shown)

    def _repr_html_(self) -> str:
        """The table as HTML; a terminal's is `repr`."""
        sides = self.sides
        head = "".join(
            f"<th scope='col' style='text-align:{side}'>{escape(text)}</th>"
            for text, side in zip(self.head, sides, strict=True)
        )
        body = "".join("<tr>" + "".join(
            f"<td style='text-align:{side}'>{escape(text)}</td>"
            for text, side in zip(row, sides, strict=True)
        ) + "</tr>" for row in self.rows)
        return (
            f"<table class='results'><caption>{escape(self.title)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def table(
    head: Sequence[str], rows: Sequence[Sequence[object]], *, title: str
) -> TableOfResults:
    """A table of results, as a value that a notebook shows.

    Args:
        head: the columns' names.
        rows: each with as many cells as there are columns; a cell that is no text is
            shown as Python prints it, so round numbers beforehand: ``f"{x:.1f}"``.
        title: what the table shows, in a few words.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: there is no column or no row, or a row has another length.
    """
    require_kind("title", title, str, "text")
    names = tuple(require_sequence("head", head))
    for name in names:
        require_kind("a column's name", name, str, "text")
        if not name.strip():
            listed = ", ".join(map(repr, names))
            raise ValueError(f"every column has a name; got {listed}.")
    texts = tuple(
        tuple(str(cell) for cell in require_sequence("a row", row))
        for row in require_sequence("rows", rows)
    )
    if not names or not texts:
        raise ValueError("a table has at least one column and one row.")
    for row in texts:
        if len(row) != len(names):
            raise ValueError(
                f"rows must have {len(names)} cells, as head has; got {len(row)}: "
                f"{', '.join(row)}."
            )
    return TableOfResults(names, texts, title)


def _numbers(column: Sequence[str]) -> bool:
    """Whether a column holds numbers, with their units, signs and spans."""
    return all(NUMBER.fullmatch(text) for text in column)
