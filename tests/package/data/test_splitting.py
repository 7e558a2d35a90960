"""A validation split: by class, by the seed, recorded, and nothing lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from resattn_tutorial.data.splitting import validation_split, write_split


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
    assert told["seed"] == 9 and told["share"] == 0.25
    for part in ("training", "validation"):
        wanted = {kind: list(x) for kind, x in getattr(split, part).items()}
        assert told[part] == wanted
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
