"""How well a map points at the object: scores for masks (chapter 3).

The built-in scenes come with the true object's pixels, so a mask can be scored and
not only admired. The score is the area under the ROC curve (AUC): the probability
that a pixel of the object, drawn at random, has a higher value than a pixel outside it.
Chance level is 0.5, perfect pointing 1, perfect avoidance 0. It needs no threshold.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import require_tensor, require_values
from resattn_tutorial.validation import require_count, require_fields


class Channel(NamedTuple):
    """One way to read a mask: a channel, and whether high or low means the object."""

    index: int
    sign: int


def require_maps(maps: Tensor, objects: Tensor) -> None:
    """Refuse maps and objects that cannot be scored; raises as :func:`object_auc`."""
    for name, given in (("maps", maps), ("objects", objects)):
        require_values(name, given)
    if objects.dtype != torch.bool:
        raise TypeError(f"objects must be boolean, got {objects.dtype}.")
    if maps.is_complex():
        raise TypeError(f"maps must hold real numbers, got {maps.dtype}.")
    if maps.isnan().any():
        raise ValueError("maps must hold numbers, got NaN.")
    if maps.shape != objects.shape or maps.dim() != 3:
        raise ValueError(
            f"maps and objects must both have shape (N, H, W), "
            f"got {tuple(maps.shape)} and {tuple(objects.shape)}."
        )
    if not len(maps):
        raise ValueError("maps must hold at least one map, got none.")
    covered = objects.flatten(1).sum(dim=1)
    if ((covered == 0) | (covered == objects[0].numel())).any():
        raise ValueError("each object must cover some pixels, but not all.")


def object_auc(maps: Tensor, objects: Tensor) -> Tensor:
    """Score each map against the true object: ``(N,)`` values in [0, 1].

    A tie between an object pixel and another counts one half, so that a flat map
    scores exactly 0.5.

    Args:
        maps: any real values, ``(N, H, W)``.
        objects: true where the object is, bool, ``(N, H, W)``.

    Raises:
        TypeError: an argument is no tensor, or ``objects`` is not boolean.
        ValueError: there is no map, the shapes differ, a map holds NaN, or some object
            covers nothing or everything.
    """
    require_maps(maps, objects)
    values, inside = maps.flatten(1).double(), objects.flatten(1)
    ours, others = inside.sum(dim=1), (~inside).sum(dim=1)
    order = values.sort(dim=1).values.contiguous()
    lower = torch.searchsorted(order, values, right=False)
    not_higher = torch.searchsorted(order, values, right=True)
    beaten = (lower + not_higher).double() / 2  # a tie, also with itself: 1/2
    wins = (beaten * inside).sum(dim=1) - ours.double() ** 2 / 2
    return wins / (ours * others)


def best_channel(masks: Tensor, objects: Tensor) -> Channel:
    """The channel and sign that point at the object best, by the mean AUC of scenes.

    To be chosen on training scenes and scored on others: the best of many channels on
    the very scenes that it was chosen on looks better than it is.

    Args:
        masks: ``(N, C, H, W)``, at the objects' size.
        objects: true where the object is, bool, ``(N, H, W)``.

    Raises:
        TypeError, ValueError: as :func:`object_auc`, and where there is no scene or
            no channel.
    """
    require_values("masks", masks)
    if masks.dim() != 4 or 0 in masks.shape:
        raise ValueError(
            f"masks must have shape (N, C, H, W), got {tuple(masks.shape)}."
        )
    channels = masks.unbind(dim=1)               # C maps of (N, H, W)
    means = torch.stack([object_auc(m, objects).mean() for m in channels])
    index = int((means - 0.5).abs().argmax())
    return Channel(index, 1 if means[index] > 0.5 else -1)


def read_channel(masks: Tensor, channel: Channel) -> Tensor:
    """The map that a channel and its sign make of ``(N, C, H, W)``: ``(N, H, W)``."""
    require_channel(masks, channel)
    return channel.sign * masks[:, channel.index]


def require_channel(masks: Tensor, channel: Channel) -> None:
    """Refuse masks of another shape, and a channel that they do not have.

    Raises:
        TypeError: ``masks`` is no tensor, ``channel`` no :class:`Channel`, or its index
            no whole number.
        ValueError: the shape or a number does not fit.
    """
    require_tensor("masks", masks)
    require_fields("channel", channel, Channel)
    if masks.dim() != 4 or 0 in masks.shape:
        raise ValueError(
            f"masks must have shape (N, C, H, W), got {tuple(masks.shape)}."
        )
    most = masks.shape[1] - 1
    require_count("channel.index", channel.index, at_least=0, at_most=most)
    if not masks.is_floating_point():            # less a byte is another byte
        raise TypeError(f"masks must hold numbers with a fraction, got {masks.dtype}.")
    if isinstance(channel.sign, bool) or channel.sign not in (1, -1):
        raise ValueError(f"channel.sign must be 1 or -1, got {channel.sign!r}.")
