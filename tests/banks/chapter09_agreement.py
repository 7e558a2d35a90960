"""Answers to *Who agrees?*."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.banks import Answer

NAME = "agreement"


def by_loop(labels, nearest):
    shares = []
    for own, row in zip(labels.tolist(), nearest.tolist(), strict=True):
        shares.append(sum(int(labels[k]) == own for k in row) / len(row))
    return torch.tensor(shares)


def by_votes(labels, nearest):
    """Right: the votes for each class, and each image takes its own class's."""
    votes = F.one_hot(labels[nearest], int(labels.max()) + 1).sum(dim=1)
    return votes.gather(1, labels[:, None])[:, 0] / nearest.shape[1]


def by_gather(labels, nearest):
    rows = labels.expand(len(labels), -1).gather(1, nearest)
    return (rows - labels.view(-1, 1)).eq(0).double().mean(-1)


RIGHT = [
    Answer(NAME, "image by image", by_loop),
    Answer(NAME, "votes", by_votes),
    Answer(NAME, "gathered", by_gather),
]


def changes_labels(labels, nearest):
    shares = by_gather(labels, nearest)
    labels[shares == 0] = -1
    return shares


WRONG = [
    Answer(NAME, "a list", lambda *a: by_loop(*a).tolist(), "one tensor"),
    Answer(NAME, "in place", changes_labels, "in-place"),
    Answer(NAME, "booleans", lambda labels, nearest:
           (labels[nearest] == labels[:, None]).mean(dim=1), "booleans"),
]
