"""All that a training is, in one frozen object (chapter 10).

Command line, notebook, experiment and test make a :class:`TrainingConfig` and hand it
on whole. It needs no PyTorch, so that whoever only reads run files need not load it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from resattn_tutorial.limits import MOST, require_seconds
from resattn_tutorial.names import (
    AttentionName,
    MemoryFormat,
    NetworkName,
    Precision,
    did_you_mean,
)
from resattn_tutorial.recipes import ADDITIONS, RECIPES, Recipe, find_recipe
from resattn_tutorial.validation import (
    make_plain,
    require_count,
    require_path,
    require_ratio,
    require_seed,
)

# What makes a run, beside its data. Another value of these is another run; all other
# fields may change when a run goes on, and the change is kept with it.
IDENTITY = ("network", "attention", "recipe", "seed", "label_noise")
# Options that are typed only where they are not as they are meant to be.
FLAGS = ("skip_damaged", "compile", "deterministic", "sync_batch_norm")
SWITCHES = ("graphs",)           # on, unless --no-graphs is typed
NUMBERS = ("threads", "points", "save_every")
# Two lists of more entries are told by the first that differs.
LONG = 20


def option(name: str) -> str:
    """What a field is called in a terminal."""
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True)
class TrainingConfig:
    """What is trained, on what, and how.

    Network, attention, data, recipe, seed and label noise make a run. The others change
    how it is computed, at most in the last digits, and how it is told.

    Attributes:
        network: one of :class:`~resattn_tutorial.names.NetworkName`.
        data: one of :class:`~resattn_tutorial.names.DataName`, or a folder of images.
        recipe: how to train.
        seed: of the weights, the batches and the label noise, below ``2**32``.
        label_noise: the ratio of training labels that are changed, 0 to 1.
        attention: what stands where the network's masks stand, one of
            :class:`~resattn_tutorial.names.AttentionName`.
        data_name: what to call a folder's data; the folder's own name if left out.
        skip_damaged: whether to leave out a folder's images that cannot be read.
        precision: one of :class:`~resattn_tutorial.names.Precision`.
        accumulation: into how many micro-batches each process divides its part of a
            batch; their gradients are accumulated.
        memory_format: one of :class:`~resattn_tutorial.names.MemoryFormat`.
        compile: whether ``torch.compile`` makes the network faster.
        graphs: whether a GPU replays its steps from a CUDA graph. That needs a whole
            batch and one process; elsewhere it changes nothing.
        deterministic: whether a GPU must give the same bits every time.
        sync_batch_norm: whether batch norm takes its mean over all processes' images.
        threads: of the processor; ``None`` leaves the choice to PyTorch.
        points: points of the learning curve, each with a test.
        save_every: seconds between checkpoints.

    Raises:
        TypeError: a field has another name, and the nearest is named; or a count is no
            whole number.
        ValueError: a value is none of those that can be.
    """

    network: str
    data: str = "builtin"
    recipe: Recipe = RECIPES["quick"]
    seed: int = 0
    label_noise: float = 0.0
    attention: str = AttentionName.RESIDUAL.value
    data_name: str | None = None
    skip_damaged: bool = False
    precision: str = "auto"
    accumulation: int = 1
    memory_format: str = "channels_last"
    compile: bool = False
    graphs: bool = True
    deterministic: bool = False
    sync_batch_norm: bool = False
    threads: int | None = None
    points: int = 10
    save_every: float = 180.0

    def __new__(cls, *values: Any, **named: Any) -> Self:
        """Refuse a field that there is not, with the nearest one's name."""
        known = [field.name for field in fields(cls)]
        for name in named:
            if name not in known:
                raise TypeError(
                    f"a training has no field {name!r}; it has {', '.join(known)}."
                    + did_you_mean(name, known)
                )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        # Plain strings, since they are written to files and compared there.
        for name, kind in (
            ("network", NetworkName), ("attention", AttentionName),
            ("precision", Precision), ("memory_format", MemoryFormat),
        ):
            object.__setattr__(self, name, kind(getattr(self, name)).value)
        path = require_path("data", self.data, "a name or a folder")
        object.__setattr__(self, "data", str(path))
        if self.data_name is not None and not isinstance(self.data_name, str):
            raise TypeError(f"data_name must be text, got {self.data_name!r}.")
        if not isinstance(self.recipe, Recipe):
            raise TypeError(
                f"recipe must be a Recipe, got {self.recipe!r}. "
                "find_recipe gives one by its name."
            )
        require_seed(self.seed)
        require_ratio("label_noise", self.label_noise)
        for name in ("accumulation", "points"):
            require_count(name, getattr(self, name), at_most=MOST[name])
        if self.threads is not None:
            require_count("threads", self.threads, at_most=MOST["threads"])
        for name in (*FLAGS, *SWITCHES):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(
                    f"{name} must be True or False, got {getattr(self, name)!r}."
                )
        require_seconds("save_every", self.save_every)
        make_plain(self)

    @property
    def name(self) -> str:
        """What its run file is called, without the seed."""
        words = [self.network]
        if self.attention != AttentionName.RESIDUAL:
            words.append(self.attention)
        words.append(self.data_name or Path(self.data).name)
        if self.label_noise:
            # Per cent, and what stands behind the point: 0.104 is not 0.1's run.
            words.append(f"noise{100 * self.label_noise:.10g}")
        told = "-".join([*words, self.recipe.name]).lower()
        return re.sub(r"[^a-z0-9]+", "-", told).strip("-")

    @property
    def identity(self) -> dict[str, Any]:
        """What makes it this run and no other, beside its data, as plain values."""
        return {name: self.as_dict()[name] for name in IDENTITY}

    def as_dict(self) -> dict[str, Any]:
        """Its fields as plain values, for a file."""
        return asdict(self) | {"recipe": self.recipe.as_dict()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """The training that such values tell of.

        Raises:
            TypeError, ValueError: as the constructor, and where a field is missing.
        """
        if missing := [f.name for f in fields(cls) if f.name not in told]:
            raise ValueError(f"a training needs {', '.join(missing)} as well.")
        recipe = dict(told["recipe"])
        recipe["milestones"] = tuple(recipe["milestones"])
        return cls(**{**told, "recipe": Recipe(**recipe)})

    def command(self, world_size: int = 1) -> str | None:
        """What repeats it in a terminal; ``None`` if its recipe has no name there.

        Args:
            world_size: how many processes shared each batch. The command divides the
                batch in as many parts more, which one process learns from in turn.
        """
        recipe, parts = self.recipe, self.accumulation * world_size
        numbers = recipe.steps, recipe.batch_size, recipe.learning_rate
        others = {name: getattr(recipe, name) for name in ("smoothing", *ADDITIONS)}
        if recipe.name not in RECIPES or recipe != find_recipe(
            recipe.name, *numbers, **others
        ):
            return None
        words = ["resattn", "train", self.network]
        if self.attention != AttentionName.RESIDUAL:
            words += [option("attention"), self.attention]
        words += ["--data", self.data]
        if self.data_name:
            words += ["--data-name", self.data_name]
        words += ["--recipe", recipe.name]
        names = ("--steps", "--batch-size", "--learning-rate")
        words += [word for pair in zip(names, numbers, strict=True) for word in pair]
        for name, value in others.items():
            if value != getattr(RECIPES[recipe.name], name):
                words += [option(name), value]
        if self.label_noise:
            words += ["--label-noise", self.label_noise]
        words += ["--seed", self.seed]
        if self.precision != "auto":
            words += ["--precision", self.precision]
        if parts > 1:
            words += ["--accumulation", parts]
        usual = {field.name: field.default for field in fields(self)}
        if self.memory_format != usual["memory_format"]:
            words += [option("memory_format"), self.memory_format]
        for name in NUMBERS:
            if getattr(self, name) != usual[name]:
                words += [option(name), getattr(self, name)]
        words += [option(name) for name in FLAGS if getattr(self, name)]
        words += [option(f"no_{name}") for name in SWITCHES if not getattr(self, name)]
        return shlex.join(map(str, words))


def differences(
    theirs: Mapping[str, Any],
    ours: Mapping[str, Any],
    whose: tuple[str, str] = ("the checkpoint", "this run"),
    inside: str = "",
) -> list[str]:
    """What differs between two sets of plain values, one line each.

    What a recipe may add, and a file does not tell, is off.

    Args:
        theirs: one of them, the checkpoint's for one.
        ours: the other, the present run's for one.
        whose: what to call the two.
        inside: what the names stand in.
    """
    found = []
    for name in sorted(theirs.keys() | ours.keys()):
        was, now = theirs.get(name), ours.get(name)
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            found += differences(was, now, whose, f"{inside}{name}, ")
        elif was != now:
            place, was, now = _where_they_part(name, was, now)
            off = inside == "recipe, " and name in ADDITIONS
            was, now = ("off" if off and x is None else repr(x) for x in (was, now))
            values = f"{was} in {whose[0]}, {now} in {whose[1]}"
            found.append(f"{inside}{place}: {values}")
    return found


def _where_they_part(name: str, was: Any, now: Any) -> tuple[str, Any, Any]:
    """Of two long lists, the first place that differs; else both values whole."""
    if not (isinstance(was, list) and isinstance(now, list)):
        return name, was, now
    pairs = list(zip(was, now, strict=False))
    if len(pairs) <= LONG:
        return name, was, now
    place = next((k for k, (a, b) in enumerate(pairs) if a != b), None)
    if place is None:
        return f"the length of {name}", len(was), len(now)
    return f"{name}[{place}]", *pairs[place]
