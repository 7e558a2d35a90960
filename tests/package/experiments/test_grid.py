"""What an experiment consists of, and what makes each of its runs one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tiny_grid import BASE, tiny

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.experiments.catalogue import EXPERIMENTS, find_experiment
from resattn_tutorial.experiments.declaration import SIZES, Claim, Experiment
from resattn_tutorial.experiments.grid import (
    chosen_rate,
    grid,
    key,
    possible_keys,
    run_name,
    search_of,
    sharded,
)
from resattn_tutorial.recipes import ADDITIONS


def searched(experiment: Experiment, **errors: dict[float, float]) -> dict[str, float]:
    """The errors of a search, by key; by arm and rate here."""
    return {
        key(run.config): errors[arm][run.config.recipe.learning_rate]
        for arm in experiment.arms for run in search_of(experiment, arm)
        if run.config.recipe.learning_rate in errors[arm]
    }


def test_a_grid_holds_the_search_first_and_then_seed_by_seed():
    runs = grid(tiny(), {})
    assert [(run.arm, run.searching) for run in runs[:4]] == [
        ("residual", True), ("residual", True), ("naive", True), ("naive", True),
    ]
    assert [(run.seed, run.arm) for run in runs[4:]] == [
        (seed, arm) for seed in range(3) for arm in ("residual", "naive")
    ]
    assert all(run.config is None for run in runs[4:])
    assert {run.config.data for run in runs[:4]} == {"builtin-search"}


def test_each_arm_is_trained_at_its_own_best_rate():
    experiment = tiny()
    errors = searched(
        experiment, residual={0.1: 0.5, 0.2: 0.4}, naive={0.1: 0.6, 0.2: 0.7}
    )
    rates = {
        run.arm: run.config.recipe.learning_rate for run in grid(experiment, errors)[4:]
    }
    assert rates == {"residual": 0.2, "naive": 0.1}


def test_the_possible_keys_are_those_of_the_grid_whichever_rates_are_chosen():
    experiment = tiny()
    seen = set()
    for residual, naive in ((0.1, 0.1), (0.2, 0.2)):
        errors = searched(experiment, **{
            arm: {rate: float(rate != best) for rate in (0.1, 0.2)}
            for arm, best in (("residual", residual), ("naive", naive))
        })
        seen |= {key(run.config) for run in grid(experiment, errors)}
    assert possible_keys(experiment) == seen and len(seen) == 4 + 2 * 2 * 3
    plain = tiny(rates=())
    assert possible_keys(plain) == {key(run.config) for run in grid(plain, {})}


def test_no_rate_is_chosen_before_its_search_is_complete():
    experiment = tiny()
    errors = searched(experiment, residual={0.2: 0.4}, naive={0.1: 0.6, 0.2: 0.6})
    assert chosen_rate(experiment, "residual", errors) is None
    assert chosen_rate(experiment, "naive", errors) == 0.1   # equal: the lower one


def test_what_makes_a_run_changes_its_key_and_nothing_else_does():
    plain = key(BASE)
    made_of = {
        "network": "mini2", "attention": "naive", "seed": 1, "label_noise": 0.1,
        "precision": "bfloat16", "data": "builtin",
        "recipe": replace(BASE.recipe, learning_rate=0.3),
    }
    for name, value in made_of.items():
        assert key(replace(BASE, **{name: value})) != plain, name
    besides = {"threads": 3, "points": 2, "save_every": 9, "graphs": False}
    for name, value in besides.items():
        assert key(replace(BASE, **{name: value})) == plain, name


def test_where_a_folder_of_images_lies_is_no_part_of_the_key():
    here = replace(BASE, data="/here/images", data_name="mine")
    there = replace(BASE, data="elsewhere", data_name="mine")
    assert key(here) == key(there) != key(replace(there, data_name="yours"))


def test_shards_share_the_runs_without_overlap():
    runs = grid(tiny(rates=(), seeds=40), {})
    parts = [sharded(runs, (number, 3)) for number in (1, 2, 3)]
    assert sorted(run.label for part in parts for run in part) == sorted(
        run.label for run in runs
    )
    assert all(len(part) > 10 for part in parts)


def test_runs_at_other_rates_have_other_files():
    names = {run_name(run.config) for run in search_of(tiny(), "naive")}
    assert names == {
        "mini1-naive-builtin-search-mini", "mini1-naive-builtin-search-mini-rate0-1",
    }


def test_runs_that_add_something_have_other_files_and_are_others():
    config = tiny().configs["naive"]
    names, keys = {run_name(config)}, {key(config)}
    for name in ADDITIONS:
        added = replace(config, recipe=replace(config.recipe, **{name: 0.25}))
        word = name.replace("_", "-")
        assert run_name(added) == f"{run_name(config)}-{word}0-25"
        names.add(run_name(added))
        keys.add(key(added))
    assert len(names) == len(keys) == 1 + len(ADDITIONS)


@pytest.mark.parametrize(("changes", "words"), [
    ({"arms": {}}, "at least one arm, got none"),
    ({"size": "huge"}, "size must be one of mini, cifar, paper, got 'huge'"),
    ({"seeds": 0}, "seeds must be at least 1, got 0"),
    ({"claims": (Claim("x", "residual", "nave"),)}, "name its arms .* got 'nave'"),
    ({"arms": {"a": {"attention": "nave"}}}, "attention must be one of"),
])
def test_a_declaration_that_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        replace(tiny(), **changes)


def test_every_table_of_the_paper_is_declared_at_three_sizes():
    for table in (1, 3, 4, 5, 6):
        for size in SIZES:
            found = find_experiment(f"table{table}-{size}")
            assert found.size == size and f"Table {table}" in found.paper
    assert find_experiment("table7-paper").paper == "Tables 2 and 7"
    assert all(name == one.name for name, one in EXPERIMENTS.items())
    with pytest.raises(ValueError, match=r"table3-mni'. Did you mean table3-mini\?"):
        find_experiment("table3-mni")


def test_every_declared_run_can_be_named_and_repeated():
    keys, stems = {}, {}
    for experiment in EXPERIMENTS.values():
        for arm, config in experiment.configs.items():
            assert isinstance(config, TrainingConfig) and config.command()
            for run in (config, *(r.config for r in search_of(experiment, arm))):
                stem = f"{run_name(run)}-seed{run.seed}"
                assert keys.setdefault(key(run), stem) == stem
                assert stems.setdefault(stem, key(run)) == key(run)
