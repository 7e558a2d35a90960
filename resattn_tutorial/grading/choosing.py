"""Which cells a grader runs: what the checks need, and not what takes minutes.

Always run are cells that only import, define and name, the cells of exercises, and
those that call a check. Of the others, those are run that bind or change a name which
one of the chosen cells reads. So a training whose result no answer reads is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from resattn_tutorial.grading.cell_names import UNREADABLE, Facts, facts_of
from resattn_tutorial.grading.cells import Cell

CHECKS = "resattn_tutorial.checks"


@dataclass
class Choice:
    """A notebook, read as text.

    Attributes:
        cells: all its cells.
        chosen: those to run, in order.
        asked: the checks that it calls, in order.
        chapters: whose checks it imports.
    """

    cells: list[Facts]
    chosen: list[Facts]
    asked: list[str]
    chapters: list[str]


def choose(cells: Iterable[Cell], every: bool = False) -> Choice:
    """Read a notebook's cells, and choose those to run.

    Args:
        cells: the code cells.
        every: whether all are to be run; the one that installs the package never is.
    """
    facts = [facts_of(cell) for cell in cells]
    imports, names = imports_of(facts)
    for one in facts:
        one.asks = list(_asks(one.code, names))
    asked = list(dict.fromkeys(name for one in facts for name in one.asks))
    chapters = list(dict.fromkeys(name.split(".")[0] for name in names.values()))
    able = [one for one in facts if not one.cell.installs]
    first = [
        place for place, one in enumerate(able)
        if one.light or one.asks or one.cell.tags & {"exercise", "check"}
    ]
    chosen = able if every else needed_cells(able, first, imports)
    return Choice(facts, chosen, asked, chapters)


def needed_cells(
    facts: list[Facts], first: Iterable[int], imports: set[str]
) -> list[Facts]:
    """The parts at some places and all that they need of the parts before, in order.

    Args:
        facts: of cells, or of single statements.
        first: the places to begin with.
        imports: names that are imports; to call something of theirs changes nothing.
    """
    wanted = set(first)
    waiting = sorted(wanted)
    while waiting:
        place = waiting.pop()
        for name in facts[place].reads:
            found = set(_makers(facts[:place], name, name not in imports)) - wanted
            wanted |= found
            waiting += found
    return [facts[place] for place in sorted(wanted)]


def _makers(before: list[Facts], name: str, changes: bool) -> Iterator[int]:
    """The last part that bound a name, and those that changed its object since."""
    for place in reversed(range(len(before))):
        if changes and name in before[place].changes:
            yield place
        if name in before[place].binds:
            yield place
            return


def imports_of(facts: list[Facts]) -> tuple[set[str], dict[str, str]]:
    """All names that are imports, and those of chapters' checks, or of one check.

    The latter lead to what they stand for: ``{"checks": "chapter01"}``.
    """
    found, checks = set(), {}
    for one in facts:
        for node in _walk(one.code):
            if isinstance(node, ast.Import | ast.ImportFrom):
                home = getattr(node, "module", None)
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    whole = f"{home}.{alias.name}" if home else alias.name
                    found.add(name)
                    rest = whole.removeprefix(f"{CHECKS}.")
                    if rest != whole and rest.startswith("chapter") and (
                        home or alias.asname
                    ):
                        checks[name] = rest
    return found, checks


def _asks(code: str, names: dict[str, str]) -> Iterator[str]:
    """The checks that a cell calls: ``checks.growth(...)``, not ``.yours(...)``."""
    for node in _walk(code):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                home = names.get(getattr(function.value, "id", ""))
                if home and "." not in home:
                    yield f"{home}.{function.attr}"
            elif isinstance(function, ast.Name) and "." in names.get(function.id, ""):
                yield names[function.id]


def _walk(code: str) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(code))
    except UNREADABLE:
        return
