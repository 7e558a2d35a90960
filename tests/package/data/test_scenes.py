"""The built-in scenes: the same everywhere, honest splits, true masks, no shortcut."""

from __future__ import annotations

import bz2
import gzip
import hashlib

import numpy as np
import pytest
import torch

from resattn_tutorial.data import items
from resattn_tutorial.data.items import CLASSES, load_items
from resattn_tutorial.data.scenes import load_scenes, paint, plan_scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.tensor_validation import require_labels
from tools import make_builtin

SPLITS = ("train", "test", "large test")
FILES = (items.ITEMS_FILE, items.MORE_FILE)
FIRST_SCENES = {
    "train": "7d0c9bdc7e22702ac18c50b36cc9b7345d037299ed2d234bdf7e26330db92ace",
    "test": "b0bc2de70c8532a852900781c1834e53f6f71d72e0b7cab576f244dd3b77ce79",
    "large test": "5b78bcbd156cc0da6828609cbe8fa5c50611d8ddfb5afbbeea725114a461a29d",
    "few": "1fd752c7f204575b03982f315b1907ba7cd09cd304c39891a0a035cd1decf85a",
}


@pytest.fixture(scope="module")
def scenes():
    return load_scenes("test", 300)


def sha256(scenes) -> str:
    digest = hashlib.sha256()
    for part in scenes:
        digest.update(part.numpy().tobytes())
    return digest.hexdigest()


def plain_scene(plan, pool, scene):
    """One scene painted pixel by pixel, from the words of the documentation."""
    image = [[[int(v) for v in pixel] for pixel in row] for row in plan.grounds[scene]]
    covered = [[False] * 32 for _ in range(32)]
    pieces = (10, 10, 10, 8, 8, 8, 20)
    for piece, size in enumerate(pieces):
        item = pool.pixels[plan.items[scene, piece]]
        top, left = (int(v) for v in plan.corners[scene, piece])
        row, column = (int(v) for v in plan.places[scene, piece])
        for i in range(size):
            for j in range(size):
                level = int(item[top + i, left + j])
                alpha = min(32 * level, 255)
                pixel = image[row + i][column + j]
                for c in range(3):
                    new = int(plan.colours[scene, piece, c]) * level * 4 // 255
                    pixel[c] = (pixel[c] * (255 - alpha) + new * alpha + 127) // 255
                if piece == len(pieces) - 1:
                    covered[row + i][column + j] = alpha / 255 > 0.5
    return np.array(image).transpose(2, 0, 1), np.array(covered)


def plain_auc(scores, is_object):
    """How often an object pixel scores above another one; a tie counts one half."""
    inside, outside = scores[is_object], scores[~is_object]
    above = (inside[:, None] > outside).mean()
    return above + (inside[:, None] == outside).mean() / 2


def test_scenes_have_the_documented_shapes_and_types(scenes):
    assert scenes.images.shape == (300, 3, 32, 32)
    assert scenes.images.dtype == torch.uint8
    assert scenes.labels.shape == (300,) and scenes.labels.dtype == torch.int64
    assert scenes.objects.shape == (300, 32, 32)
    assert scenes.objects.dtype == torch.bool
    assert len(CLASSES) == len(set(CLASSES)) == 10


@pytest.mark.parametrize("split", FIRST_SCENES)
def test_the_first_scenes_are_the_same_under_every_version(split):
    assert sha256(load_scenes(split, 64)) == FIRST_SCENES[split]


def test_asking_for_more_scenes_leaves_the_first_as_they_were(scenes):
    for part, more in zip(load_scenes("test", 64), scenes, strict=True):
        assert torch.equal(part, more[:64])


def test_another_seed_or_split_gives_other_scenes(scenes):
    assert not torch.equal(load_scenes("test", 64, seed=1).images, scenes.images[:64])
    train, test = next(plan_scenes("train")), next(plan_scenes("test"))
    assert not np.array_equal(train.places, test.places)
    assert not np.array_equal(train.grounds, test.grounds)


@pytest.mark.parametrize("split", SPLITS)
def test_classes_come_equally_often(split):
    counts = load_scenes(split, 300).labels.bincount(minlength=10)
    assert counts.tolist() == [30] * 10
    counts = np.bincount(load_items(split).labels, minlength=10)
    assert counts.tolist() == [len(items.SPLITS[split].rows) // 10] * 10


def test_every_item_is_shown_once_before_one_is_shown_twice():
    plans = plan_scenes("test")
    shown = np.concatenate([next(plans).items[:, -1] for _ in range(20)])
    assert sorted(shown) == list(range(2000))


def test_items_are_many_and_distinct_across_the_splits():
    found = [item.tobytes() for split in SPLITS for item in load_items(split).pixels]
    assert len(found) == len(set(found)) == 29_500
    assert len(load_items("train").pixels) == 20_000


@pytest.mark.parametrize(
    ("split", "other"), [("train", "test"), ("test", "train"), ("search", "validation"),
                         ("validation", "search"), ("few", "validation")],
)
def test_no_split_uses_an_item_of_another(split, other, monkeypatch):
    """Scenes stay the same when every item of the other split is wiped out."""
    before = load_scenes(split, 200)
    everything = items._read_items(items.ITEMS_FILE)
    own, foreign = everything.copy(), everything.copy()
    own[items.SPLITS[split].rows] = 0
    foreign[items.SPLITS[other].rows] = 0
    monkeypatch.setattr(items, "_read_items", lambda file: foreign)
    assert sha256(load_scenes(split, 200)) == sha256(before)
    monkeypatch.setattr(items, "_read_items", lambda file: own)
    assert sha256(load_scenes(split, 200)) != sha256(before)


def test_scenes_and_masks_equal_a_plain_painter():
    pool, plan = load_items("test"), next(plan_scenes("test", seed=3))
    images, objects = paint(plan, pool)
    for scene in range(4):
        image, covered = plain_scene(plan, pool, scene)
        assert np.array_equal(images[scene], image)
        assert np.array_equal(objects[scene], covered)


def test_every_scene_has_an_object_and_a_rest(scenes):
    share = scenes.objects.float().mean(dim=(1, 2))
    assert 0.01 < share.min() and share.max() < 0.5


@pytest.mark.parametrize("brightness", [np.max, np.mean])
def test_brightness_alone_does_not_find_the_object(scenes, brightness):
    bright = brightness(scenes.images.numpy().astype(float), axis=1)
    objects = scenes.objects.numpy()
    each = [plain_auc(b, o) for b, o in zip(bright, objects, strict=True)]
    pooled = plain_auc(bright[:, ::4, ::4], objects[:, ::4, ::4])
    for auc in (np.mean(each), pooled):
        assert 0.4 <= auc <= 0.6


def test_the_auc_of_these_tests_finds_what_is_there(scenes):
    objects = scenes.objects.numpy()[0]
    assert plain_auc(objects.astype(float), objects) == 1
    assert plain_auc(-objects.astype(float), objects) == 0
    assert plain_auc(np.zeros((32, 32)), objects) == 0.5


def test_inputs_are_centred_floats(scenes):
    inputs = to_inputs(scenes.images)
    assert inputs.dtype == torch.float32 and inputs.shape == scenes.images.shape
    assert inputs.mean().abs() < 0.2 and 0.8 < inputs.std() < 1.25
    assert torch.equal(inputs[0, 0, 0, 0], (scenes.images[0, 0, 0, 0] - 96.0) / 48)


@pytest.mark.parametrize(
    ("images", "error", "words"),
    [
        (torch.zeros(2, 3, 32, 32), TypeError, "torch.uint8, got torch.float32"),
        (np.zeros((2, 3, 32, 32), np.uint8), TypeError, "tensor of torch.uint8, got"),
        (torch.zeros(3, 32, 32, dtype=torch.uint8), ValueError, r"\(3, 32, 32\)"),
        (torch.zeros(2, 32, 32, 3, dtype=torch.uint8), ValueError, r"N, 3, H, W"),
    ],
)
def test_what_is_no_image_is_refused(images, error, words):
    with pytest.raises(error, match=words):
        to_inputs(images)


@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        (torch.tensor([0, 10]), ValueError, "from 0 to 9, got 10"),
        (torch.tensor([-1, 3]), ValueError, "from 0 to 9, got -1"),
        (torch.tensor([0.0, 1.0]), TypeError, "torch.int64, got torch.float32"),
        ([0, 1], TypeError, "tensor of torch.int64, got list"),
        (torch.zeros(2, 10, dtype=torch.int64), ValueError, r"\(N,\), got \(2, 10\)"),
    ],
)
def test_labels_outside_the_classes_are_refused(labels, error, words):
    with pytest.raises(error, match=words):
        require_labels(labels, 10)


def test_good_labels_pass(scenes):
    assert require_labels(scenes.labels, 10) is scenes.labels


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("valid", 10), ValueError, "one of 'train', 'test', .*got 'valid'"),
        ((["train"], 10), ValueError, "split must be one of"),
        (("test", 0), ValueError, "count must be at least 1, got 0"),
        (("test", 2.5), TypeError, "count must be a whole number, got 2.5"),
        (("test", 10, -1), ValueError, "seed must be at least 0, got -1"),
        (("test", 10, 2**32), ValueError, "seed must be below"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        load_scenes(*arguments)


@pytest.mark.parametrize("file", FILES)
def test_the_files_of_items_are_the_recorded_ones(file):
    packed = file.path.read_bytes()
    assert len(packed) == file.bytes <= 4_000_000
    assert hashlib.sha256(packed).hexdigest() == file.sha256
    readme = file.path.with_name("README.md").read_text(encoding="utf-8")
    assert file.sha256 in readme and f"{file.bytes:,}" in readme
    assert "MIT" in readme and "Zalando SE" in readme


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed[:-1],
        lambda packed: b"",
        lambda packed: packed[:1000] + bytes([packed[1000] ^ 1]) + packed[1001:],
    ],
    ids=["cut short", "empty", "altered"],
)
@pytest.mark.parametrize("split", ["train", "large test"])
def test_a_spoilt_file_of_items_is_refused(spoil, split, tmp_path, monkeypatch):
    file, rows = items.SPLITS[split]
    packed = spoil(file.path.read_bytes())
    path = tmp_path / "items.bz2"
    path.write_bytes(packed)
    spoilt = items.Split(file._replace(path=path), rows)
    monkeypatch.setitem(items.SPLITS, split, spoilt)
    with pytest.raises(ValueError) as error:
        load_scenes(split, 1)
    message = str(error.value)
    assert str(path) in message and "cut short or altered" in message
    assert file.sha256 in message and str(file.bytes) in message
    assert f"got {len(packed)} bytes" in message
    assert hashlib.sha256(packed).hexdigest() in message


def test_a_missing_file_of_items_is_named(tmp_path, monkeypatch):
    missing = items.ITEMS_FILE._replace(path=tmp_path / "items.bz2")
    monkeypatch.setitem(items.SPLITS, "train", items.Split(missing, range(20_000)))
    with pytest.raises(FileNotFoundError, match="items.bz2, .* is missing"):
        load_scenes("train", 1)


# How the file of items is made


TINY = {
    "train": items.Split(items.ITEMS_FILE, range(30)),
    "test": items.Split(items.ITEMS_FILE, range(30, 50)),
    "large test": items.Split(items.MORE_FILE, range(10)),
}


def made_up_source(per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    labels = random.permutation(np.arange(10).repeat(per_class))
    return random.randint(0, 256, (len(labels), 28, 28)).astype(np.uint8), labels


def test_packing_keeps_splits_and_classes_and_repeats_its_bytes(monkeypatch):
    monkeypatch.setattr(make_builtin, "SPLITS", TINY)
    train, test = made_up_source(5, seed=0), made_up_source(5, seed=1)
    twice = np.flatnonzero(test[1] == 7)[0]
    test[0][twice] = train[0][np.flatnonzero(train[1] == 7)[0]]
    packed = make_builtin.pack({"train": train, "test": test})
    assert packed == make_builtin.pack({"train": train, "test": test})
    found, more = (
        np.frombuffer(bz2.decompress(file), np.uint8).reshape(-1, 20, 20)
        for file in packed.values()
    )
    assert len(found) == 50 and len(more) == 10
    for label in range(10):
        first = make_builtin.shrink(train[0][train[1] == label])[:3]
        assert np.array_equal(found[3 * label:3 * label + 3], first)
    # The item published in both splits is left out of the second one.
    sevens = np.flatnonzero(test[1] == 7)[1:4]
    assert np.array_equal(found[44:46], make_builtin.shrink(test[0][sevens[:2]]))
    # The second file goes on where the first one ended.
    assert np.array_equal(more[7:8], make_builtin.shrink(test[0][sevens[2:]]))


def test_too_few_distinct_items_are_refused(monkeypatch):
    monkeypatch.setattr(make_builtin, "SPLITS", TINY)
    images, labels = made_up_source(3, seed=0)
    images[labels == 4] = 9
    with pytest.raises(ValueError, match="3 distinct items of a class wanted, got 1"):
        make_builtin.pack({"train": (images, labels)})


def test_shrinking_takes_the_mean_of_the_area():
    image = np.random.RandomState(0).randint(0, 256, (1, 28, 28)).astype(np.uint8)
    part = torch.from_numpy(image).double()[:, None]
    fine = torch.nn.functional.interpolate(part, scale_factor=5, mode="nearest")
    mean = torch.nn.functional.avg_pool2d(fine, 7)[0, 0]
    # A hair above, so that a mean which is a whole level does not fall below it.
    levels = ((mean + 1e-9) / 4).floor().to(torch.uint8).numpy()
    assert np.array_equal(make_builtin.shrink(image)[0], levels)


def test_an_idx_file_is_read_and_another_refused(tmp_path):
    path = tmp_path / "x.gz"
    content = b"\0\0\x08\x02" + b"\0\0\0\x02" + b"\0\0\0\x03" + bytes(range(6))
    path.write_bytes(gzip.compress(content))
    assert make_builtin.read_idx(path).tolist() == [[0, 1, 2], [3, 4, 5]]
    path.write_bytes(gzip.compress(b"\x89PNG" + content))
    with pytest.raises(ValueError, match="no IDX file"):
        make_builtin.read_idx(path)
