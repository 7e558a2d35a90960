"""Streams that are closed, full or gone, and folders that are: a sentence, a status."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from resattn_tutorial.cli.app import app
from resattn_tutorial.cli.plainly import Plainly
from resattn_tutorial.cli.streams import OutputError, Voice, output_watched

ROOT = Path(__file__).resolve().parents[3]
FULL = "standard output cannot be written: No space left on device"
TRAIN = "train first_residual --steps 2 --batch-size 4 --points 1 --data mine"
full = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no full disk to write to"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few small images of two classes."""
    draw = np.random.default_rng(0)
    for kind in ("train/blue", "train/red", "test/blue", "test/red"):
        (tmp_path / "mine" / kind).mkdir(parents=True)
        for number in range(4):
            pixels = draw.integers(256, size=(32, 32, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "mine" / kind / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def resattn(words: str, streams: str, **variables: str) -> subprocess.CompletedProcess:
    """What a shell says of a command whose streams lead where ``streams`` says."""
    return subprocess.run(
        f"exec {sys.executable} -m resattn_tutorial.cli {words} {streams}",
        shell=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | variables,
    )


@full
@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["--help", "ledger", "ledger --help", TRAIN])
def test_a_full_standard_output_is_told_in_a_sentence(
    here: Path, words: str, unbuffered: str
) -> None:
    told = resattn(words, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert (told.returncode, told.stderr) == (1, f"Error: {FULL}.\n")


@pytest.mark.slow
@pytest.mark.parametrize(("words", "streams", "status"), [
    ("ledger", ">&-", 0), ("--help", ">&-", 0), ("ledger nix", "2>&-", 1),
    ("nix", "2>&-", 2), ("ledger", "<&-", 0), ("ledger nix", "<&- >&- 2>&-", 1),
])
def test_a_closed_stream_is_no_trouble_and_changes_no_status(
    words: str, streams: str, status: int
) -> None:
    told = resattn(words, streams)
    assert told.returncode == status and "Traceback" not in told.stdout + told.stderr


@pytest.mark.slow
def test_a_training_with_all_streams_closed_comes_to_its_end(here: Path) -> None:
    told = resattn(f"{TRAIN} --folder run", "<&- >&- 2>&-")
    assert told.returncode == 0
    kept = {path.name for path in Path("run").iterdir() if path.name[0] != "."}
    assert kept == {"checkpoint.pt", "first-residual-mine-quick-seed0.json"}


@full
@pytest.mark.slow
def test_where_nothing_can_be_told_the_status_still_tells() -> None:
    assert resattn("ledger nix", "2>/dev/full").returncode == 1
    assert resattn("nix", "2>/dev/full").returncode != 0


class Broken(io.StringIO):
    """A stream that cannot be written, with a number of its own."""

    def __init__(self, number: int, path: Path) -> None:
        super().__init__()
        self.number, self.file = number, path.open("w")

    def fileno(self) -> int:
        return self.file.fileno()

    def write(self, text: str) -> int:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EBADF, errno.EDQUOT])
def test_whatever_the_system_says_of_an_output_is_a_sentence(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    broken = Broken(number, tmp_path / "out")
    monkeypatch.setattr(sys, "stdout", broken)
    with pytest.raises(SystemExit) as end, output_watched():
        print("a line")
    assert end.value.code == 1 and sys.stdout is broken
    words = f"Error: standard output cannot be written: {os.strerror(number)}."
    assert capsys.readouterr().err == f"{words}\n"


def test_a_fault_is_told_once_and_a_gone_reader_is_none(tmp_path: Path) -> None:
    voice = Voice(Broken(errno.ENOSPC, tmp_path / "out"), "standard output")
    assert voice.write("") == 0                      # as typer tries a stream
    with pytest.raises(OutputError):
        voice.write("a")
    assert voice.write("b") == 1
    voice.flush()
    gone = Voice(Broken(errno.EPIPE, tmp_path / "out"), "standard output")
    with pytest.raises(BrokenPipeError):
        gone.write("a")


@pytest.mark.skipif(os.name == "nt", reason="this system keeps a folder that is used")
@pytest.mark.parametrize("words", [
    "ledger --folder runs", "evaluate --folder runs", "evaluate",
])
def test_a_working_folder_that_was_removed_is_named(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    answer = CliRunner().invoke(app, words.split())
    (line,) = answer.stderr.splitlines()
    assert answer.exit_code == 1 and line.startswith("Error: ")
    assert line.endswith("; the folder that this was started in is not there: change "
                         "to another.")


@pytest.mark.parametrize("variables", [
    {"RANK": "x"}, {"RANK": "1"}, {"RANK": "-1", "WORLD_SIZE": "2"},
    {"RANK": "2", "WORLD_SIZE": "2"}, {"RANK": "1", "WORLD_SIZE": "x"},
    {"RANK": "9" * 5000, "WORLD_SIZE": "2"}, {"RANK": "²", "WORLD_SIZE": "3"},
    {"RANK": "\x1b[2J", "WORLD_SIZE": "3"}, {"RANK": "", "WORLD_SIZE": ""},
])
def test_a_variable_that_was_left_over_silences_nobody(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    answer = CliRunner().invoke(app, ["ledger"])
    assert answer.exit_code == 0 and answer.stdout.startswith("run ")
    answer = CliRunner().invoke(app, ["ledger", "nix"])
    assert answer.stderr.startswith("Error: no run in ")


@pytest.mark.skipif(os.name == "nt", reason="this system has no such limit")
def test_what_the_system_refuses_before_a_command_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), "decorators.py")

    monkeypatch.setattr(Plainly, "make_context", refuse)
    answer = CliRunner().invoke(app, ["ledger"])
    assert isinstance(answer.exception, SystemExit) and answer.exit_code == 1
    words = "Error: [Errno 24] Too many open files: 'decorators.py'\n"
    assert answer.stderr == words
