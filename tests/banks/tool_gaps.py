"""Answers to *Predict the difference of two tools*."""

from __future__ import annotations

from collections import Counter

import torch

from tests.banks import Answer

NAME = "tool_gap"
FACTORS = {"batch norm": 2, "interpolation": 4}


def gap(factors=FACTORS, what="written"):
    """An answer: so many for each number of a kind."""
    def answer(found):
        return sum(factors.get(one.kind, 0) * getattr(one, what) for one in found)
    return answer


def in_a_loop(found):
    total = 0
    for _, kind, shape, *_ in found:
        size = 1
        for side in shape:
            size *= side
        if kind == "batch norm":
            total += 2 * size
        elif kind == "interpolation":
            total += 4 * size
    return total


def by_counter(found):
    written = Counter()
    for one in found:
        written[one.kind] += one.written
    return torch.tensor(2.0 * written["batch norm"] + 4.0 * written["interpolation"])


RIGHT = [
    Answer(NAME, "factors by kind", gap()),
    Answer(NAME, "a loop over shapes", in_a_loop),
    Answer(NAME, "sums by kind, as a tensor", by_counter),
]


def wrong(story, named, function):
    return Answer(NAME, story, function, named)


def plus(**more):
    """The right factors and others."""
    return gap(FACTORS | {name.replace("_", " "): n for name, n in more.items()})


def empties(found):
    total = 0
    while found:
        total += gap()([found.pop()])
    return total


def first_only(found):
    return next((gap()([one]) for one in found if one.kind in FACTORS), 0)


def by_path(found):
    return sum(2 * one.written if "bn" in one.path else
               4 * one.written * (one.kind == "interpolation") for one in found)


def one_image(found):
    return sum(gap()([one]) // one.shape[0] for one in found if one.kind in FACTORS)


def largest(found):
    return sum(factor * max([o.written for o in found if o.kind == kind], default=0)
               for kind, factor in FACTORS.items())


def work(found):
    return sum(one.multiply_adds for one in found)


def by_dictionary(found):
    last = {one.kind: one for one in found}
    return gap()(last.values())


def without_default(found):
    return sum({**FACTORS, "convolution": 0, "ReLU": 0}[one.kind] * one.written
               for one in found)


def returns_early(found):
    total = 0
    for one in found:
        total += gap()([one])
        return total


def always_true(found):
    return sum(2 * one.written for one in found
               if one.kind == "batch norm" or "interpolation")


def pixels(found):
    return sum(FACTORS[one.kind] * one.written // (one.shape[0] * one.shape[1])
               for one in found if one.kind in FACTORS)


WRONG = [
    wrong("no interpolations", "interpolations are missing", gap({"batch norm": 2})),
    wrong("no batch norms", "batch norms are missing", gap({"interpolation": 4})),
    wrong("batch norm once", "one product, one sum", plus(batch_norm=1)),
    wrong("interpolation once", "four neighbours", plus(interpolation=1)),
    wrong("both once", "batch norm counts 2", gap(dict.fromkeys(FACTORS, 1))),
    wrong("the factors exchanged", "exchanged", plus(batch_norm=4, interpolation=2)),
    wrong("as in training mode", "training", plus(batch_norm=5)),
    wrong("what is read", "not with what is read", gap(what="read")),
    wrong("what interpolations read", "not for each that it reads", lambda found: (
        gap({"batch norm": 2})(found) + gap({"interpolation": 4}, "read")(found))),
    wrong("how often", "how often", lambda found: sum(
        FACTORS.get(one.kind, 0) for one in found)),
    wrong("fvcore's total", "both tools agree", lambda found: (
        work(found) + gap()(found))),
    wrong("the multiply-adds", "both tools agree", work),
    wrong("less the multiply-adds", "count those once", lambda found: (
        gap()(found) - work(found))),
    wrong("the other way round", "sign", lambda found: -gap()(found)),
    wrong("ReLUs, too", "in silence", plus(ReLU=1)),
    wrong("sums and products, too", "sums and products", plus(sum=1, product=1)),
    wrong("poolings, too", "max poolings", plus(max_pooling=1)),
    wrong("poolings nine times", "max poolings", plus(max_pooling=9)),
    wrong("sigmoids, too", "sigmoids", plus(sigmoid=1)),
    wrong("everything else once", "sums, products and sigmoids", plus(
        ReLU=1, max_pooling=1, sum=1, product=1, sigmoid=1, mean=1)),
    wrong("by names", ".path", by_path),
    wrong("one image", "all images", one_image),
    wrong("the largest of each kind", "sizes of different maps", largest),
    wrong("empties the list", "pop", empties),
    wrong("the first one alone", None, first_only),
    wrong("the residual unit's number", "one number", lambda found: 2600),
    wrong("a dictionary", "no text, no lists", lambda found: {"gap": gap()(found)}),
    wrong("as text", "no text, no lists", lambda found: f"{gap()(found):,}"),
    wrong("printed", "the sum", lambda found: print(gap()(found), end="\r")),
    wrong("raises", None, lambda found: found["batch norm"]),
    wrong("means, too", "this mean", plus(mean=1)),
    wrong("equal operations once", "a set", lambda found: gap()(set(found))),
    wrong("the last of each kind", "do not overwrite", by_dictionary),
    wrong("two for both", "not 2 and 2", plus(interpolation=2)),
    wrong("twice too much", "not 4 and 8", plus(batch_norm=4, interpolation=8)),
    wrong("half of it", "not 1 and 2", plus(batch_norm=1, interpolation=2)),
    wrong("no other kind allowed", ".get", without_default),
    wrong("returns inside the loop", "behind the loop", returns_early),
    wrong("PyTorch's names", "spelled", gap({"batch_norm": 2, "upsample": 4})),
    wrong("a condition that always holds", "always true", always_true),
    wrong("the pixels of one channel", "all channels", pixels),
    wrong("everything without multiply-adds", "two kinds only", lambda found: sum(
        one.written for one in found if not one.multiply_adds)),
    wrong("one number for all", "one number", lambda found: 41_370_112),
]
