"""Make the file of weights that the package carries from a finished run.

``python -m resattn_tutorial.experiments.packing --run FOLDER --data FOLDER`` rounds
the weights of the run's checkpoint to 16 bits, tests them as rounded, and writes the
file of weights and the run file, which then tells both test errors.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from torch import Tensor

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.ledger import store
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.weights import PRETRAINED, in_32_bits
from resattn_tutorial.runtime.tensor_file import load_checkpoint, save_checkpoint
from resattn_tutorial.training.runner import errors_on


def in_16_bits(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Convolutions and classifier in float16; batch norm, which is small, as it was."""
    return {
        name: value.half() if value.dim() > 1 else value
        for name, value in weights.items()
    }


def pack(folder: Path, data: str, out: Path, runs: Path = store.RUNS) -> Path:
    """Write weights and run file of a finished run; return the path of the weights.

    Args:
        folder: holds ``checkpoint.pt`` and the run file.
        data: what to test on, as in :func:`~resattn_tutorial.data.datasets.open_set`.
        out: folder of the file of weights.
        runs: folder of the run file.

    Raises:
        ValueError: the folder holds no single finished run, or the data is another.
    """
    files = list(folder.glob("*-seed*.json"))
    if len(files) != 1:
        raise ValueError(f"{folder} must hold one run file, got {len(files)}.")
    run = store.read_run(files[0])
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
    store.write_run(run, runs)
    path = out / f"{run['name']}.pt"
    save_checkpoint(path, {"network": rounded})
    return path


def main() -> None:
    """Read the command line, pack, and print what to enter in ``weights``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__spec__.name}", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--data", required=True, help="what to test on")
    parser.add_argument("--out", type=Path, default=PRETRAINED, help="folder")
    given = parser.parse_args()
    path = pack(given.run, given.data, given.out)
    print("written:", path, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
