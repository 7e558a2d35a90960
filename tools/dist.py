"""Build the package as it is published, check it, and try each file of it.

    make dist

uv builds the sdist, and the wheel from that; twine reads what a package index would
show. Then each of the two is installed into an environment of its own, without this
checkout, and there a packaged network classifies, and a training is stopped, goes on
and is tested, with the network refused.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from resattn_tutorial import __version__
from tools import settings
from tools.ending import ended
from tools.settings import PACKAGE, ROOT
from tools.trials import Environment, TrialError, evaluate, train

DIST, CONSTRAINTS = Path("dist"), Path("constraints.txt")
# Not in the environment of the book: it brings twenty packages along.
TWINE = "twine==7.0.0"
LEFT_OUT = {"__pycache__"}
CLASSIFY = """
from resattn_tutorial import __version__
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.models.weights import CifarAttention56_Weights
from resattn_tutorial.models.zoo import cifar_attention56
weights = CifarAttention56_Weights.SCENES
scenes = load_scenes("test", 100)
given = cifar_attention56(weights="SCENES").eval()(weights.transforms()(scenes.images))
right = (given.argmax(1) == scenes.labels).sum().item()
print(__version__, right)
"""
ENOUGH = 60                                          # of a hundred; chance gives ten


class DistError(RuntimeError):
    """The package cannot be published as it is; says why."""


def build(root: Path, folder: Path) -> list[Path]:
    """The sdist and the wheel that is made of it, in an empty folder.

    Raises ``DistError`` where they cannot be built, or are not what a package index
    takes.
    """
    quiet = ("--clear", "--no-build-logs")
    _uv("build", *quiet, "-b", root / CONSTRAINTS, "--out-dir", folder, root)
    files = sorted(folder.glob("*.tar.gz")) + sorted(folder.glob("*.whl"))
    if len(files) != 2:
        raise DistError(f"one sdist and one wheel expected, got {files}")
    _uv("tool", "run", "--from", TWINE, "twine", "check", "--strict", *files)
    return files


def _uv(*words: str | Path) -> None:
    """Run uv; its output is shown. Raises ``DistError`` if it fails."""
    if subprocess.run([sys.executable, "-m", "uv", *words]).returncode:
        raise DistError(f"uv {words[0]} failed, for the reason above")


def package_files(root: Path) -> set[str]:
    """Every file of the package in the checkout, by its path."""
    found = (path.relative_to(root) for path in (root / PACKAGE).rglob("*"))
    return {
        path.as_posix() for path in found
        if (root / path).is_file() and not LEFT_OUT & set(path.parts)
    }


def require_whole(wheel: Path, root: Path) -> None:
    """Raise ``DistError`` unless a wheel holds the package's files and no other code.

    A data file that nobody lists in ``pyproject.toml`` is there in a checkout, and
    missing for everybody else.
    """
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if ".dist-info/" not in name}
    wanted = package_files(root)
    if names != wanted:
        raise DistError(
            f"{wheel.name} lacks {sorted(wanted - names)}, and holds besides "
            f"{sorted(names - wanted)}: see [tool.setuptools] in pyproject.toml"
        )


def make_environment(file: Path, folder: Path) -> Environment:
    """An environment with one file of the package, and what that asks for."""
    _uv("venv", "--quiet", "--python", sys.executable, folder)
    there = Environment(folder)
    _uv(
        "pip", "install", "--quiet", "--python", there.python,
        "-c", settings.ROOT / CONSTRAINTS, "-b", settings.ROOT / CONSTRAINTS, file,
    )
    return there


def classify(there: Environment) -> str:
    """Let the packaged weights name built-in scenes.

    Raises ``TrialError`` for another version, and where hardly one is right.
    """
    version, right = there.run("python", "-c", CLASSIFY).split()[-2:]
    if version != __version__ or int(right) < ENOUGH:
        raise TrialError(f"version {version}, and {right} of 100 scenes named rightly")
    return f"version {version}, {right} of 100 scenes named rightly"


PARTS: dict[str, Callable[[Environment], str]] = {
    "doctor": lambda there: there.run("resattn", "doctor") and "it runs",
    "classify": classify, "train": train, "evaluate": evaluate,
}


def try_out(
    file: Path,
    make: Callable[[Path, Path], Environment] = make_environment,
    parts: dict[str, Callable[[Environment], str]] = PARTS,
) -> Iterator[str]:
    """A line for each part that came out well, in an environment of its own.

    Raises ``DistError`` at the first that did not.
    """
    with tempfile.TemporaryDirectory() as folder:
        there = make(file, Path(folder) / "environment")
        for name, part in parts.items():
            try:
                yield f"{file.name}: {name}: {part(there)}"
            except TrialError as error:
                raise DistError(f"{file.name}: {name}: {error}") from error


def main(root: Path = ROOT) -> int:
    """Build, check and try; 0. Raises ``DistError``."""
    files = build(root, root / DIST)
    require_whole(files[-1], root)
    for file in files:
        for line in try_out(file):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, DistError))
