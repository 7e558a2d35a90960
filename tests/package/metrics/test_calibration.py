"""Calibration: by hand, against plain loops, and what a temperature mends."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.metrics.calibration import (
    best_temperature,
    expected_calibration_error,
    reliability,
)


def sure(confidences: list[float]) -> Tensor:
    """Logits of two classes: of the first with these probabilities, from 0.5 up."""
    first = torch.tensor(confidences, dtype=torch.float64)
    return torch.stack([first, 1 - first], dim=1).log()


def calibrated(
    count: int, seed: int, classes: int = 10, width: float = 2.0
) -> tuple[Tensor, Tensor]:
    """Logits, and labels that are drawn with just the probabilities they say."""
    draw = torch.Generator().manual_seed(seed)
    logits = width * torch.randn(count, classes, generator=draw, dtype=torch.float64)
    labels = torch.multinomial(logits.softmax(dim=1), 1, generator=draw)[:, 0]
    return logits, labels


def plain_table(logits: Tensor, labels: Tensor, bins: int) -> list[list[tuple]]:
    """For each bin the confidence of each image, and whether it is right."""
    table: list[list[tuple]] = [[] for _ in range(bins)]
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        powers = [math.exp(value - max(row)) for value in row]
        confidence = max(powers) / sum(powers)
        place = next(b for b in range(bins) if confidence <= (b + 1) / bins)
        table[place].append((confidence, row.index(max(row)) == label))
    return table


def loss(logits: Tensor, labels: Tensor, temperature: float) -> float:
    return F.cross_entropy(logits.double() / temperature, labels).item()


def test_a_case_made_by_hand_has_the_error_counted_by_hand() -> None:
    """In fifteenths: 0.52 lies in bin 7, 0.61 and 0.66 in bin 9, 0.95 in bin 14.

    Right are 0 of 1, 1 of 2 and 3 of 4: (0.52 + |0.5 - 0.635| * 2 + |0.75 - 0.95| * 4)
    / 7.
    """
    logits = sure([0.52, 0.61, 0.66, 0.95, 0.95, 0.95, 0.95])
    labels = torch.tensor([1, 0, 1, 0, 0, 1, 0])
    table = reliability(logits, labels)
    counts = [0] * 15
    counts[7], counts[9], counts[14] = 1, 2, 4
    assert table.counts.tolist() == counts and table.counts.dtype == torch.int64
    seen = [7, 9, 14]
    assert table.confidences[seen].tolist() == pytest.approx([0.52, 0.635, 0.95])
    assert table.accuracies[seen].tolist() == [0.0, 0.5, 0.75]
    empty = table.counts == 0
    assert table.confidences[empty].isnan().all() and len(table.confidences) == 15
    assert table.accuracies[empty].isnan().all() and len(table.accuracies) == 15
    error = expected_calibration_error(logits, labels)
    assert error == pytest.approx((0.52 + 0.135 * 2 + 0.2 * 4) / 7)


def test_one_bin_compares_mean_confidence_with_accuracy() -> None:
    logits, labels = sure([0.6, 0.7, 0.8, 0.9]), torch.tensor([0, 1, 1, 1])
    found = expected_calibration_error(logits, labels, bins=1)
    assert found == pytest.approx(0.75 - 0.25)


def test_a_confidence_on_an_edge_belongs_to_the_bin_below() -> None:
    even = torch.zeros(1, 2), torch.zeros(1, 4)      # confidences of 1/2 and 1/4
    label = torch.tensor([0])
    counts = [reliability(logits, label, bins=4).counts.tolist() for logits in even]
    assert counts == [[0, 1, 0, 0], [1, 0, 0, 0]]


@pytest.mark.parametrize("bins", [1, 2, 10, 15, 40])
@pytest.mark.parametrize("classes", [2, 10])
def test_table_and_error_equal_a_plain_loop(classes: int, bins: int) -> None:
    logits, labels = calibrated(300, classes, classes)
    logits = 1.7 * logits
    table, wanted = reliability(logits, labels, bins), plain_table(logits, labels, bins)
    total = 0.0
    for b, images in enumerate(wanted):
        assert table.counts[b] == len(images)
        if images:
            confidence = sum(c for c, _ in images) / len(images)
            accuracy = sum(right for _, right in images) / len(images)
            assert table.confidences[b].item() == pytest.approx(confidence)
            assert table.accuracies[b].item() == pytest.approx(accuracy)
            total += abs(accuracy - confidence) * len(images) / 300
    found = expected_calibration_error(logits, labels, bins)
    assert found == pytest.approx(total)


@pytest.mark.parametrize("count", [400, 2000])
def test_a_calibrated_set_is_off_by_what_chance_makes(count: int) -> None:
    """A bin's accuracy is a mean of n draws: its expected distance from the mean of
    their probabilities is a deviation times the root of 2 / pi.
    """
    found = expected = 0.0
    for seed in range(20):
        logits, labels = calibrated(count, seed)
        found += expected_calibration_error(logits, labels) / 20
        believed = logits.softmax(dim=1).amax(dim=1)
        for b in range(15):
            inside = believed[(believed > b / 15) & (believed <= (b + 1) / 15)]
            variance = (inside * (1 - inside)).sum().item()
            expected += math.sqrt(2 * variance / math.pi) / count / 20
    assert found == pytest.approx(expected, rel=0.15)


def test_a_network_that_is_three_times_too_sure_is_found_out() -> None:
    logits, labels = calibrated(5000, 0)
    before = expected_calibration_error(logits, labels)
    assert expected_calibration_error(3 * logits, labels) > 5 * before
    assert expected_calibration_error(logits / 3, labels) > 5 * before


@pytest.mark.parametrize("seed", range(3))
def test_calibrated_logits_have_a_temperature_of_about_1(seed: int) -> None:
    assert best_temperature(*calibrated(2000, seed)) == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("factor", [3, 0.01, 1e-9, 1e9, 0.3])
def test_logits_times_a_factor_have_that_factor_times_the_temperature(
    factor: float,
) -> None:
    logits, labels = calibrated(300, 1)
    once = best_temperature(logits, labels)
    assert best_temperature(factor * logits, labels) == pytest.approx(
        factor * once, rel=1e-12
    )


@pytest.mark.parametrize("shift", [1000.0, -5.0])
def test_a_number_added_to_all_logits_of_an_image_changes_nothing(shift: float) -> None:
    logits, labels = calibrated(500, 2)
    moved = logits + shift * torch.arange(500).double()[:, None] / 500
    assert best_temperature(moved, labels) == pytest.approx(
        best_temperature(logits, labels), rel=1e-9
    )


@pytest.mark.parametrize("factor", [0.2, 1.0, 4.0])
@pytest.mark.parametrize("classes", [2, 10, 100])
def test_no_other_temperature_has_a_smaller_loss(classes: int, factor: float) -> None:
    logits, labels = calibrated(200, classes, classes)
    logits = factor * logits
    best = best_temperature(logits, labels)
    least = loss(logits, labels, best)
    for power in range(-20, 21):
        assert loss(logits, labels, best * 1.3**power) >= least - 1e-12
    # The slope, by autograd, is none there.
    inverse = torch.tensor(1 / best, dtype=torch.float64, requires_grad=True)
    F.cross_entropy(logits * inverse, labels).backward()
    assert abs(inverse.grad.item()) < 1e-10 * logits.abs().max().item()


def test_two_classes_and_four_images_have_the_temperature_found_by_hand() -> None:
    """Three right and one wrong, all with a gap of 2: sigmoid(2 / T) = 3/4."""
    logits = torch.tensor([[2.0, 0.0]] * 4)
    labels = torch.tensor([0, 0, 0, 1])
    assert best_temperature(logits, labels) == pytest.approx(2 / math.log(3))


def test_dividing_by_it_mends_the_calibration_and_no_guess_changes() -> None:
    logits, labels = calibrated(4000, 5)
    logits = 3 * logits
    temperature = best_temperature(logits[:2000], labels[:2000])
    test, truth = logits[2000:], labels[2000:]
    mended = test / temperature
    assert torch.equal(mended.argmax(dim=1), test.argmax(dim=1))
    right = reliability(mended, truth), reliability(test, truth)
    shares = [(t.counts * t.accuracies).nansum().item() for t in right]
    assert shares[0] == pytest.approx(shares[1])
    before = expected_calibration_error(test, truth)
    assert expected_calibration_error(mended, truth) < before / 4
    assert loss(test, truth, temperature) < loss(test, truth, 1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_logits_of_any_type_are_weighed_in_float64(dtype: torch.dtype) -> None:
    logits, labels = calibrated(500, 3)
    short = logits.to(dtype)
    exact = short.double()
    assert best_temperature(short, labels) == best_temperature(exact, labels)
    error = expected_calibration_error(short, labels)
    assert error == expected_calibration_error(exact, labels)


def test_very_sure_logits_are_no_trouble() -> None:
    logits = torch.tensor([[1e4, 0.0], [1e4, 0.0], [0.0, 1e4], [1e4, 0.0]])
    labels = torch.tensor([0, 0, 1, 1])
    assert expected_calibration_error(logits, labels) == 0.25
    assert best_temperature(logits, labels) == pytest.approx(1e4 / math.log(3))


def test_the_logits_that_came_stay_as_they_are() -> None:
    logits, labels = calibrated(100, 4)
    before = logits.clone(), labels.clone()
    best_temperature(logits, labels)
    expected_calibration_error(logits, labels)
    assert torch.equal(logits, before[0]) and torch.equal(labels, before[1])


@pytest.mark.parametrize(
    ("logits", "labels", "words"),
    [
        ([[1.0, 0.0], [0.0, 0.1]], [0, 1], "the lower, the better"),
        ([[1.0, 0.0], [1.0, 0.0]], [0, 1], "the higher, the better"),
        ([[1.0, 0.0], [3.0, 0.0]], [1, 1], "the higher, the better"),
        ([[5.0, 5.0], [5.0, 5.0]], [0, 1], "the higher, the better"),
        ([[5.0], [3.0]], [0, 0], "the higher, the better"),
    ],
)
def test_where_no_temperature_is_best_it_is_said(logits, labels, words) -> None:
    with pytest.raises(ValueError, match=words):
        best_temperature(torch.tensor(logits), torch.tensor(labels))


LOGITS, LABELS = calibrated(6, 0, 3)
BROKEN = [LOGITS.clone().index_fill(0, torch.tensor([2]), v)
          for v in (math.nan, math.inf)]
REFUSED = [
    ((BROKEN[0], LABELS), ValueError, "logits must be finite numbers"),
    ((BROKEN[1], LABELS), ValueError, "logits must be finite numbers"),
    ((LOGITS[0], LABELS), ValueError, "logits must have shape (N, classes)"),
    ((LOGITS[None], LABELS), ValueError, "logits must have shape (N, classes)"),
    ((LOGITS[:0], LABELS[:0]), ValueError, "N at least 1, got (0, 3)"),
    ((LOGITS[:, :0], LABELS), ValueError, "N at least 1, got (6, 0)"),
    ((LOGITS.long(), LABELS), TypeError, "logits must be floating-point numbers"),
    ((LOGITS * 1j, LABELS), TypeError, "logits must be floating-point numbers"),
    ((LOGITS.tolist(), LABELS), TypeError, "logits must be a tensor, got list"),
    ((LOGITS.to("meta"), LABELS), ValueError, "logits must hold numbers"),
    ((LOGITS, LABELS[1:]), ValueError, "labels must be one for each of 6 images"),
    ((LOGITS, LABELS + 3), ValueError, "labels must be from 0 to 2"),
    ((LOGITS, LABELS - 3), ValueError, "labels must be from 0 to 2"),
    ((LOGITS, LABELS.float()), TypeError, "labels must be a tensor of torch.int64"),
    ((LOGITS, LABELS[:, None]), ValueError, "labels must have shape (N,)"),
]


@pytest.mark.parametrize(
    "judge", [reliability, expected_calibration_error, best_temperature]
)
@pytest.mark.parametrize(("arguments", "error", "words"), REFUSED)
def test_what_cannot_be_judged_is_refused_by_its_name(
    judge, arguments, error, words
) -> None:
    with pytest.raises(error) as refusal:
        judge(*arguments)
    assert words in str(refusal.value)


@pytest.mark.parametrize(("bins", "error"), [(0, ValueError), (2.0, TypeError)])
def test_bins_are_a_number_of_bins(bins, error) -> None:
    for judge in (reliability, expected_calibration_error):
        with pytest.raises(error, match="bins must be"):
            judge(LOGITS, LABELS, bins)
