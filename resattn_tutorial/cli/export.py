"""``resattn export``: a trained network as a file for other programs (chapter 10)."""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.data.image_files import shown
from resattn_tutorial.training.exporting import export_onnx
from resattn_tutorial.training.trained_network import TrainedNetwork


def lines(trained: TrainedNetwork, to: Path) -> list[str]:
    """Write the file; what it is and how it was checked, in words.

    Raises:
        ValueError, OSError, ModuleNotFoundError: as
            :func:`~resattn_tutorial.training.exporting.export_onnx`.
    """
    found = export_onnx(trained, to)
    return [
        f"By {trained.told}.",
        *(
            f"onnxruntime, {number} of {height} x {width} pixels: largest difference "
            f"{apart:.1e} of the largest answer"
            for (number, height, width), apart in found.items()
        ),
        f"{shown(to)} holds it, {to.stat().st_size:,} bytes, with the names of its "
        f"{len(trained.classes)} classes and its mean colour.",
    ]
