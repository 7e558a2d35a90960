"""Answers to *How small may an image be?*"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from resattn_tutorial.models.attention_network import Stage
from resattn_tutorial.models.attention_network import smallest_map as packaged
from tests.banks import Answer

NAME = "smallest_map"


def closed_form(poolings):
    return max((2**d - 1) * 2**k + 1 for k, d in enumerate(poolings))


def by_search(poolings):
    size = 1
    while True:
        n, fits = size, True
        for d in poolings:
            fits = fits and n >= 2**d
            n = (n + 1) // 2
        if fits:
            return size
        size += 1


def backwards(poolings):
    """Right: from the last stage back, n pixels come from 2 n - 1."""
    need = 1
    for d in reversed(poolings):
        need = max(2 * need - 1, 2**d)
    return need


def by_pooling(poolings):
    """Right: pool a line of pixels, and see when it fails."""
    for size in range(1, 1000):
        line = torch.zeros(1, 1, size, size)
        try:
            for place, d in enumerate(poolings):
                if place:
                    line = line[..., ::2, ::2]
                low = line
                for _ in range(d):
                    if low.shape[-1] < 2:
                        raise RuntimeError
                    low = F.max_pool2d(low, 3, 2, ceil_mode=True)
        except RuntimeError:
            continue
        return torch.tensor(size)


RIGHT = [
    Answer(NAME, "the closed form", closed_form),
    Answer(NAME, "a search", by_search),
    Answer(NAME, "from the last stage back", backwards),
    Answer(NAME, "by pooling, as a tensor", by_pooling),
    Answer(NAME, "the package's own",
           lambda p: packaged([Stage(8, 1, d) for d in p])),
]


def destructive(poolings):
    need = 1
    while poolings:
        need = max(2 * need - 1, 2 ** poolings.pop())
    return need


def three_stages(poolings):
    first, second, third = poolings
    return closed_form((first, second, third))


WRONG = [
    Answer(NAME, "a list used up", destructive, "the caller's"),
    Answer(NAME, "three stages only", three_stages, "list's own"),
    Answer(NAME, "a float", lambda p: closed_form(p) / 1, "//"),
    Answer(NAME, "one size a stage",
           lambda p: [(2**d - 1) * 2**k + 1 for k, d in enumerate(p)], "whole"),
    Answer(NAME, "height and width", lambda p: (closed_form(p),) * 2, "whole"),
    Answer(NAME, "a tensor of two", lambda p: torch.tensor([closed_form(p)] * 2),
           "whole"),
    Answer(NAME, "ten times the poolings", lambda p: 10 * sum(p) + 1, None),
]
