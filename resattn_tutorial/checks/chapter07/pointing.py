"""The table of *Judge a mask*: own item and another's, channel chosen elsewhere."""

from __future__ import annotations

from numbers import Real
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import ERRORS, kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.metrics.localisation import (
    Channel,
    best_channel,
    object_auc,
    read_channel,
)


def my_pointing(
    masks: Tensor, objects: Tensor, new_masks: Tensor, new_objects: Tensor
) -> tuple[float, float]:
    """The solution, and what the slips change."""
    channel = best_channel(masks, objects)
    maps = read_channel(new_masks, channel)
    own = object_auc(maps, new_objects)
    another = object_auc(maps, new_objects.roll(1, dims=0))
    return own.mean().item(), another.mean().item()


def read_scores(report: Report, came: Any) -> tuple[float, float]:
    """The two scores, if two plain numbers came back."""
    wish = (
        "return own, another in this order: two plain floats, each the mean of all new "
        "scenes"
    )
    if not isinstance(came, tuple | list) or len(came) != 2:
        refuse(report, f"two floats must come back, got {kind(came)}", wish)
    for one in came:
        if isinstance(one, Tensor) and one.numel() == 1:
            refuse(report, f"two floats must come back, got {kind(one)} in a pair",
                   "return Python floats: .item() gives them")
        if not isinstance(one, Real) or isinstance(one, bool):
            refuse(report, f"two floats must come back, got {kind(one)} in a pair",
                   wish)
    return float(came[0]), float(came[1])


def scenes(
    strengths: list[float], count: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Masks ``(N, C, 8, 9)``, each channel so much higher on the object; objects."""
    draw = torch.Generator().manual_seed(seed)
    objects = torch.zeros(count, 8, 9, dtype=torch.bool)
    for one in objects:
        high, wide = torch.randint(3, 6, (2,), generator=draw).tolist()
        top = int(torch.randint(0, 9 - high, (), generator=draw))
        left = int(torch.randint(0, 10 - wide, (), generator=draw))
        one[top : top + high, left : left + wide] = True
    noise = torch.randn(count, len(strengths), 8, 9, generator=draw)
    lift = torch.tensor(strengths)[:, None, None] * objects[:, None]
    return torch.sigmoid(noise + lift), objects


def case(
    fact: str, old: list[float], new: list[float], counts: tuple[int, int], seed: int
) -> Case:
    """Training scenes and new ones, whose channels have strengths of their own."""
    return Case(
        (*scenes(old, counts[0], seed), *scenes(new, counts[1], seed + 1)), fact)


CHANNEL = "best_channel(masks, objects)"
MAPS = "read_channel(new_masks, channel)"
OWN = "object_auc(maps, new_objects)"
ROLLED = "new_objects.roll(1, dims=0)"
END = "return own.mean().item(), another.mean().item()"
ON_NEW = (
    "the channel is chosen on the new scenes, where it is scored: the best of many "
    "looks better there than it is. Choose on the training scenes"
)
SHIFTED = (
    "the object is moved within its own scene: another scene's object is asked for, "
    "and scenes are axis 0"
)
ALL = "mean over channels: read the one chosen channel alone"
HIGHEST = (
    "only the highest channel is looked for: one that avoids the object tells as much, "
    "read with its sign. best_channel looks both ways"
)
HEAP = "the pixels of all scenes are in one heap: score each scene, then take the mean"


def highest(masks: Tensor, objects: Tensor) -> Channel:
    """The channel with the highest mean score, never turned over."""
    means = [object_auc(one, objects).mean() for one in masks.unbind(dim=1)]
    return Channel(int(torch.stack(means).argmax()), 1)


def heap(x: Tensor) -> Tensor:
    """All scenes one below the other, as one."""
    return x.flatten(0, 1)[None]


def channels(words: str, *puts: str) -> Slip:
    """Another channel."""
    return Slip(words, *[{CHANNEL: put} for put in puts])


def ended(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: f"return {put}"} for put in puts])


def rolled(words: str, *puts: str) -> Slip:
    """Another's object is taken from elsewhere."""
    return Slip(words, *[{ROLLED: put} for put in puts])


MEANS = "own.mean().item(), another.mean().item()"
SLIPS = (
    channels(ON_NEW, "best_channel(new_masks, new_objects)"),
    channels("a channel is chosen for each of the two scores: choose once, and score "
             "the same map twice",
             "best_channel(masks, objects.roll(1, dims=0))"),
    channels(HIGHEST, "highest(masks, objects)"),
    channels("the first channel is read, whatever the training scenes say",
             "Channel(0, 1)"),
    Slip("the sign is forgotten: read_channel turns over a channel that avoids the "
         "object", {MAPS: "new_masks[:, channel.index]"}),
    Slip("the sign is flipped",
         {MAPS: "-read_channel(new_masks, channel)"}),
    Slip(ALL, {MAPS: "new_masks.mean(dim=1)"},
         {MAPS: "channel.sign * new_masks.mean(dim=1)"}),
    Slip("the training scenes are scored: they chose the channel, so score the new "
         "ones", {MAPS: "read_channel(masks, channel)",
                  OWN: "object_auc(maps, objects)",
                  ROLLED: "objects.roll(1, dims=0)"}),
    rolled(SHIFTED, "new_objects.roll(1, dims=1)", "new_objects.roll(1, dims=2)",
           "new_objects.roll(1)"),
    rolled("the scene *before* is meant: roll(1), so that the first takes the last's "
           "object", "new_objects.roll(-1, dims=0)"),
    rolled("the order of the scenes is reversed: each map meets the object of the "
           "scene before it", "new_objects.flip(0)"),
    rolled("all maps meet one scene's object: each meets that of the scene before it",
           "new_objects[:1].expand_as(new_objects)",
           "new_objects[-1:].expand_as(new_objects)"),
    rolled("`another` is what lies outside the object: the object of the scene before "
           "is asked for", "~new_objects"),
    rolled("both scores are those of the scene's own object: move the objects on by "
           "one scene for the second", "new_objects"),
    ended("the order: own comes first, then another",
          "another.mean().item(), own.mean().item()"),
    ended("the second is the score on another's object itself, not the difference",
          "own.mean().item(), (own - another).mean().item()"),
    ended("the scores themselves are asked for, not their distance from chance level",
          "own.mean().item() - 0.5, another.mean().item() - 0.5",
          "abs(own.mean().item() - 0.5), abs(another.mean().item() - 0.5)"),
    ended("this is a percentage; a score runs from 0 to 1",
          "100 * own.mean().item(), 100 * another.mean().item()"),
    ended("the best scene alone is told: take the mean of all new scenes",
          "own.max().item(), another.max().item()"),
    ended("one scene alone is told: take the mean of all new scenes",
          "own[0].item(), another[0].item()", "own[-1].item(), another[-1].item()"),
    ended("the median of the scenes: the mean is asked for",
          "own.median().item(), another.median().item()"),
    ended("the better side of each score is taken: only the training scenes may decide "
          "how a channel is read",
          "max(own.mean().item(), 1 - own.mean().item()), "
          "max(another.mean().item(), 1 - another.mean().item())"),
    Slip(HEAP, {OWN: "object_auc(heap(maps), heap(new_objects))",
                "object_auc(maps, new_objects.roll(1, dims=0))":
                "object_auc(heap(maps), heap(new_objects.roll(1, dims=0)))"}),
)
POINTING = Table(
    title="Judge a mask",
    usage="my_pointing(masks, objects, new_masks, new_objects)",
    reference=my_pointing,
    cases=(
        case("the chosen channel is read with its sign, and scored twice",
             [0.4, -1.6, 0.9, 0.1], [1.8, -0.7, 0.3, -2.4], (6, 5), 1),
        case("so it is where the channel points, and in as many scenes",
             [0.2, 0.5, 1.5], [-1.2, 2.5, 0.8], (4, 4), 11),
        case("so it is where the channel no longer points in the new scenes",
             [1.7, 0.3], [-0.8, 1.9], (7, 3), 21),
        case("one new scene alone is its own neighbour: the two scores are alike",
             [0.1, -1.8, 0.6], [0.2, -0.9, 1.4], (3, 1), 31),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read_scores),
    errors=ERRORS,
)
