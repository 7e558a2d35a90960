"""Make the file of weights that the package carries from a finished run.

``python -m resattn_tutorial.packing --run FOLDER --data FOLDER`` rounds the weights of
the run's checkpoint to 16 bits, tests them as rounded, and writes the file of weights
and the run file, which then tells both test errors.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from torch import Tensor

from resattn_tutorial import ledger
from resattn_tutorial.checkpoint import load_checkpoint, save_checkpoint
from resattn_tutorial.experiments import errors_on
from resattn_tutorial.image_sets import open_set
from resattn_tutorial.plans import build_network
from resattn_tutorial.weights import BUILTIN, in_32_bits


def in_16_bits(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Convolutions and classifier in float16; batch norm, which is small, as it was."""
    return {
        name: value.half() if value.dim() > 1 else value
        for name, value in weights.items()
    }


def pack(folder: Path, data: str, out: Path, runs: Path = ledger.RUNS) -> Path:
    """Write weights and run file of a finished run; return the path of the weights.

    Args:
        folder: holds ``checkpoint.pt`` and the run file.
        data: what to test on, as in :func:`~resattn_tutorial.image_sets.open_set`.
        out: folder of the file of weights.
        runs: folder of the run file.

    Raises:
        ValueError: the folder holds no single finished run, or the data is another.
    """
    files = list(folder.glob("*-seed*.json"))
    if len(files) != 1:
        raise ValueError(f"{folder} must hold one run file, got {len(files)}.")
    run = ledger.read_run(files[0])
    name, told = run["configuration"]["network"], run["data"]
    test = open_set(data, "test", told["name"])
    if len(test.labels) != told["test images"]:
        raise ValueError(
            f"data must hold {told['test images']} test images, got {len(test.labels)}."
        )
    rounded = in_16_bits(load_checkpoint(folder / "checkpoint.pt")["network"])
    network = build_network(name, len(test.classes))
    network.load_state_dict(in_32_bits(rounded))
    mean = torch.tensor(run["configuration"]["mean colour"])
    run["results"]["test error in 16 bits"] = round(
        errors_on(network, test, mean).top1, 6
    )
    ledger.write_run(run, runs)
    path = out / f"{run['name']}.pt"
    save_checkpoint(path, {"network": rounded})
    return path


def main() -> None:
    """Read the command line, pack, and print what to enter in ``weights``."""
    parser = argparse.ArgumentParser(
        prog="python -m resattn_tutorial.packing", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--data", required=True, help="what to test on")
    parser.add_argument("--out", type=Path, default=BUILTIN, help="folder")
    given = parser.parse_args()
    path = pack(given.run, given.data, given.out)
    print("written:", path, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
