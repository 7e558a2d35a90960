"""The map from the paper to the book: what each of its numbered items became.

``book/paper-map.toml`` names, for every equation, table and figure of the paper, the
section that treats it, the definitions that carry it out, and the tests that hold
them to it. ``read_map`` reads it and refuses what does not exist; ``as_myst`` writes
it as text for a page, each definition and each test with the line on which it stands.
"""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.definitions import definitions
from tools.settings import ROOT, Address, address

NUMBERED = {"Equation": 7, "Table": 7, "Figure": 4}
ITEMS = [f"{kind} {n}" for kind, last in NUMBERED.items() for n in range(1, last + 1)]
FIELDS = {"says", "sections", "code", "tests", "missing"}


class MapError(ValueError):
    """An entry of the map that points nowhere; says which one."""


@dataclass(frozen=True)
class Place:
    """A definition or a test: its name, its file from the root, and its line."""

    name: str
    path: str
    line: int


@dataclass(frozen=True)
class Item:
    """One item of the paper.

    ``says`` is what it states; ``sections`` are labels of the book; ``missing`` says
    what of it is not built, and is empty where nothing is.
    """

    name: str
    says: str
    sections: list[str]
    code: list[Place]
    tests: list[Place]
    missing: str


def read_map(root: Path = ROOT) -> list[Item]:
    """The items in the paper's order.

    Raises ``MapError`` where an item is left out or unknown, where an entry names a
    definition or a test that is not there, and where one leads nowhere and does not
    say what is missing.
    """
    text = (root / "book" / "paper-map.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    if list(entries) != ITEMS:
        odd = sorted(set(entries) ^ set(ITEMS)) or "another order"
        raise MapError(f"paper-map.toml must have {ITEMS}, each once; see {odd}.")
    defined, tests = definitions(root), {}
    return [_item(name, entries[name], defined, tests, root) for name in ITEMS]


def _item(name: str, entry: dict, defined: dict, tests: dict, root: Path) -> Item:
    if unknown := set(entry) - FIELDS:
        raise MapError(f"{name}: unknown {sorted(unknown)}, known are {sorted(FIELDS)}")
    code = [_definition(name, one, defined) for one in entry.get("code", [])]
    held = [_test(name, one, tests, root) for one in entry.get("tests", [])]
    sections, missing = entry.get("sections", []), entry.get("missing", "")
    if not missing and not (sections and held):
        raise MapError(f"{name}: no section or no test, and nothing said to be missing")
    return Item(name, entry["says"], sections, code, held, missing)


def _definition(item: str, name: str, defined: dict) -> Place:
    if name not in defined:
        raise MapError(f"{item}: the package has no {name}")
    return Place(name, defined[name].path, defined[name].line)


def _test(item: str, name: str, tests: dict, root: Path) -> Place:
    """The test named ``tests/test_x.py::test_y``; ``tests`` keeps what was read."""
    path, _, function = name.partition("::")
    if path not in tests:
        source = root / path
        if not source.is_file():
            raise MapError(f"{item}: there is no file {path}")
        body = ast.parse(source.read_text(encoding="utf-8")).body
        functions = (node for node in body if isinstance(node, ast.FunctionDef))
        tests[path] = {node.name: node.lineno for node in functions}
    if function not in tests[path]:
        raise MapError(f"{item}: {path} has no test {function}")
    return Place(function, path, tests[path][function])


def as_myst(items: list[Item], place: Address | None = None) -> str:
    """The map as a list of definitions in MyST; lines are links if there is an address.

    A definition's name leads to its entry on the page of the package.
    """
    place = address() if place is None else place
    return "\n".join(_entry(item, place) for item in items)


def _entry(item: Item, place: Address) -> str:
    lines = [item.name, f": {item.says}"]
    if item.sections:
        links = ", ".join(f"{{ref}}`{label}`" for label in item.sections)
        lines.append(f": *Read*: {links}")
    if item.code:
        links = (f"{{py:obj}}`~{one.name}` ({_line(one, place)})" for one in item.code)
        lines.append(f": *Code*: {', '.join(links)}")
    if item.tests:
        links = (f"{_sentence(one.name)} ({_line(one, place)})" for one in item.tests)
        lines.append(f": *Tested*: {'; '.join(links)}")
    if item.missing:
        lines.append(f": *Missing*: {item.missing}")
    return "\n".join(lines) + "\n"


def _sentence(test: str) -> str:
    """A test's name as the sentence that it is."""
    return test.removeprefix("test_").replace("_", " ")


def _line(one: Place, place: Address) -> str:
    words = f"`{one.path}`, line {one.line}"
    link = place.line(one.path, one.line)
    return f"[{words}]({link})" if link else words
