"""Answers to *The network*, made from a stem and a list of stages."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn
from written_networks import Block

from resattn_tutorial.checks.chapter07.network import MyNetwork
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch, row_of_units
from resattn_tutorial.models.stem_and_head import Head
from tests.banks import Answer

NAME = "network"


class OneRow(nn.Module):
    """One row of parts, from images to logits; nothing is initialised by hand."""

    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        super().__init__()
        parts, inside = [stem], stem.channels
        for number, (width, modules, poolings, enter, leave) in enumerate(stages):
            for k in range(enter):
                parts.append(ResidualUnit(inside, width, 2 if number and not k else 1))
                inside = width
            parts += [AttentionModule(width, poolings, p=p, t=t, r=r)
                      for _ in range(modules)]
            parts += [ResidualUnit(width) for _ in range(leave)]
        self.row = nn.Sequential(*parts, Head(inside, num_classes))

    def forward(self, images):
        return self.row(images)


class OwnModule(nn.Module):
    """A module of a learner's own, which weighs by a sum in brackets."""

    def __init__(self, channels, poolings, p, t, r):
        super().__init__()
        self.enter, self.leave = row_of_units(channels, p), row_of_units(channels, p)
        self.trunk = row_of_units(channels, t)
        self.gate = SoftMaskBranch(channels, poolings, r)

    def forward(self, x):
        x = self.enter(x)
        return self.leave((1 + self.gate(x)) * self.trunk(x))


class OfOwnModules(nn.Module):
    """The printed way, with modules of a learner's own and weights as they come."""

    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        super().__init__()
        rows, inside = [], stem.channels
        for stage in stages:
            stride = 2 if rows else 1
            rows.append(nn.Sequential(
                ResidualUnit(inside, stage.channels, stride),
                row_of_units(stage.channels, stage.enter - 1),
                *[OwnModule(stage.channels, stage.poolings, p, t, r)
                  for _ in range(stage.modules)],
                row_of_units(stage.channels, stage.leave),
            ))
            inside = stage.channels
        self.parts = nn.Sequential(stem, *rows, Head(inside, num_classes))

    def forward(self, images):
        return self.parts(images)


def one_stage(stage, before, stride, ptr):
    units = [Block(before, stage.channels, stride)]
    for _ in range(1, stage.enter):
        units.append(Block(stage.channels, stage.channels))
    for _ in range(stage.modules):
        units.append(AttentionModule(stage.channels, stage.poolings, *ptr))
    for _ in range(stage.leave):
        units.append(Block(stage.channels, stage.channels))
    return nn.ModuleList(units)


class OwnHead(nn.Module):
    """Units and head of a learner's own; the head is made first."""

    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        super().__init__()
        last = stages[-1].channels
        self.classify = nn.Linear(last, num_classes)
        self.norm = nn.BatchNorm2d(last)
        widths = [stem.channels] + [stage.channels for stage in stages]
        self.levels = nn.ModuleList(
            one_stage(stage, widths[k], 1 + (k > 0), (p, t, r))
            for k, stage in enumerate(stages))
        self.stem = stem

    def forward(self, images):
        x = self.stem(images)
        for level in self.levels:
            for part in level:
                x = part(x)
        x = F.adaptive_avg_pool2d(F.relu(self.norm(x)), 1)
        return self.classify(x.flatten(1))


class Popped(MyNetwork):
    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        own = list(stages)
        super().__init__(stem, own, num_classes, p, t, r)
        while stages:
            stages.pop()


class ForTwo(nn.Module):
    """Two stages, whatever comes."""

    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        super().__init__()
        self.inner = MyNetwork(stem, [*stages, *stages][:2], num_classes, p, t, r)

    def forward(self, images):
        return self.inner(images)


class NoSuper(MyNetwork):
    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        self.stem = stem


class NoReturn(MyNetwork):
    def forward(self, images):
        self.head(self.stages(self.stem(images)))


class WithMasks(MyNetwork):
    def forward(self, images):
        return super().forward(images), {}


class Cut(MyNetwork):
    def forward(self, images):
        return self.head(self.stages(self.stem(images).detach()))


class Flattened(nn.Module):
    """The last map flattened, for one image size."""

    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        super().__init__()
        body = MyNetwork(stem, stages, num_classes, p, t, r)
        self.stem, self.stages, self.norm = body.stem, body.stages, body.head.bn
        self.linear = nn.LazyLinear(num_classes)

    def forward(self, images):
        x = self.norm(self.stages(self.stem(images))).relu()
        return self.linear(x.flatten(1))


class Dropped(MyNetwork):
    def forward(self, images):
        x = self.stages(self.stem(images))
        return self.head(F.dropout(x, 0.5, self.training))


class TwoStems(MyNetwork):
    """A stem of its own, of the class of the one that came."""

    def __init__(self, stem, stages, num_classes, p=1, t=2, r=1):
        super().__init__(type(stem)(), stages, num_classes, p, t, r)
        self.spare = stem


class PositionalOnly(MyNetwork):
    def __init__(self, stem, stages, num_classes):
        super().__init__(stem, stages, num_classes)


RIGHT = [
    Answer(NAME, "one row of parts", OneRow),
    Answer(NAME, "units and head of one's own", OwnHead),
    Answer(NAME, "modules of one's own, weights as they come", OfOwnModules),
    Answer(NAME, "the package's", ResidualAttentionNetwork),
]

WRONG = [
    Answer(NAME, "stages popped off the caller's list", Popped, "the caller's"),
    Answer(NAME, "two stages, whatever comes", ForTwo, None),
    Answer(NAME, "no super().__init__()", NoSuper, "super().__init__()"),
    Answer(NAME, "no return", NoReturn, "return"),
    Answer(NAME, "logits and masks", WithMasks, "one tensor"),
    Answer(NAME, "detached behind the stem", Cut, "detach"),
    Answer(NAME, "the map flattened", Flattened, None),
    Answer(NAME, "dropout before the head", Dropped, "random"),
    Answer(NAME, "the stem made once more", TwoStems, "used"),
    Answer(NAME, "without p, t and r", PositionalOnly, "arguments"),
]
