"""``resattn export``: a trained network as a file for other programs (chapter 10)."""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.cli.predict import trained_network
from resattn_tutorial.data.image_files import shown
from resattn_tutorial.files import require_place
from resattn_tutorial.names import ONNX
from resattn_tutorial.training.exporting import export_onnx, require_onnx


def lines(weights: str | None, folder: Path | None, to: Path) -> list[str]:
    """Write the file; what it is and how it was checked, in words.

    What can be refused without the network is refused before it is loaded.

    Args:
        weights: what packaged weights are called; the default ones if ``None``.
        folder: a run's, instead.
        to: the file, ``.onnx``.

    Raises:
        ValueError, OSError, ModuleNotFoundError: as
            :func:`~resattn_tutorial.cli.predict.trained_network` and
            :func:`~resattn_tutorial.training.exporting.export_onnx`.
    """
    require_place("to", to, ONNX)
    require_onnx()
    trained = trained_network(weights, folder)
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
