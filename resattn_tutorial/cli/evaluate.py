"""``resattn evaluate``: a test of a trained network (chapter 10)."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set
from resattn_tutorial.data.matching import require_learned_kind, with_learned_classes
from resattn_tutorial.data.transforms import (
    PhotoInputs,
    SmallImageInputs,
    inputs_for,
)
from resattn_tutorial.ledger.run import Data
from resattn_tutorial.metrics.classification import evaluate
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.state_dicts import load_weights
from resattn_tutorial.models.weights import CifarAttention56_Weights as Trained
from resattn_tutorial.names import DataName, NetworkName
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.training.finetuned_file import FINETUNED
from resattn_tutorial.training.trained_network import load_packaged, read_state


class Tested(NamedTuple):
    """What to test on, and how.

    Attributes:
        data: as in :func:`~resattn_tutorial.data.datasets.open_set`; ``None`` takes the
            run's own, if that has a name which everybody knows.
        data_name: what to call a folder's data.
        skip_damaged: whether to leave out images that cannot be read.
        precision: what to compute in.
    """

    data: str | None
    data_name: str | None = None
    skip_damaged: bool = False
    precision: str = "auto"

    def open(self, known: str | None = None) -> ImageSet | PhotoSet:
        """The test images; ``known`` is the word for them if none was given."""
        data = self.data or known
        return open_set(data, "test", self.data_name, self.skip_damaged)


def lines(
    network: str | None,
    weights: str | None,
    folder: str | PathLike[str] | None,
    tested: Tested,
) -> list[str]:
    """What a run's network, or one with packaged weights, gets wrong, in words.

    Args:
        network: whose packaged weights to test, and
        weights: which of them, the default ones if ``None``; or
        folder: a run's.
        tested: on what, and how.

    Raises:
        ValueError: not one of ``network`` and ``folder`` is given, or ``data`` is
            missing; and as :func:`lines_of_run` and :func:`lines_of_weights`.
    """
    if (network is None) == (folder is None):
        raise ValueError(
            "give either a run's --folder or a network with packaged weights."
        )
    if folder is not None:
        if weights is not None:
            raise ValueError("--weights needs a network; a run's folder has its own.")
        if (Path(folder) / FINETUNED).is_file():
            return lines_of_finetuned(Path(folder), tested)
        return lines_of_run(Path(folder), tested)
    if tested.data is None:
        raise ValueError("data must be given to test packaged weights.")
    return lines_of_weights(network, weights or "DEFAULT", tested)


def lines_of_run(folder: Path, tested: Tested) -> list[str]:
    """What a run's network gets wrong by its last checkpoint, in words.

    Raises:
        FileNotFoundError: the folder holds no checkpoint.
        ValueError: the run's data is a folder, and ``data`` does not say where; or the
            checkpoint is another network's.
        CheckpointError: it cannot be read.
    """
    state = read_state(folder)
    config, learned = state.config, state.learned
    known = None if tested.data else known_data(config, learned)
    test = tested.open(known)
    require_learned_kind(test, learned.image_size)
    test, said = with_learned_classes(test, learned.classes)
    network = build_network(
        config.network, len(test.classes), attention=config.attention
    )
    load_weights(network, state.weights, state.path)
    transform = inputs_for(config.recipe, learned.mean_colour)
    return [
        *said,
        *error_lines(
            network, config.network, state.told, test, transform, tested.precision
        ),
        f"The checkpoint is {state.path}",
    ]


def lines_of_finetuned(folder: Path, tested: Tested) -> list[str]:
    """What a fine-tuned network gets wrong, in words; images may have any size.

    Raises:
        ValueError: another precision than float32 is asked for; and as
            :func:`~resattn_tutorial.cli.finetune.tested_lines`.
    """
    # Here, since it brings what draws.
    from resattn_tutorial.cli.finetune import tested_lines

    if tested.precision not in ("auto", "float32"):
        raise ValueError(
            "precision must be float32 for a fine-tuned network, got "
            f"{str(tested.precision)!r}."
        )
    return tested_lines(folder, tested.data, tested.skip_damaged)


def lines_of_weights(name: str, weights: str, tested: Tested) -> list[str]:
    """What a network gets wrong with weights that the package carries, in words.

    Args:
        name: the network's.
        weights: what they are called.
        tested: on what, and how.

    Raises:
        ValueError: there are no such weights, or the data has other classes, or images
            of another size, than they learned from.
    """
    trained = load_packaged(name, weights)
    chosen = Trained[weights]
    test = tested.open()
    size = NetworkName(name).size
    require_learned_kind(test, (size, size))
    test, said = with_learned_classes(
        test, chosen.meta["categories"], others={
            f"--weights {other.name}": other.meta["categories"] for other in Trained
        },
    )
    after = f"with its weights {chosen.name}"
    return [
        *said,
        *error_lines(
            trained.network, name, after, test, trained.transform, tested.precision
        ),
        f"The weights learned from {chosen.meta['data']}; their run is "
        f"{chosen.meta['run']}",
    ]


def error_lines(
    network: nn.Module,
    name: str,
    after: str,
    test: ImageSet | PhotoSet,
    transform: SmallImageInputs | PhotoInputs,
    precision: str,
) -> list[str]:
    """Test a network where the hardware is fastest, and say how often it is wrong."""
    device = choose_device()
    precision = choose_precision(device, precision)
    network.to(device, memory_format=torch.channels_last)
    errors = evaluate(network, test.test_batches(transform, device), precision)
    return [
        f"{name} {after}, on {test.name} ({test.form}), "
        f"{errors.images:,} test images, {precision}",
        f"test error {errors.top1:.2%}, top-5 error {errors.top5:.2%}, "
        f"test loss {errors.loss:.4f}",
    ]


def known_data(config: TrainingConfig, told: Data) -> str:
    """The word for a run's data, if it has one.

    Raises:
        ValueError: it is a folder's, which may be anywhere.
    """
    if config.data not in list(DataName):
        raise ValueError(
            f"data must be given: the run learned from {told.name}, "
            f"{told.form}, and where these lie now is not known."
        )
    return config.data
