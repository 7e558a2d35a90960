"""Answers to *How small may an image be?*"""

from __future__ import annotations

import math

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


def largest(each):
    """An answer that takes the largest of ``each(halvings, poolings)``."""
    return lambda poolings: max(each(k, d) for k, d in enumerate(poolings))


def destructive(poolings):
    need = 1
    while poolings:
        need = max(2 * need - 1, 2 ** poolings.pop())
    return need


def three_stages(poolings):
    first, second, third = poolings
    return closed_form((first, second, third))


def three_by_index(poolings):
    return closed_form([poolings[k] for k in range(3)])


def rounding_down(poolings):
    size = 1
    while not all(size // 2**k >= 2**d for k, d in enumerate(poolings)):
        size += 1
    return size


def with_the_stem(poolings):
    return 4 * closed_form(poolings) - 1


def masks_rounding_up(poolings):
    return max((2 ** (d - 1) if d else 0) * 2**k + 1 for k, d in enumerate(poolings))


def stage_by_stage(before, start=1, backwards=True):
    """An answer that goes from stage to stage: ``before(needed, poolings)``."""
    def answer(poolings):
        needed = start
        for d in poolings[::-1] if backwards else poolings:
            needed = before(needed, d)
        return needed
    return answer


def by_trial(enough, halved, start=1, stop=10**6):
    """An answer that tries one size after another."""
    def answer(poolings):
        for size in range(start, stop):
            n, fits = size, True
            for d in poolings:
                fits = fits and enough(n, d)
                n = halved(n)
            if fits:
                return size
    return answer


def at_least(n, d):
    return n >= 2**d


def up(n):
    return (n + 1) // 2


WRONG = [
    Answer(NAME, "from the last stage back, twice each",
           stage_by_stage(lambda n, d: max(2 * n, 2**d)), "rounds odd"),
    Answer(NAME, "from the first stage on",
           stage_by_stage(lambda n, d: max(2 * n - 1, 2**d), backwards=False),
           "last stage"),
    Answer(NAME, "from the last stage back, 2 d for 2^d",
           stage_by_stage(lambda n, d: max(2 * n - 1, 2 * d)), "2 d"),
    Answer(NAME, "no pixel without poolings",
           stage_by_stage(lambda n, d: max(2 * n - 1, 2**d if d else 0), 0),
           "one pixel"),
    Answer(NAME, "a search from 2 on", by_trial(at_least, up, start=2), "one pixel"),
    Answer(NAME, "a search that ends at 32", by_trial(at_least, up, stop=33),
           "without a return"),
    Answer(NAME, "a search with round()",
           by_trial(at_least, lambda n: round(n / 2)), "even side"),
    Answer(NAME, "a search for more than 2^d",
           by_trial(lambda n, d: n > 2**d, up), "not more than"),
    Answer(NAME, "the stage with the most poolings",
           lambda p: (2 ** max(p) - 1) * 2 ** p.index(max(p)) + 1, "that decides"),
    Answer(NAME, "powers of two", largest(lambda k, d: 2 ** (d + k)), "rounds odd"),
    Answer(NAME, "a search that rounds down", rounding_down, "rounds odd"),
    Answer(NAME, "one halving after another", lambda p: 2 ** (sum(p) + len(p) - 1),
           "comes back"),
    Answer(NAME, "all poolings in a row", lambda p: 2 ** sum(p), "comes back"),
    Answer(NAME, "one pixel short", largest(lambda k, d: (2**d - 1) * 2**k),
           "one pixel short"),
    Answer(NAME, "one pixel more", lambda p: closed_form(p) + 1, "one pixel more"),
    Answer(NAME, "the masks alone", largest(lambda k, d: 2**d), "only the masks"),
    Answer(NAME, "the most poolings, at the end",
           lambda p: 2 ** max(p) * 2 ** (len(p) - 1), "need not stand"),
    Answer(NAME, "the most poolings, at the end, rounding up",
           lambda p: (2 ** max(p) - 1) * 2 ** (len(p) - 1) + 1, "need not stand"),
    Answer(NAME, "the first stage", lambda p: 2 ** p[0], "first stage"),
    Answer(NAME, "the last stage",
           lambda p: (2 ** p[-1] - 1) * 2 ** (len(p) - 1) + 1, "last stage"),
    Answer(NAME, "the last stage, rounding down",
           lambda p: 2 ** (p[-1] + len(p) - 1), "last stage"),
    Answer(NAME, "the smallest of them",
           lambda p: min((2**d - 1) * 2**k + 1 for k, d in enumerate(p)), "largest of"),
    Answer(NAME, "their sum",
           lambda p: sum((2**d - 1) * 2**k + 1 for k, d in enumerate(p)), "their sum"),
    Answer(NAME, "halved before the first stage",
           largest(lambda k, d: (2**d - 1) * 2 ** (k + 1) + 1), "keeps the stem's"),
    Answer(NAME, "halved before the first stage, rounding down",
           largest(lambda k, d: 2 ** (d + k + 1)), "keeps the stem's"),
    Answer(NAME, "masks that round up", masks_rounding_up, "rounded down"),
    Answer(NAME, "windows that must fit",
           largest(lambda k, d: (3 * 2 ** (d - 1) - 1 if d else 0) * 2**k + 1),
           "window of 3"),
    Answer(NAME, "down to 7 x 7", largest(lambda k, d: (7 * 2**d - 1) * 2**k + 1),
           "7 x 7"),
    Answer(NAME, "2 d for 2^d", largest(lambda k, d: 2 * d * 2**k), "2 d"),
    Answer(NAME, "the image", with_the_stem, "behind the stem"),
    Answer(NAME, "the next power of two",
           lambda p: 2 ** math.ceil(math.log2(closed_form(p))), "power of"),
    Answer(NAME, "always 8", lambda p: 8, "same size"),
    Answer(NAME, "a list used up", destructive, "caller's list"),
    Answer(NAME, "three stages only", three_stages, "list's own"),
    Answer(NAME, "three stages by index", three_by_index, "list's own"),
    Answer(NAME, "a float", lambda p: closed_form(p) / 1, "//"),
    Answer(NAME, "one size a stage",
           lambda p: [(2**d - 1) * 2**k + 1 for k, d in enumerate(p)], "whole"),
    Answer(NAME, "height and width", lambda p: (closed_form(p),) * 2, "whole"),
    Answer(NAME, "a tensor of two", lambda p: torch.tensor([closed_form(p)] * 2),
           "whole"),
    Answer(NAME, "nothing", lambda p: None, "without a return"),
    Answer(NAME, "ten times the poolings", lambda p: 10 * sum(p) + 1, None),
    Answer(NAME, "a number, no function", 8, "brackets"),
]
