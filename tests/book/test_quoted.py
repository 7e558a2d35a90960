"""From a definition's entry, and from the paper map, one gets to the cell that quotes
it; where there is an address, to its line, too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from book._ext import quoted
from tools.chapters import chapter_paths
from tools.definitions import definitions
from tools.quotes import quotations
from tools.settings import ROOT


@pytest.fixture(scope="module")
def shown(book: Path):
    """A page of the book, read once."""

    def read(name: str) -> BeautifulSoup:
        return BeautifulSoup((book / name).read_text("utf-8"), "html.parser")

    return cache(read)


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    """The chapter that is the first to quote a definition, by the definition's name."""
    package = definitions(ROOT)
    return {
        name: path.stem
        for path in reversed(chapter_paths(ROOT))
        for quotation in quotations(path, package)
        for name in quotation.names
    }


def test_an_entry_leads_to_the_cell_that_quotes_it(shown, names) -> None:
    api = shown("book/api.html")
    # What a module does not offer to others has no entry.
    entries = {name: found for name in names if (found := api.find("dt", id=name))}
    assert len(entries) > 30
    for name, found in entries.items():
        chapter, entry = names[name], found.find_next_sibling("dd")
        link = entry.select_one(".quoted-in a")["href"]
        page, place = link.split("#")
        assert page == f"../chapters/{chapter}.html"
        cell = shown(f"chapters/{chapter}.html").find(id=place)
        while "cell" not in cell.get("class", ()):
            cell = cell.parent
        assert any(name in line for line in cell.get_text().splitlines())


def test_the_paper_map_leads_to_the_cells_of_what_it_names(shown, names) -> None:
    found = {
        link["href"].split("#")[1]
        for link in shown("book/paper-map.html").select('.paper-map a[href*="#quoted"]')
    }
    assert "quoted-resattn-tutorial-models-attention-module-residual-attention" in found
    assert found <= {quoted._place(name) for name in names}


def test_with_an_address_an_entry_leads_to_its_line(monkeypatch) -> None:
    place = SimpleNamespace(
        repository="owner/repo", line=lambda path, line: f"{path}#L{line}")
    monkeypatch.setattr(quoted, "address", lambda root: place)
    config = SimpleNamespace()
    quoted.name_source(SimpleNamespace(srcdir=ROOT), config)
    module = "resattn_tutorial.models.residual"
    info = {"module": module, "fullname": "ResidualUnit.forward"}
    path, _, line = config.linkcode_resolve("py", info).partition("#L")
    text = (ROOT / path).read_text("utf-8").splitlines()[int(line) - 1]
    assert text.startswith("class ResidualUnit")
    assert config.linkcode_resolve("py", info | {"fullname": "nothing"}) is None
