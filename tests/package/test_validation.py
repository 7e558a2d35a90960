"""The checks at the door name the argument, what came and what was expected."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from resattn_tutorial.tensor_validation import require_features
from resattn_tutorial.validation import (
    require_callable,
    require_count,
    require_flag,
    require_kind,
    require_number,
    require_path,
    require_sequence,
    shown,
)


@pytest.mark.parametrize("value", [1, 2, 10**9])
def test_a_count_that_fits_is_returned(value: int) -> None:
    assert require_count("poolings", value) == value


def test_the_smallest_count_allowed_is_allowed() -> None:
    assert require_count("poolings", 0, at_least=0) == 0


@pytest.mark.parametrize("value", [True, 2.0, "2", None, (2, 2), np.float64(2)])
def test_a_count_that_is_no_whole_number_is_refused(value: object) -> None:
    message = f"poolings must be a whole number, got {value!r}."
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        require_count("poolings", value)


@pytest.mark.parametrize(("value", "at_least"), [(0, 1), (-1, 0), (3, 4)])
def test_a_count_that_is_too_small_is_refused(value: int, at_least: int) -> None:
    message = f"^poolings must be at least {at_least}, got {value}\\.$"
    with pytest.raises(ValueError, match=message):
        require_count("poolings", value, at_least)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_features_that_fit_are_returned_untouched(dtype: torch.dtype) -> None:
    x = torch.zeros(2, 3, 4, 5, dtype=dtype)
    assert require_features("x", x, channels=3, smallest=4, training=True) is x


def test_any_number_of_channels_fits_where_none_is_asked_for() -> None:
    x = torch.zeros(1, 7, 1, 1)
    assert require_features("x", x) is x


@pytest.mark.parametrize(
    ("x", "came"),
    [([[1.0]], "list"), (np.zeros((1, 3, 4, 4)), "ndarray"), (None, "NoneType")],
)
def test_features_that_are_no_tensor_are_refused(x: object, came: str) -> None:
    with pytest.raises(TypeError, match=f"^images must be a tensor, got {came}\\.$"):
        require_features("images", x)


@pytest.mark.parametrize("shape", [(), (3,), (3, 8, 8), (1, 2, 3, 8, 8)])
def test_features_with_other_axes_are_refused(shape: tuple[int, ...]) -> None:
    message = f"images must have shape (N, C, H, W), got {shape}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        require_features("images", torch.zeros(shape))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64, torch.bool])
def test_integer_images_are_refused(dtype: torch.dtype) -> None:
    message = f"^images must hold floating-point numbers, got {dtype}\\."
    with pytest.raises(TypeError, match=message):
        require_features("images", torch.zeros(1, 3, 8, 8, dtype=dtype))


def test_the_function_that_integer_images_are_sent_to_exists() -> None:
    with pytest.raises(TypeError) as refusal:
        require_features("images", torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
    path = re.search(r"resattn_tutorial\.[\w.]*\w", str(refusal.value)).group()
    module, _, name = path.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


def test_a_wrong_number_of_channels_is_refused() -> None:
    with pytest.raises(ValueError, match="^x must have 3 channels, got 1\\.$"):
        require_features("x", torch.zeros(2, 1, 8, 8), channels=3)


@pytest.mark.parametrize(("height", "width"), [(7, 8), (8, 7), (0, 8), (1, 1)])
def test_an_image_too_small_is_refused_with_the_smallest_size(
    height: int, width: int
) -> None:
    message = f"^x must be at least 8 x 8 pixels, got {height} x {width}\\.$"
    with pytest.raises(ValueError, match=message):
        require_features("x", torch.zeros(2, 3, height, width), smallest=8)


def test_an_empty_batch_is_refused_only_while_training() -> None:
    empty = torch.zeros(0, 3, 8, 8)
    assert require_features("x", empty, channels=3) is empty
    with pytest.raises(ValueError, match="^x is an empty batch; training needs"):
        require_features("x", empty, channels=3, training=True)


def test_one_value_per_channel_is_refused_only_while_training() -> None:
    single = torch.zeros(1, 3, 1, 1)
    assert require_features("x", single) is single
    with pytest.raises(ValueError, match="^x is one value per channel; training needs"):
        require_features("x", single, training=True)
    pair = torch.zeros(2, 3, 1, 1)
    assert require_features("x", pair, training=True) is pair


def test_a_count_that_is_no_multiple_is_refused() -> None:
    assert require_count("channels", 12, multiple_of=4) == 12
    with pytest.raises(ValueError, match="^channels must be a multiple of 4, got 6"):
        require_count("channels", 6, multiple_of=4)


@pytest.mark.parametrize(("value", "came"), [
    (1001, "1,001"), (10**20, "100,000,000,000,000,000,000"),
])
def test_a_count_that_is_too_large_is_refused(value: int, came: str) -> None:
    assert require_count("points", 1000, at_most=1000) == 1000
    message = f"points must be at most 1,000, got {came}."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        require_count("points", value, at_most=1000)


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        (0, {"at_least": 0}), (0.999, {"below": 1}), (1, {"at_most": 1}),
        (1e-300, {"above": 0}), (-2.5, {}), (1.7e308, {}), (np.float64(0.5), {}),
    ],
)
def test_a_number_within_its_bounds_is_returned(value: float, bounds: dict) -> None:
    assert require_number("x", value, **bounds) is value


@pytest.mark.parametrize(
    ("value", "bounds", "words"),
    [
        (-1, {"at_least": 0, "below": 1}, "at least 0 and below 1, got -1"),
        (1, {"at_least": 0, "below": 1}, "at least 0 and below 1, got 1"),
        (0, {"above": 0}, "above 0, got 0"),
        (2, {"at_most": 1}, "at most 1, got 2"),
        (float("nan"), {}, "a finite number, got nan"),
        (float("inf"), {"above": 0}, "a finite number above 0, got inf"),
        (-float("inf"), {"at_most": 1}, "a finite number at most 1, got -inf"),
        (10**400, {}, "a finite number, got 1000"),
    ],
)
def test_a_number_that_cannot_be_is_refused(
    value: float, bounds: dict, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^x must be {re.escape(words)}"):
        require_number("x", value, **bounds)


@pytest.mark.parametrize("value", ["a", None, True, [1], np.zeros(2), torch.zeros(1)])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="^x must be a number, got "):
        require_number("x", value)


@pytest.mark.parametrize("value", [0, 1, "no", None, np.bool_(True)])
def test_what_is_neither_true_nor_false_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="^x must be True or False, got "):
        require_flag("x", value)
    assert require_flag("x", False) is False


@pytest.mark.parametrize("value", ["a/b", Path("a/b")])
def test_a_path_is_text_or_a_path(value: str | Path) -> None:
    assert require_path("folder", value) == Path("a/b")


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (None, TypeError), (5, TypeError), (["a"], TypeError), (b"a", TypeError),
        ("", ValueError), ("a\0b", ValueError),
    ],
)
def test_what_no_path_can_be_is_refused(value: object, error: type) -> None:
    with pytest.raises(error, match="^folder must be a path"):
        require_path("folder", value)


@pytest.mark.parametrize("value", ["ab", {1: 2}, None, np.zeros(2), iter([1])])
def test_what_is_no_list_and_no_tuple_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="^x must be a list or a tuple, got "):
        require_sequence("x", value)
    with pytest.raises(ValueError, match="^x must hold 2 values, got 3"):
        require_sequence("x", (1, 2, 3), 2)


def test_a_kind_and_a_function_are_told_by_name() -> None:
    with pytest.raises(TypeError, match="^x must be text, got int"):
        require_kind("x", 3, str, "text")
    with pytest.raises(TypeError, match="^f must be a function, got str"):
        require_callable("f", "f")


def test_a_long_value_is_told_by_its_kind() -> None:
    assert shown("a" * 500) == "str" and shown("a") == "'a'" and shown([1]) == "list"


def test_a_sparse_tensor_is_no_features() -> None:
    with pytest.raises(TypeError, match="^x must be a dense tensor, got torch.sparse"):
        require_features("x", torch.zeros(1, 3, 4, 4).to_sparse())


def test_features_meet_a_weight_of_their_type_and_place() -> None:
    x, weight = torch.zeros(1, 3, 4, 4), torch.zeros(1)
    assert require_features("x", x, like=weight) is x
    with pytest.raises(TypeError, match="^x must be of the weights' type, .*float64"):
        require_features("x", x, like=weight.double())
    with pytest.raises(ValueError, match="^x must lie where .* on meta, got cpu"):
        require_features("x", x, like=weight.to("meta"))
