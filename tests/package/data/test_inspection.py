"""Damaged images: all are found first, named or left out; whole ones are remembered."""

from __future__ import annotations

import errno
import os
import pickle
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resattn_tutorial.data import image_files, inspection
from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set

LARGE, SMALL = (80, 70), (12, 10)
CUT = "cannot be read as an image: image file is truncated"


def save(path: Path, size: tuple[int, int] = LARGE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.RandomState(0)
    pixels = random.randint(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path, quality=90)


def cut(path: Path) -> Path:
    """Take away the end of a file: only decoding tells."""
    path.write_bytes(path.read_bytes()[:-90])
    return path


def album(root: Path, size: tuple[int, int] = LARGE, count: int = 20) -> Path:
    for kind in ("cat", "dog"):
        for number in range(count):
            save(root / f"train/{kind}/{number:02}.jpg", size)
    return root


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return album(tmp_path / "photos")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch) -> Path:
    """The folder in which is kept what is whole, of few images, too."""
    monkeypatch.setattr(inspection, "WORTH_KEEPING", 0)
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def looked(monkeypatch) -> list[str]:
    """The images that are decoded, as it goes on."""
    seen, real = [], inspection.check_image

    def look(path: Path) -> None:
        seen.append(f"{path.parent.name}/{path.name}")
        real(path)

    monkeypatch.setattr(inspection, "check_image", look)
    return seen


# Found, named, left out


@pytest.mark.parametrize("size", [LARGE, SMALL])
@pytest.mark.parametrize("count", [1, 10, 13])
def test_every_damaged_image_is_named_before_training(tmp_path, size, count):
    root = album(tmp_path, size)
    broken = [cut(root / f"train/dog/{number:02}.jpg") for number in range(count)]
    with pytest.raises(ValueError, match=f"^{count} of the 40 images cannot") as error:
        open_set(root, "train")
    words = str(error.value)
    assert all((f"{path} {CUT}" in words) == (n < 10) for n, path in enumerate(broken))
    assert ("; and 3 more. skip_damaged" in words) == (count == 13)
    assert words.count(CUT) == min(count, 10) and "\n" not in words


@pytest.mark.parametrize(("size", "kind"), [(LARGE, PhotoSet), (SMALL, ImageSet)])
def test_damaged_images_can_be_left_out_and_are_counted(tmp_path, size, kind, capsys):
    """The set is the same as that of a folder which never had them."""
    root, other = album(tmp_path / "a", size), album(tmp_path / "b", size)
    for name in ("cat/00.jpg", "cat/07.jpg", "dog/19.jpg"):
        cut(root / "train" / name)
        (other / "train" / name).unlink()
    (root / "train/cat/list.txt").touch()
    found = open_set(root, "train", skip_damaged=True)
    skipped = {"damaged": 3, "ending .txt": 1}
    assert isinstance(found, kind) and dict(found.skipped) == skipped
    said = capsys.readouterr().out
    assert said == f"{root / 'train'}: left out ending .txt: 1, damaged: 3.\n"
    clean = open_set(other, "train")
    assert found.fingerprint == clean.fingerprint and not clean.skipped
    assert found.labels.tolist() == clean.labels.tolist() == [0] * 18 + [1] * 19
    if kind is PhotoSet:
        names = [[file.relative_to(top) for file in one.files]
                 for top, one in ((root, found), (other, clean))]
        assert names[0] == names[1]
    else:
        assert (found.images == clean.images).all()


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_a_class_that_would_lose_all_its_images_is_refused(tmp_path, size):
    root = album(tmp_path, size, count=3)
    for number in range(3):
        cut(root / f"train/cat/{number:02}.jpg")
    words = f"3 of the 6 images .*cat/00.jpg {CUT}.* Without them no image .* of cat."
    with pytest.raises(ValueError, match=words):
        open_set(root, "train", skip_damaged=True)


def test_a_folder_of_damaged_images_alone_is_refused(tmp_path):
    for number in range(3):
        save(tmp_path / f"train/cat/{number}.jpg", SMALL)
        cut(tmp_path / f"train/cat/{number}.jpg")
    for skip in (False, True):
        with pytest.raises(ValueError, match="^3 of the 3 images cannot be used"):
            open_set(tmp_path, "train", skip_damaged=skip)


@pytest.mark.parametrize("spoil", [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"<html>not found</html>"),
    lambda path: (path.unlink(), os.symlink("gone", path)),
    lambda path: (path.unlink(), os.symlink(path, path)),
    lambda path: Image.new("F", (9, 9)).save(path, "TIFF"),
], ids=["empty", "no image", "link to nothing", "link to itself", "of no sure colours"])
def test_whatever_cannot_be_read_counts_as_damaged(photos, spoil):
    spoil(photos / "train/cat/03.jpg")
    with pytest.raises(ValueError, match="1 of the 40 .*cat/03.jpg cannot be read as"):
        open_set(photos, "train")
    found = open_set(photos, "train", skip_damaged=True)
    assert dict(found.skipped) == {"damaged": 1} and len(found.files) == 39


@pytest.mark.parametrize("size", [LARGE, SMALL])
@pytest.mark.parametrize("number", [
    errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM,
    errno.ESTALE, errno.ETIMEDOUT,
])
@pytest.mark.parametrize("place", ["stat", "open", "getexif"])
def test_what_the_system_keeps_from_us_is_not_damaged_and_never_left_out(
    tmp_path, monkeypatch, size, number, place
):
    root = album(tmp_path, size, 3)
    owner = {"stat": image_files.os, "open": Image, "getexif": Image.Image}[place]
    real = getattr(owner, place)

    def refuse(path: object, *rest: object, **more: object) -> object:
        # Pillow loads its formats at the first image: the file may be one of those.
        if str(getattr(path, "filename", path)).endswith("cat/01.jpg"):
            raise OSError(number, os.strerror(number), "a module of Pillow's")
        return real(path, *rest, **more)

    monkeypatch.setattr(owner, place, refuse)
    for skip in (False, True):
        words = rf"Errno {number}\] {os.strerror(number)}: '.*cat/01.jpg'"
        with pytest.raises(OSError, match=words):
            open_set(root, "train", skip_damaged=skip)


@pytest.mark.parametrize("number", [None, errno.EINVAL, errno.EOVERFLOW])
def test_what_the_decoder_says_is_damage(photos, monkeypatch, number):
    real = Image.open

    def fail(path: object, *rest: object, **more: object) -> object:
        if str(path).endswith("cat/01.jpg"):
            raise OSError("broken data stream") if number is None else OSError(
                number, "a leap in the file"
            )
        return real(path, *rest, **more)

    monkeypatch.setattr(Image, "open", fail)
    found = open_set(photos, "train", skip_damaged=True)
    assert dict(found.skipped) == {"damaged": 1}


def test_as_many_threads_look_as_there_are_cores(photos, monkeypatch):
    asked, real = [], inspection.ThreadPoolExecutor
    monkeypatch.setattr(inspection, "cores", lambda: 3)
    monkeypatch.setattr(
        inspection, "ThreadPoolExecutor",
        lambda count: asked.append(count) or real(count),
    )
    open_set(photos, "train")
    assert asked == [3]


# Small sets with an odd one


@pytest.mark.parametrize("odd", ["cat/00.jpg", "cat/01.jpg", "dog/19.jpg"])
@pytest.mark.parametrize("size", [LARGE, (12, 11)])
def test_one_image_of_another_size_in_a_small_set_is_named(
    tmp_path, capsys, odd, size
):
    save(album(tmp_path, SMALL) / "train" / odd, size)
    assert isinstance(open_set(tmp_path, "train"), PhotoSet)
    assert capsys.readouterr().out == (
        f"{tmp_path / 'train' / odd} has {size[0]}x{size[1]} pixels, others have "
        "12x10: images of several sizes are opened as photographs.\n"
    )


def test_of_photographs_nothing_is_said(photos, capsys):
    save(photos / "train/cat/00.jpg", SMALL)
    assert isinstance(open_set(photos, "train"), PhotoSet)
    assert capsys.readouterr().out == ""


def test_a_damaged_first_image_does_not_make_photographs_of_small_ones(tmp_path):
    root = album(tmp_path, SMALL)
    for kind in ("cat", "dog"):
        for number in range(19):
            cut(root / f"train/{kind}/{number:02}.jpg")
    found = open_set(root, "train", skip_damaged=True)
    assert isinstance(found, ImageSet) and found.labels.tolist() == [0, 1]


# Remembered


def test_what_is_whole_is_decoded_once(photos, kept, looked):
    open_set(photos, "train")
    assert len(looked) == 40 == len(set(looked))
    before = set(kept.rglob("*"))
    looked.clear()
    open_set(photos, "train")
    assert not looked and set(kept.rglob("*")) == before
    assert not [path for path in photos.rglob("*") if path.suffix not in ("", ".jpg")]


@pytest.mark.parametrize("change", [
    lambda train: os.utime(train / "cat/04.jpg", (0, 0)),
    lambda train: save(train / "cat/04.jpg", (90, 90)),
    lambda train: (train / "cat/03.jpg").rename(train / "cat/04.jpg"),
    lambda train: os.replace(train / "dog/00.jpg", train / "cat/04.jpg"),
], ids=["time", "content", "renamed", "from elsewhere"])
def test_what_has_changed_is_decoded_again(photos, kept, looked, change):
    for number, path in enumerate(sorted(photos.rglob("*.jpg"))):
        os.utime(path, (10**9 + number, 10**9 + number))
    (photos / "train/cat/04.jpg").unlink(missing_ok=True)
    save(photos / "train/cat/04.jpg")
    open_set(photos, "train")
    looked.clear()
    change(photos / "train")
    open_set(photos, "train")
    assert looked == ["cat/04.jpg"]


def test_damaged_images_are_not_remembered_as_whole(photos, kept, looked):
    cut(photos / "train/cat/04.jpg")
    for _ in range(2):
        with pytest.raises(ValueError, match="1 of the 40 images"):
            open_set(photos, "train")
    assert looked[40:] == ["cat/04.jpg"]
    save(photos / "train/cat/04.jpg")
    open_set(photos, "train")
    assert looked[41:] == ["cat/04.jpg"]


def test_the_same_names_in_another_folder_are_decoded(photos, kept, looked, tmp_path):
    album(tmp_path / "other")
    for root in (photos, tmp_path / "other"):
        open_set(root, "train")
    assert len(looked) == 80
    os.symlink(photos, tmp_path / "link")             # one folder by another name
    open_set(tmp_path / "link", "train")
    assert len(looked) == 80


def test_another_pillow_may_judge_otherwise(photos, kept, looked, monkeypatch):
    open_set(photos, "train")
    monkeypatch.setattr(inspection, "RULES", b"1, Pillow 0.0")
    open_set(photos, "train")
    assert len(looked) == 80


@pytest.mark.parametrize("spoil", [
    lambda data: b"", lambda data: data[:60], lambda data: b"nonsense" * 9,
    lambda data: pickle.dumps(np.arange(9)), lambda data: data.replace(b"<u8", b"<f8"),
], ids=["empty", "cut", "nonsense", "pickle", "of another type"])
def test_a_spoilt_memory_is_none(photos, kept, looked, spoil):
    open_set(photos, "train")
    (memory,) = kept.rglob("*.npy")
    whole = memory.read_bytes()
    memory.write_bytes(spoil(whole))
    open_set(photos, "train")
    assert len(looked) == 80 and memory.read_bytes() == whole


def test_where_nothing_can_be_kept_it_is_said_and_goes_on(photos, kept, looked, capsys):
    kept.write_text("no folder", encoding="utf-8")
    for _ in range(2):
        assert len(open_set(photos, "train").files) == 40
        said = capsys.readouterr().out
        assert said.startswith("The list of whole images cannot be saved: ")
    assert len(looked) == 80


def test_a_full_disk_leaves_the_memory_as_it_was(photos, kept, looked, monkeypatch):
    open_set(photos, "train")
    (memory,) = kept.rglob("*.npy")
    before = memory.read_bytes()
    save(photos / "train/cat/99.jpg")

    def full(*words, **more):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(inspection.np, "save", full)
        assert len(open_set(photos, "train").files) == 41
    assert memory.read_bytes() == before
    assert [path.suffix for path in memory.parent.iterdir()].count(".part") == 0


def test_what_was_found_before_an_interrupt_is_kept(
    photos, kept, looked, monkeypatch
):
    real = inspection.check_image

    def stop(path: Path) -> None:
        real(path)
        if path.name == "05.jpg" and path.parent.name == "dog":
            raise KeyboardInterrupt

    monkeypatch.setattr(inspection, "SHARE", 4)
    monkeypatch.setattr(inspection, "cores", lambda: 1)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(inspection, "check_image", stop)
        open_set(photos, "train")
    looked.clear()
    open_set(photos, "train")
    assert sorted(looked) == [f"dog/{number:02}.jpg" for number in range(4, 20)]


def test_what_was_found_is_kept_on_the_way(photos, kept, monkeypatch):
    times, real = [], inspection._remember
    monkeypatch.setattr(inspection, "SHARE", 10)
    monkeypatch.setattr(inspection, "KEEP_EVERY", -1.0)
    monkeypatch.setattr(
        inspection, "_remember",
        lambda memory, keys: times.append(len(keys)) or real(memory, keys),
    )
    open_set(photos, "train")
    assert times == [10, 20, 30, 40, 40]


def test_a_folder_of_data_that_cannot_be_is_said(photos, kept, monkeypatch, capsys):
    def nobody():
        raise OSError("there is no user called nobody-at-all")

    monkeypatch.setattr(inspection, "data_folder", nobody)
    assert len(open_set(photos, "train").files) == 40
    assert "cannot be saved: there is no user" in capsys.readouterr().out


def test_who_waited_for_another_process_takes_what_that_one_found(
    photos, kept, looked, monkeypatch
):
    @contextmanager
    def slow_lock(memory: Path):
        with monkeypatch.context() as patch:
            patch.setattr(inspection, "alone", real)
            open_set(photos, "train")                 # as the other process does
        yield

    real = inspection.alone
    monkeypatch.setattr(inspection, "alone", slow_lock)
    open_set(photos, "train")
    assert len(looked) == 40


def test_of_few_images_nothing_is_kept(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path / "kept"))
    open_set(photos, "train")
    assert not (tmp_path / "kept").exists()
