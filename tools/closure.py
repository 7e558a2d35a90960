"""Which files of the package a piece of code depends on, found without running it.

A chapter has to run again when a module it uses has changed, and only then. So the
imports are followed, from the chapter's cells through the package's own modules: those
at the top of a module and those inside a function, absolute and relative. A module
named in a string counts as used, as does a data file or a folder of data files, so
that what is imported or opened by name is not missed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from tools.settings import PACKAGE

MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)
LONGEST_NAME = 100


def parse_cell(source: str) -> ast.Module:
    """The syntax tree of a cell; lines with IPython's ``%`` and ``!`` are left out.

    Raises ``SyntaxError`` where what remains is not Python.
    """
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse(MAGIC.sub(r"\1pass", source))


def used_files(cells: Iterable[str], root: Path) -> list[Path]:
    """The package files, modules and data, that the cells use, directly or not.

    ``root`` is the folder that holds the package. The paths come sorted. Raises
    ``SyntaxError`` for a cell or a module that is not Python.
    """
    modules = package_modules(root)
    trees = [(parse_cell(source), "") for source in cells]
    seen: set[str] = set()
    strings: set[str] = set()
    while trees:
        tree, package = trees.pop()
        strings |= set(_strings(tree))
        for name in _used_modules(tree, package, modules.keys()) - seen:
            seen.add(name)
            path = modules[name]
            here = name if path.name == "__init__.py" else name.rpartition(".")[0]
            trees.append((ast.parse(path.read_text(encoding="utf-8")), here))
    data = [path for path in _data_files(root) if _is_named(path, root, strings | seen)]
    return sorted([modules[name] for name in seen] + (data if seen else []))


def package_modules(root: Path) -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in (root / PACKAGE).rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def _used_modules(tree: ast.Module, package: str, known: Iterable[str]) -> set[str]:
    """The known modules that a tree imports or names, with their parents.

    ``package`` is the package against which relative imports are resolved.
    """
    names: set[str] = set(_strings(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names |= {f"{base}.{alias.name}" for alias in node.names}
    with_parents = {parent for name in names for parent in _lineage(name)}
    return with_parents & set(known)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The dotted name of what a ``from`` import imports from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _lineage(name: str) -> Iterator[str]:
    """A dotted name and its parents: importing it runs them all."""
    while name:
        yield name
        name = name.rpartition(".")[0]


def _strings(tree: ast.Module) -> Iterator[str]:
    """The string constants that are short enough to be a name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if 0 < len(node.value) <= LONGEST_NAME:
                yield node.value


def _data_files(root: Path) -> Iterator[Path]:
    """The files of the package that are not Python's."""
    for path in (root / PACKAGE).rglob("*"):
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
            yield path


def _is_named(path: Path, root: Path, names: set[str]) -> bool:
    """Whether a name is that of the file, of one of its folders, or a fitting pattern.

    A folder counts by its own name, by its path and as a dotted package.
    """
    inside = PurePosixPath(path.relative_to(root / PACKAGE).as_posix())
    folders = [str(folder) for folder in inside.parents if folder.name]
    own = {*inside.parts, str(inside), *folders}
    own |= {f"{PACKAGE}.{folder.replace('/', '.')}" for folder in folders}
    return bool(own & names) or any(inside.match(n) for n in names if "*" in n)
