"""The source of something written in a notebook, with all that it needs to run.

A definition in a cell uses names of other cells: libraries, helpers, small constants.
:func:`source_of` follows them, so that the text can be run elsewhere by itself.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import re
import symtable
import sys
from collections.abc import Mapping
from inspect import unwrap
from types import FunctionType, ModuleType
from typing import Any

QUOTED = re.compile(r"^# In the package: ([\w.]+)\.(\w+)$", re.MULTILINE)


class NotKept(ValueError):
    """A source that cannot be had; the message says why."""


def source_of(answer: Any) -> str:
    """A function's or a class's source, after the imports and the parts that it uses.

    What it defines last is the answer. Parts that a notebook quotes from the package
    are imported from there.

    Raises:
        NotKept: it is no function or class, was made inside another function, has no
            source, or uses a value of another cell that no text can stand for.
    """
    function = _function_of(answer)
    name = answer.__name__
    if getattr(answer, "__qualname__", name) != name and name != "<lambda>":
        raise NotKept(f"{name} was made inside another function")
    if name == "<lambda>" or function.__globals__.get(name) is not answer:
        name = _name_in(function.__globals__, answer)
    imports, parts = [], {}
    _gather(name, function, imports, parts)
    head = "\n".join(sorted(set(imports)))
    return "\n\n\n".join(filter(None, [head, *parts.values()])) + "\n"


def _function_of(answer: Any) -> FunctionType:
    """A function itself, or one that a class defines: it knows its file and globals."""
    if isinstance(answer, FunctionType):
        return unwrap(answer)                # behind torch.no_grad() and the like
    if not isinstance(answer, type):
        raise NotKept("only a function or a class has a source")
    for value in vars(answer).values():
        value = unwrap(getattr(value, "__func__", value))
        inside = f"{answer.__module__}.{answer.__qualname__}."
        if isinstance(value, FunctionType):
            if f"{value.__module__}.{value.__qualname__}".startswith(inside):
                return value
    raise NotKept(f"{answer.__name__} has no function of its own")


def _name_in(names: Mapping[str, Any], answer: Any) -> str:
    """Under which name of its notebook a thing stands."""
    for name, value in names.items():
        if value is answer and not name.startswith("_"):
            return name
    raise NotKept("it has no name of its own")


def _gather(
    name: str, function: FunctionType, imports: list[str], parts: dict[str, str]
) -> None:
    """Put a definition into ``parts``, and what it needs before it."""
    text = _definition(name, function)
    parts[name] = ""             # known now, for definitions that name themselves
    for used in _free_names(text):
        if used not in parts and used in function.__globals__:
            _bring(used, function, imports, parts)
    del parts[name]
    parts[name] = text


def _bring(
    name: str, function: FunctionType, imports: list[str], parts: dict[str, str]
) -> None:
    """Put what a function calls by a name into ``imports`` or ``parts``."""
    value = function.__globals__[name]
    if line := _import(name, value, function):
        imports.append(line)
    elif isinstance(value, type | FunctionType):
        home, own = _function_of(value), value.__name__
        if home.__globals__.get(own) is not value:   # a lambda, or made by a function
            home, own = function, name
        if own not in parts:
            _gather(own, home, imports, parts)
        if own != name:                          # Stage = checks.stage.yours(MyStage)
            parts[name] = f"{name} = {own}"
    elif line := _literal(name, value):
        parts[name] = line
    else:
        _gather(name, function, imports, parts)  # it may be set in the same cell


def _definition(name: str, function: FunctionType) -> str:
    """The text of the last definition of a name in the cell of a function."""
    cell = "".join(linecache.getlines(function.__code__.co_filename))
    found = None
    for node in ast.parse(cell).body if cell else ():
        if name in _defined(node):
            found = node
    if found is None:
        raise NotKept(f"the cell that sets {name} is another one, or unknown")
    lines = [node.lineno for node in (found, *getattr(found, "decorator_list", ()))]
    return "\n".join(cell.splitlines()[min(lines) - 1:found.end_lineno])


def _defined(node: ast.stmt) -> set[str]:
    """The names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def _free_names(text: str) -> list[str]:
    """The names that a text takes from elsewhere, in order, without Python's own."""
    tables, found = [symtable.symtable(text, "a cell", "exec")], []
    while tables:
        table = tables.pop(0)
        outermost = table.get_type() == "module"
        for symbol in table.get_symbols():
            from_outside = not symbol.is_assigned() if outermost else symbol.is_global()
            if symbol.is_referenced() and from_outside:
                found.append(symbol.get_name())
        tables += table.get_children()
    return [name for name in dict.fromkeys(found) if not hasattr(builtins, name)]


def _import(name: str, value: Any, function: FunctionType) -> str:
    """The line that imports a value, or nothing where it is the notebook's own."""
    if isinstance(value, ModuleType):
        whole = value.__name__
        return f"import {whole}" if whole == name else f"import {whole} as {name}"
    home, inner = getattr(value, "__module__", None), getattr(value, "__name__", name)
    if home == function.__module__:
        return _quoted(name, value)
    if home and getattr(sys.modules.get(home), inner, None) is value:
        return _from(home, inner, name)
    return ""


def _quoted(name: str, value: Any) -> str:
    """The import of what a cell quotes from the package."""
    if not isinstance(value, type | FunctionType):
        return ""
    cell = "".join(linecache.getlines(_function_of(value).__code__.co_filename))
    homes = {inner: home for home, inner in QUOTED.findall(cell)}
    home = homes.get(value.__name__)
    return _from(home, value.__name__, name) if home else ""


def _from(home: str, inner: str, name: str) -> str:
    return f"from {home} import {inner}" + (f" as {name}" if inner != name else "")


def _literal(name: str, value: Any) -> str:
    """A line that sets a small value, or nothing where its text is another value."""
    text = repr(value)
    try:
        same = ast.literal_eval(text) == value
    except (ValueError, SyntaxError, TypeError):
        return ""
    return f"{name} = {text}" if same else ""
