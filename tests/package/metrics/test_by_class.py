"""Recall class by class: against counting by hand."""

from __future__ import annotations

import math

import pytest
import torch

from resattn_tutorial.metrics.by_class import confusion_counts, recall_by_class

#           class 0          class 1     class 2
LABELS = torch.tensor([0, 0, 0, 0, 1, 1, 2])
GUESSES = torch.tensor([0, 0, 0, 2, 0, 1, 0])


def test_a_small_case_equals_the_count_by_hand() -> None:
    counts = confusion_counts(GUESSES, LABELS, 3)
    assert counts.dtype == torch.int64
    assert counts.tolist() == [[3, 0, 1], [1, 1, 0], [1, 0, 0]]
    recall = recall_by_class(GUESSES, LABELS, 3)
    assert recall.dtype == torch.float64 and recall.tolist() == [0.75, 0.5, 0.0]


@pytest.mark.parametrize(("classes", "count"), [(2, 30), (10, 500), (100, 40)])
def test_many_cases_equal_a_plain_count(classes: int, count: int) -> None:
    draw = torch.Generator().manual_seed(classes)
    labels = torch.randint(classes, (count,), generator=draw)
    guesses = torch.randint(classes, (count,), generator=draw)
    pairs = list(zip(labels.tolist(), guesses.tolist(), strict=True))
    counts = confusion_counts(guesses, labels, classes)
    assert counts.tolist() == [
        [pairs.count((true, guess)) for guess in range(classes)]
        for true in range(classes)
    ]
    for label, recall in enumerate(recall_by_class(guesses, labels, classes).tolist()):
        own = [guess == true for true, guess in pairs if true == label]
        if own:
            assert recall == pytest.approx(sum(own) / len(own))
        else:
            assert math.isnan(recall)


def test_on_balanced_labels_the_mean_recall_is_the_share_of_right_answers() -> None:
    labels = torch.arange(10).repeat(50)
    guesses = torch.where(torch.arange(500) % 3 == 0, labels, (labels + 1) % 10)
    mean = recall_by_class(guesses, labels, 10).mean().item()
    assert mean == pytest.approx((guesses == labels).double().mean().item())


def test_a_rare_class_that_is_never_answered_shows() -> None:
    labels = torch.tensor([0] * 98 + [1] * 2)
    assert recall_by_class(labels * 0, labels, 2).tolist() == [1.0, 0.0]


def test_no_images_have_no_recall() -> None:
    none = torch.zeros(0, dtype=torch.int64)
    assert recall_by_class(none, none, 3).isnan().all()


REFUSED = [
    (lambda: recall_by_class(GUESSES[1:], LABELS, 3), ValueError,
     "guesses must have shape (N,), one for each of 7 labels, got (6,)"),
    (lambda: recall_by_class(torch.eye(7).long(), LABELS, 3), ValueError,
     "guesses must have shape (N,)"),
    (lambda: recall_by_class(GUESSES.float(), LABELS, 3), TypeError,
     "guesses must be a tensor of torch.int64, got torch.float32"),
    (lambda: recall_by_class([0], LABELS, 3), TypeError,
     "guesses must be a tensor of torch.int64, got list"),
    (lambda: recall_by_class(GUESSES, LABELS.tolist(), 3), TypeError,
     "labels must be a tensor of torch.int64, got list"),
    (lambda: recall_by_class(GUESSES, LABELS, 2), ValueError,
     "labels must be from 0 to 1, got 2"),
    (lambda: recall_by_class(GUESSES + 1, LABELS, 3), ValueError,
     "guesses must be from 0 to 2, got 3"),
    (lambda: recall_by_class(GUESSES - 1, LABELS, 3), ValueError,
     "guesses must be from 0 to 2, got -1"),
    (lambda: recall_by_class(GUESSES.to("meta"), LABELS, 3), ValueError,
     "guesses must hold numbers"),
    (lambda: recall_by_class(GUESSES, LABELS, 0), ValueError,
     "classes must be at least 1"),
    (lambda: recall_by_class(GUESSES, LABELS, 10**9), ValueError,
     "classes must be at most 10,000"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_counted_is_refused_by_name(call, error, words) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
