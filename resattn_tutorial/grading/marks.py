"""What of an answer's source an instructor should look at; none of it is a fault.

An answer may lean on the package where it was asked to write the thing itself, and it
may reach for what an answer has no need of: the machinery of Python, by which a process
changes what runs in it. What the printed solution uses, too, is not marked.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterable
from typing import NamedTuple

from resattn_tutorial.checks.engine.check import Check

PACKAGE = "resattn_tutorial"
JUDGES = (f"{PACKAGE}.checks", f"{PACKAGE}.grading")
MODULES = {
    "builtins", "ctypes", "gc", "importlib", "inspect", "io", "marshal",
    "multiprocessing", "os", "pathlib", "pickle", "runpy", "shutil", "signal", "socket",
    "subprocess", "sys", "tempfile", "threading", "types", "weakref",
}
NAMES = {
    "__builtins__", "__import__", "compile", "delattr", "eval", "exec", "getattr",
    "globals", "locals", "open", "setattr", "vars",
}
ATTRIBUTES = {
    "__builtins__", "__closure__", "__code__", "__defaults__", "__globals__",
    "__kwdefaults__", "__subclasses__", "_getframe", "ctypes", "f_back", "f_globals",
    "f_locals", "gc", "os", "sys", "tb_frame",
}


class Used(NamedTuple):
    """What a text uses: dotted names that it imports, names, and attributes."""

    imports: set[str]
    names: set[str]
    attributes: set[str]


def marks_of(
    source: str, check: Check, allowed: Iterable[str] = (), own: Iterable[str] = ()
) -> list[str]:
    """What to look at in an answer's source, in parts of sentences.

    Args:
        source: all of it, with its imports.
        check: whose solution may use the same.
        allowed: what else it may import.
        own: names of the learner's own modules, whose text is not looked at.
    """
    try:
        mine = _used(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ["cannot be read"]
    theirs = _of_solution(check)
    imports = sorted(mine.imports - theirs.imports - set(allowed))
    judges = [name for name in imports if name.startswith(JUDGES)]
    leans = [x for x in imports if x.split(".")[0] == PACKAGE and x not in judges]
    reaches = [
        *judges, *(x for x in imports if x.split(".")[0] in MODULES),
        *sorted((mine.names - theirs.names) & NAMES),
        *sorted((mine.attributes - theirs.attributes) & ATTRIBUTES),
    ]
    files = sorted({x.split(".")[0] for x in imports} & set(own))
    told = {
        "uses the package": leans, "uses a file of its own": files,
        "reaches for": reaches,
    }
    return [f"{what}: {_listed(names)}" for what, names in told.items() if names]


def _used(tree: ast.AST) -> Used:
    found = Used(set(), set(), set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.imports.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Name):
            found.names.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.attributes.add(node.attr)
    return found


def _of_solution(check: Check) -> Used:
    """What the printed solution uses; imports are where its names come from."""
    used = _used(ast.parse(inspect.getsource(check.solution)))
    for name, value in vars(sys.modules[check.solution.__module__]).items():
        if name in used.names:
            own, home = getattr(value, "__name__", ""), getattr(value, "__module__", "")
            used.imports.add(own if inspect.ismodule(value) else f"{home}.{own}")
    return used


def _listed(names: Iterable[str], most: int = 6) -> str:
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
