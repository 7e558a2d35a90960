"""Answers to the exercise on the score of one map, right and wrong."""

from __future__ import annotations

import random

import numpy as np
import torch

from resattn_tutorial.metrics.localisation import object_auc
from tests.banks import Answer


def auc_by_pairs(values, inside):
    difference = values[inside].unsqueeze(1) - values[~inside].unsqueeze(0)
    return ((torch.sign(difference) + 1) / 2).mean().item()


def auc_by_loop(values, inside):
    ours, others = values[inside].tolist(), values[~inside].tolist()
    wins = 0.0
    for one in ours:
        for other in others:
            wins += 1 if one > other else 0.5 if one == other else 0
    return wins / (len(ours) * len(others))


def auc_by_ranks(values, inside):
    flat, inside = values.flatten().numpy(), inside.flatten().numpy()
    _, place, count = np.unique(flat, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    ours = inside.sum()
    return (ranks[inside].sum() - ours * (ours + 1) / 2) / (ours * (~inside).sum())


def auc_by_curve(values, inside):
    hits, alarms = [0.0], [0.0]
    for threshold in values.unique().flip(0):
        found = values >= threshold
        hits.append(found[inside].double().mean().item())
        alarms.append(found[~inside].double().mean().item())
    return float(np.trapezoid(hits, alarms))


def auc_by_package(values, inside):
    return object_auc(values[None], inside[None]).item()


def pairs(values, inside):
    return values[inside][:, None], values[~inside][None, :]


def auc_sampled(values, inside):
    ours, others = values[inside].tolist(), values[~inside].tolist()
    return sum(random.choice(ours) > random.choice(others) for _ in range(2000)) / 2000


def auc_sampled_seeded(values, inside):
    ours, others = pairs(values, inside)
    ours = ours[
        torch.randint(len(ours), (50,), generator=torch.Generator().manual_seed(0))
    ]
    return ((ours > others).double() + (ours == others) / 2).mean().item()


def auc_by_order(values, inside):
    order = values.flatten().argsort()
    ranks = torch.empty(len(order), dtype=torch.double)
    ranks[order] = torch.arange(1, len(order) + 1, dtype=torch.double)
    ours = inside.sum().item()
    total = ranks[inside.flatten()].sum().item()
    return (total - ours * (ours + 1) / 2) / (ours * (~inside).sum().item())


def auc_by_ten_thresholds(values, inside):
    hits, alarms = [], []
    for threshold in torch.linspace(1, 0, 11):
        found = values >= threshold
        hits.append(found[inside].double().mean().item())
        alarms.append(found[~inside].double().mean().item())
    return float(np.trapezoid(hits, alarms))


def auc_bool_mean(values, inside):
    ours, others = pairs(values, inside)
    return (ours > others).mean().item()


def auc_per_object_pixel(values, inside):
    ours, others = pairs(values, inside)
    return ((ours > others).double() + (ours == others) / 2).mean(dim=1)


def auc_shown_size(values, inside):
    return auc_by_pairs(values.view(5, 7), inside.view(5, 7))


def auc_of_first(values, inside):
    return (values[inside][0] > values[~inside]).float().mean().item()


RIGHT = [
    Answer("auc", "signs of all differences", auc_by_pairs),
    Answer("auc", "a double loop", auc_by_loop),
    Answer("auc", "from ranks, in NumPy", auc_by_ranks),
    Answer("auc", "the area under the curve", auc_by_curve),
    Answer("auc", "the package's", auc_by_package),
]

WRONG = [
    Answer("auc", "half precision", lambda v, i: auc_by_pairs(v.half(), i), "rounding"),
    Answer("auc", "ties by their place", auc_by_order, "ties"),
    Answer("auc", "the first object pixel", auc_of_first, "left out"),
    Answer("auc", "ten thresholds", auc_by_ten_thresholds, "levels"),
    Answer("auc", "sampled pairs", auc_sampled, "drawn"),
    Answer("auc", "sampled with a seed", auc_sampled_seeded, "exact"),
    Answer("auc", "chance for all", lambda v, i: 0.5, "no effect"),
    Answer(
        "auc",
        "a tensor of one number",
        lambda v, i: torch.tensor(auc_by_pairs(v, i)),
        "return a Python float: .item() gives it",
    ),
    Answer("auc", "a value for each pixel", auc_per_object_pixel, "one number"),
    Answer("auc", "the mean of booleans", auc_bool_mean, "float"),
    Answer("auc", "a verdict", lambda v, i: auc_by_pairs(v, i) > 0.5, "number"),
    Answer("auc", "one size only", auc_shown_size, "size"),
    Answer("auc", "its input", lambda v, i: v, "number"),
    Answer("auc", "rounded", lambda v, i: round(auc_by_pairs(v, i), 2), "exact"),
]
