"""A trained network as an ONNX file, and the proof that it says the same (chapter 10).

ONNX is a form that other programs read, a phone's or a browser's. What the file needs
besides the network is written into it: the names of the classes, and how an image's
bytes become inputs.
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from resattn_tutorial.data.transforms import DEVIATION, MEAN, PhotoInputs
from resattn_tutorial.files import replacing, require_place
from resattn_tutorial.names import ONNX
from resattn_tutorial.training.trained_network import TrainedNetwork

if TYPE_CHECKING:
    from types import ModuleType

# By how much heights and widths of the trials differ from the usual size, in pixels;
# and how many images are tried at once.
SIZES = ((0, 0), (8, 0), (1, 15))
BATCHES = (1, 3)
# The largest difference, as a share of the largest answer. Where float32 itself takes a
# network's answers further from float64's, as in 200 layers that never learned, a file
# may differ by so many times as much.
TOLERANCE, TIMES = 1e-3, 4


# Writes a thousand lines where it cannot make a condition on sizes simpler, which it
# then leaves as it is: a pooling that rounds up gives several.
SOLVER = "torch.fx.experimental.symbolic_shapes"


class ExportError(ValueError):
    """A file that does not say what the network says; it was not kept."""


def export_onnx(
    trained: TrainedNetwork, to: str | PathLike[str]
) -> dict[tuple[int, int, int], float]:
    """Write a network as an ONNX file, checked by onnxruntime.

    Its input ``images`` is what the transform gives, ``(N, C, H, W)`` with any N and,
    from the network's smallest image on, any size; its output is ``logits``.

    Args:
        trained: the network with its classes and its transform.
        to: the file, ``.onnx``.

    Returns:
        for each trial, by number, height and width of its images, the largest
        difference between the file's answers and the network's, as a share of the
        largest answer.

    Raises:
        ValueError: ``to`` ends otherwise, or is a folder.
        ModuleNotFoundError: onnx, onnxscript or onnxruntime is not installed.
        ExportError: the file's answers differ; OSError: it cannot be written.
    """
    path = require_place("to", to, ONNX)
    runtime = require_onnx()
    network, side = trained.network.cpu().eval(), usual_size(trained)
    content = _as_onnx(network, side, _told(trained, side))
    found = differences(network, runtime.InferenceSession(content), side)
    worst = max(found.values())
    if not worst < TOLERANCE and not worst < (most := tolerance(network, side)):
        raise ExportError(
            f"the ONNX file's answers differ from the network's by {worst:.1e} of the "
            f"largest; at most {most:.1g} is expected. It was not kept."
        )
    with replacing(path) as file:
        file.write(content)
    return found


def usual_size(trained: TrainedNetwork) -> int:
    """The height and width of the images that a network learned from, in pixels."""
    size = trained.transform.size
    return size or max(32, trained.network.smallest)


def require_onnx() -> ModuleType:
    """What runs an ONNX file; raises ModuleNotFoundError where something is missing."""
    try:
        import onnx  # noqa: F401
        import onnxruntime
        import onnxscript  # noqa: F401
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is needed: pip install onnx onnxscript onnxruntime"
        ) from error
    return onnxruntime


def _as_onnx(network: nn.Module, side: int, told: dict[str, str]) -> bytes:
    from torch.export import Dim

    images = torch.zeros(2, network.stem.in_channels, side, side)
    with _quiet(SOLVER):
        program = torch.onnx.export(
            network, (images,), input_names=["images"], output_names=["logits"],
            dynamic_shapes={
                "images": {0: Dim("batch"), 2: Dim.DYNAMIC, 3: Dim.DYNAMIC}},
            verbose=False,
        )
    program.model.metadata_props.update(told)
    return program.model_proto.SerializeToString()


def _told(trained: TrainedNetwork, side: int) -> dict[str, str]:
    """What a reader of the file must know, as ONNX wants it: texts by name."""
    if isinstance(trained.transform, PhotoInputs):
        mean, deviation = MEAN, DEVIATION
    else:
        mean, deviation = trained.transform.mean_colour, (1.0, 1.0, 1.0)
    return {
        "network": trained.told, "classes": json.dumps(list(trained.classes)),
        "size": str(side), "mean": json.dumps(mean),
        "deviation": json.dumps(deviation),
        "inputs": "(bytes / 255 - mean) / deviation",
    }


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """A logger that tells errors only, for a while."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


@torch.inference_mode()
def differences(
    network: nn.Module, session: object, side: int
) -> dict[tuple[int, int, int], float]:
    """How far a file's answers lie from a network's, in each trial.

    Args:
        network: in evaluation mode.
        session: onnxruntime's, of the file.
        side: the usual height and width, in pixels.
    """
    found = {}
    for images in _trials(network, side):
        [answers] = session.run(None, {"images": images.numpy()})
        number, _, height, width = images.shape
        apart = _apart(torch.from_numpy(answers), network(images))
        found[number, height, width] = apart
    return found


@torch.inference_mode()
def tolerance(network: nn.Module, side: int) -> float:
    """By how much a right file's answers may differ, as a share of the largest.

    Float32 rounds, and a deep network can make much of it. So we ask how far it takes
    the network's own answers from those in float64, in the trials of
    :func:`differences`.

    Args:
        network: in evaluation mode.
        side: the usual height and width, in pixels.
    """
    exact = copy.deepcopy(network).double()
    own = (
        _apart(network(images), exact(images.double()))
        for images in _trials(network, side)
    )
    return max(TOLERANCE, TIMES * max(own))


def _trials(network: nn.Module, side: int) -> Iterator[Tensor]:
    """Random images in several numbers and sizes, ``(N, C, H, W)``."""
    draw, channels = torch.Generator().manual_seed(0), network.stem.in_channels
    for number in BATCHES:
        for height, width in SIZES:
            size = number, channels, side + height, side + width
            yield torch.randn(size, generator=draw)


def _apart(answers: Tensor, expected: Tensor) -> float:
    """The largest difference, as a share of the largest that is expected."""
    return ((answers - expected).abs().max() / expected.abs().max()).item()
