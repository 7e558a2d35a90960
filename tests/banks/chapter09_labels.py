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


def away_by(far):
    """An answer that moves noisy labels by ``far(draw, count, classes)``."""
    def answer(labels, r, classes, seed):
        draw = seeded(seed)
        noisy = torch.rand(len(labels), generator=draw) >= r
        away = far(draw, len(labels), classes)
        return torch.where(noisy, (labels + away) % classes, labels)
    return answer


def in_place(labels, r, classes, seed):
    draw = seeded(seed)
    noisy = torch.rand(len(labels), generator=draw) >= r
    away = torch.randint(1, classes, (len(labels),), generator=draw)
    labels[noisy] = ((labels + away) % classes)[noisy]
    return labels


def shared_state(labels, r, classes, seed):
    torch.manual_seed(seed)
    noisy = torch.rand(len(labels)) >= r
    away = torch.randint(1, classes, (len(labels),))
    return torch.where(noisy, (labels + away) % classes, labels)


def shared_numpy(labels, r, classes, seed):
    np.random.seed(seed)
    noisy = torch.from_numpy(np.random.rand(len(labels)) >= r)
    away = torch.from_numpy(np.random.randint(1, classes, len(labels)))
    return torch.where(noisy, (labels + away) % classes, labels)


def unseeded(labels, r, classes, seed):
    noisy = torch.rand(len(labels)) >= r
    away = torch.randint(1, classes, (len(labels),))
    return torch.where(noisy, (labels + away) % classes, labels)


def half_seeded(labels, r, classes, seed):
    noisy = torch.rand(len(labels), generator=seeded(seed)) >= r
    away = torch.randint(1, classes, (len(labels),))
    return torch.where(noisy, (labels + away) % classes, labels)


def numpy_unseeded(labels, r, classes, seed):
    return in_numpy(labels, r, classes, None)


def one_draw_decides(labels, r, classes, seed):
    thrown = torch.rand(len(labels), generator=seeded(seed))
    away = 1 + (thrown * (classes - 1)).long()
    return torch.where(thrown >= r, (labels + away) % classes, labels)


def past_the_last(labels, r, classes, seed):
    draw = seeded(seed)
    noisy = torch.rand(len(labels), generator=draw) >= r
    away = torch.randint(1, classes, (len(labels),), generator=draw)
    return torch.where(noisy, labels + away, labels)


def among_all(labels, r, classes, seed):
    draw = seeded(seed)
    noisy = torch.rand(len(labels), generator=draw) >= r
    other = torch.randint(classes, (len(labels),), generator=draw)
    return torch.where(noisy, other, labels)


def noise_ratio(labels, r, classes, seed):
    return moved_on(labels, 1 - r, classes, seed)


def first_ones(labels, r, classes, seed):
    out, count = labels.clone(), round((1 - r) * len(labels))
    away = torch.randint(1, classes, (count,), generator=seeded(seed))
    out[:count] = (out[:count] + away) % classes
    return out


def exact_count(labels, r, classes, seed):
    draw, out = seeded(seed), labels.clone()
    chosen = torch.randperm(len(labels), generator=draw)
    chosen = chosen[: round((1 - r) * len(labels))]
    away = torch.randint(1, classes, (len(chosen),), generator=draw)
    out[chosen] = (out[chosen] + away) % classes
    return out


def by_class(labels, r, classes, seed):
    draw = seeded(seed)
    noisy = torch.rand(classes, generator=draw) >= r
    away = torch.randint(1, classes, (classes,), generator=draw)
    return torch.where(noisy, (torch.arange(classes) + away) % classes,
                       torch.arange(classes))[labels]


def one_target_a_class(labels, r, classes, seed):
    draw = seeded(seed)
    noisy = torch.rand(len(labels), generator=draw) >= r
    away = torch.randint(1, classes, (classes,), generator=draw)
    return torch.where(noisy, (labels + away[labels]) % classes, labels)


def fixed_seed(labels, r, classes, seed):
    return moved_on(labels, r, classes, 0)


def ten_classes(labels, r, classes, seed):
    return moved_on(labels, r, 10, seed)


def all_or_none(labels, r, classes, seed):
    if torch.rand(len(labels), generator=seeded(seed)) >= r:
        return (labels + 1) % classes
    return labels


def anew(labels, r, classes, seed):
    return torch.randint(classes, labels.shape, generator=seeded(seed))


def column(labels, r, classes, seed):
    return torch.multinomial(noise_matrix(1 - r, classes)[labels], 1,
                             generator=seeded(seed))


def whole_matrix(labels, r, classes, seed):
    return torch.multinomial(noise_matrix(1 - r, classes), 1,
                             generator=seeded(seed))[:, 0]


def probabilities(labels, r, classes, seed):
    return noise_matrix(1 - r, classes)[labels]


def by_odds(labels, r, classes, seed):
    odds = r / (1 - r)
    return moved_on(labels, odds / (1 + odds), classes, seed)


def one_class_spared(labels, r, classes, seed):
    return torch.where(labels == 0, labels, moved_on(labels, r, classes, seed))


def moved_by(change):
    """An answer in which ``change(labels, away, classes)`` says where labels go."""
    def answer(labels, r, classes, seed):
        draw = seeded(seed)
        noisy = torch.rand(len(labels), generator=draw) >= r
        away = torch.randint(1, classes, (len(labels),), generator=draw)
        return torch.where(noisy, change(labels, away, classes), labels)
    return answer


def drawn_and_mended(mend):
    """A class among all; ``mend`` replaces one that hit the own class."""
    def answer(labels, r, classes, seed):
        draw = seeded(seed)
        noisy = torch.rand(len(labels), generator=draw) >= r
        other = torch.randint(classes, labels.shape, generator=draw)
        other = torch.where(other == labels, mend(other, classes, draw), other)
        return torch.where(noisy, other, labels)
    return answer


def by_randn(labels, r, classes, seed):
    draw = seeded(seed)
    noisy = torch.randn(len(labels), generator=draw) >= r
    away = torch.randint(1, classes, (len(labels),), generator=draw)
    return torch.where(noisy, (labels + away) % classes, labels)


def one_seed_twice(labels, r, classes, seed):
    noisy = torch.rand(len(labels), generator=seeded(seed)) >= r
    thrown = torch.rand(len(labels), generator=seeded(seed))
    away = 1 + (thrown * (classes - 1)).long()
    return torch.where(noisy, (labels + away) % classes, labels)


WRONG = [
    Answer(NAME, "clamped at the last class", moved_by(
        lambda labels, away, classes: (labels + away).clamp(max=classes - 1)),
        "begins again at 0"),
    Answer(NAME, "moved back, without the sign", moved_by(
        lambda labels, away, classes: (labels - away).abs()), "abs()"),
    Answer(NAME, "the next where it hit the own", drawn_and_mended(
        lambda other, classes, draw: (other + 1) % classes), "one neighbour"),
    Answer(NAME, "drawn again once", drawn_and_mended(lambda other, classes, draw:
           torch.randint(classes, other.shape, generator=draw)), "drawn again"),
    Answer(NAME, "by randn", by_randn, "torch.rand is"),
    Answer(NAME, "one seed for both draws", one_seed_twice, "two draws"),
    Answer(NAME, "in place", in_place, "in-place"),
    Answer(NAME, "the shared generator", shared_state, "everybody shares"),
    Answer(NAME, "NumPy's shared generator", shared_numpy, "everybody shares"),
    Answer(NAME, "no seed", unseeded, "needs the generator"),
    Answer(NAME, "half of it seeded", half_seeded, "needs the generator"),
    Answer(NAME, "NumPy without a seed", numpy_unseeded, "between calls"),
    Answer(NAME, "one draw for both", one_draw_decides, "two draws"),
    Answer(NAME, "past the last class", past_the_last, "% classes"),
    Answer(NAME, "among all classes", among_all, "its own among them"),
    Answer(NAME, "the ratio of noise", noise_ratio, "share of labels that stay"),
    Answer(NAME, "the first ones", first_ones, "random"),
    Answer(NAME, "an exact number", exact_count, "exact"),
    Answer(NAME, "a draw for each class", by_class, "by itself"),
    Answer(NAME, "one other class for each", one_target_a_class, "by itself"),
    Answer(NAME, "always the next class",
           away_by(lambda draw, count, classes: 1), "same number"),
    Answer(NAME, "randint one short", away_by(lambda draw, count, classes:
           torch.randint(1, classes - 1, (count,), generator=draw)), "stops before"),
    Answer(NAME, "zero among the moves", away_by(lambda draw, count, classes:
           torch.randint(classes, (count,), generator=draw)), "own among them"),
    Answer(NAME, "one move for all", away_by(lambda draw, count, classes:
           torch.randint(1, classes, (1,), generator=draw)), "same number"),
    Answer(NAME, "a seed of its own", fixed_seed, "seed is not used"),
    Answer(NAME, "ten classes built in", ten_classes, "% classes"),
    Answer(NAME, "an if for all", all_or_none, "torch.where"),
    Answer(NAME, "all anew", anew, "drawn anew"),
    Answer(NAME, "a column", column, "[:, 0]"),
    Answer(NAME, "a label for each class", whole_matrix, "one label"),
    Answer(NAME, "floats", lambda *case: moved_on(*case).float(), "index with"),
    Answer(NAME, "rows of Q", probabilities, "one label"),
    Answer(NAME, "a list", lambda *case: moved_on(*case).tolist(), "one tensor"),
    Answer(NAME, "nothing", lambda *case: None, "without a return"),
    Answer(NAME, "the labels", lambda labels, *rest: labels.clone(), "no label is"),
    Answer(NAME, "by odds", by_odds, "0 or 1"),
    Answer(NAME, "one class spared", one_class_spared, "same chance"),
    Answer(NAME, "no function", torch.zeros(3), "brackets"),
]
