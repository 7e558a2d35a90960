"""Answers to *Write Equation 7*."""

from __future__ import annotations

import numpy as np
import torch

from resattn_tutorial.data.label_noise import noise_matrix
from tests.banks import Answer

NAME = "noise_matrix"


def filled(diagonal, beside):
    """An answer from two functions of the ratio and the number of classes."""
    def answer(clean, classes):
        matrix = torch.full((classes, classes), float(beside(clean, classes)))
        return matrix.fill_diagonal_(float(diagonal(clean, classes)))
    return answer


def stays(clean, classes):
    return clean


def shared(clean, classes):
    return (1 - clean) / (classes - 1)


right = filled(stays, shared)


def by_eye(clean, classes):
    """Right: the two parts, each weighed."""
    eye = torch.eye(classes)
    return clean * eye + (1 - clean) * (1 - eye) / (classes - 1)


def by_loops(clean, classes):
    return torch.tensor([
        [clean if i == j else (1.0 - clean) / (classes - 1) for j in range(classes)]
        for i in range(classes)
    ], dtype=torch.float64)


def from_numpy(clean, classes):
    matrix = np.full((classes, classes), (1 - clean) / (classes - 1))
    np.fill_diagonal(matrix, clean)
    return torch.from_numpy(matrix)


RIGHT = [
    Answer(NAME, "filled", right),
    Answer(NAME, "two parts", by_eye),
    Answer(NAME, "loops", by_loops),
    Answer(NAME, "by NumPy", from_numpy),
    Answer(NAME, "the package's", noise_matrix),
]


def whole(clean, classes):
    matrix = torch.full((classes, classes), int(1 - clean))
    return matrix.fill_diagonal_(int(clean))


def whole_at_the_ends(clean, classes):
    matrix = torch.tensor(clean).repeat(classes, classes)
    matrix[~torch.eye(classes).bool()] = (1 - clean) / (classes - 1)
    return matrix


def first_column(clean, classes):
    matrix = torch.full((classes, classes), shared(clean, classes))
    matrix[:, 0] = clean
    return matrix


def divided_by_its_sum(clean, classes):
    matrix = filled(stays, lambda r, k: 1 - r)(clean, classes)
    return matrix / matrix.sum(1, keepdim=True)


def ten(clean, classes):
    return right(clean, 10)


WRONG = [
    Answer(NAME, "shared among all", filled(stays, lambda r, k: (1 - r) / k), "other"),
    Answer(NAME, "own class drawn again", filled(
        lambda r, k: r + (1 - r) / k, lambda r, k: (1 - r) / k), "from all classes"),
    Answer(NAME, "the ratio of noise", filled(
        lambda r, k: 1 - r, lambda r, k: r / (k - 1)), "share that stays"),
    Answer(NAME, "clean shared out", filled(stays, lambda r, k: r / (k - 1)),
           "1 - clean"),
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
    Answer(NAME, "the first column", first_column, "stands clean"),
    Answer(NAME, "divided by its sum", divided_by_its_sum, "stands clean"),
    Answer(NAME, "per cent", lambda r, k: 100 * right(r, k), "sums to 1"),
    Answer(NAME, "sixteen bits", lambda r, k: right(r, k).bfloat16(), "16 bits"),
    Answer(NAME, "one class short", lambda r, k: right(r, k)[1:, 1:], "each class"),
    Answer(NAME, "a list", lambda r, k: right(r, k).tolist(), "one tensor"),
    Answer(NAME, "an array", lambda r, k: right(r, k).numpy(), "one tensor"),
    Answer(NAME, "nothing", lambda r, k: None, "return line"),
    Answer(NAME, "even", lambda r, k: torch.full((k, k), 1 / k), "stands clean"),
    Answer(NAME, "no function", torch.eye(10), "brackets"),
]
