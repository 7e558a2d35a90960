"""What an answer leaves behind in a trial, and where two answers part."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any, NamedTuple

import torch
from torch import Tensor

Traces = dict[str, Any]
ENDED = "ended"                                  # the trace of a trial that broke off


class Loose(NamedTuple):
    """Values that are alike where they differ by so small a part of their size."""

    value: Tensor
    within: float


class Telling(str):
    """A text so long, a checksum say, that it is not alike by chance."""


class Names(tuple):
    """Names of a learner's own: how many there are counts, and not which."""


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two traces are the same but for rounding."""
    if isinstance(ours, Loose) and isinstance(theirs, Loose):
        return near(ours.value, theirs.value, max(ours.within, theirs.within))
    if isinstance(ours, Tensor) and isinstance(theirs, Tensor):
        return ours.dtype == theirs.dtype and _equal(ours, theirs)
    if isinstance(ours, Names) and isinstance(theirs, Names):
        return len(ours) == len(theirs)
    plain = bool | str | Counter | type(None)
    if isinstance(ours, plain) or isinstance(theirs, plain):
        return type(ours) is type(theirs) and ours == theirs
    if isinstance(ours, Real) and isinstance(theirs, Real):
        return _same_number(ours, theirs)
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return list(ours) == list(theirs) and all(
            alike(ours[name], theirs[name]) for name in ours
        )
    if isinstance(ours, Sequence) and isinstance(theirs, Sequence):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    return type(ours) is type(theirs) and ours == theirs


def near(ours: Tensor, theirs: Tensor, within: float) -> bool:
    """Whether two tensors of one shape lie near each other, as a whole."""
    if ours.shape != theirs.shape:
        return False
    return bool((ours - theirs).norm() <= within * (1e-9 + theirs.norm()))


def _equal(ours: Tensor, theirs: Tensor) -> bool:
    if ours.shape != theirs.shape:
        return False
    if not ours.is_floating_point():
        return torch.equal(ours, theirs)
    ours, theirs = ours.double(), theirs.double()
    return torch.allclose(ours, theirs, rtol=1e-3, atol=1e-5, equal_nan=True)


def _same_number(ours: Real, theirs: Real) -> bool:
    if isinstance(ours, int) and isinstance(theirs, int):
        return ours == theirs
    ours, theirs = float(ours), float(theirs)
    both_nan = math.isnan(ours) and math.isnan(theirs)
    return both_nan or math.isclose(ours, theirs, rel_tol=3e-6, abs_tol=1e-6)


def first_unlike(ours: Traces, theirs: Traces) -> str | None:
    """The name of the first trace in which two differ; ``None`` if in none.

    The traces of a trial that broke off end with :data:`ENDED`.
    """
    for name in [*theirs, ENDED]:
        if (name in ours) != (name in theirs):
            return name if ENDED not in ours else ENDED
        if name in ours and not alike(ours[name], theirs[name]):
            return name
    return None


def told(ours: Any, right: Any) -> str:
    """How a trace differs from the right one, in a few words."""
    if isinstance(ours, Loose):
        ours, right = ours.value, right.value
    if isinstance(ours, Tensor) and isinstance(right, Tensor):
        if ours.shape != right.shape:
            return f"got {tuple(ours.shape)}, expected {tuple(right.shape)}"
        if right.dim() == 0:
            return told(ours.item(), right.item())
        if ours.dtype != right.dtype:
            return f"got {ours.dtype}, expected {right.dtype}"
        if ours.isnan().any() > right.isnan().any():
            return "got nan (not a number)"
        gap = (ours.double() - right.double()).abs().max().item()
        return f"the largest difference is {gap:.2g}"
    if isinstance(ours, Counter):
        lists = (ours - right, "too many: {}"), (right - ours, "missing: {}")
        return "; ".join(words.format(_sizes(gap)) for gap, words in lists if gap)
    if _both_hold_tensors(ours, right):
        place = next(k for k, pair in enumerate(zip(ours, right, strict=True))
                     if not alike(*pair))
        where = f"number {place + 1}: " if len(right) > 1 else ""
        return where + told(ours[place], right[place])
    if isinstance(ours, Names):
        return f"no gradient reaches {', '.join(ours[:3])}" + "…" * (len(ours) > 3)
    if isinstance(ours, Mapping) and list(ours) == list(right):
        name = next(n for n in ours if not alike(ours[n], right[n]))
        return f"{name}: {told(ours[name], right[name])}"
    if isinstance(ours, float) and isinstance(right, float):
        for digits in range(6, 13):                  # until they are told apart
            mine, true = f"{ours:.{digits}g}", f"{right:.{digits}g}"
            if mine != true:
                break
        return f"got {mine}, expected {true}"
    return f"got {in_words(ours)}, expected {in_words(right)}"


def _both_hold_tensors(ours: Any, right: Any) -> bool:
    """Whether these are lists of one length with tensors in them."""
    lists = isinstance(ours, tuple | list) and isinstance(right, tuple | list)
    return lists and len(ours) == len(right) and any(
        isinstance(one, Tensor) for one in right)


def in_words(value: Any) -> str:
    """A value as short as it can be told, with digits enough to be told apart."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(in_words, value))})"
    return value if isinstance(value, str) else f"{value:,}" if (
        isinstance(value, int) and not isinstance(value, bool)) else repr(value)


def _sizes(found: Counter) -> str:
    return ", ".join(
        f"{' x '.join(map(str, size))}" + f" ({count} times)" * (count > 1)
        for size, count in found.items()
    )
