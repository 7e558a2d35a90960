"""A folder of one's own classes: both layouts, any size, and what is refused."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resattn_tutorial.data import own_folder
from resattn_tutorial.data.own_folder import open_own_folder, split_folders
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs

SEES = SmallImageInputs(mean=(0.5, 0.5, 0.5), size=16)


def save(path: Path, seed: int, size: tuple[int, int] = (20, 16)) -> Path:
    """Noise of a seed, as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.RandomState(seed).randint(256, size=(size[1], size[0], 3))
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Two classes directly in the folder, of five images and of three."""
    for number in range(8):
        kind = "ant" if number < 5 else "bee"
        save(tmp_path / "mine" / kind / f"{number}.png", number, (20 + number, 16))
    return tmp_path / "mine"


@pytest.fixture
def parted(tmp_path: Path) -> Path:
    """Two classes in each of the three parts."""
    for number, part in enumerate(("train", "val", "test")):
        for kind in ("ant", "bee"):
            seed = 10 * number + (kind == "bee")
            save(tmp_path / "parted" / part / kind / "1.png", seed)
    return tmp_path / "parted"


def test_classes_directly_in_the_folder_are_split_and_recorded(flat: Path):
    found = open_own_folder(flat, SEES, 16, share=0.4, seed=3)
    assert found.classes == ("ant", "bee") and found.test is None
    assert Counter(found.training.labels.tolist()) == {0: 3, 1: 2}
    assert Counter(found.validation.labels.tolist()) == {0: 2, 1: 1}
    every = {*found.training.files, *found.validation.files}
    assert every == set(flat.rglob("*.png")) and len(every) == 8
    for part, names in (("training", found.training), ("validation", found.validation)):
        told = getattr(found.split, part)
        assert [f"{flat}/{name}" for kind in told for name in told[kind]] == [
            str(path) for path in names.files]
    for held in (found.training, found.validation):
        for image, label, path in zip(*held, strict=True):
            assert path.parent.name == found.classes[label]
            pixels = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)
            assert image.shape == (3, 16, 16) and image.dtype == torch.uint8
            assert torch.equal(image, SEES.middle(pixels))


def test_a_folder_s_own_parts_are_taken_as_they_are(parted: Path):
    found = open_own_folder(parted, SEES, 16)
    assert found.split is None
    for held, part in (
        (found.training, "train"), (found.validation, "val"), (found.test, "test"),
    ):
        assert held.files == (parted / part / "ant/1.png", parted / part / "bee/1.png")
        assert held.labels.tolist() == [0, 1]


def test_without_val_the_training_images_are_split_and_the_test_ones_are_not(parted):
    for path in (parted / "val").rglob("*.png"):
        path.rename(parted / "train" / path.parent.name / "2.png")
    shutil.rmtree(parted / "val")
    found = open_own_folder(parted, SEES, 16)
    assert len(found.training.labels) == len(found.validation.labels) == 2
    assert {path.parts[-3] for path in found.validation.files} == {"train"}
    assert {path.parts[-3] for path in found.test.files} == {"test"}


def test_a_share_is_refused_where_the_folder_brings_val(parted: Path, monkeypatch):
    monkeypatch.setattr(own_folder, "read_held", None)       # no image is read before
    with pytest.raises(ValueError, match="share must not be given.*parted/val holds"):
        open_own_folder(parted, SEES, 16, share=0.2)
    (parted / "val").rename(parted / "validation")
    with pytest.raises(ValueError, match="parted/validation holds the images"):
        open_own_folder(parted, SEES, 16, share=0.2)


def test_the_names_of_all_training_files_make_a_digest_and_no_place_does(
    flat: Path, tmp_path: Path
):
    first = open_own_folder(flat, SEES, 16)
    other = open_own_folder(flat, SEES, 16, share=0.4, seed=7)
    assert first.names == other.names and first.split != other.split
    shutil.copytree(flat, tmp_path / "elsewhere" / "train")
    save(tmp_path / "elsewhere" / "test" / "ant" / "1.png", 1)
    save(tmp_path / "elsewhere" / "test" / "bee" / "1.png", 1)
    save(tmp_path / "elsewhere" / "train" / "ant" / "1.png", 99)    # its name alone
    assert open_own_folder(tmp_path / "elsewhere", SEES, 16).names == first.names
    (flat / "bee" / "7.png").rename(flat / "bee" / "8.png")
    assert open_own_folder(flat, SEES, 16).names != first.names
    (flat / "bee" / "8.png").rename(flat / "bee" / "7.png")
    (flat / "bee").rename(flat / "bug")
    assert open_own_folder(flat, SEES, 16).names != first.names


def test_a_class_may_be_called_train(tmp_path: Path):
    for number, kind in enumerate(("bus", "bus", "train", "train")):
        save(tmp_path / kind / f"{number}.png", number)
    assert split_folders(tmp_path) == {"training": tmp_path}
    assert open_own_folder(tmp_path, SEES, 16).classes == ("bus", "train")


def test_a_photograph_s_middle_is_held_at_the_size_asked_for(flat: Path):
    transform = PhotoInputs(24)
    found = open_own_folder(flat, transform, 24)
    path = found.training.files[0]
    pixels = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)
    assert torch.equal(found.training.images[0], transform.middle(pixels))


def test_images_that_are_learned_from_and_validated_on_are_told(parted: Path, capsys):
    save(parted / "val" / "ant" / "1.png", 0)
    open_own_folder(parted, SEES, 16)
    assert "1 of 2 validation images are training images, too" in (
        capsys.readouterr().out)


def test_an_image_that_cannot_be_read_is_refused_or_left_out(flat: Path, capsys):
    (flat / "bee" / "9.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match="1 of the 9 images.*9.png.*--skip-damaged"):
        open_own_folder(flat, SEES, 16)
    found = open_own_folder(flat, SEES, 16, skip_damaged=True)
    assert len(found.training.labels) + len(found.validation.labels) == 8
    assert "damaged: 1" in capsys.readouterr().out


@pytest.mark.parametrize(("files", "said"), [
    ((), "it holds no folder"),
    (("ant/1.png", "ant/2.png"), "at least 2 classes.*got 1: ant"),
    (("ant/1.png", "ant/2.png", "bee/1.png"), "at least 2 images to be split.*bee has"),
    (("train/ant/1.png", "train/bee/1.png", "val/ant/1.png"), "the same classes"),
    (("train/ant/1.png", "train/bee/1.png", "test/cat/1.png"), "test cat"),
    (("val/ant/1.png", "val/bee/1.png"), "has a folder val with classes, so it must"),
    (("ant/1.png", "bee/no.txt"), "there are none of bee"),
])
def test_a_folder_of_another_form_is_refused_in_words(
    tmp_path: Path, files: tuple, said: str
):
    for number, name in enumerate(files):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".png"):
            save(path, number)
        else:
            path.write_text("no image")
    with pytest.raises(ValueError, match=said):
        open_own_folder(tmp_path, SEES, 16)


def test_a_folder_that_is_not_there_or_too_large_is_refused(flat: Path, monkeypatch):
    with pytest.raises(ValueError, match="folder must be a folder of images, got"):
        open_own_folder(flat / "nothing", SEES, 16)
    monkeypatch.setattr(own_folder, "LARGEST", 8 * 3 * 16 * 16 - 1)
    with pytest.raises(ValueError, match="fit into 6,143 bytes, got 8 of 16 x 16"):
        open_own_folder(flat, SEES, 16)


def test_a_series_is_held_out_whole(tmp_path: Path):
    for number in range(24):
        kind, piece, shot = number // 12, number // 3 % 4, number % 3
        save(tmp_path / "mine" / "ab"[kind] / f"{piece}-{shot}.png", number)
    found = open_own_folder(
        tmp_path / "mine", SEES, 16, share=0.5, seed=1, series="(.+)-"
    )
    sides = [
        {(path.parent.name, path.stem[0]) for path in held.files}
        for held in (found.training, found.validation)
    ]
    assert not sides[0] & sides[1] and list(map(len, sides)) == [4, 4]
    assert len(found.training.labels) == len(found.validation.labels) == 12


def test_a_series_that_is_parted_between_two_classes_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture
):
    """Each class counts its pieces from 0, or no name stands in two classes."""
    for way in ("alike", "apart"):
        for number in range(24):
            kind, piece, shot = number // 12, number // 3 % 4, number % 3
            name = f"{piece}-{shot}" if way == "alike" else f"{kind}{piece}-{shot}"
            save(tmp_path / way / "ab"[kind] / f"{name}.png", number)
    found = open_own_folder(tmp_path / "alike", SEES, 16, seed=1, series="(.+)-")
    held = [{path.stem[0] for path in found.validation.files
             if path.parent.name == kind} for kind in "ab"]
    assert held[0] != held[1]                        # with this seed
    said = capsys.readouterr().out
    assert "2 series have a name that is learned from in one class" in said
    assert ", ".join(sorted(held[0] | held[1])) in said
    assert max(map(len, said.splitlines())) <= 76
    open_own_folder(tmp_path / "apart", SEES, 16, seed=1, series="(.+)-")
    assert "series have a name" not in capsys.readouterr().out


@pytest.mark.parametrize(("series", "words"), [
    ("(.+", "series must be a regular expression, got '\\(.+'"),
    (".+-", "series must have one group in brackets"),
    ("(.+)(-)", "series must have one group in brackets"),
    ("(.+)_", "'\\(.+\\)_' is not in ant/0.png"),
])
def test_a_pattern_that_tells_no_series_is_refused(flat: Path, series: str, words: str):
    with pytest.raises(ValueError, match=words):
        open_own_folder(flat, SEES, 16, series=series)


def test_series_are_not_asked_for_where_nothing_is_held_out(parted: Path):
    with pytest.raises(ValueError, match="series must not be given, since"):
        open_own_folder(parted, SEES, 16, series="(.+)-")


def test_images_that_look_nearly_alike_on_both_sides_are_counted_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture
):
    """Each image twice, the second one brighter by a little noise."""
    for number in range(12):
        kind = tmp_path / "mine" / "ab"[number % 2]
        first = np.array(Image.open(save(kind / f"{number}-1.png", number, (8, 8))))
        again = np.clip(first * 0.8 + 30 + number, 0, 255).astype(np.uint8)
        Image.fromarray(again).save(kind / f"{number}-2.png")
    found = open_own_folder(tmp_path / "mine", SEES, 16, seed=2)
    ours = {path.stem[:-2] for path in found.training.files}
    twins = sum(path.stem[:-2] in ours for path in found.validation.files)
    assert 0 < twins <= len(found.validation.files)
    told = capsys.readouterr().out
    count = len(found.validation.files)
    assert f"{twins} of {count} validation images look nearly like a training" in told
    open_own_folder(tmp_path / "mine", SEES, 16, seed=2, series="(.+)-")
    assert "look nearly" not in capsys.readouterr().out
