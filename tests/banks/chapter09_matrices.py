"""Answers to *Write Equation 7*."""

from __future__ import annotations

import numpy as np
import torch

from resattn_tutorial.data.label_noise import noise_matrix
from tests.banks import Answer

NAME = "noise_matrix"


def right(r, classes):
    matrix = torch.full((classes, classes), (1 - r) / (classes - 1))
    return matrix.fill_diagonal_(r)


def by_eye(r, classes):
    """Right: the two parts, each weighed."""
    eye = torch.eye(classes)
    return r * eye + (1 - r) * (1 - eye) / (classes - 1)


def by_loops(r, classes):
    return torch.tensor([
        [r if i == j else (1.0 - r) / (classes - 1) for j in range(classes)]
        for i in range(classes)
    ], dtype=torch.float64)


def from_numpy(r, classes):
    matrix = np.full((classes, classes), (1 - r) / (classes - 1))
    np.fill_diagonal(matrix, r)
    return torch.from_numpy(matrix)


RIGHT = [
    Answer(NAME, "filled", right),
    Answer(NAME, "two parts", by_eye),
    Answer(NAME, "loops", by_loops),
    Answer(NAME, "by NumPy", from_numpy),
    Answer(NAME, "the package's", lambda r, classes: noise_matrix(1 - r, classes)),
]


def whole_at_the_ends(r, classes):
    matrix = torch.tensor(r).repeat(classes, classes)
    matrix[~torch.eye(classes).bool()] = (1 - r) / (classes - 1)
    return matrix


WRONG = [
    Answer(NAME, "whole numbers at the ends", whole_at_the_ends, "whole number"),
    Answer(NAME, "a list", lambda r, k: right(r, k).tolist(), "one tensor"),
    Answer(NAME, "an array", lambda r, k: right(r, k).numpy(), "one tensor"),
]
