"""The trainings that an experiment consists of, and what makes each of them one.

Two trainings are the same if their network, attention, recipe, seed, label noise, data
and precision are; where they run, and with how many threads, does not count. So arms
that several experiments share are trained once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.experiments.declaration import Experiment
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.names import DataName
from resattn_tutorial.recipes import ADDITIONS, RECIPES

# The seed of runs that look for a learning rate: none of the seeds that count.
SEARCH_SEED = 1000


class Planned(NamedTuple):
    """One training of an experiment.

    Attributes:
        experiment: its name.
        arm: which of its arms.
        seed: of the training.
        config: what to train; ``None`` while the arm's learning rate is not known yet.
        searching: whether it only looks for a learning rate.
    """

    experiment: str
    arm: str
    seed: int
    config: TrainingConfig | None
    searching: bool = False

    @property
    def label(self) -> str:
        """What to call it in a line."""
        rate = f", rate {self.config.recipe.learning_rate:g}" if self.searching else ""
        return f"{self.experiment}: {self.arm}{rate}, seed {self.seed}"


def key_of(settings: Mapping[str, Any], data: str) -> str:
    """What tells a training from all others: sixteen digits.

    Args:
        settings: a :class:`~resattn_tutorial.config.TrainingConfig`'s plain values.
        data: the name of what it learned from.
    """
    made_of = ("network", "attention", "recipe", "seed", "label_noise", "precision")
    told = {name: settings[name] for name in made_of} | {"data": data}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def key(config: TrainingConfig) -> str:
    """The key of a training that is planned."""
    return key_of(config.as_dict(), data_called(config.data, config.data_name))


def key_of_run(run: Run) -> str | None:
    """The key of a training that was recorded; ``None`` if it is no trainer's."""
    try:
        told = run.training
    except (TypeError, ValueError):                  # not all of it was recorded
        return None
    return key_of(told.as_dict(), data_called(told.data, told.data_name))


def run_name(config: TrainingConfig) -> str:
    """What a run's file is called: a recipe of several rates gives several names."""
    usual, name = RECIPES[config.recipe.name], config.name
    words = {"learning_rate": "rate"} | {n: n for n in ("smoothing", *ADDITIONS)}
    for field, word in words.items():
        number = getattr(config.recipe, field)
        if number != getattr(usual, field):
            name += f"-{word}{number:.10g}".replace(".", "-").replace("_", "-")
    return name


def data_called(data: str, data_name: str | None) -> str:
    """A data set's own word, or what a folder's data is called."""
    return data if data in list(DataName) else data_name or Path(data).name


def search_of(experiment: Experiment, arm: str) -> list[Planned]:
    """The runs that look for an arm's learning rate; none where none is looked for."""
    config = replace(
        experiment.configs[arm], data=DataName.BUILTIN_SEARCH.value, seed=SEARCH_SEED
    )
    return [
        Planned(
            experiment.name, arm, SEARCH_SEED,
            replace(config, recipe=replace(config.recipe, learning_rate=rate)), True,
        )
        for rate in experiment.rates
    ]


def chosen_rate(
    experiment: Experiment, arm: str, errors: Mapping[str, float]
) -> float | None:
    """The rate with the lowest validation error; the lower one of two that are equal.

    Args:
        experiment: whose arm it is.
        arm: its label.
        errors: the validation error of each run that has ended, by its key; a run that
            diverged has error 1.

    Returns:
        ``None`` while a run of the search is missing.
    """
    tried = {
        planned.config.recipe.learning_rate: errors.get(key(planned.config))
        for planned in search_of(experiment, arm)
    }
    if None in tried.values():
        return None
    return min(tried, key=lambda rate: (tried[rate], rate))


def grid(experiment: Experiment, errors: Mapping[str, float]) -> list[Planned]:
    """All runs of an experiment, the searches first, then seed by seed.

    So whatever is there when the time is over has about as many runs in each arm.
    Raises nothing; ``errors`` as in :func:`chosen_rate`.
    """
    searches = [run for arm in experiment.arms for run in search_of(experiment, arm)]
    finals = [
        Planned(experiment.name, arm, seed, final_config(experiment, arm, seed, errors))
        for seed in range(experiment.seeds)
        for arm in experiment.arms
    ]
    return searches + finals


def possible_keys(experiment: Experiment) -> set[str]:
    """The keys of all trainings that it may hold, whichever rates are chosen."""
    keys = set()
    for arm, config in experiment.configs.items():
        keys |= {key(planned.config) for planned in search_of(experiment, arm)}
        keys |= {
            key(replace(config, seed=seed, recipe=replace(
                config.recipe, learning_rate=rate
            )))
            for seed in range(experiment.seeds)
            for rate in experiment.rates or [config.recipe.learning_rate]
        }
    return keys


def final_config(
    experiment: Experiment, arm: str, seed: int, errors: Mapping[str, float]
) -> TrainingConfig | None:
    """What one run of an arm trains; ``None`` while its rate is not known yet."""
    config = replace(experiment.configs[arm], seed=seed)
    if not experiment.rates:
        return config
    rate = chosen_rate(experiment, arm, errors)
    if rate is None:
        return None
    return replace(config, recipe=replace(config.recipe, learning_rate=rate))


def sharded(runs: Iterable[Planned], shard: tuple[int, int]) -> list[Planned]:
    """The runs of one shard of ``(number, of)``, counted from 1.

    A run's shard is its key's: it stays the same when others are added. Runs whose
    rate is not known yet belong to every shard, since no key is known.
    """
    number, of = shard
    return [
        run for run in runs
        if run.config is None or int(key(run.config), 16) % of == number - 1
    ]
