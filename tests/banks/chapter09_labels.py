"""Answers to *Spoil the labels*."""

from __future__ import annotations

import random

import numpy as np
import torch

from resattn_tutorial.data.label_noise import add_label_noise, noise_matrix
from tests.banks import Answer

NAME = "label_noise"


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def moved_on(labels, r, classes, seed):
    draw = seeded(seed)
    noisy = torch.rand(len(labels), generator=draw) >= r
    away = torch.randint(1, classes, (len(labels),), generator=draw)
    return torch.where(noisy, (labels + away) % classes, labels)


def by_rows(labels, r, classes, seed):
    """Right: each label draws from its own row of Q."""
    rows = noise_matrix(1 - r, classes)[labels]
    return torch.multinomial(rows, 1, generator=seeded(seed))[:, 0]


def by_cumulated_rows(labels, r, classes, seed):
    """Right: where a random number falls in the row's running sum."""
    rows = noise_matrix(1 - r, classes)[labels].cumsum(1)
    rows[:, -1] = 1
    thrown = torch.rand(len(labels), 1, generator=seeded(seed), dtype=torch.float64)
    return (thrown >= rows).sum(1)


def in_numpy(labels, r, classes, seed):
    """Right: NumPy's generator, a loop over the labels."""
    draw, out = np.random.default_rng(seed), labels.clone()
    thrown, others = draw.random(len(labels)), draw.integers(classes - 1,
                                                             size=len(labels))
    for place, (u, other) in enumerate(zip(thrown, others, strict=True)):
        if u >= r:
            out[place] = int(other) + (int(other) >= int(labels[place]))
    return out


def past_the_own(labels, r, classes, seed):
    """Right: a number among classes - 1, moved past the own class."""
    draw = seeded(seed)
    other = torch.randint(classes - 1, labels.shape, generator=draw)
    other += other >= labels
    stay = torch.bernoulli(torch.full(labels.shape, r), generator=draw).bool()
    return torch.where(stay, labels, other)


def borrowed(labels, r, classes, seed):
    """Right: the shared generator, borrowed and put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        away = torch.randint(1, classes, labels.shape)
        return torch.where(torch.rand(labels.shape) < r, labels,
                           (labels + away).remainder(classes))


def label_by_label(labels, r, classes, seed):
    """Right: Python's own generator, label by label."""
    draw = random.Random(seed)
    return torch.tensor([
        label if draw.random() < r
        else draw.choice([c for c in range(classes) if c != label])
        for label in labels.tolist()
    ])


def only_the_spoiled(labels, r, classes, seed):
    """Right: new labels for those that are noisy, and for no other."""
    draw, out = seeded(seed), labels.clone()
    noisy = torch.rand(len(labels), generator=draw) >= r
    away = torch.randint(1, classes, (int(noisy.sum()),), generator=draw)
    out[noisy] = (out[noisy] + away) % classes
    return out


RIGHT = [
    Answer(NAME, "moved on", moved_on),
    Answer(NAME, "from rows of Q", by_rows),
    Answer(NAME, "from running sums of Q", by_cumulated_rows),
    Answer(NAME, "a loop with NumPy", in_numpy),
    Answer(NAME, "past the own class", past_the_own),
    Answer(NAME, "a borrowed generator", borrowed),
    Answer(NAME, "label by label", label_by_label),
    Answer(NAME, "only the noisy", only_the_spoiled),
    Answer(NAME, "the package's", lambda labels, r, classes, seed: add_label_noise(
        labels, 1 - r, classes, seed)),
]


def whole_matrix(labels, r, classes, seed):
    return torch.multinomial(noise_matrix(1 - r, classes), 1,
                             generator=seeded(seed))[:, 0]


def probabilities(labels, r, classes, seed):
    return noise_matrix(1 - r, classes)[labels]


WRONG = [
    Answer(NAME, "a label for each class", whole_matrix, "one label"),
    Answer(NAME, "rows of Q", probabilities, "one label"),
    Answer(NAME, "a list", lambda *case: moved_on(*case).tolist(), "one tensor"),
]
