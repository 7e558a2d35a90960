"""The chapters on paper: no sheet is blank, and no shadow is printed as a picture."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from explored import opened
from pypdf import PdfReader

from tools.pdf import PAPER
from tools.settings import ROOT, pages

CHAPTERS = [name for name in pages(ROOT) if name.startswith("chapters/")]


def blank(pdf: bytes) -> list[int]:
    """The numbers of sheets on which no word stands."""
    texts = (one.extract_text().strip() for one in PdfReader(io.BytesIO(pdf)).pages)
    return [number for number, text in enumerate(texts, 1) if not text]


def shadows(pdf: bytes) -> int:
    """How many pictures, compressed with loss, lie behind something on a sheet.

    What a drawing shows lies on the sheet itself.
    """
    sheets = PdfReader(io.BytesIO(pdf)).pages
    drawn = [
        picture.get_object() for sheet in sheets
        for picture in sheet["/Resources"].get("/XObject", {}).values()
    ]
    plain = sum(picture.get("/Filter") == "/DCTDecode" for picture in drawn)
    return pdf.count(b"/DCTDecode") - plain


@pytest.mark.parametrize("name", ["index", *CHAPTERS])
def test_no_sheet_of_a_page_is_blank_and_no_shadow_is_printed(
    book: Path, chromium, name: str
):
    with opened(chromium, (book / f"{name}.html").as_uri()) as (page, _):
        pdf = page.pdf(**PAPER)
    assert (blank(pdf), shadows(pdf)) == ([], 0)


def test_a_blank_sheet_and_a_shadow_are_noticed(chromium):
    page = chromium.new_page()
    page.set_content("""<p style="break-after: page; box-shadow: 0 0 9px #0006">Words.
      <p style="break-after: page"><br><p>And a last one.""")
    pdf = page.pdf(**PAPER)
    assert blank(pdf) == [2] and shadows(pdf) == 1
    page.close()
