"""Folders of images: what is listed, what is left out and why, and the fingerprint."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from PIL import Image

from resattn_tutorial.data import datasets
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.listing import list_images


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
    monkeypatch.setattr(datasets, "SCENES", {"train": 30, "test": 30})
    marks = [open_set("builtin", split).fingerprint for split in ("train", "test")]
    monkeypatch.setattr(datasets, "SCENES", {"train": 31, "test": 30})
    marks.append(open_set("builtin", "train").fingerprint)
    assert len(set(marks)) == 3
    assert open_set("builtin", "train").fingerprint == marks[2]


# Each real file once


def opened(root: Path, capsys) -> tuple[list[int], dict[str, int], str]:
    """The labels of a folder's images, what was left out, and what was said."""
    found = open_set(root, "train")
    return found.labels.tolist(), dict(found.skipped), capsys.readouterr().out


def put_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def put_loop(path: Path) -> None:
    """Two folders, each with a link to the other."""
    for one, other in (("a", "b"), ("b", "a")):
        (path / one).mkdir(parents=True)
        os.symlink(path.absolute() / other, path / one / "on")


SEEN, SECOND = "link to a folder seen already", "second name of a file"


@pytest.mark.parametrize(("put", "skipped"), [
    (lambda cat: os.symlink(".", cat / "itself"), {SEEN: 1}),
    (lambda cat: os.symlink(cat.absolute(), cat / "itself"), {SEEN: 1}),
    (lambda cat: os.symlink("..", cat / "up"), {SEEN: 1}),
    (lambda cat: os.symlink("../../..", cat / "far up"), {SEEN: 1}),
    (lambda cat: os.symlink("/", cat / "all"), {SEEN: 1}),
    (lambda cat: put_loop(cat / "two"), {SEEN: 2}),
    (lambda cat: os.symlink("1.png", cat / "3.png"), {SECOND: 1}),
    (lambda cat: os.link(cat / "1.png", cat / "3.png"), {SECOND: 1}),
    (lambda cat: os.symlink("loop", cat / "loop"), {"broken link": 1}),
    (lambda cat: os.symlink("1.png/x", cat / "through"), {"broken link": 1}),
    (lambda cat: os.symlink("gone", cat / "gone"), {"broken link": 1}),
    (lambda cat: os.mkfifo(cat / "x.jpg"), {"no regular file": 1}),
    (lambda cat: os.symlink("/dev/zero", cat / "x.jpg"), {"no regular file": 1}),
    (lambda cat: put_socket(cat / "x.jpg"), {"no regular file": 1}),
    (lambda cat: (cat / "x.heic").touch(), {"ending .heic": 1}),
    (lambda cat: (cat / "x.jpg.txt").touch(), {"ending .txt": 1}),
    (lambda cat: (cat / "README").touch(), {"other ending": 1}),
    (lambda cat: (cat / "x.what a long ending").touch(), {"other ending": 1}),
    (lambda cat: (cat / "x.\x1b[2J").touch(), {"other ending": 1}),
    (lambda cat: [(cat / f"x.{n}").touch() for n in range(9)],
     {f"ending .{n}": 1 for n in range(5)} | {"other ending": 4}),
    (lambda cat: (cat / ".DS_Store").touch(), {"hidden": 1}),
    (lambda cat: save(cat / ".old/3.png"), {"hidden": 1}),
    (lambda cat: (cat.parent / "3.png").touch(),
     {"outside of the classes' folders": 1}),
    (lambda cat: (cat.parent / ".git").mkdir(), {"hidden": 1}),
])
def test_what_is_no_image_of_its_own_is_left_out_counted_and_said(
    pets, put, skipped, capsys, monkeypatch
):
    monkeypatch.chdir(pets)                           # a socket's path must be short
    put(Path("train/cat"))
    labels, counted, said = opened(pets, capsys)
    assert labels == [0, 0, 1, 1] and counted == skipped
    words = ", ".join(f"{reason}: {count}" for reason, count in skipped.items())
    assert said == f"{pets / 'train'}: left out {words}.\n"


def test_nothing_is_said_where_nothing_is_left_out(pets, capsys):
    assert opened(pets, capsys) == ([0, 0, 1, 1], {}, "")


@pytest.mark.parametrize("ending", [
    "jpg", "JPG", "jpeg", "jpe", "jfif", "JFIF", "png", "bmp", "webp", "gif", "tif",
    "tiff", "ppm", "pgm", "pbm", "pnm",
])
def test_every_usual_ending_of_an_image_counts(pets, ending):
    (pets / "train/cat/1.png").rename(pets / f"train/cat/1.{ending}")
    found = open_set(pets, "train")
    assert len(found.labels) == 4 and not found.skipped
    assert found.form == f"image files ({', '.join(sorted({'.png', f'.{ending}'}))})" \
        .lower()


@pytest.mark.parametrize("what", ["class", "folder below", "file"])
def test_links_to_what_lies_elsewhere_are_followed(pets, tmp_path, what, capsys):
    before, cat = mark(pets), pets / "train/cat"
    if what == "folder below":
        for number in (1, 2):
            save(cat / f"more/{number}.png")
        before, cat = mark(pets), cat / "more"
    elif what == "file":
        cat = cat / "1.png"
    cat.rename(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", cat)
    assert mark(pets) == before and capsys.readouterr().out == ""


@pytest.mark.parametrize(("old", "new", "words"), [
    ("train/dog", "train/cat/dogs", "cat/dogs and dog"),
    ("train/dog", "train/eel", "dog and eel"),
    ("train/dog/1.png", "train/cat/9.png", "cat/9.png and dog/1.png"),
])
def test_a_file_in_two_classes_is_refused(pets, old, new, words):
    os.symlink(pets / old, pets / new)
    with pytest.raises(ValueError, match=f"in one class; {words} are the same"):
        open_set(pets, "train")


def test_a_class_that_is_a_link_back_up_has_no_images(pets):
    os.symlink("..", pets / "train/all")
    words = "none of all. Left out: link to a folder seen already: 1."
    with pytest.raises(ValueError, match=words):
        open_set(pets, "train")


def test_a_class_without_images_says_what_it_has_instead(pets):
    (pets / "train/eel").mkdir()
    for number in range(40):
        (pets / f"train/eel/{number}.heic").touch()
    with pytest.raises(ValueError, match="none of eel. Left out: ending .heic: 40."):
        open_set(pets, "train")


@pytest.mark.parametrize("name", [b"caf\xe9", b"a\nb", b"a\x1b[31m", b"a\xe2\x80\xa8b"])
def test_a_class_whose_name_cannot_be_kept_is_refused(pets, name):
    os.mkdir(os.fsencode(pets / "train") + b"/" + name)
    with pytest.raises(ValueError, match="without control characters") as error:
        open_set(pets, "train")
    assert str(error.value).isprintable()


@pytest.mark.parametrize("name", ["été", "猫", "with space", "a&b<c>", "می‌خواهم"])
def test_a_class_may_have_any_name_that_is_text(pets, name):
    save(pets / "train" / name / "1.png")
    assert name in open_set(pets, "train").classes


def test_a_files_name_may_be_any_bytes(pets, tmp_path):
    plain = (pets / "train/cat/1.png").read_bytes()
    for name in (b"caf\xe9.png", b"a\nb.png"):
        with open(os.fsencode(pets / "train/cat") + b"/" + name, "wb") as file:
            file.write(plain)
    assert len(open_set(pets, "train").labels) == 6 and mark(pets)


def test_a_folder_whose_name_cannot_be_kept_is_called_otherwise(pets):
    odd = pets.rename(pets.parent / "pets\x1b[2J")
    with pytest.raises(ValueError, match="name must be text .*--data-name"):
        open_set(odd, "train")
    assert open_set(odd, "train", "pets").name == "pets"


def test_a_folder_that_may_not_be_read_is_named(pets, monkeypatch):
    """Whoever runs the tests may read everything: so the system's answer is made up."""
    real = os.scandir

    def refuse(place):
        if str(place).endswith("cat/more"):
            raise PermissionError(13, "Permission denied", str(place))
        return real(place)

    save(pets / "train/cat/more/3.png")
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError, match="cat/more"):
        open_set(pets, "train")


def test_nothing_is_opened_to_list_a_folder(pets, monkeypatch):
    monkeypatch.setattr("builtins.open", None)
    assert len(list_images(pets / "train").images) == 4


@pytest.mark.parametrize(("arguments", "error", "words"), [
    ((None, "train"), TypeError, "data must be a name or a folder's path, got None"),
    ((5, "train"), TypeError, "data must be a name or a folder's path, got 5"),
    ((b"x", "train"), TypeError, "data must be a name or a folder's path, got b'x'"),
    ((["cifar10"], "train"), TypeError, "data must be a name .* got ..cifar10"),
    (("", "train"), ValueError, "data must be one of"),
    (("a\0b", "train"), ValueError, "data must be one of"),
    (("builtin", ["train"]), ValueError, "split must be one of train, test, got ..tra"),
    (("builtin", "train\0"), ValueError, "split must be one of train, test"),
    (("builtin", "test", 5), TypeError, "name must be text, got 5"),
    (("builtin", "test", None, "no"), TypeError, "skip_damaged must be True or False"),
    (("builtin", "test", " "), ValueError, "name must be more than spaces"),
    (("builtin", "test", "\t\u3000"), ValueError, "name must be more than spaces"),
])
def test_what_is_no_data_is_refused_at_the_door(arguments, error, words):
    with pytest.raises(error, match=words):
        open_set(*arguments)
