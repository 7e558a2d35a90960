"""Keep the pixels of large outputs in files of their own.

The words of a page are there before its pictures then: a browser asks for the files
when the page stands already. A drawing itself stays on its page, with its words and in
the page's colours.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

LARGE = 20_000                                      # characters of an output
OUTPUT = re.compile(r'<figure class="(?:drawing|explorable)".*?</figure>', re.DOTALL)
PIXELS = re.compile(r'"data:image/webp;base64,([^"]+)"')
FOLDER = "_images"


def apart(page: str) -> tuple[str, dict[str, bytes]]:
    """A page whose large outputs name files; and each file's bytes by its name."""
    files: dict[str, bytes] = {}

    def named(found: re.Match[str]) -> str:
        pixels = b64decode(found[1])
        name = hashlib.sha256(pixels).hexdigest()[:16] + ".webp"
        files[name] = pixels
        return f'"{FOLDER}/{name}"'

    def output(found: re.Match[str]) -> str:
        return PIXELS.sub(named, found[0]) if len(found[0]) > LARGE else found[0]

    return OUTPUT.sub(output, page), files


def keep(
    app: Sphinx, name: str, template: str, context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the files of a page, and let it name them from where it is."""
    if "body" not in context:
        return
    page, files = apart(context["body"])
    if not files:
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for file, pixels in files.items():
        (folder / file).write_bytes(pixels)
    place = context["pathto"](FOLDER, 1)
    context["body"] = page.replace(f'"{FOLDER}/', f'"{place}/')


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.connect("html-page-context", keep)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
