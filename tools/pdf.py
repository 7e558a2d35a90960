"""The book as one PDF: each page printed by a browser, joined, numbered and linked.

``make pdf`` prints the built pages in reading order. A link from one page of the book
to another leads to its place in the PDF, and the outline has every page.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)

from tools.book import HTML, check_pages
from tools.browser import browser, settled
from tools.ending import ended
from tools.execute import StaleRecord
from tools.files import write_whole
from tools.settings import ROOT, address, pages

FILE = Path("_build") / "residual-attention-book.pdf"
# To look things up in; half of the book's sheets, and nothing to read in bed.
ON_SCREEN = ("book/api", "book/ledger")
TITLE = "Residual Attention from Scratch"
PAPER = {"print_background": True, "prefer_css_page_size": True}
NUMBERS = """<!doctype html><meta charset="utf-8"><style>
  @page {{ size: A4; margin: 0 }}
  body {{ margin: 0; font: 9pt sans-serif; color: #555 }}
  div {{ height: 296mm; position: relative; break-after: page }}
  span {{ position: absolute; bottom: 8mm; left: 0; right: 0; text-align: center }}
</style>{}"""
TOP = 842                                            # of a sheet of A4, in points


class PdfError(ValueError):
    """The book cannot be printed as it is; says why."""


@dataclass(frozen=True)
class Part:
    """A page of the book in print, where it begins, and the places that it names.

    ``places`` holds for each the sheet, counted in the whole PDF, and the height on it
    in points.
    """

    name: str
    sheets: PdfReader
    start: int
    places: dict[str, tuple[int, float]]

    @property
    def title(self) -> str:
        """As the browser's tab shows it, without the book's own name."""
        return self.sheets.metadata.title.removesuffix(f" — {TITLE}")


def printed(chromium: Browser, folder: Path, names: Sequence[str]) -> list[Part]:
    """Each page of the book by itself."""
    parts, start = [], 0
    for number, name in enumerate(names, 1):
        page = chromium.new_page(color_scheme="light")
        page.goto((folder / f"{name}.html").as_uri())
        settled(page)
        reader = PdfReader(io.BytesIO(page.pdf(**PAPER)))
        page.close()
        places = {
            place.removeprefix("/"): (
                start + reader.get_destination_page_number(found),
                float(found.top if found.top is not None else TOP),
            )
            for place, found in reader.named_destinations.items()
        }
        parts.append(Part(name, reader, start, places))
        start += len(reader.pages)
        print(f"{number:3} of {len(names)}  {name}: {len(reader.pages)}", flush=True)
    return parts


def joined(
    chromium: Browser, parts: Sequence[Part], folder: Path, published: str = ""
) -> PdfWriter:
    """All of them in one file; raises ``PdfError`` for a link that leads nowhere.

    ``published`` is the book's address, or empty.
    """
    writer = PdfWriter()
    for part in parts:
        for sheet in part.sheets.pages:
            writer.add_page(sheet)
        writer.add_outline_item(title=part.title, page_number=part.start)
    known = {part.name: part for part in parts}
    for part in parts:
        for number in range(part.start, part.start + len(part.sheets.pages)):
            for entry in writer.pages[number].get("/Annots", ()):
                _turn_inward(
                    writer, entry.get_object(), part, known, folder, published)
    for sheet, number in zip(writer.pages, numbers(chromium, len(writer.pages)),
                             strict=True):
        sheet.merge_page(number)
        sheet.compress_content_streams(level=9)
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    writer.add_metadata({"/Title": TITLE})
    return writer


def _turn_inward(
    writer: PdfWriter, link: DictionaryObject, part: Part, known: dict[str, Part],
    folder: Path, published: str,
) -> None:
    """Let a link to this page or another one lead to a place in the whole PDF.

    One to a page that is read on a screen alone leads to the published book, if there
    is one, and nowhere if not.
    """
    target = str(link.get("/A", {}).get("/URI", ""))
    if "/Dest" in link:
        place = str(link["/Dest"]).removeprefix("/")
    elif target.startswith("file:"):
        found = urlsplit(target)
        path = Path(unquote(found.path))
        if not path.is_relative_to(folder):
            raise PdfError(f"{part.name}: a link leads to {path}, outside the book")
        name = path.relative_to(folder).with_suffix("").as_posix()
        del link["/A"]
        if name in ON_SCREEN:
            if published:
                target = f"{published}/{name}.html#{found.fragment}"
                link[NameObject("/A")] = _uri(target)
            return
        if name not in known:
            raise PdfError(f"{part.name}: a link leads to {name}, which is not printed")
        part, place = known[name], unquote(found.fragment)
    else:
        return
    sheet, height = part.places.get(place, (part.start, TOP))
    link[NameObject("/Dest")] = ArrayObject([
        writer.pages[sheet].indirect_reference, NameObject("/XYZ"), NullObject(),
        FloatObject(height), NullObject(),
    ])


def _uri(address: str) -> DictionaryObject:
    """What a link does that leads to an address."""
    return DictionaryObject({
        NameObject("/S"): NameObject("/URI"),
        NameObject("/URI"): TextStringObject(address),
    })


def numbers(chromium: Browser, count: int) -> list[PageObject]:
    """Sheets that hold nothing but their number."""
    page = chromium.new_page()
    marks = (f"<div><span>{number}</span></div>" for number in range(1, count + 1))
    page.set_content(NUMBERS.format("".join(marks)))
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    page.close()
    return list(sheets)[:count]


def main() -> int:
    """Print the book; 0."""
    check_pages(ROOT)
    folder = ROOT / HTML
    with browser() as chromium:
        names = [name for name in pages(ROOT) if name not in ON_SCREEN]
        parts = printed(chromium, folder, names)
        writer = joined(chromium, parts, folder, address(ROOT).book)
    kept = io.BytesIO()
    writer.write(kept)
    write_whole(ROOT / FILE, kept.getvalue())
    size = len(kept.getvalue()) / 2**20
    print(f"written: {FILE}, {len(writer.pages)} pages, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, PdfError, StaleRecord, FileNotFoundError))
