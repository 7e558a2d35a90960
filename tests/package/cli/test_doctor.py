"""``resattn doctor``: what it finds, and what it tells to fix."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from typer.testing import CliRunner

from resattn_tutorial.cli import data, doctor, machine
from resattn_tutorial.cli.app import app
from resattn_tutorial.cli.doctor import Finding, examine

ROOT = Path(__file__).resolve().parents[3]
LINES = ["Python", "packages", "processor", "GPU", "memory", "disk", "data",
         "variables", "mode", "runs go to"]


@pytest.fixture(autouse=True)
def healthy(tmp_path, monkeypatch) -> Path:
    """A machine that lacks nothing and has no GPU; its current folder is empty."""
    importlib.import_module("torchvision")           # needs a torch that is as it was
    for name in [name for name in os.environ if name.startswith("RESATTN_")]:
        monkeypatch.delenv(name)
    for name in ("data", "bin"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    meminfo = tmp_path / "bin" / "meminfo"
    meminfo.write_text("MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n")
    monkeypatch.setattr(machine, "MEMORY", meminfo)
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
    monkeypatch.setattr(
        torch.cuda, "get_device_capability", lambda *_: (9, 0) if native else (7, 5)
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


@pytest.mark.slow
def test_it_works_where_torch_cannot_be_imported(healthy):
    code = """
import sys
sys.modules["torch"] = sys.modules["torchvision"] = None
from resattn_tutorial.cli.app import app
app(["doctor"])
"""
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert told.returncode == 1 and told.stderr == ""
    lines = told.stdout.splitlines()
    mends = [line for line in lines if line.startswith("  to fix: ")]
    assert len(lines) - len(mends) == 10
    for name, mend in zip(("torch", "torchvision"), mends, strict=True):
        assert f"install {name} " in mend


def test_a_t4_gets_float16_and_standard(monkeypatch):
    gpu(monkeypatch, "Tesla T4", 14.6, native=False)
    found = finding("GPU")
    assert found.found.startswith("Tesla T4, 14.6 GiB, float16 ") and not found.mend
    assert "TF32" not in found.found
    assert finding("mode").found.startswith("STANDARD")


def test_an_h100_gets_bfloat16_and_several_are_counted(monkeypatch):
    gpu(monkeypatch, "NVIDIA H100", 79.2, native=True, count=8)
    told = finding("GPU").found
    assert "79.2 GiB, bfloat16 (native), 8 of them" in told
    assert told.endswith("; float32 means TF32 in convolutions")


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
    monkeypatch.setattr(doctor, "usable_cores", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert bool(finding("processor").mend) == wrong
    assert f"cores: 4, threads: {threads}" in finding("processor").found


def test_memory_is_what_the_system_says_is_available(tmp_path, monkeypatch):
    told = tmp_path / "meminfo"
    told.write_text(
        "MemTotal:       16777216 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n"
    )
    monkeypatch.setattr(machine, "MEMORY", told)
    assert finding("memory").found == "4.0 of 16.0 GiB free"
    told.unlink()
    assert "unknown on this system" in finding("memory").found


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


# Every finding stands alone


def breaks_import(error: str):
    """A torchvision that cannot be imported, by a line of code."""

    def prepare(healthy, monkeypatch):
        (healthy / "torchvision.py").write_text(f"{error}\n")
        monkeypatch.delitem(sys.modules, "torchvision")
        monkeypatch.syspath_prepend(healthy)

    return prepare


def sets(name: str, value: str):
    return lambda healthy, monkeypatch: monkeypatch.setenv(name, value)


def raises(where: object, name: str, error: Exception):
    """Something of the system's or of torch's that raises."""

    def fail(*_, **__):
        raise error

    return lambda healthy, monkeypatch: monkeypatch.setattr(where, name, fail)


def lays(make):
    """Something that lies in the data folder; ``make`` is given the folder."""
    return lambda healthy, monkeypatch: make(healthy / "data")


def lays_for_runs(make):
    return lambda healthy, monkeypatch: make(healthy / "runs")


def data_in(place: str, make=lambda path: None):
    """RESATTN_DATA names a place, which ``make`` has made."""

    def prepare(healthy, monkeypatch):
        make(healthy / place.partition("/")[0])
        monkeypatch.setenv("RESATTN_DATA", str(healthy / place))

    return prepare


def tells_of_memory(content: bytes):
    def prepare(healthy, monkeypatch):
        (healthy / "meminfo").write_bytes(content)
        monkeypatch.setattr(machine, "MEMORY", healthy / "meminfo")

    return prepare


def has_nvidia_smi(script: str):
    """A program of that name; it need not be one."""

    def prepare(healthy, monkeypatch):
        program = healthy / "bin" / "nvidia-smi"
        program.write_bytes(script.encode("latin1"))
        program.chmod(0o755)
        monkeypatch.setattr(machine, "PATIENCE", 0.2)

    return prepare


def circle(path: Path) -> None:
    path.symlink_to(path)


def inside_cifar(make):
    def prepare(folder: Path) -> None:
        (folder / "cifar-10-batches-py").mkdir()
        make(folder / "cifar-10-batches-py" / "data_batch_1")

    return lays(prepare)


def nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def in_place_of(name: str, make):
    return lays(lambda folder: make(folder / name))


NO_HOME = "The home folder at the beginning of ~nobody_here"
PERMISSION = PermissionError(13, "Permission denied", "/there")
FOLDER, FILE = "cifar-10-batches-py", "cifar-10-python.tar.gz"


def by_finding(output: str) -> dict[str, str]:
    """The doctor's lines, those to fix with the finding that they belong to."""
    found: dict[str, str] = {}
    for line in output.splitlines():
        if not line.startswith("  to fix: "):
            what = next(word for word in LINES if line.startswith(word))
            found[what] = ""
        found[what] += line
    return found


# What is wrong, the findings that it concerns, and words of theirs.
TROUBLES = [
    (sets("RESATTN_DATA", "~nobody_here/x"), "disk data variables", NO_HOME),
    (sets("RESATTN_DATA", "/" + "y" * 5000), "disk data variables", "File name too"),
    (data_in("file", Path.touch), "disk data variables", "file is no folder"),
    (data_in("file/data", Path.touch), "disk data variables", "file is no folder"),
    (data_in("link", nowhere), "disk data variables", "a link that leads nowhere"),
    (data_in("link/data", circle), "disk data variables", "a link that leads nowhere"),
    (data_in("pipe", os.mkfifo), "disk data variables", "pipe is no folder"),
    (sets("RESATTN_MIRROR", "http://[::bad"), "variables", "no web address"),
    (sets("RESATTN_MIRROR", "http://me:word@"), "variables", "no web address"),
    (sets("RESATTN_MIRROR", "http://me:wo/rd@a:x"), "variables", "no web address"),
    (sets("RESATTN_MIRROR", "/not/there"), "variables", "which is not there"),
    (sets("RESATTN_MIRROR", "~nobody_here/x"), "variables", "which is not there"),
    (inside_cifar(nowhere), "data", "data_batch_1 cannot be read"),
    (inside_cifar(circle), "data", "then resattn data cifar10"),
    (in_place_of(FOLDER, nowhere), "data", f"{FOLDER} is no folder: remove"),
    (in_place_of(FOLDER, circle), "data", f"{FOLDER} is no folder: remove"),
    (in_place_of(FOLDER, Path.touch), "data", f"{FOLDER} is no folder: remove"),
    (in_place_of(FILE, os.mkfifo), "data", "remove it, then resattn data cifar10"),
    (in_place_of(FILE, Path.mkdir), "data", "remove it, then resattn data cifar10"),
    (in_place_of(FILE, nowhere), "data", "remove it, then resattn data cifar10"),
    (in_place_of(f"{FILE}.part", os.mkfifo), "data", "remove it, then resattn data"),
    (raises(data, "_state", PERMISSION), "data", "cannot be read: [Errno 13]"),
    (raises(data, "_archive", KeyError("x")), "data", "KeyError: 'x'"),
    (tells_of_memory(b""), "memory", "is not in Linux's format"),
    (tells_of_memory(b"\xff\x00:\xfe"), "memory", "is not in Linux's format"),
    (tells_of_memory(b"MemTotal: 1 kB"), "memory", "is not in Linux's format"),
    (tells_of_memory(b"MemTotal:\nMemAvailable:"), "memory", "Linux's format"),
    (tells_of_memory(b"MemTotal: x kB\nMemAvailable: y kB"), "memory", "'s format"),
    (tells_of_memory(b"MemTotal: 1%b kB\nMemAvailable: 1 kB" % (b"0" * 999)),
     "memory", "Linux's format"),
    (raises(machine, "memory", ZeroDivisionError("by 0")), "memory", "ZeroDivision"),
    (has_nvidia_smi("#!/bin/sh\nexec /bin/sleep 30"), "GPU", "has not answered in"),
    (has_nvidia_smi("#!/bin/sh\necho no driver\nexit 9"), "GPU", "9 (no driver): fix"),
    (has_nvidia_smi("#!/bin/sh\nexit 9"), "GPU", "status 9 (no message): fix"),
    (has_nvidia_smi("#!/bin/sh\nkill -9 $$"), "GPU", "ended with status -9"),
    (has_nvidia_smi("#!/bin/sh\nprintf '\\377\\033]0;x\\007A'"), "GPU", "\ufffdA, not"),
    (has_nvidia_smi("not a program \xff"), "GPU", "[Errno 8]"),
    (has_nvidia_smi("#!/not/there"), "GPU", "No such file"),
    (raises(torch.cuda, "is_available", RuntimeError("driver")), "GPU mode", "Runtime"),
    (raises(torch, "get_num_threads", AttributeError("no")), "processor", "Attribute"),
    (raises(os, "sched_getaffinity", OSError(1, "no")), "processor", "[Errno 1] no"),
    (raises(shutil, "disk_usage", PERMISSION), "disk", "not known for data"),
    (raises(os, "getcwd", FileNotFoundError(2, "none")), "disk runs", "FileNotFound"),
    (breaks_import("raise KeyError('x')"), "packages", "KeyError: 'x'"),
    (breaks_import("1 +"), "packages", "SyntaxError: invalid syntax"),
    (breaks_import("def f(): f()\nf()"), "packages", "RecursionError: maximum"),
    (breaks_import(""), "packages", "torchvision (which one?)"),
    (lays_for_runs(os.mkfifo), "runs", "runs is no folder: use --folder"),
    (lays_for_runs(Path.touch), "runs", "runs is no folder: use --folder"),
    (lays_for_runs(nowhere), "runs", "runs is a link that leads nowhere: use --folder"),
    (lays_for_runs(circle), "runs", "runs is a link that leads nowhere: use --folder"),
]


@pytest.mark.parametrize(
    ("trouble", "concerned", "words"), TROUBLES,
    ids=[f"{number} {one[1]}" for number, one in enumerate(TROUBLES)],
)
def test_what_one_finding_meets_is_told_in_its_line_and_hides_no_other(
    healthy, monkeypatch, trouble, concerned, words
):
    sound = by_finding(answer().output)
    with monkeypatch.context() as patch:
        trouble(healthy, patch)
        told = answer()
    assert told.exception is None or isinstance(told.exception, SystemExit)
    found = by_finding(told.output)
    assert list(found) == list(sound) == LINES and "Traceback" not in told.output
    changed = {what.split()[0] for what in LINES if found[what] != sound[what]}
    assert changed and changed <= set(concerned.split())
    assert words in told.output and "word@" not in told.output
    assert told.exit_code == int("to fix: " in told.output)


def test_a_folder_of_runs_may_hold_anything(healthy):
    sound = examine()
    (healthy / "runs").mkdir()
    os.mkfifo(healthy / "runs" / "pipe")
    nowhere(healthy / "runs" / "link")
    assert examine() == sound


def test_the_sound_part_of_the_data_is_told_beside_the_broken_one(healthy):
    (healthy / "data" / FOLDER).touch()
    (healthy / "data" / "cifar-100-python").mkdir()
    (healthy / "data" / "cifar-100-python" / "train").write_bytes(b"12345")
    told = finding("data").found
    assert told.startswith(
        "builtin whole, builtin-large whole, cifar10 damaged, cifar100 unpacked;"
    )
    table = CliRunner().invoke(app, ["data"])
    assert table.exit_code == 0 and "to fix: " in table.output
    assert [line.split()[1] for line in table.output.splitlines()[:4]] == [
        "whole", "whole", "damaged", "unpacked",
    ]


def test_a_data_folder_in_no_ones_home_is_one_line_everywhere_else(monkeypatch):
    monkeypatch.setenv("RESATTN_DATA", "~nobody_here/x")
    for typed in (["data"], ["data", "cifar10"]):
        told = CliRunner().invoke(app, typed)
        assert told.exit_code == 1
        assert told.output.startswith(f"Error: {NO_HOME}")


@pytest.mark.slow
def test_it_speaks_where_the_terminal_cannot_write_every_letter(healthy):
    folder = healthy / "\u65e5\u672c"
    folder.mkdir()
    told = subprocess.run(
        [sys.executable, "-m", "resattn_tutorial.cli", "doctor"],
        capture_output=True, cwd=folder, env={
            **os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1",
            "RESATTN_DATA": os.fsdecode(os.fsencode(healthy) + b"/\xff"),
        },
    )
    assert b"Traceback" not in told.stderr and told.stderr == b""
    assert len(told.stdout.splitlines()) == 10
    assert told.stdout.splitlines()[-1].endswith(rb"\u65e5\u672c/runs")


@pytest.mark.parametrize("ending", ["", ".part"])
def test_a_cut_archive_is_to_mend_and_says_how(healthy, ending):
    (healthy / "data" / f"cifar-10-python.tar.gz{ending}").write_bytes(b"the beginning")
    found = finding("data")
    assert "builtin-large whole, cifar10 cut, cifar100 missing" in found.found
    (mend,) = found.mend
    assert mend.endswith("resattn data cifar10")


def test_damaged_built_in_data_is_to_mend(healthy, monkeypatch):
    broken = healthy / "items.bz2"
    file = data.ITEMS["builtin"]
    broken.write_bytes(bytes(file.bytes))
    monkeypatch.setitem(data.ITEMS, "builtin", file._replace(path=broken))
    found = finding("data")
    assert "builtin damaged" in found.found and len(found.mend) == 1


def test_a_folder_that_takes_no_runs_is_to_mend(healthy, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, how: Path(path) != healthy)
    assert "--folder" in finding("runs go to").mend[0]
    monkeypatch.undo()
    (healthy / "runs").write_text("a file")
    monkeypatch.chdir(healthy)
    assert "--folder" in finding("runs go to").mend[0]
