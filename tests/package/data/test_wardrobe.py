"""A wardrobe in photographs: which pixels, in which files, whole or not at all."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resattn_tutorial.data import wardrobe as module
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.items import CLASSES, SPLITS, load_items
from resattn_tutorial.data.made_photos import enlarged
from resattn_tutorial.data.wardrobe import (
    ITEMS,
    KINDS,
    LARGEST,
    SIDE,
    SMALLEST,
    Setting,
    Shot,
    draw_ground,
    draw_setting,
    make_wardrobe,
    series_of,
    take,
    wardrobe_shots,
)

# Of the first two pieces of each kind, two shots each: what every machine must make.
FIRST = {
    "train": "e249caba8b4c3f3462b5786057a45200fd61eb77f19edfd85dfcd36d765675f2",
    "test": "6b0b52d3e26f5006575585c71bc025a55ecfd7b8725fca634614c8538c0b8abd",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pieces of each kind with two shots, and two to test on."""
    return make_wardrobe(tmp_path_factory.mktemp("made") / "wardrobe", 3, 2, 2, seed=1)


def digest(shots: Iterable[Shot]) -> str:
    found = hashlib.sha256()
    for shot in shots:
        found.update(f"{shot.file} {shot.pixels.shape}".encode())
        found.update(shot.pixels.tobytes())
    return found.hexdigest()


def files(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


# Which pieces, and which shots


@pytest.mark.parametrize("split", FIRST)
def test_the_pixels_are_the_same_on_every_machine(split: str) -> None:
    assert digest(wardrobe_shots(split, 2, 2)) == FIRST[split]


def test_more_pieces_and_more_shots_leave_the_first_as_they_were() -> None:
    many = {shot.file: digest([shot]) for shot in wardrobe_shots("train", 4, 3, seed=5)}
    for pieces, shots in ((2, 3), (4, 1), (1, 2)):
        few = list(wardrobe_shots("train", pieces, shots, seed=5))
        assert len(few) == len(KINDS) * pieces * shots
        assert all(digest([shot]) == many[shot.file] for shot in few)


def test_another_seed_and_another_split_give_others() -> None:
    marks = {
        digest(wardrobe_shots(split, 1, seed=seed))
        for split, seed in itertools.product(ITEMS, (0, 1))
    }
    assert len(marks) == 4


def test_shots_come_kind_by_kind_and_piece_by_piece() -> None:
    told = [shot[:3] for shot in wardrobe_shots("test", 2, 3)]
    assert told == list(itertools.product(KINDS, (1, 2), (1, 2, 3)))


def test_no_piece_is_one_that_the_weights_learned_from_or_the_other_split_has() -> None:
    """By their rows, and by their pixels, should an item be in the file twice."""
    rows = {
        name: {(SPLITS[name].file, row) for row in SPLITS[name].rows}
        for name in ("train", *ITEMS.values())
    }
    pixels = {name: {x.tobytes() for x in load_items(name).pixels} for name in rows}
    for known in (rows, pixels):
        for one, other in itertools.combinations(known.values(), 2):
            assert not one & other


@pytest.mark.parametrize("split", ITEMS)
def test_a_kind_s_pieces_are_other_items_of_its_classes_each(
    split: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    items, seen = load_items(ITEMS[split]), []
    label_of = {x.tobytes(): label for x, label in zip(*items, strict=True)}

    def note(levels: np.ndarray, random: np.random.RandomState) -> Setting:
        seen.append(levels.tobytes())
        return draw_setting(levels, random)

    monkeypatch.setattr(module, "draw_setting", note)
    shots = list(wardrobe_shots(split, 40, 1, seed=2))
    assert len(set(seen)) == len(seen) == len(shots) == 40 * len(KINDS)
    for kind, names in KINDS.items():
        found = {
            CLASSES[label_of[levels]]
            for levels, shot in zip(seen, shots, strict=True) if shot.kind == kind
        }
        assert found == set(names)                   # all of them come, and no other


def test_there_are_pieces_enough_for_the_most_that_may_be_asked() -> None:
    for split in ITEMS.values():
        counts = np.bincount(load_items(split).labels)
        assert min(counts[CLASSES.index(name)] for names in KINDS.values()
                   for name in names) >= module.MOST_PIECES


def test_a_class_is_of_one_kind_at_most() -> None:
    names = [name for kind in KINDS.values() for name in kind]
    assert len(set(names)) == len(names) and set(names) < set(CLASSES)


# One photograph


class Still:
    """Draws what lies in the middle or is the first choice: nothing moves."""

    def randint(self, low, high, size=None, dtype=None):  # noqa: ANN001, ANN201
        return np.full(size or (), max(low, 0), np.int64)[()]


@pytest.mark.parametrize(("size", "top"), [(26, 19), (54, 5), (33, 16)])
def test_a_piece_lies_on_its_ground_in_a_light_that_falls_off(
    size: int, top: int
) -> None:
    """Pixel by pixel, with a light of 1 and nothing drawn."""
    levels = load_items("test").pixels[1700]
    ground = np.random.RandomState(0).randint(24, 232, (SIDE, SIDE, 3))
    setting = Setting(
        levels, np.array([255, 128, 96]), ground, np.array([256] * 3), size,
        np.array([SIDE // 2, SIDE // 2]),
    )
    pixels = take(setting, Still())
    assert pixels.shape == (SIDE, SIDE, 3) and pixels.dtype == np.uint8
    item = enlarged(np.stack([levels * 4] * 3, axis=-1), size, size)[..., 0]
    shades = Counter()
    for row, column in itertools.product(range(SIDE), repeat=2):
        level = 0
        if top <= row < top + size and top <= column < top + size:
            level = int(item[row - top, column - top])
        opaque = min(8 * level, 255)
        for colour, own in enumerate((255, 128, 96)):
            under = int(ground[row, column, colour])
            mixed = (under * (255 - opaque) + own * level // 255 * opaque + 127) // 255
            assert pixels[row, column, colour] == mixed * (256 - row) // 256
        shades["ground" if level == 0 else "piece" if opaque == 255 else "edge"] += 1
    assert min(shades.values()) > 20 and len(shades) == 3


@pytest.fixture(scope="module")
def settings() -> list[Setting]:
    levels = load_items("test").pixels[0]
    return [draw_setting(levels, np.random.RandomState([7, n])) for n in range(500)]


def test_sizes_places_and_lights_keep_to_their_bounds_and_reach_them(
    settings: list[Setting],
) -> None:
    sizes = [setting.size for setting in settings]
    assert (min(sizes), max(sizes)) == (SMALLEST, LARGEST)
    for setting in settings:
        room = (SIDE - setting.size) // 2
        assert np.abs(setting.place - SIDE // 2).max() <= room
    tints = np.array([setting.tint for setting in settings])
    assert 160 * 208 // 256 <= tints.min() < 140 and 340 < tints.max() <= 352
    colours = np.array([setting.colour for setting in settings])
    assert (colours.min(), colours.max()) == (96, 255)
    grounds = np.array([setting.ground for setting in settings[:100]])
    assert (grounds.min(), grounds.max()) == (24, 231)


def test_a_piece_is_never_cut_off(settings: list[Setting]) -> None:
    """A piece that is white all over, on black: its square is as large as it should."""
    white = np.full((20, 20), 63, np.uint8)
    for number, setting in enumerate(settings[:60]):
        bright = setting._replace(
            levels=white, colour=np.full(3, 255), tint=np.full(3, 256),
            ground=np.zeros((SIDE, SIDE, 3), np.int64),
        )
        seen = take(bright, np.random.RandomState(number))[..., 0] > 100
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        side = rows[-1] - rows[0] + 1
        assert side == columns[-1] - columns[0] + 1 and seen.sum() == side**2
        assert abs(side - setting.size) <= module.MOVED


def test_shots_of_a_piece_differ_and_are_nearer_than_other_pieces_are() -> None:
    shots = [shot.pixels.astype(int) for shot in wardrobe_shots("train", 2, 2, seed=3)]
    for first in range(0, len(shots), 4):
        a, b, c, d = shots[first : first + 4]
        twins = np.abs(a - b).mean(), np.abs(c - d).mean()
        assert 0 < min(twins) and max(twins) < np.abs(a - c).mean()


def style(ground: np.ndarray) -> str:
    """Which of four: by how many colours there are, and where the second one is."""
    if len(np.unique(ground.reshape(-1, 3), axis=0)) == 1:
        return "plain"
    second = (ground != ground[0, 0]).any(axis=2)
    if (second == second[:1]).all():
        return "striped"
    both_ways = second[:1] ^ second[:, :1]
    return "chequered" if (second == both_ways).all() else "spotted"


def test_grounds_are_plain_striped_chequered_and_spotted() -> None:
    grounds = [draw_ground(np.random.RandomState(seed)) for seed in range(60)]
    found = Counter(map(style, grounds))
    assert set(found) == {"plain", "striped", "chequered", "spotted"}
    assert min(found.values()) >= 6
    for ground in grounds:
        assert ground.shape == (SIDE, SIDE, 3)
        assert len(np.unique(ground.reshape(-1, 3), axis=0)) <= 2


# The folder


def test_files_are_sorted_into_kinds_and_named_by_piece_and_shot(folder: Path) -> None:
    wanted = [f"train/{kind}/{kind}-{piece:03}-{number}.png"
              for kind in KINDS for piece in (1, 2, 3) for number in (1, 2)]
    wanted += [f"test/{kind}/{kind}-{piece:03}-1.png"
               for kind in KINDS for piece in (1, 2)]
    assert files(folder) == sorted(wanted)


def test_the_files_hold_the_pixels_without_loss(folder: Path) -> None:
    for split, pieces, shots in (("train", 3, 2), ("test", 2, 1)):
        for shot in wardrobe_shots(split, pieces, shots, seed=1):
            with Image.open(folder / split / shot.kind / shot.file) as image:
                assert image.format == "PNG" and image.mode == "RGB"
                assert np.array_equal(np.array(image), shot.pixels)


def test_it_opens_as_any_folder_of_images_does(folder: Path) -> None:
    for split, each in (("train", 6), ("test", 2)):
        found = open_set(folder, split)
        assert found.classes == tuple(KINDS)
        assert Counter(found.labels.tolist()) == dict.fromkeys(range(5), each)


def test_a_file_s_series_is_its_piece() -> None:
    shots = list(wardrobe_shots("train", 2, 3))
    series = Counter(series_of(shot.file) for shot in shots)
    assert series == {f"{kind}-{piece:03}": 3 for kind in KINDS for piece in (1, 2)}
    assert series_of("shirts-007-2.png") == "shirts-007"


# Whole or not at all


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_an_empty_folder_is_filled_and_missing_parents_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "a/b"):
        assert make_wardrobe(str(place), 1, 1, 1) == place
        assert names(place) == ["test", "train"]
    assert names(tmp_path) == ["a", "empty"]


def test_a_folder_that_holds_anything_is_refused_and_left(tmp_path: Path) -> None:
    place = tmp_path / "wardrobe"
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="new or empty.*holds mine.txt"):
        make_wardrobe(place, 1, 1, 1)
    assert names(place) == ["mine.txt"] and names(tmp_path) == ["wardrobe"]


@pytest.mark.parametrize("fault", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_what_fails_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    written, write = [], module.write_png

    def fail(path: Path, pixels: np.ndarray) -> None:
        if len(written) == 6:                        # one into the test split
            raise fault
        written.append(path)
        write(path, pixels)
        assert not (tmp_path / "wardrobe").exists()

    monkeypatch.setattr(module, "write_png", fail)
    with pytest.raises(type(fault)):
        make_wardrobe(tmp_path / "wardrobe", 1, 1, 1)
    assert len(written) == 6 and names(tmp_path) == []


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda x: make_wardrobe(x, 0), ValueError, "pieces must be at least 1, got 0"),
    (lambda x: make_wardrobe(x, 201), ValueError, "pieces must be at most 200"),
    (lambda x: make_wardrobe(x, 2.5), TypeError, "pieces must be a whole number"),
    (lambda x: make_wardrobe(x, 1, 0), ValueError, "shots must be at least 1, got 0"),
    (lambda x: make_wardrobe(x, 1, 21), ValueError, "shots must be at most 20, got 21"),
    (lambda x: make_wardrobe(x, 1, "2"), TypeError, "shots must be a whole number"),
    (lambda x: make_wardrobe(x, 1, 1, 0), ValueError, "test_pieces must be at least 1"),
    (lambda x: make_wardrobe(x, 1, 1, 201), ValueError, "test_pieces must be at most"),
    (lambda x: make_wardrobe(x, seed=-1), ValueError, "seed must be at least 0"),
    (lambda x: make_wardrobe(x, seed=0.5), TypeError, "seed must be a whole number"),
    (lambda x: make_wardrobe(None), TypeError, "folder must be a path"),
    (lambda x: make_wardrobe(""), ValueError, "folder must be a path, got ''"),
    (lambda x: list(wardrobe_shots("val", 1)), ValueError, "split must be one of trai"),
    (lambda x: list(wardrobe_shots("test", 0)), ValueError, "pieces must be at least"),
    (lambda x: list(wardrobe_shots("test", 1, 0)), ValueError, "shots must be at leas"),
    (lambda x: list(wardrobe_shots("test", 1, 1, -1)), ValueError, "seed must be at l"),
])
def test_what_no_wardrobe_can_be_made_of_is_refused(
    tmp_path: Path, call: Callable[[Path], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        call(tmp_path / "wardrobe")
    assert names(tmp_path) == []
