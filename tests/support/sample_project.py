"""A small project for the tests of the tools: two chapters, a package, the pages."""

from __future__ import annotations

from pathlib import Path

from tiny import FRONT, write

PACKAGE = '''\
"""The package's one module."""

LIMIT = 3


def halve(count):
    """Half of it."""
    # Whole numbers only.
    return count // 2


@staticmethod
class Unit(int):
    """A class,

    with a long docstring.
    """

    size = 1  # kept

    def forward(self, x):
        """Only words."""

    def back(self, x):
        """Words, then code."""

        return x


class Empty(ValueError):
    """Nothing but words."""
'''
SHORT = "# The second chapter\n\n```{code-cell} ipython3\n1 + 1\n```\n"
GLOSSARY = """\
# Glossary

```{glossary}
residual unit
    What is added to its input.

Soft mask
    Numbers between 0 and 1.
```
"""
WORKS = """\
@article{he2016,
  author = {He, Kaiming and M{\\"u}ller, Ann and Sun, Jian},
  title = {Identity mappings},
  journal = {ECCV},
  year = {2016}
}
@book{one1999, author = {van Dyke, Ada}, title = {Alone}, publisher = {P}, year = 1999}
"""
PIXEL = """<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>"""


def make_project(
    root: Path, chapter: str, package: str = PACKAGE, repository: str = ""
) -> Path:
    """Write the project under ``root``; returns the path of the first chapter."""
    files = {
        "pyproject.toml": (
            '[project]\nlicense = "MIT"\n'
            f'[tool.resattn]\nrepository = "{repository}"\n'
        ),
        "_toc.yml": TOC,
        "resattn_tutorial/__init__.py": '__version__ = "0.1.0"\n',
        "resattn_tutorial/sample.py": package,
        "index.md": "# The book\n",
        "book/glossary.md": GLOSSARY,
        "book/api.md": "# The package\n",
        "book/bibliography.md": "# Bibliography\n",
        "book/references.bib": WORKS,
        "chapters/pixel.svg": PIXEL,
        "chapters/01_sample.md": FRONT + chapter,
        "chapters/02_short.md": FRONT + SHORT,
    }
    return write(root, files) / "chapters" / "01_sample.md"


TOC = """\
format: jb-book
root: index
parts:
  - caption: The chapters
    numbered: true
    chapters:
      - file: chapters/01_sample
      - file: chapters/02_short
  - caption: Reference
    chapters:
      - file: book/glossary
      - file: book/api
      - file: book/bibliography
"""


def code(source: str, *tags: str) -> str:
    """A code cell as it stands in a chapter."""
    head = f":tags: [{', '.join(tags)}]\n" if tags else ""
    return f"```{{code-cell}} ipython3\n{head}{source}\n```\n\n"
