"""What there is to work with, in ten lines, and what to mend.

It answers even where PyTorch cannot be imported: that is what it is for.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from resattn_tutorial import __version__
from resattn_tutorial.cli import machine
from resattn_tutorial.cli.data import find_holdings
from resattn_tutorial.data import storage
from resattn_tutorial.data.download import without_secrets
from resattn_tutorial.names import VARIABLES, Mode, nearest, require_word
from resattn_tutorial.runtime import environment

RUNS = Path("runs")
PREFIX = "RESATTN_"
GIB = 2**30
LITTLE = 1 * GIB


class Finding(NamedTuple):
    """One line: what was looked at, what was found, and what must be mended."""

    what: str
    found: str
    mend: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The line, and another for each thing to mend."""
        lines = [f"{self.what:<10} {self.found}"]
        return "\n".join(lines + [f"  to mend: {fault}" for fault in self.mend])


def examine() -> list[Finding]:
    """Look at everything once; ten findings."""
    torch, vision = (_imported(name) for name in ("torch", "torchvision"))
    working = torch if isinstance(torch, ModuleType) else None
    versions = f"{platform.python_version()}, resattn_tutorial {__version__}"
    return [
        Finding("Python", versions),
        _packages(torch, vision), _processor(working), _gpu(working), _memory(),
        _disk(), _data(), _variables(), _mode(working), _runs(),
    ]


def _imported(name: str) -> ModuleType | Exception:
    """A module, or why it cannot be had.

    A torchvision made for another torch raises a RuntimeError, a lost library an
    OSError.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, OSError, RuntimeError) as error:
        return error


def _packages(*modules: ModuleType | Exception) -> Finding:
    told, mend = [], []
    for name, module in zip(("torch", "torchvision"), modules, strict=True):
        if isinstance(module, Exception):
            told.append(f"{name} cannot be imported")
            reason = str(module).partition("\n")[0]
            mend.append(f"install {name} to fit the other packages: {reason}")
        else:
            told.append(f"{name} {module.__version__}")
    return Finding("packages", ", ".join(told), tuple(mend))


def _processor(torch: ModuleType | None) -> Finding:
    cores, name = machine.usable_cores(), environment.processor()
    if torch is None:
        return Finding("processor", f"{name}, cores: {cores}")
    threads, mend = torch.get_num_threads(), ()
    if threads > cores:
        mend = (
            f"{threads} threads fight over {cores} cores: set OMP_NUM_THREADS={cores}, "
            f"or train with --threads {cores}",
        )
    told = f"{name}, cores: {cores}, threads: {threads}"
    return Finding("processor", told, mend)


def _gpu(torch: ModuleType | None) -> Finding:
    if torch is not None and torch.cuda.is_available():
        from resattn_tutorial.runtime.precision import choose_precision

        gpus = torch.cuda.device_count()
        memory = torch.cuda.get_device_properties(0).total_memory / GIB
        chosen = choose_precision(torch.device("cuda"))
        why = "native" if chosen == "bfloat16" else "it has no bfloat16 of its own"
        more = f", {gpus} of them" if gpus > 1 else ""
        told = f"{torch.cuda.get_device_name()}, {memory:.1f} GiB, {chosen} ({why})"
        return Finding("GPU", told + more)
    if torch is not None and torch.backends.mps.is_available():
        return Finding("GPU", "Apple's, float32")
    seen = machine.seen_gpu()
    if seen is None:
        return Finding("GPU", "none")
    return Finding("GPU", f"{seen}, not used", (_why_unused(torch),))


def _why_unused(torch: ModuleType | None) -> str:
    if torch is None:
        return "the GPU is there; it needs torch"
    if torch.version.cuda is None and torch.version.hip is None:
        return (
            f"torch {torch.__version__} is for the processor only: install the one for "
            "your GPU, as pytorch.org/get-started says"
        )
    return "torch cannot use it: update the GPU's driver, or see CUDA_VISIBLE_DEVICES"


def _memory() -> Finding:
    told = machine.memory()
    if told is None:
        return Finding("memory", "not told by this system")
    return Finding("memory", f"{told[0]:.1f} of {told[1]:.1f} GiB free")


def _disk() -> Finding:
    told, mend = [], []
    for use, folder in (("runs", RUNS), ("data", storage.data_folder())):
        free = shutil.disk_usage(machine.standing(folder)).free
        told.append(f"{free / GIB:.1f} GiB free for {use}")
        if free < LITTLE:
            remedy = "RESATTN_DATA" if use == "data" else "--folder"
            mend.append(f"little room for {use}: free some, or use {remedy}")
    return Finding("disk", ", ".join(told), tuple(mend))


def _data() -> Finding:
    found = find_holdings()
    told = ", ".join(f"{one.name} {one.state}" for one in found)
    mend = tuple(one.mend for one in found if one.mend)
    return Finding("data", f"{told}; in {storage.data_folder()}", mend)


def _variables() -> Finding:
    names = sorted(name for name in os.environ if name.startswith(PREFIX))
    told = [f"{name}={without_secrets(os.environ[name])}" for name in names]
    return Finding("variables", ", ".join(told) or "none set", tuple(_unread(names)))


def _unread(names: list[str]) -> Iterator[str]:
    for name in names:
        if name not in VARIABLES:
            ends = [known.removeprefix(PREFIX) for known in VARIABLES]
            near = nearest(name.removeprefix(PREFIX), ends)
            guess = f"; did you mean {PREFIX}{near}?" if near else ""
            yield f"nothing reads {name}{guess}"


def _mode(torch: ModuleType | None) -> Finding:
    asked = os.environ.get("RESATTN_MODE")
    if asked:
        try:
            require_word("RESATTN_MODE", asked, Mode)
        except ValueError as error:
            return Finding("mode", f"{asked}, which there is not", (str(error),))
        return Finding("mode", f"{asked}, as RESATTN_MODE says")
    if torch is None:
        return Finding("mode", "none: the hardware is chosen by torch")
    from resattn_tutorial.runtime.device import choose_mode

    return Finding("mode", f"{choose_mode()}, chosen by the hardware")


def _runs() -> Finding:
    folder = machine.standing(RUNS)
    writable = folder.is_dir() and os.access(folder, os.W_OK)
    mend = () if writable else (f"{folder} takes no files: use --folder",)
    return Finding("runs go to", str(RUNS.absolute()), mend)
