"""Training Attention-92 for CIFAR: how fast, how fed, and what the trainer adds.

Three parts, each on the package's own code. Everything takes turns within one process,
round by round, and only what comes from one run is compared.

speed     images a second in each layout and type of number, eager and compiled; on
          a GPU beside its rates of matrix products and of copies
feeding   the package's batches and an ordinary DataLoader, with a network and alone
overhead  the trainer and a bare loop of forward, backward and step
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks import feeding, overhead, reporting, speed
from benchmarks.records import chosen, circumstances, write
from benchmarks.ways import Bench, Way, compiled_anew, ways_on
from resattn_tutorial.data.datasets import ImageSet, open_set
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.runtime.precision import choose_precision

EXAMPLES = """\
examples:
  python -m benchmarks.training --out benchmarks/training.json
  python -m benchmarks.training --skip compiled
  python -m benchmarks.training --schedule --skip feeding overhead
  python -m benchmarks.training --small
Nothing else should run beside it. Linux; compiling on a processor needs a C++ compiler.
"""
LARGE, SMALL = "cifar_attention92", "first_attention"
PARTS = ("compiled", "speed", "feeding", "overhead")


def usual_way(device: torch.device) -> Way:
    """What the trainer does by itself, but float16: a bare loop scales no loss."""
    half = choose_precision(device) == "bfloat16"
    return Way(precision="bfloat16" if half else "float32")


def measure(
    bench: Bench, options: argparse.Namespace
) -> Iterator[tuple[str, dict[str, Any]]]:
    """One part after another, each as ``(name, found)``."""
    networks = [SMALL] if options.small else [LARGE, SMALL]
    usual = usual_way(bench.device)
    ways = ways_on(bench.device, "compiled" not in options.skip)
    if "speed" not in options.skip:
        yield "speed", speed.measure(bench, networks[0], ways, options.small)
    if "feeding" not in options.skip:
        yield "feeding", feeding.measure(bench, networks, usual)
    if "overhead" not in options.skip:
        cases = [(name, usual) for name in networks]
        if bench.device.type == "cuda":  # where the device waits for Python the most
            cases += [(networks[0], way) for way in ways if way.compile]
        yield "overhead", {
            f"{name}, {way}": overhead.measure(bench, name, way) for name, way in cases
        }


def record(
    found: dict[str, Any],
    lines: list[str],
    options: argparse.Namespace,
    device: torch.device,
) -> dict[str, Any]:
    """All that is needed to read the result later."""
    names = ("batch", "rounds", "seconds", "skip", "schedule", "small")
    settings = chosen(options, *names) | {"threads": torch.get_num_threads()}
    told = circumstances("training", settings, device, ["torchvision"])
    return told | {"report": lines, "measured": found}


def few_images() -> ImageSet:
    """Enough of the built-in scenes to try the script."""
    scenes = load_scenes("train", 512)
    return ImageSet(
        "built-in scenes", "generated", tuple(map(str, range(10))), *scenes[:2]
    )


def read_options(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.training",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="where to write the result, as JSON")
    parser.add_argument("--batch", type=int, default=64, help="images (default 64)")
    parser.add_argument("--rounds", type=int, default=4, help="(default 4)")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="of one measurement (default 2)"
    )
    parser.add_argument("--threads", type=int, help="(default: what torch takes)")
    parser.add_argument("--skip", nargs="+", choices=PARTS, default=[])
    parser.add_argument(
        "--schedule", action="store_true", help="tell how long the paper's would take"
    )
    parser.add_argument("--small", action="store_true", help="try the script, quickly")
    options = parser.parse_args(words)
    if options.small:
        options.batch, options.rounds, options.seconds = 8, 1, 0.0
        options.skip = [*options.skip, "compiled"]
    return options


def main(words: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    options = read_options(words)
    if options.threads:
        torch.set_num_threads(options.threads)
    images = few_images() if options.small else open_set("builtin", "train")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    bench = Bench(device, images, options.batch, options.rounds, options.seconds)
    found: dict[str, Any] = {}
    with compiled_anew():
        for part, result in measure(bench, options):
            found[part] = result
            lines = reporting.report({part: result}, options.batch, options.schedule)
            print("\n".join(["", *lines]), flush=True)
            if options.out:  # after each part: a later one may be cut off
                lines = reporting.report(found, options.batch, options.schedule)
                write(options.out, record(found, lines, options, device))


if __name__ == "__main__":
    main()
