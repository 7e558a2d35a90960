"""Answers to *Cut a window out of each image*."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from tests.banks import Answer

NAME = "windows"


def sizes(padded, pad):
    return padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad


def by_index(padded, corners, pad):
    count, channels = padded.shape[:2]
    height, width = sizes(padded, pad)
    rows = corners[:, :1] + torch.arange(height)
    columns = corners[:, 1:] + torch.arange(width)
    image = torch.arange(count).view(-1, 1, 1, 1)
    channel = torch.arange(channels).view(1, -1, 1, 1)
    return padded[image, channel, rows[:, None, :, None], columns[:, None, None, :]]


def by_unfold(padded, corners, pad):
    """Right: all windows as a view, and one of them for each image."""
    height, width = sizes(padded, pad)
    views = padded.unfold(2, height, 1).unfold(3, width, 1)
    return views[torch.arange(len(padded)), :, corners[:, 0], corners[:, 1]]


def by_gather(padded, corners, pad):
    """Right: rows first, then columns."""
    height, width = sizes(padded, pad)
    channels, wide = padded.shape[1], padded.shape[3]
    rows = (corners[:, 0, None] + torch.arange(height))[:, None, :, None]
    kept = padded.gather(2, rows.expand(-1, channels, -1, wide))
    columns = (corners[:, 1, None] + torch.arange(width))[:, None, None, :]
    return kept.gather(3, columns.expand(-1, channels, height, -1))


def channels_moved(padded, corners, pad):
    """Right: the colon's axis comes last, and is moved back."""
    height, width = sizes(padded, pad)
    image = torch.arange(len(padded))[:, None, None]
    rows = corners[:, 0, None, None] + torch.arange(height)[None, :, None]
    columns = corners[:, 1, None, None] + torch.arange(width)[None, None, :]
    return padded[image, :, rows, columns].permute(0, 3, 1, 2)


def flat(padded, corners, pad):
    """Right: one number for each pixel of the flat image."""
    height, width = sizes(padded, pad)
    wide = padded.shape[3]
    inside = torch.arange(height)[:, None] * wide + torch.arange(width)
    place = (corners[:, 0] * wide + corners[:, 1])[:, None, None] + inside
    place = place.view(len(padded), 1, -1).expand(-1, padded.shape[1], -1)
    return padded.flatten(2).gather(2, place).unflatten(2, (height, width))


def by_vmap(padded, corners, pad):
    """Right: the code for one image, for all at once."""
    height, width = sizes(padded, pad)
    rows, columns = torch.arange(height)[:, None], torch.arange(width)

    def one(image, corner):
        return image[:, corner[0] + rows, corner[1] + columns]

    return torch.vmap(one)(padded, corners)


def in_numpy(padded, corners, pad):
    """Right: NumPy's index arrays, without a loop."""
    height, width = sizes(padded, pad)
    places, images = corners.numpy(), np.arange(len(padded))[:, None, None, None]
    rows = places[:, 0, None] + np.arange(height)
    columns = places[:, 1, None] + np.arange(width)
    channels = np.arange(padded.shape[1])[:, None, None]
    return torch.from_numpy(padded.numpy()[
        images, channels, rows[:, None, :, None], columns[:, None, None, :]
    ])


def by_mask(padded, corners, pad):
    """Right: the pixels that lie in the window, in their order."""
    height, width = sizes(padded, pad)
    rows = torch.arange(padded.shape[2]) - corners[:, :1]
    columns = torch.arange(padded.shape[3]) - corners[:, 1:]
    inside = ((rows >= 0) & (rows < height))[:, None, :, None]
    inside = inside & ((columns >= 0) & (columns < width))[:, None, None, :]
    count, channels = padded.shape[:2]
    return padded[inside.expand_as(padded)].view(count, channels, height, width)


def by_offsets(padded, corners, pad):
    """Right: a loop over the places a corner can be, whatever the number of images."""
    height, width = sizes(padded, pad)
    out = torch.zeros_like(padded[:, :, :height, :width])
    for top in range(2 * pad + 1):
        for left in range(2 * pad + 1):
            here = (corners == torch.tensor([top, left])).all(1).view(-1, 1, 1, 1)
            view = padded[:, :, top:top + height, left:left + width]
            out = torch.where(here, view, out)
    return out


RIGHT = [
    Answer(NAME, "NumPy's index arrays", in_numpy),
    Answer(NAME, "by a mask", by_mask),
    Answer(NAME, "by index", by_index),
    Answer(NAME, "by unfold", by_unfold),
    Answer(NAME, "by gather", by_gather),
    Answer(NAME, "the channels moved back", channels_moved),
    Answer(NAME, "by vmap", by_vmap),
    Answer(NAME, "in the flat image", flat),
    Answer(NAME, "a loop over corners", by_offsets),
]


def looped(change=lambda view: view):
    """An answer that cuts image by image; ``change`` is done to the stack."""

    def answer(padded, corners, pad):
        height, width = sizes(padded, pad)
        views = [
            image[:, top:top + height, left:left + width]
            for image, (top, left) in zip(padded, corners.tolist(), strict=True)
        ]
        return change(torch.stack(views))

    return answer


def sliced(padded, corners, pad):
    height, width = sizes(padded, pad)
    top, left = corners[:, 0], corners[:, 1]
    return padded[:, :, top:top + height, left:left + width]


def looped_in_numpy(padded, corners, pad):
    height, width = sizes(padded, pad)
    return torch.from_numpy(np.stack([
        image[:, top:top + height, left:left + width]
        for image, (top, left) in zip(padded.numpy(), corners.numpy(), strict=True)
    ]))


def looped_in_lists(padded, corners, pad):
    height, width = sizes(padded, pad)
    views = []
    for image, (top, left) in zip(padded.tolist(), corners.tolist(), strict=True):
        views.append([
            [row[left:left + width] for row in channel[top:top + height]]
            for channel in image
        ])
    return torch.tensor(views, dtype=padded.dtype)


def by_grid_sample(padded, corners, pad):
    count, _, high, wide = padded.shape
    height, width = sizes(padded, pad)
    rows = (corners[:, :1] + torch.arange(height)) * 2 / (high - 1) - 1
    columns = (corners[:, 1:] + torch.arange(width)) * 2 / (wide - 1) - 1
    grid = torch.stack([
        columns[:, None, :].expand(count, height, width),
        rows[:, :, None].expand(count, height, width),
    ], dim=-1)
    views = F.grid_sample(padded.float(), grid.float(), align_corners=True)
    return views.to(padded.dtype)


WRONG = [
    Answer(NAME, "a loop in NumPy", looped_in_numpy, "a loop"),
    Answer(NAME, "a loop over lists", looped_in_lists, "a loop"),
    Answer(NAME, "bytes through floats", by_grid_sample, "rounded"),
    Answer(NAME, "a loop over the images", looped(), "a loop"),
    Answer(NAME, "a loop, channels last",
           looped(lambda views: views.permute(0, 2, 3, 1)), "channels came last"),
    Answer(NAME, "the result turned", looped(lambda v: v.transpose(2, 3)), "swapped"),
    Answer(NAME, "channels first", looped(lambda v: v.transpose(0, 1)), "first"),
    Answer(NAME, "sliced by tensors", sliced, "row numbers"),
    Answer(NAME, "turned round", looped(lambda v: v.flip(0)), "another order"),
    Answer(NAME, "a list", lambda *case: list(by_index(*case)), "one tensor"),
    Answer(NAME, "mirrored", looped(lambda v: v.flip(3)), "mirrored"),
]
