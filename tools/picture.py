"""The picture of README.md and of the landing page, taken from chapter 3 as it ran.

``python -m tools.picture`` writes it; the chapter's first masks are on it. It is an
SVG file, so it cannot take the colour of the text around it: its ink is a grey that
reads on white and on black.
"""

from __future__ import annotations

import re
import sys

from tools.chapters import ChapterError, chapter_paths
from tools.ending import ended
from tools.execute import StaleRecord, stored
from tools.files import write_whole
from tools.settings import ROOT

CHAPTER = "03_first_attention_network"
ALT = "first stage's mask over its channels"
PICTURE = ROOT / "book" / "_static" / "masks.svg"
INK = '<svg color="#808080" font-family="sans-serif" '


def main() -> int:
    """Write the picture; raises ``StaleRecord`` if the chapter has not run as it is."""
    (path,) = [path for path in chapter_paths() if path.stem == CHAPTER]
    notebook, _ = stored(path)
    drawings = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if ALT in cell.source and "text/html" in output.get("data", {})
    ]
    (svg,) = re.findall(r"<svg.*</svg>", "".join(drawings), re.S)
    write_whole(PICTURE, svg.replace("<svg ", INK, 1) + "\n")
    print("written:", PICTURE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, ChapterError, StaleRecord))
