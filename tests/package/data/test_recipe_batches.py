"""Batches as a recipe says: small images and photographs, from any step, in parts."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.data.mixup import draw_share, mix
from resattn_tutorial.data.photo_loader import PhotoBatches
from resattn_tutorial.data.random_erasing import draw_rectangles, erase
from resattn_tutorial.data.recipe_batches import RecipeBatches
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import ALONE, Process

CPU = torch.device("cpu")
PLAIN = Recipe("plain", 20, 4, 0.1, size=12)
ADDED = [
    {"mixup": 0.4}, {"random_erasing": 0.6}, {"mixup": 1.0, "random_erasing": 0.5},
]


def small() -> ImageSet:
    """Noise; 18 images are four batches of four, and two left over."""
    draw = torch.Generator().manual_seed(0)
    images = torch.randint(256, (18, 3, 8, 8), dtype=torch.uint8, generator=draw)
    classes = tuple("abc")
    return ImageSet("noise", "made up", classes, images, torch.arange(18) % 3)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> PhotoSet:
    root = tmp_path_factory.mktemp("album")
    for number in range(10):
        pixels = np.random.RandomState(number).randint(0, 256, (20 + number, 30, 3))
        path = root / f"train/{'ab'[number % 2]}/{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    found = open_set(root, "train")
    assert isinstance(found, PhotoSet)
    return found


@pytest.fixture(params=["small images", "photographs"])
def images(request, photographs, monkeypatch) -> ImageSet | PhotoSet:
    monkeypatch.setattr("resattn_tutorial.data.photo_loader.cores", lambda: 0)
    return small() if request.param == "small images" else photographs


def taken(batches, step: int, count: int):
    return list(itertools.islice(batches.starting_at(step), count))


def same(first, second) -> bool:
    return len(first) == len(second) and all(
        torch.equal(x, u) and torch.equal(y, v)
        for (x, y), (u, v) in zip(first, second, strict=True)
    )


def by_hand(images, added: dict, count: int):
    """Batches from the first step on, erased and mixed here."""
    steps, found = len(images.labels) // 4, []
    plain = taken(images.loader(PLAIN, 3, CPU), 0, count)
    for step, (x, y) in enumerate(plain):
        epoch, place = divmod(step, steps)
        if chance := added.get("random_erasing"):
            drawn = draw_rectangles(
                len(images.labels), *x.shape[2:], chance, 3, epoch
            )
            x = erase(x, drawn[4 * place:4 * place + 4])
        if alpha := added.get("mixup"):
            x, y = mix(x, y, draw_share(alpha, 3, step), len(images.classes))
        found.append((x, y))
    return found


def test_without_additions_a_set_s_batches_are_what_they_were(images):
    kind = ByteBatches if isinstance(images, ImageSet) else PhotoBatches
    assert type(images.loader(PLAIN, 3, CPU)) is kind


@pytest.mark.parametrize("added", ADDED)
def test_they_are_the_plain_ones_erased_and_then_mixed(images, added):
    batches = images.loader(replace(PLAIN, **added), 3, CPU)
    assert isinstance(batches, RecipeBatches)
    found = taken(batches, 0, 6)                     # over the end of an epoch
    assert same(found, by_hand(images, added, 6))
    assert not same(found, taken(images.loader(PLAIN, 3, CPU), 0, 6))


@pytest.mark.parametrize("added", ADDED)
def test_they_begin_at_any_step(images, added):
    batches = images.loader(replace(PLAIN, **added), 3, CPU)
    every = taken(batches, 0, 7)
    for step in range(1, 7):
        assert same(taken(batches, step, 7 - step), every[step:])


@pytest.mark.parametrize("added", ADDED)
def test_two_processes_have_the_two_halves_of_one_s_batches(images, added):
    plan = replace(PLAIN, **added)
    whole = taken(images.loader(plan, 3, CPU), 1, 5)
    halves = [
        taken(images.loader(plan, 3, CPU, Process(rank, 2)), 1, 5) for rank in (0, 1)
    ]
    joined = [
        tuple(map(torch.cat, zip(*pair, strict=True)))
        for pair in zip(*halves, strict=True)
    ]
    assert same(whole, joined)


def test_another_seed_erases_and_mixes_otherwise():
    plan = replace(PLAIN, random_erasing=0.5, mixup=0.4)
    first, other = (taken(small().loader(plan, seed, CPU), 0, 3) for seed in (3, 4))
    assert not same(first, other)


@pytest.mark.parametrize("added", ADDED)
def test_test_images_and_their_transform_stay_plain(images, added):
    batches = images.loader(replace(PLAIN, **added), 3, CPU)
    plain = images.loader(PLAIN, 3, CPU)
    assert torch.equal(batches.labels, images.labels)
    for (x, y), (u, v) in zip(
        images.test_batches(batches.transform, CPU),
        images.test_batches(plain.transform, CPU), strict=True,
    ):
        assert torch.equal(x, u) and torch.equal(y, v)


def test_a_process_with_an_odd_part_of_a_batch_to_mix_is_refused():
    plan = replace(PLAIN, batch_size=6, mixup=0.4)
    small().loader(plan, 3, CPU, ALONE)
    words = "a process's part of a batch that is mixed must be a multiple of 2, got 3"
    with pytest.raises(ValueError, match=words):
        small().loader(plan, 3, CPU, Process(0, 2))
    small().loader(replace(plan, mixup=0.0, random_erasing=1.0), 3, CPU, Process(0, 2))
