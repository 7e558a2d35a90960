"""What a run with noisy labels recorded at each point of its curve (chapter 14).

The trainer writes down what became of changed labels and what two validation sets
showed (:mod:`~resattn_tutorial.training.label_watch`). Here it is read again: as a
curve, and as the point at which a validation set would have stopped the training.
"""

from __future__ import annotations

from typing import NamedTuple

from resattn_tutorial.ledger.run import Run
from resattn_tutorial.names import require_word

CLEAN, NOISY, OTHER = "clean validation", "noisy validation", "other half"


class Watched(NamedTuple):
    """What was seen at one point.

    Attributes:
        step: after how many steps.
        shares: by name, as :func:`~resattn_tutorial.training.label_watch.label_watch`
            gives them.
    """

    step: int
    shares: dict[str, float]


def watched(run: Run) -> list[Watched]:
    """All points of a run, in the order of their steps.

    Raises:
        ValueError: the run recorded none: its labels were not noisy, or its images are
            photographs.
    """
    told = run.results.scores.get("labels", {})
    if not told:
        raise ValueError(
            f"run must be a training with noisy labels, and watched, got {run.stem}."
        )
    points = [Watched(int(step.removeprefix("step ")), told[step]) for step in told]
    return sorted(points)


def curve(run: Run, name: str) -> list[float]:
    """One share at each point of a run.

    Raises:
        ValueError: as :func:`watched`, or there is no such share.
    """
    points = watched(run)
    require_word("name", name, points[0].shares)
    return [point.shares[name] for point in points]


def stopped_by(run: Run, validation: str) -> Watched:
    """The point at which a validation error was lowest; of equal ones the first.

    Args:
        run: a training with noisy labels.
        validation: ``"clean validation"`` or ``"noisy validation"``.

    Raises:
        ValueError: as :func:`watched`, or ``validation`` is neither.
    """
    require_word("validation", validation, (CLEAN, NOISY))
    return min(watched(run), key=lambda point: (point.shares[validation], point.step))
