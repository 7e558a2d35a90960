"""``resattn finetune``: a trained network learns one's own classes (chapter 10)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from resattn_tutorial.cli.predict import trained_network
from resattn_tutorial.cli.tables import aligned
from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.image_files import read_image, shown
from resattn_tutorial.data.own_test_images import open_test_images
from resattn_tutorial.plotting.mask_sheet import SIDE
from resattn_tutorial.plotting.mistake_sheet import save_mistakes
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.training.finetune_folder import (
    REPORT,
    SPLIT,
    Outcome,
    finetune_folder,
    inputs_from,
)
from resattn_tutorial.training.trained_network import TrainedNetwork, load_run
from resattn_tutorial.training.tuning import Tuning
from resattn_tutorial.training.tuning_report import Judged, judge

# A confusion matrix of more classes does not fit a terminal; then pairs are told.
WIDEST, PAIRS = 15, 10


def beginning(weights: str | None, run: Path | None) -> TrainedNetwork:
    """What to begin with: a run's network, or packaged weights.

    Args:
        weights: what the weights are called; the default ones if nothing is given.
        run: a run's folder.

    Raises:
        ValueError: both are given; and as
            :func:`~resattn_tutorial.cli.predict.trained_network`.
    """
    if weights is not None and run is not None:
        raise ValueError("give --weights or a run by --from, which has its own.")
    return trained_network(weights, run)


def run(
    folder: Path,
    to: Path | None,
    trained: TrainedNetwork,
    tuning: Tuning,
    frozen: tuple[str, ...] = (),
    size: int | None = None,
    share: float | None = None,
    skip_damaged: bool = False,
    series: str | None = None,
) -> list[str]:
    """Fine-tune on a folder, draw the worst mistakes, and tell all in words.

    Args:
        folder: the images.
        to: where the files go; ``runs/<folder>-finetuned-seed<seed>`` if ``None``.
        trained: what to begin with, with how to say that it did.
        tuning: how long and how fast.
        frozen: parts that stay as they are.
        size: what to show the network, in pixels.
        share: how much to hold out; a fifth if ``None``. The folder has no ``val``.
        skip_damaged: leave out images that cannot be read.
        series: which part of a file's name says what is held out together.

    Raises:
        TypeError, ValueError, FloatingPointError, OSError: as
            :func:`~resattn_tutorial.training.finetune_folder.finetune_folder`.
    """
    if to is None:
        to = Path("runs") / f"{folder.resolve().name}-finetuned-seed{tuning.seed}"
    outcome = finetune_folder(
        folder, to, trained, tuning=tuning, frozen=frozen, size=size,
        share=share, skip_damaged=skip_damaged, series=series,
    )
    return list(_lines(outcome, to))


def tested_lines(
    folder: Path, data: str | None, skip_damaged: bool = False
) -> list[str]:
    """What a fine-tuned network gets wrong on a folder's test images, in words.

    Args:
        folder: the run's.
        data: the folder of the images.
        skip_damaged: leave out images that cannot be read.

    Raises:
        ValueError: no folder is given, or it has no test images of these classes; and
            as :func:`~resattn_tutorial.training.trained_network.load_run`.
    """
    if data is None:
        raise ValueError(
            "data must be given: a folder with test/<class>, or with <class> itself."
        )
    trained, device = load_run(folder), choose_device()
    transform = trained.transform
    images = open_test_images(
        data, transform, transform.size, trained.classes, skip_damaged
    )
    judged = judge(
        trained.network.to(device), images, trained.classes,
        inputs_from(transform, device),
    )
    return [f"By {trained.told}.", *judged_lines("test", judged, trained.classes)]


def _lines(outcome: Outcome, to: Path) -> Iterator[str]:
    data, tuned = outcome.data, outcome.tuned
    yield (
        f"{outcome.trained.name}, epoch {tuned.best_epoch} of {len(tuned.curve)}: the "
        "lowest validation error, of several the earliest."
    )
    if data.split:
        count = len(data.validation.labels)
        yield (
            f"Of the training images {count:,} were held out to validate on; which, "
            f"says {shown(to / SPLIT)}"
        )
    for part in ("validation", "test"):
        judged, images = getattr(outcome, part), getattr(data, part)
        if judged is None:
            continue
        yield ""
        yield from judged_lines(part, judged, data.classes)
        if judged.mistakes:
            path = to / f"mistakes-{part}.png"
            draw_mistakes(path, outcome.trained, judged, images)
            yield f"The worst of them with the masks' means: {shown(path)}"
    yield ""
    if outcome.test is None:
        yield (
            "The epoch was chosen by the validation images: on others the error is "
            "rather higher. A folder test, looked at once, would say."
        )
    yield f"The network is in {shown(to)}, all numbers in {shown(to / REPORT)}"


def judged_lines(part: str, judged: Judged, classes: tuple[str, ...]) -> list[str]:
    """What a network gets wrong on a part of the images, in words and as a table.

    Args:
        part: what to call these images.
        judged: what it makes of them.
        classes: the names of its classes.
    """
    lines = [
        f"{part} error {judged.error:.2%} of {judged.images:,} images, loss "
        f"{judged.loss:.4f}, expected calibration error "
        f"{judged.calibration_error:.3f}"
    ]
    counts = judged.confusion.tolist()
    if len(classes) <= WIDEST:
        # Columns by number: names would not fit a line.
        rows = [("is, taken for", *(str(k) for k in range(1, len(classes) + 1)))] + [
            (f"{k} {name}", *map(str, row))
            for k, (name, row) in enumerate(zip(classes, counts, strict=True), 1)
        ]
        lines += aligned(rows)
    else:
        pairs = sorted(
            ((count, classes[is_], classes[taken]) for is_, row in enumerate(counts)
             for taken, count in enumerate(row) if count and is_ != taken),
            key=lambda pair: -pair[0],
        )
        lines += [f"{count:,} of {a} taken for {b}" for count, a, b in pairs[:PAIRS]]
    lines += [
        f"{one.image}: {one.truth}, taken for {one.answer} ({one.confidence:.0%})"
        for one in judged.mistakes
    ]
    return lines


@torch.inference_mode()
def draw_mistakes(
    path: Path, trained: TrainedNetwork, judged: Judged, images: HeldImages
) -> None:
    """Draw the worst mistakes, each with its masks' means laid over.

    Args:
        path: of the picture, ``.png``.
        trained: the network with its transform, on the processor.
        judged: what it made of the images; at least one mistake.
        images: these images.

    Raises:
        OSError: a file cannot be read or written.
    """
    transform, masks = trained.transform, {}
    files = images.only([one.number for one in judged.mistakes]).files
    wrong = [torch.from_numpy(read_image(file)).permute(2, 0, 1) for file in files]
    if hasattr(trained.network, "with_masks"):
        inputs = torch.stack([transform(image) for image in wrong])  # (N, 3, S, S)
        _, masks = trained.network.with_masks(inputs)
    large = torch.stack([transform.seen(image, SIDE) for image in wrong])
    titles = [
        f"{one.truth}, not {one.answer} ({one.confidence:.0%})"
        for one in judged.mistakes
    ]
    save_mistakes(path, large, titles, masks)
