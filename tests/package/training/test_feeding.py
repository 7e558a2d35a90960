"""Batches that are not the recipe's: said, an error, and nothing learned is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import Doubled, make_trainer, names, outcome, recipe, unlike
from torch import Tensor

from resattn_tutorial.training.checkpoint import load_checkpoint
from resattn_tutorial.training.feeding import BatchesError

LAST = 7


class Other(Doubled):
    """Batches of which the one after step 7 is another; it is left out if None."""

    def __init__(self, change: Callable[[Tensor, Tensor], Any] | None) -> None:
        super().__init__()
        self.change = change

    def starting_at(self, step: int) -> Iterator[Any]:
        for number, batch in enumerate(super().starting_at(step), step):
            if number == LAST and self.change is None:
                return
            yield self.change(*batch) if number == LAST else batch


OTHERS = [
    ("none", None, "batches must go on to step 12, the recipe's last; they ended after "
     "step 7."),
    ("mixed", lambda x, y: (x, torch.eye(8)[:, :7]), "labels must be classes by the "
     "recipe, whose mixup is 0, got shape (8, 7) for step 8. The loader of an Image"),
    ("half", lambda x, y: (x[:4], y[:4]), "must have 8 images and as many labels by "
     "the recipe, got 4 and 4 for step 8."),
    ("twice", lambda x, y: (torch.cat([x, x]), torch.cat([y, y])), "got 16 and 16 for"),
    ("empty", lambda x, y: (x[:0], y[:0]), "got 0 and 0 for step 8."),
    ("labels", lambda x, y: (x, y[:7]), "got 8 and 7 for step 8."),
    ("no axes", lambda x, y: (x, y[0]), "got 8 and Tensor for step 8."),
    ("images alone", lambda x, y: x, "must be inputs and labels, got Tensor for step"),
    ("three", lambda x, y: (x, y, y), "must be inputs and labels, got tuple for step"),
    ("nothing", lambda x, y: None, "must be inputs and labels, got NoneType for step"),
    ("numbers", lambda x, y: (8, 8), "got int and int for step 8."),
]


@pytest.mark.parametrize(
    ("change", "words"), [other[1:] for other in OTHERS],
    ids=[other[0] for other in OTHERS],
)
def test_batches_that_are_not_the_recipe_s_end_a_run_that_can_go_on(
    tmp_path: Path, change: Any, words: str, capsys: pytest.CaptureFixture
) -> None:
    trainer = make_trainer(tmp_path, batches=Other(change))
    with pytest.raises(BatchesError, match=re.escape(words)) as caught:
        trainer.run()
    assert str(caught.value).endswith(f"The last good checkpoint is {trainer.path}.")
    assert "Nothing is lost" not in capsys.readouterr().out
    state = load_checkpoint(trainer.path)
    assert state["step"] == LAST and state["seconds"] > state["curve"][0][2]
    again = make_trainer(tmp_path)                   # with batches that are well again
    again.run()
    alone = make_trainer(tmp_path / "alone")
    alone.run()
    assert not unlike(outcome(again), outcome(alone))


def test_before_the_first_step_there_is_nothing_to_keep(tmp_path: Path) -> None:
    batches = Doubled()
    batches.starting_at = lambda step: iter(())
    with pytest.raises(BatchesError, match="after step 0. There is no checkpoint yet"):
        make_trainer(tmp_path, batches=batches).run()
    assert names(tmp_path) == []


def test_a_run_that_had_diverged_unseen_keeps_no_checkpoint(tmp_path: Path) -> None:
    class Spoilt(Other):
        def starting_at(self, step: int) -> Iterator[Any]:
            for number, batch in enumerate(super().starting_at(step)):
                yield (batch[0] * float("nan"), batch[1]) if number == 5 else batch

    with pytest.raises(FloatingPointError, match="There is no checkpoint yet"):
        make_trainer(tmp_path, batches=Spoilt(None), points=1).run()
    assert names(tmp_path) == []


def test_a_recipe_with_mixup_refuses_batches_that_nobody_mixed(tmp_path: Path) -> None:
    plan = recipe(mixup=0.4)
    words = "labels must be mixed by the recipe, whose mixup is 0.4, got shape .8,. for"
    with pytest.raises(BatchesError, match=words):
        make_trainer(tmp_path, batches=Doubled(), run_recipe=plan).run()
