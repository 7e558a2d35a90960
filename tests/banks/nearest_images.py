"""Answers to *Seen before*."""

from __future__ import annotations

import math
import statistics

import numpy as np
import torch
import torch.nn.functional as F

from tests.banks import Answer

NAME = "nearest"


def by_loops(training, validation):
    """One image after another."""
    def standardised(image):
        return (image - image.mean()) / image.std(correction=0)

    known = [standardised(image) for image in training]
    found = []
    for image in validation:
        here = standardised(image)
        found.append(min((here - other).square().mean().sqrt() for other in known))
    return torch.stack(found)


def with_cdist(training, validation):
    sets = []
    for images in (validation, training):
        rows = images.reshape(len(images), -1)
        deviation, mean = torch.std_mean(rows, dim=1, correction=0, keepdim=True)
        sets.append((rows - mean) / deviation)
    return torch.cdist(*sets).amin(dim=1) / sets[0].shape[1] ** 0.5


def with_numpy(training, validation):
    def rows(images):
        flat = images.numpy().reshape(len(images), -1)
        return (flat - flat.mean(1, keepdims=True)) / flat.std(1, keepdims=True)

    apart = rows(validation)[:, None] - rows(training)
    return torch.from_numpy(np.sqrt((apart ** 2).mean(-1)).min(1))


def by_correlation(training, validation):
    """With unit vectors, the nearest one is the most alike."""
    def unit(images):
        rows = images.double().flatten(1)
        rows = rows - rows.mean(1, keepdim=True)
        return rows / rows.norm(dim=1, keepdim=True)

    alike = torch.einsum("mv,nv->mn", unit(validation), unit(training))
    return (2 - 2 * alike.max(dim=1).values).clamp(min=0).sqrt()


def by_a_product_in_float32(training, validation):
    def unit(images):
        rows = images.flatten(1)
        return F.normalize(rows - rows.mean(1, keepdim=True))

    alike = unit(validation) @ unit(training).T
    return (2 - 2 * alike).clamp(min=0).sqrt().min(dim=1)[0]


def in_lists(training, validation):
    def row(image):
        values = image.flatten().tolist()
        mean, deviation = statistics.fmean(values), statistics.pstdev(values)
        return [(x - mean) / deviation for x in values]

    known = [row(image) for image in training]
    return torch.tensor([
        min(math.dist(row(image), other) / math.sqrt(len(other)) for other in known)
        for image in validation
    ])


def with_layer_norm(training, validation):
    """Its eps is too small to be seen."""
    a, b = (F.layer_norm(x, x.shape[1:]).flatten(1) for x in (training, validation))
    return torch.stack([(a - row).square().mean(1).min().sqrt() for row in b])


def running_minimum(training, validation):
    def standardised(x):
        centred = x - x.mean((1, 2, 3), keepdim=True)
        return centred / centred.square().mean((1, 2, 3), keepdim=True).sqrt()

    best, mine = torch.full((len(validation),), torch.inf), standardised(validation)
    for image in standardised(training):
        apart = (mine - image).square().mean((1, 2, 3)).sqrt()
        best = torch.minimum(best, apart)
    return best


def with_vmap(training, validation):
    standardised = torch.vmap(lambda x: (x - x.mean()) / x.var(correction=0).sqrt())
    known = standardised(training)

    def one(image):
        return torch.linalg.vector_norm(known - image, dim=(1, 2, 3)).min()

    return torch.vmap(one)(standardised(validation)) / math.sqrt(known[0].numel())


def deviation_of_the_difference(training, validation):
    """Differences of standardised images have the mean 0."""
    rows = []
    for x in (training, validation):
        flat = x.flatten(1).T
        rows.append(((flat - flat.mean(0)) / (flat.std(0, unbiased=False) + 1e-8)).T)
    apart = rows[1].unsqueeze(1) - rows[0].unsqueeze(0)
    return apart.std(dim=-1, correction=0).sort(dim=1).values[:, 0]


RIGHT = [
    Answer(NAME, "one by one", by_loops),
    Answer(NAME, "with cdist", with_cdist),
    Answer(NAME, "with NumPy", with_numpy),
    Answer(NAME, "the most alike, in float64", by_correlation),
    Answer(NAME, "a product of matrices", by_a_product_in_float32),
    Answer(NAME, "in lists", in_lists),
    Answer(NAME, "layer norm", with_layer_norm),
    Answer(NAME, "the smallest so far", running_minimum),
    Answer(NAME, "vmap", with_vmap),
    Answer(NAME, "the deviation of the difference", deviation_of_the_difference),
]


def rows_of(images, correction=0):
    rows = images.flatten(1)
    deviation = rows.std(1, keepdim=True, correction=correction)
    return (rows - rows.mean(1, keepdim=True)) / deviation


def apart(training, validation):
    """The distance of each pair, (M, N)."""
    return (validation[:, None] - training[None]).square().mean(-1).sqrt()


def ending(end):
    """What is right but for its end, which gets the distance of each pair."""
    return lambda a, b: end(apart(rows_of(a), rows_of(b)))


def of(rows, end=lambda pairs: pairs.min(1).values):
    """Rows of another kind."""
    return lambda a, b: end(apart(rows(a), rows(b)))


def over_the_set(images):
    rows = images.flatten(1)
    return (rows - rows.mean(0)) / (rows.std(0, correction=0) + 1e-8)


def second_nearest(pairs):
    return pairs.topk(2, dim=1, largest=False).values[:, 1]


def among_others(training, validation):
    mine = rows_of(validation)
    return (apart(mine, mine) + 100 * torch.eye(len(mine))).min(1).values


def no_keepdim(images):
    rows = images.flatten(1)
    return (rows - rows.mean(1)) / rows.std(1, correction=0)


def all_in_one_row(images):
    values = images.flatten()
    return (values - values.mean(dim=1)) / values.std(dim=1)


def in_place(training, validation):
    for images in (training, validation):
        images -= images.mean((1, 2, 3), keepdim=True)
        images /= images.std((1, 2, 3), keepdim=True, correction=0)
    return apart(training.flatten(1), validation.flatten(1)).min(1).values


def after_the_first(training, validation):
    for row in rows_of(validation):
        return apart(rows_of(training), row[None]).min(1).values


def root_of_the_mean(training, validation):
    return (rows_of(validation)[:, None] - rows_of(training)).mean(-1).sqrt().amin(1)


def raw_cosine(training, validation):
    one, other = validation.flatten(1)[:, None], training.flatten(1)[None]
    return (1 - F.cosine_similarity(one, other, dim=-1)).min(1).values


def cdist_alone(rows):
    return lambda a, b: torch.cdist(rows(b), rows(a)).min(1).values


def one_list_of_all(training, validation):
    return torch.stack([(one - other).square().mean().sqrt()
                        for one in rows_of(validation) for other in rows_of(training)])


def wholly_unlike(training, validation):
    """A weight for each colour, which nobody asked for."""
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    return of(lambda x: rows_of(x * weights))(training, validation)


SIZES, ORDER = "keepdim=True; and each validation", "for each validation image"
WRONG = [
    Answer(NAME, "over the set, and not quite", of(over_the_set), "over the images"),
    Answer(NAME, "the smallest of all", ending(torch.min), ORDER),
    Answer(NAME, "the mean of the nearest", ending(lambda p: p.amin(1).mean()), ORDER),
    Answer(NAME, "values and indices", ending(lambda p: p.min(1)), ".values are"),
    Answer(NAME, "a pair of its own", ending(lambda p: tuple(p.min(1))), "one tensor"),
    Answer(NAME, "every pair", ending(lambda p: p), "of each pair"),
    Answer(NAME, "every pair, turned", ending(lambda p: p.T), "of each pair"),
    Answer(NAME, "every pair, in one row", one_list_of_all, ORDER),
    Answer(NAME, "a list", ending(lambda p: p.min(1).values.tolist()), "torch.tensor"),
    Answer(NAME, "an array", ending(lambda p: p.min(1).values.numpy()), "from_numpy"),
    Answer(NAME, "printed", ending(lambda p: print(p.amin(1))), "without a return"),
    Answer(NAME, "are they near, in numbers",
           ending(lambda p: (p.amin(1) < 0.5).float()), "asked later"),
    Answer(NAME, "the second nearest", ending(second_nearest), "second nearest"),
    Answer(NAME, "among other validation images", among_others, "among themselves"),
    Answer(NAME, "means without keepdim", of(no_keepdim), SIZES),
    Answer(NAME, "one row of all", of(all_in_one_row), "flatten(1)"),
    Answer(NAME, "the mean over a line", lambda a, b: apart(a, b).min(1).values, ORDER),
    Answer(NAME, "standardised in place", in_place, "in-place"),
    Answer(NAME, "return in the loop", after_the_first, ORDER),
    Answer(NAME, "the square is forgotten", root_of_the_mean, "has no root"),
    Answer(NAME, "cosine, in any light", raw_cosine, "the light counts; and 1 - r"),
    Answer(NAME, "in any light, summed", cdist_alone(lambda x: x.flatten(1)),
           "the light counts; and the squares are summed"),
    Answer(NAME, "in any light, squared",
           of(lambda x: x.flatten(1), lambda p: p.square().min(1).values),
           "the light counts; and the mean square"),
    Answer(NAME, "n - 1, summed", cdist_alone(lambda x: rows_of(x, 1)),
           "correction=0. torch's own choice is a little larger; and the squares"),
    Answer(NAME, "colours are weighed", wholly_unlike, None),
]
