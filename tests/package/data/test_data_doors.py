"""What the functions of ``data`` refuse: values that cannot be, and wrong kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from resattn_tutorial.data.datasets import ImageSet, PhotoSet
from resattn_tutorial.data.items import load_items
from resattn_tutorial.data.label_noise import add_label_noise, noise_matrix
from resattn_tutorial.data.loaders import (
    ByteBatches,
    draw_epoch,
    our_slices,
    split_among,
)
from resattn_tutorial.data.scenes import load_scenes, paint, plan_scenes
from resattn_tutorial.data.transforms import (
    PhotoInputs,
    SmallImageInputs,
    as_inputs,
    augmented_photo,
    colour_mean,
    crop_and_flip,
    inputs_for,
    shift_colours,
    to_inputs,
)
from resattn_tutorial.recipes import find_recipe
from resattn_tutorial.runtime.distributed import ALONE, Process

CPU = torch.device("cpu")
BYTES = torch.zeros(4, 3, 8, 8, dtype=torch.uint8)
LABELS = torch.tensor([0, 1, 0, 1])
SET = ImageSet("mine", "bytes", ("a", "b"), BYTES, LABELS)
PHOTOS = PhotoSet("mine", "files", ("a", "b"), (), LABELS)


def cut(**changed: Any) -> torch.Tensor:
    given = {
        "inputs": torch.zeros(2, 3, 8, 8),
        "corners": torch.full((2, 2), 4),
        "mirrored": torch.tensor([False, True]),
        "pad": 4,
    } | changed
    return crop_and_flip(**given)


def batches(**changed: Any) -> ByteBatches:
    given = {"images": SET, "batch_size": 2, "seed": 0, "device": CPU} | changed
    return ByteBatches(**given)


def sees(image: object) -> torch.Tensor:
    return SmallImageInputs(mean=(0.5, 0.5, 0.5))(image)


NAN = float("nan")
WRONG_NUMBERS = [
    (lambda: as_inputs(BYTES, torch.tensor([125.0, 120, 110])), ValueError,
     "mean must be from 0 to 1, got [125.0, 120.0, 110.0]"),
    (lambda: as_inputs(BYTES, torch.tensor([NAN, 0.5, 0.5])), ValueError,
     "mean must be from 0 to 1, got [nan"),
    (lambda: as_inputs(BYTES, torch.tensor([0.5])), ValueError,
     "mean must have shape (3,), got (1,)"),
    (lambda: SmallImageInputs(mean=(125, 120, 110)), ValueError,
     "mean must be a number from 0 to 1, got 125"),
    (lambda: SmallImageInputs(mean=(NAN, 0.5, 0.5)), ValueError,
     "mean must be a number from 0 to 1, got nan"),
    (lambda: SmallImageInputs(mean=(0.5, 0.5)), ValueError, "mean must hold 3 values"),
    (lambda: cut(corners=torch.full((2, 2), -1)), ValueError,
     "corners must be from 0 to 2 * pad = 8, got -1 to -1"),
    (lambda: cut(corners=torch.full((2, 2), 9)), ValueError, "got 9 to 9"),
    (lambda: cut(corners=torch.full((1, 2), 4)), ValueError, "one for each input"),
    (lambda: cut(mirrored=torch.tensor([True])), ValueError, "one for each input"),
    (lambda: cut(pad=-1), ValueError, "pad must be at least 0, got -1"),
    (lambda: cut(pad=10**30), ValueError, "pad must be at most 1,000"),
    (lambda: colour_mean(torch.zeros(1, 3, 0, 0).byte()), ValueError,
     "images must have shape (N, 3, H, W), got (1, 3, 0, 0)"),
    (lambda: PhotoInputs(8)(torch.zeros(3, 0, 5).byte()), ValueError,
     "images must have shape"),
    (lambda: PhotoInputs(8)(torch.zeros(3, 9, 9)), TypeError,
     "image must be a tensor of torch.uint8, got torch.float32"),
    (lambda: next(our_slices(3, 5, ALONE, 0)), ValueError,
     "count must be at least 5, got 3"),
    (lambda: next(our_slices(8, 0, ALONE, 0)), ValueError,
     "batch_size must be at leas"),
    (lambda: next(our_slices(8, 4, Process(0, 3), 0)), ValueError,
     "batch_size must be a multiple of 3, got 4"),
    (lambda: next(our_slices(8, 4, Process(2, 2), 0)), ValueError,
     "process.world_size must be at least 3"),
    (lambda: draw_epoch(-1, 0, 0), ValueError, "count must be at least 0, got -1"),
    (lambda: draw_epoch(4, -1, 0), ValueError, "seed must be at least 0, got -1"),
    (lambda: draw_epoch(4, 0, -1), ValueError, "epoch must be at least 0, got -1"),
    (lambda: draw_epoch(4, 0, 0, pad=-2), ValueError, "pad must be at least 0, got -2"),
    (lambda: draw_epoch(10**30, 0, 0), ValueError, "count must be at most"),
    (lambda: noise_matrix(0.1, 10**30), ValueError, "classes must be at most 10,000"),
    (lambda: add_label_noise(LABELS.to("meta"), 0.1, 2, 0), ValueError,
     "labels must hold numbers, got a tensor on the meta device"),
    (lambda: load_scenes("train", 10**30), ValueError,
     "count must be at most 1,000,00"),
    (lambda: load_scenes("train", 2, seed=2**32), ValueError,
     "seed must be below 2**3"),
    (lambda: next(plan_scenes("x")), ValueError,
     "split must be one of 'train', 'test', "),
]
WRONG_KINDS = [
    (lambda: to_inputs("image.png"), TypeError,
     "images must be a tensor of torch.uint8"),
    (lambda: to_inputs(BYTES.to_sparse()), TypeError, "images must be a dense tensor"),
    (lambda: as_inputs(BYTES, [0.5, 0.5, 0.5]), TypeError, "mean must be a tensor"),
    (lambda: as_inputs(BYTES, torch.ones(3).long()), TypeError,
     "mean must hold numbers"),
    (lambda: SmallImageInputs(mean=None), TypeError, "mean must be a list or a tuple"),
    (lambda: SmallImageInputs(mean=("a", 0, 0)), TypeError,
     "mean must be a number from"),
    (lambda: sees(None), TypeError, "image must be a tensor, an array or a PIL image"),
    (lambda: sees("a.png"), TypeError, "image must be a tensor, an array or a PIL"),
    (lambda: sees(np.zeros((8, 8), np.uint8)), TypeError,
     "an array of bytes, (H, W, 3)"),
    (lambda: sees(np.zeros((8, 8, 3))), TypeError, "bytes, (H, W, 3), got float64"),
    (lambda: sees(torch.zeros(3, 8, 8)), TypeError,
     "image must be a tensor of torch.u"),
    (lambda: PhotoInputs("224"), TypeError, "size must be a whole number, got '224'"),
    (lambda: PhotoInputs(10**9), ValueError, "size must be at most 16,384"),
    (lambda: augmented_photo(0), ValueError, "size must be at least 1, got 0"),
    (lambda: inputs_for("quick", (0, 0, 0)), TypeError,
     "recipe must be a Recipe, got s"),
    (lambda: inputs_for(find_recipe("quick"), None), TypeError,
     "mean must be a list or"),
    (lambda: shift_colours(None), TypeError, "image must be a tensor, got NoneType"),
    (lambda: shift_colours(torch.zeros(1, 8, 8)), ValueError,
     "image must have 3 channel"),
    (lambda: cut(inputs=[]), TypeError, "inputs must be a tensor, got list"),
    (lambda: cut(corners=torch.zeros(2, 2)), TypeError,
     "corners must be a tensor of t"),
    (lambda: cut(mirrored=torch.zeros(2)), TypeError,
     "mirrored must be a tensor of to"),
    (lambda: draw_epoch(4, "a", 0), TypeError, "seed must be a whole number, got 'a'"),
    (lambda: draw_epoch(4, 0, 0.5), TypeError, "epoch must be a whole number, got 0.5"),
    (lambda: split_among(4, 2, None), TypeError, "process must be a Process, got None"),
    (lambda: batches(images=None), TypeError, "images must be an ImageSet, got None"),
    (lambda: batches(images=PHOTOS), TypeError,
     "images must be an ImageSet, got Photo"),
    (lambda: batches(images=BYTES), TypeError,
     "images must be an ImageSet, got Tensor"),
    (lambda: batches(device=None), TypeError,
     "device must be a torch.device, got None"),
    (lambda: batches(device="gpu"), TypeError,
     "device must be a torch.device, got 'gp"),
    (lambda: batches(process=2), TypeError, "process must be a Process, got int"),
    (lambda: batches(images=SET._replace(labels=[0, 1])), TypeError,
     "labels must be a t"),
    (lambda: load_items(["train"]), ValueError, "split must be one of 'train', 'test'"),
    (lambda: paint(None, load_items("test")), TypeError,
     "plan must be a Plan, got None"),
    (lambda: paint(next(plan_scenes("test")), 3), TypeError, "items must be Items"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG_NUMBERS + WRONG_KINDS)
def test_what_cannot_be_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


def test_windows_at_the_very_edges_are_cut() -> None:
    inputs = torch.ones(2, 3, 8, 8)
    found = crop_and_flip(
        inputs, torch.tensor([[0, 0], [8, 8]]), torch.tensor([False, False])
    )
    assert found[0, 0, 4:, 4:].all() and not found[0, 0, :4].any()
    assert found[1, 0, :4, :4].all() and not found[1, 0, 4:].any()


def test_a_mean_colour_at_the_very_edges_is_taken() -> None:
    assert sees(BYTES).max() == -0.5
    assert as_inputs(BYTES, torch.tensor([0.0, 1.0, 0.5]))[0, :, 0, 0].tolist() == [
        0.0, -1.0, -0.5,
    ]
