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


def shared_seed(step, count, batch_size, seed):
    epoch, place = divmod(step, count // batch_size)
    torch.manual_seed(seed * 1_000_003 + epoch)
    return torch.randperm(count)[place * batch_size:][:batch_size]


def shared_python(step, count, batch_size, seed):
    epoch, place = divmod(step, count // batch_size)
    random.seed(seed * 1_000_003 + epoch)
    numbers = list(range(count))
    random.shuffle(numbers)
    return numbers[place * batch_size:][:batch_size]


def shared_numpy(step, count, batch_size, seed):
    epoch, place = divmod(step, count // batch_size)
    np.random.seed(seed * 1_000_003 + epoch)
    return np.random.permutation(count)[place * batch_size:][:batch_size]


def unseeded(step, count, batch_size, seed):
    return torch.randperm(count)[:batch_size]


def own_unseeded(step, count, batch_size, seed):
    return np.random.default_rng().permutation(count)[:batch_size]


def rest_kept(step, count, batch_size, seed):
    steps = -(-count // batch_size)
    epoch, place = divmod(step, steps)
    return mix(count, seed, epoch)[place * batch_size:][:batch_size]


def drifting(step, count, batch_size, seed):
    epoch, first = divmod(step * batch_size, count)
    return mix(count, seed, epoch)[first:first + batch_size]


def wrapping(step, count, batch_size, seed):
    epoch, first = divmod(step * batch_size, count)
    order = mix(count, seed, epoch)
    return torch.cat([order, order])[first:first + batch_size]


def no_epochs(step, count, batch_size, seed):
    order = mix(count, seed, 0)
    return order[step * batch_size:][:batch_size]


def with_replacement(step, count, batch_size, seed):
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    return torch.randint(count, (batch_size,), generator=generator)


def new_each_step(step, count, batch_size, seed):
    return mix(count, seed, step)[:batch_size]


def sliding(step, count, batch_size, seed):
    epoch, place = divmod(step, count // batch_size)
    return mix(count, seed, epoch)[place:place + batch_size]


def first_batch(step, count, batch_size, seed):
    return mix(count, seed, step // (count // batch_size))[:batch_size]


def replayed(step, count, batch_size, seed):
    generator = torch.Generator().manual_seed(seed)
    epoch, place = divmod(step, count // batch_size)
    for _ in range(epoch + 1):
        order = torch.randperm(count, generator=generator)
    return order[place * batch_size:][:batch_size]


def remembering():
    """An iterator that ignores the step."""
    asked = []

    def answer(step, count, batch_size, seed):
        asked.append(step)
        return right(len(asked) - 1, count, batch_size, seed)

    return answer


def ordered(count, seed, epoch):
    return torch.arange(count)


def rolled(count, seed, epoch):
    return torch.arange(count).roll(1 + 4 * seed + epoch)


def without_return(step, count, batch_size, seed):
    right(step, count, batch_size, seed)


def for_the_shown_size(step, count, batch_size, seed):
    epoch, place = divmod(step, 4)
    return mix(count, seed, epoch)[place * batch_size:][:batch_size]


def rolled_on(count, seed, epoch):
    return drawn(lambda s, e: s)(count, seed, 0).roll(epoch)


def batches_exchanged(step, count, batch_size, seed):
    steps = count // batch_size
    epoch, place = divmod(step, steps)
    place = mix(steps, seed, epoch)[place]
    batch = drawn(lambda s, e: 7)(count, 0, 0)[place * batch_size:][:batch_size]
    return batch[mix(batch_size, seed, epoch)]


def one_too_few(step, count, batch_size, seed):
    return right(step, count, batch_size, seed)[:-1]


def factor(number):
    """An answer whose factor keeps seeds and epochs apart for a while."""
    return from_order(drawn(lambda seed, epoch: number * seed + epoch))


WRONG = [
    Answer(NAME, "a factor of 10", factor(10), "never reaches"),
    Answer(NAME, "a factor of 100", factor(100), "never reaches"),
    Answer(NAME, "a factor of 100 on the epoch", from_order(
        drawn(lambda s, e: 100 * e + s)), "never reaches"),
    Answer(NAME, "the number of images for a factor", lambda step, count, size, seed:
           factor(count)(step, count, size, seed), "never reaches"),
    Answer(NAME, "their exclusive or", from_order(
        drawn(lambda s, e: s ^ e)), "two runs"),
    Answer(NAME, "the epoch above 32 bits", from_order(
        drawn(lambda s, e: (e << 32) + s)), "32 bits"),
    Answer(NAME, "a drawn order, rolled on", from_order(rolled_on), "moved on"),
    Answer(NAME, "batches exchanged", batches_exchanged, "change places"),
    Answer(NAME, "one too few", one_too_few, "(place + 1)"),
    Answer(NAME, "divmod the wrong way round", lambda step, count, size, seed: mix(
        count, seed, step % (count // size))[step // (count // size) * size:][:size],
        "epoch first"),
    Answer(NAME, "the shared generator", shared_seed, "everybody shares"),
    Answer(NAME, "Python's shared generator", shared_python, "everybody shares"),
    Answer(NAME, "no seed", unseeded, "everybody shares"),
    Answer(NAME, "a generator without a seed", own_unseeded, "without a seed"),
    Answer(NAME, "the rest as a batch", rest_kept, "left out"),
    Answer(NAME, "epochs that drift", drifting, "left out"),
    Answer(NAME, "a batch that wraps round", wrapping, "left out"),
    Answer(NAME, "no second epoch", no_epochs, "count //"),
    Answer(NAME, "drawn with replacement", with_replacement, "replacement"),
    Answer(NAME, "a new order for each step", new_each_step, "all steps of an epoch"),
    Answer(NAME, "slices that overlap", sliding, "overlap"),
    Answer(NAME, "the first slice", first_batch, "same batch"),
    Answer(NAME, "epochs one by one", replayed, "earlier epochs"),
    Answer(NAME, "an iterator", remembering(), "nothing kept"),
    Answer(NAME, "nothing shuffled", from_order(ordered), "nothing is shuffled"),
    Answer(NAME, "rolled on", from_order(rolled), "nothing is shuffled"),
    Answer(NAME, "the seed alone", from_order(drawn(lambda s, e: s)), "epoch is not"),
    Answer(NAME, "the epoch alone", from_order(drawn(lambda s, e: e)), "seed is not"),
    Answer(NAME, "the seed above 32 bits", from_order(
        drawn(lambda s, e: (s << 32) + e)), "32 bits"),
    Answer(NAME, "NumPy's shared generator", shared_numpy, "everybody shares"),
    Answer(NAME, "their sum", from_order(drawn(lambda s, e: s + e)), "seed + epoch"),
    Answer(NAME, "their product", from_order(drawn(lambda s, e: s * e)),
           "seed * epoch"),
    Answer(NAME, "a fixed seed", from_order(drawn(lambda s, e: 0)), "epoch is not"),
    Answer(NAME, "counted from 1", lambda *case: right(*case) + 1, "counted from 0"),
    Answer(NAME, "floats", lambda *case: right(*case).float(), "whole number"),
    Answer(NAME, "the whole order", lambda step, count, size, seed: mix(count, seed, 0),
           "one batch"),
    Answer(NAME, "a pair", lambda *case: (right(*case), case[0]), "numbers of the"),
    Answer(NAME, "nothing", without_return, "without a return"),
    Answer(NAME, "four steps an epoch, always", for_the_shown_size, "count //"),
    Answer(NAME, "a number, no function", 5, "brackets"),
]
