"""From a terminal to a run file: what the experiments of chapters 13 to 17 share.

An experiment is a frozen object of whole numbers, all with defaults, and a function
that makes a run of it. Its command has an option for each number.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from resattn_tutorial.ledger.run import (
    Point,
    Results,
    Run,
    rounded_curve,
    to_digits,
)
from resattn_tutorial.ledger.store import RUNS, write_run
from resattn_tutorial.limits import MOST
from resattn_tutorial.metrics.bootstrap import Interval
from resattn_tutorial.runtime.device import choose_threads
from resattn_tutorial.training.run_folder import require_name
from resattn_tutorial.validation import require_count, require_seed

DIGITS = 4


@dataclass(frozen=True)
class Experiment:
    """What every experiment has; each adds whole numbers of its own.

    Attributes:
        seed: of everything that is drawn.
        threads: of the processor; 0 leaves the choice to torch.

    Raises:
        TypeError, ValueError: a value is invalid.
    """

    seed: int = 0
    threads: int = 0

    module = ""                                      # what a terminal calls
    name = ""                                        # of its run files

    def __post_init__(self) -> None:
        require_seed(self.seed)
        require_count("threads", self.threads, at_least=0, at_most=MOST["threads"])
        for field in fields(self):
            if field.name not in ("seed", "threads"):
                require_count(field.name, getattr(self, field.name))

    @property
    def command(self) -> str:
        """What repeats it in a terminal."""
        words = [
            f"--{field.name.replace('_', '-')} {getattr(self, field.name)}"
            for field in fields(self)
        ]
        return " ".join([f"python -m {self.module}", *words])

    @classmethod
    def from_terminal(cls, told: str) -> tuple[Self, Path]:
        """The experiment that was typed, and the folder for its run file.

        What is invalid, or could not be written at its end, leaves with one line.
        """
        parser = argparse.ArgumentParser(
            prog=f"python -m {cls.module}", description=told.split("\n")[0]
        )
        for field in fields(cls):
            option = f"--{field.name.replace('_', '-')}"
            parser.add_argument(
                option, type=int, default=field.default, help=f"{field.default}"
            )
        parser.add_argument("--out", type=Path, default=RUNS, help="folder")
        given = vars(parser.parse_args())
        out = given.pop("out")
        try:
            config = cls(**given)
            # Before the first step: minutes later it would be too late.
            out.mkdir(parents=True, exist_ok=True)
            require_name(out, f"{config.name}-seed{config.seed}.json")
        except (TypeError, ValueError, OSError) as error:
            parser.error(str(error))
        return config, out


def record(
    kind: type[Experiment], make: Callable[[Experiment], Run], told: str
) -> None:
    """Read the command line, run, write the run file."""
    config, out = kind.from_terminal(told)
    choose_threads(config.threads or None)
    print("written:", write_run(make(config), out))


def in_figures(interval: Interval) -> dict[str, float]:
    """An interval for a run file: mean, low and high."""
    told = interval._asdict()
    return {name: round(told[name], DIGITS) for name in ("mean", "low", "high")}


def looked_results(
    began: float,
    images: int,
    loss: float | None,
    error: float | None,
    scores: dict[str, Any],
) -> Results:
    """Results of an experiment that looks at networks and trains none.

    A curve needs a point. This one's has step 0, and its seconds are those of the whole
    experiment, over the images that it looked at. Where it classified none, there is
    neither loss nor error.
    """
    seconds = time.monotonic() - began
    return Results(
        test_error=to_digits(error, 6), minutes=round(seconds / 60, 2),
        images_per_second=float(f"{images / seconds:.3g}"),
        curve=rounded_curve([Point(0, images, seconds, loss, error)]), scores=scores,
    )

