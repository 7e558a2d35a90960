"""``resattn export ...``, as it is typed (chapter 10)."""

from __future__ import annotations

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn export --to network.onnx",
    "resattn export --folder runs/mine --to mine.onnx",
)


def command(
    to: options.OnnxFile,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
) -> None:
    """Write a network as an ONNX file, for other programs.

    It is checked by onnxruntime, for three sizes of images and two numbers of them.
    """
    from resattn_tutorial.cli.export import lines

    show(lines(weights, folder, to))
