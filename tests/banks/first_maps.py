"""Answers to the exercise on one picture of many channels, right and wrong."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.experiments.first_look import one_map
from tests.banks import Answer


def map_by_norm(away, size):
    lengths = torch.linalg.vector_norm(away, dim=1) / away.shape[1] ** 0.5
    stretched = F.interpolate(
        lengths.unsqueeze(1), size=tuple(size), mode="bilinear", align_corners=True
    )
    return stretched.squeeze(1)


def map_by_loop(away, size):
    up = nn.Upsample(size=size, mode="bilinear", align_corners=True)
    maps = []
    for image in away:
        total = sum(channel**2 for channel in image)
        maps.append(up(torch.sqrt(total / len(image))[None, None])[0, 0])
    return torch.stack(maps)


def map_by_weights(away, size):
    def weights(many, few):
        at = torch.linspace(0, few - 1, many)[:, None]
        return (1 - (at - torch.arange(few)).abs()).clamp_min(0)

    one = (away * away).mean(1) ** 0.5
    rows, columns = (
        weights(*pair) for pair in zip(size, away.shape[-2:], strict=True)
    )
    return rows @ one @ columns.T


def map_without_axis(away, size):
    one = away.square().mean(dim=1).sqrt()
    return F.interpolate(one, size=size, mode="bilinear", align_corners=True)


def map_in_place(away, size):
    return one_map(away.square_().sqrt_(), size)


def map_of_shown_shape(away, size):
    return one_map(away.view(3, 5, 4, 6), size)


def map_as_array(away, size):
    return one_map(away, size).numpy()


def map_noisy(away, size):
    return one_map(away, size) + 0.01 * torch.rand(size)


RIGHT = [
    Answer("one_map", "a length, divided by the root of the channels", map_by_norm),
    Answer("one_map", "image by image", map_by_loop),
    Answer("one_map", "the stretch as two products", map_by_weights),
    Answer("one_map", "the package's", one_map),
]

WRONG = [
    Answer("one_map", "no axis of channels", map_without_axis, "keepdim"),
    Answer("one_map", "in place", map_in_place, "in-place"),
    Answer("one_map", "one shape only", map_of_shown_shape, "fixed"),
    Answer("one_map", "an array", map_as_array, "return"),
    Answer("one_map", "a little noise", map_noisy, "drawn"),
]
