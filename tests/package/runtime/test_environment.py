"""What a run happened on is told as this machine and its working copy tell it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
import torch

from resattn_tutorial.runtime import environment


def test_the_hardware_and_versions_are_this_machines():
    hardware = environment.hardware()
    assert hardware["cores"] == os.cpu_count()
    assert hardware["threads"] == torch.get_num_threads()
    assert hardware["processor"]
    assert (hardware["gpu"] is None) == (not torch.cuda.is_available())
    versions = environment.versions()
    assert versions["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert set(versions) == {"python", "torch", "numpy"}


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
