"""What of a checkpoint goes into the run file: data, environment, curve (chapter 10).

What cannot be there is found when the checkpoint is read, and not after all steps, when
the run file is written.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from resattn_tutorial.ledger.run import Environment


def are_numbers(values: Any) -> bool:
    """Whether all are finite numbers of Python's own."""
    return all(type(x) in (int, float) and math.isfinite(x) for x in values)


def is_point(point: Any) -> bool:
    """Whether it is one of a curve: step, images, seconds, loss, and of the errors on
    test and validation images the one that was taken; the latter with its loss.
    """
    if not isinstance(point, list) or len(point) != 7:
        return False
    *spent, tested, validated, loss = point
    if not are_numbers(spent) or (tested is None) is (validated is None):
        return False
    if not are_numbers([] if validated is None else [loss]):
        return False
    step, images, seconds, _ = spent
    error = tested if validated is None else validated
    return (
        _is_count(step) and _is_count(images) and seconds >= 0
        and are_numbers([error]) and 0 <= error <= 1
    )


def is_curve(curve: list[Any], step: int, batch_size: int) -> bool:
    """Whether points follow each other up to a step, each with the images until then.

    Args:
        curve: the points.
        step: the last one taken.
        batch_size: images in a step.
    """
    if not all(map(is_point, curve)):
        return False
    steps, seconds = [point[0] for point in curve], [point[2] for point in curve]
    return (
        all(a < b for a, b in zip([0, *steps], [*steps, step + 1], strict=True))
        and seconds == sorted(seconds)
        and all(point[1] == batch_size * point[0] for point in curve)
    )


def faults_of_data(told: Mapping[str, Any]) -> list[str]:
    """What in the data is invalid; of what is not there nothing is said.

    A trainer of its own may tell less of its data than a run file does.
    """
    return [
        f"data/{name} must be {wanted}"
        for name, (wanted, fits) in DATA.items()
        if name in told and not fits(told[name])
    ]


def faults_of_environment(told: Mapping[str, Any]) -> list[str]:
    """What in an environment is invalid, is missing, or is too much."""
    known = [field.name for field in fields(Environment)]
    faults = [f"environment lacks {name}" for name in known if name not in told]
    faults += [
        f"environment has {name!r} besides" for name in told if name not in known
    ]
    return faults + [
        f"environment/{name} must be {wanted}"
        for name, (wanted, fits) in ENVIRONMENT.items()
        if name in told and not fits(told[name])
    ]


def _is_count(value: Any, least: int = 0) -> bool:
    return type(value) is int and value >= least


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _are_names(values: Any) -> bool:
    return (
        isinstance(values, list) and all(map(_is_text, values))
        and len(set(values)) == len(values)
    )


def _is_size(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) in (0, 2)
        and all(_is_count(side, 1) for side in value)
    )


def _is_colour(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) in (0, 3) and are_numbers(value)
        and all(0 <= part <= 1 for part in value)
    )


def _is_table(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(
        _is_text(name) and fits(part) for name, part in value.items()
    )


def _is_day(value: Any) -> bool:
    try:
        datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


COUNT = "a whole number from 0", _is_count
TEXT = "text", _is_text
TEXT_OR_NONE = "text, or None", lambda value: value is None or _is_text(value)
COUNT_OR_NONE = (
    "a whole number from 1, or None", lambda value: value is None or _is_count(value, 1)
)
DATA = {
    "name": TEXT, "form": TEXT, "training_images": COUNT, "test_images": COUNT,
    "noisy_labels": COUNT, "validation_images": COUNT,
    "mean_colour": ("none or three numbers from 0 to 1", _is_colour),
    "classes": ("names, each once", _are_names),
    "image_size": ("none or two whole numbers from 1", _is_size),
    "fingerprints": ("texts by name", _is_table(_is_text)),
    "skipped": ("whole numbers from 1 by name", _is_table(lambda n: _is_count(n, 1))),
}
ENVIRONMENT = {
    "date": ("a day such as 2026-11-22", _is_day), "commit": TEXT_OR_NONE,
    "processor": ("text", lambda value: isinstance(value, str)),
    "cores": COUNT_OR_NONE, "gpu": TEXT_OR_NONE, "device": TEXT_OR_NONE,
    "world_size": COUNT_OR_NONE, "python": TEXT, "torch": TEXT, "numpy": TEXT,
}
