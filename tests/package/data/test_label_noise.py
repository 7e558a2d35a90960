"""Noisy labels follow the matrix Q, and the seed alone."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

import pytest
import torch

from resattn_tutorial.data.label_noise import add_label_noise, noise_matrix
from resattn_tutorial.validation import require_seed

NAN = math.nan


def balanced(each: int, classes: int = 10) -> torch.Tensor:
    return torch.arange(classes).repeat(each)


def counted(labels: torch.Tensor, noisy: torch.Tensor, classes: int) -> torch.Tensor:
    """How often each class (row) came out as each class (column)."""
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for true in range(classes):
        for now in range(classes):
            counts[true, now] = ((labels == true) & (noisy == now)).sum()
    return counts


# The four levels of Table 5, by hand from Equation 7.
@pytest.mark.parametrize(("noise", "diagonal", "beside"), [
    (0.1, Fraction(9, 10), Fraction(1, 90)),
    (0.3, Fraction(7, 10), Fraction(1, 30)),
    (0.5, Fraction(5, 10), Fraction(1, 18)),
    (0.7, Fraction(3, 10), Fraction(7, 90)),
])
def test_the_matrix_is_equation_7(noise, diagonal, beside):
    matrix = noise_matrix(noise)
    assert matrix.shape == (10, 10) and matrix.dtype == torch.float64
    for row in range(10):
        for column in range(10):
            expected = float(diagonal if row == column else beside)
            assert matrix[row, column].item() == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("classes", [2, 3, 10, 100])
@pytest.mark.parametrize("noise", [0, 0.3, 0.55, 1])
def test_each_row_of_the_matrix_sums_to_1(noise, classes):
    matrix = noise_matrix(noise, classes)
    assert matrix.shape == (classes, classes)
    assert (matrix.sum(dim=1) - 1).abs().max() < 1e-12
    assert matrix.min() >= 0


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5, 0.7])
def test_labels_come_out_as_often_as_the_matrix_says(noise):
    """Each of the hundred counts lies within 4.5 standard deviations of Q's."""
    each = 20_000
    labels = balanced(each)
    counts = counted(labels, add_label_noise(labels, noise, 10, seed=3), 10)
    likely = noise_matrix(noise)
    deviation = (each * likely * (1 - likely)).sqrt()
    assert counts.sum(dim=1).tolist() == [each] * 10
    assert ((counts - each * likely) / deviation).abs().max() < 4.5


def test_the_count_of_the_test_above_finds_a_wrong_ratio():
    labels = balanced(20_000)
    counts = counted(labels, add_label_noise(labels, 0.48, 10, seed=3), 10)
    deviation = math.sqrt(20_000 * 0.25)
    assert ((counts.diagonal() - 10_000) / deviation).abs().min() > 1
    assert ((counts.diagonal() - 10_000) / deviation).abs().max() > 4.5


def test_each_label_is_drawn_by_itself():
    """Neighbours are noisy together no more often than by chance."""
    labels = balanced(10_000)
    noisy = (add_label_noise(labels, 0.3, 10, seed=0) != labels).double()
    first, second = noisy[:-1] - 0.3, noisy[1:] - 0.3
    correlation = (first * second).mean() / (0.3 * 0.7)
    assert correlation.abs() < 4.5 / math.sqrt(len(labels))


def test_two_classes_are_swapped():
    labels = balanced(1_000, classes=2)
    assert torch.equal(add_label_noise(labels, 1, 2, seed=0), 1 - labels)


def test_clean_labels_stay_and_spoiled_ones_never_do():
    labels = balanced(2_000)
    assert torch.equal(add_label_noise(labels, 0, 10, seed=1), labels)
    assert torch.equal(add_label_noise(labels, 0.0, 10, seed=1), labels)
    assert not (add_label_noise(labels, 1.0, 10, seed=1) == labels).any()


def test_the_labels_that_came_stay_as_they_are():
    labels = balanced(100)
    before = labels.clone()
    noisy = add_label_noise(labels, 0.7, 10, seed=0)
    assert torch.equal(labels, before) and noisy.dtype == torch.int64
    assert add_label_noise(labels, 0, 10, seed=0).data_ptr() != labels.data_ptr()


def test_no_labels_are_no_trouble():
    none = torch.zeros(0, dtype=torch.int64)
    assert len(add_label_noise(none, 0.5, 10, seed=0)) == 0


def test_the_same_seed_gives_the_same_labels_and_another_one_others():
    labels = balanced(100)
    drawn = [add_label_noise(labels, 0.5, 10, seed) for seed in (*range(30), 2**32 - 1)]
    again = [add_label_noise(labels, 0.5, 10, seed) for seed in (*range(30), 2**32 - 1)]
    assert all(map(torch.equal, drawn, again))
    assert len({tuple(one.tolist()) for one in drawn}) == len(drawn)


def test_threads_and_torchs_own_random_numbers_have_no_part_in_it():
    labels = balanced(10_000)
    threads, found = torch.get_num_threads(), []
    with torch.random.fork_rng(devices=[]):
        for number in (1, 2, 5):
            torch.set_num_threads(number)
            torch.manual_seed(number)
            before = torch.get_rng_state()
            found.append(add_label_noise(labels, 0.5, 10, seed=7))
            assert torch.equal(torch.get_rng_state(), before)
    torch.set_num_threads(threads)
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


def test_the_recorded_labels_come_again():
    """A run on noisy labels can be repeated only as long as these stay the same."""
    noisy = add_label_noise(balanced(1_000), 0.5, 10, seed=0)
    digest = hashlib.sha256(noisy.numpy().astype("<i8").tobytes()).hexdigest()
    assert digest[:16] == "757be17bd9995306"


@pytest.mark.parametrize(("noise", "error"), [
    (-0.1, ValueError), (1.01, ValueError), (NAN, ValueError), (math.inf, ValueError),
    ("0.5", TypeError), (None, TypeError), (True, TypeError),
    (torch.tensor(0.5), TypeError),
])
def test_a_ratio_that_is_none_is_refused(noise, error):
    for call in (
        lambda: noise_matrix(noise),
        lambda: add_label_noise(balanced(1), noise, 10, seed=0),
    ):
        with pytest.raises(error, match="noise must be a number from 0 to 1, got"):
            call()


@pytest.mark.parametrize(("classes", "error", "words"), [
    (1, ValueError, "classes must be at least 2, got 1"),
    (10.0, TypeError, "classes must be a whole number, got 10.0"),
])
def test_too_few_classes_are_refused(classes, error, words):
    with pytest.raises(error, match=words):
        noise_matrix(0.5, classes)
    with pytest.raises(error, match=words):
        add_label_noise(balanced(1), 0.5, classes, seed=0)


@pytest.mark.parametrize(("labels", "error", "words"), [
    (torch.tensor([0, 10]), ValueError, "from 0 to 9, got 10"),
    (torch.tensor([-1]), ValueError, "from 0 to 9, got -1"),
    (torch.tensor([0.0]), TypeError, "torch.int64, got torch.float32"),
    ([0, 1], TypeError, "got list"),
    (torch.zeros(2, 10, dtype=torch.int64), ValueError, r"got \(2, 10\)"),
])
def test_what_are_no_labels_is_refused(labels, error, words):
    with pytest.raises(error, match=words):
        add_label_noise(labels, 0.5, 10, seed=0)


@pytest.mark.parametrize(("seed", "error", "words"), [
    (-1, ValueError, "seed must be at least 0, got -1"),
    (2**32, ValueError, r"seed must be below 2\*\*32, got 4294967296"),
    (1.0, TypeError, "seed must be a whole number, got 1.0"),
])
def test_a_seed_that_cannot_be_is_refused(seed, error, words):
    with pytest.raises(error, match=words):
        require_seed(seed)
    with pytest.raises(error, match=words):
        add_label_noise(balanced(1), 0.5, 10, seed)


def test_seeds_beyond_the_limit_would_repeat_others():
    """Why there is a limit: torch reads the last 32 bits only."""
    first, beyond = (
        torch.rand(4, generator=torch.Generator().manual_seed(seed))
        for seed in (5, 5 + 2**32)
    )
    assert torch.equal(first, beyond)
