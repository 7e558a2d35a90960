"""Answers to the exercise on the channel that tells most, right and wrong."""

from __future__ import annotations

import numpy as np
import torch

from resattn_tutorial.metrics.localisation import Channel, best_channel, object_auc
from tests.banks import Answer
from tests.banks.map_scores import auc_by_loop


def aucs(masks, objects):
    return torch.stack(
        [object_auc(masks[:, c], objects) for c in range(masks.shape[1])], 1
    )


def sign_of(score):
    return 1 if score > 0.5 else -1


def choose_plainly(masks, objects):
    means = aucs(masks, objects).mean(dim=0)
    index = (means - 0.5).abs().argmax().item()
    return index, sign_of(means[index])


def choose_by_loop(masks, objects):
    best, index, sign = -1.0, 0, 1
    for c in range(masks.shape[1]):
        scores = [auc_by_loop(masks[n, c], objects[n]) for n in range(len(masks))]
        mean = sum(scores) / len(scores)
        if abs(mean - 0.5) > best:
            best, index, sign = abs(mean - 0.5), c, sign_of(mean)
    return [index, sign]


def choose_in_tensors(masks, objects):
    away = aucs(masks, objects).mean(dim=0) - 0.5
    index = away.abs().argmax()
    return index, torch.sign(away[index])


def choose_in_numpy(masks, objects):
    away = aucs(masks, objects).numpy().mean(axis=0) - 0.5
    index = np.argmax(np.abs(away))
    return Channel(index, np.sign(away[index]))


def choose_highest(masks, objects):
    return aucs(masks, objects).mean(dim=0).argmax().item(), 1


def choose_highest_signed(masks, objects):
    means = aucs(masks, objects).mean(dim=0)
    return means.argmax().item(), sign_of(means.max())


def choose_lowest(masks, objects):
    return aucs(masks, objects).mean(dim=0).argmin().item(), -1


def choose_either_end(masks, objects):
    means = aucs(masks, objects).mean(dim=0)
    return (
        (means.argmax().item(), 1) if means.max() > 0.5 else (means.argmin().item(), -1)
    )


def choose_nearest(masks, objects):
    means = aucs(masks, objects).mean(dim=0)
    index = (means - 0.5).abs().argmin().item()
    return index, sign_of(means[index])


def choose_always_plus(masks, objects):
    return choose_plainly(masks, objects)[0], 1


def choose_turned(masks, objects):
    index, sign = choose_plainly(masks, objects)
    return index, -sign


def choose_outside(masks, objects):
    return choose_plainly(masks, ~objects)


def choose_scene(masks, objects):
    means = aucs(masks, objects).mean(dim=1)
    index = (means - 0.5).abs().argmax().item()
    return index, sign_of(means[index])


def choose_best_scene_channel(masks, objects):
    scores = aucs(masks, objects)
    place = (scores - 0.5).abs().argmax().item()
    return place % scores.shape[1], sign_of(scores.flatten()[place])


def choose_flat_place(masks, objects):
    scores = aucs(masks, objects)
    place = (scores - 0.5).abs().argmax().item()
    return place, sign_of(scores.flatten()[place])


def choose_by_vote(masks, objects):
    scores = aucs(masks, objects)
    index = (scores - 0.5).abs().argmax(dim=1).mode().values.item()
    return index, sign_of(scores[:, index].mean())


def choose_by_distance_first(masks, objects):
    scores = aucs(masks, objects)
    index = (scores - 0.5).abs().mean(dim=0).argmax().item()
    return index, sign_of(scores[:, index].mean())


def choose_by_mean_distance(masks, objects):
    means = (aucs(masks, objects) - 0.5).abs().mean(dim=0) + 0.5
    index = (means - 0.5).abs().argmax().item()
    return index, sign_of(means[index])


def choose_by_mean_distance_of_first(masks, objects):
    index, _ = choose_by_distance_first(masks, objects)
    return index, sign_of(aucs(masks, objects)[0, index])


def choose_by_squares(masks, objects):
    scores = aucs(masks, objects)
    index = ((scores - 0.5) ** 2).mean(dim=0).argmax().item()
    return index, sign_of(scores[:, index].mean())


def choose_by_median(masks, objects):
    scores = aucs(masks, objects).median(dim=0).values
    index = (scores - 0.5).abs().argmax().item()
    return index, sign_of(scores[index])


def choose_by_middle(masks, objects):
    scores = aucs(masks, objects).quantile(0.5, dim=0)
    index = (scores - 0.5).abs().argmax().item()
    return index, sign_of(scores[index])


def choose_by_size(masks, objects):
    weights = objects.flatten(1).sum(1).double()
    means = weights @ aucs(masks, objects) / weights.sum()
    index = (means - 0.5).abs().argmax().item()
    return index, sign_of(means[index])


def choose_by_difference_in_scenes(masks, objects):
    pairs = list(zip(masks, objects, strict=True))
    ours = torch.stack([m[:, o].mean(1) - m[:, ~o].mean(1) for m, o in pairs])
    index = ours.mean(0).abs().argmax().item()
    return index, 1 if ours.mean(0)[index] > 0 else -1


def choose_wrong_end(masks, objects):
    means = aucs(masks, objects).mean(dim=0)
    high, low = means.argmax().item(), means.argmin().item()
    return (high, 1) if means[high] - 0.5 > means[low] else (low, -1)


def choose_by_best_scene_score(masks, objects):
    scores = aucs(masks, objects).amax(dim=0)
    return scores.argmax().item(), 1


def choose_pooled(masks, objects):
    height = masks.shape[2]
    tall = masks.transpose(0, 1).reshape(masks.shape[1], len(masks) * height, -1)
    scores = object_auc(
        tall, objects.reshape(1, len(masks) * height, -1).expand_as(tall)
    )
    index = (scores - 0.5).abs().argmax().item()
    return index, sign_of(scores[index])


def choose_average_map(masks, objects):
    return choose_plainly(masks.mean(0, keepdim=True), objects.any(0, keepdim=True))


def choose_by_activation(masks, objects):
    inside = (masks * objects[:, None]).sum((0, 2, 3)) / objects.sum()
    return inside.argmax().item(), 1


def choose_by_difference(masks, objects):
    ours, others = objects[:, None], ~objects[:, None]
    inside = (masks * ours).sum((0, 2, 3)) / ours.sum()
    outside = (masks * others).sum((0, 2, 3)) / others.sum()
    index = (inside - outside).abs().argmax().item()
    return index, 1 if inside[index] > outside[index] else -1


def choose_no_half(masks, objects):
    means = aucs(masks, objects).mean(dim=0)
    index = means.abs().argmax().item()
    return index, int(torch.sign(means[index]))


def choose_brightest(masks, objects):
    return masks.mean((0, 2, 3)).argmax().item(), 1


def choose_one_based(masks, objects):
    index, sign = choose_plainly(masks, objects)
    return index + 1, sign


def choose_sign_of_first(masks, objects):
    index, _ = choose_plainly(masks, objects)
    return index, sign_of(aucs(masks, objects)[0, index])


def choose_sign_of_most(masks, objects):
    index, _ = choose_plainly(masks, objects)
    above = (aucs(masks, objects)[:, index] > 0.5).float().mean()
    return index, sign_of(above)


def choose_sign_by_values(masks, objects):
    index, _ = choose_plainly(masks, objects)
    one = masks[:, index]
    return index, 1 if one[objects].mean() > one[~objects].mean() else -1


def choose_in_place(masks, objects):
    masks -= masks.mean()
    return choose_plainly(masks, objects)


def choose_fixed_count(masks, objects):
    return choose_plainly(masks.reshape(4, 5, 8, 9), objects)


def choose_and_score(masks, objects):
    index, _ = choose_plainly(masks, objects)
    return index, aucs(masks, objects).mean(dim=0)[index].item()


def choose_tuple_float(masks, objects):
    index, sign = choose_plainly(masks, objects)
    return float(index), sign


def choose_bool_sign(masks, objects):
    index, sign = choose_plainly(masks, objects)
    return index, sign > 0


def choose_words(masks, objects):
    index, sign = choose_plainly(masks, objects)
    return index, "+" if sign > 0 else "-"


def choose_nothing(masks, objects):
    choose_plainly(masks, objects)


def choose_mean_of_mask(masks, objects):
    scores = object_auc(masks.mean(dim=1), objects)
    index = (scores - 0.5).abs().argmax().item()
    return index, sign_of(scores[index])


RIGHT = [
    Answer("choose_channel", "plainly", choose_plainly),
    Answer("choose_channel", "a loop, as a list", choose_by_loop),
    Answer("choose_channel", "tensors of one number", choose_in_tensors),
    Answer("choose_channel", "NumPy and a named tuple", choose_in_numpy),
    Answer("choose_channel", "the package's", best_channel),
]

WRONG = [
    Answer("choose_channel", "the highest, sign 1", choose_highest, "highest"),
    Answer("choose_channel", "the highest", choose_highest_signed, "highest"),
    Answer("choose_channel", "1/2 forgotten", choose_no_half, "highest"),
    Answer("choose_channel", "low only if none is high", choose_either_end, "highest"),
    Answer("choose_channel", "the lowest", choose_lowest, "lowest"),
    Answer("choose_channel", "the nearest to chance", choose_nearest, "nearest"),
    Answer("choose_channel", "always plus", choose_always_plus, "sign"),
    Answer("choose_channel", "sign turned", choose_turned, "sign"),
    Answer("choose_channel", "sign of the first scene", choose_sign_of_first, "sign"),
    Answer("choose_channel", "sign of most scenes", choose_sign_of_most, "sign"),
    Answer("choose_channel", "sign by mean values", choose_sign_by_values, "sign"),
    Answer("choose_channel", "outside for inside", choose_outside, "sign"),
    Answer("choose_channel", "the index of a scene", choose_scene, "scenes"),
    Answer(
        "choose_channel",
        "the best scene's channel",
        choose_best_scene_channel,
        "one scene",
    ),
    Answer("choose_channel", "a flat place", choose_flat_place, "scenes and channels"),
    Answer(
        "choose_channel",
        "the best score in any scene",
        choose_by_best_scene_score,
        "one scene",
    ),
    Answer("choose_channel", "a vote of scenes", choose_by_vote, "votes"),
    Answer(
        "choose_channel",
        "distances averaged",
        choose_by_distance_first,
        "per scene: take the mean over scenes first",
    ),
    Answer(
        "choose_channel",
        "distances averaged, put back on 1/2",
        choose_by_mean_distance,
        "per scene",
    ),
    Answer(
        "choose_channel",
        "distances averaged, sign of the distance",
        lambda m, o: (choose_by_distance_first(m, o)[0], -1),
        "per scene",
    ),
    Answer(
        "choose_channel",
        "distances averaged, sign of the first scene",
        choose_by_mean_distance_of_first,
        "per scene",
    ),
    Answer("choose_channel", "squares averaged", choose_by_squares, "per scene"),
    Answer("choose_channel", "the median", choose_by_median, "median"),
    Answer("choose_channel", "the middle of two", choose_by_middle, "median"),
    Answer("choose_channel", "by the objects' sizes", choose_by_size, "weighted"),
    Answer("choose_channel", "the ends compared wrongly", choose_wrong_end, "1/2 - "),
    Answer("choose_channel", "all pixels pooled", choose_pooled, "pooled"),
    Answer("choose_channel", "the average map", choose_average_map, "averaged before"),
    Answer("choose_channel", "the channels' mean", choose_mean_of_mask, "averaged"),
    Answer("choose_channel", "mean on the object", choose_by_activation, "mean values"),
    Answer(
        "choose_channel", "difference of means", choose_by_difference, "mean values"
    ),
    Answer(
        "choose_channel",
        "difference of means, scene by scene",
        choose_by_difference_in_scenes,
        "mean values",
    ),
    Answer("choose_channel", "the brightest", choose_brightest, "mean values"),
    Answer(
        "choose_channel",
        "the first scene",
        lambda m, o: choose_plainly(m[:1], o[:1]),
        "first scene",
    ),
    Answer(
        "choose_channel",
        "the last scene",
        lambda m, o: choose_plainly(m[-1:], o[-1:]),
        "last scene",
    ),
    Answer(
        "choose_channel", "sign first", lambda m, o: choose_plainly(m, o)[::-1], "order"
    ),
    Answer("choose_channel", "counted from 1", choose_one_based, "from 0"),
    Answer("choose_channel", "always the first", lambda m, o: (0, 1), "no effect"),
    Answer("choose_channel", "in place", choose_in_place, "in-place"),
    Answer("choose_channel", "one size only", choose_fixed_count),
    Answer("choose_channel", "index and score", choose_and_score, "sign 1 or -1"),
    Answer("choose_channel", "a float index", choose_tuple_float, "whole"),
    Answer("choose_channel", "a boolean sign", choose_bool_sign, "1 or -1"),
    Answer("choose_channel", "a sign in words", choose_words, "1 or -1"),
    Answer(
        "choose_channel",
        "the index alone",
        lambda m, o: choose_plainly(m, o)[0],
        "sign",
    ),
    Answer("choose_channel", "all scores", lambda m, o: aucs(m, o).mean(0), "return"),
    Answer("choose_channel", "nothing", choose_nothing, "return"),
    Answer("choose_channel", "its input", lambda m, o: m, "return"),
    Answer("choose_channel", "one argument", lambda m: (0, 1), "arguments"),
]
