"""The file of a fine-tuned network: what is needed to use it, and how it came (ch. 10).

A checkpoint of the trainer holds all that a run needs to go on. Fine-tuning takes
minutes and does not go on, so its file is another: the network's name, its classes, the
size and the colours of its images, the best weights and the last ones, and which images
it was not to learn from.
"""

from __future__ import annotations

from os import PathLike
from typing import Any, NamedTuple

from torch import Tensor

from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.names import AttentionName, NetworkName
from resattn_tutorial.runtime.tensor_file import (
    TensorFileError,
    read_tensors,
    write_tensors,
)
from resattn_tutorial.training.tuned_on import TunedOn, read_tuned_on
from resattn_tutorial.validation import require_count, require_kind, require_path

FINETUNED = "finetuned.pt"
FORMAT = 2
LARGEST_SIDE = 16_384


class FineTuned(NamedTuple):
    """What the file holds.

    Attributes:
        network: the network's name.
        attention: what stands where its masks stand.
        classes: the names of its classes, in the order of its answers.
        size: height and width that it was shown, in pixels.
        mean_colour: red, green and blue that small images are shown less; empty for a
            network that sees photographs.
        came_from: the network that it was fine-tuned from, in words.
        data: the name of the folder that it learned from.
        best_epoch: the epoch of the best weights, from 1.
        best: the state dict with the lowest validation error.
        last: the state dict after the last epoch.
        tuned_on: every folder that it was fine-tuned on, this one last.
    """

    network: str
    attention: str
    classes: tuple[str, ...]
    size: int
    mean_colour: tuple[float, ...]
    came_from: str
    data: str
    best_epoch: int
    best: dict[str, Tensor]
    last: dict[str, Tensor]
    tuned_on: tuple[TunedOn, ...]

    @property
    def transform(self) -> SmallImageInputs | PhotoInputs:
        """What turns an image of any size into inputs."""
        if self.mean_colour:
            return SmallImageInputs(mean=self.mean_colour, size=self.size)
        return PhotoInputs(self.size)

    @property
    def told(self) -> str:
        """Where it comes from, in words."""
        return (
            f"{self.network} fine-tuned on {self.data}, epoch {self.best_epoch}; "
            f"it came from {self.came_from}"
        )


def write_finetuned(path: str | PathLike[str], tuned: FineTuned) -> None:
    """Write the file, whole or not at all.

    Raises:
        TypeError: ``tuned`` is of another kind; OSError: it cannot be written.
    """
    require_kind("tuned", tuned, FineTuned, "a FineTuned")
    folders = [one._asdict() for one in tuned.tuned_on]
    write_tensors(path, {
        "finetuned": FORMAT, **tuned._asdict(), "tuned_on": folders,
    })


def read_finetuned(path: str | PathLike[str]) -> FineTuned:
    """Read the file, onto the processor, without running code.

    Raises:
        FileNotFoundError: there is none; OSError: it cannot be read.
        TensorFileError: it is no whole file, of another version, or something in it is
            missing or invalid.
    """
    path = require_path("path", path)
    state = read_tensors(path)
    if (found := state.pop("finetuned", None)) != FORMAT:
        raise TensorFileError(
            f"{path} must be a fine-tuned network of the format {FORMAT}, got "
            f"{found!r}: another version of this package wrote it, or another program."
        )
    try:
        return FineTuned(**_checked(state))
    except (LookupError, TypeError, ValueError) as error:
        raise TensorFileError(f"{path} is no whole fine-tuned network: {error}") from (
            error)


def _checked(state: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are to be; raises LookupError, TypeError or ValueError."""
    if missing := [name for name in FineTuned._fields if name not in state]:
        raise LookupError(f"it lacks {', '.join(missing)}.")
    NetworkName(state["network"])
    AttentionName(state["attention"])
    for name in ("classes", "mean_colour"):
        state[name] = tuple(require_kind(name, state[name], (list, tuple), "a list"))
    for name in ("came_from", "data"):
        require_kind(name, state[name], str, "text")
    if not state["classes"]:
        raise ValueError("classes must hold at least one name, got none.")
    for one in state["classes"]:
        require_kind("a class", one, str, "text")
    require_count("size", state["size"], at_most=LARGEST_SIDE)
    require_count("best_epoch", state["best_epoch"])
    for name in ("best", "last"):
        require_kind(name, state[name], dict, "a state dict")
        for key, value in state[name].items():
            require_kind(f"{name}[{key!r}]", value, Tensor, "a tensor")
            if not value.isfinite().all():
                raise ValueError(f"{name}[{key!r}] must hold finite numbers.")
    state["tuned_on"] = read_tuned_on(state["tuned_on"])
    return {name: state[name] for name in FineTuned._fields}
