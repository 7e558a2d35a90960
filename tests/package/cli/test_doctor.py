"""``resattn doctor``: what it finds, and what it tells to mend."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from typer.testing import CliRunner

from resattn_tutorial.cli import data, machine
from resattn_tutorial.cli.app import app
from resattn_tutorial.cli.doctor import Finding, examine

LINES = ["Python", "packages", "processor", "GPU", "memory", "disk", "data",
         "variables", "mode", "runs go to"]


@pytest.fixture(autouse=True)
def healthy(tmp_path, monkeypatch) -> Path:
    """A machine that lacks nothing and has no GPU; its current folder is empty."""
    for name in [name for name in os.environ if name.startswith("RESATTN_")]:
        monkeypatch.delenv(name)
    for name in ("data", "bin"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: SimpleNamespace(free=20 * 2**30)
    )
    return tmp_path


def finding(what: str) -> Finding:
    """One of the ten."""
    (found,) = [one for one in examine() if one.what == what]
    return found


def answer():
    return CliRunner().invoke(app, ["doctor"])


def gpu(monkeypatch, name: str, gib: float, native: bool, count: int = 1) -> None:
    """Give torch a GPU. Every one emulates bfloat16, some have it."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda *_: name)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties",
        lambda *_: SimpleNamespace(total_memory=int(gib * 2**30)),
    )
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported",
        lambda including_emulation=True: native or including_emulation,
    )


def nvidia_smi(folder: Path, text: str, status: int = 0) -> None:
    """Put a program of that name on the path."""
    program = folder / "bin" / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{text}'\nexit {status}\n")
    program.chmod(0o755)


def test_it_says_ten_lines_and_ends_well_where_nothing_is_wrong(healthy):
    found = answer()
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert [next(w for w in LINES if line.startswith(w)) for line in lines] == LINES
    assert torch.__version__ in found.output and sys.version.split()[0] in found.output
    assert lines[-1].endswith(str(healthy / "runs"))
    assert "variables  RESATTN_DATA=" in found.output
    assert "mode       QUICK, chosen by the hardware" in found.output


def test_it_works_where_torch_cannot_be_imported(healthy):
    code = """
import sys
sys.modules["torch"] = sys.modules["torchvision"] = None
from resattn_tutorial.cli.app import app
app(["doctor"])
"""
    root = Path(__file__).resolve().parents[3]
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert told.returncode == 1 and told.stderr == ""
    lines = told.stdout.splitlines()
    mends = [line for line in lines if line.startswith("  to mend: ")]
    assert len(lines) - len(mends) == 10
    for name, mend in zip(("torch", "torchvision"), mends, strict=True):
        assert f"install {name} " in mend


def test_a_t4_gets_float16_and_standard(monkeypatch):
    gpu(monkeypatch, "Tesla T4", 14.6, native=False)
    found = finding("GPU")
    assert found.found.startswith("Tesla T4, 14.6 GiB, float16 ") and not found.mend
    assert finding("mode").found.startswith("STANDARD")


def test_an_h100_gets_bfloat16_and_several_are_counted(monkeypatch):
    gpu(monkeypatch, "NVIDIA H100", 79.2, native=True, count=8)
    told = finding("GPU").found
    assert "79.2 GiB, bfloat16 (native)" in told and told.endswith("8 of them")


def test_apples_gpu_is_found(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert finding("GPU").found.startswith("Apple's")
    assert finding("mode").found.startswith("STANDARD")


@pytest.mark.parametrize(("cuda", "remedy"), [
    (None, "for the processor only"), ("13.2", "driver"),
])
def test_a_gpu_that_torch_does_not_use_is_to_mend(healthy, monkeypatch, cuda, remedy):
    nvidia_smi(healthy, "Tesla T4")
    monkeypatch.setattr(torch.version, "cuda", cuda)
    found = finding("GPU")
    assert found.found == "Tesla T4, not used" and remedy in found.mend[0]
    assert answer().exit_code == 1


def test_nvidias_tool_without_a_gpu_is_no_gpu(healthy):
    nvidia_smi(healthy, "No devices were found", status=6)
    assert finding("GPU") == Finding("GPU", "none")


@pytest.mark.parametrize("error", [
    'RuntimeError("operator torchvision::nms does not exist\\nmore")',
    'OSError("libcudart.so: cannot open")', 'ImportError("no module")',
])
def test_a_torchvision_that_does_not_fit_is_to_mend(healthy, monkeypatch, error):
    (healthy / "torchvision.py").write_text(f"raise {error}\n")
    monkeypatch.delitem(sys.modules, "torchvision")
    monkeypatch.syspath_prepend(healthy)
    found = finding("packages")
    assert found.found.endswith("torchvision cannot be imported")
    (mend,) = found.mend
    assert mend.startswith("install torchvision") and "\n" not in mend


@pytest.mark.parametrize(("threads", "wrong"), [(4, False), (5, True)])
def test_more_threads_than_cores_are_to_mend(monkeypatch, threads, wrong):
    monkeypatch.setattr(machine, "usable_cores", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert bool(finding("processor").mend) == wrong
    assert f"cores: 4, threads: {threads}" in finding("processor").found


def test_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 5, 7}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert machine.usable_cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert machine.usable_cores() == 64


def test_memory_is_what_the_system_says_is_available(tmp_path, monkeypatch):
    told = tmp_path / "meminfo"
    told.write_text(
        "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n"
    )
    monkeypatch.setattr(machine, "MEMORY", told)
    assert finding("memory").found == "4.0 of 16.0 GiB free"
    told.unlink()
    assert "not told" in finding("memory").found


def test_little_disk_is_to_mend_and_says_for_what(healthy, monkeypatch):
    def usage(path):
        little = Path(path) == healthy / "data"
        return SimpleNamespace(free=2**29 if little else 2**31)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    found = finding("disk")
    assert found.found == "2.0 GiB free for runs, 0.5 GiB free for data"
    (mend,) = found.mend
    assert "room for data" in mend and "RESATTN_DATA" in mend


def test_a_wrong_mode_and_an_unknown_variable_are_to_mend(monkeypatch):
    monkeypatch.setenv("RESATTN_MODE", "quick")
    monkeypatch.setenv("RESATTN_THREDS", "2")
    monkeypatch.setenv("RESATTN_QQ", "2")
    told = answer()
    assert told.exit_code == 1
    assert "Did you mean QUICK?" in told.output
    assert "nothing reads RESATTN_THREDS; did you mean RESATTN_THREADS?" in told.output
    assert "nothing reads RESATTN_QQ\n" in told.output


def test_a_right_mode_is_said_with_who_asked_for_it(monkeypatch):
    monkeypatch.setenv("RESATTN_MODE", "FULL")
    assert finding("mode") == Finding("mode", "FULL, as RESATTN_MODE says")


def test_a_secret_in_an_address_is_not_shown(monkeypatch):
    monkeypatch.setenv("RESATTN_MIRROR", "https://me:word@example.org/d?token=key")
    told = answer().output
    assert "example.org/d" in told and "word" not in told and "key" not in told


@pytest.mark.parametrize("ending", ["", ".part"])
def test_a_cut_archive_is_to_mend_and_says_how(healthy, ending):
    (healthy / "data" / f"cifar-10-python.tar.gz{ending}").write_bytes(b"the beginning")
    found = finding("data")
    assert "builtin whole, cifar10 cut, cifar100 missing" in found.found
    (mend,) = found.mend
    assert mend.endswith("resattn data cifar10")


def test_damaged_built_in_data_is_to_mend(healthy, monkeypatch):
    broken = healthy / "items.bz2"
    broken.write_bytes(bytes(data.ITEMS_BYTES))
    monkeypatch.setattr(data, "ITEMS_FILE", broken)
    found = finding("data")
    assert "builtin damaged" in found.found and len(found.mend) == 1


def test_a_folder_that_takes_no_runs_is_to_mend(healthy, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, how: Path(path) != healthy)
    assert "--folder" in finding("runs go to").mend[0]
    monkeypatch.undo()
    (healthy / "runs").write_text("a file")
    monkeypatch.chdir(healthy)
    assert "--folder" in finding("runs go to").mend[0]
