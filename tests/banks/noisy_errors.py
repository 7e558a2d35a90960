"""Answers to *What a noisy validation set knows*."""

from __future__ import annotations

import torch

from tests.banks import Answer

NAME = "clean_error"


def solved(seen, noise, classes):
    return (seen - noise) * (classes - 1) / (classes - 1 - noise * classes)


def from_accuracy(seen, noise, classes):
    """Solve for the accuracy, then turn it round."""
    luck = noise / (classes - 1)
    right = (1 - seen - luck) / (1 - noise - luck)
    return 1 - right


def by_the_matrix(seen, noise, classes):
    """Two unknowns: the guess is right, or wrong."""
    kept, beside = 1 - noise, noise / (classes - 1)
    matrix = torch.tensor([[kept, beside], [1.0, 1.0]], dtype=torch.float64)
    known = torch.tensor([1 - seen, 1.0], dtype=torch.float64)
    return torch.linalg.solve(matrix, known)[1].item()


RIGHT = [
    Answer(NAME, "solved by hand", solved),
    Answer(NAME, "from the accuracy", from_accuracy),
    Answer(NAME, "as a system of two equations", by_the_matrix),
]


def kept_forgotten(seen, noise, classes):
    return (seen - noise) / (1 - noise / (classes - 1))


def twice_noisy(seen, noise, classes):
    return seen - noise * (1 - seen)


WRONG = [
    Answer(NAME, "only luck below", kept_forgotten, None),
    Answer(NAME, "noise on what is seen", twice_noisy, None),
    Answer(NAME, "a tensor", lambda s, n, c: torch.tensor(solved(s, n, c)), ".item()"),
    Answer(NAME, "a pair", lambda s, n, c: (solved(s, n, c), n), "one number alone"),
    Answer(NAME, "printed", lambda s, n, c: print(solved(s, n, c)), "without a return"),
]
