"""Tiny projects to try the tools on: chapters without torch, a package of few lines."""

from __future__ import annotations

from pathlib import Path

FRONT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  name: python3
  display_name: Python 3
  language: python
---
"""


def cell(source: str, options: str = "") -> str:
    """A code cell of a chapter; ``options`` are lines such as ``:tags: [check]``."""
    lines = "\n".join(filter(None, [options, source]))
    return f"\n```{{code-cell}} ipython3\n{lines}\n```\n"


def chapter(*cells: str, title: str = "A chapter", prose: str = "A sentence.") -> str:
    """The text of a chapter with these cells, made by ``cell``."""
    return f"{FRONT}\n# {title}\n\n{prose}\n" + "".join(cells)


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files under ``root``, by their path; the root again."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
