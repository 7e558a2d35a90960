"""Answers to the exercise on overlaps, right and wrong."""

from __future__ import annotations

import torch

from resattn_tutorial.metrics.overlap import overlap
from tests.banks import Answer


def overlap_by_loop(marked, objects):
    scores = []
    for ours, theirs in zip(marked, objects, strict=True):
        both = either = 0
        for one, other in zip(ours.flatten(), theirs.flatten(), strict=True):
            both += bool(one) and bool(other)
            either += bool(one) or bool(other)
        scores.append(both / either)
    return torch.tensor(scores)


def overlap_by_counts(marked, objects):
    a, b = marked.flatten(1).double(), objects.flatten(1).double()
    both = (a * b).sum(1)
    return both / (a.sum(1) + b.sum(1) - both)


def overlap_fixed_size(marked, objects):
    return overlap(marked.view(5, 6, 7), objects)


def overlap_of_differences(marked, objects):
    return 1 - (marked - objects).abs().sum((1, 2)) / (marked | objects).sum((1, 2))


def overlap_as_list(marked, objects):
    return overlap(marked, objects).tolist()


def overlap_in_place(marked, objects):
    both = marked.logical_and_(objects).sum((1, 2))
    return both / (marked | objects).sum((1, 2))


RIGHT = [
    Answer("overlap", "pixel by pixel", overlap_by_loop),
    Answer("overlap", "from three counts", overlap_by_counts),
    Answer("overlap", "the package's", overlap),
]

WRONG = [
    Answer("overlap", "one size only", overlap_fixed_size, "size"),
    Answer("overlap", "a difference of booleans", overlap_of_differences, "booleans"),
    Answer("overlap", "a list", overlap_as_list, "return"),
    Answer("overlap", "in place", overlap_in_place, "in-place"),
]
