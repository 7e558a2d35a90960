"""What the search is told: in which chapter a term of the glossary is at home."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from tools.chapters import main_chapters
from tools.files import write_whole

SCORER, FILLED = Path("book/_ext/search-scorer.js"), Path("_build/search-scorer.js")
ENTRY = re.compile(r"(?m)^(\w[^\n]*)\n  [^\n]*; chapter (\d+)\.$")


def homes(root: Path) -> dict[str, str]:
    """The chapter's page for each term that names one."""
    pages = {k: f"chapters/{path.stem}" for k, path in main_chapters(root).items()}
    text = root / "book" / "glossary.md"
    found = ENTRY.findall(text.read_text(encoding="utf-8")) if text.exists() else []
    return {term.lower(): pages[int(number)] for term, number in found}


def fill_in(app: Sphinx, config: Config) -> None:
    """Write the scorer with its terms, for Sphinx to take up."""
    root = Path(app.srcdir)
    script = (root / SCORER).read_text(encoding="utf-8")
    named = f"var HOMES = {json.dumps(homes(root), ensure_ascii=False)};"
    write_whole(root / FILLED, script.replace("var HOMES = {};", named, 1))
    config.html_search_scorer = str(root / FILLED)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("config-inited", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
