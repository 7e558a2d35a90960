"""Run files: written whole or not at all, and held to the schema."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
import torch
from jsonschema import Draft202012Validator

from resattn_tutorial.ledger import store

POINT = {"step": 3, "images": 12, "seconds": 6.0, "loss": 0.5, "accuracy": 0.5}
SCHEMA = json.loads(store.SCHEMA.read_text(encoding="utf-8"))


def a_run(name: str = "trial", seed: int = 0, **changed) -> dict:
    """A run with every field; ``changed`` names fields by words joined by ``_``."""
    run = {
        "command": "python -m trial", "commit": None, "configuration": {"steps": 3},
        "curve": [POINT], "date": "2026-11-22",
        "data": {
            "name": "CIFAR-10", "form": "original pixels",
            "training images": 50_000, "test images": 10_000,
        },
        "hardware": {"processor": "x", "cores": 2, "gpu": None, "threads": 1},
        "images per second": 2.0, "minutes": 0.1, "name": name,
        "results": {"test accuracy": 0.5}, "seed": seed,
        "versions": {"python": "3", "torch": "2"},
    }
    return {**run, **{field.replace("_", " "): to for field, to in changed.items()}}


def test_a_run_is_read_as_it_was_written(tmp_path):
    path = store.write_run(a_run(), tmp_path)
    assert path == tmp_path / "trial-seed0.json"
    assert json.loads(path.read_text(encoding="utf-8")) == a_run()
    assert store.read_runs("trial", tmp_path) == [a_run()]
    assert [file.name for file in tmp_path.iterdir()] == ["trial-seed0.json"]


def test_the_same_run_gives_the_same_bytes_whatever_the_order_of_its_fields(tmp_path):
    one = store.write_run(a_run(), tmp_path).read_bytes()
    turned = dict(reversed(a_run().items()))
    assert store.write_run(turned, tmp_path).read_bytes() == one


def test_runs_come_by_seed_as_a_number_and_by_name(tmp_path):
    for seed in (10, 2, 0):
        store.write_run(a_run(seed=seed), tmp_path)
    for other in ("trial-longer", "trial-seeds", "trial-seed-x"):
        store.write_run(a_run(other), tmp_path)
    assert [run["seed"] for run in store.read_runs("trial", tmp_path)] == [0, 2, 10]
    assert len(store.read_runs("trial-longer", tmp_path)) == 1


def test_a_run_written_again_replaces_the_old_one(tmp_path):
    store.write_run(a_run(), tmp_path)
    store.write_run(a_run(minutes=9.0), tmp_path)
    assert [run["minutes"] for run in store.read_runs("trial", tmp_path)] == [9.0]


def test_the_schema_is_one_and_describes_every_field_of_a_run():
    Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == set(a_run())
    assert set(SCHEMA["required"]) == set(a_run()) - {"images per second"}


@pytest.mark.parametrize("field", a_run())
def test_a_run_that_lacks_a_field_is_not_written(field, tmp_path):
    run = a_run()
    del run[field]
    with pytest.raises(ValueError, match=f"not written: the run: '{field}' is a req"):
        store.write_run(run, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_measurement_without_training_has_no_curve_and_no_rate(tmp_path):
    run = a_run(curve=[])
    del run["images per second"]
    assert store.read_run(store.write_run(run, tmp_path)) == run


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"accuracy": 0.9}, "the run: .*'accuracy' was unexpected"),
        ({"name": "chapter 3"}, "name: 'chapter 3' does not match"),
        ({"name": "../trial"}, "name: '../trial' does not match"),
        ({"name": "trial-seed0"}, "name: 'trial-seed0' should not be valid"),
        ({"seed": -1}, "seed: -1 is less than"),
        ({"seed": True}, "seed: True is not of type 'integer'"),
        ({"date": "2026-13-22"}, "date: '2026-13-22' is not a 'date'"),
        ({"commit": "main"}, "commit: 'main' does not match"),
        ({"command": ""}, "command: '' should be non-empty"),
        ({"minutes": "4"}, "minutes: '4' is not of type 'number'"),
        ({"images_per_second": 0}, "images per second: 0 is less than or equal"),
        ({"data": {"name": "CIFAR-10"}}, "data: 'form' is a required"),
        ({"hardware": {"cores": 2}}, "hardware: 'processor' is a required"),
        ({"versions": {"python": 3, "torch": "2"}}, "versions/python: 3 is not of"),
        ({"results": {}}, "results: {} should be non-empty"),
        ({"results": {"a": {"b": "high"}}}, "results/a/b: 'high' is not of type"),
        ({"curve": [POINT, {**POINT, "accuracy": 81}]}, "curve/1/accuracy: 81 is gr"),
        ({"curve": [{**POINT, "rate": 0.1}]}, "curve/0: .*'rate' was unexpected"),
        ({"curve": [{**POINT, "test error": 0.1}]}, "curve/0: .*should not be valid"),
        (
            {"curve": [{k: v for k, v in POINT.items() if k != "accuracy"}]},
            "curve/0: 'test error' is a required",
        ),
    ],
)
def test_a_run_that_does_not_fit_is_not_written_and_the_field_named(
    changed, words, tmp_path
):
    with pytest.raises(ValueError, match=words):
        store.write_run(a_run(**changed), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_curve_may_hold_the_test_error_in_place_of_the_accuracy(tmp_path):
    point = {k: v for k, v in POINT.items() if k != "accuracy"} | {"test error": 0.05}
    path = store.write_run(a_run(curve=[point]), tmp_path)
    assert store.read_run(path)["curve"] == [point]


def test_numbers_are_written_as_they_are(tmp_path):
    path = store.write_run(a_run(minutes=0.1 + 0.2), tmp_path)
    assert store.read_run(path)["minutes"] == 0.1 + 0.2


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_neither_written_nor_read(number, tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        store.write_run(a_run(minutes=number), tmp_path)
    path = tmp_path / "trial-seed0.json"
    path.write_text(json.dumps(a_run(minutes=number)), encoding="utf-8")
    with pytest.raises(ValueError, match="trial-seed0.json is not a whole run file"):
        store.read_run(path)


def test_a_run_that_cannot_be_put_into_json_leaves_the_old_one_whole(tmp_path):
    path = store.write_run(a_run(), tmp_path)
    with pytest.raises(TypeError):
        store.write_run(a_run(results={"accuracy": torch.tensor(0.5)}), tmp_path)
    assert json.loads(path.read_text(encoding="utf-8")) == a_run()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("full_at", ["any file", "the run's own file"])
def test_a_write_that_breaks_off_leaves_no_broken_run(tmp_path, monkeypatch, full_at):
    path = store.write_run(a_run(), tmp_path)
    whole = Path.write_text

    def full_disk(self, text, **how):
        if full_at == "any file" or self == path:
            whole(self, text[:20], **how)
            raise OSError("no space left")
        return whole(self, text, **how)

    monkeypatch.setattr(Path, "write_text", full_disk)
    with contextlib.suppress(OSError):
        store.write_run(a_run(minutes=9.0), tmp_path)
    kept = 0.1 if full_at == "any file" else 9.0
    assert store.read_runs("trial", tmp_path) == [a_run(minutes=kept)]


def test_an_unknown_name_is_refused_and_the_known_ones_are_told(tmp_path):
    store.write_run(a_run("masks"), tmp_path)
    store.write_run(a_run("no-masks", seed=12), tmp_path)
    with pytest.raises(FileNotFoundError, match="'mask'.*'masks', 'no-masks'"):
        store.read_runs("mask", tmp_path)


@pytest.mark.parametrize("keep", [0, 1, 40, -3])
def test_a_file_that_is_cut_short_is_refused_by_its_name(keep, tmp_path):
    path = store.write_run(a_run(), tmp_path)
    path.write_text(path.read_text(encoding="utf-8")[:keep], encoding="utf-8")
    with pytest.raises(ValueError, match="trial-seed0.json is not a whole run"):
        store.read_runs("trial", tmp_path)


def test_a_file_that_lacks_a_field_is_refused_and_the_field_named(tmp_path):
    path = store.write_run(a_run(), tmp_path)
    run = a_run()
    del run["hardware"], run["seed"]
    path.write_text(json.dumps(run), encoding="utf-8")
    words = r"trial-seed0.json: the run: 'hardware' is .*; the run: 'seed' is a req"
    with pytest.raises(ValueError, match=words):
        store.read_runs("trial", tmp_path)


@pytest.mark.parametrize("text", ["[]", "3", "null"])
def test_a_file_that_holds_no_run_is_refused_by_its_name(text, tmp_path):
    path = tmp_path / "trial-seed0.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="trial-seed0.json: the run: .*'object'"):
        store.read_run(path)


def test_a_file_that_is_called_like_another_run_is_refused(tmp_path):
    path = store.write_run(a_run(seed=1), tmp_path)
    with pytest.raises(ValueError, match="trial-seed0.json holds another .* seed 1"):
        store.read_run(path.rename(tmp_path / "trial-seed0.json"))
