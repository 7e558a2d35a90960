"""The point of a curve that was best on images that were held out.

The weights after the last step need not be the best. Of all points of the curve the one
with the lowest validation error is kept, beside the weights that learn on; of several
that with the lowest validation loss, since of few images the error is soon the same
from point to point. At the end it alone is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.ledger.run import Point
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.training.weight_average import exchanged

DIGITS = 4


def best_of(curve: Sequence[Point]) -> Point | None:
    """The point with the lowest validation error, then loss; the first of several.

    Returns:
        ``None`` where no point has one.
    """
    judged = [point for point in curve if point.validation_error is not None]
    return min(judged, key=rank, default=None)


def rank(point: Point) -> tuple[float, float]:
    """By what points are compared: the lower is better.

    The loss counts to four digits, as a run file holds it. Several processes add up in
    another order than one, and the last digits that differ by that must not choose: a
    run would end with other weights.
    """
    return point.validation_error, round(point.validation_loss, DIGITS)


class BestWeights:
    """The weights of the best point so far.

    Attributes:
        values: those, by the names of the network's state dict, on the processor;
            nothing before the first point.
    """

    def __init__(self) -> None:
        self.values: dict[str, Tensor] = {}

    def look(self, network: nn.Module, point: Point, curve: Sequence[Point]) -> None:
        """Keep a network's weights if a new point is better than all before.

        Args:
            network: as it was judged at the point.
            point: with its validation error.
            curve: the points before it.
        """
        before = best_of(curve)
        if before is None or rank(point) < rank(before):
            state = network.state_dict()
            self.values = {n: value.to("cpu", copy=True) for n, value in state.items()}

    def test(self, network: nn.Module, test: Callable[[], Errors]) -> Errors:
        """What ``test`` says of the best weights; the network keeps its own."""
        with exchanged(network, self.values):
            return test()


def outcome(state: Mapping[str, Any]) -> Mapping[str, Tensor]:
    """The weights that a run's checkpoint has come to, and that are to be used.

    Those of the best point where images were held out, else the average where the
    recipe takes one, else those after the last step.
    """
    return state["best"] or state["average"] or state["network"]


def require_both(
    config: TrainingConfig, validate: Callable[[], Errors] | None
) -> None:
    """Refuse to hold images out and not to look at them, and the other way round."""
    share = config.recipe.validation
    if bool(share) is not (validate is not None):
        raise ValueError(
            "validate must be given where the recipe holds images out, and only "
            f"there; its validation is {share:g}, got {validate!r}."
        )
