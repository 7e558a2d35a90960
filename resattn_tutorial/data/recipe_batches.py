"""Batches as a recipe says: some images lose a rectangle, all are mixed.

Both are done to whole batches, where the network is, and alike for small images and for
photographs. A rectangle is erased first, so that what is mixed has been erased already.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import Tensor

from resattn_tutorial.data.loaders import our_slices
from resattn_tutorial.data.mixup import draw_share, mix
from resattn_tutorial.data.random_erasing import draw_rectangles, erase
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.validation import require_count

if TYPE_CHECKING:
    from resattn_tutorial.data.loaders import ByteBatches
    from resattn_tutorial.data.photo_loader import PhotoBatches
    from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs


def as_recipe_says(
    batches: ByteBatches | PhotoBatches, recipe: Recipe, classes: int
) -> ByteBatches | PhotoBatches | RecipeBatches:
    """The batches, erased and mixed where the recipe asks for it; else as they are.

    Args:
        batches: from any step on, without end.
        recipe: says how often to erase, and from which ratios to mix.
        classes: how many there are.

    Raises:
        ValueError: the recipe mixes, and our part of a batch is odd.
    """
    if recipe.random_erasing or recipe.mixup:
        return RecipeBatches(batches, recipe, classes)
    return batches


class RecipeBatches:
    """Batches that are erased and mixed; else as those that they are made of.

    Args:
        batches: those; their order, windows and mirrors stay what they are.
        recipe: as for :func:`as_recipe_says`, and so are the errors.
        classes: how many there are.
    """

    def __init__(
        self, batches: ByteBatches | PhotoBatches, recipe: Recipe, classes: int
    ) -> None:
        self.batches, self.recipe, self.classes = batches, recipe, classes
        if recipe.mixup:
            ours = batches.batch_size // batches.process.world_size
            require_count(
                "a process's part of a batch that is mixed", ours, multiple_of=2
            )

    @property
    def labels(self) -> Tensor:
        """Those of the images that are drawn from, ``(count,)``."""
        return self.batches.labels

    @property
    def transform(self) -> SmallImageInputs | PhotoInputs:
        """What turns a test image into such inputs as these, whole and unmixed."""
        return self.batches.transform

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches from a step on: inputs ``(n, 3, H, W)``, and labels ``(n,)``, or
        ``(n, classes)`` where they are mixed: how much of each class is in an image.
        """
        given, recipe = self.batches, self.recipe
        count, batches = len(given.labels), given.starting_at(step)
        for epoch, slices in our_slices(count, given.batch_size, given.process, step):
            rectangles = None
            for ours in slices:
                inputs, labels = next(batches)
                if recipe.random_erasing and rectangles is None:
                    rectangles = draw_rectangles(
                        count, *inputs.shape[2:], recipe.random_erasing, given.seed,
                        epoch,
                    ).to(inputs.device)
                if rectangles is not None:
                    inputs = erase(inputs, rectangles[ours])
                if recipe.mixup:
                    share = draw_share(recipe.mixup, given.seed, step)
                    inputs, labels = mix(inputs, labels, share, self.classes)
                yield inputs, labels
                step += 1
