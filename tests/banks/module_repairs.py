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


def broken(x, trunk, mask, after):
    features = trunk(x)
    weights = mask(features)
    return x + weights * after(features)


def adds_the_input(x, trunk, mask, after):
    return after(x + mask(x) * trunk(x))


def mask_of_the_trunk(x, trunk, mask, after):
    features = trunk(x)
    return after((1 + mask(features)) * features)


def after_too_early(x, trunk, mask, after):
    return (1 + mask(x)) * after(trunk(x))


def after_on_the_product(x, trunk, mask, after):
    features = trunk(x)
    return features + mask(x) * after(features)


def after_only_on_the_product(x, trunk, mask, after):
    features = trunk(x)
    return features + after(mask(x) * features)


def input_and_early(x, trunk, mask, after):
    return x + mask(x) * after(trunk(x))


def input_and_mask(x, trunk, mask, after):
    features = trunk(x)
    return after(x + mask(features) * features)


def early_and_mask(x, trunk, mask, after):
    features = trunk(x)
    return (1 + mask(features)) * after(features)


def naive(x, trunk, mask, after):
    return after(mask(x) * trunk(x))


def twice(x, trunk, mask, after):
    return after(trunk(x) + mask(x) * trunk(x))


def mask_twice(x, trunk, mask, after):
    mask(x)
    return after((1 + mask(x)) * trunk(x))


def in_place(x, trunk, mask, after):
    weights, features = mask(x), trunk(x)
    x.copy_((1 + weights) * features)
    return after(x)


def cut(x, trunk, mask, after):
    features = trunk(x)
    return after((1 + mask(x).detach()) * features)


def cut_trunk(x, trunk, mask, after):
    features = trunk(x)
    return after(features + (mask(x) * features).detach())


def without_graph(x, trunk, mask, after):
    with torch.no_grad():
        return repaired(x, trunk, mask, after)


def shown_size(x, trunk, mask, after):
    return repaired(x.view(2, 3, 5, 4), trunk, mask, after)


def with_mask(x, trunk, mask, after):
    weights = mask(x)
    return after((1 + weights) * trunk(x)), weights


def no_return(x, trunk, mask, after):
    repaired(x, trunk, mask, after)


def float32(x, trunk, mask, after):
    return repaired(x, trunk, mask, after).float()


def noisy(x, trunk, mask, after):
    return after((1 + F.dropout(mask(x), 0.2)) * trunk(x))


def extra_shortcut(x, trunk, mask, after):
    return x + repaired(x, trunk, mask, after)


def input_weighed(x, trunk, mask, after):
    return after(trunk(x) + mask(x) * x)


def with_x_too(x, trunk, mask, after):
    features = trunk(x)
    return after(x + (1 + mask(x)) * features)


def in_place_on_the_mask(x, trunk, mask, after):
    weights, features = mask(x), trunk(x)
    weights += 1
    weights *= features
    return after(weights)


def by_matrices(x, trunk, mask, after):
    features = trunk(x)
    return after(features + mask(x) @ features)


def after_on_both(x, trunk, mask, after):
    features, weights = trunk(x), mask(x)
    return after(features) + after(weights * features)


def residual_part(x, trunk, mask, after):
    return after(x + (1 + mask(x)) * (trunk(x) - x))


def ReLUed(x, trunk, mask, after):
    return after(((1 + mask(x)) * trunk(x)).relu())


WRONG = [
    ("as it was", broken, "; and "),
    ("the input added", adds_the_input, "not the module's input"),
    ("the mask of the trunk's output", mask_of_the_trunk, "reads the module's input"),
    ("after before the merge", after_too_early, "comes last"),
    ("after inside the product", after_on_the_product, "comes last"),
    ("after on the product alone", after_only_on_the_product, "whole sum"),
    ("the input added, after too early", input_and_early, "; and "),
    ("the input added, the trunk masked", input_and_mask, "; and "),
    ("after too early, the trunk masked", early_and_mask, "; and "),
    ("naive", naive, "Equation 1"),
    ("no mask", lambda x, t, m, a: a(t(x)), "merge is missing"),
    ("its input", lambda x, t, m, a: x, "as it was"),
    ("no after", lambda x, t, m, a: (1 + m(x)) * t(x), "missing"),
    ("no trunk", lambda x, t, m, a: a((1 + m(x)) * x), "left out"),
    ("a sum", lambda x, t, m, a: a(t(x) + m(x)), "multiplied"),
    ("minus", lambda x, t, m, a: a((1 - m(x)) * t(x)), "sign"),
    ("no brackets", lambda x, t, m, a: a(1 + m(x) * t(x)), "brackets"),
    ("a second sigmoid", lambda x, t, m, a: a((1 + m(x).sigmoid()) * t(x)), "finished"),
    ("a hard mask", lambda x, t, m, a: a((1 + (m(x) > 0.5)) * t(x)), "finished"),
    ("one weight a map",
     lambda x, t, m, a: a((1 + m(x).mean((2, 3), True)) * t(x)), "finished"),
    ("trunk and mask exchanged", lambda x, t, m, a: a((1 + t(x)) * m(x)), "exchanged"),
    ("after and trunk exchanged",
     lambda x, t, m, a: t((1 + m(x)) * a(x)), "left out, or exchanged"),
    ("the trunk after itself", lambda x, t, m, a: a((1 + m(x)) * t(t(x))), "twice"),
    ("the trunk and 1 + mask", lambda x, t, m, a: a(t(x) + (1 + m(x)) * t(x)), "twice"),
    ("the input weighed", input_weighed, "weighs the trunk"),
    ("the input as well", with_x_too, "too often"),
    ("the input at the end", extra_shortcut, "shortcut of its own"),
    ("after twice", lambda x, t, m, a: a(a((1 + m(x)) * t(x))), "once"),
    ("after on both terms", after_on_both, "whole sum"),
    ("the input masked", lambda x, t, m, a: a(t((1 + m(x)) * x)), "nothing before"),
    ("what the trunk adds", residual_part, "whole output"),
    ("clamped", lambda x, t, m, a: a((1 + m(x).clamp(0, 1)) * t(x)), "finished"),
    ("a softmax", lambda x, t, m, a: a((1 + m(x).softmax(1)) * t(x)), "finished"),
    ("a product of matrices", by_matrices, "`@`"),
    ("in place on the mask", in_place_on_the_mask, "in-place"),
    ("a ReLU", ReLUed, "no ReLU"),
    ("a ReLU at the end", lambda x, t, m, a: repaired(x, t, m, a).relu(), "no ReLU"),
    ("the trunk called twice", twice, "name"),
    ("the mask called twice", mask_twice, "name"),
    ("in place", in_place, "in-place"),
    ("mask detached", cut, "detach"),
    ("product detached", cut_trunk, "detach"),
    ("no_grad", without_graph, "no_grad"),
    ("one size only", shown_size, "fixed size"),
    ("always float32", float32, "float"),
    ("output and mask", with_mask, "return"),
    ("no return", no_return, "return"),
    ("the mean", lambda x, t, m, a: repaired(x, t, m, a).mean(), "axes"),
    ("dropout", noisy, None),
    ("a class", Repaired, "function"),
    ("fewer arguments", lambda x, trunk: trunk(x), "arguments"),
]
