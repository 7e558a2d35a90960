"""A test of a trained network, started from words typed in a terminal (chapter 10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.runtime.tensor_file import load_checkpoint
from resattn_tutorial.training import runner
from resattn_tutorial.training.checkpoint import require_same_network


def test_lines(
    network: str | None,
    folder: Path | None,
    data: str | None,
    data_name: str | None,
    precision: str,
) -> list[str]:
    """What a run's network, or one with packaged weights, gets wrong, in words.

    Raises:
        ValueError: not one of ``network`` and ``folder`` is given, or ``data`` is
            missing; and as :func:`evaluation_lines` and :func:`pretrained_lines`.
    """
    if (network is None) == (folder is None):
        raise ValueError("give --folder, a run's, or a network with packaged weights.")
    if folder is not None:
        return evaluation_lines(folder, data, data_name, precision)
    if data is None:
        raise ValueError("data must be given: what to test packaged weights on.")
    return pretrained_lines(network, data, data_name, precision)


def evaluation_lines(
    folder: Path, data: str | None, data_name: str | None, precision: str
) -> list[str]:
    """What a run's network gets wrong by its last checkpoint, in words.

    Args:
        folder: the run's.
        data: as in :func:`~resattn_tutorial.data.datasets.open_set`; ``None`` takes the
            run's own, if that has a name which everybody knows.
        data_name: what to call a folder's data.
        precision: what to compute in.

    Raises:
        FileNotFoundError: the folder holds no checkpoint.
        ValueError: the run's data is a folder, and ``data`` does not say where; or it
            is of another kind than what the run learned from.
        CheckpointError: the checkpoint cannot be read, or is another network's.
    """
    path = folder / "checkpoint.pt"
    if not path.is_file():
        raise FileNotFoundError(f"{folder} holds no checkpoint.pt: it is no run's.")
    state = load_checkpoint(path)
    told, recipe = state["configuration"], state["configuration"]["recipe"]
    test = open_set(data or known_data(told["data"]), "test", data_name)
    network = build_network(told["network"], len(test.classes))
    require_same_network(network, state["network"], str(path))
    network.load_state_dict(state["network"])
    after = f"after step {state['step']:,} of {recipe['steps']:,}"
    mean = torch.tensor(told["mean colour"]) if told["mean colour"] else None
    return [
        *error_lines(network, told["network"], after, test, mean, recipe, precision),
        f"The checkpoint is {path}",
    ]


def pretrained_lines(
    name: str, data: str, data_name: str | None, precision: str
) -> list[str]:
    """What a network gets wrong with the weights that the package carries, in words.

    Args:
        name: the network's.
        data, data_name, precision: as in :func:`evaluation_lines`.

    Raises:
        ValueError: there are no weights for it, or the data has other classes.
    """
    from resattn_tutorial.models import zoo
    from resattn_tutorial.models.weights import CifarAttention56_Weights as Trained

    if name != "cifar_attention56":
        raise ValueError(f"weights are carried for cifar_attention56, got {name!r}.")
    test = open_set(data, "test", data_name)
    network = zoo.cifar_attention56(len(test.classes), weights=Trained.DEFAULT)
    mean = Trained.DEFAULT.transforms().mean
    return [
        *error_lines(network, name, "as packaged", test, mean, {"size": 32}, precision),
        f"The weights learned from {Trained.DEFAULT.meta['data']}; their run is "
        f"{Trained.DEFAULT.meta['run']}",
    ]


def error_lines(
    network: nn.Module,
    name: str,
    after: str,
    test: ImageSet | PhotoSet,
    mean: Tensor | None,
    recipe: dict[str, Any],
    precision: str,
) -> list[str]:
    """Test a network where the hardware is fastest, and say how often it is wrong."""
    device = choose_device()
    precision = choose_precision(device, precision)
    network.to(device, memory_format=torch.channels_last)
    errors = runner.errors_on(network, test, mean, recipe["size"], precision)
    return [
        f"{name} {after}, on {test.name} ({test.form}), "
        f"{errors.images:,} test images, {precision}",
        f"test error {errors.top1:.2%}, top-5 error {errors.top5:.2%}, "
        f"test loss {errors.loss:.4f}",
    ]


def known_data(told: dict[str, Any]) -> str:
    """The word for a run's data, if it has one.

    Raises:
        ValueError: it is a folder's, which may be anywhere.
    """
    known = {
        ("built-in scenes", "generated"): "builtin",
        ("CIFAR-10", "original pixels"): "cifar10",
        ("CIFAR-100", "original pixels"): "cifar100",
    }
    if (told["name"], told["form"]) not in known:
        raise ValueError(
            f"data must be given: the run learned from {told['name']}, "
            f"{told['form']}, and where these lie now is not known."
        )
    return known[told["name"], told["form"]]
