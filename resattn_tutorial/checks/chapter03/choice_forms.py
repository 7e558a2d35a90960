"""Usual mistakes in choosing a mask's channel by its mean score over scenes.

An answer is compared with the right choice, :func:`choose`, and with wrong ones on
several cases: the wrong one that it equals on every case is the mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter03.auc_forms import auc
from resattn_tutorial.checks.chapter03.choice_cases import cases

Choice = tuple[int, int]


def scene_aucs(masks: Tensor, objects: Tensor) -> Tensor:
    """The score of every channel in every scene, ``(N, C)``."""
    rows = [
        [auc(channel, inside) for channel in mask]
        for mask, inside in zip(masks, objects, strict=True)
    ]
    return torch.tensor(rows, dtype=torch.float64)


def choose(masks: Tensor, objects: Tensor) -> Choice:
    """The channel farthest from chance in the mean over scenes, and its sign."""
    return _farthest(scene_aucs(masks, objects).mean(dim=0))


def _farthest(scores: Tensor) -> Choice:
    """The channel of ``(C,)`` scores that lies farthest from 1/2, and its side."""
    index = int((scores - 0.5).abs().argmax())
    return index, _side(scores[index])


def _side(score: Tensor) -> int:
    return 1 if score >= 0.5 else -1


HIGHEST = (
    "only the highest score is looked for: a channel that avoids the object, far "
    "below 1/2, tells as much. Look for the distance from 1/2"
)

PER_SCENE = (
    "the distance from 1/2 is taken per scene: take the mean over scenes first. A "
    "channel whose side changes from scene to scene looks good otherwise"
)


def forms(masks: Tensor, objects: Tensor) -> Iterator[tuple[str, Choice]]:
    """Yield each mistake in words, and what it chooses."""
    scores = scene_aucs(masks, objects)  # (N, C)
    yield from _of_the_means(scores.mean(dim=0))
    yield from _without_the_mean(scores)
    yield from _weighted(scores, objects)
    yield from _of_other_scores(masks, objects)
    mean_values = "mean values are compared; the channel is chosen by its AUC"
    for values in _activations(masks, objects):
        yield mean_values, (int(values.argmax()), 1)
        index = int(values.abs().argmax())
        yield mean_values, (index, 1 if values[index] > 0 else -1)
        yield mean_values, _farthest(values)


def _of_the_means(means: Tensor) -> Iterator[tuple[str, Choice]]:
    """What takes the right means and then the wrong channel or sign."""
    highest, lowest = int(means.argmax()), int(means.argmin())
    yield HIGHEST, (highest, 1)
    yield HIGHEST, (highest, _side(means[highest]))
    low = "only the lowest score is looked for; take the distance from 1/2, either way"
    yield low, (lowest, -1)
    yield low, (lowest, _side(means[lowest]))
    yield low, (lowest, 1)
    index, sign = _farthest(means)
    yield "the sign: it is -1 where the channel's mean AUC lies below 1/2", (index, 1)
    yield "the sign: it is 1 where the channel's mean AUC lies above 1/2", (index, -1)
    yield "the sign is turned round: 1 above 1/2, -1 below", (index, -sign)
    yield "the order: the index comes first, then the sign", (sign, index)
    yield "the index is counted from 1; it starts from 0", (index + 1, sign)
    nearest = int((means - 0.5).abs().argmin())
    near = "the nearest to 1/2 is taken; the farthest says most"
    yield near, (nearest, _side(means[nearest]))


def _without_the_mean(scores: Tensor) -> Iterator[tuple[str, Choice]]:
    """What makes something else than the mean over scenes of ``(N, C)`` scores."""
    words = (
        "the mean runs over channels and the index counts scenes; axis 0 is the scenes"
    )
    yield words, _farthest(scores.mean(dim=1))
    place, sign = _farthest(scores.flatten())
    scene, channel = divmod(place, scores.shape[1])
    yield "the index counts scenes; a channel's is asked for", (scene, sign)
    yield (
        "the index counts scenes and channels: take the mean over scenes first",
        (place, sign),
    )
    one = "one scene decides; take the mean over scenes first"
    yield one, (channel, sign)
    yield one, (int(scores.amax(dim=0).argmax()), 1)
    for which, row in (("first", scores[0]), ("last", scores[-1])):
        words = f"only the {which} scene is used; take the mean over scenes"
        yield words, _farthest(row)
    index = _farthest(scores.mean(dim=0))[0]
    turned = "the sign is that of one scene, or of most; the mean over scenes decides"
    for sides in (scores[0, index], scores[-1, index], scores[:, index].median()):
        yield turned, (index, _side(sides))
    far = (scores - 0.5).abs()
    voted = int(far.argmax(dim=1).mode().values)
    words = "each scene votes for its best channel; take the mean over scenes"
    yield words, (voted, _side(scores[:, voted].mean()))
    index = int(far.mean(dim=0).argmax())
    yield PER_SCENE, (index, _side(scores[:, index].mean()))
    for middle in (scores.median(dim=0).values, scores.quantile(0.5, dim=0)):
        yield "the median over scenes; the mean is asked for", _farthest(middle)


def _weighted(scores: Tensor, objects: Tensor) -> Iterator[tuple[str, Choice]]:
    """What lets some scenes count more than others."""
    ours = objects.flatten(1).sum(1).double()
    others = (~objects).flatten(1).sum(1)
    for weights in (ours, ours * others, others.double(), 1 / ours):
        yield (
            "the scenes are weighted by the sizes of their objects; each counts the "
            "same in the mean",
            _farthest(weights @ scores / weights.sum()),
        )


def _of_other_scores(masks: Tensor, objects: Tensor) -> Iterator[tuple[str, Choice]]:
    """What averages or pools before it scores."""
    flat = masks.transpose(0, 1).flatten(1)
    pooled = [auc(channel, objects.flatten()) for channel in flat]
    yield (
        "the pixels of all scenes are pooled: score each scene, then take the mean",
        _farthest(torch.tensor(pooled)),
    )
    yield (
        "the channels are averaged before scoring; score each channel alone",
        _farthest(scene_aucs(masks.mean(1, True), objects)[:, 0]),
    )
    averaged = scene_aucs(masks.mean(0, True), objects.any(0, True))[0]
    yield (
        "the scenes are averaged before scoring; score each, then average",
        _farthest(averaged),
    )


def _activations(masks: Tensor, objects: Tensor) -> Iterator[Tensor]:
    """Mean values of each channel: on the object, in all, and against the rest.

    They are taken over all pixels of all scenes, and scene by scene.
    """
    inside = objects[:, None].expand_as(masks)
    for axes in ((0, 2, 3), (2, 3)):
        ours = (masks * inside).sum(axes) / inside.sum(axes)
        others = (masks * ~inside).sum(axes) / (~inside).sum(axes)
        for values in (ours, masks.mean(axes), ours - others):
            yield values if values.dim() == 1 else values.mean(0)


def _by_distances_of_scenes(found: list[int]) -> bool:
    """Whether these channels lie farthest from 1/2 in scenes, whatever the sign is."""
    far = [(scene_aucs(*case) - 0.5).abs() for _, *case in cases()]
    plain, squared = ([int((d**p).mean(0).argmax()) for d in far] for p in (1, 2))
    return found in (plain, squared)


def name(found: list[tuple[int, int]], wanted: list[tuple[int, int]]) -> str | None:
    """Which usual mistake makes these choices on the cases; ``None`` if none does."""
    made = (forms(masks, objects) for _, masks, objects in cases())
    for form in zip(*made, strict=True):
        words, choices = zip(*form, strict=True)
        if list(choices) == found:
            return words[0]
    places = [(mine[0], right[0]) for mine, right in zip(found, wanted, strict=True)]
    if all(mine == right for mine, right in places):
        return "the sign: 1 where the channel's mean AUC lies above 1/2, -1 below"
    if len(set(found)) == 1:
        return "the masks have no effect: every case gets the same answer"
    if _by_distances_of_scenes([index for index, _ in found]):
        return PER_SCENE
    pairs = zip(found, wanted, strict=True)
    if all(right[1] < 0 for mine, right in pairs if mine != right):
        return HIGHEST
    means = [scene_aucs(*case).mean(dim=0) for _, *case in cases()]
    ends = [((int(m.argmax()), 1), (int(m.argmin()), -1)) for m in means]
    if all(mine in both for mine, both in zip(found, ends, strict=True)):
        return (
            "highest and lowest are weighed against each other in a wrong way: compare "
            "highest - 1/2 with 1/2 - lowest"
        )
    return None
