"""The pixels of large outputs are files, which show what the output showed."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest

from book._ext.pixels import FOLDER, LARGE, PIXELS, apart
from resattn_tutorial.plotting.figures import show_images
from tools.settings import ROOT, pages

ALT = "Squares of noise, made for this test."


def noise(count: int) -> str:
    images = np.random.default_rng(1).integers(0, 256, (count, 3, 32, 32), np.uint8)
    return show_images(images, alt=ALT).html


def test_a_large_output_names_files_that_hold_its_pixels_and_keeps_its_words():
    page = f"<p>Before.</p>{noise(9)}<p>After.</p>"
    assert len(noise(9)) > LARGE
    lighter, files = apart(page)
    assert not PIXELS.search(lighter) and len(files) == 9
    names = re.findall(rf'href="{FOLDER}/([^"]+)"', lighter)
    kept = [base64.b64decode(one) for one in PIXELS.findall(page)]
    assert [files[name] for name in names] == kept
    assert f'aria-label="{ALT}"' in lighter
    assert lighter.startswith("<p>Before.</p>") and lighter.endswith("<p>After.</p>")


def test_a_small_output_keeps_its_pixels():
    page = noise(2)
    assert len(page) <= LARGE and apart(page) == (page, {})
    # A small one beside a large one stays as it is, too.
    assert apart(page + noise(9))[0].startswith(page)


def test_the_same_pixels_are_one_file():
    assert len(apart(noise(9) + noise(9))[1]) == 9


@pytest.mark.parametrize(
    "name", [name for name in ("index", *pages(ROOT)) if "/" in name])
def test_no_page_holds_pixels_of_a_large_output_and_every_file_is_there(
    book: Path, name: str
):
    page = (book / f"{name}.html").read_text(encoding="utf-8")
    assert apart(page) == (page, {})
    for file in re.findall(rf'href="\.\./{FOLDER}/([^"]+\.webp)"', page):
        assert (book / FOLDER / file).stat().st_size > 0


def test_the_pages_with_many_pictures_keep_them_in_files(book: Path):
    page = (book / "chapters/09_data.html").read_text(encoding="utf-8")
    assert len(re.findall(rf'href="\.\./{FOLDER}/[^"]+\.webp"', page)) > 50
