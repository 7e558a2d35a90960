"""What a run happened on is told as this machine and its working copy tell it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import fields

import pytest
import torch

from resattn_tutorial.ledger.run import Environment
from resattn_tutorial.runtime import environment


def test_the_environment_is_this_machine_s():
    told = environment.observed(torch.device("cpu"), world_size=3)
    assert set(told) == {field.name for field in fields(Environment)}
    assert told["cores"] == os.cpu_count() and told["processor"]
    assert (told["device"], told["world_size"]) == ("cpu", 3)
    assert (told["gpu"] is None) == (not torch.cuda.is_available())
    assert told["torch"] == torch.__version__
    assert Environment(**told).machine == (told["gpu"] or told["processor"])


def test_outside_a_working_copy_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(environment, "PACKAGE", tmp_path)
    assert environment.commit() is None


def test_without_git_there_is_no_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert environment.commit() is None


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_commit_says_whether_the_working_copy_differs_from_it(tmp_path, monkeypatch):
    def git(*words: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        command = ["git", *who, *words]
        done = subprocess.run(
            command, cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    module = tmp_path / "module.py"
    module.write_text("one")
    git("init")
    git("add", "module.py")
    git("commit", "-m", "one")
    monkeypatch.setattr(environment, "PACKAGE", tmp_path)
    clean = git("rev-parse", "--short=12", "HEAD")
    assert environment.commit() == clean
    module.write_text("two")
    assert environment.commit() == clean + "+"
