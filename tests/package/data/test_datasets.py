"""One door to all data: what comes through it, and what is turned away."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import datasets as readers

from resattn_tutorial.data import datasets
from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set
from resattn_tutorial.data.image_files import read_image
from resattn_tutorial.data.items import CLASSES, SPLITS, load_items
from resattn_tutorial.data.scenes import load_scenes


def pixels(seed: int, height: int = 8, width: int = 8) -> np.ndarray:
    random = np.random.RandomState(seed)
    return random.randint(0, 256, (height, width, 3)).astype(np.uint8)


def save(path: Path, seed: int = 0, height: int = 8, width: int = 8) -> np.ndarray:
    """Noise as a PNG file, which keeps each pixel; returns the pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = pixels(seed, height, width)
    Image.fromarray(image).save(path)
    return image


@pytest.fixture
def folder(tmp_path):
    """Two classes, in both splits."""
    for number, name in enumerate((
        "train/dog/1.png", "train/cat/9.png", "train/cat/10.png",
        "test/cat/1.png", "test/dog/1.png",
    )):
        save(tmp_path / "pets" / name, number)
    return tmp_path / "pets"


# The built-in scenes, and CIFAR


def test_the_built_in_scenes_come_through_the_door(monkeypatch):
    monkeypatch.setattr(datasets, "SCENES", {"train": 30, "test": 20})
    for split, count in (("train", 30), ("test", 20)):
        found, scenes = open_set("builtin", split), load_scenes(split, count)
        assert torch.equal(found.images, scenes.images)
        assert torch.equal(found.labels, scenes.labels)
        assert found[:3] == ("built-in scenes", "generated", CLASSES)


def test_the_built_in_splits_have_the_stated_sizes():
    assert datasets.SCENES == {
        "train": 20_000, "test": 2_000, "large test": 7_500,
        "search": 18_000, "validation": 2_000, "few": 1_000,
    }


def test_each_form_of_the_built_in_scenes_says_which_it_is(monkeypatch):
    monkeypatch.setattr(datasets, "SCENES", dict.fromkeys(datasets.SCENES, 20))
    found = {
        name: [open_set(name, split) for split in ("train", "test")]
        for name in datasets.BUILTIN
    }
    assert len({train.name for train, _ in found.values()}) == 4
    plain, large, search, few = found.values()
    assert plain[0].fingerprint == large[0].fingerprint
    learned_from = plain, search, few
    assert len({train.fingerprint for train, _ in learned_from}) == 3
    assert large[1].fingerprint == few[1].fingerprint
    assert len({test.fingerprint for _, test in (plain, large, search)}) == 3
    assert torch.equal(search[1].images, load_scenes("validation", 20).images)


def test_few_scenes_are_made_of_training_items_that_no_validation_scene_has():
    rows = {name: set(split.rows) for name, split in SPLITS.items()}
    assert rows["few"] < rows["search"] < rows["train"]
    assert not rows["few"] & rows["validation"]
    labels = load_items("few").labels
    assert np.bincount(labels).tolist() == [100] * 10


def known_files(root: Path, labels: str, names: dict[str, list[str]], files: list[str]):
    """A folder such as CIFAR's with a few images; the checksums, and the pixels."""
    root.mkdir()
    held = {}
    for seed, file in enumerate(files):
        random = np.random.RandomState(seed)
        held[file] = {
            "data": random.randint(0, 256, (6, 3072)).astype(np.uint8),
            labels: random.randint(0, 3, 6).tolist(),
        }
    sums = {}
    meta = "batches.meta" if labels == "labels" else "meta"
    for file, content in {**held, meta: names}.items():
        data = pickle.dumps(content)
        (root / file).write_bytes(data)
        sums[file] = hashlib.md5(data).hexdigest()
    return held, sums


@pytest.mark.parametrize(("data", "reader", "name", "labels", "names"), [
    ("cifar10", readers.CIFAR10, "CIFAR-10", "labels", "label_names"),
    ("cifar100", readers.CIFAR100, "CIFAR-100", "fine_labels", "fine_label_names"),
])
def test_cifar_comes_as_its_files_have_it(
    tmp_path, monkeypatch, data, reader, name, labels, names
):
    """From a stand-in: files laid out as CIFAR's, with checksums of their own."""
    train = [file for file, _ in reader.train_list]
    test = [file for file, _ in reader.test_list]
    held, sums = known_files(
        tmp_path / reader.base_folder, labels, {names: ["a", "b", "c"]}, train + test
    )
    meta = reader.meta | {"md5": sums[reader.meta["filename"]]}
    monkeypatch.setattr(reader, "train_list", [[file, sums[file]] for file in train])
    monkeypatch.setattr(reader, "test_list", [[file, sums[file]] for file in test])
    monkeypatch.setattr(reader, "meta", meta)
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path))
    for split, files in (("train", train), ("test", test)):
        found = open_set(data, split)
        rows = np.concatenate([held[file]["data"] for file in files])
        # A row holds 1,024 reds, as many greens, then blues.
        assert np.array_equal(found.images.numpy(), rows.reshape(-1, 3, 32, 32))
        assert found.labels.tolist() == sum((held[file][labels] for file in files), [])
        assert found.labels.dtype == torch.int64 and found.images.is_contiguous()
        assert found[:3] == (name, "original pixels", ("a", "b", "c"))


# Folders


def test_small_images_of_a_folder_are_held_as_bytes(folder):
    found = open_set(folder, "train")
    assert isinstance(found, ImageSet)
    assert found[:3] == ("pets", "image files (.png)", ("cat", "dog"))
    assert found.labels.tolist() == [0, 0, 1] and found.labels.dtype == torch.int64
    # In the order of the files' names: 10 comes before 9.
    expected = np.stack([pixels(seed) for seed in (2, 1, 0)]).transpose(0, 3, 1, 2)
    assert found.images.dtype == torch.uint8 and found.images.is_contiguous()
    assert np.array_equal(found.images.numpy(), expected)
    test = open_set(folder, "test")
    assert test.classes == found.classes and test.labels.tolist() == [0, 1]


def test_a_folder_may_be_named_by_text_and_called_what_one_likes(folder, monkeypatch):
    assert open_set(str(folder), "test", "Pets, JPEG q75").name == "Pets, JPEG q75"
    monkeypatch.chdir(folder)
    assert open_set(".", "test").name == "pets"


def test_a_folder_called_as_known_data_can_be_reached_as_a_path(folder, monkeypatch):
    folder.rename(folder.parent / "builtin")
    monkeypatch.chdir(folder.parent)
    assert open_set(Path("builtin"), "test").classes == ("cat", "dog")


def test_images_of_several_sizes_stay_on_disk(folder):
    save(folder / "train/dog/2.PNG", 7, 8, 9)
    found = open_set(folder, "train")
    assert isinstance(found, PhotoSet)
    assert found[:3] == ("pets", "image files (.png)", ("cat", "dog"))
    assert [file.name for file in found.files] == ["10.png", "9.png", "1.png", "2.PNG"]
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert np.array_equal(read_image(found.files[3]), pixels(7, 8, 9))


@pytest.mark.parametrize(("height", "width", "kind"), [
    (64, 64, ImageSet), (64, 20, ImageSet), (65, 20, PhotoSet), (20, 65, PhotoSet),
])
def test_images_up_to_64_pixels_are_small(tmp_path, height, width, kind):
    for number in range(2):
        save(tmp_path / f"train/cat/{number}.png", number, height, width)
    assert isinstance(open_set(tmp_path, "train"), kind)


def test_images_in_folders_below_a_class_belong_to_it(folder):
    save(folder / "train/cat/kittens/young/1.png", 9)
    assert open_set(folder, "train").labels.tolist() == [0, 0, 0, 1]


def test_a_folder_of_a_class_may_be_a_link(folder, tmp_path):
    (folder / "train" / "dog").rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", folder / "train" / "dog")
    assert open_set(folder, "train").labels.tolist() == [0, 0, 1]


def test_hidden_files_other_files_and_copies_of_jupyter_are_passed_over(folder):
    before = open_set(folder, "train")
    save(folder / "train/.ipynb_checkpoints/1.png")
    save(folder / "train/cat/.ipynb_checkpoints/1-checkpoint.png")
    (folder / "train/cat/._9.png").write_bytes(b"what a Mac leaves on other disks")
    (folder / "train/cat/Thumbs.db").write_bytes(b"and what Windows does")
    (folder / "train/list.txt").write_text("no class", encoding="utf-8")
    found = open_set(folder, "train")
    assert found.classes == before.classes
    assert torch.equal(found.images, before.images)


@pytest.mark.parametrize("with_unlabelled_test", [False, True])
def test_val_serves_as_test(folder, with_unlabelled_test):
    """ImageNet has both; the images of its test folder are in no class."""
    (folder / "test").rename(folder / "val")
    if with_unlabelled_test:
        save(folder / "test/1.png")
    assert open_set(folder, "test").labels.tolist() == [0, 1]
    save(folder / "test/cat/1.png", 20)
    save(folder / "test/dog/1.png", 21)
    assert np.array_equal(                             # test goes first if it has some
        open_set(folder, "test").images[0].permute(1, 2, 0).numpy(), pixels(20)
    )


def test_splits_with_other_classes_are_refused(folder):
    save(folder / "test/cow/1.png")
    for split in ("train", "test"):
        with pytest.raises(ValueError, match="same classes; only one of them has cow"):
            open_set(folder, split)


def test_one_split_alone_is_enough(folder):
    (folder / "test").rename(folder / "other")
    assert len(open_set(folder, "train").labels) == 3
    with pytest.raises(ValueError, match="must hold a folder test or val, and in it"):
        open_set(folder, "test")


def test_an_empty_class_is_named(folder):
    for split in ("train", "test"):
        (folder / split / "eel").mkdir()
    with pytest.raises(ValueError, match="images .* of each class.* none of eel"):
        open_set(folder, "train")


def test_a_folder_of_images_without_classes_is_refused(tmp_path):
    save(tmp_path / "train/1.png")
    with pytest.raises(ValueError, match="must hold a folder train, and in it"):
        open_set(tmp_path, "train")


@pytest.mark.parametrize(("data", "words"), [
    ("cifar", r"builtin, .*cifar100 or a folder .* 'cifar'. .* mean cifar10\?"),
    ("CIFAR-100", r"got 'CIFAR-100'. Did you mean cifar100\?"),
    ("bultin", r"got 'bultin'. Did you mean builtin\?"),
    ("/nowhere/at/all", r"got '/nowhere/at/all'"),
])
def test_a_wrong_word_is_answered_with_the_nearest_right_one(data, words):
    with pytest.raises(ValueError, match=words):
        open_set(data, "train")


def test_a_file_is_no_folder(tmp_path):
    save(tmp_path / "cat.png")
    with pytest.raises(ValueError, match="data must be one of .* or a folder"):
        open_set(tmp_path / "cat.png", "train")


@pytest.mark.parametrize("split", ["valid", "Train", "", None])
def test_a_wrong_split_is_refused(folder, split):
    for data in ("builtin", folder):
        with pytest.raises(ValueError, match="split must be one of train, test, got"):
            open_set(data, split)


# Kinds of images


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "RGBA"])
def test_images_of_every_kind_become_rgb(tmp_path, mode, recwarn):
    image = Image.fromarray(pixels(3)).convert(mode)
    path = tmp_path / "train/cat/1.png"
    path.parent.mkdir(parents=True)
    image.save(path)
    found = open_set(tmp_path, "train").images[0].permute(1, 2, 0).numpy()
    assert np.array_equal(found, np.array(image.convert("RGB")))
    assert not recwarn.list


def test_an_image_read_can_be_written_to(tmp_path):
    save(tmp_path / "1.png")
    found = read_image(tmp_path / "1.png")
    assert found.flags.writeable and found.flags.owndata and found.dtype == np.uint8


def test_jpeg_bmp_and_webp_are_read(tmp_path):
    smooth = np.full((8, 8, 3), (200, 100, 50), np.uint8)
    for suffix in ("jpg", "JPEG", "bmp", "webp"):
        (tmp_path / "train/cat").mkdir(parents=True, exist_ok=True)
        Image.fromarray(smooth).save(tmp_path / f"train/cat/1.{suffix}")
    found = open_set(tmp_path, "train")
    assert found.form == "image files (.bmp, .jpeg, .jpg, .webp)"
    assert len(found.images) == 4
    far = found.images.permute(0, 2, 3, 1).int() - torch.from_numpy(smooth).int()
    assert far.abs().max() <= 6


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "webp"])
@pytest.mark.parametrize("spoil", [
    lambda data: b"", lambda data: data[:10], lambda data: data[:len(data) // 2],
    lambda data: b"<html>not found</html>",
], ids=["empty", "cut in the header", "cut in the pixels", "no image"])
@pytest.mark.parametrize("first", [True, False])
def test_a_broken_image_is_named(tmp_path, suffix, spoil, first):
    places = [tmp_path / f"train/cat/{number}.{suffix}" for number in (1, 2)]
    for place in places:
        save(place, height=32, width=32)
    broken = places[0 if first else 1]
    broken.write_bytes(spoil(broken.read_bytes()))
    with pytest.raises(ValueError) as error:
        open_set(tmp_path, "train")
    assert f"{broken} cannot be read as an image: " in str(error.value)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:::PIL")             # which are many, and right
def test_altered_bytes_give_an_image_or_an_error_that_names_the_file(tmp_path):
    """Whatever is wrong with a file: no other error, 1,400 times."""
    random, refused = np.random.RandomState(0), 0
    for suffix in ("png", "jpg", "bmp", "webp", "gif", "tif", "ppm"):
        path = tmp_path / f"1.{suffix}"
        save(path, height=24, width=24)
        whole = path.read_bytes()
        for _ in range(200):
            data = bytearray(whole)
            for place in random.randint(0, min(len(data), 120), 6):
                data[place] = random.randint(256)
            path.write_bytes(data)
            try:
                assert read_image(path).dtype == np.uint8
            except ValueError as error:
                assert str(error).startswith(f"{path} cannot be read as an image: ")
                refused += 1
    assert 300 < refused < 1400


def test_a_file_that_is_gone_is_named(tmp_path):
    with pytest.raises(ValueError, match="gone.png cannot be read as an image"):
        read_image(tmp_path / "gone.png")
