"""What an evaluation and the scores of masks refuse, and in whose words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from resattn_tutorial.metrics.classification import evaluate, in_evaluation_mode
from resattn_tutorial.metrics.localisation import (
    Channel,
    best_channel,
    object_auc,
    read_channel,
)

IMAGES = torch.zeros(2, 3, 4, 4)
MAPS = torch.rand(2, 4, 4)
OBJECTS = torch.zeros(2, 4, 4, dtype=torch.bool)
OBJECTS[:, 0] = True
MASKS = torch.rand(2, 5, 4, 4)


def network() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 10))


def judged(batches: object, precision: str = "float32") -> object:
    return evaluate(network(), batches, precision)


def labelled(labels: object) -> object:
    return judged([(IMAGES, labels)])


REFUSED = [
    (lambda: evaluate(None, []), TypeError,
     "network must be an nn.Module, got NoneType"),
    (lambda: evaluate(nn.Identity(), []), ValueError, "network must have parameters"),
    (lambda: judged(None), TypeError, "batches must give pairs of inputs and labels"),
    (lambda: judged("ab"), TypeError, "batches must give pairs of inputs and labels"),
    (lambda: judged(IMAGES), TypeError, "batches must give pairs of inputs and labels"),
    (lambda: judged({1: 2}), TypeError, "batches must give pairs of inputs and labels"),
    (lambda: judged([3]), TypeError, "a batch must be a list or a tuple, got int"),
    (lambda: judged([(IMAGES,)]), ValueError, "a batch must hold 2 values, got 1"),
    (lambda: judged([]), ValueError, "batches must hold at least one image"),
    (lambda: labelled(torch.tensor([0, 99])), ValueError, "labels must be from 0 to 9"),
    (lambda: labelled(torch.tensor([0, -1])), ValueError, "labels must be at least 0"),
    (lambda: labelled(torch.tensor([0, -100])), ValueError,
     "labels must be at least 0"),
    (lambda: labelled(torch.tensor([0.0, 1.0])), TypeError,
     "labels must be a tensor of"),
    (lambda: labelled([0, 1]), TypeError, "labels must be a tensor of torch.int64"),
    (lambda: labelled(torch.tensor([1])), ValueError, "labels must have shape (N,)"),
    (lambda: labelled(torch.tensor([[1, 1]])), ValueError,
     "labels must have shape (N,)"),
    (lambda: judged([(IMAGES.numpy(), torch.tensor([0, 1]))]), TypeError,
     "inputs must be a tensor, got ndarray"),
    (lambda: judged([(IMAGES, torch.tensor([0, 1]))], "x"), ValueError,
     "precision must be one of float32"),
    (lambda: judged([(IMAGES, torch.tensor([0, 1]))], "bfloat61"), ValueError,
     "Did you mean bfloat16?"),
    (lambda: judged([(IMAGES, torch.tensor([0, 1]))], None), ValueError,
     "precision must be one of"),
    (lambda: in_evaluation_mode(3).__enter__(), TypeError,
     "network must be an nn.Modul"),
    (lambda: object_auc(MAPS.numpy(), OBJECTS), TypeError,
     "maps must be a tensor, got n"),
    (lambda: object_auc(MAPS.to("meta"), OBJECTS), ValueError,
     "maps must hold numbers"),
    (lambda: object_auc(MAPS.to_sparse(), OBJECTS), TypeError, "maps must be a dense"),
    (lambda: object_auc(MAPS * 1j, OBJECTS), TypeError, "maps must hold real numbers"),
    (lambda: object_auc(MAPS, OBJECTS.to_sparse()), TypeError,
     "objects must be a dense"),
    (lambda: object_auc(MAPS[:0], OBJECTS[:0]), ValueError,
     "maps must hold at least one map"),
    (lambda: best_channel(None, OBJECTS), TypeError,
     "masks must be a tensor, got None"),
    (lambda: best_channel(MASKS.to("meta"), OBJECTS), ValueError,
     "masks must hold numb"),
    (lambda: read_channel(MASKS, Channel(-1, 1)), ValueError,
     "channel.index must be at"),
    (lambda: read_channel(MASKS, Channel(5, 1)), ValueError,
     "channel.index must be at m"),
    (lambda: read_channel(MASKS, Channel(0, 2)), ValueError,
     "channel.sign must be 1 or"),
    (lambda: read_channel(MASKS, Channel("a", 1)), TypeError,
     "channel.index must be a w"),
    (lambda: read_channel(MASKS, Channel(0, None)), ValueError,
     "channel.sign must be 1"),
    (lambda: read_channel(MASKS, Channel(0, True)), ValueError,
     "channel.sign must be 1 or -1, got True"),
    (lambda: read_channel((MASKS * 9).byte(), Channel(0, -1)), TypeError,
     "masks must hold numbers with a fraction, got torch.uint8"),
    (lambda: read_channel(MASKS, 3), TypeError, "channel must be a Channel, got int"),
    (lambda: read_channel(MASKS[0], Channel(0, 1)), ValueError,
     "masks must have shape"),
    (lambda: read_channel(np.zeros((1, 1, 2, 2)), Channel(0, 1)), TypeError,
     "masks must be a tensor, got ndarray"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_judged_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


def test_a_network_whose_answers_are_no_classes_is_refused() -> None:
    batch = IMAGES, torch.tensor([0, 1])
    with pytest.raises(ValueError, match=r"^network must give \(n, classes\)"):
        evaluate(nn.Conv2d(3, 2, 1), [batch])


def test_a_network_in_float64_is_evaluated_on_inputs_of_its_type() -> None:
    batch = IMAGES.double(), torch.tensor([0, 1])
    assert evaluate(network().double(), [batch]).images == 2
