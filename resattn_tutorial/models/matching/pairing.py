"""Which layer is which, by where data flows (chapter 11).

Every layer gets a colour: first by what it is, then again and again by the colours of
the layers that it reads from and of those that read from it. Two networks that do the
same have the same colours, whatever their layers are called.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from resattn_tutorial.models.matching.trace import TracedLayer


class Palette:
    """Numbers for what layers are, the same number for the same thing."""

    def __init__(self) -> None:
        self.numbers: dict[Hashable, int] = {}

    def __call__(self, *parts: Hashable) -> int:
        return self.numbers.setdefault(parts, len(self.numbers))

    def own(self, layer: TracedLayer) -> int:
        """The colour of what a layer is by itself, and the size of its map."""
        form = tuple(layer.form.items())
        return self("own", layer.kind, form, layer.size)


def readers(layers: Sequence[TracedLayer]) -> list[list[int]]:
    """For each layer, the numbers of those that read from it."""
    found: list[list[int]] = [[] for _ in layers]
    for number, layer in enumerate(layers):
        for other in layer.before:
            found[other].append(number)
    return found


def from_the_front(layers: Sequence[TracedLayer], palette: Palette) -> list[int]:
    """Colours by all that lies before a layer."""
    found: list[int] = []
    for layer in layers:
        before = [found[other] for other in layer.before]
        found.append(palette(palette.own(layer), tuple(sorted(before))))
    return found


def from_the_back(layers: Sequence[TracedLayer], palette: Palette) -> list[int]:
    """Colours by all that lies behind a layer."""
    found, after = [0] * len(layers), readers(layers)
    for number in reversed(range(len(layers))):
        behind = [found[other] for other in after[number]]
        found[number] = palette(palette.own(layers[number]), tuple(sorted(behind)))
    return found


def colours(layers: Sequence[TracedLayer], palette: Palette) -> list[int]:
    """The finest colours that there are: refined until none divides any more."""
    found, after = [palette.own(layer) for layer in layers], readers(layers)
    count = 0
    while len(set(found)) > count:
        count = len(set(found))
        found = [
            palette(
                found[number],
                tuple(sorted(found[other] for other in layer.before)),
                tuple(sorted(found[other] for other in after[number])),
            )
            for number, layer in enumerate(layers)
        ]
    return found


def pairs_of(ours: list[int], theirs: list[int]) -> dict[int, int]:
    """From our numbers to theirs, where a colour stands once in both."""
    single, other = _single(ours), _single(theirs)
    return {single[colour]: other[colour] for colour in single if colour in other}


def _single(colours: list[int]) -> dict[int, int]:
    counts = Counter(colours)
    return {
        colour: number for number, colour in enumerate(colours) if counts[colour] == 1
    }
