"""Answers to *What a rare class should weigh*."""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F

from resattn_tutorial.data import long_tail
from tests.banks import Answer

NAME = "class_weights"


def mean_over_images(labels, classes):
    """Inverse first, the scale afterwards."""
    weights = 1 / torch.bincount(labels, minlength=classes)
    return weights / weights[labels].mean()


def one_by_one(labels, classes):
    counts = Counter(labels.tolist())
    mean = len(labels) / classes
    return torch.tensor([mean / counts[label] for label in range(classes)])


def by_shares(labels, classes):
    return 1 / (classes * F.one_hot(labels, classes).float().mean(dim=0))


def with_numpy(labels, classes):
    _, counts = np.unique(labels.numpy(), return_counts=True)
    return torch.from_numpy((counts.mean() / counts).astype("float32"))


RIGHT = [
    Answer(NAME, "scaled by the mean over images", mean_over_images),
    Answer(NAME, "class by class", one_by_one),
    Answer(NAME, "from shares", by_shares),
    Answer(NAME, "with NumPy", with_numpy),
    Answer(NAME, "the package's", lambda x, classes: long_tail.class_weights(x)),
]


def double_and_unscaled(labels, classes):
    return torch.tensor(1 / np.bincount(labels.numpy()))


def sorted_and_unscaled(labels, classes):
    return 1 / torch.bincount(labels, minlength=classes).sort().values


def images_and_unscaled(labels, classes):
    return (1 / torch.bincount(labels, minlength=classes))[labels]


def wrong_axis(labels, classes):
    return len(labels) / (classes * F.one_hot(labels, classes).sum(dim=1))


def last_class_missing(labels, classes):
    counts = [(labels == label).sum().item() for label in range(classes - 1)]
    return torch.tensor([len(labels) / (classes * count) for count in counts])


def mean_of_whole_numbers(labels, classes):
    counts = torch.bincount(labels, minlength=classes)
    return counts.mean() / counts


def mean_of_yes_and_no(labels, classes):
    shares = [(labels == label).mean() for label in range(classes)]
    return 1 / (classes * torch.stack(shares))


def scaled_by_labels(labels, classes):
    weights = 1 / torch.bincount(labels, minlength=classes)
    return weights / (weights * labels).mean()


def of_whole_numbers(labels, classes):
    return len(labels) / (classes * torch.histc(labels, classes))


def a_list(labels, classes):
    return one_by_one(labels, classes).tolist()


def an_array(labels, classes):
    return with_numpy(labels, classes).numpy()


def a_dictionary(labels, classes):
    return dict(enumerate(a_list(labels, classes)))


def a_steep_power(labels, classes):
    weights = torch.bincount(labels, minlength=classes).float() ** -1.5
    return weights / weights[labels].mean()


WRONG = [
    Answer(NAME, "float64, and not scaled", double_and_unscaled, "two things: the sca"),
    Answer(NAME, "sorted, and not scaled", sorted_and_unscaled, "weight k belongs to"),
    Answer(NAME, "for each image, not scaled", images_and_unscaled, "for each class"),
    Answer(NAME, "summed over classes", wrong_axis, "one weight for each class"),
    Answer(NAME, "the last class is missing", last_class_missing, "for each class"),
    Answer(NAME, "the mean of counts", mean_of_whole_numbers, ".float() first"),
    Answer(NAME, "the mean of yes and no", mean_of_yes_and_no, ".float() first"),
    Answer(NAME, "weights times labels", scaled_by_labels, "weights[labels]"),
    Answer(NAME, "a histogram of whole numbers", of_whole_numbers, "bincount"),
    Answer(NAME, "a list", a_list, "torch.tensor"),
    Answer(NAME, "an array", an_array, "torch.tensor"),
    Answer(NAME, "a dictionary", a_dictionary, "one tensor"),
    Answer(NAME, "the mean count alone", lambda x, c: len(x) / c, "one tensor"),
    Answer(NAME, "a power beyond the inverse", a_steep_power, None),
]
