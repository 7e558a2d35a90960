"""Try the package with other versions of Python, PyTorch and NumPy.

    make matrix
    python -m tools.matrix --only 3.11-2.5 3.13-newest --keep

Each combination gets an environment of its own below ``_build/matrix``, with the
package in it, and a training, a test and the package's tests run there. What fails is
named and the next goes on; that no wheel serves a combination is an answer, not a
failure. The table stands in ``_build/matrix/matrix.md``.

An environment is deleted after its turn. What uv has fetched, some gigabytes for each
PyTorch, stays in uv's own cache; ``UV_CACHE_DIR`` names another place for it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools import settings
from tools.colab import ColabError, find_python
from tools.ending import ended
from tools.files import write_whole
from tools.outcomes import LIBRARIES, NEWEST, Combination, Outcome, table
from tools.trials import PARTS, Environment, TrialError

TESTERS = ("pytest", "pytest-timeout", "pytest-xdist", "captum")
NOT_SERVED = "No solution found when resolving dependencies"
VERSIONS = (
    "import platform; from importlib.metadata import version; "
    f"print(platform.python_version(), *map(version, {LIBRARIES}))"
)
COMBINATIONS = (
    Combination("3.11", "2.5", "1.26"),
    Combination("3.12", "2.8", "2"),
    Combination("3.13", "2.5", "1.26"),
    Combination("3.13", "2.11", "2"),
    Combination("3.13", NEWEST, "2"),
)


class NotServed(RuntimeError):
    """There is no such Python here, or there are no such wheels."""


def make_environment(combination: Combination, folder: Path) -> Environment:
    """Install the package, as it now is, beside the wanted versions.

    Raises as :func:`uv`, and ``NotServed`` if there is no such Python.
    """
    try:
        python = find_python([combination.python])
    except ColabError as error:
        raise NotServed(str(error)) from error
    uv("venv", "--python", python, folder)
    there = Environment(folder)
    # Nobody waits for a build of these.
    binary = [word for name in LIBRARIES for word in ("--only-binary", name)]
    uv(
        "pip", "install", "--python", there.python, *binary, *combination.wanted,
        *TESTERS, "--reinstall-package", "resattn-tutorial", settings.ROOT,
    )
    return there


def uv(*words: str | Path) -> None:
    """Run uv.

    Raises ``NotServed`` if nothing serves what was asked for, ``TrialError`` if it
    fails otherwise.
    """
    done = subprocess.run(
        [sys.executable, "-m", "uv", *words], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    if done.returncode:
        fault = NotServed if NOT_SERVED in done.stdout else TrialError
        raise fault(why_not(done.stdout))


def why_not(said: str) -> str:
    """Why uv could not install, in a line, without any address.

    Its hint names the wheels that there are, where it gives one; else its first line of
    an error, or its last of all.
    """
    text = re.sub(r"\w+://[^\s`)]+", "(an address)", said)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for beginning in ("hint: ", "error: ", "× "):
        for line in lines:
            if line.startswith(beginning):
                return line.removeprefix(beginning)
    return lines[-1] if lines else "uv said nothing"


def try_out(
    combination: Combination,
    folder: Path,
    make: Callable[[Combination, Path], Environment] = make_environment,
    parts: Mapping[str, Callable[[Environment], str]] = PARTS,
) -> Outcome:
    """Make the environment in ``folder`` and run every part, whatever the others do."""
    outcome = Outcome(combination)
    shutil.rmtree(folder, ignore_errors=True)        # one that was cut off
    try:
        there = make(combination, folder)
        outcome.versions = there.run("python", "-c", VERSIONS).split()
    except NotServed as error:
        outcome.missing = str(error)
        return outcome
    except TrialError as error:
        outcome.parts["install"] = str(error)
        outcome.failed.append("install")
        return outcome
    for name, part in parts.items():
        try:
            outcome.parts[name] = part(there)
        except TrialError as error:
            outcome.parts[name] = str(error)
            outcome.failed.append(name)
    return outcome


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What was typed."""
    names = [one.name for one in COMBINATIONS]
    parser = argparse.ArgumentParser(
        prog="python -m tools.matrix",
        description="Try the package with other versions of Python, torch and NumPy.",
    )
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--keep", action="store_true", help="keep the environments")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Try each, write the table after each; 1 if anything failed, else 0."""
    options = read_options(words)
    build = settings.ROOT / "_build" / "matrix"
    outcomes = []
    for combination in COMBINATIONS:
        if combination.name not in options.only:
            continue
        print(f"== {combination.name}", flush=True)
        outcomes.append(try_out(combination, build / combination.name))
        if not options.keep:
            shutil.rmtree(build / combination.name, ignore_errors=True)
        write_whole(build / "matrix.md", table(outcomes))
    print(table(outcomes))
    return int(any(one.failed for one in outcomes))


if __name__ == "__main__":
    sys.exit(ended(main))
