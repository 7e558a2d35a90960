"""Run the exported notebooks as Colab would: ``python -m tools.colab``.

An environment of its own gets the package with its own requirements, in the versions
that Colab ships, and what runs a notebook; nothing of the book's tools. Each notebook
then runs once with the solutions in place, from its first cell, with the network
refused; a long training takes a few steps there, as the book has run it whole. With the
stubs left in, the imports, the stubs and the checks run, and every
check must say that its exercise is not done yet.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import settings
from tools.chapters import ChapterError
from tools.closure import parse_cell
from tools.ending import ended
from tools.files import write_whole
from tools.notebooks import Exporter
from tools.short_runs import first_cell

PYTHONS = ("3.13", "3.12", "3.11")
# What Colab has besides, and a notebook or its runner needs.
COLABS_OWN = ("nbclient", "ipykernel", "scipy")
CONSTRAINTS = Path("tools/colab-constraints.txt")
DONE = "all of it holds."
NOT_DONE = "not done yet."
NO_NETWORK = {
    "PIP_NO_INDEX": "1",
    **{f"{kind}_PROXY": "http://127.0.0.1:9" for kind in ("HTTP", "HTTPS", "ALL")},
}


class ColabError(RuntimeError):
    """The environment cannot be made, or a notebook does not run in it."""


def find_python(versions: Sequence[str] = PYTHONS) -> Path:
    """The first of these versions that is there, on the path or from pyenv.

    Raises ``ColabError`` if none is.
    """
    for version in versions:
        for found in _candidates(version):
            asked = subprocess.run([found, "--version"], capture_output=True, text=True)
            if asked.stdout.startswith(f"Python {version}."):
                return found
    raise ColabError(f"none of Python {', '.join(versions)} was found")


def _candidates(version: str) -> list[Path]:
    """Where a Python of a version may be; pyenv's shims on the path may not run."""
    found = [Path(where)] if (where := shutil.which(f"python{version}")) else []
    pyenv = shutil.which("pyenv")
    if pyenv is None:
        return found
    for name in _answer(pyenv, "versions", "--bare").split():
        if name.startswith(f"{version}."):
            found.append(Path(_answer(pyenv, "prefix", name)) / "bin" / "python")
    return found


def _answer(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make_environment(root: Path, folder: Path) -> None:
    """Install the package, as it now is, and nothing of the book into ``folder``."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([find_python(), "-m", "venv", folder], check=True)
    install = [sys.executable, "-m", "uv", "pip", "install", "--python", python]
    install += ["-c", root / CONSTRAINTS, "--reinstall-package", "resattn-tutorial"]
    subprocess.run([*install, root, *COLABS_OWN], check=True)


def with_short_training(name: str, notebook: NotebookNode) -> NotebookNode:
    """A notebook that trains for a few steps, where it would train for long."""
    if shortened := first_cell(name):
        notebook.cells.insert(0, nbformat.v4.new_code_cell(shortened))
    return notebook


def stub_variant(notebook: NotebookNode) -> NotebookNode:
    """A learner's notebook reduced to its imports, its stubs and its checks."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if not {"exercise", "check"} & set(cell.metadata.get("tags", [])):
            tree = parse_cell(cell.source)
            kept = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
            cell.source = "\n".join(ast.unparse(node) for node in kept)
        cells.append(cell)
    notebook.cells = cells
    return notebook


def run(notebook: NotebookNode, path: Path, environment: Path, verdict: str) -> float:
    """Run a notebook in the environment; the seconds it took.

    Raises ``ColabError`` if a cell fails, or if a check says anything but ``verdict``.
    """
    write_whole(path, nbformat.writes(notebook))
    done = path.with_suffix(".done.ipynb")
    command = [environment / "bin" / "jupyter-execute", path, "--output", done]
    start = time.perf_counter()
    ran = subprocess.run(
        command, env=bare(environment), cwd=path.parent, capture_output=True, text=True
    )
    if ran.returncode:
        raise ColabError(f"{path.name} failed:\n{ran.stderr}")
    judge(nbformat.read(done, as_version=4), path.name, verdict)
    return time.perf_counter() - start


def judge(notebook: NotebookNode, name: str, verdict: str) -> None:
    """Raise ``ColabError`` unless every check said ``verdict``, and there is one."""
    checks = [c for c in notebook.cells if "check" in c.metadata.get("tags", [])]
    if not checks:
        raise ColabError(f"{name} has no check")
    for cell in checks:
        said = "".join(output.get("text", "") for output in cell.outputs)
        if verdict not in said:
            told = f"expected {verdict!r}, it said\n{said}"
            raise ColabError(f"{name}: {cell.source}\n{told}")


def bare(environment: Path) -> dict[str, str]:
    """The variables of a fresh session: no path of ours, no network, our threads."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PIP_"))}
    own = {
        "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "IPYTHONDIR": str(environment / "ipython"),
        "OMP_NUM_THREADS": str(settings.threads()),
        "RESATTN_MODE": settings.mode(),
    }
    return kept | NO_NETWORK | own


def main() -> int:
    """Make the environment and run every notebook both ways.

    Raises ``ChapterError``, ``ColabError`` or ``CalledProcessError`` if one fails.
    """
    folder = settings.ROOT / "_build" / "colab"
    start = time.perf_counter()
    make_environment(settings.ROOT, folder)
    print(f"environment: {time.perf_counter() - start:.0f} s", flush=True)
    exporter = Exporter()
    undone = exporter.notebooks()
    solved = {
        name: with_short_training(name, notebook)
        for name, notebook in exporter.notebooks(solved=True).items()
    }
    # Each is a process of its own; a thread only waits for it.
    with ThreadPoolExecutor(settings.lanes()) as lanes:
        took = lanes.map(
            lambda name: run(solved[name], folder / "solved" / name, folder, DONE),
            solved,
        )
        for name, seconds in zip(solved, took, strict=True):
            print(f"{name}: solved, every cell, {seconds:.1f} s", flush=True)
        took = lanes.map(lambda name: run(
            stub_variant(undone[name]), folder / "stubs" / name, folder, NOT_DONE
        ), undone)
        for name, seconds in zip(undone, took, strict=True):
            print(f"{name}: stubs and checks only, {seconds:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, ChapterError, ColabError, subprocess.CalledProcessError))
