"""Long-tailed training sets: counts by hand, which images stay, and the weights."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.data.long_tail import class_weights, long_tail, long_tail_counts
from resattn_tutorial.data.scenes import load_scenes


def balanced(each: int, classes: int = 10) -> Tensor:
    """Classes in turn: 0, 1, 2, ... and again."""
    return torch.arange(classes).repeat(each)


@pytest.mark.parametrize(
    ("most", "ratio", "classes", "counts"),
    [
        # By hand: each is a tenth, a half, a third of the one before.
        (1000, 100, 3, [1000, 100, 10]),
        (800, 8, 4, [800, 400, 200, 100]),
        (270, 27, 4, [270, 90, 30, 10]),
        # 100 / sqrt(50) = 14.14; 7 / sqrt(2) = 4.95; 2 ** (2 / 3) = 1.59.
        (100, 50, 3, [100, 14, 2]),
        (7, 2, 3, [7, 4, 3]),
        (2, 2, 4, [2, 1, 1, 1]),
        (9, 1, 5, [9, 9, 9, 9, 9]),
        (10, 10, 2, [10, 1]),
    ],
)
def test_counts_equal_those_made_by_hand(most, ratio, classes, counts):
    assert long_tail_counts(most, ratio, classes) == counts


@pytest.mark.parametrize("ratio", [10, 50, 100])
@pytest.mark.parametrize(("most", "classes"), [(5000, 10), (2000, 10), (500, 100)])
def test_counts_fall_by_one_factor_from_class_to_class(most, ratio, classes):
    """The formula in floats, off by one at most where it is a whole number."""
    counts = long_tail_counts(most, ratio, classes)
    for k, count in enumerate(counts):
        exact = most * ratio ** (-k / (classes - 1))
        assert count - 1e-9 <= exact < count + 1 + 1e-9
    assert counts[0] == most and counts[-1] == most // ratio
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("most", "classes", "images"),
    [(5000, 10, [20431, 13996, 12406]), (500, 100, [19573, 12608, 10847])],
)
def test_long_tailed_cifar_has_as_many_images_as_is_reported(most, classes, images):
    """The sizes that CIFAR-10 and CIFAR-100 are left with at 10, 50 and 100."""
    found = [sum(long_tail_counts(most, ratio, classes)) for ratio in (10, 50, 100)]
    assert found == images


def test_no_class_loses_an_image_to_the_rounding_of_a_float():
    """In floats the power falls below the whole number that it stands for."""
    falls_short = [
        ratio for ratio in range(2, 21)
        if int(ratio**6 * (ratio**6) ** (-5 / 6)) != ratio
    ]
    assert falls_short
    for ratio in falls_short:
        wanted = [ratio**n for n in range(6, -1, -1)]
        assert long_tail_counts(ratio**6, ratio**6, 7) == wanted


@pytest.mark.parametrize("ratio", [10, 50, 100])
def test_each_class_keeps_its_first_images_in_their_order(ratio):
    labels = balanced(200)[torch.randperm(2000, generator=torch.manual_seed(ratio))]
    kept = long_tail(labels, ratio)
    left = dict(enumerate(long_tail_counts(200, ratio, 10)))
    wanted = []
    for number, label in enumerate(labels.tolist()):
        if left[label]:
            left[label] -= 1
            wanted.append(number)
    assert kept.dtype == torch.int64 and kept.tolist() == wanted
    found = labels[kept].bincount(minlength=10).tolist()
    assert found == long_tail_counts(200, ratio, 10)


def test_a_seed_draws_which_classes_are_frequent():
    labels = balanced(100)
    counts = long_tail_counts(100, 50, 10)
    found = {tuple(labels[long_tail(labels, 50, seed)].bincount(minlength=10).tolist())
             for seed in range(20)}
    assert len(found) == 20
    assert all(sorted(one, reverse=True) == counts for one in found)
    assert len({one.index(100) for one in found}) > 5
    assert torch.equal(long_tail(labels, 50, 3), long_tail(labels, 50, 3))
    order = np.random.RandomState(3).permutation(10)
    sizes = labels[long_tail(labels, 50, 3)].bincount()
    assert sizes[order].tolist() == counts


def test_ratio_1_keeps_a_balanced_set_and_balances_another():
    labels = balanced(30)
    assert torch.equal(long_tail(labels, 1), torch.arange(300))
    more = torch.cat([labels, labels[labels != 4]])
    kept = long_tail(more, 1)
    assert torch.equal(kept, torch.arange(300))


def test_the_smallest_class_sets_the_largest_number():
    labels = torch.tensor([0] * 50 + [1] * 12 + [2] * 99)
    found = labels[long_tail(labels, 4)].bincount().tolist()
    assert found == [12, 6, 3]


def test_the_labels_that_came_stay_as_they_are():
    labels = balanced(30)
    before = labels.clone()
    long_tail(labels, 10, seed=1)
    class_weights(labels)
    assert torch.equal(labels, before)


def test_the_recorded_images_come_again():
    """A run on a long tail can be repeated only as long as these stay the same."""
    labels = load_scenes("train", 1000).labels
    found = {}
    for ratio, seed in ((10, None), (50, None), (100, None), (100, 0)):
        kept = long_tail(labels, ratio, seed).numpy().astype("<i8").tobytes()
        found[ratio, seed] = hashlib.sha256(kept).hexdigest()[:16]
    assert found == {
        (10, None): "cfb85d55507ef8d1", (50, None): "0900e761c439afca",
        (100, None): "d6fc2341b948ea72", (100, 0): "9002f9e1fa96e019",
    }


def test_weights_are_one_over_the_numbers_with_mean_1_over_the_images():
    labels = torch.tensor([0] * 6 + [1] * 3 + [2])
    found = class_weights(labels)
    # 10 images, 3 classes: 10 / (3 * 6), 10 / (3 * 3), 10 / (3 * 1).
    assert found.dtype == torch.float32
    assert found.tolist() == pytest.approx([5 / 9, 10 / 9, 10 / 3])
    assert found[labels].mean().item() == pytest.approx(1)


def test_balanced_classes_weigh_1_each():
    assert class_weights(balanced(7)).tolist() == [1.0] * 10


def test_the_weighted_loss_is_the_mean_of_the_classes_mean_losses():
    labels = balanced(100)
    labels = labels[long_tail(labels, 50)]
    draw = torch.Generator().manual_seed(0)
    logits = torch.randn(len(labels), 10, generator=draw, dtype=torch.float64)
    weights = class_weights(labels).double()
    each = F.cross_entropy(logits, labels, reduction="none")
    wanted = sum(each[labels == k].mean().item() for k in range(10)) / 10
    total = F.cross_entropy(logits, labels, weight=weights, reduction="sum").item()
    assert total / len(labels) == pytest.approx(wanted, rel=1e-6)
    # Over the whole set the weights add up to the number of images.
    mean = F.cross_entropy(logits, labels, weight=weights).item()
    assert mean == pytest.approx(wanted, rel=1e-6)
    assert not math.isclose(each.mean().item(), wanted, rel_tol=1e-3)


LABELS = balanced(20)
GAP = LABELS[LABELS != 4]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: long_tail_counts(9, 10, 3), ValueError, "most must be at least 10"),
        (lambda: long_tail_counts(9, 0, 3), ValueError, "ratio must be at least 1"),
        (lambda: long_tail_counts(9, 2.5, 3), TypeError, "ratio must be a whole"),
        (lambda: long_tail_counts(9.0, 2, 3), TypeError, "most must be a whole number"),
        (lambda: long_tail_counts(9, 2, 1), ValueError, "classes must be at least 2"),
        (lambda: long_tail_counts(9, 2, 10**6), ValueError, "classes must be at most"),
        (lambda: long_tail_counts(10**30, 2, 3), ValueError, "most must be at most"),
        (lambda: long_tail(LABELS, 21), ValueError, "ratio must be at most 20, got 21"),
        (lambda: long_tail(LABELS, 0), ValueError, "ratio must be at least 1"),
        (lambda: long_tail(LABELS, 10, -1), ValueError, "seed must be at least 0"),
        (lambda: long_tail(LABELS, 10, "a"), TypeError, "seed must be a whole number"),
        (lambda: long_tail(GAP, 10), ValueError, "from 0 to 9, got none of class 4"),
        (lambda: long_tail(LABELS * 0, 10), ValueError, "at least 2 classes, got 1"),
        (lambda: long_tail(LABELS[:0], 10), ValueError, "at least 2 classes, got 0"),
        (lambda: long_tail(LABELS - 1, 10), ValueError, "labels must be from 0 to 999"),
        (lambda: long_tail(LABELS.float(), 10), TypeError, "tensor of torch.int64"),
        (lambda: long_tail(LABELS[None], 10), ValueError, "must have shape (N,), got"),
        (lambda: long_tail([0, 1], 1), TypeError, "tensor of torch.int64, got list"),
        (lambda: class_weights(GAP), ValueError, "got none of class 4"),
        (lambda: class_weights(LABELS.int()), TypeError, "tensor of torch.int64"),
        (lambda: class_weights(LABELS.to("meta")), ValueError, "must hold numbers"),
    ],
)
def test_what_has_no_long_tail_is_refused_by_name(call, error, words):
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
