"""What the page of the ledger says of runs of one name, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tools.measured import value_at, written

Run = dict[str, Any]
SHARES = ("error",)


def facts_of(runs: list[Run]) -> dict[str, str]:
    """What runs of one name are, each fact under its name.

    Raises ``MeasuredError`` for a run that lacks a field.
    """
    steps, images = (spread(runs, f"results/curve/-1/{k}") for k in ("step", "images"))
    settings = (value_at(run, "configuration") for run in runs)
    looked = "nothing: what networks cost was measured"
    if value_at(runs[0], "results/test_error") is not None:
        looked = f"nothing: {images} test images were looked at"
    found = {
        "Runs": _count(runs), "Data": _distinct(map(_data, runs)),
        "Trained": looked if steps == "0" else f"{steps} steps, {images} images",
        "Speed": f"{spread(runs, 'results/images_per_second')} images a second",
        "Settings": _distinct(map(_listed, settings)),
        "Minutes": f"{spread(runs, 'results/minutes')}, tests included",
        "Machine": _distinct(map(_machine, runs)),
        "Versions": _distinct(map(_versions, runs)),
        "Commit": _distinct(_commit(run) for run in runs),
        "Date": _distinct(value_at(run, "environment/date") for run in runs),
    }
    for title, field in (("Changed", "changes"), ("Not recorded", "not_recorded")):
        if told := _distinct(", ".join(value_at(run, field)) for run in runs):
            found[title] = told.replace("configuration/", "").replace("_", " ")
    return found


def figure(name: str, value: float) -> str:
    """A final figure as it is shown: a share in per cent, others to three digits."""
    if any(word in name for word in SHARES):
        return written(value, ".2%")
    whole = value == int(value) or abs(value) >= 100
    return written(value, ",.0f" if whole else "#.3g")


def numbers_in(group: dict[str, Any]) -> int:
    """How many numbers a group holds, those of its own groups included."""
    return sum(
        numbers_in(one) if isinstance(one, dict) else 1 for one in group.values()
    )


def _count(runs: list[Run]) -> str:
    seeds = [str(value_at(run, "configuration/seed")) for run in runs]
    if len(runs) == 1:
        return f"one, seed {seeds[0]}: how far another seed would differ is not known"
    return f"{len(runs)}, seeds {', '.join(seeds)}; below, mean (lowest to highest)"


def _data(run: Run) -> str:
    said = [value_at(run, f"data/{key}") for key in ("name", "form")]
    counts = [value_at(run, f"data/{key}_images") for key in ("training", "test")]
    return f"{', '.join(said)}: {counts[0]:,} to learn from, {counts[1]:,} to test on"


def _machine(run: Run) -> str:
    told, threads = value_at(run, "environment"), value_at(run, "configuration/threads")
    gpu = [told["gpu"]] if told.get("gpu") else []
    parts = [*gpu, value_at(run, "environment/processor"), f"{told['cores']} cores"]
    return ", ".join([*parts, "1 thread" if threads == 1 else f"{threads} threads"])


def _versions(run: Run) -> str:
    names = ("python", "torch", "numpy")
    return ", ".join(f"{one} {value_at(run, f'environment/{one}')}" for one in names)


def _commit(run: Run) -> str:
    return value_at(run, "environment/commit") or "not known"


def _listed(group: dict[str, Any]) -> str:
    """The names and values of a group; what is off, and the seed, is left out."""
    parts = (_told(name, value) for name, value in group.items() if name != "seed")
    return ", ".join(part for part in parts if part)


def _told(name: str, value: Any) -> str:
    """A setting in words; nothing for one that is off or empty."""
    words = name.replace("_", " ")
    if isinstance(value, dict):
        return f"{words} ({_listed(value)})"
    if isinstance(value, list):
        value = " ".join(map(_short, value))
    if value is False or value in ("", None):
        return ""
    return words if value is True else f"{words} {_short(value)}"


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _distinct(texts: Iterable[str]) -> str:
    return "; or ".join(dict.fromkeys(texts))


def spread(runs: list[Run], path: str, name: str | None = None) -> str:
    """One value, or the mean of several with the lowest and the highest."""
    values = [value_at(run, path) for run in runs]
    low, high = (figure(name or path, end(values)) for end in (min, max))
    mean = figure(name or path, sum(values) / len(values))
    return mean if low == high else f"{mean} ({low} to {high})"
