"""Weights that a long run has found, inside the package, in torchvision's manner.

``cifar_attention56(weights="DEFAULT")`` loads them. What they were trained on, and how
often they are wrong, comes from the run file behind them.
:mod:`resattn_tutorial.packing` makes such a file from a finished run.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import Weights, WeightsEnum

from resattn_tutorial import ledger
from resattn_tutorial.batches import as_inputs
from resattn_tutorial.checkpoint import load_checkpoint

BUILTIN = Path(__file__).parent / "builtin"


class SmallImageInputs(nn.Module):
    """What a network for small images was trained to see: bytes, less a mean colour.

    Takes uint8 tensors ``(3, H, W)`` or ``(N, 3, H, W)``, or a PIL image; gives
    float32 of the same shape.

    Args:
        mean: red, green and blue, from 0 to 1.
    """

    def __init__(self, *, mean: tuple[float, float, float]) -> None:
        super().__init__()
        self.mean = torch.tensor(mean)

    def forward(self, image: Any) -> Tensor:
        """Turn an image, or a batch of them, into inputs."""
        if not isinstance(image, Tensor):
            from torchvision.transforms.v2.functional import pil_to_tensor

            image = pil_to_tensor(image.convert("RGB"))
        if image.dim() == 3:
            return as_inputs(image[None], self.mean)[0]          # (3, H, W)
        return as_inputs(image, self.mean)                       # (N, 3, H, W)


def weights_of_run(name: str, sha256: str, classes: tuple[str, ...]) -> Weights:
    """A file of weights with what its run file tells of them."""
    run = ledger.read_runs(name)[0]
    data, error = run["data"]["name"], run["results"]["test error in 16 bits"]
    return Weights(
        url=f"{name}.pt",
        transforms=partial(
            SmallImageInputs, mean=tuple(run["configuration"]["mean colour"])
        ),
        meta={
            "categories": classes, "sha256": sha256, "run": f"{name}-seed{run['seed']}",
            "data": data, "_metrics": {data: {"acc@1": round(100 * (1 - error), 2)}},
        },
    )


def in_32_bits(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Every number with a fraction in float32; counts stay."""
    return {
        name: value.float() if value.is_floating_point() else value
        for name, value in weights.items()
    }


class PackagedWeights(WeightsEnum):
    """Weights that lie in the package; nothing is downloaded."""

    def get_state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """The weights, in 32 bits.

        Raises:
            FileNotFoundError: the file is missing.
            ValueError: it is cut short or altered.
        """
        path = BUILTIN / self.url
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing. Install the package again.")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.meta["sha256"]:
            raise ValueError(
                f"{path} is cut short or altered: expected sha256 "
                f"{self.meta['sha256']}, got {found}. Install the package again."
            )
        return in_32_bits(load_checkpoint(path)["network"])


class CifarAttention56_Weights(PackagedWeights):
    """Weights of :func:`~resattn_tutorial.zoo.cifar_attention56`.

    They learned from CIFAR-10 re-encoded as JPEG, quality 75, on one processor thread,
    for a small part of the paper's schedule. ``meta["_metrics"]`` tells their test
    accuracy on that data. It is no result on CIFAR-10.
    """

    CIFAR10_JPEG_Q75_V1 = weights_of_run(
        "cifar-attention56-cifar-10-jpeg-q75-standard",
        sha256="89328f1bb2ea62353f6ced5149bcfe5d512d454cc609d3f1ece71773d302fb2d",
        classes=(
            "airplane", "automobile", "bird", "cat", "deer",
            "dog", "frog", "horse", "ship", "truck",
        ),
    )
    DEFAULT = CIFAR10_JPEG_Q75_V1
