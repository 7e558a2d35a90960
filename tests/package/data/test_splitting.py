"""A validation split: by class, by the seed, recorded, and nothing lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from resattn_tutorial.data.splitting import (
    Split,
    on_both_sides,
    series_by,
    validation_split,
    write_split,
)


def files(**counts: int) -> dict[str, list[str]]:
    return {
        kind: [f"{kind}/{number}.jpg" for number in range(count)]
        for kind, count in counts.items()
    }


def counts(names: dict) -> dict[str, int]:
    return {kind: len(found) for kind, found in names.items()}


def test_a_share_of_each_class_is_held_out_as_counted_by_hand():
    names = files(ant=2, bee=5, cat=12, dog=13, eel=100)
    held = counts(validation_split(names, 0.2).validation)
    assert held == {"ant": 1, "bee": 1, "cat": 2, "dog": 3, "eel": 20}
    most = counts(validation_split(names, 0.99).validation)
    assert most == {"ant": 1, "bee": 4, "cat": 11, "dog": 12, "eel": 99}


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_two_parts_are_disjoint_whole_and_in_order(seed: int):
    names = files(ant=7, bee=23)
    split = validation_split(names, 0.3, seed)
    for kind, everything in names.items():
        training, held = split.training[kind], split.validation[kind]
        assert not set(training) & set(held)
        assert sorted({*training, *held}) == sorted(everything)
        for part in (training, held):
            assert list(part) == [name for name in everything if name in part]


def test_the_lowest_digests_of_seed_class_and_name_are_held_out():
    names = files(ant=10)["ant"]
    by_hand = sorted(names, key=lambda name: hashlib.sha256(
        b"7\x00ant\x00" + name.encode()).hexdigest())[:3]
    split = validation_split({"ant": names}, 0.3, seed=7)
    assert set(split.validation["ant"]) == set(by_hand)


def test_the_seed_decides_and_the_order_of_the_files_does_not():
    names = files(ant=40, bee=40)
    first = validation_split(names, seed=3)
    assert validation_split(names, seed=3) == first
    assert validation_split(names, seed=4) != first
    turned = validation_split({kind: found[::-1] for kind, found in names.items()},
                              seed=3)
    for kind in names:
        assert set(turned.validation[kind]) == set(first.validation[kind])


def test_one_image_more_moves_one_other_at_most():
    before = validation_split(files(ant=49), seed=5).validation["ant"]
    after = validation_split(files(ant=50), seed=5).validation["ant"]
    assert len(before) == len(after) == 10
    assert len(set(before) - set(after)) <= 1


# From before there were series: they leave a split by images as it was.
PINNED = "07ed6cdf4541e5135f128207dca9a86d83fec838e02e336c30dbb9ba127c2652"


def test_without_series_a_split_is_the_same_on_every_machine_and_for_good():
    split = validation_split(files(ant=7, bee=50, cat=13), 0.3, seed=11)
    assert hashlib.sha256(json.dumps(split).encode()).hexdigest() == PINNED


# Series


def shots(**counts: list[int]) -> dict[str, list[str]]:
    """Files of each class: as many shots of each piece as its list says."""
    return {
        kind: [f"{piece}-{shot}.jpg" for shot in range(9)
               for piece, most in enumerate(found) if shot < most]
        for kind, found in counts.items()
    }


def piece_of(name: str) -> str:
    return name.partition("-")[0]


@pytest.mark.parametrize("seed", range(5))
def test_series_are_held_out_whole_and_nothing_is_lost(seed: int):
    names = shots(ant=[3, 1, 4, 1, 5], bee=[2] * 10)
    split = validation_split(names, 0.3, seed, piece_of)
    for kind, everything in names.items():
        training, held = split.training[kind], split.validation[kind]
        assert not set(map(piece_of, training)) & set(map(piece_of, held))
        assert sorted(training + held) == sorted(everything)
        for part in (training, held):
            assert list(part) == [name for name in everything if name in part]


def test_a_share_of_each_class_s_series_is_held_out_as_counted_by_hand():
    names = shots(ant=[9, 1], bee=[1, 2, 3, 4, 5], cat=[2] * 12, dog=[1] * 13)
    held = validation_split(names, 0.2, 0, piece_of).validation
    series = {kind: len(set(map(piece_of, found))) for kind, found in held.items()}
    assert series == {"ant": 1, "bee": 1, "cat": 2, "dog": 3}
    most = validation_split(names, 0.99, 0, piece_of).training
    assert {len(set(map(piece_of, found))) for found in most.values()} == {1}


def test_the_lowest_digests_of_seed_class_and_series_are_held_out():
    names = shots(ant=[2, 1, 3, 2, 1, 1])
    by_hand = sorted("012345", key=lambda piece: hashlib.sha256(
        f"7\0ant\0{piece}".encode()).hexdigest())[:2]
    split = validation_split(names, 0.3, 7, piece_of)
    assert set(map(piece_of, split.validation["ant"])) == set(by_hand)


def test_where_each_file_is_a_series_of_its_own_nothing_changes():
    names = files(ant=20, bee=7)
    for seed in range(3):
        assert validation_split(names, 0.3, seed, str) == validation_split(
            names, 0.3, seed)


def test_one_shot_more_of_a_piece_leaves_every_piece_where_it_was():
    few, many = (
        validation_split(shots(ant=[count] * 12), 0.25, 3, piece_of).validation["ant"]
        for count in (2, 6)
    )
    assert set(map(piece_of, few)) == set(map(piece_of, many))


def test_series_of_one_name_in_two_classes_are_two():
    names = shots(ant=[2] * 40, bee=[2] * 40)
    held = validation_split(names, 0.5, 0, piece_of).validation
    assert set(map(piece_of, held["ant"])) != set(map(piece_of, held["bee"]))


def test_series_that_are_on_both_sides_in_two_classes_are_found():
    split = Split(
        {"ant": ("1-1", "2-1"), "bee": ("3-1", "7-1")},
        {"ant": ("3-1", "3-2"), "bee": ("1-1", "4-1")},
    )
    assert on_both_sides(split, piece_of) == ["1", "3"]
    assert on_both_sides(split, str) == ["1-1", "3-1"]      # the files themselves
    named = Split(*({kind: tuple(f"{kind}/{file}" for file in files)
                     for kind, files in part.items()} for part in split))
    assert on_both_sides(named, series_by("(.+)-")) == ["1", "3"]
    # Within a class nothing is parted, so without shared names there is none.
    names = shots(ant=[2] * 9) | {
        "bee": [f"b{name}" for name in shots(bee=[2] * 9)["bee"]]}
    for seed in range(5):
        assert not on_both_sides(
            validation_split(names, 0.3, seed, piece_of), piece_of)
    with pytest.raises(TypeError, match="split must be a Split, got dict"):
        on_both_sides({}, piece_of)
    with pytest.raises(TypeError, match="series must be"):
        on_both_sides(split, "(.+)-")


def test_a_class_of_one_series_and_what_tells_none_are_refused():
    with pytest.raises(ValueError, match="at least 2 series to be split.*ant has 1"):
        validation_split(shots(ant=[5], bee=[1, 1]), series=piece_of)
    with pytest.raises(TypeError, match="series must be"):
        validation_split(shots(ant=[5, 5]), series="(.+)-")


@pytest.mark.parametrize(("pattern", "name", "wanted"), [
    ("(.+)-", "shirts-007-2.png", "shirts-007"),
    ("^(.+?)-", "shirts-007-2.png", "shirts"),
    ("([0-9]+)", "IMG_0412 (copy).jpg", "0412"),
    ("(?:copy of )?(.*)", "copy of me.jpg", "me.jpg"),
    ("(a)?b", "b.png", ""),
])
def test_a_pattern_s_group_is_the_series(pattern: str, name: str, wanted: str):
    assert series_by(pattern)(name) == wanted


@pytest.mark.parametrize(("pattern", "error", "said"), [
    ("(.+", ValueError, "series must be a regular expression, got '\\(.+'"),
    (".+", ValueError, "series must have one group in brackets"),
    ("(.+)-(.+)", ValueError, "series must have one group in brackets"),
    (None, TypeError, "series must be text"),
])
def test_a_pattern_of_another_kind_is_refused(pattern: str, error: type, said: str):
    with pytest.raises(error, match=said):
        series_by(pattern)


def test_a_name_without_the_pattern_is_refused_and_told():
    with pytest.raises(ValueError, match=r"'\(\.\+\)-' is not in plain\.jpg"):
        validation_split({"ant": ["1-1.jpg", "plain.jpg"]}, series=series_by("(.+)-"))


# Names and records


def test_a_name_that_is_no_utf_8_is_split_and_recorded(tmp_path: Path):
    odd = b"b\xff.jpg".decode("utf-8", "surrogateescape")
    split = validation_split({"bee": [odd, "c.jpg"]})
    write_split(tmp_path / "split.json", split, 0.2, 0)
    told = json.loads((tmp_path / "split.json").read_text())
    assert sorted(told["training"]["bee"] + told["validation"]["bee"]) == sorted(
        [odd, "c.jpg"])


def test_a_split_is_recorded_by_class_with_share_and_seed(tmp_path: Path):
    split = validation_split(files(ant=5, bee=6), 0.25, seed=9)
    write_split(tmp_path / "split.json", split, 0.25, 9)
    told = json.loads((tmp_path / "split.json").read_text())
    assert told["seed"] == 9 and told["share"] == 0.25 and told["series"] is None
    for part in ("training", "validation"):
        wanted = {kind: list(x) for kind, x in getattr(split, part).items()}
        assert told[part] == wanted
    write_split(tmp_path / "series.json", split, 0.25, 9, "(.+)-")
    assert json.loads((tmp_path / "series.json").read_text())["series"] == "(.+)-"
    with pytest.raises(TypeError, match="split must be a Split, got dict"):
        write_split(tmp_path / "split.json", {}, 0.25, 9)


@pytest.mark.parametrize(("names", "said"), [
    (files(ant=2, bee=1), "at least 2 images to be split.*bee has 1"),
    (files(ant=0), "ant has 0"),
    ({"ant": ["a", "a", "b"]}, "must name each file once"),
])
def test_what_cannot_be_split_is_refused_in_words(names: dict, said: str):
    with pytest.raises(ValueError, match=said):
        validation_split(names)


@pytest.mark.parametrize(("changed", "error", "said"), [
    ({"names": ["a", "b"]}, TypeError, "names must be a mapping"),
    ({"names": {"ant": "ab"}}, TypeError, "must be a list or a tuple, got str"),
    ({"share": 0}, ValueError, "share must be above 0 and below 1, got 0"),
    ({"share": 1}, ValueError, "share must be above 0 and below 1, got 1"),
    ({"share": "half"}, TypeError, "share must be a number"),
    ({"seed": -1}, ValueError, "seed must be at least 0"),
    ({"seed": 0.5}, TypeError, "seed must be a whole number"),
])
def test_arguments_of_another_kind_are_refused(
    changed: dict, error: type, said: str
):
    with pytest.raises(error, match=said):
        validation_split(**({"names": files(ant=4)} | changed))
