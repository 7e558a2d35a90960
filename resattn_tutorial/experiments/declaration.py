"""What an experiment is: arms that differ in one thing, seeds, and what is claimed.

A declaration is data. It says which trainings there are; :mod:`.grid` lists them,
:mod:`.queue` runs those that are missing, :mod:`.outcome` says what came of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.validation import (
    require_count,
    require_kind,
    require_number,
    require_sequence,
)


@dataclass(frozen=True)
class Claim:
    """That one arm has a lower test error than another.

    Attributes:
        text: the claim as a sentence.
        better: the arm that is said to err less.
        worse: the other one.
        printed: what the paper prints for the two, such as ``"5.52 against 5.89 %"``;
            ``None`` where it makes no such comparison.
    """

    text: str
    better: str
    worse: str
    printed: str | None = None


@dataclass(frozen=True)
class Experiment:
    """A question, and the trainings that answer it.

    Attributes:
        name: what it is called on the command line.
        paper: the table or figure that it repeats, or what it adds to the paper.
        question: what it asks, as a sentence.
        size: ``"mini"``, ``"cifar"`` or ``"paper"``.
        base: what all arms share.
        arms: what each changes in ``base``, by its label.
        seeds: how many runs each arm has, from seed 0 on.
        rates: learning rates that are tried for each arm on validation scenes; each
            arm is then trained at its best. With none, all take the recipe's.
        claims: what is said of the arms.
        minutes: about how long one run takes.
        machine: on what.

    Raises:
        TypeError, ValueError: an arm is no training, a claim names no arm, or a number
            is invalid.
    """

    name: str
    paper: str
    question: str
    size: str
    base: TrainingConfig
    arms: Mapping[str, Mapping[str, Any]]
    seeds: int = 5
    rates: tuple[float, ...] = ()
    claims: tuple[Claim, ...] = ()
    minutes: float = 4.0
    machine: str = "one CPU core"
    configs: Mapping[str, TrainingConfig] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        require_kind("base", self.base, TrainingConfig, "a TrainingConfig")
        require_count("seeds", self.seeds, at_most=1000)
        require_number("minutes", self.minutes, above=0)
        require_sequence("rates", self.rates)
        if self.size not in SIZES:
            sizes = ", ".join(SIZES)
            raise ValueError(f"size must be one of {sizes}, got {self.size!r}.")
        if not self.arms:
            raise ValueError(f"{self.name} must have at least one arm, got none.")
        configs = {arm: replace(self.base, **new) for arm, new in self.arms.items()}
        object.__setattr__(self, "configs", configs)
        for claim in self.claims:
            for arm in (claim.better, claim.worse):
                if arm not in configs:
                    raise ValueError(
                        f"a claim of {self.name} must name its arms "
                        f"({', '.join(configs)}), got {arm!r}."
                    )


SIZES = ("mini", "cifar", "paper")
