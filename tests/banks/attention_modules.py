"""Answers to *The attention module*."""

from __future__ import annotations

import torch
from torch import nn
from written_networks import Block

from resattn_tutorial.checks.chapter06.module import MyModule
from resattn_tutorial.models.attention_module import residual_attention
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch, row_of_units


class OfLoops(nn.Module):
    """Lists and loops; each door walks by itself; the mask is made first."""

    def __init__(self, channels, poolings, p=1, t=2, r=1):
        super().__init__()
        self.weigh = SoftMaskBranch(channels, poolings, r)
        self.last, self.first, self.middle = (
            nn.ModuleList(ResidualUnit(channels) for _ in range(count))
            for count in (p, p, t)
        )

    def forward(self, x):
        y, weights = self.branches(x)
        y = y + weights * y
        for unit in self.last:
            y = unit(y)
        return y

    def branches(self, x):
        for unit in self.first:
            x = unit(x)
        weights = self.weigh(x)
        for unit in self.middle:
            x = unit(x)
        return x, weights

    def with_mask(self, x):
        y, weights = self.branches(x)
        y = torch.addcmul(y, y, weights)
        for unit in self.last:
            y = unit(y)
        return [y, weights]


class OneRow(nn.Module):
    """All units in one row, of a learner's own making; the way splits at p."""

    def __init__(self, channels, poolings, p=1, t=2, r=1):
        super().__init__()
        self.units = nn.ModuleList(
            Block(channels, channels) for _ in range(2 * p + t))
        self.split, self.join = p, p + t
        self.branch = SoftMaskBranch(channels, poolings, r)

    def with_mask(self, x):
        for place, unit in enumerate(self.units):
            if place == self.split:
                mask = self.branch(x)
            if place == self.join:
                x = (mask + 1).mul(x)
            x = unit(x)
        return x, mask

    def forward(self, x):
        output, _ = self.with_mask(x)
        return output


class OfSequences(nn.Module):
    """The output is what forward computes; the mask is put aside on the way."""

    def __init__(self, channels, poolings, p=1, t=2, r=1):
        super().__init__()
        self.parts = nn.ModuleDict({
            "in": nn.Sequential(*[ResidualUnit(channels) for _ in range(p)]),
            "mask": SoftMaskBranch(channels, poolings, r),
            "trunk": nn.Sequential(*[ResidualUnit(channels) for _ in range(t)]),
            "out": nn.Sequential(*[ResidualUnit(channels) for _ in range(p)]),
        })

    def forward(self, x):
        begin = self.parts["in"](x)
        self.seen = self.parts["mask"](begin)
        return self.parts["out"](
            residual_attention(self.seen, self.parts["trunk"](begin)))

    def with_mask(self, x):
        return self(x), self.seen


class Hidden(MyModule):
    """All parts in a dictionary, which PyTorch does not look into."""

    def __init__(self, channels, poolings, p=1, t=2, r=1):
        nn.Module.__init__(self)
        self.parts = {
            "before": row_of_units(channels, p), "trunk": row_of_units(channels, t),
            "mask": SoftMaskBranch(channels, poolings, r),
            "after": row_of_units(channels, p)}

    def __getattr__(self, name: str):
        if name != "parts" and name in self.__dict__.get("parts", {}):
            return self.parts[name]
        return super().__getattr__(name)


class CutMask(MyModule):
    def with_mask(self, x):
        x = self.before(x)
        mask = self.mask(x.detach())
        return self.after((1 + mask) * self.trunk(x)), mask


class QuietMask(MyModule):
    def with_mask(self, x):
        x = self.before(x)
        with torch.no_grad():
            mask = self.mask(x)
        return self.after((1 + mask) * self.trunk(x)), mask


class NoSuper(MyModule):
    def __init__(self, channels, poolings, p=1, t=2, r=1):
        self.before = row_of_units(channels, p)


class NoReturn(MyModule):
    def forward(self, x):
        x = self.before(x)
        return self.after((1 + self.mask(x)) * self.trunk(x))

    def with_mask(self, x):
        self.forward(x)


class Dictionary(MyModule):
    def forward(self, x):
        return super().with_mask(x)[0]

    def with_mask(self, x):
        output, mask = super().with_mask(x)
        return {"output": output, "mask": mask}


class OneDoor(nn.Module):
    def __init__(self, channels, poolings, p=1, t=2, r=1):
        super().__init__()
        self.whole = MyModule(channels, poolings, p, t, r)

    def forward(self, x):
        return self.whole(x)


class TwoArguments(MyModule):
    def __init__(self, channels, poolings):
        super().__init__(channels, poolings)


class OneMore(MyModule):
    """The module of another hand: its trunk ends on a 1x1 convolution."""

    def __init__(self, channels, poolings, p=1, t=2, r=1):
        super().__init__(channels, poolings, p, t, r)
        self.trunk.append(nn.Conv2d(channels, channels, 1))


class TwoWays(MyModule):
    """The second door forgets the 1."""

    def forward(self, x):
        return super().with_mask(x)[0]

    def with_mask(self, x):
        x = self.before(x)
        mask = self.mask(x)
        return self.after(mask * self.trunk(x)), mask


class MaskOfX(MyModule):
    """The second door looks at what comes in, and runs the mask again for it."""

    def forward(self, x):
        return super().with_mask(x)[0]

    def with_mask(self, x):
        return self.forward(x), self.mask(x)


class MaskOfOutput(MyModule):
    def forward(self, x):
        return super().with_mask(x)[0]

    def with_mask(self, x):
        y = self.forward(x)
        return y, self.mask(y)


class Again(MyModule):
    """The second door runs the first parts once more, to have the mask."""

    def forward(self, x):
        return super().with_mask(x)[0]

    def with_mask(self, x):
        return self(x), self.mask(self.before(x))


class Narrow(MyModule):
    def __init__(self, channels, poolings, p=1, t=2, r=1):
        super().__init__(8, poolings, p, t, r)


RIGHT = [
    ("lists and loops, the mask made first", OfLoops),
    ("one row of units of one's own", OneRow),
    ("the mask put aside by forward", OfSequences),
]

WRONG = [
    ("all parts in a dictionary", Hidden, "plain list"),
    ("the mask reads a detached map", CutMask, "detach"),
    ("the mask under no_grad", QuietMask, "no_grad"),
    ("no super().__init__()", NoSuper, "super().__init__()"),
    ("with_mask without a return", NoReturn, "two tensors"),
    ("with_mask gives a dictionary", Dictionary, "two tensors"),
    ("no with_mask", OneDoor, "two methods"),
    ("without p, t and r", TwoArguments, "arguments"),
    ("a convolution in the trunk", OneMore, None),
    ("with_mask forgets the 1", TwoWays, "one way"),
    ("with_mask asks the mask again, of x", MaskOfX, "in a variable"),
    ("with_mask asks the mask again, of the output", MaskOfOutput,
     "in a variable"),
    ("with_mask runs the first parts again", Again, "in a variable"),
    ("channels fixed", Narrow, "fixed"),
]
