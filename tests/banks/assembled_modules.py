"""Answers to *Wire a module*.

Most are written as wirings of a module's four parts, and split the row of units first.
"""

from __future__ import annotations

import torch
from torch import nn

from resattn_tutorial.models.attention_module import residual_attention


def split(wiring):
    """A wiring of four parts as an answer, which gets a row of units."""
    def answer(units, mask, p, t, x):
        rows = units[:p], units[p : p + t], units[p + t :]
        before, trunk, after = (nn.Sequential(*row) for row in rows)
        return wiring(before, trunk, mask, after, x)
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


def merged(merge):
    """The right wiring with another merge, of the mask and the trunk's end."""
    def answer(before, trunk, mask, after, x):
        b = before(x)
        return after(merge(mask(b), trunk(b)))
    return split(answer)


def twice_before(before, trunk, mask, after, x):
    return after((1 + mask(before(x))) * trunk(before(x)))


def twice_trunk(before, trunk, mask, after, x):
    b = before(x)
    return after(trunk(b) + mask(b) * trunk(b))


def mask_without_graph(before, trunk, mask, after, x):
    b = before(x)
    with torch.no_grad():
        m = mask(b)
    return after((1 + m) * trunk(b))


def shown_size(before, trunk, mask, after, x):
    b = before(x)
    return after((1 + mask(b).view(2, 4, 8, 12)) * trunk(b))


def other_order(units, mask, x, p, t):
    return with_loops(units, mask, p, t, x)


def its_own_parts(units, mask, p, t, x):
    """Takes only the number of units, and builds parts itself."""
    c = x.shape[1]
    own = [nn.Conv2d(c, c, 3, padding=1) for _ in range(2 * p + t)]
    return its_own_mask(own, None, p, t, x)


def its_own_mask(units, mask, p, t, x):
    own = nn.Conv2d(x.shape[1], x.shape[1], 1)
    return with_loops(units, nn.Sequential(own, nn.Sigmoid()), p, t, x)


def kept(before, trunk, mask, after, x, seen=[]):  # noqa: B006  (the mistake itself)
    seen.append(before(x) if not seen or seen[0].shape != x.shape else seen[0])
    b = seen[0] if seen[0].shape == x.shape else before(x)
    return after((1 + mask(b)) * trunk(b))


def in_one_loop(units, mask, p, t, x):
    for place, unit in enumerate(units):
        if place == p:
            m = mask(x)
        if place == p + t:
            x = x + x * m
        x = unit(x)
    return x


def from_both_ends(units, mask, p, t, x):
    units = list(units)
    before = [units.pop(0) for _ in range(p)]
    after = [units.pop() for _ in range(p)][::-1]
    return split(as_shown)([*before, *units, *after], mask, p, len(units), x)


def popped(units, mask, p, t, x):
    for _ in range(p):
        x = units.pop(0)(x)
    y = x
    for _ in range(t):
        y = units.pop(0)(y)
    y = (1 + mask(x)) * y
    while units:
        y = units.pop(0)(y)
    return y


def four_units(units, mask, p, t, x):
    return split(as_shown)(units[:4], mask, 1, 2, x)


def the_first_again(units, mask, p, t, x):
    return split(as_shown)([units[0], *units[:-1]], mask, p, t, x)


def merged_in_the_loop(units, mask, p, t, x):
    x = nn.Sequential(*units[:p])(x)
    m = mask(x)
    for unit in units[p : p + t]:
        x = (1 + m) * unit(x)
    return nn.Sequential(*units[p + t :])(x)


RIGHT = [
    ("as the solution has it", with_loops),
    ("three sequences", split(as_shown)),
    ("step by step", split(step_by_step)),
    ("with the package's merge", split(by_the_package)),
    ("as a sequence of modules", split(in_one_line)),
    ("an iterator", by_taking_from_the_list),
    ("a module object, called like a function", Wiring()),
    ("one loop over all units", in_one_loop),
    ("a copy of the list, taken from both its ends", from_both_ends),
]

WRONG = [
    ("no mask", merged(lambda m, t: t), "no effect"),
    ("before run for each branch", split(twice_before), "in a variable"),
    ("the trunk run twice", split(twice_trunk), "in a variable"),
    ("the mask detached", merged(lambda m, t: (1 + m.detach()) * t), "detach"),
    ("the mask under no_grad", split(mask_without_graph), "no_grad"),
    ("the shown size only", split(shown_size), "fixed"),
    ("its input", lambda units, mask, p, t, x: x, "none of the parts"),
    ("builds its own parts", its_own_parts, "build none of your own"),
    ("builds its own mask", its_own_mask, "the mask never ran"),
    ("kept from the first call", split(kept), None),
    ("the arguments in another order", other_order, "last argument"),
    ("units popped off the caller's list", popped, "the caller's"),
    ("four units, whatever p and t", four_units, "never ran"),
    ("the first unit twice", the_first_again, "more than once"),
    ("the merge in the trunk's loop", merged_in_the_loop, "inside"),
]
