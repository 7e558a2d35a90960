"""What a residual unit is made of, and which of its parameters is which.

Only the shapes of the parameters tell: their names are the learner's own.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.unit_forms import Weights
from resattn_tutorial.checks.engine.modules import kernels


class Case(NamedTuple):
    """One unit to ask an answer for: its call, and what its layers must be."""

    args: tuple[int, ...]
    in_channels: int
    out_channels: int
    stride: int = 1
    projects: bool = False

    @property
    def width(self) -> int:
        """Channels inside the bottleneck."""
        return self.out_channels // 4

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The kernels' shapes, in the order of :class:`Weights`."""
        c, w, out = self.in_channels, self.width, self.out_channels
        inside = [(w, c, 1, 1), (w, w, 3, 3), (out, w, 1, 1)]
        return inside + [(out, c, 1, 1)] * self.projects

    @property
    def norms(self) -> Counter:
        """How many vectors of which length the batch norms hold."""
        return Counter({self.in_channels: 2}) + Counter({self.width: 4})

    @property
    def words(self) -> str:
        """The layers in words."""
        c, w, out = self.in_channels, self.width, self.out_channels
        layers = f"1x1 ({c} to {w}), 3x3 ({w} to {w}), 1x1 ({w} to {out})"
        return layers + f", projection 1x1 ({c} to {out})" * self.projects


def unit_kernels(unit: nn.Module, case: Case) -> list[Tensor]:
    """The unit's kernels; a matrix for unfolded 3x3 windows is a 3x3 kernel too."""
    w = case.width
    return [
        kernel.reshape(w, w, 3, 3) if kernel.shape == (w, 9 * w, 1, 1) else kernel
        for kernel in kernels(unit)
    ]


def weights(unit: nn.Module, case: Case) -> Weights | None:
    """The unit's kernels by their shapes; ``None`` unless these are the right ones."""
    found = {tuple(kernel.shape): kernel for kernel in unit_kernels(unit, case)}
    if kernel_gap(unit, case) != (Counter(), Counter()):
        return None
    ordered = [found[shape] for shape in case.shapes]
    return Weights(*ordered[:3], ordered[3] if case.projects else None, case.stride)


def kernel_gap(unit: nn.Module, case: Case) -> tuple[Counter, Counter]:
    """The kernel shapes that are missing, and those that are too many."""
    found = Counter(tuple(kernel.shape) for kernel in unit_kernels(unit, case))
    wanted = Counter(case.shapes)
    return wanted - found, found - wanted


def kernel_words(unit: nn.Module) -> str:
    """The unit's convolutions in words."""
    found = [kernel.shape for kernel in kernels(unit)]
    if any(len(shape) != 4 for shape in found):
        return f"parameters of shapes {', '.join(str(tuple(s)) for s in found)}"
    words = [f"{s[-2]}x{s[-1]} ({s[1]} to {s[0]})" for s in found]
    return ", ".join(words) or "no convolution"
