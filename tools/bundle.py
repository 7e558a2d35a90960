"""Pack all that a reader, a learner and an instructor need into one file, for anywhere.

    make bundle

It holds the built book, the notebooks (to be done, solved, and solved with their
outputs), slides of two chapters, the package as a wheel with its built-in data and
weights, and a page that says how to begin. Nothing in it asks for a network but the
libraries below the package.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from resattn_tutorial import __version__
from tools import slides
from tools.book import HTML, check_pages
from tools.chapters import ChapterError, chapter_paths
from tools.ending import ended
from tools.execute import StaleRecord, stored
from tools.notebooks import Exporter
from tools.settings import ROOT
from tools.sheet import TITLE
from tools.vendor import VendorError

BUNDLE = Path("_build") / f"residual-attention-book-{__version__}.zip"
UNDONE = {"exercise", "check"}                       # cells of what is still a stub
# The same bytes from the same book: no file has the time of its packing.
DATE = (2020, 1, 1, 0, 0, 0)
# Of what the wheel is made.
PARTS = ("pyproject.toml", "README.md", "LICENSE", "resattn_tutorial")
BEGIN = f"""\
Residual Attention from Scratch: how we build it ({__version__})

To read:    open book/index.html in a browser. No network is needed.
To learn:   open notebooks/ in Jupyter, or upload one to Colab together with the
            wheel, resattn_tutorial-{__version__}-py3-none-any.whl. The first cell of
            each notebook finds the wheel here, on Colab, or on a mounted Drive.
To teach:   book/book/teaching.html has plans, slides/ two chapters as slides.
            solved/ has the solutions, executed/ also what every cell gives.
To compute: pip install resattn_tutorial-{__version__}-py3-none-any.whl
            and then: resattn doctor
Without a network, fetch the libraries before, where there is one:
            pip download -d wheels resattn_tutorial-{__version__}-py3-none-any.whl
            and there: pip install --no-index --find-links wheels resattn-tutorial
Licence:    LICENSE, for text and code; the data's own is told in the chapters.
"""


class BundleError(RuntimeError):
    """What the bundle needs is not there; says what to do."""


def wheel(root: Path, folder: Path) -> Path:
    """Build the package's wheel into a folder. Raises ``BundleError`` if that fails."""
    command = [sys.executable, "-m", "uv", "build", "--wheel", "-q", "-o", folder]
    # What setting up the environment has built with lies in uv's cache.
    command += ["--build-constraint", ROOT / "constraints.txt"]
    with tempfile.TemporaryDirectory() as copy:
        # Setuptools leaves what it built in the tree, and packs it again next time.
        for name in PARTS:
            copy_part(root / name, Path(copy) / name)
        done = subprocess.run(
            [*command, copy], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    found = list(folder.glob("*.whl"))
    if done.returncode or len(found) != 1:
        raise BundleError(f"the wheel could not be built:\n{done.stdout}")
    return found[0]


def copy_part(source: Path, target: Path) -> None:
    """Copy a file, or a folder without what Python keeps in it."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.exists():
        shutil.copy(source, target)
    else:
        raise BundleError(f"{source} is not there: the package cannot be built")


def with_outputs(notebook: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """A solved notebook whose cells have what the same cells gave in the book.

    The book runs each check twice; that of the stub says that it is not done yet.
    """
    given = defaultdict(list)
    for cell in executed.cells:
        undone = UNDONE & set(cell.metadata.get("tags", ()))
        if cell.cell_type == "code" and not undone:
            given[untitled(cell.source)].append(cell.outputs)
    for cell in notebook.cells:
        known = given.get(untitled(cell.source)) if cell.cell_type == "code" else None
        if known:
            cell.outputs = known.pop(0)
    return notebook


def untitled(source: str) -> str:
    """A cell's source without the title that the export gives to a folded one."""
    return re.sub(rf"\A{TITLE}.*\n", "", source).strip()


def notebooks(root: Path) -> Iterator[tuple[str, str]]:
    """Names within the bundle, and the notebooks' text.

    Raises ``StaleRecord`` where a chapter has changed since it ran.
    """
    exporter = Exporter(root)
    for folder, solved in (("notebooks", False), ("solved", True)):
        for name, notebook in exporter.notebooks(solved).items():
            yield f"{folder}/{name}", nbformat.writes(notebook) + "\n"
    for path in chapter_paths(root):
        solved = exporter.notebook(path, solved=True)
        whole = with_outputs(solved, stored(path, root)[0])
        yield f"executed/{path.stem}.ipynb", nbformat.writes(whole) + "\n"


def contents(root: Path, built: Path) -> Iterator[tuple[str, bytes]]:
    """Everything in the bundle, by name.

    Args:
        root: the project, its book built.
        built: the package's wheel.
    """
    yield "README.txt", BEGIN.encode()
    yield "LICENSE", (root / "LICENSE").read_bytes()
    yield built.name, built.read_bytes()
    for name, text in notebooks(root):
        yield name, text.encode()
    for name, data in slides.files(slides.chosen(slides.LECTURES, root), root):
        yield f"slides/{name}", data
    html = root / HTML
    for path in sorted(path for path in html.rglob("*") if path.is_file()):
        yield f"book/{path.relative_to(html).as_posix()}", path.read_bytes()


def pack(root: Path = ROOT) -> int:
    """Write the bundle, whole or not at all; 0.

    Raises ``BundleError`` where the book is not built.
    """
    if not (root / HTML / "index.html").exists():
        raise BundleError("the book is not built: run make book")
    check_pages(root)
    target = root / BUNDLE
    draft = target.with_suffix(f".{os.getpid()}.draft")
    with tempfile.TemporaryDirectory() as folder:
        built = wheel(root, Path(folder))
        try:
            with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as bundle:
                for name, data in contents(root, built):
                    bundle.writestr(zipfile.ZipInfo(name, DATE), data,
                                    zipfile.ZIP_DEFLATED)
            os.replace(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    size = target.stat().st_size / 2**20
    print(f"written: {target.relative_to(root)}, {size:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(ended(pack, BundleError, ChapterError, StaleRecord, VendorError))
