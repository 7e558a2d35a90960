"""The table of *One picture of many channels*."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_map(away: Tensor, size: tuple[int, int]) -> Tensor:
    """The solution, and what the slips change."""
    one = away.square().mean(dim=1, keepdim=True).sqrt()
    large = F.interpolate(
        one, size=size, mode="bilinear", align_corners=True
    )
    return large[:, 0]


def drawn(*shape: int, seed: int) -> Tensor:
    """How far a mask is from its usual values: above and below, unlike each other."""
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=draw) + torch.rand(shape, generator=draw)


ONE = "away.square().mean(dim=1, keepdim=True).sqrt()"
LARGE = """F.interpolate(
        one, size=size, mode="bilinear", align_corners=True
    )"""
END = "large[:, 0]"
CORNERS = "corners lie on corners: align_corners=True"
BILINEAR = 'the stretch is bilinear: mode="bilinear"'
SIZE = "size is height and width, in this order, and all of the map is shown: {}"
ROOT = "the order: square, then the mean over the channels, then the root: {}"


def one(words: str, *puts: str) -> Slip:
    """Another map comes out of the channels."""
    return Slip(words, *[{ONE: put} for put in puts])


def large(words: str, *puts: str) -> Slip:
    """It is brought to size in another way."""
    return Slip(words, *[{LARGE: f"F.interpolate(one, {put})"} for put in puts])


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


SLIPS = (
    one("channels that rise and channels that fall cancel each other: square before "
        "the mean", "away.mean(dim=1, keepdim=True)",
        "away.mean(dim=1, keepdim=True).abs()", "away.sum(dim=1, keepdim=True)"),
    one(ROOT.format("here the root undoes each square before the mean is taken"),
        "away.abs().mean(dim=1, keepdim=True)"),
    one(ROOT.format("here the mean comes before the square"),
        "away.mean(dim=1, keepdim=True).square()"),
    one(ROOT.format("absolute values are no squares"),
        "away.abs().mean(dim=1, keepdim=True).sqrt()"),
    one("a mean below 0 has no root: square before the mean",
        "away.mean(dim=1, keepdim=True).sqrt()"),
    one("the root is missing: what comes back is the mean of the squares",
        "away.square().mean(dim=1, keepdim=True)"),
    one("the mean over the channels is asked for, and not their sum",
        "away.square().sum(dim=1, keepdim=True).sqrt()",
        "away.abs().sum(dim=1, keepdim=True)"),
    one("this takes the channel that is farthest away; all channels count",
        "away.abs().amax(dim=1, keepdim=True)"),
    one("the sign is lost on the way: this takes the highest channel, and one that "
        "falls counts for nothing", "away.amax(dim=1, keepdim=True)"),
    one("this is one channel alone; all channels count",
        "away[:, :1]", "away[:, :1].abs()"),
    one("this is the standard deviation, which subtracts the channels' mean: `away` "
        "is measured from the usual values already", "away.std(dim=1, keepdim=True)",
        "away.std(dim=1, keepdim=True, unbiased=False)"),
    one("axis 1 holds the channels: this is the mean over the images",
        "away.square().mean(dim=0, keepdim=True).sqrt()[:, :1]",
        "away.square().mean(dim=(0, 1), keepdim=True).sqrt()"
        ".expand(len(away), -1, -1, -1)"),
    one("axis 1 holds the channels: this is a mean over positions",
        "away.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()"),
    one("axis 1 holds the channels: this is a mean over rows or columns",
        "away.square().mean(dim=2, keepdim=True).mean(1, True).sqrt()",
        "away.square().mean(dim=3, keepdim=True).mean(1, True).sqrt()",
        "away.square().mean(dim=2, keepdim=True).sqrt()",
        "away.square().mean(dim=3, keepdim=True).sqrt()"),
    large(CORNERS, 'size=size, mode="bilinear"'),
    large(BILINEAR, "size=size", 'size=size, mode="nearest-exact"',
          'size=size, mode="area"', 'size=size, mode="bicubic", align_corners=True'),
    large(SIZE.format("here they are swapped"),
          'size=size[::-1], mode="bilinear", align_corners=True'),
    large(SIZE.format("here one number stands for both"),
          'size=size[0], mode="bilinear", align_corners=True',
          'size=size[1], mode="bilinear", align_corners=True'),
    large(SIZE.format("a factor of 2 is no size"),
          'scale_factor=2, mode="bilinear", align_corners=True'),
    large(SIZE.format("here it is always 32 by 32"),
          'size=(32, 32), mode="bilinear", align_corners=True'),
    Slip("the map is not yet at the image's size: F.interpolate stretches it",
         {LARGE: "one"}),
    Slip("the stretch comes last: first one map of all channels, then its stretch",
         {ONE: "away", END: "large.square().mean(dim=1).sqrt()"}),
    Slip("the stretch comes last: the root belongs to the map, before it",
         {ONE: ONE.removesuffix(".sqrt()"), END: "large[:, 0].sqrt()"}),
    end(SIZE.format("here they are swapped at the end"), "large[:, 0].mT"),
    end("one map for each image, (N, H, W): the axis of channels has to go, [:, 0]",
        "large"),
    end("each image has a map of its own; this is the first image's or their mean",
        "large[0]", "large.mean(dim=0)"),
    end("no scaling: the map keeps its values, from one image to the next",
        "large[:, 0] / large.amax()",
        "large[:, 0] / large.amax((1, 2, 3))[:, None, None]",
        "(large[:, 0] - large.amin()) / (large.amax() - large.amin())",
        "large[:, 0].sigmoid()", "large.flatten(1).softmax(1).view_as(large)[:, 0]"),
)
MAPPING = Table(
    title="One picture of many channels",
    usage="my_map(away, size)",
    reference=my_map,
    cases=(
        Case((drawn(3, 5, 4, 6, seed=1), (9, 12)),
             "each value is the root of the mean square, then stretched"),
        Case((drawn(2, 8, 8, 8, seed=2), (32, 32)), "so it is for a scene's size"),
        Case((drawn(1, 4, 7, 5, seed=3), (7, 5)),
             "a map that has its size already keeps its values"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(),
    errors=dict.fromkeys(
        ("same number of spatial dimensions", "Input Error: Only", "Expected 4D input",
         "Got 3D input"),
        "F.interpolate takes (N, C, h, w) and a height and a width: keep the axis of "
        "channels, keepdim=True",
    ) | {"linear mode needs 3D": BILINEAR},
)
