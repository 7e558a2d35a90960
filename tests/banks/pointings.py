"""Answers to *Judge a mask*, right and wrong."""

from __future__ import annotations

import torch

from resattn_tutorial.metrics.localisation import best_channel, object_auc, read_channel
from tests.banks import Answer
from tests.banks.map_scores import auc_by_loop

NAME = "pointing"


def solution(masks, objects, new_masks, new_objects):
    maps = read_channel(new_masks, best_channel(masks, objects))
    own = object_auc(maps, new_objects).mean().item()
    another = object_auc(maps, new_objects.roll(1, 0)).mean().item()
    return own, another


def by_loop(masks, objects, new_masks, new_objects):
    best, index, sign = -1.0, 0, 1
    for c in range(masks.shape[1]):
        scores = [auc_by_loop(m[c], o) for m, o in zip(masks, objects, strict=True)]
        mean = sum(scores) / len(scores)
        if abs(mean - 0.5) > best:
            best, index, sign = abs(mean - 0.5), c, 1 if mean > 0.5 else -1
    count = len(new_masks)
    return [
        sum(auc_by_loop(sign * new_masks[n, index], new_objects[n - back])
            for n in range(count)) / count
        for back in (0, 1)
    ]


def with_cat(masks, objects, new_masks, new_objects):
    index, sign = best_channel(masks, objects)
    maps = new_masks[:, index] * sign
    before = torch.cat([new_objects[-1:], new_objects[:-1]])
    return tuple(
        float(object_auc(maps, chosen).mean()) for chosen in (new_objects, before)
    )


def in_tensors(*given):
    return tuple(map(torch.tensor, solution(*given)))


def of_each_scene(masks, objects, new_masks, new_objects):
    maps = read_channel(new_masks, best_channel(masks, objects))
    return object_auc(maps, new_objects), object_auc(maps, new_objects.roll(1, 0))


def of_training_objects(masks, objects, new_masks, new_objects):
    maps = read_channel(new_masks, best_channel(masks, objects))
    return object_auc(maps, new_objects).mean().item(), object_auc(
        maps, objects).mean().item()


def of_all_channels(masks, objects, new_masks, new_objects):
    return object_auc(new_masks, new_objects).mean().item(), 0.5


RIGHT = [
    Answer(NAME, "plainly", solution),
    Answer(NAME, "by loops, as a list", by_loop),
    Answer(NAME, "the scene before by cat", with_cat),
]

WRONG = [
    Answer(NAME, "tensors of one number", in_tensors, ".item()"),
    Answer(NAME, "scores of each scene", of_each_scene, "the mean of all new scenes"),
    Answer(NAME, "own alone", lambda *g: solution(*g)[0], "return own, another"),
    Answer(NAME, "a dictionary", lambda *g: {"own": solution(*g)[0]}, "return own"),
    Answer(NAME, "as text", lambda *g: tuple(map(str, solution(*g))), "return own"),
    Answer(NAME, "training scenes' objects", of_training_objects),
    Answer(NAME, "all channels at once", of_all_channels, "one channel at a time"),
]
