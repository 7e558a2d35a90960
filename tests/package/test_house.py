"""The package's folders use one another in one direction only, as CONTRIBUTING says.

Imports are read, not run: those at the top of a module and those inside a function.
What stands under ``TYPE_CHECKING`` is never imported, and does not count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import write

from tools.closure import package_modules
from tools.settings import PACKAGE, ROOT

PLAIN = {
    "names", "recipes", "config", "validation", "tensor_validation", "printable",
    "files", "limits",
}
EVERYWHERE = PLAIN | {"runtime"}
ABOVE_MODELS = EVERYWHERE | {"models", "data", "metrics"}
# What each folder, and each module at the top, may use besides itself.
MAY_USE = {
    "validation": set(),
    "printable": set(),
    "files": {"validation"},
    "limits": set(),
    "tensor_validation": {"validation"},
    "names": {"validation"},
    "recipes": {"names", "validation", "limits"},
    "config": {"names", "recipes", "validation", "limits"},
    "runtime": PLAIN,
    "data": EVERYWHERE,
    "metrics": EVERYWHERE,
    "models": EVERYWHERE | {"data", "metrics"},
    "ledger": {"names", "recipes", "config", "validation", "printable", "files"},
    "cost": ABOVE_MODELS,
    "training": ABOVE_MODELS | {"ledger"},
    "plotting": ABOVE_MODELS | {"training"},
    "experiments": ABOVE_MODELS | {"ledger", "cost", "training", "plotting"},
    "timm": EVERYWHERE | {"models", "data"},
    "checks": ABOVE_MODELS | {"ledger", "cost", "training", "plotting"},
    "grading": EVERYWHERE | {"checks"},
    "cli": ABOVE_MODELS
    | {"ledger", "cost", "training", "plotting", "experiments", "checks", "grading"},
}


def imported(path: Path) -> Iterator[str]:
    """The dotted names that a module imports when it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: the package imports by full names"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def uses(root: Path) -> dict[str, set[str]]:
    """For each module of the package, the package's modules that it imports."""
    modules = package_modules(root)
    found = {}
    for name, path in modules.items():
        names = set(imported(path))
        names |= {one.rpartition(".")[0] for one in names}
        found[name] = {one for one in names & modules.keys() if one != name}
    return found


def place(module: str) -> str:
    """The folder of a module, or its own name where it stands at the top."""
    return (module.split(".") + [""])[1]


def wrong_arrows(root: Path) -> list[str]:
    """Imports that run against the drawing, and folders that are not in it."""
    return sorted(
        f"{module} uses {other}"
        for module, others in uses(root).items()
        for other in others
        if place(other) and place(other) != place(module)
        and place(other) not in MAY_USE.get(place(module), set())
    )


def circle(root: Path) -> list[str]:
    """Modules that import one another in a circle; none where there is none."""
    graph, done = uses(root), set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return path[path.index(module):]
        if module in done:
            return []
        for other in sorted(graph[module]):
            if found := walk(other, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(graph) if (found := walk(module, []))), [])


def floors(root: Path) -> int:
    """How many floors the package has, a module standing above all that it uses."""
    graph = uses(root)
    heights: dict[str, int] = {}

    def height(module: str) -> int:
        if module not in heights:
            heights[module] = 1 + max(map(height, graph[module]), default=0)
        return heights[module]

    return max(map(height, graph))


def test_no_import_of_the_package_runs_against_the_drawing():
    assert wrong_arrows(ROOT) == []


def test_no_modules_import_one_another_in_a_circle():
    assert circle(ROOT) == []


def test_every_folder_stands_in_the_drawing_and_every_name_of_it_in_the_package():
    there = {place(module) for module in package_modules(ROOT)} - {""}
    assert there == MAY_USE.keys()


def test_the_drawing_itself_has_one_direction():
    placed: set[str] = set()
    while ready := {x for x in MAY_USE.keys() - placed if MAY_USE[x] <= placed}:
        placed |= ready
    assert placed == MAY_USE.keys()


BASE = {
    "__init__.py": "", "models/__init__.py": "", "models/unit.py": "",
    "training/__init__.py": "", "validation.py": "", "names.py": "",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/unit.py", f"from {PACKAGE}.training import step\n"),
        ("models/unit.py", f"def f():\n    from {PACKAGE} import training\n"),
        ("models/unit.py", f"import {PACKAGE}.training\n"),
        ("validation.py", f"from {PACKAGE}.names import NAMES\n"),
        ("attic/unit.py", f"from {PACKAGE}.models.unit import Unit\n"),
    ],
)
def test_an_arrow_that_runs_back_is_seen(tmp_path: Path, path: str, text: str):
    files = BASE | {"attic/__init__.py": ""} | {path: text}
    write(tmp_path, {f"{PACKAGE}/{name}": body for name, body in files.items()})
    assert len(wrong_arrows(tmp_path)) == 1


def test_what_only_a_type_checker_reads_is_no_arrow(tmp_path: Path):
    text = f"if TYPE_CHECKING:\n    from {PACKAGE}.training import step\n"
    files = BASE | {"models/unit.py": text}
    write(tmp_path, {f"{PACKAGE}/{name}": body for name, body in files.items()})
    assert wrong_arrows(tmp_path) == []


def test_a_circle_is_seen(tmp_path: Path):
    files = BASE | {
        "models/unit.py": f"from {PACKAGE}.models.mask import Mask\n",
        "models/mask.py": f"def f():\n    from {PACKAGE}.models import unit\n",
    }
    write(tmp_path, {f"{PACKAGE}/{name}": body for name, body in files.items()})
    assert circle(tmp_path) == [f"{PACKAGE}.models.mask", f"{PACKAGE}.models.unit"]


def test_every_module_with_something_public_stands_on_the_page_of_the_package():
    page = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"automodule:: ([\w.]+)", page))
    known = set(package_modules(ROOT))
    assert listed <= known
    inner = (
        "checks", "plotting._svg", "cli.app", "cli.commands", "cli.options",
        "cli.__main__",
        "timm",                              # needs timm, which no page may need
    )
    left_out = tuple(f"{PACKAGE}.{name}" for name in inner)
    for module in known - listed:
        folder = (ROOT / module.replace(".", "/")).is_dir()
        assert folder or module.startswith(left_out), module


def read_as_a_type(text: str) -> list[str]:
    """Properties whose words begin with what Sphinx takes for a type: ``A word: ...``.

    It looks for a class of that name, finds none, and the book is not built.
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef):
            continue
        decorators = {getattr(x, "id", getattr(x, "attr", "")) for x in (
            node.decorator_list)}
        first = (ast.get_docstring(node) or "").partition("\n")[0]
        if decorators & {"property", "cached_property"} and ": " in first:
            found.append(node.name)
    return found


@pytest.mark.parametrize("path", sorted((ROOT / PACKAGE).rglob("*.py")), ids=lambda
                         path: str(path.relative_to(ROOT / PACKAGE)))
def test_no_propertys_words_begin_with_what_is_taken_for_a_type(path: Path):
    assert read_as_a_type(path.read_text(encoding="utf-8")) == []


def test_a_property_whose_words_would_be_taken_for_a_type_is_seen():
    text = 'class A:\n    @property\n    def size(self):\n        """{}"""\n'
    assert read_as_a_type(text.format("Pixels: as many as there are.")) == ["size"]
    assert read_as_a_type(text.format("How many pixels there are.")) == []
