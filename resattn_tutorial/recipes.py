"""How long and how fast to learn: the paper's recipes, and shorter ones (chapter 10).

A recipe is data, not code: everything that the training loop needs to know apart from
the network, the images and the seed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from resattn_tutorial.limits import MOST
from resattn_tutorial.names import RecipeName
from resattn_tutorial.validation import (
    make_plain,
    require_count,
    require_flag,
    require_kind,
    require_number,
    require_ratio,
    require_sequence,
)

# What a recipe may add to the paper's training; each is off at 0.
ADDITIONS = ("ema", "mixup", "random_erasing", "validation")
# Below, Beta(mixup, mixup) can no longer be drawn from; above, it is as good as 1/2.
MIXUP = 1e-3, 1e3


@dataclass(frozen=True)
class Recipe:
    """One way to train.

    The last four are off at 0, and in the paper's recipes. A recipe says them in a file
    only where they are on: a run without them is the run that it was before they came.

    Attributes:
        name: what it is called.
        steps: batches to learn from.
        batch_size: images in a batch, over all processes.
        learning_rate: of the first step, or of the first after a warm-up.
        milestones: after how many steps it is divided by ten; with none, it falls in a
            straight line to nothing.
        momentum: as in :class:`torch.optim.SGD`; so are the next two.
        nesterov: whether the gradient is taken a step ahead.
        weight_decay: how strongly every weight is drawn towards 0.
        crop: ``"pad"`` shifts small images by up to four pixels; ``"area"`` cuts a
            random part out of a photograph and stretches it to ``size``.
        size: height and width that photographs are brought to, in pixels.
        warm_up: steps in which the learning rate first rises, in a straight line.
        smoothing: the part of every label that is spread over all classes.
        ema: the decay of an exponential moving average of the weights, which is what
            is tested and used (Polyak & Juditsky 1992, "Acceleration of stochastic
            approximation by averaging"; with this decay as in
            :mod:`torch.optim.swa_utils`). About ``1 / (1 - ema)`` steps count.
        mixup: the alpha of Beta(alpha, alpha), from which it is drawn in which ratio
            two images and their labels are mixed (Zhang and others 2018,
            arXiv:1710.09412).
        random_erasing: the probability with which a rectangle of an image is erased
            (Zhong and others 2020, arXiv:1708.04896).
        validation: the share of each class's training images that is held out. The
            points of the curve are tested on these, the weights of the best point are
            kept, and the test images are looked at once, at the end.

    Raises:
        TypeError, ValueError: a number is invalid.
    """

    name: str
    steps: int
    batch_size: int
    learning_rate: float
    milestones: tuple[int, ...] = ()
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 1e-4
    crop: str = "pad"
    size: int = 32
    warm_up: int = 0
    smoothing: float = 0.0
    ema: float = 0.0
    mixup: float = 0.0
    random_erasing: float = 0.0
    validation: float = 0.0

    def __post_init__(self) -> None:
        require_recipe(self)
        make_plain(self)

    def as_dict(self) -> dict[str, Any]:
        """Its fields as plain values, for a file; additions only where they are on."""
        told = asdict(self) | {"milestones": list(self.milestones)}
        off = {name for name in ADDITIONS if not told[name]}
        return {name: value for name, value in told.items() if name not in off}

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; raises outside the recipe."""
        require_count("step", step, at_least=0, at_most=self.steps)
        if step < self.warm_up:
            return self.learning_rate * (step + 1) / self.warm_up
        if self.milestones:
            passed = sum(step >= milestone for milestone in self.milestones)
            return self.learning_rate * 0.1**passed
        done = (step - self.warm_up) / (self.steps - self.warm_up)
        return self.learning_rate * (1 - done)

    def lasting(self, steps: int) -> Recipe:
        """The same recipe over another number of steps; its stages move along.

        Raises:
            ValueError: there are too few for the milestones; says how many would do.
        """
        require_count("steps", steps, at_most=MOST["steps"])
        milestones = moved(self, steps)
        if not rising(milestones, steps):
            raise ValueError(too_short(self, steps))
        warm_up = self.warm_up * steps // self.steps
        return replace(self, steps=steps, milestones=milestones, warm_up=warm_up)


def require_recipe(recipe: Recipe) -> None:
    """Refuse invalid numbers; raises as :class:`Recipe` says."""
    if not require_kind("name", recipe.name, str, "text").strip():
        raise ValueError("name must have text, got none.")
    for name in ("steps", "batch_size", "size"):
        require_count(name, getattr(recipe, name), at_most=MOST[name])
    require_number("learning_rate", recipe.learning_rate, above=0)
    require_number("momentum", recipe.momentum, at_least=0, below=1)
    require_number("weight_decay", recipe.weight_decay, at_least=0)
    if require_flag("nesterov", recipe.nesterov) and not recipe.momentum:
        raise ValueError("nesterov needs a momentum above 0, got 0.")
    require_count("warm_up", recipe.warm_up, at_least=0, at_most=recipe.steps - 1)
    require_number("smoothing", recipe.smoothing, at_least=0, below=1)
    require_additions(recipe)
    require_sequence("milestones", recipe.milestones)
    for milestone in recipe.milestones:
        require_count("a milestone", milestone)
    if list(recipe.milestones) != sorted(set(recipe.milestones)) or any(
        milestone >= recipe.steps for milestone in recipe.milestones
    ):
        raise ValueError(
            "milestones must rise and lie between 0 and "
            f"steps = {recipe.steps}, got {recipe.milestones}."
        )
    if recipe.crop not in ("pad", "area"):
        raise ValueError(f"crop must be 'pad' or 'area', got {recipe.crop!r}.")


def require_additions(recipe: Recipe) -> None:
    """Refuse invalid numbers of what may be added; raises as :class:`Recipe` says."""
    require_number("ema", recipe.ema, at_least=0, below=1)
    require_ratio("random_erasing", recipe.random_erasing)
    require_number("validation", recipe.validation, at_least=0, below=1)
    lowest, highest = MIXUP
    if require_number("mixup", recipe.mixup, at_least=0):
        if not lowest <= recipe.mixup <= highest:
            raise ValueError(
                f"mixup must be 0, or from {lowest:g} to {highest:g}, "
                f"got {recipe.mixup}."
            )
        # Each image of a batch is mixed with its neighbour.
        require_count("batch_size of a recipe with mixup", recipe.batch_size,
                      multiple_of=2)


def moved(recipe: Recipe, steps: int) -> tuple[int, ...]:
    """Where the milestones lie if a recipe has another number of steps."""
    return tuple(
        round(milestone * steps / recipe.steps) for milestone in recipe.milestones
    )


def rising(milestones: tuple[int, ...], steps: int) -> bool:
    """Whether milestones rise, and lie between the first step and the end."""
    marks = [0, *milestones, steps]
    return all(one < next_one for one, next_one in pairwise(marks))


def too_short(recipe: Recipe, steps: int) -> str:
    """That a recipe cannot be so short, and how many steps are enough."""
    gap = min(b - a for a, b in pairwise([0, *recipe.milestones, recipe.steps]))
    enough = recipe.steps // gap + 2         # all are more than one step apart there
    while enough > 1 and rising(moved(recipe, enough - 1), enough - 1):
        enough -= 1
    times = len(recipe.milestones)
    return (
        f"steps must be at least {enough} for the recipe {recipe.name}, which lowers "
        f"its learning rate {times} times on its way, got {steps}."
    )


RECIPES = {
    recipe.name: recipe
    for recipe in (
        # Section 4.1: 204.8 epochs of CIFAR.
        Recipe(
            RecipeName.PAPER_CIFAR.value, 160_000, 64, 0.1, milestones=(64_000, 96_000)
        ),
        # Section 4.2. The paper names neither the batch nor the weight decay: 256 and
        # 1e-4 are ResNet's, whose settings it follows.
        Recipe(
            RecipeName.PAPER_IMAGENET.value, 530_000, 256, 0.1,
            milestones=(200_000, 400_000, 500_000),
            nesterov=False, crop="area", size=224,
        ),
        # The paper has no short recipe for photographs. This is ours, for a folder of
        # some thousand: one cycle, a third of ImageNet's pixels, the rate of the
        # paper's CIFAR recipe, which has the same batch. It is not tuned.
        Recipe(
            RecipeName.PHOTOS.value, 4_000, 64, 0.1, crop="area", size=128,
            warm_up=400,
        ),
        # Two cores and a small network: well under a minute on the built-in scenes.
        Recipe(RecipeName.QUICK.value, 300, 64, 0.4),
        # The mini family on one core: some minutes on the built-in scenes.
        Recipe(RecipeName.MINI.value, 1_200, 64, 0.2),
        # The same while a reader waits.
        Recipe(RecipeName.MINI_QUICK.value, 200, 64, 0.2),
        # One GPU such as Colab lends: ten epochs of CIFAR.
        Recipe(RecipeName.STANDARD.value, 3_900, 128, 0.2),
        # A GPU with room to spare: 82 epochs of CIFAR in large batches. Not the
        # paper's training: one cycle, smoothed labels, five times its weight decay.
        Recipe(
            RecipeName.FAST_CIFAR.value, 8_000, 512, 0.4, weight_decay=5e-4,
            warm_up=1_600, smoothing=0.1,
        ),
    )
}


def find_recipe(
    name: str,
    steps: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    smoothing: float | None = None,
    ema: float | None = None,
    mixup: float | None = None,
    random_erasing: float | None = None,
    validation: float | None = None,
) -> Recipe:
    """The recipe of a name, as it is or with some numbers of your own.

    Args:
        name: of the recipe.
        steps: batches to learn from, as :meth:`Recipe.lasting` takes them.
        batch_size: images in a batch.
        learning_rate: of the first step.
        smoothing: the part of every label that is spread over all classes.
        ema: and the next three, as a :class:`Recipe` has them.
        mixup: see there.
        random_erasing: see there.
        validation: see there.

    Raises:
        ValueError: there is no such recipe, and the nearest is named; or a number
            is invalid.
    """
    recipe = RECIPES[RecipeName(name)]
    if steps is not None:
        recipe = recipe.lasting(steps)
    given = {
        "batch_size": batch_size, "learning_rate": learning_rate,
        "smoothing": smoothing, "ema": ema, "mixup": mixup,
        "random_erasing": random_erasing, "validation": validation,
    }
    return replace(recipe, **{k: v for k, v in given.items() if v is not None})
