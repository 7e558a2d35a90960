"""``resattn predict``: a trained network names what is on images (chapter 10)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from resattn_tutorial.cli.tables import aligned
from resattn_tutorial.data.image_files import read_image
from resattn_tutorial.names import OutputForm
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.training.trained_network import (
    TrainedNetwork,
    load_packaged,
    load_run,
)
from resattn_tutorial.validation import require_count

DIGITS = 4
FEW = 3


class Prediction(NamedTuple):
    """What a network says of one image.

    Attributes:
        image: the file.
        classes: the likeliest, the first of them first.
        scores: the softmax of its answers for these, from 0 to 1.
    """

    image: str
    classes: tuple[str, ...]
    scores: tuple[float, ...]


def trained_network(weights: str | None, folder: Path | None) -> TrainedNetwork:
    """A run's network, or ``cifar_attention56`` with weights that the package carries.

    Args:
        weights: what they are called; the default ones if nothing is given at all.
        folder: a run's.

    Raises:
        ValueError: both are given; and as the functions that load.
    """
    if folder is None:
        return load_packaged(weights=weights or "DEFAULT")
    if weights is not None:
        raise ValueError("give --weights or a run's --folder, which has its own.")
    return load_run(folder)


@torch.inference_mode()
def predictions(
    trained: TrainedNetwork, files: Sequence[Path], top: int | None
) -> Iterator[Prediction | str]:
    """What a network says of each image; of one that cannot be read, why, in words.

    Args:
        trained: the network with its classes.
        files: the images.
        top: how many classes to name, the likeliest first; if ``None``, three, or all
            where there are fewer.

    Raises:
        ValueError: ``top`` is more than there are classes.
    """
    if top is None:
        top = min(FEW, len(trained.classes))
    require_count("top", top, at_most=len(trained.classes))
    device = choose_device()
    network = trained.network.to(device)
    for file in files:
        try:
            image = torch.from_numpy(read_image(file)).permute(2, 0, 1)
        except (ValueError, OSError) as error:
            yield str(error)
            continue
        logits = network(trained.transform(image)[None].to(device))
        scores, places = logits[0].float().softmax(0).cpu().topk(top)
        yield Prediction(
            str(file), tuple(trained.classes[k] for k in places), tuple(scores.tolist())
        )


def told(found: Sequence[Prediction], form: OutputForm) -> list[str]:
    """Predictions as a table to read, as JSON or as CSV, which other programs read."""
    if form is OutputForm.JSON:
        return json.dumps([
            {"image": one.image, "classes": [
                {"class": name, "score": round(score, DIGITS)}
                for name, score in zip(one.classes, one.scores, strict=True)
            ]}
            for one in found
        ], indent=1).splitlines()
    rows = [("image", "rank", "class", "score")] + [
        (one.image, str(rank), name, f"{score:.{DIGITS}f}")
        for one in found
        for rank, (name, score) in enumerate(
            zip(one.classes, one.scores, strict=True), start=1)
    ]
    if form is OutputForm.CSV:
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerows(rows)
        return file.getvalue().splitlines()
    return aligned(rows, numbers=(1, 3))
