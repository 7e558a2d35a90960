"""Answers to *How far confidence is from being right*."""

from __future__ import annotations

import math

import numpy as np
import torch

from tests.banks import Answer

NAME = "calibration_error"


def by_sums(confidences, right, bins):
    """A bin's weight and its number of images cancel: sums are enough."""
    places = (confidences * bins).ceil().long() - 1
    gaps = torch.zeros(bins).index_add_(0, places, confidences - right.float())
    return gaps.abs().sum().item() / len(confidences)


def by_lists(confidences, right, bins):
    found = [[] for _ in range(bins)]
    for confidence, answer in zip(confidences.tolist(), right.tolist(), strict=True):
        found[math.ceil(confidence * bins) - 1].append((confidence, answer))
    error = 0
    for images in filter(None, found):
        mean = sum(confidence for confidence, _ in images) / len(images)
        share = sum(answer for _, answer in images) / len(images)
        error += len(images) * abs(mean - share)
    return error / len(confidences)


def with_numpy(confidences, right, bins):
    confidences, right = confidences.numpy(), right.numpy()
    places = np.digitize(confidences, np.linspace(0, 1, bins + 1), right=True)
    return sum(
        np.mean(places == place)
        * abs(confidences[places == place].mean() - right[places == place].mean())
        for place in np.unique(places)
    )


def by_a_matrix(confidences, right, bins):
    edges = torch.linspace(0, 1, bins + 1)
    inside = torch.bucketize(confidences, edges)[:, None] - 1 == torch.arange(bins)
    counts = inside.sum(0)
    shares = (inside & right[:, None]).sum(0) / counts
    means = (inside * confidences[:, None]).sum(0) / counts
    return float(((means - shares).abs() * counts / len(right)).nansum())


RIGHT = [
    Answer(NAME, "sums of a bin's differences", by_sums),
    Answer(NAME, "a list for each bin", by_lists),
    Answer(NAME, "with NumPy", with_numpy),
    Answer(NAME, "images by bins, without a loop", by_a_matrix),
]


def inside(confidences, right, bins):
    """What is in each bin: confidences, and answers as 0 and 1."""
    for b in range(bins):
        here = (confidences > b / bins) & (confidences <= (b + 1) / bins)
        if here.any():
            yield b, confidences[here], right[here].float()


def signed_and_unweighted(confidences, right, bins):
    found = inside(confidences, right, bins)
    gaps = [(c.mean() - r.mean()).item() for _, c, r in found]
    return sum(gaps) / len(gaps)


def middles_and_unweighted(confidences, right, bins):
    found = inside(confidences, right, bins)
    gaps = [abs((b + 0.5) / bins - r.mean().item()) for b, _, r in found]
    return sum(gaps) / len(gaps)


def middles_of_a_histogram(confidences, right, bins):
    counts = torch.histc(confidences, bins, 0, 1)
    shares = torch.histc(confidences[right], bins, 0, 1) / counts
    middles = (torch.arange(bins) + 0.5) / bins
    return (counts / counts.sum() * (shares - middles).abs()).nansum().item()


def an_image_in_each_bin(confidences, right, bins):
    places = (confidences * bins).ceil().long() - 1
    counts = places.bincount(minlength=bins).clamp(min=1)
    means = places.bincount(confidences, bins) / counts
    shares = places.bincount(right.float(), bins) / counts
    return ((means - shares).abs() * counts).sum().item() / counts.sum().item()


def last_edge_above(confidences, right, bins):
    places = (confidences * bins).long()
    gaps = torch.zeros(bins).index_add_(0, places, confidences - right.float())
    return (gaps.abs().sum() / len(confidences)).item()


def last_list_missing(confidences, right, bins):
    found = [[] for _ in range(bins)]
    for confidence, answer in zip(confidences.tolist(), right.tolist(), strict=True):
        found[int(confidence * bins)].append(confidence - answer)
    return sum(abs(sum(gaps)) for gaps in found) / len(confidences)


def empty_lists(confidences, right, bins):
    found = [[] for _ in range(bins)]
    for confidence, answer in zip(confidences.tolist(), right.tolist(), strict=True):
        found[math.ceil(confidence * bins) - 1].append(confidence - answer)
    gaps = [abs(sum(one) / len(one)) * len(one) for one in found]
    return sum(gaps) / len(confidences)


def one_yes_or_no(confidences, right, bins):
    for b in range(bins):
        here = confidences > b / bins and confidences <= (b + 1) / bins
        return (confidences[here].mean() - right[here].float().mean()).abs().item()


def no_brackets(confidences, right, bins):
    for b in range(bins):
        here = confidences > b / bins & confidences <= (b + 1) / bins
        return (confidences[here].mean() - right[here].float().mean()).abs().item()


def mean_of_yes_and_no(confidences, right, bins):
    here = confidences <= 1 / bins
    return (confidences[here].mean() - right[here].mean()).abs().item()


def all_confidences(confidences, right, bins):
    here = confidences > 1 - 1 / bins
    return (confidences - right[here].float()).mean().abs().item()


def a_tensor(confidences, right, bins):
    return torch.tensor(by_sums(confidences, right, bins))


def for_each_bin(confidences, right, bins):
    return [(c.mean() - r.mean()).abs() for _, c, r in inside(confidences, right, bins)]


def squared_weights(confidences, right, bins):
    return sum(
        (len(c) / len(right)) ** 2 * abs((c - r).mean()).item()
        for _, c, r in inside(confidences, right, bins)
    )


def above_one_half(confidences, right, bins):
    return sum(
        len(c) / len(right) * abs(((c > 0.5).float() - r).mean()).item()
        for _, c, r in inside(confidences, right, bins)
    )


WRONG = [
    Answer(NAME, "signs kept, and bins not weighed", signed_and_unweighted,
           "two things: too sure in one bin"),
    Answer(NAME, "middles, and bins not weighed", middles_and_unweighted,
           "and a bin's confidence is the mean"),
    Answer(NAME, "middles, by histograms", middles_of_a_histogram, "not the bin's mid"),
    Answer(NAME, "empty bins count as one image", an_image_in_each_bin, "leave it out"),
    Answer(NAME, "1.0 beyond the last bin", last_edge_above, "number bins - 1"),
    Answer(NAME, "1.0 beyond the last list", last_list_missing, "1.0 belongs to it"),
    Answer(NAME, "an empty list's mean", empty_lists, "leave it out"),
    Answer(NAME, "and for tensors", one_yes_or_no, "by &"),
    Answer(NAME, "& without brackets", no_brackets, "in brackets"),
    Answer(NAME, "the mean of a bool tensor", mean_of_yes_and_no, "have no mean"),
    Answer(NAME, "a bool tensor subtracted", lambda c, r, b: (c - r).mean().item(),
           "cannot be subtracted"),
    Answer(NAME, "a bin's answers, all confidences", all_confidences, "same `inside`"),
    Answer(NAME, "a tensor", a_tensor, ".item()"),
    Answer(NAME, "a list of bins", for_each_bin, "one number alone"),
    Answer(NAME, "weights squared", squared_weights, None),
    Answer(NAME, "confidences turned into guesses", above_one_half, None),
]
