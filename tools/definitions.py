"""The package's public definitions as text, read from its source, nothing imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from tools.chapters import ChapterError
from tools.settings import PACKAGE, ROOT

SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Definition:
    """A class, a function or a constant at the top level of a module.

    ``name`` is its full name; ``text`` its source without docstrings, comments and
    decorators kept; ``shape`` the same code whatever its layout, for comparison;
    ``path`` and ``line`` say where it stands, the path from the project's root.
    """

    name: str
    text: str
    shape: str
    path: str
    line: int


def definitions(root: Path = ROOT) -> dict[str, Definition]:
    """Every public definition of the package under ``root``, by full name.

    Not those of ``checks``: they judge what a chapter teaches and are never shown.
    """
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        if path.relative_to(root / PACKAGE).parts[0] == "checks":
            continue
        parts = path.relative_to(root).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source, str(path)).body:
            for name in names_of(node):
                full = f"{module}.{name}"
                text, shape = text_of(node, source), shape_of(node)
                place = path.relative_to(root).as_posix()
                found[full] = Definition(full, text, shape, place, node.lineno)
    return found


def names_of(node: ast.stmt) -> list[str]:
    """The public names that a statement at top level defines."""
    if isinstance(node, SCOPES):
        names = [node.name]
    else:
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if not name.startswith("_")]


def text_of(node: ast.stmt, source: str) -> str:
    """The lines of a definition without its docstrings and without theirs inside it.

    A body that was nothing but a docstring becomes ``...``, which runs as it did.
    """
    lines: list[str | None] = list(source.split("\n"))
    for scope in filter(has_docstring, ast.walk(node)):
        _remove_docstring(scope, lines)
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    kept = [line for line in lines[first - 1 : node.end_lineno] if line is not None]
    return "\n".join(kept).rstrip()


def _remove_docstring(scope: ast.AST, lines: list[str | None]) -> None:
    docstring, *rest = scope.body
    first, last = docstring.lineno - 1, docstring.end_lineno
    indent = " " * docstring.col_offset
    beside = bool(rest) and rest[0].lineno == last
    if beside or lines[first][: docstring.col_offset].strip():
        raise ChapterError(f"{scope.name}: the docstring is not on lines of its own")
    # The blank line below a docstring belongs to it.
    gap = bool(rest) and not lines[last].strip()
    lines[first : last + gap] = [None] * (last + gap - first)
    if not rest:
        lines[first] = f"{indent}..."


def has_docstring(node: ast.AST) -> bool:
    """Whether a class or a function begins with a docstring."""
    return isinstance(node, SCOPES) and ast.get_docstring(node) is not None


def shape_of(node: ast.stmt) -> str:
    """The code of a definition without docstrings, layout and comments."""
    bare = ast.parse(ast.unparse(node)).body[0]
    for scope in filter(has_docstring, ast.walk(bare)):
        scope.body = scope.body[1:] or [ast.Expr(ast.Constant(...))]
    return ast.dump(bare)
