"""Answers to *An interval over items*."""

from __future__ import annotations

import numpy as np
import torch

from tests.banks import Answer

NAME = "item_interval"


def solution(better, worse):
    each = better.float().mean(dim=0) - worse.float().mean(dim=0)
    reach = 1.96 * each.std() / each.numel() ** 0.5
    return (each.mean() - reach).item(), (each.mean() + reach).item()


def with_numpy(better, worse):
    each = better.numpy().mean(axis=0) - worse.numpy().mean(axis=0)
    error = each.std(ddof=1) / np.sqrt(each.size)
    return [each.mean() - 1.96 * error, each.mean() + 1.96 * error]


def by_loop(better, worse):
    each = [
        sum(b) / len(b) - sum(w) / len(w)
        for b, w in zip(better.T.tolist(), worse.T.tolist(), strict=True)
    ]
    mean = sum(each) / len(each)
    variance = sum((x - mean) ** 2 for x in each) / (len(each) - 1)
    reach = 1.96 * (variance / len(each)) ** 0.5
    return mean - reach, mean + reach


RIGHT = [
    Answer(NAME, "plainly", solution),
    Answer(NAME, "with NumPy, as a list", with_numpy),
    Answer(NAME, "by a loop over items", by_loop),
]


def in_tensors(better, worse):
    return tuple(map(torch.tensor, solution(better, worse)))


def subtracted_first(better, worse):
    return solution(better.double() - worse.double(), torch.zeros_like(worse))


def of_booleans(better, worse):
    return solution(better.mean(dim=0, keepdim=True), worse)


WRONG = [
    Answer(NAME, "tensors of one number", in_tensors, ".item()"),
    Answer(NAME, "the reach alone", lambda b, w: solution(b, w)[1], "return low, high"),
    Answer(NAME, "as text", lambda b, w: tuple(map(str, solution(b, w))), "return low"),
    Answer(NAME, "a dictionary", lambda b, w: {"low": solution(b, w)[0]}, "return low"),
    Answer(NAME, "runs against runs", subtracted_first, "numbers of runs differ"),
    Answer(NAME, "the mean of booleans", of_booleans, ".double() first"),
]
