"""Answers to "Predict a stack's signal": mean squares through units and merges."""

from __future__ import annotations

import math

import numpy as np
import torch


def predict(factor, modules):
    square = 1.0
    for _ in range(modules):
        square = factor**2 * (square + 2) + 1
    size = math.sqrt(square)
    return size, factor**modules / size


def by_recursion(factor, modules):
    if modules == 0:
        return 1.0, 1.0
    size, share = by_recursion(factor, modules - 1)
    new = (factor**2 * (size**2 + 2) + 1) ** 0.5
    return new, share * size * factor / new


def closed_form(factor, modules):
    power = factor ** (2 * modules)
    others = modules if factor == 1 else (1 - power) / (1 - factor**2)
    size = (power + (2 * factor**2 + 1) * others) ** 0.5
    return [size, factor**modules / size]


def with_torch(factor, modules):
    old, new = torch.tensor(1.0).double(), torch.tensor(0.0).double()
    for _ in range(modules):
        old, new = old * factor**2, (new + 2) * factor**2 + 1
    return (old + new).sqrt(), (old / (old + new)).sqrt()


def with_numpy(factor, modules):
    powers = float(factor) ** (2 * np.arange(modules + 1))
    square = powers[-1] + (2 * factor**2 + 1) * powers[:-1].sum()
    return np.sqrt(square), np.sqrt(powers[-1] / square)


RIGHT = [
    ("a loop over modules", predict),
    ("a recursion", by_recursion),
    ("the sum of a series", closed_form),
    ("old and new apart, with torch", with_torch),
    ("NumPy numbers", with_numpy),
    ("one tensor of both", lambda f, n: torch.tensor(predict(f, n)).double()),
    ("one array of both", lambda f, n: np.array(predict(f, n))),
]


def count(module="uumu", power=2, start=1.0, root=True, share=None):
    """A wrong answer: another module, another effect of the merge, no root."""

    def answer(factor, modules):
        square = start
        for part in module * modules:
            square = square + 1 if part == "u" else square * factor**power
        size = math.sqrt(square) if root else square
        kept = factor**modules
        return size, share(kept, size, factor, modules) if share else kept / size

    return answer


def at_random(factor, modules):
    """A simulation: near the right numbers, and different ones each time."""
    x = left = torch.randn(2000)
    for _ in range(modules):
        x = factor * (x + torch.randn(2000) + torch.randn(2000)) + torch.randn(2000)
        left = left * factor
    size = x.square().mean().sqrt().item()
    return size, left.square().mean().sqrt().item() / size


def from_a_table(factor, modules):
    return predict({0.5: 0.5, 1: 1.0, 1.5: 1.5}[factor], modules)


def without_the_empty_stack(factor, modules):
    size, share = predict(factor, modules)
    return (size, share) if modules else (0.0, 0.0)


def from_nothing_with_a_guard(factor, modules):
    square = 0.0
    for _ in range(modules):
        square = factor**2 * (square + 2) + 1
    size = max(square, 1e-12) ** 0.5
    return size, factor**modules / size


def returns_early(factor, modules):
    square = 1.0
    for _ in range(modules):
        square = factor**2 * (square + 2) + 1
        return square**0.5, factor**modules / square**0.5
    return 1.0, 1.0


def each_module_from_one(factor, modules):
    size, share = predict(factor, 1)
    return size**modules, share**modules


def without_one(factor, modules):
    power = factor ** (2 * modules)
    square = power + (2 * factor**2 + 1) * (1 - power) / (1 - factor**2)
    return square**0.5, factor**modules / square**0.5


WRONG = [
    ("the merge and no root", count("uum", root=False), "; and "),
    ("a closed form, undefined at factor 1", without_one, "closed form"),
    ("units that double", lambda f, n: ((8 * f * f) ** (n / 2), 1.0), "double"),
    ("a simulation", at_random, "drawn anew"),
    ("the three factors only", from_a_table, "other factors"),
    ("nothing for the empty stack", without_the_empty_stack, "no module"),
    ("starts from nothing, guarded", from_nothing_with_a_guard, "mean square 1"),
    ("a return inside the loop", returns_early, "after the loop"),
    ("rounded", lambda f, n: tuple(round(v, 2) for v in predict(f, n)), "rounded"),
    ("whole numbers", lambda f, n: tuple(map(round, predict(f, n))), "rounded"),
    ("one module's growth to the power", each_module_from_one, "starts from"),
    ("the size alone", lambda f, n: predict(f, n)[0], "return root, share"),
    ("as text", lambda f, n: tuple(map(str, predict(f, n))), "plain numbers"),
    ("a dictionary", lambda f, n: {"size": predict(f, n)[0]}, "return root, share"),
    ("a table of all modules",
     lambda f, n: [predict(f, k) for k in range(n + 1)], "return root, share"),
]
