"""Rules by which a mask's activation is usually told wrongly, as they would answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor

from resattn_tutorial.checks.chapter04.origin_cases import Case
from resattn_tutorial.checks.chapter04.spatial_forms import AXES, EVERY_MAP

Rule = Callable[[Tensor], bool]


def has_lengths(mask: Tensor) -> bool:
    """Whether the squares at every position sum to 1, or to 0."""
    square = mask.square().sum(1)
    return bool((((square - 1).abs() < 1e-3) | (square == 0)).all())


def is_standard(mask: Tensor, axes: tuple[int, ...] = EVERY_MAP) -> bool:
    """Whether behind the sigmoid the mean is 0 and the deviation 1, or 0."""
    raw = mask.logit()
    return bool((_centred(raw, axes) & _sized(raw, axes)).all())


def _centred(raw: Tensor, axes: tuple[int, ...] = EVERY_MAP) -> Tensor:
    return raw.mean(axes).abs() < 1e-2


def _sized(raw: Tensor, axes: tuple[int, ...] = EVERY_MAP) -> Tensor:
    size = raw.std(axes, correction=0)
    return ((size - 1).abs() < 1e-2) | (size < 1e-4)


def rules() -> Iterator[tuple[str, Rule, Rule]]:
    """Yield each mistake, and what it asks for a channel and for a spatial mask."""
    for words, is_channel in _about_channels():
        yield words, is_channel, is_standard
    for words, is_spatial in _about_maps():
        yield words, has_lengths, is_spatial


def _about_channels() -> Iterator[tuple[str, Rule]]:
    few = "a few positions are no proof: all lengths must be 1"
    yield few, lambda mask: bool(((mask.square().sum(1) - 1).abs() < 1e-3).any())
    small = "squares that sum to less than 1 are no proof: 1 or 0, nothing between"
    yield small, lambda mask: bool((mask.square().sum(1) < 1.001).all())
    yield "a sign settles nothing: a channel mask need not be negative anywhere", (
        lambda mask: bool((mask < 0).any())
    )
    yield "where all channels are 0 the length is 0: such a position is allowed", (
        lambda mask: bool(((mask.square().sum(1) - 1).abs() < 1e-3).all())
    )


def _about_maps() -> Iterator[tuple[str, Rule]]:
    for axes, words in AXES.items():
        yield words, lambda mask, axes=axes: is_standard(mask, axes)
    mean = "a mean alone is no proof: behind the sigmoid it is 0, and the deviation 1"
    yield mean, lambda mask: bool(_centred(mask.logit()).all())
    for far in (1e-4, 1e-3, 0.01, 0.05, 0.1):
        yield mean, lambda mask, far=far: bool(
            ((mask.mean(EVERY_MAP) - 0.5).abs() < far).all()
        )
    yield "the deviation alone is no proof: the mean must be 0 as well", (
        lambda mask: bool(_sized(mask.logit()).all())
    )


def rule_behind(said: list[str], cases: list[Case]) -> str | None:
    """The mistake by which all these answers were given; ``None`` if none fits."""
    if not {"channel", "spatial"} <= set(said):
        return None
    for words, is_channel, is_spatial in rules():
        if said == [_told(case.mask, is_channel, is_spatial) for case in cases]:
            return words
    return _renamed(said, cases)


def _told(mask: Tensor, is_channel: Rule, is_spatial: Rule) -> str:
    if is_channel(mask):
        return "channel"
    return "spatial" if is_spatial(mask) else "mixed"


def _renamed(said: list[str], cases: list[Case]) -> str | None:
    """Words for an answer that tells all masks apart and only exchanges names."""
    pairs = set(zip(said, (case.origin for case in cases), strict=True))
    names = {mine for mine, _ in pairs}
    if len(pairs) == len(names) == 3 and any(mine != true for mine, true in pairs):
        return "all masks are told apart, but names are exchanged"
    return None
