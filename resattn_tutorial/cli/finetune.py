"""``resattn finetune``: a trained network learns one's own classes (chapter 10)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from resattn_tutorial.cli.predict import trained_network
from resattn_tutorial.cli.tuning_words import judged_lines, next_commands
from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.image_files import read_image, shown
from resattn_tutorial.data.own_folder import split_folders
from resattn_tutorial.data.own_test_images import open_test_images
from resattn_tutorial.plotting.mask_sheet import SIDE
from resattn_tutorial.plotting.mistake_sheet import save_mistakes
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.training.finetune_folder import (
    REPORT,
    SPLIT,
    finetune_folder,
    inputs_from,
    require_new,
)
from resattn_tutorial.training.trained_network import TrainedNetwork, load_run
from resattn_tutorial.training.tuning import Tuning
from resattn_tutorial.training.tuning_outcome import Outcome
from resattn_tutorial.training.tuning_report import Judged, judge


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


def place(folder: Path, to: Path | None, seed: int) -> Path:
    """Where a run's files go, refused before weights are loaded and images read.

    Args:
        folder: the images'.
        to: what was asked for; ``runs/<folder>-finetuned-seed<seed>`` if ``None``.
        seed: the run's.

    Raises:
        ValueError: it holds a run, or lies among the images; or the images' folder has
            another form.
    """
    if to is None:
        to = Path("runs") / f"{folder.resolve().name}-finetuned-seed{seed}"
    require_new(to, folder)
    split_folders(folder)
    return to


def run(
    folder: Path,
    to: Path,
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
        to: where the files go.
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
        "lowest validation error, of several the lowest loss."
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
            "The epoch was chosen by the validation images, so on other images the "
            "error is likely to be a little higher. How high, images say that had no "
            "part in it: sort some into a folder for each class, and test on them."
        )
    yield f"The network is in {shown(to)}, all numbers in {shown(to / REPORT)}"
    yield "What can be done with it:"
    yield from next_commands(to, tested=outcome.test is not None)


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
