"""Answers to *How long it takes*."""

from __future__ import annotations

import math
from datetime import timedelta
from fractions import Fraction

import torch

from resattn_tutorial.cost.imagenet import DAY, cores_needed, predicted_seconds
from tests.banks import Answer

NAME = "training_days"


def longer_of_two(steps, batch, gpus, gpu_rate, cores, core_rate):
    images = steps * batch
    learning = images / (gpus * gpu_rate)
    reading = images / (cores * core_rate)
    return max(learning, reading) / (24 * 60 * 60)


def by_the_step(steps, batch, gpus, gpu_rate, cores, core_rate):
    """Each GPU learns from its share of a batch."""
    share = batch / gpus
    seconds = max(share / gpu_rate, batch / core_rate / cores)
    return timedelta(seconds=steps * seconds) / timedelta(days=1)


def by_cases(steps, batch, gpus, gpu_rate, cores, core_rate):
    rate = gpus * gpu_rate
    if cores < cores_needed(rate, core_rate):
        rate = cores * core_rate
    return predicted_seconds(steps, batch, rate) / DAY


def in_fractions(steps, batch, gpus, gpu_rate, cores, core_rate):
    rates = gpus * Fraction(gpu_rate), cores * Fraction(core_rate)
    return Fraction(steps * batch) / min(rates) / 86400


RIGHT = [
    Answer(NAME, "the longer of two times", longer_of_two),
    Answer(NAME, "step by step", by_the_step),
    Answer(NAME, "are the cores enough", by_cases),
    Answer(NAME, "in fractions", in_fractions),
]


def timed(pace=min, day=86400, end=lambda days: days):
    """Images, through a pace of both, over the seconds of a day."""
    def answer(steps, batch, gpus, gpu_rate, cores, core_rate):
        both = pace(gpus * gpu_rate, cores * core_rate)
        return end(steps * batch / both / day)

    return answer


def gpus_forgotten_in_hours(steps, batch, gpus, gpu_rate, cores, core_rate):
    return steps * batch / min(gpu_rate, cores * core_rate) / 3600


def steps_alone_in_hours(steps, batch, gpus, gpu_rate, cores, core_rate):
    return steps / min(gpus * gpu_rate, cores * core_rate) / 3600


def equal_forgotten(steps, batch, gpus, gpu_rate, cores, core_rate):
    learning, reading = gpus * gpu_rate, cores * core_rate
    if learning < reading:
        rate = learning
    elif reading < learning:
        rate = reading
    return steps * batch / rate / 86400


def wait_added(steps, batch, gpus, gpu_rate, cores, core_rate):
    learning = steps * batch / (gpus * gpu_rate)
    reading = steps * batch / (cores * core_rate)
    return (learning + abs(reading - learning)) / 86400


def rounded_steps(steps, batch, gpus, gpu_rate, cores, core_rate):
    seconds = batch / min(gpus * gpu_rate, cores * core_rate)
    return steps * round(seconds, 2) / 86400


def whole_gpus(steps, batch, gpus, gpu_rate, cores, core_rate):
    """As many GPUs as the cores can feed."""
    fed = min(gpus, math.floor(cores * core_rate / gpu_rate))
    return steps * batch / (max(fed, 1) * gpu_rate) / 86400


WRONG = [
    Answer(NAME, "hours, and GPUs forgotten", gpus_forgotten_in_hours, "; and "),
    Answer(NAME, "hours, and steps alone", steps_alone_in_hours, "; and "),
    Answer(NAME, "minutes, of the faster", timed(max, 60), "; and "),
    Answer(NAME, "seconds, of both rates added",
           timed(lambda one, other: one + other, 1), "; and "),
    Answer(NAME, "equally fast is left out", equal_forgotten, "equally fast"),
    Answer(NAME, "a tensor", timed(end=torch.tensor), ".item()"),
    Answer(NAME, "days and hours", timed(end=lambda days: divmod(days, 1)),
           "one number"),
    Answer(NAME, "a timedelta", timed(end=lambda days: timedelta(days)), "one number"),
    Answer(NAME, "text", timed(end=lambda days: f"{days:.1f} days"), "one number"),
    Answer(NAME, "printed", timed(end=print), "without a return"),
    Answer(NAME, "waiting is added, even below 0", wait_added, None),
    Answer(NAME, "a step's seconds are rounded", rounded_steps, None),
    Answer(NAME, "only as many GPUs as are fed", whole_gpus, None),
]
