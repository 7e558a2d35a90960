"""A trial of networks that are made from a stem and a list, and a stem for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table

LIST = "the list of stages is the caller's: read it, and change nothing in it"


class SmallStem(nn.Module):
    """A stem of a convolution and a batch norm, ``(N, 3, H, W)`` to 12 channels."""

    channels = 12

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, padding=1)
        self.bn = nn.BatchNorm2d(12)

    def smallest_image(self, size: int) -> int:
        """The smallest image, in pixels, whose map is ``size`` pixels wide."""
        return size

    def forward(self, images: Tensor) -> Tensor:
        """Turn three colours into 12 channels, at full size."""
        return self.bn(self.conv(images))


class Given:
    """An argument that is made anew for each network, under a name that is told."""

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        self.name, self.make = name, make

    def __str__(self) -> str:
        return self.name


class GivenTrial(ModuleTrial):
    """How a class is asked whose arguments are not numbers alone."""

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        yield from super().__call__(report, table, taking(report, answer), case)

    def redraw(self, module: nn.Module) -> None:
        """As everywhere, and each kernel by its fan-in: a network is deep.

        With larger weights its masks are 0 or 1 to the last digit. Whether a gradient
        comes back through them is a matter of rounding then.
        """
        super().redraw(module)
        with torch.no_grad():
            for weight in module.parameters():
                if weight.dim() > 1:
                    weight /= weight[0].numel() ** 0.5


def taking(report: Report, answer: Any) -> Any:
    """The answer, with each :class:`Given` made for it; lists have to stay as they are.
    """
    if isinstance(answer, nn.Module) or not callable(answer):
        return answer

    def made(*given: Any) -> Any:
        inputs = [x.make() if isinstance(x, Given) else x for x in given]
        lists = [(x, list(x)) for x in inputs if isinstance(x, list)]
        network = answer(*inputs)
        if any(x != before for x, before in lists):
            refuse(report, "the list of stages was changed", LIST)
        return network

    made.__name__ = getattr(answer, "__name__", "your answer")
    return made
