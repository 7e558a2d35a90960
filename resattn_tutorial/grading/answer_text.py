"""The text of an answer, by which it can be judged alone.

:func:`~resattn_tutorial.checks.engine.source.source_of` gives it where it can. Where an
answer uses a value of another cell that no text stands for, as ``pool(x)`` after
``pool = nn.MaxPool2d(2)``, it is put together from the statements of the cells that
were run, those that its names lead to and no others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from resattn_tutorial.checks.engine.source import NotKept, source_of
from resattn_tutorial.grading.cell_names import UNREADABLE, Facts, facts_of
from resattn_tutorial.grading.cells import Cell
from resattn_tutorial.grading.choosing import imports_of, needed_cells
from resattn_tutorial.grading.recording import in_words

PACKAGE = "resattn_tutorial"
# Letters of a source.
MOST = 100_000


def text_of(
    answer: Any, page: Mapping[str, Any], so_far: Sequence[Facts]
) -> tuple[str, str]:
    """An answer's source, or nothing and why; of the package's own, its import.

    Args:
        answer: what a check was given.
        page: the names of the notebook.
        so_far: the cells that were run, the last one as well.
    """
    home, name = (str(getattr(answer, x, "")) for x in ("__module__", "__qualname__"))
    if home.split(".")[0] == PACKAGE and name.isidentifier():
        return f"from {home} import {name}\n\nanswer = {name}\n", ""
    try:
        source = source_of(answer)
    except NotKept as error:
        source, why = _by_statements(answer, page, so_far), str(error)
        if not source:
            return "", why
    except Exception as error:                       # an answer may do anything
        return "", in_words(error)
    if len(source) > MOST:
        return "", f"its source has more than {MOST:,} letters"
    return source, ""


def _by_statements(
    answer: Any, page: Mapping[str, Any], so_far: Sequence[Facts]
) -> str:
    """The statements that an answer's name leads to; nothing where it has no name."""
    name = next((x for x, value in page.items() if value is answer), None)
    if name is None or name.startswith("_"):
        return ""
    parts = [part for facts in so_far for part in _statements(facts)]
    imports, checks = imports_of(parts)
    parts = [part for part in parts if part.binds or not part.reads & checks.keys()]
    parts.append(facts_of(Cell(0, f"answer = {name}")))
    chosen = needed_cells(parts, [len(parts) - 1], imports)
    return "\n\n".join(facts.code for facts in chosen) + "\n"


def _statements(facts: Facts) -> Iterator[Facts]:
    """A cell's statements, each as a cell; an import of several names as several."""
    try:
        tree = ast.parse(facts.code)
    except UNREADABLE:
        return
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                statement.names = [alias]
                yield facts_of(Cell(facts.cell.number, ast.unparse(statement)))
        else:
            yield facts_of(Cell(facts.cell.number, ast.unparse(statement)))
