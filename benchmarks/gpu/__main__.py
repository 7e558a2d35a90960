"""All that only a GPU can tell, in one call: ``python -m benchmarks.gpu --out FOLDER``.

Parts run one after another. What each came to is in ``FOLDER/gpu.json`` as soon as it
has ended; one that fails is noted, and the next begins. Called again with the same
folder, only what is missing or failed is done. On a CPU ``--dry-run`` tries the script.

Needed are torch, torchvision, numpy, and the package's own tqdm, typer and filelock.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tarfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu import proofs, speed, together
from benchmarks.gpu.child import Child, compiled
from benchmarks.gpu.inputs import inputs
from benchmarks.gpu.machine import Machine
from benchmarks.gpu.training import train
from benchmarks.gpu.variants import variants
from benchmarks.records import chosen, circumstances, write
from resattn_tutorial.runtime.environment import commit

EXAMPLES = """\
examples:
  python -m benchmarks.gpu --out found
  python -m benchmarks.gpu --out found --only table profile
  python -m benchmarks.gpu --out found --seconds 560 --images cifar10-jpeg --train
  python -m benchmarks.gpu --out found --dry-run
"""
PROOFS: dict[str, Callable[[Machine], dict[str, Any]]] = {
    part.__name__: part for part in (
        speed.ceilings, inputs, proofs.parity, proofs.finite, proofs.graphs,
        proofs.memory, proofs.resumed, speed.table, speed.sizes, variants,
        speed.large_images, speed.profile, together.uncapturable,
        together.graphs_exact, together.deterministic, together.torchrun,
    )
}
LATER = ("compile", "chapters", "train")
LEAST = 20.0                     # seconds without which no part begins


def take(
    part: Callable[[], dict[str, Any]], machine: Machine, least: float = LEAST
) -> dict[str, Any]:
    """What a part came to; or that it failed, or that no time was left for it."""
    if machine.left < least:
        return {"left out": f"{machine.left:.0f} s were left, {least:.0f} are needed"}
    began = time.monotonic()
    try:
        told = part()
    except Exception as error:
        told = {"failed": "".join(traceback.format_exception(error))[-3000:]}
    with contextlib.suppress(RuntimeError):          # a part may have left it so
        machine.free()
    card = torch.cuda.get_device_name() if machine.on_gpu else machine.device.type
    return {
        **told, "seconds": round(time.monotonic() - began, 1), "card": card,
        "commit": commit(),
    }


def missing(found: dict[str, Any], name: str) -> bool:
    """Whether a part has not been done yet, or failed."""
    return name not in found or bool({"failed", "left out"} & found[name].keys())


def measure(
    options: argparse.Namespace, machine: Machine, keep: Callable[[], None],
    found: dict[str, Any],
) -> None:
    """Do the parts that are asked for and missing; keep what each came to at once."""
    wanted = options.only or [*PROOFS, *LATER[:2], *LATER[2:] * options.train]
    todo = [name for name in wanted if missing(found, name)]
    half = machine.precisions[-2 if machine.on_gpu else 0]
    # It compiles on the processor's cores while parts run that measure no speed.
    child: list[Child] = []
    later = {
        "compile": (lambda: child[0].answer(machine.left), LEAST),
        "chapters": (
            lambda: together.chapters(machine, options.solved),
            60.0 * (not machine.dry),
        ),
        "train": (
            lambda: train(machine, found, options.out / "run", options.images),
            60.0 * (not machine.dry),
        ),
    }
    for name in todo:
        if "compile" in todo and not child and name in (
            "graphs_exact", "deterministic", "compile"
        ):
            child.append(Child(compiled, machine.dry, half))
        if name in PROOFS:
            told = take(lambda n=name: PROOFS[n](machine), machine)
        else:
            told = take(later[name][0], machine, later[name][1])
        found[name] = told
        keep()
        holds = {True: "holds", False: "DOES NOT HOLD"}.get(told.get("holds"), "")
        failed = "FAILED" if "failed" in told else ""
        print(f"== {name} {told.get('seconds')} s {holds}{failed}", flush=True)
        print(json.dumps(told, default=str)[:1200], flush=True)


def pack(folder: Path) -> None:
    """One archive of all that was written, to be brought home."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:xz") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".json", ".pt"):
                archive.add(path, path.relative_to(folder))
    (folder / "gpu.tar.xz").write_bytes(memory.getvalue())


def read_options(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="where results go")
    parser.add_argument(
        "--seconds", type=float, default=240.0, help="of the call (default 240)"
    )
    parser.add_argument("--only", nargs="+", choices=[*PROOFS, *LATER], metavar="PART")
    parser.add_argument(
        "--train", action="store_true", help="train in the time that is left"
    )
    parser.add_argument("--images", help="a folder with train/<class>/*.jpg and test/…")
    parser.add_argument(
        "--solved", type=Path, default=Path("notebooks"), help="the solved notebooks"
    )
    parser.add_argument("--dry-run", action="store_true", help="try it, on a CPU")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    options = read_options(words)
    path = options.out / "gpu.json"
    machine = Machine(options.seconds, options.dry_run)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found: dict[str, Any] = before.get("found", {})
    settings = chosen(options, "seconds", "dry_run", "train")

    def keep() -> None:
        told = circumstances("gpu", settings, machine.device, ["torchvision"])
        plain = json.loads(json.dumps(found, default=str))
        write(path, {**told, "found": finite_only(plain)})

    measure(options, machine, keep, found)
    pack(options.out)
    print(f"The result is {path}")


def finite_only(value: Any) -> Any:
    """Plain values, with words where a number is none: JSON has no NaN."""
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    if isinstance(value, dict):
        return {name: finite_only(part) for name, part in value.items()}
    return [finite_only(part) for part in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
