"""Answers to *Try another activation*."""

from __future__ import annotations

import torch

from tests.banks import Answer

NAME = "growth"


def slopes(f, z):
    z = z.detach().clone().requires_grad_()
    (found,) = torch.autograd.grad(f(z).sum(), z)
    return found


def by_backward(f, z):
    x = z.detach().clone().requires_grad_()
    y = f(x)
    y.sum().backward()
    return torch.sqrt((x.grad**2).mean()) / y.detach().std(correction=0)


def by_differences(f, z):
    """Right: the slope from two neighbours, in float64."""
    x = z.double()
    slope = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    return float((slope.square().mean() / f(x).var()) ** 0.5)


def by_norms(f, z):
    y = f(z)
    return slopes(f, z).norm() / (y - y.mean()).norm()


RIGHT = [
    Answer(NAME, "backward, and two roots", by_backward),
    Answer(NAME, "by differences", by_differences),
    Answer(NAME, "a ratio of norms", by_norms),
]


def answer(story, named, function):
    """Another wrong answer."""
    return Answer(NAME, story, function, named)


WRONG = [
    answer("the slope at zero", None,
           lambda f, z: slopes(f, z.new_zeros(1)).item() / f(z).std()),
    answer("every slope", "one number", slopes),
    answer("forgets to return", "one number", lambda f, z: None),
    answer("as text", "one number", lambda f, z: f"{by_norms(f, z):.2f}"),
    answer("without requires_grad", "without requires_grad",
           lambda f, z: torch.autograd.grad(f(z).sum(), z)[0].norm()),
    answer("a gradient of many numbers", "one number: f(z).sum()",
           lambda f, z: (lambda x: torch.autograd.grad(f(x), x)[0].norm())(
               z.clone().requires_grad_())),
    answer("z asks for a gradient afterwards", None,
           lambda f, z: by_norms(f, z.requires_grad_())),
    answer("zero", None, lambda f, z: 0.0),
]
