"""What there is to work with, in ten lines, and what to fix.

It answers even where PyTorch cannot be imported: that is what it is for. Every finding
stands alone: what one of them meets is told in its line, and the others are told, too.
"""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Callable
from functools import partial
from types import ModuleType

from resattn_tutorial import __version__
from resattn_tutorial.cli import machine, places
from resattn_tutorial.cli.finding import Finding, attempted, in_words, standing_alone
from resattn_tutorial.names import Mode, require_word
from resattn_tutorial.runtime import environment
from resattn_tutorial.runtime.cores import usable_cores

GIB = 2**30


def examine() -> list[Finding]:
    """Look at everything once; ten findings."""
    torch, vision = (
        attempted(partial(importlib.import_module, name))
        for name in ("torch", "torchvision")
    )
    working = torch if isinstance(torch, ModuleType) else None
    looks: dict[str, Callable[[], Finding]] = {
        "Python": _python,
        "packages": partial(_packages, torch, vision),
        "processor": partial(_processor, working),
        "GPU": partial(_gpu, working),
        "memory": _memory,
        "disk": places.disk,
        "data": places.data,
        "variables": places.variables,
        "mode": partial(_mode, working),
        "runs go to": places.runs,
    }
    return [standing_alone(what, look) for what, look in looks.items()]


def _python() -> Finding:
    versions = f"{platform.python_version()}, resattn_tutorial {__version__}"
    return Finding("Python", versions)


def _packages(*modules: ModuleType | Exception) -> Finding:
    told, mend = [], []
    for name, module in zip(("torch", "torchvision"), modules, strict=True):
        if isinstance(module, Exception):
            told.append(f"{name} cannot be imported")
            reason = in_words(module).partition("\n")[0]
            mend.append(f"install {name} to fit the other packages: {reason}")
        else:
            told.append(f"{name} {getattr(module, '__version__', '(which one?)')}")
    return Finding("packages", ", ".join(told), tuple(mend))


def _processor(torch: ModuleType | None) -> Finding:
    cores, name = usable_cores(), environment.processor()
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
        from resattn_tutorial.runtime.precision import choose_precision, has_tf32

        gpus = torch.cuda.device_count()
        memory = torch.cuda.get_device_properties(0).total_memory / GIB
        chosen = choose_precision(torch.device("cuda"))
        why = "native" if chosen == "bfloat16" else "no native bfloat16"
        more = f", {gpus} of them" if gpus > 1 else ""
        told = f"{torch.cuda.get_device_name()}, {memory:.1f} GiB, {chosen} ({why})"
        rounded = "; float32 means TF32 in convolutions" if has_tf32() else ""
        return Finding("GPU", told + more + rounded)
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
        return Finding("memory", "unknown on this system")
    return Finding("memory", f"{told[0]:.1f} of {told[1]:.1f} GiB free")


def _mode(torch: ModuleType | None) -> Finding:
    asked = os.environ.get("RESATTN_MODE")
    if asked:
        try:
            require_word("RESATTN_MODE", asked, Mode)
        except ValueError as error:
            return Finding("mode", f"{asked}, which does not exist", (str(error),))
        return Finding("mode", f"{asked}, as RESATTN_MODE says")
    if torch is None:
        return Finding("mode", "none: the hardware is chosen by torch")
    from resattn_tutorial.runtime.device import choose_mode

    return Finding("mode", f"{choose_mode()}, chosen by the hardware")
