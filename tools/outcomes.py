"""What came of each combination of ``make matrix``, and the table of all."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from tools.trials import PARTS

NEWEST = "newest"
LIBRARIES = ("torch", "torchvision", "numpy")


@dataclass(frozen=True)
class Combination:
    """Versions to try together: ``2.5`` is any 2.5.x, ``newest`` whatever is served."""

    python: str
    torch: str
    numpy: str

    @property
    def name(self) -> str:
        """What ``--only`` calls it."""
        return f"{self.python}-{self.torch}"

    @property
    def wanted(self) -> list[str]:
        """Requirements; which torchvision goes with this torch, it says itself."""
        torch = "torch" if self.torch == NEWEST else f"torch=={self.torch}.*"
        return [torch, "torchvision", f"numpy=={self.numpy}.*"]


@dataclass
class Outcome:
    """What came of a combination.

    Attributes:
        combination: which.
        versions: what was installed, of Python and the libraries, in this order.
        parts: of each part that ran, by its name, what there is to say.
        failed: the names of those that failed.
        missing: why there is no such environment, or nothing.
    """

    combination: Combination
    versions: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    missing: str = ""


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes in Markdown, with the day and the kind of machine."""
    heads = ["Python", *LIBRARIES, *PARTS]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += [f"| {' | '.join(map(cell, row(one)))} |" for one in outcomes]
    machine = f"{platform.system()}, {platform.machine()}"
    return "\n".join([f"{date.today()}, {machine}:", "", *lines, ""])


def row(outcome: Outcome) -> list[str]:
    """A line of the table: versions, and what came of each part."""
    asked = outcome.combination
    versions = outcome.versions or [asked.python, asked.torch, "", asked.numpy]
    if outcome.missing:
        return [*versions, f"not served: {outcome.missing}", *[""] * (len(PARTS) - 1)]
    if "install" in outcome.failed:
        told = f"**not installed**: {outcome.parts['install']}"
        return [*versions, told, *[""] * (len(PARTS) - 1)]
    return [*versions, *(
        f"**failed**: {said}" if name in outcome.failed else said
        for name, said in outcome.parts.items()
    )]


def cell(text: str) -> str:
    """A text as it may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")
