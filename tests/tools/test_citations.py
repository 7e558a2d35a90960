"""Citations name one work each, and read alike on a page and in a notebook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from sphinx.application import Sphinx

from tools.citations import Bibliography
from tools.settings import ROOT

KEYS = list(Bibliography().entries)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    """A page that cites every work in a line of its own, built with our settings."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    folder: Path = tmp_path_factory.mktemp("pages")
    lines = [f"{key} is by :cite:t:`{key}`" for key in KEYS]
    text = "Page\n====\n\n" + "\n\n".join(lines) + "\n\n.. bibliography::\n"
    (folder / "index.rst").write_text(text, encoding="utf-8")
    (folder / "references.bib").write_text(
        (ROOT / "book/references.bib").read_text(encoding="utf-8"), encoding="utf-8"
    )
    settings = {
        "extensions": ["sphinxcontrib.bibtex"],
        "bibtex_bibfiles": ["references.bib"],
        "bibtex_reference_style": config["sphinx"]["config"]["bibtex_reference_style"],
    }
    out = folder / "out"
    app = Sphinx(folder, None, out, out / "trees", "text", settings, status=None)
    app.build()
    said = (out / "index.txt").read_text(encoding="utf-8")
    return said.replace("*", "")  # "et al." is emphasised on a page


def test_no_two_works_are_cited_in_the_same_words() -> None:
    shorts = [Bibliography().short(key) for key in KEYS]
    assert len(set(shorts)) == len(shorts)


@pytest.mark.parametrize("key", KEYS)
def test_a_page_and_a_notebook_cite_a_work_alike(page: str, key: str) -> None:
    who, when = Bibliography().short(key)
    assert f"{key} is by {who} [{when}]\n" in page


def test_the_two_works_of_he_and_others_in_2016_bear_letters_everywhere(page) -> None:
    works, flat = Bibliography(), " ".join(page.split())
    for key, year in [("he2016deep", "2016a"), ("he2016identity", "2016b")]:
        assert works.short(key) == ("He et al.", year)
        listed = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", works.full(key).replace("*", ""))
        assert f" {year}. arXiv:" in listed and listed in flat
