"""The book as one PDF: pages in order, links that stay inside, each sheet numbered."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from tools.pdf import TITLE, PdfError, joined, printed

STYLE = "<style>@page { size: A4; margin: 15mm } div { height: 250mm }</style>"
PAGES = {
    "index": f"<title>First — {TITLE}</title>{STYLE}<h1>First</h1>"
    "<a href='chapters/one.html#far'>far</a> <a href='chapters/one.html'>one</a> "
    "<a href='https://example.org/paper'>outside</a>",
    "chapters/one": f"<title>1. One — {TITLE}</title>{STYLE}<h1>One</h1>"
    "<a href='#far'>down</a><div></div><h2 id='far'>Far down</h2>"
    "<a href='../index.html'>home</a>",
}


def written(folder: Path, pages: dict[str, str]) -> list[str]:
    for name, text in pages.items():
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<!doctype html><meta charset='utf-8'>{text}", "utf-8")
    return list(pages)


@pytest.fixture(scope="module")
def made(chromium, tmp_path_factory) -> PdfReader:
    folder = tmp_path_factory.mktemp("pages with spaces")
    parts = printed(chromium, folder, written(folder, PAGES))
    kept = io.BytesIO()
    joined(chromium, parts, folder).write(kept)
    return PdfReader(kept)


def goals(made: PdfReader, sheet: int) -> list[object]:
    """Where a sheet's links lead: a sheet's number, or an address."""
    ids = {page.indirect_reference.idnum: n for n, page in enumerate(made.pages)}
    found = []
    for entry in made.pages[sheet].get("/Annots", ()):
        link = entry.get_object()
        goal = link["/Dest"][0].idnum if "/Dest" in link else None
        found.append(link["/A"]["/URI"] if goal is None else ids[goal])
    return found


def test_pages_follow_in_order_with_an_outline(made: PdfReader) -> None:
    text = [page.extract_text() for page in made.pages]
    assert len(text) == 3 and "First" in text[0] and "One" in text[1]
    assert "Far down" in text[2] and made.metadata.title == TITLE
    outline = [(x.title, made.get_destination_page_number(x)) for x in made.outline]
    assert outline == [("First", 0), ("1. One", 1)]


def test_every_sheet_has_its_number(made: PdfReader) -> None:
    for number, page in enumerate(made.pages, 1):
        assert page.extract_text().split()[-1] == str(number)


def test_links_lead_to_places_in_the_file_and_only_others_outside(made) -> None:
    assert goals(made, 0) == [2, 1, "https://example.org/paper"]
    assert goals(made, 1) == [2] and goals(made, 2) == [0]
    assert b"file:" not in made.stream.getvalue()


@pytest.mark.parametrize(("link", "words"), [
    ("gone.html", "leads to gone, which is not printed"),
    ("../outside.html", "outside the book"),
])
def test_a_link_that_leads_nowhere_is_refused(
    chromium, tmp_path: Path, link: str, words: str
) -> None:
    page = f"<title>First</title><h1>First</h1><a href='{link}'>there</a>"
    folder = tmp_path / "book"
    parts = printed(chromium, folder, written(folder, {"index": page}))
    with pytest.raises(PdfError, match=words):
        joined(chromium, parts, folder)


@pytest.mark.parametrize(("published", "goal"), [
    ("", []), ("https://o.github.io/r", ["https://o.github.io/r/book/api.html#unit"]),
])
def test_a_link_to_what_is_read_on_a_screen_leads_to_the_published_book(
    chromium, tmp_path: Path, published: str, goal: list[str]
) -> None:
    page = "<title>First</title><h1>First</h1><a href='book/api.html#unit'>there</a>"
    parts = printed(chromium, tmp_path, written(tmp_path, {"index": page}))
    kept = io.BytesIO()
    joined(chromium, parts, tmp_path, published).write(kept)
    links = [x.get_object() for x in PdfReader(kept).pages[0].get("/Annots", ())]
    assert [x["/A"]["/URI"] for x in links if "/A" in x] == goal
    assert not any("/Dest" in link for link in links)
    assert b"file:" not in kept.getvalue()
