"""Citations: a key of ``book/references.bib`` as a reader sees it."""

from __future__ import annotations

import re
from pathlib import Path

from pybtex.backends.markdown import Backend
from pybtex.database import Entry, parse_file
from pybtex.plugin import find_plugin
from pybtex.richtext import Text

from tools.settings import ROOT

# The backend escapes every full stop; inside a line these mean nothing to Markdown.
NEEDLESS = re.compile(r"\\([-.()!+#])")


class Bibliography:
    """The works that the book cites.

    Raises ``FileNotFoundError`` where the project has no ``book/references.bib``.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.entries = parse_file(str(root / "book" / "references.bib")).entries

    def short(self, key: str) -> tuple[str, str]:
        """Who and when: ``("He et al.", "2016a")``. Raises ``KeyError``.

        The letter that tells two works apart is part of the year in the file, so that
        pages show it as well. A work without a year is of "n.d.", as on a page.
        """
        entry = self.entries[key]
        names = [_last_name(person) for person in entry.persons["author"]]
        if len(names) > 2:
            names = [f"{names[0]} et al."]
        return " and ".join(names), entry.fields.get("year", "n.d.")

    def full(self, key: str) -> str:
        """The whole reference, as Markdown in one line. Raises ``KeyError``."""
        style = find_plugin("pybtex.style.formatting", "plain")()
        entry: Entry = self.entries[key]
        text = style.format_entry(key, entry).text.render(Backend())
        return NEEDLESS.sub(r"\1", " ".join(text.split()))


def _last_name(person) -> str:
    """A name without the braces and accents of LaTeX."""
    return str(Text.from_latex(" ".join(person.prelast_names + person.last_names)))
