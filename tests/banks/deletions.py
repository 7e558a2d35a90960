"""Answers to the exercise on the test by deletion, right and wrong."""

from __future__ import annotations

import torch

from resattn_tutorial.metrics.deletion import delete
from resattn_tutorial.metrics.overlap import highest_pixels
from tests.banks import Answer


def delete_by_loop(images, maps, counts):
    found = images.clone()
    for image, values, count in zip(found, maps, counts.tolist(), strict=True):
        colour = image.mean(dim=(1, 2))
        places = values.flatten().topk(count).indices
        image.view(3, -1)[:, places] = colour[:, None]
    return found


def delete_by_threshold(images, maps, counts):
    values = maps.flatten(1).sort(dim=1, descending=True).values
    inf = torch.full_like(values[:, :1], -torch.inf)
    limit = torch.cat([values, inf], dim=1).gather(1, counts[:, None])
    marked = (maps > limit[..., None])[:, None]
    return images.mean((2, 3), keepdim=True) * marked + images * ~marked


def delete_by_scatter(images, maps, counts):
    order = maps.flatten(1).argsort(descending=True)
    chosen = torch.arange(order.shape[1]) < counts[:, None]
    marked = torch.zeros_like(chosen).scatter(1, order, chosen).view(maps.shape)
    return images.masked_fill(marked[:, None], 0) + images.mean(
        (2, 3), keepdim=True
    ) * marked[:, None]


def delete_with_the_package(images, maps, counts):
    return delete(images, highest_pixels(maps, counts))


def delete_topk_of_tensor(images, maps, counts):
    places = maps.flatten(1).topk(counts).indices
    return images.flatten(2).scatter(2, places[:, None], 0).view(images.shape)


def delete_fixed_size(images, maps, counts):
    return delete_by_loop(images.view(4, 3, 4, 6), maps, counts)


def delete_without_axis(images, maps, counts):
    rank = maps.flatten(1).argsort(descending=True).argsort()
    marked = (rank < counts[:, None]).view(maps.shape)
    return torch.where(marked, images.mean((2, 3), keepdim=True), images)


def delete_in_place(images, maps, counts):
    images.copy_(delete_by_loop(images, maps, counts))
    return images


RIGHT = [
    Answer("deletion", "image by image", delete_by_loop),
    Answer("deletion", "the first value that stays", delete_by_threshold),
    Answer("deletion", "scatter", delete_by_scatter),
    Answer("deletion", "the package's", delete_with_the_package),
]

WRONG = [
    Answer("deletion", "topk of a tensor", delete_topk_of_tensor, "count"),
    Answer("deletion", "one size only", delete_fixed_size, "size"),
    Answer("deletion", "no axis of channels", delete_without_axis, "None"),
    Answer("deletion", "in place", delete_in_place, "in-place"),
]
