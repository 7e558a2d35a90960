"""A training on ImageNet, worked out: against counts by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
import torch

from resattn_tutorial.cost.flops import torch_count
from resattn_tutorial.cost.imagenet import (
    ImageNetTraining,
    cores_needed,
    predicted_seconds,
)
from resattn_tutorial.models.zoo import attention56
from resattn_tutorial.recipes import RECIPES

# Numbers that can be reckoned with: no machine's.
HAND = ImageNetTraining(
    multiply_adds=1_000, batch_size=8, images_per_second=50.0, gpus=4, price=3.0,
    image_bytes=2_000.0, decoded_per_second=64.0, steps=9_000, images=24_000,
)


def test_a_training_that_can_be_reckoned_by_hand() -> None:
    assert HAND.images_seen == 72_000                # 9,000 steps of 8
    assert HAND.epochs == 3                          # of 24,000
    assert HAND.multiply_adds_in_all == 3 * 1_000 * 72_000
    assert HAND.multiply_adds_per_second == 150_000  # 50 images of 3,000
    assert HAND.loader_images_per_second == 200      # 4 GPUs of 50
    assert HAND.seconds == 360                       # 72,000 images at 200 a second
    assert HAND.days == pytest.approx(360 / 86_400)
    assert HAND.gpu_hours == pytest.approx(0.4)      # 4 GPUs, a tenth of an hour
    assert HAND.money == pytest.approx(1.2)
    assert HAND.cores == 4                           # 200 / 64 is 3.125
    assert HAND.bytes_read == 144_000_000
    assert HAND.bytes_per_second == 400_000          # for 360 seconds: the same sum


def test_twice_the_gpus_take_half_the_days_for_the_same_money() -> None:
    more = replace(HAND, gpus=8)
    assert more.days == HAND.days / 2 and more.gpu_hours == HAND.gpu_hours
    assert more.money == HAND.money and more.bytes_read == HAND.bytes_read
    assert more.cores == 7                           # 400 / 64 is 6.25
    assert more.bytes_per_second == 2 * HAND.bytes_per_second


def test_what_is_the_paper_s_or_imagenet_s_stands_and_nothing_else_does() -> None:
    given = {one.name: one.default for one in fields(ImageNetTraining)}
    known = {name: value for name, value in given.items() if isinstance(value, int)}
    assert known == {"steps": 530_000, "images": 1_281_167}
    assert RECIPES["paper-imagenet"].steps == 530_000


def test_the_paper_s_steps_are_106_epochs_if_its_batch_is_resnet_s() -> None:
    batch = RECIPES["paper-imagenet"].batch_size
    training = replace(HAND, batch_size=batch, steps=530_000, images=1_281_167)
    assert batch == 256 and training.images_seen == 135_680_000
    assert round(training.epochs) == 106


def test_the_multiply_adds_are_those_that_the_counter_gives() -> None:
    with torch.device("meta"):
        network, image = attention56(), torch.empty(1, 3, 224, 224)
    one = torch_count(network, image).total()
    training = replace(HAND, multiply_adds=one, batch_size=4, steps=1)
    assert training.multiply_adds_in_all == 4 * 3 * 6_270_836_736


def test_a_small_run_s_seconds_follow_from_its_rate() -> None:
    assert predicted_seconds(30, 16, 120.0) == 4
    assert predicted_seconds(30, 16, 60) == 8
    assert predicted_seconds(9_000, 8, 200.0) == HAND.seconds


@pytest.mark.parametrize(("wanted", "each", "cores"), [
    (200, 64, 4), (192, 64, 3), (193, 64, 4), (1, 64, 1), (3 * 0.1, 0.1, 3),
    (0.1, 0.3, 1),
])
def test_cores_are_whole_and_enough(wanted: float, each: float, cores: int) -> None:
    assert cores_needed(wanted, each) == cores


def test_a_training_does_not_change_and_holds_plain_numbers() -> None:
    with pytest.raises(FrozenInstanceError):
        HAND.gpus = 8
    told = replace(HAND, images_per_second=np.float64(50))
    assert told == HAND and type(told.images_per_second) is float


def changed(**what: object) -> Callable[[], object]:
    return lambda: replace(HAND, **what)


@pytest.mark.parametrize(("call", "error", "words"), [
    (changed(multiply_adds=6.27e9), TypeError, "multiply_adds must be a whole number"),
    (changed(multiply_adds=0), ValueError, "multiply_adds must be at least 1, got 0"),
    (changed(batch_size=10), ValueError, "batch_size must be a multiple of 4, got 10"),
    (changed(batch_size=10**7), ValueError, "batch_size must be at most 1,000,000"),
    (changed(gpus=0), ValueError, "gpus must be at least 1, got 0"),
    (changed(gpus=2.0), TypeError, "gpus must be a whole number, got 2.0"),
    (changed(gpus=True), TypeError, "gpus must be a whole number, got True"),
    (changed(steps=0), ValueError, "steps must be at least 1"),
    (changed(steps="530000"), TypeError, "steps must be a whole number"),
    (changed(images=-1), ValueError, "images must be at least 1"),
    (changed(images_per_second=0), ValueError, "images_per_second must be at least"),
    (changed(images_per_second=None), TypeError, "images_per_second must be a number"),
    (changed(image_bytes=-110e3), ValueError, "image_bytes must be at least"),
    (changed(image_bytes=float("nan")), ValueError, "image_bytes must be a finite"),
    (changed(decoded_per_second=float("inf")), ValueError, "decoded_per_second must"),
    (changed(price=-1), ValueError, "price must be at least 0"),
    (changed(price="3"), TypeError, "price must be a number, got '3'"),
    (lambda: predicted_seconds(0, 16, 1.0), ValueError, "steps must be at least 1"),
    (lambda: predicted_seconds(2.5, 16, 1.0), TypeError, "steps must be a whole numb"),
    (lambda: predicted_seconds(1, 0, 1.0), ValueError, "batch_size must be at least"),
    (lambda: predicted_seconds(1, 1, 0.0), ValueError, "images_per_second must be at"),
    (lambda: cores_needed(1.0, 0), ValueError, "decoded_per_second must be at least"),
    (lambda: cores_needed("1", 1), TypeError, "images_per_second must be a number"),
])
def test_what_no_training_can_have_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value).startswith(words)


def test_a_price_of_nothing_is_a_price() -> None:
    assert replace(HAND, price=0).money == 0
