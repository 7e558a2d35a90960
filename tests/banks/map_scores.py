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


def auc_by_ranks_from(first, values, inside):
    flat, inside = values.flatten().double(), inside.flatten()
    below = (flat[:, None] > flat).sum(1)
    ranks = below + ((flat[:, None] == flat).sum(1) - 1) / 2 + first
    ours, others = inside.sum(), (~inside).sum()
    return ((ranks[inside].sum() - ours * (ours + 1) / 2) / (ours * others)).item()


def auc_by_ten_thresholds(values, inside):
    hits, alarms = [], []
    for threshold in torch.linspace(1, 0, 11):
        found = values >= threshold
        hits.append(found[inside].double().mean().item())
        alarms.append(found[~inside].double().mean().item())
    return float(np.trapezoid(hits, alarms))


def auc_of_products(values, inside):
    ours, others = values * inside, values * ~inside
    ours, others = ours[ours != 0], others[others != 0]
    wins = (ours[:, None] > others).double() + (ours[:, None] == others) / 2
    return wins.mean().item()


def auc_of_positives(values, inside):
    ours, others = pairs(values.clamp(min=0), inside)
    return ((ours > others).double() + (ours == others) / 2).mean().item()


def auc_pixel_by_pixel(values, inside):
    ours, others = values[inside], values[~inside]
    count = min(len(ours), len(others))
    wins = (ours[:count] > others[:count]).double() + (
        ours[:count] == others[:count]
    ) / 2
    return wins.mean().item()


def auc_in_place(values, inside):
    values -= values.min()
    return auc_by_pairs(values, inside)


def auc_overlap(values, inside):
    found = values > 0.5
    return ((found & inside).sum() / (found | inside).sum()).item()


def auc_correlation(values, inside):
    pair = torch.stack([values.flatten(), inside.flatten().float()])
    return torch.corrcoef(pair)[0, 1].item()


def auc_bool_mean(values, inside):
    ours, others = pairs(values, inside)
    return (ours > others).mean().item()


def auc_per_object_pixel(values, inside):
    ours, others = pairs(values, inside)
    return ((ours > others).double() + (ours == others) / 2).mean(dim=1)


def auc_shown_size(values, inside):
    return auc_by_pairs(values.view(5, 7), inside.view(5, 7))


def auc_no_return(values, inside):
    auc_by_pairs(values, inside)


def auc_precision(values, inside):
    found = values > 0.5
    return ((found & inside).sum() / found.sum().clamp(min=1)).item()


def auc_of_highest(values, inside):
    highest = values.flatten().topk(int(inside.sum())).indices
    return inside.flatten()[highest].float().mean().item()


def auc_of_first(values, inside):
    return (values[inside][0] > values[~inside]).float().mean().item()


def auc_of_medians(values, inside):
    return float(values[inside].median() > values[~inside].median())


def auc_balanced(values, inside):
    return (
        (values[inside] > 0.5).float().mean() / 2
        + (values[~inside] <= 0.5).float().mean() / 2
    ).item()


def auc_counted(values, inside):
    ours, others = pairs(values, inside)
    return ((ours > others).sum() + (ours == others).sum() / 2).item()


def auc_divided_by_all(values, inside):
    return auc_counted(values, inside) / values.numel() ** 2


RIGHT = [
    Answer("auc", "signs of all differences", auc_by_pairs),
    Answer("auc", "a double loop", auc_by_loop),
    Answer("auc", "from ranks, in NumPy", auc_by_ranks),
    Answer("auc", "the area under the curve", auc_by_curve),
    Answer("auc", "the package's", auc_by_package),
]

WRONG = [
    Answer(
        "auc",
        "ties lost",
        lambda v, i: (v[i][:, None] > v[~i]).float().mean().item(),
        "ties",
    ),
    Answer(
        "auc",
        "ties won",
        lambda v, i: (v[i][:, None] >= v[~i]).float().mean().item(),
        "ties",
    ),
    Answer("auc", "ties by their place", auc_by_order, "ties"),
    Answer("auc", "exchanged", lambda v, i: auc_by_pairs(v, ~i), "exchanged"),
    Answer(
        "auc",
        "exchanged without ties",
        lambda v, i: (v[i][:, None] < v[~i]).float().mean().item(),
        "exchanged",
    ),
    Answer(
        "auc",
        "accuracy at a half",
        lambda v, i: ((v > 0.5) == i).float().mean().item(),
        "threshold",
    ),
    Answer(
        "auc",
        "accuracy at the mean",
        lambda v, i: ((v > v.mean()) == i).float().mean().item(),
        "threshold",
    ),
    Answer("auc", "balanced accuracy", auc_balanced, "threshold"),
    Answer(
        "auc",
        "hits at a half",
        lambda v, i: (v[i] > 0.5).float().mean().item(),
        "threshold",
    ),
    Answer("auc", "precision at a half", auc_precision, "threshold"),
    Answer("auc", "the highest pixels", auc_of_highest, "highest"),
    Answer("auc", "the first object pixel", auc_of_first),
    Answer("auc", "medians compared", auc_of_medians, "averages"),
    Answer("auc", "ten thresholds", auc_by_ten_thresholds, "levels"),
    Answer(
        "auc",
        "one decimal place",
        lambda v, i: auc_by_pairs(v.round(decimals=1), i),
        "levels",
    ),
    Answer(
        "auc",
        "a sigmoid first",
        lambda v, i: auc_by_pairs(v.sigmoid(), i),
        "changed first",
    ),
    Answer(
        "auc", "ranks from 0", lambda v, i: auc_by_ranks_from(0, v, i), "start at 0"
    ),
    Answer(
        "auc", "ranks from 2", lambda v, i: auc_by_ranks_from(2, v, i), "the ranks"
    ),
    Answer("auc", "overlap", auc_overlap, "overlap"),
    Answer("auc", "correlation", auc_correlation, "correlation"),
    Answer(
        "auc",
        "difference of means",
        lambda v, i: (v[i].mean() - v[~i].mean()).item(),
        "averages",
    ),
    Answer(
        "auc",
        "ratio of means",
        lambda v, i: (v[i].mean() / v[~i].mean()).item(),
        "averages",
    ),
    Answer(
        "auc",
        "means compared",
        lambda v, i: float(v[i].mean() > v[~i].mean()),
        "averages",
    ),
    Answer("auc", "mean on the object", lambda v, i: v[i].mean().item(), "averages"),
    Answer(
        "auc",
        "share of the mass",
        lambda v, i: (v[i].sum() / v.sum()).item(),
        "averages",
    ),
    Answer(
        "auc",
        "higher than the mean outside",
        lambda v, i: (v[i] > v[~i].mean()).float().mean().item(),
        "averages",
    ),
    Answer(
        "auc",
        "the highest pixel",
        lambda v, i: float(i.flatten()[v.argmax()]),
        "highest",
    ),
    Answer("auc", "sampled pairs", auc_sampled, "random"),
    Answer("auc", "sampled with a seed", auc_sampled_seeded, "exact"),
    Answer("auc", "pixel against pixel", auc_pixel_by_pixel),
    Answer("auc", "zeros dropped", auc_of_products),
    Answer("auc", "negative values cut", auc_of_positives, "negative"),
    Answer("auc", "absolute values", lambda v, i: auc_by_pairs(v.abs(), i), "absolute"),
    Answer(
        "auc",
        "the better sign",
        lambda v, i: max(auc_by_pairs(v, i), 1 - auc_by_pairs(v, i)),
        "better",
    ),
    Answer("auc", "wins minus losses", lambda v, i: 2 * auc_by_pairs(v, i) - 1, "-1"),
    Answer("auc", "per cent", lambda v, i: 100 * auc_by_pairs(v, i), "cent"),
    Answer("auc", "the count of pairs", auc_counted, "number of pairs"),
    Answer("auc", "divided by all pairs", auc_divided_by_all, "divisor"),
    Answer(
        "auc",
        "against every pixel",
        lambda v, i: (v[i][:, None] > v.flatten()).float().mean().item(),
        "outside",
    ),
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
    Answer("auc", "in place", auc_in_place, "in-place"),
    Answer("auc", "one size only", auc_shown_size, "size"),
    Answer("auc", "no return", auc_no_return, "return"),
    Answer("auc", "its input", lambda v, i: v, "number"),
    Answer("auc", "rounded", lambda v, i: round(auc_by_pairs(v, i), 2), "exact"),
    Answer("auc", "one argument", lambda v: 0.5, "arguments"),
]
