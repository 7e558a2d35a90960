"""A trained network with what is needed to use it: classes and transform (chapter 10).

A network's answer is a class's number, and its inputs are not an image's bytes. What
the numbers mean, and how bytes become inputs, is known where it was trained: in the
checkpoint of its run, or beside the weights that the package carries.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.transforms import (
    PhotoInputs,
    SmallImageInputs,
    inputs_for,
)
from resattn_tutorial.ledger.run import Data, Point
from resattn_tutorial.models import zoo
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.state_dicts import load_weights
from resattn_tutorial.models.weights import CifarAttention56_Weights as Packaged
from resattn_tutorial.names import AttentionName, NetworkName, require_word
from resattn_tutorial.training.best_point import best_of, outcome
from resattn_tutorial.training.checkpoint import (
    CHECKPOINT,
    CheckpointError,
    load_checkpoint,
)
from resattn_tutorial.training.finetuned_file import FINETUNED, read_finetuned
from resattn_tutorial.training.tuned_on import TunedOn
from resattn_tutorial.validation import require_path


class TrainedNetwork(NamedTuple):
    """A network, its classes by name, and the transform of its images.

    Attributes:
        network: on the processor, in evaluation mode.
        classes: the names of its classes, in the order of its answers.
        transform: turns an image of any size (a file that Pillow opened, an array or a
            tensor of bytes) into inputs.
        name: the network's.
        told: where it comes from, in words.
        attention: what stands where the network's masks stand.
        tuned_on: the folders that it was fine-tuned on.
    """

    network: nn.Module
    classes: tuple[str, ...]
    transform: SmallImageInputs | PhotoInputs
    name: str
    told: str
    attention: str = AttentionName.RESIDUAL.value
    tuned_on: tuple[TunedOn, ...] = ()


class RunState(NamedTuple):
    """What a run's checkpoint tells beside the weights.

    Attributes:
        config: what was trained.
        learned: what from.
        step: the step after which the weights were as they are here: the checkpoint's,
            or the best point's where images were held out.
        path: of the checkpoint.
        weights: the network's state dict: of the best point, the average, or the last
            step, see :func:`~resattn_tutorial.training.best_point.outcome`.
        best: whether they are those of the best point.
    """

    config: TrainingConfig
    learned: Data
    step: int
    path: str
    weights: Mapping[str, Any]
    best: bool = False

    @property
    def told(self) -> str:
        """How far the run had come, in words."""
        chosen = ", the best on images held out" if self.best else ""
        return f"after step {self.step:,} of {self.config.recipe.steps:,}{chosen}"


def read_state(folder: str | PathLike[str]) -> RunState:
    """What the checkpoint in a run's folder tells.

    Raises:
        FileNotFoundError: the folder holds no checkpoint.
        CheckpointError: it cannot be read, or does not say what its network learned
            from.
    """
    folder = require_path("folder", folder)
    path = folder / CHECKPOINT
    if not path.is_file():
        besides = (
            f"; it holds a {FINETUNED}, which load_run takes"
            if (folder / FINETUNED).is_file() else ""
        )
        raise FileNotFoundError(
            f"{folder} holds no {CHECKPOINT}: it is not a run's folder{besides}."
        )
    state = load_checkpoint(path)
    best = best_of([Point(*point) for point in state["curve"]])
    return RunState(
        TrainingConfig.from_dict(state["configuration"]),
        _learned_from(state["data"], str(path)), best.step if best else state["step"],
        str(path), outcome(state), best is not None,
    )


def load_run(folder: str | PathLike[str]) -> TrainedNetwork:
    """The network of a run's last checkpoint, ready to be used.

    Where the run held images out, it has the weights of the point that was best on
    them; where the recipe averages weights, the average.

    ``network, classes, transform, *_ = load_run("runs/mine")``

    Args:
        folder: a run's, as ``resattn train`` makes it, or ``resattn finetune``.

    Raises:
        FileNotFoundError, CheckpointError: as :func:`read_state`.
        TensorFileError: the file of a fine-tuned network cannot be read.
        ValueError: the checkpoint does not tell its classes, or holds the weights of
            another network; or the folder holds files of both kinds.
    """
    folder = require_path("folder", folder)
    if (folder / FINETUNED).is_file():
        return _load_finetuned(folder)
    state = read_state(folder)
    classes = state.learned.classes
    if not classes:
        raise ValueError(f"{state.path} does not tell the names of its classes.")
    config = state.config
    network = build_network(config.network, len(classes), attention=config.attention)
    load_weights(network, state.weights, state.path)
    size = state.learned.image_size
    transform = inputs_for(
        config.recipe, state.learned.mean_colour, size[0] if size else None
    )
    return TrainedNetwork(
        network.eval(), classes, transform, config.network,
        f"{config.network} {state.told}, learned from {state.learned.name}",
        config.attention,
    )


def _load_finetuned(folder: Path) -> TrainedNetwork:
    """As :func:`load_run`, of a folder that ``resattn finetune`` made."""
    path = folder / FINETUNED
    if (folder / CHECKPOINT).is_file():
        raise ValueError(
            f"{folder} holds both a {CHECKPOINT} and a {FINETUNED}: move one of them "
            "to a folder of its own."
        )
    tuned = read_finetuned(path)
    network = build_network(
        tuned.network, len(tuned.classes), attention=tuned.attention
    )
    load_weights(network, tuned.best, str(path))
    return TrainedNetwork(
        network.eval(), tuned.classes, tuned.transform, tuned.network, tuned.told,
        tuned.attention, tuned.tuned_on,
    )


def load_packaged(
    name: str = NetworkName.CIFAR_ATTENTION56.value, weights: str = "DEFAULT"
) -> TrainedNetwork:
    """A network with weights that the package carries, ready to be used.

    Args:
        name: the network's.
        weights: what they are called.

    Raises:
        ValueError: there are no such weights; what there is is named.
    """
    if name != NetworkName.CIFAR_ATTENTION56:
        raise ValueError(f"weights are carried for cifar_attention56, got {name!r}.")
    chosen = Packaged[require_word("weights", weights, Packaged.__members__)]
    return TrainedNetwork(
        zoo.cifar_attention56(weights=chosen).eval(),
        tuple(chosen.meta["categories"]), chosen.transforms(), str(name),
        f"{name} with its weights {chosen.name}, learned from {chosen.meta['data']}",
    )


def _learned_from(told: Mapping[str, Any], path: str) -> Data:
    try:
        return Data.from_dict(told)
    except (LookupError, TypeError) as error:
        raise CheckpointError(
            f"{path} does not say what its network learned from, as a checkpoint of "
            "resattn train does."
        ) from error
