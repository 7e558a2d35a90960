"""Whatever ends a command is one line, without a traceback unless it is asked for."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from sample_run import a_run, told_of_a_run
from typer.testing import CliRunner

from resattn_tutorial.cli import evaluate
from resattn_tutorial.cli.app import app
from resattn_tutorial.cli.plainly import OURS
from resattn_tutorial.ledger import store
from resattn_tutorial.runtime.tensor_file import write_tensors
from resattn_tutorial.training import runner

ROOT = Path(__file__).resolve().parents[3]
LONG = "x" * 5000
NOISY = "\x1b[31m\x1b]0;mine\x07red\x9b2J\u202eder\x00"


def resattn(*typed: str):
    return CliRunner().invoke(app, list(typed))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> Path:
    """A current folder with files that are not what they should be; no training."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path / "kept"))
    monkeypatch.setattr(runner, "run_training", lambda config, folder: None)
    Path("file").write_text("text")
    Path("empty").mkdir()
    Path("circle").symlink_to("circle")
    os.mkfifo("pipe")
    for name, content in {
        "text": b"a checkpoint", "none": b"", "zip": b"PK\x03\x04 and no more",
        "pickle": pickle.dumps({"step": 1}),
    }.items():
        Path(name).mkdir()
        Path(name, "checkpoint.pt").write_bytes(content)
    for name, state in {
        "weights": {"a": torch.zeros(3)}, "old": {"format": 1},
        "lacking": {"format": 2},
        "kinds": {"format": 2, "configuration": [3], "data": None, "network": 5},
    }.items():
        Path(name).mkdir()
        write_tensors(Path(name, "checkpoint.pt"), state)
    return tmp_path


# The words that are typed, and the status that they end with.
LINES = [
    ("nix", 2), ("--nix", 2), ("train", 2), ("train --debug", 2),
    ("train first_attention --setps 3", 2), ("train first_attention again", 2),
    ("train first_attention --steps", 2), ("train first_attention --data", 2),
    (f"train {LONG}", 2), ("train \udcff", 2),
    (f"train first_attention --steps {LONG}", 2),
    ("train first_attention --data nowhere", 2),
    ("train first_attention --recipe paper-imagenet --steps 5", 1),
    ("train first_attention --recipe paper-cifar --steps 1", 1),
    (f"train first_attention --data {LONG}", 2),
    (f"train first_attention --data /{LONG}", 2),
    (f"finetune {LONG}", 2), ("finetune file", 2), ("finetune circle", 2),
    ("finetune empty", 1), (f"finetune empty --folder {LONG}", 1),
    (f"masks {LONG} --to a.png", 2), ("masks circle --to a.png", 2),
    ("masks empty --to a.png", 2), (f"masks file --to {LONG}.png", 2),
    ("masks file --to circle/a.png", 2), ("masks file --to empty", 2),
    ("masks pipe --to a.png", 1), ("export --to pipe/a.onnx", 2),
    ("evaluate", 1), ("evaluate attention56", 1), ("evaluate nix", 2),
    ("evaluate attention56 --data builtin", 1),
    ("evaluate cifar_attention56 --data empty", 1),
    ("evaluate cifar_attention56 --data ./nowhere", 2),
    ("evaluate cifar_attention56 --data no/where", 1),
    ("evaluate cifar_attention56 --data file/in", 1),
    ("evaluate cifar_attention56 --data circle/in", 1),
    ("evaluate cifar_attention56 --data pipe/in", 1),
    ("evaluate cifar_attention56 --folder empty", 1),
    *((f"evaluate --folder {folder}", 1) for folder in (
        "nowhere", "file", "empty", "circle", "pipe", "text", "none", "zip", "pickle",
        "weights", "old", LONG,
    )),
    ("cost", 2), ("cost nix", 2), ("cost attention56 --size 3", 1),
    ("cost cifar_attention452 --size 1", 1), ("cost first_residual --size -1", 2),
    ("data nix", 2), ("data builtin cifar10", 2),
    ("ledger nix", 1), ("ledger --folder nowhere", 1), ("ledger --folder file", 1),
    ("ledger --folder circle", 1), ("ledger --folder pipe", 1),
    (f"ledger --folder {LONG}", 1), (f"ledger {LONG}", 1), ("ledger a\0b", 1),
    ("ledger --folder a\0b", 2), ("doctor now", 2), ("ledger --folder ", 2),
    ("evaluate --folder ", 2), ("evaluate --folder a\0b", 2),
    ("train first_attention --folder ", 2), ("train first_attention --folder a\0b", 2),
]


@pytest.mark.parametrize(
    ("typed", "status"), LINES,
    ids=[f"{number} {line[0][:50]!r}" for number, line in enumerate(LINES)],
)
def test_a_bad_command_line_ends_in_one_line_and_shows_no_traceback(typed, status):
    answer = resattn(*typed.split(" "))
    assert isinstance(answer.exception, SystemExit), answer.exception
    assert answer.exit_code == status, answer.output
    *usage, line = answer.stderr.splitlines()
    assert line.startswith("Error: ")
    assert not usage or (status == 2 and len(usage) == 3)
    assert "Traceback" not in answer.output and "our bug" not in answer.output
    assert status == 2 or len(line) < 1100


@pytest.mark.parametrize("folder", ["lacking", "kinds"])
def test_a_checkpoint_that_lacks_what_it_should_hold_is_one_line(folder):
    answer = resattn("evaluate", "--folder", folder)
    assert isinstance(answer.exception, SystemExit) and answer.exit_code == 1
    (line,) = answer.stderr.splitlines()
    assert line.startswith("Error: ")


def test_debug_shows_where_and_still_ends_in_the_same_line():
    plain = resattn("ledger", "nix")
    debug = resattn("--debug", "ledger", "nix")
    assert debug.exit_code == plain.exit_code == 1 and "Trace" not in plain.output
    assert debug.stderr.startswith("Traceback (most recent call last)")
    assert "run_lines" in debug.stderr and debug.stderr.endswith(plain.stderr)


WORKERS = """Caught ValueError in DataLoader worker process 0.
Original Traceback (most recent call last):
  File "loader.py", line 1, in fetch
ValueError: a.jpg is no image"""
ENDS = [
    (ValueError("steps must be 3."), "steps must be 3."),
    (OSError(28, "No space left", "a/b"), "[Errno 28] No space left: 'a/b'"),
    (FloatingPointError("the loss is no number"), "the loss is no number"),
    (TypeError("steps must be a whole number, got 'a'."), "steps must be a whole"),
    (ValueError(f"{NOISY} is wrong"), "redder is wrong"),
    (OSError("two\nlines"), "two\nlines"),
    (BrokenPipeError(32, "Broken pipe"), "[Errno 32] Broken pipe"),
    (ValueError(WORKERS), "ValueError: a.jpg is no image"),
    (RuntimeError(WORKERS), "RuntimeError: ValueError: a.jpg is no image. This is"),
    (MemoryError(), "there is not enough memory ()"),
    (torch.OutOfMemoryError("CUDA out of memory. Tried\nto"), "enough memory (CUDA"),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate "
                  "12 bytes"), "there is not enough memory (DefaultCPU"),
    (TypeError("'NoneType' object is not callable"), "TypeError: 'NoneType' object is"),
    (RuntimeError("shapes differ\nby 2"), f"RuntimeError: shapes differ. {OURS}"),
    (RuntimeError("Symlink loop from 'a/b'"), "Symlink loop from 'a/b'"),
    (RecursionError("too deep"), f"RecursionError: too deep. {OURS}"),
    (OverflowError("int too large"), f"OverflowError: int too large. {OURS}"),
    (KeyError("x"), f"KeyError: 'x'. {OURS}"), (ValueError(), f"ValueError. {OURS}"),
    (AssertionError(), f"AssertionError. {OURS}"),
    (ZeroDivisionError("by\x1b[2J 0"), f"ZeroDivisionError: by 0. {OURS}"),
    (ImportError("no torch\nat all"), "no torch. resattn doctor says what to fix."),
    (UnicodeEncodeError("ascii", "é", 0, 1, "no"), "'ascii' codec can't encode"),
    (StopIteration(), f"StopIteration. {OURS}"),
]


@pytest.mark.parametrize(("error", "words"), ENDS, ids=[repr(e)[:40] for e, _ in ENDS])
@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
def test_whatever_ends_a_command_is_told_plainly(error, words, debug, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(runner, "run_training", fail)
    answer = resattn(*debug, "train", "first_attention")
    assert isinstance(answer.exception, SystemExit) and answer.exit_code == 1
    before, _, told = f"\n{answer.stderr}".rpartition("\nError: ")
    assert words in told and ("Traceback" in before) == bool(debug)
    assert debug or "Traceback" not in answer.output
    assert not set(told) & {"\x1b", "\x9b", "\x00", "\x07", "\u202e"}


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
def test_ctrl_c_ends_with_130_and_shows_where_only_if_asked(debug, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_training", interrupt)
    answer = resattn(*debug, "train", "first_attention")
    assert answer.exit_code == 130 and answer.stderr.endswith("Interrupted.\n")
    assert ("Traceback" in answer.output) == bool(debug)


@pytest.mark.slow
@pytest.mark.parametrize("typed", [
    ["evaluate", "--folder", "lacking"], ["train", "first_attention", "--seed", "x"],
    ["ledger", "--folder", "pipe"], ["cost", "attention56", "--size", "9" * 4400],
])
def test_a_process_of_its_own_shows_no_traceback_either(typed):
    told = subprocess.run(
        [sys.executable, "-m", "resattn_tutorial.cli", *typed],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert told.returncode in (1, 2) and told.stdout == ""
    assert "Traceback" not in told.stderr
    assert told.stderr.splitlines()[-1].startswith("Error: ")


@pytest.mark.slow
def test_a_reader_that_has_gone_is_no_error():
    whole = f"{sys.executable} -m resattn_tutorial.cli ledger | head -n 1"
    told = subprocess.run(
        whole, shell=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert told.stdout.startswith("run ") and told.stderr == ""


# What stands in files commands no terminal


def clean(text: str) -> bool:
    return not set(text) & {"\x1b", "\x9b", "\x07", "\x00", "\x9d", "\u202e", "\r"}


def test_texts_of_run_files_reach_the_terminal_without_commands(here):
    written = told_of_a_run(
        data__name=NOISY, data__form=NOISY, environment__processor=f"{NOISY}\nCPU",
        command=f"resattn {NOISY}\r", changes=[f"after step 3: {NOISY}"],
        not_recorded=[f"a/{NOISY}"],
    )
    Path("runs").mkdir()
    Path("runs/trial-seed0.json").write_text(json.dumps(written))
    Path("runs/bad-seed0.json").write_text(json.dumps({NOISY: NOISY}))
    for typed in (["ledger"], ["ledger", "trial"]):
        answer = resattn(*typed, "--folder", "runs")
        assert answer.exit_code == 0 and clean(answer.output), answer.output
        assert "redder" in answer.output
    lines = resattn("ledger", "--folder", "runs").output.splitlines()
    heading, row = lines[0], lines[1]
    assert len(heading) == len(row) and "bad-seed0.json" in lines[2]
    (here / "runs" / "bad-seed0.json").rename("runs/trial-seed1.json")
    Path("runs/trial-seed0.json").unlink()
    answer = resattn("ledger", "--folder", "runs")
    assert answer.exit_code == 1 and clean(answer.output)


def test_the_names_of_files_and_folders_reach_it_without_commands(here):
    folder = here / "a\x1b[2Jb\u202e"
    folder.mkdir()
    store.write_run(a_run(), folder)
    (folder / "c\x1b]0;x\x07-seed0.json").touch()
    for typed in (["ledger"], ["ledger", "trial"], ["ledger", "nix"]):
        answer = resattn(*typed, "--folder", str(folder))
        assert clean(answer.output) and "ab" in answer.output


def test_what_an_evaluation_says_of_classes_commands_no_terminal(monkeypatch):
    monkeypatch.setattr(evaluate, "lines", lambda *_: [f"the class {NOISY}", NOISY])
    answer = resattn("evaluate", "cifar_attention56", "--data", "builtin")
    assert answer.output == "the class redder\nredder\n"
