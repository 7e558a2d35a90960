"""The tables on the page of the ledger: one of all runs, and the figures of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from docutils import nodes

from tools.ledger_facts import Run, numbers_in, spread
from tools.measured import anchor, value_at

# Of one group of scores; a page of some hundred more would be read by nobody.
MOST_FIGURES = 20
Cell = str | nodes.Node


def overview(named: Mapping[str, list[Run]]) -> nodes.table:
    """A row for the runs of each name, which leads to their section."""
    rows = []
    for name, runs in named.items():
        link = nodes.reference("", name, refid=anchor(name), internal=True)
        error = "none"
        if value_at(runs[0], "results/test_error") is not None:
            error = spread(runs, "results/test_error")
        minutes = spread(runs, "results/minutes")
        rows.append((nodes.paragraph("", "", link), str(len(runs)), error, minutes))
    return table(("name", "runs", "test error", "minutes"), rows)


def figures(runs: list[Run], group: Run, path: str = "results") -> list[nodes.Node]:
    """The figures of a group in a table; then those of its own groups.

    Groups that have figures of the same names share a table, a row for each. One too
    large to be read is counted.
    """
    single, groups = split(group)
    rows = [(_words(k), spread(runs, f"{path}/{k}", k)) for k in single]
    rows += [
        (_words(name), f"{numbers_in(one)} numbers, which stand in the run file")
        for name, one in groups.items() if _too_many(name, one)
    ]
    found: list[nodes.Node] = [table(("figure", "value"), rows)] if rows else []
    shown = {k: one for k, one in groups.items() if not _too_many(k, one)}
    for names, columns in alike(shown):
        if columns:
            found.append(_rows_of(runs, path, names, columns))
            continue
        for name in names:
            found.append(nodes.paragraph("", f"{_words(name).capitalize()}:"))
            found += figures(runs, shown[name], f"{path}/{name}")
    return found


def split(group: Run) -> tuple[Run, dict[str, Run]]:
    """The figures of a group by name, and its own groups."""
    groups = {k: one for k, one in group.items() if isinstance(one, dict)}
    return {k: v for k, v in group.items() if k not in groups}, groups


def alike(groups: Mapping[str, Run]) -> list[tuple[list[str], tuple[str, ...]]]:
    """The names of groups, together where all have figures of the same names.

    Behind them those names; none for a group that stands alone or has groups itself.
    """
    found: dict[tuple[str, ...], list[str]] = {}
    for name, group in groups.items():
        single, inner = split(group)
        columns = () if inner else tuple(single)
        found.setdefault(columns, []).append(name)
    return [(names, columns if len(names) > 1 else ())
            for columns, names in found.items()]


def _rows_of(
    runs: list[Run], path: str, names: Sequence[str], columns: Sequence[str]
) -> nodes.table:
    rows = [
        (_words(name), *(spread(runs, f"{path}/{name}/{k}", k) for k in columns))
        for name in names
    ]
    return table(("of", *map(_words, columns)), rows)


def _too_many(name: str, group: Run) -> bool:
    return numbers_in(group) > MOST_FIGURES and name != "scores"


def _words(name: str) -> str:
    return name.replace("_", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> nodes.table:
    """A table with a head; a cell is text or a node.

    Every column has a name: who listens to a table hears it before each cell.
    """
    if not all(head):
        raise ValueError(f"every column must have a name, got {head!r}.")
    body = nodes.tbody("", *(_row(row) for row in rows))
    columns = [nodes.colspec(colwidth=1) for _ in head]
    group = nodes.tgroup("", *columns, nodes.thead("", _row(head)), body,
                         cols=len(head))
    return nodes.table("", group)


def _row(cells: Sequence[Cell]) -> nodes.row:
    def node(cell: Cell) -> nodes.Node:
        return nodes.paragraph("", cell) if isinstance(cell, str) else cell

    return nodes.row("", *(nodes.entry("", node(cell)) for cell in cells))
