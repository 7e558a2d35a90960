"""What a network was fine-tuned on before, so that it is not validated on it (ch. 10).

Images that are held out tell how good a network is only if it never learned from them.
Which ones are held out, seed, share and series decide. So a fine-tuned network
remembers these, with the folder: by a digest of the names of its training files, since
a folder may be moved. A folder that has gained or lost an image has another digest.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from resattn_tutorial.data.splitting import series_by
from resattn_tutorial.validation import (
    require_kind,
    require_number,
    require_seed,
    require_sequence,
)


class TunedOn(NamedTuple):
    """One folder that a network was fine-tuned on.

    Attributes:
        names: a digest of the names of its training files, those held out among them.
        seed: of the choice of those held out; ``None`` if the folder brought its
            validation images, so that all training images were learned from.
        share: how much of them was held out; ``None`` likewise.
        series: which part of a file's name said what is held out together; ``None``
            likewise, and where each image was by itself.
    """

    names: str
    seed: int | None = None
    share: float | None = None
    series: str | None = None

    @property
    def options(self) -> str:
        """How its images were held out, as it is typed."""
        series = "" if self.series is None else f" --series {shlex.quote(self.series)}"
        return f"--seed {self.seed} --share {self.share}{series}"


def require_unlearned(before: Sequence[TunedOn], now: TunedOn) -> None:
    """Refuse to hold out images that the network has learned from.

    Args:
        before: what it was fine-tuned on.
        now: what it is to be fine-tuned on.

    Raises:
        ValueError: names seed, share and series to keep, where there are any.
    """
    if now.seed is None:                             # nothing is held out
        return
    for one in before:
        if one.names != now.names or one == now:
            continue
        if one.seed is None:
            raise ValueError(
                "this network has learned from all training files of these names, with "
                "a folder val beside them: none can be held out now. Give the folder a "
                "val again, or begin with another network."
            )
        raise ValueError(
            "this network was fine-tuned on training files of these names before, so "
            f"what is held out must be what it was then, {one.options}, got "
            f"{now.options}: else images are held out that it has learned from. Keep "
            "that, or begin with another network."
        )


def with_this(before: Sequence[TunedOn], now: TunedOn) -> tuple[TunedOn, ...]:
    """All that a network was fine-tuned on, each once, the last one last."""
    return (*(one for one in before if one != now), now)


def read_tuned_on(told: Any) -> tuple[TunedOn, ...]:
    """What a file tells of it, as a list of dictionaries.

    Raises:
        TypeError, ValueError: something in it is missing or invalid.
    """
    if not require_sequence("tuned_on", told):
        raise ValueError("tuned_on must tell at least one folder, got none.")
    return tuple(map(_one, told))


def _one(told: Any) -> TunedOn:
    require_kind("tuned_on", told, dict, "a list of dictionaries")
    if told.keys() != set(TunedOn._fields):
        raise ValueError(
            f"tuned_on must tell {', '.join(TunedOn._fields)}, "
            f"got {', '.join(map(str, told))}."
        )
    found = TunedOn(**told)
    require_kind("names", found.names, str, "text")
    if (found.seed is None) != (found.share is None):
        raise ValueError("tuned_on must tell both seed and share, or neither.")
    if found.seed is not None:
        require_seed(found.seed)
        require_number("share", found.share, above=0, below=1)
    if found.series is not None:
        series_by(found.series)
    return found
