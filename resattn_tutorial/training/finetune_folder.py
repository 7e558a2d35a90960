"""From a folder of one's own images to a network for their classes (chapter 10).

``finetune_folder("my-photos", "runs/mine")`` is what ``resattn finetune`` calls: the
packaged weights learn the folder's classes, and ``load_run("runs/mine")`` gives the
network. Three files come of it: ``finetuned.pt``, the network; ``split.json``, which
images were held out, where the folder has no ``val``; ``report.json``, what it gets
wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

import torch
from torch import Tensor

from resattn_tutorial.data.image_files import shown
from resattn_tutorial.data.own_folder import open_own_folder
from resattn_tutorial.data.splitting import SHARE, write_split
from resattn_tutorial.data.transforms import (
    PhotoColours,
    PhotoInputs,
    SmallImageInputs,
)
from resattn_tutorial.files import write_whole
from resattn_tutorial.names import NetworkName
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.training.checkpoint import CHECKPOINT
from resattn_tutorial.training.finetuned_file import (
    FINETUNED,
    FineTuned,
    write_finetuned,
)
from resattn_tutorial.training.finetuning import fine_tune
from resattn_tutorial.training.frozen import freeze, is_frozen
from resattn_tutorial.training.new_head import with_head
from resattn_tutorial.training.progress import say
from resattn_tutorial.training.run_folder import held, require_room
from resattn_tutorial.training.trained_network import TrainedNetwork, load_packaged
from resattn_tutorial.training.tuned_on import TunedOn, require_unlearned, with_this
from resattn_tutorial.training.tuning import Tuning
from resattn_tutorial.training.tuning_outcome import Outcome, report
from resattn_tutorial.training.tuning_plan import plan_lines
from resattn_tutorial.training.tuning_report import judge
from resattn_tutorial.validation import (
    require_count,
    require_fields,
    require_kind,
    require_path,
)

SPLIT, REPORT = "split.json", "report.json"


def finetune_folder(
    folder: str | PathLike[str],
    to: str | PathLike[str],
    trained: TrainedNetwork | None = None,
    *,
    tuning: Tuning | None = None,
    frozen: Sequence[str] = (),
    size: int | None = None,
    share: float | None = None,
    skip_damaged: bool = False,
    series: str | None = None,
) -> Outcome:
    """Fine-tune on a folder; write network, split and report.

    A network that was fine-tuned on this folder before keeps seed, share and series:
    with others, images would be held out that it has learned from.

    Args:
        folder: the images, see :mod:`~resattn_tutorial.data.own_folder`.
        to: where the files go: a folder that holds no run yet.
        trained: what to begin with, changed in place; ``cifar_attention56`` with its
            default weights if ``None``. It keeps its head if its classes are the
            folder's by name, and gets a new one if not.
        tuning: how long and how fast; its seed also chooses the split.
        frozen: dotted names of parts that are to stay as they are, ``"stem"`` for one.
        size: height and width to show the network, in pixels; ``None`` takes those that
            it learned from.
        share: how much of the training images to hold out where there is no ``val``; a
            fifth if ``None``. Where there is one, nothing is held out.
        skip_damaged: leave out images that cannot be read; else they are refused.
        series: which part of a file's name says what is held out together, ``"(.+)-"``
            for all before the last dash; each image by itself if ``None``.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: the folder has another form, see
            :func:`~resattn_tutorial.data.own_folder.open_own_folder`, or brings ``val``
            where ``share`` or ``series`` is given; images would be held out that the
            network has learned from; there is no such part to freeze, or it is the
            head; the size is too small; or ``to`` holds a run already, or lies in
            ``folder``.
        FloatingPointError: the loss is no longer a number.
        OSError: something cannot be read or written.
    """
    tuning = require_kind("tuning", tuning or Tuning(), Tuning, "a Tuning")
    folder, to = require_path("folder", folder), require_path("to", to)
    require_new(to, folder)
    trained = load_packaged() if trained is None else trained
    require_fields("trained", trained, TrainedNetwork)
    transform = _sized(trained, size)
    _require_seen(trained, transform.size)
    if frozen:
        freeze(trained.network.eval(), *frozen)
        if is_frozen(trained.network.head.classify):
            raise ValueError("frozen must leave the head free: it is to learn.")
    data = open_own_folder(
        folder, transform, transform.size, share, tuning.seed, skip_damaged, series
    )
    share = SHARE if share is None else float(share)
    now = TunedOn(data.names, *((tuning.seed, share, series) if data.split else ()))
    require_unlearned(trained.tuned_on, now)
    before = trained.network.head.classify
    data = with_head(trained, data, tuning.seed)
    new_head = trained.network.head.classify is not before
    for line in plan_lines(data, tuning, trained.told, new_head, to):
        say(line)
    device = choose_device()
    network = trained.network.to(device, memory_format=torch.channels_last)
    as_inputs = inputs_from(transform, device)
    with held(to):
        require_room(to, network)
        if data.split:
            write_split(to / SPLIT, data.split, share, tuning.seed, series)
        tuned = fine_tune(
            network, data.training, data.validation, as_inputs, tuning, say
        )
        validation, test = (
            judge(network, part, data.classes, as_inputs) if part else None
            for part in (data.validation, data.test)
        )
        file = FineTuned(
            trained.name, trained.attention, data.classes, transform.size,
            tuple(transform.mean_colour), trained.told, folder.resolve().name,
            tuned.best_epoch, tuned.best, tuned.last, with_this(trained.tuned_on, now),
        )
        outcome = Outcome(
            TrainedNetwork(
                network.cpu(), data.classes, transform, trained.name, file.told,
                trained.attention, file.tuned_on,
            ), data, tuned, validation, test,
        )
        write_whole(to / REPORT, report(outcome, file, tuning, frozen))
        write_finetuned(to / FINETUNED, file)
    return outcome


def inputs_from(
    transform: SmallImageInputs | PhotoInputs, device: torch.device
) -> Callable[[Tensor], Tensor]:
    """What turns bytes that a transform has brought to size, ``(N, 3, S, S)``, into
    inputs on their device.
    """
    return PhotoColours(device) if isinstance(transform, PhotoInputs) else transform


def require_new(to: Path, folder: Path) -> None:
    """Refuse a place for a run that holds one, or that lies among the images.

    Args:
        to: the run's folder, there or not.
        folder: the images'.

    Raises:
        ValueError: says which, and what to do.
    """
    for place in (to, *to.parents):
        if place.exists() and not place.is_dir():
            raise ValueError(f"to must be a folder, and {shown(place)} is none.")
    for name in (FINETUNED, CHECKPOINT):
        if (to / name).exists():
            raise ValueError(
                f"to must be a folder that holds no run yet, and {shown(to)} holds a "
                f"{name}. Give another folder, or move that one away."
            )
    if to.resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            f"to must lie outside of the images' folder, got {shown(to)}: what lies "
            "in it would be taken for a class."
        )


def _sized(
    trained: TrainedNetwork, size: int | None
) -> SmallImageInputs | PhotoInputs:
    """The network's transform, bringing images to a size."""
    if size is None:
        size = trained.transform.size or NetworkName(trained.name).size
    if isinstance(trained.transform, PhotoInputs):
        return PhotoInputs(size)
    return SmallImageInputs(mean=trained.transform.mean_colour, size=size)


@torch.inference_mode()
def _require_seen(trained: TrainedNetwork, size: int) -> None:
    """Have the network look once at an image of this size; it refuses one too small."""
    smallest = getattr(trained.network, "smallest", 1)
    require_count(f"size for {trained.name}", size, at_least=smallest)
    trained.network.eval()(torch.zeros(1, 3, size, size))
