"""Fine-tuning: a trained network learns other classes from few images (chapter 10).

This is a loop of its own beside the paper's trainer, for folders that fit into memory
and runs of minutes: it cannot be interrupted and go on. After each epoch the validation
images are classified as they are, and the weights of the best epoch are kept: that with
the lowest error, and of several that with the lowest loss. Of few images the error is
soon equal from epoch to epoch, at 0 for one, while the network still grows surer. It is
not given any test images, so it cannot choose by them.

The paper trains from nothing, and says nothing of it; how long and how fast, our
:class:`~resattn_tutorial.training.tuning.Tuning` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.loaders import draw_epoch
from resattn_tutorial.data.transforms import PAD, crop_and_flip
from resattn_tutorial.metrics.classification import evaluate
from resattn_tutorial.tensor_validation import device_of, require_network
from resattn_tutorial.training.frozen import to_training_mode
from resattn_tutorial.training.parameter_groups import parameter_groups
from resattn_tutorial.training.step_watch import StepWatch
from resattn_tutorial.training.tuning import Tuning
from resattn_tutorial.validation import require_count, require_fields, require_kind

# Images of 32 pixels are shifted by up to PAD, larger ones by as much of their side.
USUAL = 32


class Epoch(NamedTuple):
    """What an epoch came to: its number, from 1; the mean training loss; on validation
    images the error, from 0 to 1, and the loss.
    """

    number: int
    loss: float
    error: float
    validation_loss: float


class Tuned(NamedTuple):
    """What fine-tuning gives.

    Attributes:
        best: the state dict after the best epoch, see :func:`is_better`.
        last: the state dict after the last epoch.
        best_epoch: that epoch's number.
        curve: every epoch.
    """

    best: dict[str, Tensor]
    last: dict[str, Tensor]
    best_epoch: int
    curve: tuple[Epoch, ...]


def is_better(new: Epoch, best: Epoch) -> bool:
    """Whether an epoch is better than the best before it: by validation error, then
    by validation loss. Where both are equal, the earlier one stays.
    """
    return (new.error, new.validation_loss) < (best.error, best.validation_loss)


def fine_tune(
    network: nn.Module,
    training: HeldImages,
    validation: HeldImages,
    as_inputs: Callable[[Tensor], Tensor],
    tuning: Tuning | None = None,
    say: Callable[[str], None] = print,
    better: Callable[[Epoch, Epoch], bool] = is_better,
) -> Tuned:
    """Fine-tune a network; it ends in evaluation mode, with its best epoch's weights.

    SGD with the paper's Nesterov momentum and weight decay; images are shifted and
    mirrored as in the paper's Section 4.1.

    Args:
        network: with a ``head`` for these classes, trained in place, where it lies.
            What is frozen in it, see :mod:`~resattn_tutorial.training.frozen`, stays.
        training: what to learn from.
        validation: what to choose the epoch by.
        as_inputs: turns bytes ``(N, 3, S, S)`` into inputs, where the bytes are.
        tuning: how long and how fast.
        say: where a line about each epoch goes, and one about how long it will take.
        better: tells whether an epoch is to be kept instead of the best before it.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: there are no images, a label is no class, or nothing can learn.
        FloatingPointError: the loss is no longer a number.
    """
    tuning = Tuning() if tuning is None else tuning
    require_network(network)
    require_kind("tuning", tuning, Tuning, "a Tuning")
    for name, held in (("training", training), ("validation", validation)):
        require_fields(name, held, HeldImages)
        require_count(f"the number of {name} images", len(held.labels))
    count, device = len(training.labels), device_of(network)
    epochs, patience = tuning.epochs_for(count), tuning.patience_for(count)
    optimizer = torch.optim.SGD(
        parameter_groups(
            network, tuning.learning_rate, {"head": tuning.head_factor}, 1e-4
        ),
        momentum=0.9, nesterov=True,
    )
    steps = epochs * tuning.steps_of_epoch(count)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    curve, best, best_state, lowered = [], None, {}, 0
    watch = StepWatch(steps, say)
    to_training_mode(network)
    for number in range(1, epochs + 1):
        losses = []
        for inputs, labels in _batches(training, as_inputs, tuning, number, device):
            optimizer.zero_grad()
            loss = F.cross_entropy(network(inputs), labels)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.detach() * len(labels))
            watch.after_step(loss)
        mean = torch.stack(losses).sum().item() / count
        if not math.isfinite(mean):
            raise FloatingPointError(
                f"the loss is {mean} in epoch {number}; a lower rate may help."
            )
        errors = evaluate(network, clean_batches(validation, as_inputs, device))
        if errors.top1 < min((one.error for one in curve), default=math.inf):
            lowered = number
        curve.append(Epoch(number, mean, errors.top1, errors.loss))
        kept = best is None or better(curve[-1], best)
        if kept:
            best, best_state = curve[-1], state_of(network)
        say(
            f"epoch {number}/{epochs}: loss {mean:.3f}, validation error "
            f"{errors.top1:.2%}, loss {errors.loss:.3f}{', best so far' * kept}"
        )
        if number - lowered >= patience and number < epochs:
            say(f"Stopped: no lower validation error for {patience} epochs.")
            break
    last = state_of(network)
    network.eval().load_state_dict(best_state)
    return Tuned(best_state, last, best.number, tuple(curve))


def state_of(network: nn.Module) -> dict[str, Tensor]:
    """A copy of a network's state dict on the processor."""
    state = network.state_dict()
    return {name: value.detach().cpu().clone() for name, value in state.items()}


def clean_batches(
    held: HeldImages,
    as_inputs: Callable[[Tensor], Tensor],
    device: torch.device,
    batch_size: int = 100,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Every image once, as it is: inputs ``(n, 3, S, S)`` and labels ``(n,)``."""
    for images, labels in zip(
        held.images.split(batch_size), held.labels.split(batch_size), strict=True
    ):
        yield as_inputs(images.to(device)), labels.to(device)


def _batches(
    training: HeldImages,
    as_inputs: Callable[[Tensor], Tensor],
    tuning: Tuning,
    epoch: int,
    device: torch.device,
) -> Iterator[tuple[Tensor, Tensor]]:
    """An epoch's batches, shifted and mirrored; every image once."""
    count, pad = len(training.labels), PAD * training.images.shape[-1] // USUAL
    draws = draw_epoch(count, tuning.seed, epoch, pad)
    for ours in torch.arange(count).tensor_split(tuning.steps_of_epoch(count)):
        order, corners, mirrored = (part[ours] for part in draws)
        inputs = as_inputs(training.images[order].to(device))
        inputs = crop_and_flip(inputs, corners.to(device), mirrored.to(device), pad)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        yield inputs, training.labels[order].to(device)
