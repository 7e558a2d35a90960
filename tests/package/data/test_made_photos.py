"""Photographs made of scenes: which pixels, in which files, whole or not at all."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from resattn_tutorial.data import made_photos as module
from resattn_tutorial.data.datasets import PhotoSet, open_set
from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.made_photos import (
    draw_sizes,
    enlarged,
    made_photos,
    make_photo_folder,
)
from resattn_tutorial.data.photo_loader import PhotoBatches
from resattn_tutorial.data.scenes import load_scenes

CPU = torch.device("cpu")
# Of the first photograph of each class, seed 0: what every machine must make.
FIRST = {
    "train": "e86edc1a4bfed319668fed84563998acbab07493c8022e35f84a7544e23a51a0",
    "test": "89243ac0968b0e76f724fe0871c96fc81b1c3c54dba7165bf375669377299404",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes, four photographs of each in both splits."""
    return make_photo_folder(tmp_path_factory.mktemp("made") / "photos", 4, 3)


def digest(photos: list[module.MadePhoto]) -> str:
    found = hashlib.sha256()
    for kind, pixels in photos:
        found.update(f"{kind} {pixels.shape}".encode() + pixels.tobytes())
    return found.hexdigest()


def files(root: Path) -> list[str]:
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


# The pixels


@pytest.mark.parametrize("split", FIRST)
def test_the_pixels_are_the_same_on_every_machine(split: str) -> None:
    assert digest(list(made_photos(split, 1))) == FIRST[split]


@pytest.mark.parametrize("split", ["train", "test"])
def test_photographs_show_the_scenes_of_their_classes(split: str) -> None:
    """Corners lie on corners, so four pixels are the scene's own."""
    scenes = load_scenes(split, 40, seed=3)
    wanted = [n for n in range(40) if scenes.labels[n] < 3]
    photos = list(made_photos(split, 4, 3, seed=3))
    assert len(photos) == len(wanted) == 12
    for photo, number in zip(photos, wanted, strict=True):
        assert photo.kind == CLASSES[scenes.labels[number]]
        corners = photo.pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
        scene = scenes.images[number].permute(1, 2, 0).numpy()
        assert np.array_equal(corners, scene[[0, 0, -1, -1], [0, -1, 0, -1]])


def test_each_class_comes_once_before_one_comes_again() -> None:
    kinds = [photo.kind for photo in made_photos("train", 3, 4)]
    for first in range(0, 12, 4):
        assert set(kinds[first : first + 4]) == set(CLASSES[:4])


def test_more_photographs_and_more_classes_leave_the_first_as_they_were() -> None:
    few, many = list(made_photos("test", 2, 2)), list(made_photos("test", 3, 5))
    known = {digest([photo]) for photo in many}
    assert all(digest([photo]) in known for photo in few)


def test_another_seed_and_another_split_give_others() -> None:
    marks = {
        digest(list(made_photos(split, 1, seed=seed)))
        for split, seed in itertools.product(("train", "test"), (0, 1))
    }
    assert len(marks) == 4


def test_sizes_are_those_of_small_photographs_lying_and_upright() -> None:
    sizes = draw_sizes("train", 3_000, 0)
    short, long = sizes.min(axis=1), sizes.max(axis=1)
    assert (short.min(), short.max()) == (96, 128)
    assert (long.min(), long.max()) == (96, 160)
    assert (long - short).max() == 32 and len(set(map(tuple, sizes))) > 1_000
    lying = (sizes[:, 1] > sizes[:, 0]).mean()
    assert 0.4 < lying < 0.6


# Enlarging


def slowly(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Each pixel by itself, in fractions."""
    found = np.empty((height, width, 3), np.uint8)
    rows, columns = image.shape[0] - 1, image.shape[1] - 1
    for i, j in itertools.product(range(height), range(width)):
        y, x = Fraction(i * rows, height - 1), Fraction(j * columns, width - 1)
        top, left = min(int(y), rows - 1), min(int(x), columns - 1)
        down, right = y - top, x - left
        for colour in range(3):
            (a, b), (c, d) = image[top : top + 2, left : left + 2, colour].tolist()
            upper, lower = a + (b - a) * right, c + (d - c) * right
            level = upper + (lower - upper) * down
            found[i, j, colour] = int(level + Fraction(1, 2))
    return found


@pytest.mark.parametrize(("height", "width"), [(9, 14), (4, 5), (2, 2), (3, 25)])
def test_every_pixel_is_the_mean_of_its_four_neighbours(
    height: int, width: int
) -> None:
    image = np.random.RandomState(0).randint(0, 256, (4, 5, 3)).astype(np.uint8)
    assert np.array_equal(enlarged(image, height, width), slowly(image, height, width))


def test_it_is_torch_s_bilinear_interpolation_but_for_rounding() -> None:
    image = np.random.RandomState(1).randint(0, 256, (32, 32, 3)).astype(np.uint8)
    theirs = F.interpolate(
        torch.from_numpy(image).permute(2, 0, 1)[None].double(), size=(160, 101),
        mode="bilinear", align_corners=True,
    )[0].permute(1, 2, 0)
    ours = torch.from_numpy(enlarged(image, 160, 101)).double()
    assert (ours - theirs).abs().max() <= 0.5 + 1e-9


def test_white_and_black_stay_white_and_black() -> None:
    for level in (0, 255):
        image = np.full((32, 32, 3), level, np.uint8)
        assert (enlarged(image, 160, 97) == level).all()


# The folder


def test_a_folder_has_both_splits_and_as_many_of_each_class(folder: Path) -> None:
    assert files(folder) == sorted(
        f"{split}/{kind}/{number:05}.jpg"
        for split in ("train", "test") for kind in CLASSES[:3] for number in range(4)
    )


def test_it_opens_as_photographs_of_several_sizes(folder: Path) -> None:
    for split in ("train", "test"):
        found = open_set(folder, split)
        assert isinstance(found, PhotoSet) and found.form == "image files (.jpg)"
        assert found.classes == tuple(sorted(CLASSES[:3]))
        assert Counter(found.labels.tolist()) == {0: 4, 1: 4, 2: 4}
        sizes = set()
        for file in found.files:
            with Image.open(file) as image:
                assert image.format == "JPEG" and image.mode == "RGB"
                sizes.add(image.size)
        assert len(sizes) > 6


def test_the_files_hold_the_photographs_as_well_as_a_jpeg_can(folder: Path) -> None:
    photos, counts = made_photos("train", 4, 3), Counter()
    for kind, pixels in photos:
        file = folder / "train" / kind / f"{counts[kind]:05}.jpg"
        counts[kind] += 1
        with Image.open(file) as image:
            seen = np.array(image)
        assert seen.shape == pixels.shape
        assert np.abs(seen.astype(int) - pixels).mean() < 12


@pytest.mark.slow
def test_imagenet_s_loader_reads_it_whoever_reads(folder: Path) -> None:
    photos, taken = open_set(folder, "train"), []
    for workers in (0, 2):
        batches = PhotoBatches(photos, 6, 0, CPU, 64, workers=workers)
        taken.append(list(itertools.islice(batches.starting_at(0), 3)))
    for (x, y), (u, v) in zip(*taken, strict=True):
        assert x.shape == (6, 3, 64, 64)
        assert torch.equal(x, u) and torch.equal(y, v)


# Whole or not at all


def names(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_an_empty_folder_is_filled_and_missing_parents_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert make_photo_folder(tmp_path / "empty", 1, 2) == tmp_path / "empty"
    assert make_photo_folder(str(tmp_path / "a/b"), 1, 2) == tmp_path / "a/b"
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    make_photo_folder(tmp_path / "link", 1, 2)
    for name in ("empty", "a/b", "elsewhere"):
        assert names(tmp_path / name) == ["test", "train"]
    assert names(tmp_path) == ["a", "elsewhere", "empty", "link"]


@pytest.mark.parametrize("kept", ["mine.txt", ".hidden"])
def test_a_folder_that_holds_anything_is_refused_and_left(
    tmp_path: Path, kept: str
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / kept).write_text("mine")
    with pytest.raises(FileExistsError) as refusal:
        make_photo_folder(tmp_path / "photos", 1, 2)
    place = tmp_path / "photos"
    words = f"folder must be new or empty, got {place}, which holds {kept}."
    assert str(refusal.value) == words
    assert names(place) == [kept] and names(tmp_path) == ["photos"]


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("mine")
    with pytest.raises(FileExistsError, match="new or empty, got the file .*photos"):
        make_photo_folder(tmp_path / "photos", 1, 2)
    assert (tmp_path / "photos").read_text() == "mine"


@pytest.mark.parametrize("fault", [OSError(28, "No space left"), KeyboardInterrupt()])
def test_what_fails_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    written, write = [], module.write_jpeg

    def fail(path: Path, pixels: np.ndarray) -> None:
        if len(written) == 5:
            raise fault
        written.append(path)
        write(path, pixels)
        assert not (tmp_path / "photos").exists()

    monkeypatch.setattr(module, "write_jpeg", fail)
    with pytest.raises(type(fault)):
        make_photo_folder(tmp_path / "photos", 2, 2)
    assert len(written) == 5 and names(tmp_path) == []


def test_what_came_into_the_folder_meanwhile_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "photos"

    def come(path: Path, pixels: np.ndarray) -> None:
        place.mkdir(exist_ok=True)
        (place / "theirs").write_text("theirs")

    monkeypatch.setattr(module, "write_jpeg", come)
    with pytest.raises(FileExistsError, match="which holds theirs"):
        make_photo_folder(place, 1, 2)
    assert names(place) == ["theirs"] and names(tmp_path) == ["photos"]


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda x: make_photo_folder(x, 0), ValueError, "images_per_class must be at le"),
    (lambda x: make_photo_folder(x, 2.5), TypeError, "images_per_class must be a wh"),
    (lambda x: make_photo_folder(x, 10**9), ValueError, "images_per_class must be at"),
    (lambda x: make_photo_folder(x, 1, 1), ValueError, "classes must be at least 2"),
    (lambda x: make_photo_folder(x, 1, 11), ValueError, "classes must be at most 10"),
    (lambda x: make_photo_folder(x, 1, 2, -1), ValueError, "seed must be at least 0"),
    (lambda x: make_photo_folder(None, 1), TypeError, "folder must be a path"),
    (lambda x: make_photo_folder("", 1), ValueError, "folder must be a path, got ''"),
    (lambda x: list(made_photos("val", 1)), ValueError, "split must be one of train"),
    (lambda x: enlarged(np.zeros((4, 4, 3), np.uint8), 1, 9), ValueError, "height mus"),
])
def test_what_no_folder_can_be_made_of_is_refused(
    tmp_path: Path, call: Callable[[Path], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        call(tmp_path / "photos")
    assert names(tmp_path) == []
