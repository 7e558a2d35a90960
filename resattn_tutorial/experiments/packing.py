"""Make the file of weights that the package carries from a finished run.

``python -m resattn_tutorial.experiments.packing --run FOLDER --data FOLDER`` rounds
the weights of the run's checkpoint to 16 bits, tests them as rounded, and writes the
file of weights and the run file, which then tells both test errors.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.transforms import inputs_for
from resattn_tutorial.ledger.store import RUNS, read_run, write_run
from resattn_tutorial.metrics.classification import evaluate
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.state_dicts import load_weights
from resattn_tutorial.models.weights import PRETRAINED, in_32_bits
from resattn_tutorial.runtime.tensor_file import write_tensors
from resattn_tutorial.training.trained_network import read_state
from resattn_tutorial.validation import require_path

MODULE = "resattn_tutorial.experiments.packing"


def in_16_bits(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Convolutions and classifier in float16; batch norm, which is small, as it was."""
    return {
        name: value.half() if value.dim() > 1 else value
        for name, value in weights.items()
    }


def pack(
    folder: str | PathLike[str],
    data: str,
    out: str | PathLike[str],
    runs: str | PathLike[str] = RUNS,
) -> Path:
    """Write weights and run file of a finished run; return the path of the weights.

    Args:
        folder: holds ``checkpoint.pt`` and the run file.
        data: what to test on, as in :func:`~resattn_tutorial.data.datasets.open_set`.
        out: folder of the file of weights.
        runs: folder of the run file.

    Raises:
        ValueError: the folder holds no single finished run, or the data is another.
    """
    folder, out = require_path("folder", folder), require_path("out", out)
    runs = require_path("runs", runs)
    files = list(folder.glob("*-seed*.json"))
    if len(files) != 1:
        raise ValueError(f"{folder} must hold one run file, got {len(files)}.")
    run = read_run(files[0])
    config, count = run.training, run.data.test_images
    test = open_set(data, "test", run.data.name)
    if len(test.labels) != count:
        raise ValueError(
            f"data must hold {count} test images, got {len(test.labels)}."
        )
    rounded = in_16_bits(read_state(folder).weights)
    network = build_network(
        config.network, len(test.classes), attention=config.attention
    )
    load_weights(network, in_32_bits(rounded), str(folder))
    transform = inputs_for(config.recipe, run.data.mean_colour)
    errors = evaluate(network, test.test_batches(transform, torch.device("cpu")))
    scores = {**run.results.scores, "test_error_in_16_bits": round(errors.top1, 6)}
    write_run(replace(run, results=replace(run.results, scores=scores)), runs)
    path = out / f"{run.name}.pt"
    write_tensors(path, {"network": rounded})
    return path


def main() -> None:
    """Read the command line, pack, and print what to enter in ``weights``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {MODULE}", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--data", required=True, help="what to test on")
    parser.add_argument("--out", type=Path, default=PRETRAINED, help="folder")
    given = parser.parse_args()
    try:
        path = pack(given.run, given.data, given.out)
    except (TypeError, ValueError, OSError) as error:
        parser.error(str(error))
    print("written:", path, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
