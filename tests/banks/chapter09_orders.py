"""Answers to *Which images does a step see?*"""

from __future__ import annotations

import random

import numpy as np
import torch

from resattn_tutorial.data.loaders import draw_epoch
from tests.banks import Answer

NAME = "batch_numbers"


def drawn(mixed):
    """A random order of ``count`` numbers from a seed."""
    def order(count, seed, epoch):
        generator = torch.Generator().manual_seed(mixed(seed, epoch))
        return torch.randperm(count, generator=generator)
    return order


def from_order(order):
    """An answer that takes a step's slice of ``order(count, seed, epoch)``."""
    def answer(step, count, batch_size, seed):
        epoch, place = divmod(step, count // batch_size)
        first = place * batch_size
        return order(count, seed, epoch)[first:first + batch_size]
    return answer


mix = drawn(lambda seed, epoch: seed * 1_000_003 + epoch)
right = from_order(mix)


def in_python(count, seed, epoch):
    """Right: Python's own generator, with text for a seed."""
    return random.Random(f"{seed} {epoch}").sample(range(count), count)


def in_numpy(count, seed, epoch):
    """Right: a NumPy generator takes both numbers."""
    return np.random.default_rng([seed, epoch]).permutation(count)


def sorted_noise(count, seed, epoch):
    """Right: the order of random numbers."""
    generator = torch.Generator().manual_seed(1000 * epoch + seed)
    return torch.rand(count, generator=generator).argsort()


def borrowed(count, seed, epoch):
    """Right: the shared generator, borrowed and put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed * 10**6 + epoch)
        return torch.randperm(count)


def split(step, count, batch_size, seed):
    """Right: one of the epoch's batches, as a list."""
    steps = count // batch_size
    order = mix(count, seed, step // steps)
    return order[: steps * batch_size].split(batch_size)[step % steps].tolist()


def every_second(step, count, batch_size, seed):
    """Right: not a slice of neighbours, but each number that lies steps apart."""
    steps = count // batch_size
    epoch, place = divmod(step, steps)
    return mix(count, seed, epoch)[: steps * batch_size][place::steps]


RIGHT = [
    Answer(NAME, "numbers that lie apart", every_second),
    Answer(NAME, "a slice of the epoch's order", right),
    Answer(NAME, "the package's", from_order(lambda *of: draw_epoch(*of).order)),
    Answer(NAME, "Python's generator", from_order(in_python)),
    Answer(NAME, "NumPy's generator", from_order(in_numpy)),
    Answer(NAME, "a borrowed generator", from_order(borrowed)),
    Answer(NAME, "sorted noise", from_order(sorted_noise)),
    Answer(NAME, "one of the split batches", split),
]


def with_replacement(step, count, batch_size, seed):
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    return torch.randint(count, (batch_size,), generator=generator)


def new_each_step(step, count, batch_size, seed):
    return mix(count, seed, step)[:batch_size]


def replayed(step, count, batch_size, seed):
    generator = torch.Generator().manual_seed(seed)
    epoch, place = divmod(step, count // batch_size)
    for _ in range(epoch + 1):
        order = torch.randperm(count, generator=generator)
    return order[place * batch_size:][:batch_size]


def batches_exchanged(step, count, batch_size, seed):
    steps = count // batch_size
    epoch, place = divmod(step, steps)
    place = mix(steps, seed, epoch)[place]
    batch = drawn(lambda s, e: 7)(count, 0, 0)[place * batch_size:][:batch_size]
    return batch[mix(batch_size, seed, epoch)]


WRONG = [
    Answer(NAME, "batches exchanged", batches_exchanged, "change places"),
    Answer(NAME, "drawn with replacement", with_replacement, "replacement"),
    Answer(NAME, "a new order for each step", new_each_step, "all steps of an epoch"),
    Answer(NAME, "epochs one by one", replayed, "earlier epochs"),
    Answer(NAME, "a pair", lambda *case: (right(*case), case[0]), "numbers of the"),
]
