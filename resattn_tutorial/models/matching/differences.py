"""What does not fit between two networks, part by part, in a learner's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from resattn_tutorial.models.matching.nearest import (
    Pairs,
    nearest_pairs,
    unlike_reads,
)
from resattn_tutorial.models.matching.places import place_of, unit_of
from resattn_tutorial.models.matching.trace import TracedLayer

MOST = 5
Layers = Sequence[TracedLayer]


def differences(ours: Layers, theirs: Layers) -> list[str]:
    """What does not fit, one line each, from the images to the logits."""
    pairs = nearest_pairs(ours, theirs)
    found = [
        *_missing(ours, pairs), *_too_many(ours, theirs, pairs),
        *_other_form(ours, theirs, pairs), *_other_reads(ours, theirs, pairs),
    ]
    return [line for _, line in sorted(found, key=lambda one: one[0])]


def in_words(lines: list[str]) -> str:
    """The first few of several lines."""
    rest = len(lines) - MOST
    more = [f"  and {rest} more place{'s' * (rest > 1)}"] if rest > 0 else []
    return "\n".join([*(f"  {line}" for line in lines[:MOST]), *more])


def _missing(ours: Layers, pairs: Pairs) -> Iterator[tuple[int, str]]:
    units: dict[str, list[int]] = {}
    for number, layer in enumerate(ours):
        if number not in pairs:
            units.setdefault(unit_of(layer.name), []).append(number)
    for unit, numbers in units.items():
        whole = sum(unit_of(layer.name) == unit for layer in ours)
        what = unit if len(numbers) == whole else ", ".join(
            place_of(ours[number].name) for number in numbers)
        yield numbers[0], f"{what}: missing in yours."


def _too_many(
    ours: Layers, theirs: Layers, pairs: Pairs
) -> Iterator[tuple[int, str]]:
    back = {t: o for o, t in pairs.items()}
    runs: list[list[int]] = []
    for number in range(len(theirs)):
        if number in back:
            continue
        if runs and theirs[number].before & set(runs[-1]):
            runs[-1].append(number)
        else:
            runs.append([number])
    for run in runs:
        kinds = Counter(theirs[number].kind for number in run)
        what = ", ".join(
            f"{count} {kind}s" if count > 1 else f"a {kind}"
            for kind, count in kinds.items())
        behind = sorted(back[t] for t in theirs[run[0]].before if t in back)
        where = f", behind {place_of(ours[behind[-1]].name)}" if behind else ""
        yield (behind or [0])[-1] + 1, (
            f"yours has {what} that the weights do not have{where} "
            f"({_named(theirs[run[0]])}).")


def _other_form(
    ours: Layers, theirs: Layers, pairs: Pairs
) -> Iterator[tuple[int, str]]:
    sizes = {o for o, t in pairs.items() if ours[o].size != theirs[t].size}
    for o, t in pairs.items():
        mine, other = ours[o], theirs[t]
        place = f"{place_of(mine.name)} ({_named(other)})"
        said = [_said(key, mine.form[key], other.form[key])
                for key in mine.form if mine.form[key] != other.form[key]]
        if said:
            yield o, f"{place}: {'; '.join(said)}."
        elif o in sizes and not mine.before & sizes:
            yield o, (
                f"{place}: yours has maps of {_times(other.size)}, the weights' of "
                f"{_times(mine.size)}{steps_apart(mine, other)}.")


def _other_reads(
    ours: Layers, theirs: Layers, pairs: Pairs
) -> Iterator[tuple[int, str]]:
    told = set()
    for o in sorted(pairs):
        mine, other = unlike_reads(ours, theirs, pairs, o)
        key = frozenset(mine), frozenset(other)
        if not (mine or other) or key in told:
            continue
        told.add(key)
        lacks, has = (_listed(place_of(ours[one].name) for one in sorted(some))
                      for some in (mine, other))
        said = f"yours comes behind {has}, the weights' behind {lacks}"
        if not mine:
            said = f"yours also comes behind {has}"
        if not other:
            said = f"yours does not come behind {lacks}, the weights' does"
        yield o, (f"{place_of(ours[o].name)} ({_named(theirs[pairs[o]])}): {said}.")


def steps_apart(mine: TracedLayer, other: TracedLayer) -> str:
    """What is done on the way to one of two layers alone, as the end of a sentence."""
    ours, theirs = Counter(mine.steps), Counter(other.steps)
    parts = []
    for words, more in (("yours has", theirs - ours), ("the weights' have",
                                                       ours - theirs)):
        if more:
            parts.append(f"{words} {_listed(more.elements())}")
    return f". On the way there {', '.join(parts)}" if parts else ""


def _said(key: str, mine: Any, other: Any) -> str:
    """How one thing differs, ``yours is 3×3, the weights' 1×1``."""
    if key == "kernel":
        return f"yours is {_times(other)}, the weights' {_times(mine)}"
    if key == "channels":
        return f"yours has {_to(other)} channels, the weights' {_to(mine)}"
    if isinstance(mine, bool):
        has, lacks = f"yours has {key}", f"yours has no {key}"
        wanted = "the weights do not" if other else "the weights do"
        return f"{has if other else lacks}, {wanted}"
    return f"yours has {key} {_plain(other)}, the weights' {_plain(mine)}"


def _named(layer: TracedLayer) -> str:
    return f"yours: {layer.name}"


def _to(channels: tuple[int, ...]) -> str:
    return " to ".join(map(str, channels))


def _times(size: tuple[int, ...]) -> str:
    return "×".join(map(str, size))


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _listed(words: Any) -> str:
    """Several things, the last ones by name."""
    words = list(words)
    if len(words) > 2:
        words = [words[-1], f"{len(words) - 1} more"]
    return " and ".join(words)
