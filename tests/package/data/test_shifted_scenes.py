"""Shifted scenes: the usual ones with one thing changed, the same on every machine."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import pytest
import torch

from resattn_tutorial.data import items
from resattn_tutorial.data.items import SPLITS, load_items
from resattn_tutorial.data.scenes import Plan, Scenes, load_scenes, plan_scenes
from resattn_tutorial.data.shifted_scenes import SHIFTS, load_shifted_scenes

COUNT = 130                                          # more than a block
SHIFTED = tuple(name for name in SHIFTS if name != "none")
# The first digits of the sha256 of the first 64 test scenes: images, labels, objects.
RECORDED = {
    "none": "b0bc2de70c8532a8",
    "clutter": "ea14e0bab3733ac3",
    "dark": "acc93946e908be21",
    "bright": "77be92fad8346510",
    "stripes": "82c5462acee0de2c",
    "cut": "7b85bee5df60869a",
}


@pytest.fixture(scope="module")
def usual() -> Scenes:
    return load_scenes("test", COUNT)


@pytest.fixture(scope="module")
def shifted() -> dict[str, Scenes]:
    return {name: load_shifted_scenes("test", COUNT, name) for name in SHIFTS}


def sha256(scenes: Scenes) -> str:
    digest = hashlib.sha256()
    for part in scenes:
        digest.update(part.numpy().tobytes())
    return digest.hexdigest()


def same(one: Scenes, other: Scenes) -> bool:
    return all(map(torch.equal, one, other))


class Piece(NamedTuple):
    """A square to paste: the item it is cut of, from where, how wide, to where."""

    item: int
    corner: tuple[int, int]
    size: int
    place: tuple[int, int]
    colour: tuple[int, int, int]


def pieces_of(plan: Plan, scene: int) -> list[Piece]:
    """The six fragments and the item of a usual scene."""
    sizes = (10, 10, 10, 8, 8, 8, 20)
    return [
        Piece(
            int(plan.items[scene, p]), tuple(map(int, plan.corners[scene, p])),
            size, tuple(map(int, plan.places[scene, p])),
            tuple(map(int, plan.colours[scene, p])),
        )
        for p, size in enumerate(sizes)
    ]


def painted(ground: list, pieces: list[Piece]) -> tuple[np.ndarray, np.ndarray]:
    """One scene pixel by pixel: image and object; beyond the edges nothing is drawn.

    ``ground`` is 32 rows of 32 lists of red, green and blue.
    """
    image = [[list(map(int, pixel)) for pixel in row] for row in ground]
    pool = load_items("test").pixels
    for item, corner, size, place, colour in pieces:
        shown = np.zeros((32, 32), bool)
        for i in range(size):
            for j in range(size):
                row, column = place[0] + i, place[1] + j
                if not (0 <= row < 32 and 0 <= column < 32):
                    continue
                level = int(pool[item][corner[0] + i, corner[1] + j])
                alpha = min(32 * level, 255)
                pixel = image[row][column]
                for c in range(3):
                    new = colour[c] * level * 4 // 255
                    pixel[c] = (pixel[c] * (255 - alpha) + new * alpha + 127) // 255
                shown[row, column] = alpha > 127
    return np.array(image).transpose(2, 0, 1), shown


def draws(name: str) -> np.random.RandomState:
    """The draws of a shift of the test scenes, which are the second split."""
    return np.random.RandomState([0, 1, 2 + list(SHIFTS).index(name)])


def dark(plan: Plan, scene: int) -> tuple[list, list[Piece]]:
    return plan.grounds[scene] // 4, pieces_of(plan, scene)


def bright(plan: Plan, scene: int) -> tuple[list, list[Piece]]:
    return 255 - (255 - plan.grounds[scene]) // 4, pieces_of(plan, scene)


def stripes(plan: Plan, scene: int) -> tuple[list, list[Piece]]:
    """Four pixels of the one, four of the other."""
    random = draws("stripes")
    upright = random.randint(0, 2, 100, dtype=np.int64)[scene]
    start = random.randint(0, 8, 100, dtype=np.int64)[scene]
    ground = plan.grounds[scene].tolist()
    for i in range(32):
        for j in range(32):
            low = ((j if upright else i) + start) % 8 < 4
            ground[i][j] = [
                v // 2 if low else 255 - (255 - v) // 2 for v in ground[i][j]
            ]
    return ground, pieces_of(plan, scene)


def clutter(plan: Plan, scene: int) -> tuple[list, list[Piece]]:
    """Six fragments of other scenes, six more, and then the usual ones."""
    random, beneath = draws("clutter"), []
    for _ in range(2):
        mixed = [random.permutation(100)[scene] for _ in range(7)]
        beneath += [pieces_of(plan, mixed[p])[p] for p in range(6)]
    return plan.grounds[scene], [*beneath, *pieces_of(plan, scene)]


def cut(plan: Plan, scene: int) -> tuple[list, list[Piece]]:
    """The item lies eight pixels beyond the upper, lower, left or right edge."""
    edge = draws("cut").randint(0, 4, 100, dtype=np.int64)[scene]
    *fragments, item = pieces_of(plan, scene)
    row, column = item.place
    place = [(-8, column), (20, column), (row, -8), (row, 20)][edge]
    return plan.grounds[scene], [*fragments, item._replace(place=place)]


PLAIN = {
    "dark": dark, "bright": bright, "stripes": stripes, "clutter": clutter, "cut": cut,
}


@pytest.mark.parametrize(("split", "seed"), [("train", 7), ("test", 0), ("few", 1)])
def test_without_a_shift_they_are_exactly_the_usual_scenes(split, seed):
    found = load_shifted_scenes(split, COUNT, "none", seed)
    assert same(found, load_scenes(split, COUNT, seed))


@pytest.mark.parametrize("name", SHIFTS)
def test_the_first_shifted_scenes_are_the_same_under_every_version(name):
    found = load_shifted_scenes("test", 64, name)
    assert sha256(found)[:16] == RECORDED[name]


@pytest.mark.parametrize("name", SHIFTS)
def test_shapes_types_and_labels_are_those_of_the_usual_scenes(name, usual, shifted):
    for found, part in zip(shifted[name], usual, strict=True):
        assert found.shape == part.shape and found.dtype == part.dtype
    assert torch.equal(shifted[name].labels, usual.labels)


@pytest.mark.parametrize("name", SHIFTED)
def test_every_shift_changes_every_image(name, usual, shifted):
    changed = (shifted[name].images != usual.images).flatten(1).any(dim=1)
    assert changed.all()


@pytest.mark.parametrize("name", SHIFTED)
def test_asking_for_more_scenes_leaves_the_first_as_they_were(name, shifted):
    some = load_shifted_scenes("test", 64, name)
    assert same(some, Scenes(*(part[:64] for part in shifted[name])))


@pytest.mark.parametrize("name", SHIFTED)
def test_another_seed_or_split_gives_other_scenes(name, shifted):
    first = shifted[name].images[:64]
    assert not torch.equal(load_shifted_scenes("test", 64, name, 1).images, first)
    assert not torch.equal(load_shifted_scenes("train", 64, name).images, first)


@pytest.mark.parametrize("name", ["clutter", "dark", "bright", "stripes"])
def test_a_shift_of_the_ground_leaves_the_items_where_they_are(name, usual, shifted):
    assert torch.equal(shifted[name].objects, usual.objects)


@pytest.mark.parametrize("name", SHIFTED)
def test_shifted_scenes_equal_those_of_a_plain_painter(name, shifted):
    plan = next(plan_scenes("test"))
    for scene in (0, 1, 2, 57, 99):
        image, shown = painted(*PLAIN[name](plan, scene))
        assert np.array_equal(shifted[name].images[scene], image)
        assert np.array_equal(shifted[name].objects[scene], shown)


def test_grounds_are_as_dark_and_as_bright_as_their_words_say():
    """The median dark one is like the darkest tenth of the usual ones, and the least
    bright one is brighter than any usual one.
    """
    plans = plan_scenes("train")
    means = np.concatenate([next(plans).grounds.mean(axis=(1, 2, 3)) for _ in range(3)])
    assert means.min() < np.median(means) / 4 < np.quantile(means, 0.1)
    assert 255 - (255 - means.min()) / 4 > means.max()


def test_the_clutter_of_a_scene_is_made_of_fragments_of_its_own_split(monkeypatch):
    before = load_shifted_scenes("test", 64, "clutter")
    everything = items._read_items(items.ITEMS_FILE)
    foreign = everything.copy()
    foreign[SPLITS["train"].rows] = 0
    monkeypatch.setattr(items, "_read_items", lambda file: foreign)
    assert same(load_shifted_scenes("test", 64, "clutter"), before)


def moved(mask: np.ndarray, down: int, right: int) -> np.ndarray:
    """A mask moved over the edge of its frame, with nothing following."""
    found = np.zeros_like(mask)
    for i, j in zip(*np.nonzero(mask), strict=True):
        if 0 <= i + down < len(mask) and 0 <= j + right < len(mask):
            found[i + down, j + right] = True
    return found


def test_an_item_is_pushed_eight_pixels_over_one_edge(usual, shifted):
    """Its mask is the usual one, moved to the edge and on; all edges come up."""
    plan = next(plan_scenes("test"))
    edges = []
    for scene in range(100):
        row, column = (int(n) for n in plan.places[scene, -1])
        pushes = {
            "top": (-row - 8, 0), "bottom": (12 - row + 8, 0),
            "left": (0, -column - 8), "right": (0, 12 - column + 8),
        }
        mask = usual.objects[scene].numpy()
        found = shifted["cut"].objects[scene].numpy()
        fits = [
            edge for edge, push in pushes.items()
            if np.array_equal(moved(mask, *push), found)
        ]
        assert fits
        edges += fits if len(fits) == 1 else []
    # A quarter each, with a deviation of some four.
    assert all(10 < edges.count(edge) < 42 for edge in pushes)


@pytest.mark.parametrize("split", ["train", "test", "large test"])
def test_of_no_item_does_the_edge_leave_nothing(split):
    seen = load_items(split).pixels >= 4             # four of 63: more than half hidden
    for left in (seen[:, 8:], seen[:, :-8], seen[:, :, 8:], seen[:, :, :-8]):
        assert left.sum(axis=(1, 2)).min() >= 4


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("test", 10, "cloudy"), ValueError, "shift must be one of none, clutter, da"),
        (("test", 10, "stripe"), ValueError, "Did you mean stripes?"),
        (("test", 10, None), ValueError, "shift must be one of none"),
        (("valid", 10, "cut"), ValueError, "split must be one of 'train'"),
        (("test", 0, "cut"), ValueError, "count must be at least 1, got 0"),
        (("test", 10**30, "cut"), ValueError, "count must be at most 1,000,000"),
        (("test", 2.5, "cut"), TypeError, "count must be a whole number, got 2.5"),
        (("test", 10, "cut", -1), ValueError, "seed must be at least 0, got -1"),
        (("test", 10, "none", 2**32), ValueError, "seed must be below 2**32"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments, error, words):
    with pytest.raises(error) as refusal:
        load_shifted_scenes(*arguments)
    assert words in str(refusal.value)
