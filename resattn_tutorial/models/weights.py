"""Weights that a long run has found, inside the package, in torchvision's manner.

``cifar_attention56(weights="DEFAULT")`` loads those of photographs, ``"SCENES"`` those
of the built-in scenes. The run files behind them, in the ledger, say how they came
about; what is said of them here is compared with those by a test, so that a network
can be built where no run file can be read.
:mod:`resattn_tutorial.experiments.packing` makes such a file from a finished run.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor
from torchvision.models import Weights, WeightsEnum

from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.names import require_word
from resattn_tutorial.runtime.tensor_file import read_tensors
from resattn_tutorial.validation import require_kind, shown

PRETRAINED = Path(__file__).parent / "pretrained"


def in_32_bits(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Every number with a fraction in float32; counts stay."""
    return {
        name: value.float() if value.is_floating_point() else value
        for name, value in weights.items()
    }


class PackagedWeights(WeightsEnum):
    """Weights that lie in the package; nothing is downloaded."""

    @classmethod
    def verify(cls, obj: Any) -> PackagedWeights | None:
        """Weights by themselves or by their name; ``None`` stays.

        Raises:
            TypeError: it is neither; ValueError: no weights have this name, and the
                nearest is named.
        """
        if isinstance(obj, str):
            name = obj.removeprefix(f"{cls.__name__}.")
            return cls[require_word("weights", name, cls.__members__)]
        wanted = f"of {cls.__name__}, or a name of theirs"
        return require_kind("weights", obj, (cls, type(None)), wanted)

    def get_state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """The weights, in 32 bits.

        Raises:
            FileNotFoundError: the file is missing.
            ValueError: it is cut short or altered.
        """
        path = PRETRAINED / self.url
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing. Install the package again.")
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != self.meta["sha256"]:
            raise ValueError(
                f"{path} is cut short or altered: expected sha256 "
                f"{self.meta['sha256']}, got {found}. Install the package again."
            )
        return in_32_bits(read_tensors(path)["network"])


class NoWeights(PackagedWeights):
    """What a network has for which no trained weights lie in the package: none.

    It is empty, so that a loop over ``torchvision.models.list_models()`` that asks each
    network for its weights finds none here, and does not break. The authors released
    none, and to train a large network takes GPU days.
    """

    @classmethod
    def verify(cls, obj: Any) -> None:
        """Accept ``None`` alone.

        Raises:
            ValueError: weights were asked for.
        """
        if obj is not None:
            raise ValueError(
                f"weights must be None, got {shown(obj)}: the package has trained "
                "weights of cifar_attention56 alone."
            )


class CifarAttention56_Weights(PackagedWeights):
    """Weights of :func:`~resattn_tutorial.models.zoo.cifar_attention56`.

    ``CIFAR10_JPEG_Q75_V1``, the default, learned from CIFAR-10 re-encoded as JPEG,
    quality 75, and ``SCENES`` from the built-in scenes; both on a GPU in minutes, by
    the recipe ``fast-cifar``, which is not the paper's. Their test accuracy on that
    data is in ``meta["_metrics"]``. Neither is a result on CIFAR-10.
    """

    CIFAR10_JPEG_Q75_V1 = Weights(
        url="cifar-attention56-cifar-10-jpeg-q75-fast-cifar.pt",
        transforms=partial(
            SmallImageInputs, size=32,
            mean=(0.4912503957748413, 0.4820902645587921, 0.44652092456817627),
        ),
        meta={
            "categories": (
                "airplane", "automobile", "bird", "cat", "deer",
                "dog", "frog", "horse", "ship", "truck",
            ),
            "sha256": (
                "51dbde0813b5f0615bff8f4721565602"
                "2c9303bb931f64b5caf90354056d3fdf"
            ),
            "run": "cifar-attention56-cifar-10-jpeg-q75-fast-cifar-seed0",
            "data": "CIFAR-10, JPEG q75",
            "_metrics": {"CIFAR-10, JPEG q75": {"acc@1": 90.26}},
        },
    )
    SCENES = Weights(
        url="cifar-attention56-builtin-fast-cifar.pt",
        transforms=partial(
            SmallImageInputs, size=32,
            mean=(0.38027840852737427, 0.3811126947402954, 0.3808196187019348),
        ),
        meta={
            "categories": CLASSES,
            "sha256": (
                "b479692750c0f377f4c9b2a78716489f"
                "73858ea337872f7ab5e6bac368a3ff11"
            ),
            "run": "cifar-attention56-builtin-fast-cifar-seed0",
            "data": "built-in scenes",
            "_metrics": {"built-in scenes": {"acc@1": 90.95}},
        },
    )
    DEFAULT = CIFAR10_JPEG_Q75_V1
