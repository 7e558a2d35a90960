"""What ``make matrix`` does in each environment: train and stop, test, run tests."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import settings
from tools.colab import bare

STEPS = 40
HALFWAY = f"step {STEPS // 2:5d} "                   # a point of the learning curve
TRAIN = (
    "resattn", "train", "first_attention", "--steps", str(STEPS), "--points", "2",
    "--batch-size", "16", "--folder", "run",
)
INTERRUPTED = 130                                    # how a stopped training ends
PATIENCE = 600                                       # seconds, far beyond any part
TESTS = (
    "training/test_step.py", "training/test_captured_step.py",
    "training/test_optimizer.py", "training/test_trainer.py",
    "training/test_checkpoint.py", "runtime", "models/test_compile_and_export.py",
)
# The installed package is to be tested, so the checkout is not on the path.
PYTEST = (
    "pytest", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider",
    "-o", "addopts=--strict-markers", "-o", "pythonpath=tests/support",
)


class TrialError(RuntimeError):
    """What failed, in a line."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the folder in which its trials write."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def work(self) -> Path:
        """Where its commands run; it is made here."""
        place = self.folder / "work"
        place.mkdir(parents=True, exist_ok=True)
        return place

    def start(self, *words: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Begin one of its commands; all that it says is one stream, without delay."""
        command, *rest = words
        own = {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
        return subprocess.Popen(
            [self.folder / "bin" / command, *rest], cwd=cwd or self.work,
            env=bare(self.folder) | own, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    def run(self, *words: str) -> str:
        """What a command says; raises ``TrialError`` if it fails."""
        return require_status(0, *rest_of(self.start(*words)))


def rest_of(begun: subprocess.Popen[str]) -> tuple[int, str]:
    """A command's status, and what it says from now on.

    Raises ``TrialError`` if it does not end.
    """
    try:
        said, _ = begun.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        begun.kill()
        begun.communicate()
        raise TrialError(f"it had not ended after {PATIENCE} s") from None
    return begun.returncode, said


def require_status(wanted: int, status: int, said: str) -> str:
    """Return what was said if the command ended with the wanted status."""
    if status != wanted:
        raise TrialError(f"status {status}: {first_fault(said)}")
    return said


def first_fault(said: str) -> str:
    """The line of an output that names a fault first, else its last line."""
    lines = [line.strip() for line in re.split(r"[\r\n]+", said) if line.strip()]
    for line in lines:
        if re.match(r"FAILED|ERROR|Error:|[\w.]+(Error|Exception): ", line):
            return line
    return lines[-1] if lines else "nothing was said"


def train(there: Environment) -> str:
    """Stop a training halfway by SIGTERM, and let it go on to its end."""
    begun = there.start(*TRAIN)
    before = up_to(HALFWAY, begun)
    begun.send_signal(signal.SIGTERM)
    status, after = rest_of(begun)
    if status == 0:
        raise TrialError("it had come to its end before it was stopped")
    require_status(INTERRUPTED, status, before + after)
    said = there.run(*TRAIN)
    found = re.search(r"Going on after step (\d+) of", said)
    if not found or HALFWAY in said:
        raise TrialError("the second call began anew")
    return f"stopped after step {found[1]}, went on to {STEPS}"


def up_to(words: str, begun: subprocess.Popen[str]) -> str:
    """What a command says up to a line with these words, or all of it.

    One that says nothing for too long is killed, which its status then tells.
    """
    said, watch = "", threading.Timer(PATIENCE, begun.kill)
    watch.start()
    try:
        for line in begun.stdout:
            said += line
            if words in line:
                break
    finally:
        watch.cancel()
    return said


def evaluate(there: Environment) -> str:
    """Test the network that :func:`train` has left; its error."""
    said = there.run("resattn", "evaluate", "--folder", "run")
    if f"after step {STEPS} of {STEPS}," not in said:
        raise TrialError(f"another network was tested: {first_fault(said)}")
    return re.search(r"test error [\d.]+%", said)[0]


def run_tests(there: Environment) -> str:
    """Run the package's tests that ask most of PyTorch; how many passed."""
    places = [f"tests/package/{name}" for name in TESTS]
    begun = there.start(*PYTEST, *places, cwd=settings.ROOT)
    status, said = rest_of(begun)
    counts = re.findall(r"^(\d+ \w+(?:, \d+ \w+)*) in [\d.]+s", said, re.MULTILINE)
    told = counts[-1] if counts else f"status {status}"
    if status or not counts:
        raise TrialError(f"{told}: {first_fault(said)}")
    return told


PARTS: dict[str, Callable[[Environment], str]] = {
    "train, stop, go on": train, "evaluate": evaluate, "tests": run_tests,
}
