"""What a trainer is fed: the recipe's batches, as many and as large (chapter 10).

Whoever gives batches may give too few, or others than the recipe says. The numbers of a
run would be silently wrong then: images are counted by the recipe's batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torch import Tensor

from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import this_process


class BatchesError(ValueError):
    """Batches that are not the recipe's; says which, and what was expected."""


def batches_left(
    batches: Any, recipe: Recipe, step: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of a recipe that are left after a step, each looked at.

    Args:
        batches: ``batches.starting_at(step)`` gives ``(inputs, labels)``.
        recipe: says how many images a batch has, over all processes, and how many
            steps there are.
        step: how many of them have been taken.

    Raises:
        BatchesError: they end too early, or one is none, or of another size.
    """
    ours = recipe.batch_size // this_process().world_size
    for batch in islice(batches.starting_at(step), recipe.steps - step):
        step += 1
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            kind = type(batch).__name__
            raise BatchesError(
                f"a batch must be inputs and labels, got {kind} for step {step:,}."
            )
        images, labels = map(_count, batch)
        if not images == labels == ours:
            raise BatchesError(
                f"a batch must have {ours:,} images and as many labels by the recipe, "
                f"got {images} and {labels} for step {step:,}."
            )
        if (getattr(batch[1], "ndim", 1) == 2) is not bool(recipe.mixup):
            raise BatchesError(
                f"labels must be {'mixed' if recipe.mixup else 'classes'} by the "
                f"recipe, whose mixup is {recipe.mixup:g}, got shape "
                f"{tuple(batch[1].shape)} for step {step:,}. The loader of an ImageSet "
                "or a PhotoSet makes batches as a recipe says."
            )
        yield batch
    if step < recipe.steps:
        raise BatchesError(
            f"batches must go on to step {recipe.steps:,}, the recipe's last; they "
            f"ended after step {step:,}."
        )


def _count(part: Any) -> int | str:
    """How many there are, or what there is instead."""
    try:
        return len(part)
    except TypeError:                                # a tensor without axes, for one
        return type(part).__name__
