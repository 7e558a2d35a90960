"""The page of symbols has those of the chapters, each where it stands first."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import formulas
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book/notation.md").read_text(encoding="utf-8")
CHAPTERS = formulas.symbols_by_page(ROOT / "chapters")
TARGET = re.compile(r"(?:`(\w+)` of )?\{py:\w+\}`~([\w.]+)`")


def rows(page: str) -> list[tuple[list[str], str, str]]:
    """Each row's letters, its chapter's file, and what it says of the code."""
    found = []
    for line in page.splitlines():
        if not line.startswith("| $"):
            continue
        cells = line.strip("| ").split(" | ")
        assert len(cells) == 5, line
        letters = [base(one) for one in re.findall(r"\$(.+?)\$", cells[0])]
        chapter = re.search(r"</chapters/(\w+)>", cells[2])[1]
        found.append((letters, chapter, cells[4]))
    return found


def base(symbol: str) -> str:
    """A symbol without its index."""
    return symbol.partition("_")[0]


def first_chapters() -> dict[str, str]:
    """The number of the chapter in which each symbol stands first."""
    first: dict[str, str] = {}
    for name, there in CHAPTERS.items():
        for symbol in there:
            first.setdefault(symbol, name[:2])
    return first


def named(owner: object) -> set[str]:
    """What can be called by a name of a function or a class: arguments, attributes."""
    names = set(inspect.signature(owner).parameters)
    source = inspect.getsource(owner)
    return names | set(re.findall(r"self\.(\w+)(?:, self\.\w+)* = ", source)) | set(
        re.findall(r", self\.(\w+) = ", source)
    )


def test_every_symbol_of_the_chapters_is_on_the_page_with_its_first_chapter():
    told: dict[str, str] = {}
    for letters, chapter, _ in rows(PAGE):
        for letter in letters:
            told[letter] = min(told.get(letter, "99"), chapter[:2])
    assert told == first_chapters()


def test_each_row_names_a_chapter_whose_formulas_have_its_symbols():
    for letters, chapter, _ in rows(PAGE):
        assert set(letters) <= CHAPTERS[chapter], (letters, chapter)


def test_what_a_row_says_of_the_code_is_there():
    there = 0
    for _, _, code in rows(PAGE):
        for argument, target in TARGET.findall(code):
            module, _, name = target.rpartition(".")
            owner = getattr(importlib.import_module(module), name)
            assert not argument or argument in named(owner), (argument, target)
            there += 1
    assert there > 15


def test_a_page_that_lacks_a_symbol_or_has_one_too_many_is_seen():
    less = re.sub(r"(?m)^\| \$L_i\$.*\n", "", PAGE)
    more = PAGE.replace("| $L_i$", "| $L_i$, $Z$")
    assert len(rows(less)) == len(rows(PAGE)) - 1
    assert not {"L"} & {x for letters, *_ in rows(less) for x in letters}
    found = [(letters, chapter) for letters, chapter, _ in rows(more)]
    assert [c for letters, c in found if "Z" in letters and "Z" not in CHAPTERS[c]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"$M \cdot T$ and $$\frac{a_1}{b}$$", {"M", "T", "a", "b"}),
        (r"the shape `(N, C, h)`, not `(a, b)`", {"N", "C", "h"}),
        ("```{code-cell} ipython3\nq = '$u$'\n```\n$z$", {"z"}),
        ("```{code-cell} i\n---\ncaption: $v$\n---\nq = '$u$'\n```", {"v"}),
        ("````python\n$u$\n```\n$w$\n````\n:::{note}\n$g$\n:::", {"g"}),
        (r"$\text{depth} = \theta + \mathrm{mean}_c$", {r"\theta", "c"}),
        ("`$x$` is code, and $5 a price", set()),
    ],
)
def test_symbols_are_read_from_formulas_and_shapes_alone(text: str, found: set[str]):
    pieces = formulas.formulas(formulas.prose(text))
    assert set().union(*map(formulas.symbols, pieces)) == found


def test_a_command_that_nobody_knows_is_an_error_and_no_symbol():
    with pytest.raises(ValueError, match=r"\['gamma'\] in '..gamma"):
        formulas.symbols(r"\gamma + 1")
