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


RIGHT = [
    Answer("choose_channel", "plainly", choose_plainly),
    Answer("choose_channel", "a loop, as a list", choose_by_loop),
    Answer("choose_channel", "tensors of one number", choose_in_tensors),
    Answer("choose_channel", "NumPy and a named tuple", choose_in_numpy),
    Answer("choose_channel", "the package's", best_channel),
]

WRONG = [
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
    Answer("choose_channel", "its input", lambda m, o: m, "return"),
]
