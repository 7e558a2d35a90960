"""The table of *The channel that tells most*."""

from __future__ import annotations

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter03.choice_cases import cases
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import ERRORS, require_choice
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.metrics.localisation import object_auc


def scene_scores(masks: Tensor, objects: Tensor) -> Tensor:
    """The score of every channel in every scene, ``(N, C)``."""
    channels = range(masks.shape[1])
    return torch.stack([object_auc(masks[:, c], objects) for c in channels], dim=1)


def choose(masks: Tensor, objects: Tensor) -> tuple[int, int]:
    """The solution, and what the slips change."""
    scores = scene_scores(masks, objects).double()
    means = scores.mean(dim=0)
    index = int((means - 0.5).abs().argmax())
    return index, 1 if means[index] > 0.5 else -1


MEANS = "scores.mean(dim=0)"
INDEX = "int((means - 0.5).abs().argmax())"
SIGN = "1 if means[index] > 0.5 else -1"
SCORES = "scene_scores(masks, objects).double()"
END = f"return index, {SIGN}"
HIGHEST = (
    "only the highest score is looked for: a channel that avoids the object, far "
    "below 1/2, tells as much. Look for the distance from 1/2"
)
LOWEST = "only the lowest score is looked for; take the distance from 1/2, either way"
ENDS = (
    "highest and lowest score are compared in the wrong way: compare "
    "highest - 1/2 with 1/2 - lowest"
)
PER_SCENE = (
    "the distance from 1/2 is taken per scene: take the mean over scenes first. A "
    "channel whose side changes from scene to scene looks good otherwise"
)
FAR = "(scores - 0.5).abs()"
ONE = "one scene decides; take the mean over scenes first"
TURNED = "the sign is that of one scene, or of most; the mean over scenes decides"
VALUES = "mean values are compared; the channel is chosen by its AUC"
SIZES = (
    "the scenes are weighted by the sizes of their objects; each counts the same in "
    "the mean"
)


def with_means(put: str) -> dict[str, str]:
    """Something else than the mean score of each channel."""
    return {MEANS: put}


def with_values(put: str) -> list[dict[str, str]]:
    """Values of the masks in place of scores, and their distance from 0 or 1/2."""
    plain = {SCORES: "masks", MEANS: put}
    zero = {INDEX: "int(means.abs().argmax())", SIGN: "1 if means[index] > 0 else -1"}
    return [plain | zero, plain]


INSIDE = "(masks * objects[:, None]).sum({0}) / objects[:, None].sum({0})"
OUTSIDE = INSIDE.replace("objects", "(~objects)")
ALL = [
    form.format("(0, 2, 3)") for form in (INSIDE, f"{INSIDE} - {OUTSIDE}")
] + [
    f"({form.format('(2, 3)')}).mean(0)" for form in (INSIDE, f"{INSIDE} - {OUTSIDE}")
] + ["masks.mean((0, 2, 3))"]
WEIGHED = "({0}) @ scores / ({0}).sum()"
OURS = "objects.flatten(1).sum(1).double()"

SLIPS = (
    Slip(HIGHEST, {INDEX: "int(means.argmax())"}),
    Slip(LOWEST, *[{INDEX: "int(means.argmin())", SIGN: s} for s in ("-1", SIGN, "1")]),
    Slip(ENDS, *[{INDEX: "int(means.argmax() if means.max() - 0.5 > means.min() else "
                  "means.argmin())", SIGN: sign}
                 for sign in (SIGN, "1 if index == int(means.argmax()) else -1")]),
    Slip("the sign: it is -1 where the channel's mean AUC lies below 1/2", {SIGN: "1"}),
    Slip("the sign: it is 1 where the channel's mean AUC lies above 1/2", {SIGN: "-1"}),
    Slip("the sign is flipped: 1 above 1/2, -1 below",
         {"means[index] > 0.5": "means[index] < 0.5"}),
    Slip("the order: the index comes first, then the sign",
         {END: f"return {SIGN}, index"}),
    Slip("the index is counted from 1; it starts from 0",
         {END: f"return index + 1, {SIGN}"}),
    Slip("the nearest to 1/2 is taken; the farthest says most",
         {".abs().argmax()": ".abs().argmin()"}),
    Slip("the mean runs over channels and the index counts scenes; axis 0 is theirs",
         with_means("scores.mean(dim=1)")),
    Slip("the index counts scenes; a channel's is asked for",
         with_means("scores.flatten()")
         | {END: f"return index // scores.shape[1], {SIGN}"}),
    Slip("the index counts scenes and channels: take the mean over scenes first",
         with_means("scores.flatten()")),
    Slip(ONE, with_means("scores.flatten()")
         | {END: f"return index % scores.shape[1], {SIGN}"},
         with_means("scores.amax(dim=0)"),
         with_means("scores.amax(dim=0)") | {INDEX: "int(means.argmax())", SIGN: "1"}),
    Slip("only the first scene is used; take the mean over scenes",
         with_means("scores[0]")),
    Slip("only the last scene is used; take the mean over scenes",
         with_means("scores[-1]")),
    Slip(TURNED, *[{"means[index]": row} for row in (
        "scores[0, index]", "scores[:, index].median()")]),
    Slip("each scene votes for its best channel; take the mean over scenes",
         {INDEX: f"int({FAR}.argmax(dim=1).mode().values)"}),
    Slip(PER_SCENE,
         *[{INDEX: f"int(({FAR}**{p}).mean(0).argmax())", SIGN: sign} for p in (1, 2)
           for sign in (SIGN, "1", "-1", "1 if scores[0, index] > 0.5 else -1")]),
    Slip("the median over scenes; the mean is asked for",
         with_means("scores.median(dim=0).values"),
         with_means("scores.quantile(0.5, dim=0)")),
    Slip(SIZES, *[with_means(WEIGHED.format(w)) for w in (
        OURS, f"1 / {OURS}")]),
    Slip("the pixels of all scenes are pooled: score each scene, then take the mean",
         {SCORES: "scene_scores(masks.transpose(0, 1).flatten(1, 2)[None], "
                  "objects.flatten(0, 1)[None]).double()"}),
    Slip("the channels are averaged before scoring; score each channel alone",
         {SCORES: "scene_scores(masks.mean(1, True), objects).double()"},
         {SCORES: "scene_scores(masks.mean(1, True), objects).double()",
          MEANS: "scores.flatten()"}),
    Slip("the scenes are averaged before scoring; score each, then average",
         {SCORES: "scene_scores(masks.mean(0, True), objects.any(0, True)).double()"}),
    Slip("the scenes' largest values are taken before scoring; score each, then "
         "average",
         {SCORES: "scene_scores(masks.amax(0, True), objects.any(0, True)).double()"}),
    Slip("the masks are scored against other scenes' objects: each mask's own object "
         "belongs to all of its channels",
         {SCORES: "object_auc(masks.flatten(0, 1), "
                  "objects.repeat(masks.shape[1], 1, 1))"
                  ".view(len(masks), -1).double()"}),
    Slip("a channel takes the place of a better one: keep the farthest distance so far",
         {INDEX: "int((means != 0.5).nonzero()[-1])"},
         {INDEX: "int((means != 0.5).nonzero()[0])"}),
    Slip("only the first three channels are tried: there may be any number, "
         "masks.shape[1]", {INDEX: "int((means - 0.5).abs()[:3].argmax())"}),
    Slip("as many channels are tried as there are scenes: axis 1 is the channels",
         {INDEX: "int((means - 0.5).abs()[:len(masks)].argmax())"}),
    Slip("the sign must come from the mean AUC, not from mean values",
         {"means[index] > 0.5": "masks[:, index][objects].mean() > "
          "masks[:, index][~objects].mean()"}),
    Slip(VALUES, *[way for values in ALL for way in with_values(values)]),
)
CHOICE = Table(
    title="The channel that tells most",
    usage="choose(masks, objects)",
    reference=choose,
    cases=tuple(Case(inputs, title) for title, *inputs in cases()),
    slips=SLIPS,
    trial=FunctionTrial(read=require_choice),
    errors=ERRORS,
)
