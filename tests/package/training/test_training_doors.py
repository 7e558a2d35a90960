"""What recipes, loops and steps refuse: values that cannot be, and wrong kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.data.scenes import Scenes
from resattn_tutorial.recipes import Recipe, find_recipe
from resattn_tutorial.runtime.precision import make_scaler
from resattn_tutorial.training.captured_step import CapturedStep
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    accumulate_gradients,
)
from resattn_tutorial.training.optimizer import make_optimizer
from resattn_tutorial.training.progress import LossMeter, bar
from resattn_tutorial.training.simple_loop import (
    error_rate,
    shuffled_batches,
    train,
    train_step,
)
from resattn_tutorial.training.step import Stepper

GOOD = Recipe("good", 10, 4, 0.1, milestones=(4, 6))
NAN, INF = float("nan"), float("inf")
IMAGES = torch.zeros(4, 3, 32, 32)
LABELS = torch.tensor([0, 1, 2, 3])
SCENES = Scenes(IMAGES.byte(), LABELS, torch.zeros(4, 32, 32, dtype=torch.bool))


def network() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))


def stepped(images: object = IMAGES, labels: object = LABELS) -> float:
    module = network()
    return train_step(module, images, labels, torch.optim.SGD(module.parameters()))


def accumulated(**changed: Any) -> Tensor:
    module = network()
    given = {
        "network": module, "inputs": IMAGES, "labels": LABELS,
        "statistics": RunningStatistics(module),
        "scaler": make_scaler(torch.device("cpu"), "float32"),
    } | changed
    return accumulate_gradients(**given)


def trained(**changed: Any) -> object:
    given = {"network": network(), "scenes": SCENES, "test": SCENES} | changed
    return train(**{"steps": 2, "points": 1, "batch_size": 2} | given)


RECIPES = [
    ({"momentum": 2}, ValueError, "momentum must be at least 0 and below 1, got 2"),
    ({"momentum": 1}, ValueError, "momentum must be at least 0 and below 1, got 1"),
    ({"momentum": -1}, ValueError, "momentum must be at least 0 and below 1, got -1"),
    ({"momentum": NAN}, ValueError, "momentum must be a finite number at least 0"),
    ({"momentum": None}, TypeError, "momentum must be a number, got None"),
    ({"momentum": 0}, ValueError, "nesterov needs a momentum above 0"),
    ({"weight_decay": NAN}, ValueError, "weight_decay must be a finite number"),
    ({"weight_decay": -1e-4}, ValueError, "weight_decay must be at least 0"),
    ({"weight_decay": INF}, ValueError, "weight_decay must be a finite number"),
    ({"weight_decay": "a"}, TypeError, "weight_decay must be a number, got 'a'"),
    ({"nesterov": "no"}, TypeError, "nesterov must be True or False, got 'no'"),
    ({"nesterov": 0}, TypeError, "nesterov must be True or False, got 0"),
    ({"learning_rate": "a"}, TypeError, "learning_rate must be a number, got 'a'"),
    ({"learning_rate": None}, TypeError, "learning_rate must be a number, got None"),
    ({"learning_rate": True}, TypeError, "learning_rate must be a number, got True"),
    ({"learning_rate": 10**400}, ValueError, "learning_rate must be a finite number"),
    ({"learning_rate": [0.1]}, TypeError, "learning_rate must be a number, got list"),
    ({"milestones": 3}, TypeError, "milestones must be a list or a tuple, got int"),
    ({"milestones": None}, TypeError, "milestones must be a list or a tuple"),
    ({"milestones": "46"}, TypeError, "milestones must be a list or a tuple, got str"),
    ({"milestones": (4, NAN)}, TypeError, "a milestone must be a whole number"),
    ({"name": None}, TypeError, "name must be text, got NoneType"),
    ({"name": " "}, ValueError, "name must have text"),
    ({"crop": None}, ValueError, "crop must be 'pad' or 'area', got None"),
    ({"size": "32"}, TypeError, "size must be a whole number, got '32'"),
]


@pytest.mark.parametrize(("wrong", "error", "words"), RECIPES)
def test_a_recipe_that_cannot_be_is_refused(
    wrong: dict, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        replace(GOOD, **wrong)
    assert words in str(refusal.value)


@pytest.mark.parametrize("recipe", [GOOD, Recipe("line", 10, 4, 0.1)])
@pytest.mark.parametrize(
    ("step", "error"),
    [(99, ValueError), (11, ValueError), (-1, ValueError), (2.5, TypeError),
     ("3", TypeError), (None, TypeError), (NAN, TypeError)],
)
def test_there_is_no_rate_outside_a_recipe(
    recipe: Recipe, step: object, error: type[Exception]
) -> None:
    with pytest.raises(error, match="^step must be "):
        recipe.rate(step)
    assert all(recipe.rate(step) >= 0 for step in range(11))


def test_a_recipe_without_momentum_is_allowed_without_nesterov() -> None:
    assert replace(GOOD, momentum=0, nesterov=False, weight_decay=0).momentum == 0


REFUSED = [
    (lambda: find_recipe(5), ValueError, "recipe must be one of"),
    (lambda: find_recipe("quick", learning_rate="a"), TypeError,
     "learning_rate must be"),
    (lambda: find_recipe("quick", steps=2.5), TypeError,
     "steps must be a whole number"),
    (lambda: next(shuffled_batches(3, 5, 0)), ValueError, "count must be at least 5"),
    (lambda: next(shuffled_batches(3, 0, 0)), ValueError,
     "batch_size must be at least"),
    (lambda: next(shuffled_batches(0, 1, 0)), ValueError, "count must be at least 1"),
    (lambda: next(shuffled_batches(3, 1, "a")), TypeError,
     "seed must be a whole number"),
    (lambda: next(shuffled_batches(3, 1, -1)), ValueError, "seed must be at least 0"),
    (lambda: stepped("a.png"), TypeError, "images must be a tensor, got str"),
    (lambda: stepped(labels=[0, 1, 2, 3]), TypeError,
     "labels must be a tensor of torc"),
    (lambda: stepped(labels=LABELS.float()), TypeError,
     "labels must be a tensor of tor"),
    (lambda: stepped(labels=LABELS[:1]), ValueError, "labels must have shape (N,)"),
    (lambda: stepped(labels=LABELS - 100), ValueError,
     "labels must be at least 0, got"),
    (lambda: train_step(None, IMAGES, LABELS, None), TypeError,
     "network must be an nn"),
    (lambda: error_rate(None, SCENES), TypeError, "network must be an nn.Module"),
    (lambda: error_rate(nn.Identity(), SCENES), ValueError,
     "network must have paramet"),
    (lambda: error_rate(network(), None), TypeError, "scenes must be Scenes, got None"),
    (lambda: error_rate(network(), SCENES, 0), ValueError,
     "batch_size must be at leas"),
    (lambda: error_rate(network(), SCENES._replace(labels=LABELS + 96)), ValueError,
     "labels must be from 0 to 9, got 96"),
    (lambda: error_rate(network(), SCENES._replace(labels=LABELS[:2])), ValueError,
     "labels must have shape (N,), one for each of scenes.images"),
    (lambda: trained(scenes=None), TypeError, "scenes must be Scenes, got NoneType"),
    (lambda: trained(test=3), TypeError, "test must be Scenes, got int"),
    (lambda: trained(network="n"), TypeError, "network must be an nn.Module, got str"),
    (lambda: trained(learning_rate=NAN), ValueError, "learning_rate must be a finite"),
    (lambda: trained(learning_rate=0), ValueError, "learning_rate must be above 0"),
    (lambda: trained(learning_rate="a"), TypeError, "learning_rate must be a number"),
    (lambda: trained(seed="a"), TypeError, "seed must be a whole number, got 'a'"),
    (lambda: trained(batch_size=0), ValueError, "batch_size must be at least 1"),
    (lambda: accumulated(network=3), TypeError,
     "network must be an nn.Module, got int"),
    (lambda: accumulated(inputs=None), TypeError, "inputs must be a tensor, got None"),
    (lambda: accumulated(inputs=IMAGES[:2]), ValueError, "labels must have shape (N,)"),
    (lambda: accumulated(labels=LABELS - 100), ValueError, "labels must be at least 0"),
    (lambda: accumulated(labels=[0]), TypeError,
     "labels must be a tensor of torch.int"),
    (lambda: accumulated(labels=torch.full((4, 10), 0.2)), ValueError,
     "labels that are mixed must be at least 0, each row's sum 1"),
    (lambda: accumulated(labels=torch.eye(4, 10) * 2 - torch.eye(4, 10).roll(1, 1)),
     ValueError, "labels that are mixed must be at least 0"),
    (lambda: accumulated(labels=torch.eye(3, 10)), ValueError,
     "labels must have shape (N, classes), a row for each of inputs, got (3, 10)"),
    (lambda: accumulated(labels=torch.eye(4, 10).long()), ValueError,
     "labels must have shape (N,)"),
    (lambda: accumulated(precision="x"), ValueError, "precision must be one of"),
    (lambda: accumulated(accumulation=3), ValueError,
     "the batch must be a multiple of"),
    (lambda: RunningStatistics([]), TypeError,
     "network must be an nn.Module, got list"),
    (lambda: Stepper(network(), None), TypeError,
     "config must be a TrainingConfig, got"),
    (lambda: Stepper(network(), "quick"), TypeError, "config must be a TrainingConfig"),
    (lambda: CapturedStep(None, torch.device("cpu")), TypeError,
     "step must be a function, got"),
    (lambda: CapturedStep(print, "cuda"), TypeError, "device must be a torch.device"),
    (lambda: make_optimizer(None, GOOD), TypeError,
     "network must be an nn.Module, got NoneType"),
    (lambda: make_optimizer(network(), "quick"), TypeError,
     "recipe must be a Recipe, got"),
    (lambda: bar(3, 4), ValueError, "done must be at most 3, got 4"),
    (lambda: bar("3", 0), TypeError, "total must be a whole number, got '3'"),
    (lambda: LossMeter(0.5), TypeError, "like must be a tensor, got float"),
    (lambda: LossMeter(torch.zeros(1)).mean(), ValueError, "there has been no loss"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_learned_from_is_refused_by_name(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


def test_a_batch_as_large_as_all_there_is_is_no_empty_one() -> None:
    assert sorted(next(shuffled_batches(5, 5, 0)).tolist()) == [0, 1, 2, 3, 4]
