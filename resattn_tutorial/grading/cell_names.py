"""What a cell does with names, read from its text: which it sets, reads and changes.

It is a guess where Python decides only when it runs; and rather one name too many.
"""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field

from resattn_tutorial.grading.cells import Cell, without_magics

LIGHT = (
    ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    | ast.Pass
)
# What does not change what it is given.
SHOWS = {"print", "display", "len", "repr", "str", "type"}
# What Python says of a text that is none.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass
class Facts:
    """What a cell does with names, read from its text.

    Attributes:
        cell: the cell.
        code: its source as Python.
        left_out: lines that were left out of it.
        reads: names that it takes from cells before.
        binds: names that it sets.
        changes: names whose objects it may change.
        asks: names of checks that it calls, ``chapter01.growth``.
        light: whether it only imports, defines and names.
    """

    cell: Cell
    code: str
    left_out: list[str]
    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    asks: list[str] = field(default_factory=list)
    light: bool = True


def facts_of(cell: Cell) -> Facts:
    """What a cell does with names; where it is no Python, nothing is known."""
    code, left_out = without_magics(cell.source)
    facts = Facts(cell, code, left_out)
    try:
        tree = ast.parse(code)
        for statement in tree.body:
            _add(statement, facts)
    except UNREADABLE:
        return facts                                 # it is run, to be told
    return facts


def _add(statement: ast.stmt, facts: Facts) -> None:
    binds, reads = _names(statement)
    facts.reads |= reads - facts.binds
    facts.binds |= binds
    facts.changes |= set(_changes(statement))
    facts.light = facts.light and _is_light(statement)


def _names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement sets in its notebook, and those that it reads there.

    What a loop sets and then reads is its own; ``x = f(x)`` reads first.
    """
    text = ast.unparse(statement)
    binds, reads, tables = set(), set(), [symtable.symtable(text, "a cell", "exec")]
    while tables:
        table = tables.pop()
        outermost = table.get_type() == "module"
        for symbol in table.get_symbols():
            if outermost or symbol.is_global():
                set_here = symbol.is_assigned() or symbol.is_imported()
                binds |= {symbol.get_name()} if set_here else set()
                reads |= {symbol.get_name()} if symbol.is_referenced() else set()
        tables += table.get_children()
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
        reads -= binds
    if isinstance(statement, ast.AugAssign):
        reads |= binds
    return binds, {name for name in reads if not hasattr(builtins, name)}


def _changes(statement: ast.stmt) -> Iterator[str]:
    """The names whose objects a statement may change.

    By setting a part, and by calling something for its effect only, a method of theirs
    or a function that is given them.
    """
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute | ast.Subscript):
            if isinstance(node.ctx, ast.Store | ast.Del):
                yield from _root(node)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Name) and call.func.id in SHOWS:
                continue
            for part in (call.func, *call.args):
                if part is not call.func or isinstance(part, ast.Attribute):
                    yield from _root(part)


def _root(node: ast.AST) -> Iterator[str]:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _is_light(statement: ast.stmt) -> bool:
    if isinstance(statement, LIGHT):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return False
    costly = ast.Call | ast.Await | ast.BinOp | ast.ListComp | ast.SetComp | (
        ast.DictComp | ast.GeneratorExp)
    inside = [statement.value] if statement.value else []
    while inside:
        node = inside.pop()
        if isinstance(node, costly):
            return False
        if not isinstance(node, ast.Lambda):
            inside += ast.iter_child_nodes(node)
    return True
