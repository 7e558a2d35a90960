"""Answers to "Repair the module": ``after((1 + M(x)) * T(x))`` from its parts."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def repaired(x, trunk, mask, after):
    features = trunk(x)
    return after((1 + mask(x)) * features)


def spread_out(x, trunk, mask, after):
    features, weights = trunk(x), mask(x)
    return after(features + weights * features)


def by_torch(x, trunk, mask, after):
    features = trunk(x)
    return after(torch.addcmul(features, mask(x), features))


def in_place_on_its_own(x, trunk, mask, after):
    features = trunk(x)
    merged = mask(x) * features
    merged += features
    return after(merged)


class Repaired(nn.Module):
    def forward(self, x, trunk, mask, after):
        weights = mask(x).add(1)
        return after(torch.einsum("nchw,nchw->nchw", weights, trunk(x)))


RIGHT = [
    ("as the chapter has it", repaired),
    ("spread out", spread_out),
    ("torch.addcmul", by_torch),
    ("in place on its own product", in_place_on_its_own),
    ("a module object, called like a function", Repaired()),
]


def input_and_early(x, trunk, mask, after):
    return x + mask(x) * after(trunk(x))


def input_and_mask(x, trunk, mask, after):
    features = trunk(x)
    return after(x + mask(features) * features)


def twice(x, trunk, mask, after):
    return after(trunk(x) + mask(x) * trunk(x))


def mask_twice(x, trunk, mask, after):
    mask(x)
    return after((1 + mask(x)) * trunk(x))


def shown_size(x, trunk, mask, after):
    return repaired(x.view(2, 3, 5, 4), trunk, mask, after)


def noisy(x, trunk, mask, after):
    return after((1 + F.dropout(mask(x), 0.2)) * trunk(x))


def in_place_on_the_mask(x, trunk, mask, after):
    weights, features = mask(x), trunk(x)
    weights += 1
    weights *= features
    return after(weights)


def by_matrices(x, trunk, mask, after):
    features = trunk(x)
    return after(features + mask(x) @ features)


WRONG = [
    ("the input added, after too early", input_and_early, "; and "),
    ("the input added, the trunk masked", input_and_mask, "; and "),
    ("no mask", lambda x, t, m, a: a(t(x)), "merge is missing"),
    ("its input", lambda x, t, m, a: x, "as it was"),
    ("no trunk", lambda x, t, m, a: a((1 + m(x)) * x), "left out"),
    ("after and trunk swapped",
     lambda x, t, m, a: t((1 + m(x)) * a(x)), "left out, or swapped"),
    ("the trunk and 1 + mask", lambda x, t, m, a: a(t(x) + (1 + m(x)) * t(x)), "twice"),
    ("the input masked", lambda x, t, m, a: a(t((1 + m(x)) * x)), "nothing before"),
    ("a product of matrices", by_matrices, "`@`"),
    ("in place on the mask", in_place_on_the_mask, "in-place"),
    ("the trunk called twice", twice, "name"),
    ("the mask called twice", mask_twice, "name"),
    ("one size only", shown_size, "fixed size"),
    ("the mean", lambda x, t, m, a: repaired(x, t, m, a).mean(), "axes"),
    ("dropout", noisy, "drawn"),
]
