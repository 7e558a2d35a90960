"""Answers to "Name the activation": tell masks apart by what they must obey."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from resattn_tutorial.models.mask_activations import (
    channel_attention,
    spatial_attention,
)

MAP = (2, 3)


def told(is_channel, is_spatial):
    """An answer that asks two questions, one after the other."""

    def answer(mask):
        if is_channel(mask):
            return "channel"
        return "spatial" if is_spatial(mask) else "mixed"

    return answer


def unchanged(mask):
    return torch.allclose(channel_attention(mask), mask, atol=1e-4)


def standard(mask):
    raw = torch.logit(mask)
    return torch.allclose(spatial_attention(raw), mask, atol=1e-4)


def unit(mask):
    length = mask.square().sum(1)
    return bool((((length - 1).abs() < 1e-3) | (length == 0)).all())


def centred(mask, axes=MAP):
    raw = mask.double().logit()
    mean, size = raw.mean(axes), raw.std(axes, correction=0)
    flat = size < 1e-6
    return bool((mean.abs() < 1e-3).all() and ((size - 1).abs()[~flat] < 1e-2).all())


def by_loops(mask):
    if all(abs(p.norm().item() - 1) < 1e-3 or p.norm() == 0
           for image in mask for p in image.flatten(1).T):
        return "channel"
    maps = [m.logit() for image in mask for m in image]
    spatial = all(
        abs(m.mean()) < 1e-3 and (m.max() == m.min() or abs(m.pow(2).mean() - 1) < 0.01)
        for m in maps
    )
    return "spatial" if spatial else "mixed"


def negative(mask):
    return bool((mask < 0).any())


def nothing_flat(mask):
    raw = mask.logit()
    size = raw.std(MAP, correction=0)
    return bool((raw.mean(MAP).abs() < 1e-3).all() and ((size - 1).abs() < 1e-2).all())


def nearly_half(mask):
    return bool(((mask.mean(MAP) - 0.5).abs() < 0.05).all())


def faint(mask):
    return nearly_half(mask) and bool(mask.std() < 0.22)


RIGHT = [
    ("once more changes nothing", told(unchanged, standard)),
    ("lengths, means and deviations", told(unit, centred)),
    ("loops", by_loops),
    ("instance norm of the logits", told(unit, lambda m: torch.allclose(
        F.instance_norm(m.logit()), m.logit(), atol=1e-2))),
    ("spatial asked last, by the logit's definition", told(unit, lambda m: centred(
        m.double().clamp(1e-12, 1 - 1e-12)))),
    ("means and deviations, flat maps not thought of", told(unit, nothing_flat)),
    ("the first image alone", told(unit, lambda m: centred(m[:1]))),
    ("spatial asked first", lambda m: "spatial" if standard(m) else (
        "channel" if unchanged(m) else "mixed")),
]

WRONG = [
    ("always channel", lambda mask: "channel", "no effect"),
    ("a sum of 1", told(lambda m: bool(((m.sum(1) - 1).abs() < 1e-3).all()), centred),
     "squares"),
    ("lengths of maps", told(
        lambda m: bool(((m.square().sum(MAP) - 1).abs() < 1e-3).all()), centred),
     "squares"),
    ("an average near 0.5, and faint", told(unit, faint), "deviation must be 1"),
    ("channel never", told(lambda m: False, lambda m: not negative(m) and centred(m)),
     "squares"),
    ("a number", lambda mask: 0, "one word"),
    ("a pair", lambda mask: ("mixed", 0.9), "one word"),
    ("another word", lambda mask: "sigmoid", "one word"),
    ("a capital", lambda mask: told(unit, centred)(mask).title(), "one word"),
    ("true", lambda mask: unit(mask), "one word"),
    ("one size only", lambda mask: told(unit, centred)(mask.view(2, 3, 5, 6)), "fixed"),
    ("a guess", lambda mask: ("mixed", "channel", "spatial")[
        int(torch.randint(3, ()))], "drawn"),
]
