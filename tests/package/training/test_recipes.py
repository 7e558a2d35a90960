"""Recipes: the paper's numbers, the rates at their edges, and what is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, replace
from fractions import Fraction

import pytest

from resattn_tutorial.recipes import ADDITIONS, RECIPES, Recipe, find_recipe

CIFAR_IMAGES = 50_000


def test_the_paper_s_cifar_recipe_is_the_paper_s() -> None:
    recipe = find_recipe("paper-cifar")
    assert recipe.nesterov and recipe.momentum == 0.9
    assert recipe.weight_decay == 0.0001 and recipe.learning_rate == 0.1
    epochs = [
        steps * recipe.batch_size / CIFAR_IMAGES
        for steps in (*recipe.milestones, recipe.steps)
    ]
    assert [round(number, 1) for number in epochs] == [81.9, 122.9, 204.8]
    assert recipe.steps * recipe.batch_size == 10_240_000


def test_the_paper_s_imagenet_recipe_is_the_paper_s() -> None:
    recipe = find_recipe("paper-imagenet")
    assert recipe.milestones == (200_000, 400_000, 500_000) and recipe.steps == 530_000
    assert recipe.learning_rate == 0.1 and recipe.momentum == 0.9
    assert (recipe.crop, recipe.size) == ("area", 224)
    # 106 epochs, if the batch is 256.
    assert round(recipe.steps * recipe.batch_size / 1_281_167) == 106


@pytest.mark.parametrize(
    ("step", "milestones"),
    [(0, 0), (63_999, 0), (64_000, 1), (95_999, 1), (96_000, 2), (159_999, 2)],
)
def test_the_rate_falls_at_the_very_step(step: int, milestones: int) -> None:
    wanted = Fraction(1, 10) / 10**milestones
    assert find_recipe("paper-cifar").rate(step) == pytest.approx(float(wanted), 1e-12)


def test_without_drops_the_rate_falls_in_a_straight_line_to_nothing() -> None:
    recipe = Recipe("line", 4, 8, 0.4)
    assert [recipe.rate(step) for step in range(5)] == pytest.approx(
        [0.4, 0.3, 0.2, 0.1, 0.0]
    )


def test_after_a_warm_up_the_rate_falls_in_a_straight_line() -> None:
    recipe = Recipe("cycle", 10, 8, 0.4, warm_up=4)
    assert [recipe.rate(step) for step in range(11)] == pytest.approx(
        [0.1, 0.2, 0.3, 0.4, 0.4, 1 / 3, 4 / 15, 0.2, 2 / 15, 1 / 15, 0.0]
    )
    assert recipe.lasting(5).warm_up == 2 and recipe.lasting(1).warm_up == 0


def test_the_fast_recipe_says_what_is_not_the_paper_s() -> None:
    fast, paper = find_recipe("fast-cifar"), find_recipe("paper-cifar")
    assert (fast.batch_size, fast.weight_decay, fast.smoothing) == (512, 5e-4, 0.1)
    assert fast.warm_up == fast.steps // 5 and not fast.milestones
    assert paper.smoothing == paper.warm_up == 0
    assert round(fast.steps * fast.batch_size / CIFAR_IMAGES) == 82


def test_the_short_recipe_for_photographs_is_one_cycle_and_not_the_paper_s() -> None:
    short, paper = find_recipe("photos"), find_recipe("paper-imagenet")
    assert short.crop == paper.crop == "area" and short.size < paper.size
    assert not short.milestones and 0 < short.warm_up < short.steps
    assert short.steps * 100 < paper.steps
    assert [short.rate(step) for step in (0, short.warm_up, short.steps)] == [
        pytest.approx(short.learning_rate / short.warm_up), short.learning_rate, 0,
    ]


@pytest.mark.parametrize("name", ADDITIONS)
def test_what_a_recipe_may_add_is_off_in_each_and_then_not_in_its_file(
    name: str
) -> None:
    for recipe in RECIPES.values():
        assert getattr(recipe, name) == 0
        told = asdict(recipe) | {"milestones": list(recipe.milestones)}
        assert recipe.as_dict() == {
            key: value for key, value in told.items() if key not in ADDITIONS
        }
        added = replace(recipe, **{name: 0.5})
        assert added.as_dict() == recipe.as_dict() | {name: 0.5}
        assert find_recipe(recipe.name, **{name: 0.5}) == added
        assert find_recipe(recipe.name, **{name: 0.0}) == recipe
        assert getattr(added.lasting(recipe.steps), name) == 0.5


def test_mixed_is_a_batch_of_pairs() -> None:
    with pytest.raises(ValueError, match="batch_size of a recipe with mixup must be a"):
        Recipe("odd", 10, 5, 0.1, mixup=0.2)
    assert Recipe("odd", 10, 5, 0.1, random_erasing=0.2, validation=0.1).batch_size == 5


def test_another_length_keeps_the_drops_share() -> None:
    paper = find_recipe("paper-cifar")
    assert paper.lasting(1000).milestones == (400, 600)
    assert paper.lasting(paper.steps) == paper
    long = {"steps": paper.steps, "milestones": paper.milestones}
    assert asdict(paper.lasting(1000)) | long == asdict(paper)
    line = find_recipe("quick").lasting(10)
    assert line.steps == 10 and line.milestones == ()
    assert line.rate(5) == pytest.approx(0.2)


@pytest.mark.parametrize(("name", "steps", "enough", "times"), [
    ("paper-cifar", 2, 5, 2), ("paper-cifar", 4, 5, 2),
    ("paper-imagenet", 5, 9, 3), ("paper-imagenet", 1, 9, 3),
])
def test_too_short_for_its_milestones_is_refused_with_how_many_steps_are_enough(
    name: str, steps: int, enough: int, times: int
) -> None:
    words = (
        f"steps must be at least {enough} for the recipe {name}, which lowers its "
        f"learning rate {times} times on its way, got {steps}."
    )
    with pytest.raises(ValueError, match=words):
        find_recipe(name, steps)
    for more in range(enough, enough + 200):
        assert len(find_recipe(name, more).milestones) == times


@pytest.mark.parametrize(("name", "most"), [
    ("steps", 10**9), ("batch_size", 10**6), ("size", 65_535),
])
def test_a_count_beyond_its_bound_is_refused_in_one_sentence(
    name: str, most: int
) -> None:
    recipe = find_recipe("quick")
    assert getattr(replace(recipe, **{name: most}), name) == most
    for beyond in (most + 1, 10**20, 10**400):
        with pytest.raises(ValueError, match=f"^{name} must be at most {most:,}, got"):
            replace(recipe, **{name: beyond})
    with pytest.raises(ValueError, match="^steps must be at most"):
        find_recipe("paper-cifar", 10**400)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"steps": 10.0}, "steps must be a whole number"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"batch_size": True}, "batch_size must be a whole number"),
        ({"size": 0}, "size must be at least 1"),
        ({"learning_rate": 0}, "learning_rate must be above 0, got 0"),
        ({"learning_rate": -0.1}, "learning_rate must be above 0"),
        ({"learning_rate": float("nan")}, "be a finite number above 0, got nan"),
        ({"learning_rate": float("inf")}, "be a finite number above 0, got inf"),
        ({"milestones": (6, 4)}, "milestones must rise"),
        ({"milestones": (4, 4)}, "milestones must rise"),
        ({"milestones": (0, 4)}, "a milestone must be at least 1"),
        ({"milestones": (4, 10)}, "between 0 and steps = 10"),
        ({"milestones": (4.5,)}, "a milestone must be a whole number"),
        ({"warm_up": -1}, "warm_up must be at least 0, got -1"),
        ({"warm_up": 10}, "warm_up must be at most 9, got 10"),
        ({"warm_up": 0.5}, "warm_up must be a whole number"),
        ({"smoothing": -0.1}, "smoothing must be at least 0"),
        ({"smoothing": 1}, "smoothing must be at least 0 and below 1, got 1"),
        ({"ema": 1}, "ema must be at least 0 and below 1, got 1"),
        ({"ema": -0.1}, "ema must be at least 0"),
        ({"ema": "a"}, "ema must be a number, got 'a'"),
        ({"mixup": -1}, "mixup must be at least 0"),
        ({"mixup": 1e-4}, "mixup must be 0, or from 0.001 to 1000, got"),
        ({"mixup": 2000}, "mixup must be 0, or from 0.001 to 1000, got"),
        ({"mixup": float("nan")}, "mixup must be a finite number"),
        ({"random_erasing": 1.1}, "random_erasing must be a number from 0 to 1"),
        ({"random_erasing": True}, "random_erasing must be a number from 0 to 1"),
        ({"validation": 1}, "validation must be at least 0 and below 1, got 1"),
        ({"validation": -0.1}, "validation must be at least 0"),
        ({"validation": None}, "validation must be a number"),
        ({"crop": "middle"}, "crop must be 'pad' or 'area', got 'middle'"),
    ],
)
def test_a_number_that_cannot_be_is_refused(wrong: dict, words: str) -> None:
    good = Recipe("good", 10, 4, 0.1, milestones=(4, 6))
    with pytest.raises((TypeError, ValueError), match=words):
        replace(good, **wrong)


def test_each_recipe_is_found_by_its_name_and_others_are_listed() -> None:
    assert set(RECIPES) == {
        "paper-cifar", "paper-imagenet", "quick", "standard", "fast-cifar",
        "mini", "mini-quick", "photos",
    }
    for name, recipe in RECIPES.items():
        assert recipe.name == name and find_recipe(name) == recipe
    with pytest.raises(ValueError, match="one of quick, mini, .*got 'slow'"):
        find_recipe("slow")


def test_a_recipe_cannot_be_changed_on_the_way() -> None:
    with pytest.raises(FrozenInstanceError):
        find_recipe("quick").steps = 3


def test_numbers_of_your_own_take_the_place_of_the_recipe_s() -> None:
    paper = find_recipe("paper-cifar")
    assert find_recipe("paper-cifar", 1000) == paper.lasting(1000)
    changed = find_recipe("paper-cifar", batch_size=32, learning_rate=0.2)
    assert changed == replace(paper, batch_size=32, learning_rate=0.2)
