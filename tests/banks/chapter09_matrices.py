"""Answers to *Write Equation 7*."""

from __future__ import annotations

import numpy as np
import torch

from resattn_tutorial.data.label_noise import noise_matrix
from tests.banks import Answer

NAME = "noise_matrix"


def filled(diagonal, beside):
    """An answer from two functions of the ratio and the number of classes."""
    def answer(r, classes):
        matrix = torch.full((classes, classes), float(beside(r, classes)))
        return matrix.fill_diagonal_(float(diagonal(r, classes)))
    return answer


def stays(r, classes):
    return r


def shared(r, classes):
    return (1 - r) / (classes - 1)


right = filled(stays, shared)


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


def whole(r, classes):
    matrix = torch.full((classes, classes), int(1 - r))
    return matrix.fill_diagonal_(int(r))


def whole_at_the_ends(r, classes):
    matrix = torch.tensor(r).repeat(classes, classes)
    matrix[~torch.eye(classes).bool()] = (1 - r) / (classes - 1)
    return matrix


def first_column(r, classes):
    matrix = torch.full((classes, classes), shared(r, classes))
    matrix[:, 0] = r
    return matrix


def divided_by_its_sum(r, classes):
    matrix = filled(stays, lambda r, k: 1 - r)(r, classes)
    return matrix / matrix.sum(1, keepdim=True)


def ten(r, classes):
    return right(r, 10)


WRONG = [
    Answer(NAME, "shared among all", filled(stays, lambda r, k: (1 - r) / k), "other"),
    Answer(NAME, "own class drawn again", filled(
        lambda r, k: r + (1 - r) / k, lambda r, k: (1 - r) / k), "from all classes"),
    Answer(NAME, "the ratio of noise", filled(
        lambda r, k: 1 - r, lambda r, k: r / (k - 1)), "share that stays"),
    Answer(NAME, "r shared out", filled(stays, lambda r, k: r / (k - 1)),
           "1 - r"),
    Answer(NAME, "not shared out", filled(stays, lambda r, k: 1 - r), "divide"),
    Answer(NAME, "nothing beside", filled(stays, lambda r, k: 0), "rest of each row"),
    Answer(NAME, "nothing on the diagonal", filled(lambda r, k: 0, shared), "diagonal"),
    Answer(NAME, "one on the diagonal", filled(lambda r, k: 1, shared), "not 1"),
    Answer(NAME, "a whole shared out", filled(stays, lambda r, k: 1 / (k - 1)),
           "not 1"),
    Answer(NAME, "nine built in", filled(stays, lambda r, k: (1 - r) / 9), "the 9"),
    Answer(NAME, "ten built in", ten, "ten classes"),
    Answer(NAME, "the other diagonal", lambda r, k: right(r, k).flip(0), "upper left"),
    Answer(NAME, "one row", lambda r, k: right(r, k)[0], "one row"),
    Answer(NAME, "whole numbers", whole, "whole number"),
    Answer(NAME, "whole numbers at the ends", whole_at_the_ends, "whole number"),
    Answer(NAME, "added on the diagonal", lambda r, k: r * torch.eye(k) + shared(r, k),
           "diagonal, too"),
    Answer(NAME, "the first column", first_column, "stands r"),
    Answer(NAME, "divided by its sum", divided_by_its_sum, "stands r"),
    Answer(NAME, "per cent", lambda r, k: 100 * right(r, k), "sums to 1"),
    Answer(NAME, "sixteen bits", lambda r, k: right(r, k).bfloat16(), "16 bits"),
    Answer(NAME, "one class short", lambda r, k: right(r, k)[1:, 1:], "each class"),
    Answer(NAME, "a list", lambda r, k: right(r, k).tolist(), "one tensor"),
    Answer(NAME, "an array", lambda r, k: right(r, k).numpy(), "one tensor"),
    Answer(NAME, "nothing", lambda r, k: None, "return line"),
    Answer(NAME, "even", lambda r, k: torch.full((k, k), 1 / k), "stands r"),
    Answer(NAME, "no function", torch.eye(10), "brackets"),
]
