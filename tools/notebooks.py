"""Notebooks for Colab, made from the chapters.

``python -m tools.notebooks`` writes ``notebooks/NN_name.ipynb``: plain Markdown and
HTML, no outputs, the package's installation in the first code cell. ``--check`` writes
nothing and names what is out of date. ``--solved FOLDER`` writes the instructor's
variant there, in which every stub is replaced by its solution.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from resattn_tutorial import __version__
from tools.audit import leaks_in_notebook
from tools.chapters import ChapterError, chapter_paths, read_chapter
from tools.citations import Bibliography
from tools.directives import Writer
from tools.ending import ended
from tools.exercises import collect
from tools.files import write_whole
from tools.install import install_cell
from tools.markdown import flow
from tools.references import References
from tools.roles import Roles
from tools.settings import ROOT, Address, SettingsError, address
from tools.sheet import Sheet

METADATA = {
    "accelerator": "GPU",
    "colab": {"gpuType": "T4", "provenance": [], "toc_visible": True},
    "kernelspec": {"name": "python3", "display_name": "Python 3"},
    "language_info": {"name": "python"},
}


class Exporter:
    """Makes the notebooks of a project; ``place`` overrules its address setting."""

    def __init__(self, root: Path = ROOT, place: Address | None = None) -> None:
        self.root = root
        place = address(root) if place is None else place
        self.works = Bibliography(root)
        self.references = References(root, place.book)
        self.install = install_cell(place.install, __version__)

    def notebook(self, path: Path, solved: bool = False) -> NotebookNode:
        """The notebook of one chapter. Raises ``ChapterError`` for what has no rule."""
        if f"chapters/{path.stem}" not in self.references.titles:
            raise ChapterError(f"{path.name}: the chapter is not in _toc.yml")
        found = list(flow(read_chapter(path), path))
        solutions = {
            exercise.cells["exercise"].name: exercise.cells["solution"].text
            for exercise in collect(found)
        }
        writer = Writer(Roles(self.references, self.works, path))
        sheet = Sheet(writer, self.install, solutions if solved else {})
        for block in found:
            sheet.add(block)
        sheet.flush()
        sheet.references()
        notebook = v4.new_notebook(cells=sheet.cells, metadata=METADATA)
        nbformat.validate(notebook)
        return notebook

    def notebooks(self, solved: bool = False) -> dict[str, NotebookNode]:
        """All notebooks by file name."""
        return {
            f"{path.stem}.ipynb": self.notebook(path, solved)
            for path in chapter_paths(self.root)
        }


def stale(folder: Path, texts: dict[str, str]) -> list[str]:
    """The names in ``texts`` whose file in ``folder`` is missing or different."""
    there = {path.name: path.read_text("utf-8") for path in folder.glob("*.ipynb")}
    return [name for name, text in texts.items() if there.get(name) != text]


def orphans(folder: Path, texts: dict[str, str]) -> list[str]:
    """The notebooks in ``folder`` that no chapter makes."""
    return sorted({path.name for path in folder.glob("*.ipynb")} - texts.keys())


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Returns 1 where a notebook is out of date or would show raw markup."""
    options = argparse.ArgumentParser(prog="python -m tools.notebooks")
    either = options.add_mutually_exclusive_group()
    either.add_argument("--check", action="store_true", help="write nothing")
    either.add_argument("--solved", type=Path, metavar="FOLDER", help="for a teacher")
    given = options.parse_args(argv)
    made = Exporter(root).notebooks(solved=given.solved is not None)
    leaks = [leak for name, nb in made.items() for leak in leaks_in_notebook(nb, name)]
    if leaks:
        return _fail("nothing written, raw markup", leaks)
    texts = {name: nbformat.writes(nb) + "\n" for name, nb in made.items()}
    folder = given.solved or root / "notebooks"
    left = [] if given.solved else orphans(folder, texts)
    if given.check:
        return _fail("out of date (make notebooks)", stale(folder, texts) + left)
    for name in stale(folder, texts):
        write_whole(folder / name, texts[name])
        print(f"written: {name}")
    for name in left:
        (folder / name).unlink()
        print(f"removed, as no chapter makes it: {name}")
    return 0


def _fail(what: str, items: Iterable[object]) -> int:
    """Print the items, one a line; returns whether there were any, as exit status."""
    lines = [f"{what}: {item}" for item in items]
    print(*lines, sep="\n", end="\n" if lines else "")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(ended(main, ChapterError, SettingsError))
