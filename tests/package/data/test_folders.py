"""Folders of images: what is listed, what is left out and why, and the fingerprint."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from resattn_tutorial.data import datasets
from resattn_tutorial.data.datasets import open_set


def save(path: Path, shade: int = 0, size: tuple[int, int] = (8, 8)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (shade, 0, 0)).save(path)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Two classes of two images."""
    for number, name in enumerate(("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png")):
        save(tmp_path / "pets" / "train" / name, number)
    return tmp_path / "pets"


def mark(root: Path) -> str:
    found = open_set(root, "train").fingerprint
    assert len(found) == 16 and set(found) <= set("0123456789abcdef")
    return found


# The fingerprint


def test_the_fingerprint_is_the_same_wherever_the_same_folder_lies(pets, tmp_path):
    before = mark(pets)
    assert mark(pets) == before
    pets.rename(tmp_path / "moved")
    assert mark(tmp_path / "moved") == before
    os.utime(tmp_path / "moved/train/cat/1.png", (0, 0))
    assert mark(tmp_path / "moved") == before


@pytest.mark.parametrize("change", [
    lambda train: (train / "cat").rename(train / "eel"),
    lambda train: (train / "cat/1.png").rename(train / "cat/3.png"),
    lambda train: (train / "cat/1.png").rename(train / "dog/3.png"),
    lambda train: (train / "cat/1.png").unlink(),
    lambda train: save(train / "cat/3.png"),
    lambda train: (train / "cat/1.png").open("ab").write(b"0"),
], ids=["class renamed", "renamed", "moved", "removed", "added", "another size"])
def test_the_fingerprint_changes_with_classes_names_and_sizes(pets, change):
    before = mark(pets)
    change(pets / "train")
    assert mark(pets) != before


def test_exchanged_classes_have_another_fingerprint(pets):
    save(pets / "train/dog/3.png")
    before, train = mark(pets), pets / "train"
    for old, new in (("cat", "x"), ("dog", "cat"), ("x", "dog")):
        (train / old).rename(train / new)
    assert mark(pets) != before


def test_known_data_have_a_fingerprint_of_their_own_for_each_split(monkeypatch):
    monkeypatch.setattr(datasets, "BUILTIN_SCENES", {"train": 30, "test": 30})
    marks = [open_set("builtin", split).fingerprint for split in ("train", "test")]
    monkeypatch.setattr(datasets, "BUILTIN_SCENES", {"train": 31, "test": 30})
    marks.append(open_set("builtin", "train").fingerprint)
    assert len(set(marks)) == 3
    assert open_set("builtin", "train").fingerprint == marks[2]
