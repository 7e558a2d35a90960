"""Answers to *A training that goes on*."""

from __future__ import annotations

import copy
import io
import itertools
import os

import torch
import torch.nn.functional as F

from tests.banks import Answer

NAME = "training"


def learned(run, images, labels, rate):
    """One step, with the rate of the step."""
    run.optimizer.param_groups[0]["lr"] = rate(run.step)
    loss = F.cross_entropy(run.network(images), labels)
    run.optimizer.zero_grad()
    loss.backward()
    run.optimizer.step()
    run.step += 1


def taken(run):
    return {
        "network": run.network.state_dict(), "optimizer": run.optimizer.state_dict(),
        "step": run.step, "random": torch.get_rng_state(),
    }


def put_back(run, kept):
    run.network.load_state_dict(kept["network"])
    run.optimizer.load_state_dict(kept["optimizer"])
    run.step = kept["step"]
    torch.set_rng_state(kept["random"])


def replaced(run, path):
    """The checkpoint, by a draft beside it."""
    draft = path.with_suffix(".draft")
    torch.save(taken(run), draft)
    os.replace(draft, path)


def by_hand(run, batches, rate, steps, path, every):
    if path.exists():
        put_back(run, torch.load(path, weights_only=True))
    run.network.train()
    feed = batches.starting_at(run.step)
    while run.step < steps:
        images, labels = next(feed)
        learned(run, images, labels, rate)
        if run.step % every == 0 or run.step >= steps:
            replaced(run, path)


def by_trying(run, batches, rate, steps, path, every):
    try:
        put_back(run, torch.load(path, weights_only=True))
    except FileNotFoundError:
        run.step = 0
    run.network.train()
    for images, labels in batches.starting_at(run.step):
        if run.step >= steps:
            break
        learned(run, images, labels, rate)
        if not (run.step % every and run.step < steps):
            packed = io.BytesIO()
            torch.save(taken(run), packed)
            path.with_name("draft").write_bytes(packed.getvalue())
            os.replace(path.with_name("draft"), path)


def stage_by_stage(run, batches, rate, steps, path, every):
    if path.is_file():
        put_back(run, torch.load(path))
    run.network.train(True)
    while run.step < steps:
        goal = min((run.step // every + 1) * every, steps)
        part = itertools.islice(batches.starting_at(run.step), goal - run.step)
        for images, labels in part:
            learned(run, images, labels, rate)
        replaced(run, path)


RIGHT = [
    Answer(NAME, "all by hand", by_hand),
    Answer(NAME, "tried, and packed in memory", by_trying),
    Answer(NAME, "from one checkpoint to the next", stage_by_stage),
]


def backup(run, batches, rate, steps, path, every):
    if path.exists():
        put_back(run, torch.load(path))
    run.network.train()
    for images, labels in itertools.islice(batches.starting_at(run.step),
                                           steps - run.step):
        learned(run, images, labels, rate)
        if run.step % every == 0 or run.step == steps:
            torch.save(taken(run), path.with_suffix(".new"))
            path.unlink(missing_ok=True)
            os.replace(path.with_suffix(".new"), path)


def endless(run, batches, rate, steps, path, every):
    if path.exists():
        put_back(run, torch.load(path))
    for images, labels in batches.starting_at(run.step):
        learned(run, images, labels, rate)
        if run.step % every == 0:
            replaced(run, path)


def in_a_variable(run, batches, rate, steps, path, every, kept={}):  # noqa: B006
    if kept.get("path") == path:
        put_back(run, kept)
    feed = batches.starting_at(run.step)
    while run.step < steps:
        learned(run, *next(feed), rate)
        if run.step % every == 0 or run.step == steps:
            kept.update(copy.deepcopy(taken(run)), path=path)


def without_the_file(run, batches, rate, steps, path, every):
    put_back(run, torch.load(path))
    by_hand(run, batches, rate, steps, path, every)


WRONG = [
    Answer(NAME, "the old one removed first", backup, "for a moment"),
    Answer(NAME, "without end", endless, "without end"),
    Answer(NAME, "kept in a variable", in_a_variable, "nothing is written"),
    Answer(NAME, "read without looking", without_the_file, "at first"),
]
