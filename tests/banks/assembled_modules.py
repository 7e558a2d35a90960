"""Answers to *Wire a module*.

Most are written as wirings of a module's four parts, and split the row of units first.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.models.attention_module import naive_attention, residual_attention


def split(wiring):
    """A wiring of four parts as an answer, which gets a row of units."""
    def answer(units, mask, p, t, x):
        rows = units[:p], units[p : p + t], units[p + t :]
        before, trunk, after = (nn.Sequential(*row) for row in rows)
        return wiring(before, trunk, mask, after, x)
    return answer


def cut(first, last, end=None):
    """The right wiring of rows that are cut in other places."""
    def answer(units, mask, p, t, x):
        a, b = first(p, t), last(p, t)
        rows = units[:a], units[a:b], units[b:end]
        before, trunk, after = (nn.Sequential(*row) for row in rows)
        return as_shown(before, trunk, mask, after, x)
    return answer


def with_loops(units, mask, p, t, x):
    for unit in units[:p]:
        x = unit(x)
    m, y = mask(x), x
    for unit in units[p : p + t]:
        y = unit(y)
    y = y + m * y
    for unit in units[p + t :]:
        y = unit(y)
    return y


def by_taking_from_the_list(units, mask, p, t, x):
    left = iter(units)
    for _ in range(p):
        x = next(left)(x)
    y = x
    for _ in range(t):
        y = next(left)(y)
    y = residual_attention(mask(x), y)
    for unit in left:
        y = unit(y)
    return y


def reversed_units(units, mask, p, t, x):
    return split(as_shown)(units[::-1], mask, p, t, x)


def one_behind(units, mask, p, t, x):
    return split(as_shown)(units[: p + t + 1], mask, p, t, x)


def last_behind(units, mask, p, t, x):
    return split(as_shown)([*units[: p + t], units[-1]], mask, p, t, x)


def as_shown(before, trunk, mask, after, x):
    x = before(x)
    return after((1 + mask(x)) * trunk(x))


def step_by_step(before, trunk, mask, after, x):
    split = before(x)
    weights = mask(split)
    features = trunk(split)
    features = features + weights.mul(features)
    return after(features)


def by_the_package(before, trunk, mask, after, x):
    start = before(x)
    return after(residual_attention(mask(start), trunk(start)))


def in_one_line(before, trunk, mask, after, x):
    return nn.Sequential(
        before, type("Middle", (nn.Module,), {
            "forward": lambda self, b: torch.addcmul(t := trunk(b), t, mask(b))
        })(), after,
    )(x)


class Wiring(nn.Module):
    def forward(self, units, mask, p, t, x):
        return with_loops(units, mask, p, t, x)


def wired(merge=lambda m, t, b, x: (1 + m) * t, end=lambda y, b, x: y):
    """The right wiring with another merge, or with more at its end."""
    def answer(before, trunk, mask, after, x):
        b = before(x)
        return end(after(merge(mask(b), trunk(b), b, x)), b, x)
    return split(answer)


def fed(mask_reads, trunk_reads=lambda x, b, t: b):
    """The right wiring whose mask or trunk reads something else."""
    def answer(before, trunk, mask, after, x):
        b = before(x)
        t = trunk(trunk_reads(x, b, None))
        return after((1 + mask(mask_reads(x, b, t))) * t)
    return split(answer)


def twice_before(before, trunk, mask, after, x):
    return after((1 + mask(before(x))) * trunk(before(x)))


def twice_trunk(before, trunk, mask, after, x):
    b = before(x)
    return after(trunk(b) + mask(b) * trunk(b))


def no_before(before, trunk, mask, after, x):
    return after((1 + mask(x)) * trunk(x))


def no_after(before, trunk, mask, after, x):
    b = before(x)
    return (1 + mask(b)) * trunk(b)


def early_after(before, trunk, mask, after, x):
    b = before(x)
    return (1 + mask(b)) * after(trunk(b))


def before_again(before, trunk, mask, after, x):
    b = before(x)
    return before((1 + mask(b)) * trunk(b))


def in_a_row(before, trunk, mask, after, x):
    return after(trunk(mask(before(x))))


def weighed_first(before, trunk, mask, after, x):
    b = before(x)
    return after(trunk((1 + mask(b)) * b))


def twice_after(before, trunk, mask, after, x):
    return after(as_shown(before, trunk, mask, after, x))


def with_mask(before, trunk, mask, after, x):
    b = before(x)
    m = mask(b)
    return after((1 + m) * trunk(b)), m


def without_graph(before, trunk, mask, after, x):
    with torch.no_grad():
        return as_shown(before, trunk, mask, after, x)


def mask_without_graph(before, trunk, mask, after, x):
    b = before(x)
    with torch.no_grad():
        m = mask(b)
    return after((1 + m) * trunk(b))


def in_place(before, trunk, mask, after, x):
    x += 0.1
    return as_shown(before, trunk, mask, after, x)


def shown_size(before, trunk, mask, after, x):
    b = before(x)
    return after((1 + mask(b).view(2, 4, 8, 12)) * trunk(b))


def no_return(before, trunk, mask, after, x):
    as_shown(before, trunk, mask, after, x)


def as_numbers(before, trunk, mask, after, x):
    return as_shown(before, trunk, mask, after, x).detach().numpy()


def other_order(units, mask, x, p, t):
    return with_loops(units, mask, p, t, x)


def noisy(before, trunk, mask, after, x):
    return F.dropout(as_shown(before, trunk, mask, after, x), 0.2)


def kept(before, trunk, mask, after, x, seen=[]):  # noqa: B006  (the mistake itself)
    seen.append(before(x) if not seen or seen[0].shape != x.shape else seen[0])
    b = seen[0] if seen[0].shape == x.shape else before(x)
    return after((1 + mask(b)) * trunk(b))


RIGHT = [
    ("as the solution has it", with_loops),
    ("three sequences", split(as_shown)),
    ("step by step", split(step_by_step)),
    ("with the package's merge", split(by_the_package)),
    ("as a sequence of modules", split(in_one_line)),
    ("an iterator", by_taking_from_the_list),
    ("a module object, called like a function", Wiring()),
]

WRONG = [
    ("naive", wired(lambda m, t, b, x: naive_attention(m, t)), "naive"),
    ("a sum", wired(lambda m, t, b, x: m + t), "added"),
    ("no brackets", wired(lambda m, t, b, x: 1 + m * t), "brackets"),
    ("minus", wired(lambda m, t, b, x: (1 - m) * t), "sign"),
    ("the split's map plus the weighed trunk", wired(
        lambda m, t, b, x: b + m * t), "trunk's end"),
    ("x plus the weighed trunk", wired(lambda m, t, b, x: x + m * t), "trunk's end"),
    ("the mask on the split's map", wired(
        lambda m, t, b, x: (1 + m) * b), "went into the trunk"),
    ("the trunk gets the 1", wired(lambda m, t, b, x: (1 + t) * m), "exchanged"),
    ("the trunk twice", wired(lambda m, t, b, x: t + (1 + m) * t), "twice"),
    ("a shortcut around the trunk", wired(
        lambda m, t, b, x: b + (1 + m) * t), "shortcut"),
    ("a shortcut around the module", wired(end=lambda y, b, x: x + y), "shortcut"),
    ("a shortcut from the split", wired(end=lambda y, b, x: b + y), "shortcut"),
    ("a second sigmoid", wired(
        lambda m, t, b, x: (1 + m.sigmoid()) * t), "second sigmoid"),
    ("ReLU after the merge", wired(
        lambda m, t, b, x: ((1 + m) * t).relu()), "no ReLU"),
    ("ReLU on the trunk", wired(lambda m, t, b, x: (1 + m) * t.relu()), "no ReLU"),
    ("ReLU at the end", wired(end=lambda y, b, x: y.relu()), "ReLU at the end"),
    ("no mask", wired(lambda m, t, b, x: t), "no effect"),
    ("no trunk", wired(lambda m, t, b, x: m), "no effect"),
    ("one weight a channel", wired(
        lambda m, t, b, x: (1 + m.mean((2, 3), keepdim=True)) * t), "no mean"),
    ("the mask from x", fed(lambda x, b, t: x), "the mask reads x"),
    ("the mask from the trunk's end", fed(lambda x, b, t: t), "trunk's end"),
    ("the mask from a ReLU", fed(lambda x, b, t: b.relu()), "raw map"),
    ("the trunk from x", fed(lambda x, b, t: b, lambda x, b, t: x), "trunk reads x"),
    ("the trunk from a ReLU", fed(
        lambda x, b, t: b, lambda x, b, t: b.relu()), "raw map"),
    ("no units before", split(no_before), "left out"),
    ("no units after", split(no_after), "follow the merge, too"),
    ("the after units in the trunk", split(early_after), "follow the merge"),
    ("before in after's place", split(before_again), "in their place"),
    ("the list backwards", reversed_units, "order"),
    ("one unit after the merge", one_behind, "only one"),
    ("only the last unit after the merge", last_behind, "only one"),
    ("the split after one unit", cut(
        lambda p, t: 1, lambda p, t: p + t), "splits after"),
    ("the split at x", cut(lambda p, t: 0, lambda p, t: p + t), "mask reads x"),
    ("p and t exchanged", cut(lambda p, t: t, lambda p, t: p + t), "splits after"),
    ("t units up to the merge", cut(
        lambda p, t: p, lambda p, t: t), "merge comes after"),
    ("one unit too many in the trunk", cut(
        lambda p, t: p, lambda p, t: p + t + 1), "merge comes after"),
    ("all the rest in the trunk", cut(
        lambda p, t: p, lambda p, t: 2 * p + t), "follow the merge"),
    ("right for p = 1, t = 2 alone", cut(lambda p, t: 1, lambda p, t: 3), "p units"),
    ("right for p = 2, t = 3 alone", cut(lambda p, t: 2, lambda p, t: 5), "p units"),
    ("a unit past the end", lambda units, mask, p, t, x: units[2 * p + t](x), "ends"),
    ("trunk behind the mask", split(in_a_row), "side by side"),
    ("weighed before the trunk", split(weighed_first), "trunk's end, not"),
    ("after twice", split(twice_after), "run twice"),
    ("before run for each branch", split(twice_before), "in a variable"),
    ("the trunk run twice", split(twice_trunk), "in a variable"),
    ("the mask detached", wired(lambda m, t, b, x: (1 + m.detach()) * t), "detach"),
    ("the mask under no_grad", split(mask_without_graph), "no_grad"),
    ("all under no_grad", split(without_graph), "no_grad"),
    ("x in place", split(in_place), "in-place"),
    ("the shown size only", split(shown_size), "fixed"),
    ("output and mask", split(with_mask), "return"),
    ("no return", split(no_return), "return"),
    ("NumPy", split(as_numbers), "return"),
    ("its input", lambda units, mask, p, t, x: x, None),
    ("dropout", split(noisy), "random"),
    ("kept from the first call", split(kept), None),
    ("float32 whatever came", wired(end=lambda y, b, x: y.float()), ".float()"),
    ("the arguments in another order", other_order, "last argument"),
    ("four arguments", lambda units, mask, p, x: x, "arguments"),
    ("a class", Wiring, "function"),
]
