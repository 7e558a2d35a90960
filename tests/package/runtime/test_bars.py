"""Progress bars: on a terminal and in a notebook, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import v4

from resattn_tutorial.data import telling
from resattn_tutorial.data.download import bring
from resattn_tutorial.data.faults import Cut, Fault
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.runtime.bars import draws_bars
from resattn_tutorial.training import progress
from resattn_tutorial.training.simple_loop import train
from tools.kernel import run_cells
from tools.settings import ROOT


class Screen(io.StringIO):
    """A terminal that remembers what was written."""

    def isatty(self) -> bool:
        return True


class Cell(io.StringIO):
    """A stream as ipykernel gives it to a cell, which says it is no terminal."""

    __module__ = "ipykernel.iostream"


class Colabs(Cell):
    """Another program's stream, made from a kernel's."""

    __module__ = "elsewhere"


class Bare:
    """A stream that does not say what it is."""

    def write(self, text: str) -> int:
        return len(text)


@pytest.mark.parametrize(("stream", "drawn"), [
    (Screen(), True), (Cell(), True), (Colabs(), True),
    (io.StringIO(), False), (Bare(), False), (None, False),
])
def test_a_line_is_written_over_on_a_terminal_and_in_a_notebook(stream, drawn):
    assert draws_bars(stream) is drawn


def test_a_system_s_terminal_has_bars_and_a_file_has_none(tmp_path: Path):
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen, open(tmp_path / "log", "w") as log:
        assert draws_bars(screen) and not draws_bars(log)
    os.close(ours)


def train_steps(_: Path) -> None:
    with progress.bar(3, 0) as shown:
        for _ in range(3):
            shown.update()
            shown.set_postfix(loss="2.3")
        progress.say("step 3")


def read_images(_: Path) -> None:
    with telling.bar("reading images", 3) as shown:
        shown.update(3)
        telling.tell("step 3")


def test_sentences_that_are_filled_fit_a_page_and_a_path_stays_whole():
    path = f"{'a-long-folder/' * 8}photo.jpg"
    words = ["images"] * 30
    lines = telling.filled(f"{' '.join(words)} {path} and more").splitlines()
    assert path in lines and " ".join(lines).split() == [*words, path, "and", "more"]
    assert max(len(line) for line in lines if line != path) <= 76 < len(path)
    assert all(len(line) > 69 for line in lines[:2])     # full, and not a word each
    assert telling.filled("a " * 60, "  ").splitlines()[1].startswith("  a")


def fetch(folder: Path) -> None:
    (folder / "there").write_bytes(b"abc")
    bring(str(folder / "there"), folder / "part", 3, "step 3")
    assert (folder / "part").read_bytes() == b"abc"


def train_plainly(_: Path) -> None:
    scenes = load_scenes("train", 4)
    train(build_network("first_residual", 10, 0), scenes, scenes, steps=3, points=1,
          batch_size=2)


@pytest.mark.parametrize("work", [train_steps, read_images, fetch, train_plainly])
def test_every_bar_is_silent_in_a_log_and_all_else_is_told(
    work: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(telling, "PATIENCE", 0)
    told = {}
    for stream in (Screen(), Cell(), io.StringIO()):
        monkeypatch.setattr(sys, "stdout", stream)
        work(tmp_path)
        told[type(stream)] = stream.getvalue()
        (tmp_path / "part").unlink(missing_ok=True)
    monkeypatch.undo()
    log = told[io.StringIO]
    assert "\r" not in log and "%|" not in log and log.count("\n") == 1
    assert re.search(r"step\s+3", log)
    for kind in (Screen, Cell):
        assert "%|" in told[kind] and re.search(r"step\s+3", told[kind])


@pytest.mark.parametrize("stream", [Screen(), io.StringIO()])
def test_a_silent_bar_does_not_keep_a_wrong_length_from_being_seen(
    stream: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from resattn_tutorial.data import download

    monkeypatch.setattr(sys, "stdout", stream)
    for pieces, error, words in (
        ([b"abc", b"def"], Fault, "more than 5 bytes"),
        ([b"abc"], Cut, "cut off after 3 of 5 bytes"),
    ):
        with pytest.raises(error, match=words), open(tmp_path / "part", "wb") as file:
            download._save(pieces, file, 0, 5, "a file")


@pytest.mark.slow
def test_a_kernel_s_cell_has_bars_unless_its_output_is_led_elsewhere(tmp_path: Path):
    cell = v4.new_code_cell("""
import io, sys
from contextlib import redirect_stdout
from resattn_tutorial.runtime.bars import draws_bars

print(draws_bars(sys.stdout), sys.stdout.isatty())
with redirect_stdout(io.StringIO()):
    elsewhere = draws_bars(sys.stdout)
print(elsewhere)
""")
    notebook = v4.new_notebook(cells=[cell])
    notebook.metadata.source_map = [0]
    run_cells(notebook, tmp_path / "chapter.md", ROOT)
    assert "".join(one.text for one in cell.outputs).split() == [
        "True", "False", "False"]
