"""Run files: written whole or not at all, and held to the schema."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from jsonschema import Draft202012Validator
from sample_run import POINT, a_run, told_of_a_run

from resattn_tutorial import files
from resattn_tutorial.ledger import store
from resattn_tutorial.ledger.run import rounded_curve

SCHEMA = json.loads(store.SCHEMA.read_text(encoding="utf-8"))


def test_a_run_is_read_as_it_was_written(tmp_path):
    path = store.write_run(a_run(), tmp_path)
    assert path == tmp_path / "trial-seed0.json"
    assert json.loads(path.read_text(encoding="utf-8")) == told_of_a_run()
    assert store.read_runs("trial", tmp_path) == [a_run()]
    assert [file.name for file in tmp_path.iterdir()] == ["trial-seed0.json"]


def test_runs_come_by_seed_as_a_number_and_by_name(tmp_path):
    for seed in (10, 2, 0):
        store.write_run(a_run(seed=seed), tmp_path)
    for other in ("trial-longer", "trial-seeds", "trial-seed-x"):
        store.write_run(a_run(other), tmp_path)
    assert [run.seed for run in store.read_runs("trial", tmp_path)] == [0, 2, 10]
    assert len(store.read_runs("trial-longer", tmp_path)) == 1


def test_a_run_written_again_replaces_the_old_one(tmp_path):
    store.write_run(a_run(), tmp_path)
    store.write_run(a_run(results__minutes=9.0), tmp_path)
    [run] = store.read_runs("trial", tmp_path)
    assert run.results.minutes == 9.0


# Said by runs that hold images out; other files are as they were before these came.
ONLY_WHERE_HELD_OUT = {"validation_images"}


def test_the_schema_is_one_and_describes_every_field_of_a_run():
    Draft202012Validator.check_schema(SCHEMA)
    told = told_of_a_run()
    assert set(SCHEMA["properties"]) == set(SCHEMA["required"]) == set(told)
    for part in ("data", "environment", "results"):
        described = SCHEMA["properties"][part]
        always = set(described["properties"]) - ONLY_WHERE_HELD_OUT
        assert always == set(described["required"]) == set(told[part])


def lacking(field: str) -> dict:
    told = told_of_a_run()
    *inside, last = field.split("/")
    where = told
    for part in inside:
        where = where[part]
    del where[last]
    return told


FIELDS = [
    *told_of_a_run(),
    *(f"{part}/{name}" for part in ("data", "environment", "results")
      for name in told_of_a_run()[part]),
]


@pytest.mark.parametrize("field", FIELDS)
def test_a_file_that_lacks_a_field_is_refused_and_the_field_named(field, tmp_path):
    path = tmp_path / "trial-seed0.json"
    path.write_text(json.dumps(lacking(field)), encoding="utf-8")
    where, _, name = field.rpartition("/")
    words = f"trial-seed0.json: {where or 'the run'}: '{name}' is a required"
    with pytest.raises(ValueError, match=words):
        store.read_runs("trial", tmp_path)


WRONG = [
    ("name", "chapter 3", "name: 'chapter 3' does not match"),
    ("name", "../trial", "name: '../trial' does not match"),
    ("name", "trial-seed0", "name: 'trial-seed0' should not be valid"),
    ("configuration__seed", -1, "configuration/seed: -1 is less than"),
    ("configuration__seed", True, "seed: True is not of type 'integer'"),
    ("environment__date", "2026-13-22", "date: '2026-13-22' is not a 'date'"),
    ("environment__commit", "main", "commit: 'main' does not match"),
    ("command", "", "command: '' should be non-empty"),
    ("results__minutes", "4", "minutes: '4' is not of type 'number'"),
    ("results__images_per_second", 0, "images_per_second: 0 is less than or equal"),
    ("results__test_error", 1.5, "test_error: 1.5 is greater than"),
    ("environment__python", 3, "environment/python: 3 is not of"),
    ("results__curve", [], "results/curve: \\[\\] should be non-empty"),
    ("results__scores", {"a": {"b": "high"}}, "scores/a: .* is not valid"),
    ("results__curve", [{**POINT, "test_error": 81}], "curve/0/test_error: 81"),
    ("changes", [""], "changes/0: '' should be non-empty"),
]


@pytest.mark.parametrize(("place", "value", "words"), WRONG)
def test_a_run_that_does_not_fit_is_not_written_and_the_field_named(
    place, value, words, tmp_path
):
    with pytest.raises(ValueError, match=words):
        store.write_run(a_run(**{place: value}), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("place", "value"), [
    ("accuracy", 0.9), ("results__accuracy", 0.9), ("environment__host", "here"),
    ("results__curve", [{**POINT, "accuracy": 0.5}]),
])
def test_a_field_that_no_run_has_is_refused(place, value, tmp_path):
    path = tmp_path / "trial-seed0.json"
    path.write_text(json.dumps(told_of_a_run(**{place: value})), encoding="utf-8")
    with pytest.raises(ValueError, match="was unexpected"):
        store.read_run(path)


def test_a_run_that_classified_nothing_has_no_error_and_no_loss(tmp_path):
    curve = [{**POINT, "loss": None, "test_error": None}]
    run = a_run(results__test_error=None, results__curve=curve)
    assert rounded_curve(run.results.curve) == run.results.curve
    assert store.read_run(store.write_run(run, tmp_path)) == run


def test_numbers_are_written_as_they_are(tmp_path):
    path = store.write_run(a_run(results__minutes=0.1 + 0.2), tmp_path)
    assert store.read_run(path).results.minutes == 0.1 + 0.2


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_neither_written_nor_read(number, tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        store.write_run(a_run(results__minutes=number), tmp_path)
    path = tmp_path / "trial-seed0.json"
    told = told_of_a_run(results__minutes=number)
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ValueError, match="trial-seed0.json is not a whole run file"):
        store.read_run(path)


def test_a_run_that_cannot_be_put_into_json_leaves_the_old_one_whole(tmp_path):
    path = store.write_run(a_run(), tmp_path)
    with pytest.raises(TypeError):
        store.write_run(a_run(results__scores={"a": torch.tensor(0.5)}), tmp_path)
    assert json.loads(path.read_text(encoding="utf-8")) == told_of_a_run()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_breaks_off_leaves_no_broken_run(tmp_path, monkeypatch, step):
    path = store.write_run(a_run(), tmp_path)

    def full_disk(*_):
        raise OSError("no space left")

    monkeypatch.setattr(files.os, step, full_disk)
    with pytest.raises(OSError, match="no space left"):
        store.write_run(a_run(results__minutes=9.0), tmp_path)
    assert store.read_runs("trial", tmp_path) == [a_run()]
    assert list(tmp_path.iterdir()) == [path]


def test_runs_written_by_several_at_once_are_whole_and_none_fails(tmp_path):
    def write(minutes: int) -> bool:
        path = store.write_run(a_run(results__minutes=minutes), tmp_path)
        return store.read_run(path).results.minutes in range(200)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(write, range(200)))
    assert [path.name for path in tmp_path.iterdir()] == ["trial-seed0.json"]


# One bad file does not hide the others


def holding(text: str | bytes):
    """A run file that holds something else."""

    def make(path: Path) -> None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    return make


def with_number(written: str):
    """A run file whose ``minutes`` are written in a certain way."""
    return holding(json.dumps(told_of_a_run("bad")).replace("0.1", written))


def nested(depth: int):
    """A run file with groups within groups among its scores."""
    told = json.dumps(told_of_a_run("bad"))
    return holding(told.replace('{}', '{"a": ' * depth + "1" + "}" * depth))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**11)


def to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def to_itself(path: Path) -> None:
    path.symlink_to(path)


def to_what_never_ends(path: Path) -> None:
    path.symlink_to("/dev/zero")


BAD = {
    "a text for a number": (with_number('"4"'), "'4' is not of type 'number'"),
    "1e999": (with_number("1e999"), "1e999 is not a finite float"),
    "-1e999": (with_number("-1e999"), "-1e999 is not a finite float"),
    "400 digits": (with_number("9" * 400), "a number of 400 digits is not a finite"),
    "5000 digits": (with_number("9" * 5000), "a number of 5000 digits is not"),
    "NaN": (with_number("NaN"), "NaN is not a finite float"),
    "null": (with_number("null"), "None is not of type 'number'"),
    "lists in lists": (holding("[" * 100_000), "too deep to read"),
    "groups in groups": (nested(100_000), "too deep to read"),
    "groups in groups, for the schema": (nested(400), "too deep to read"),
    "a pipe": (os.mkfifo, "is no file, but a folder, a pipe"),
    "a folder": (Path.mkdir, "is no file, but a folder, a pipe"),
    "a link to nowhere": (to_nowhere, "No such file or directory"),
    "a link to itself": (to_itself, "Too many levels of symbolic links"),
    "an endless file": (to_what_never_ends, "is no file, but a folder, a pipe"),
    "bad UTF-8": (holding(b"\xff\xfe{}"), "can't decode byte 0xff"),
    "UTF-16": (holding("{}".encode("utf-16")), "can't decode byte"),
    "100 gigabytes": (sparse, "has 100,000,000,000 bytes, and no run file"),
    "nothing": (holding(""), "is not a whole run file"),
    "half a run": (holding('{"name": "bad"'), "is not a whole run file"),
    "a list": (holding("[]"), "is not of type 'object'"),
    "another run": (holding(json.dumps(told_of_a_run("other"))), "holds another run"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_named_with_its_reason_and_hides_no_other(tmp_path, kind):
    make, words = BAD[kind]
    good = store.write_run(a_run(), tmp_path)
    bad = tmp_path / "bad-seed0.json"
    make(bad)
    runs, reasons = store.readable_runs(tmp_path)
    assert runs == {good: a_run()} and list(reasons) == [bad]
    assert words in reasons[bad], reasons[bad][:500]
    with pytest.raises((ValueError, OSError)):
        store.read_run(bad)
    assert store.read_runs("trial", tmp_path) == [a_run()]


def test_files_and_folders_that_cannot_be_opened_are_named(tmp_path, monkeypatch):
    good = store.write_run(a_run(), tmp_path)
    (tmp_path / "locked").mkdir()
    read, scan = Path.read_text, os.scandir

    def read_but(path, **how):
        if path.name.startswith("bad"):
            raise PermissionError(13, "Permission denied", str(path))
        return read(path, **how)

    def scan_but(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    (tmp_path / "bad-seed0.json").touch()
    monkeypatch.setattr(Path, "read_text", read_but)
    monkeypatch.setattr(os, "scandir", scan_but)
    runs, reasons = store.readable_runs(tmp_path)
    assert list(runs) == [good]
    assert [path.name for path in reasons] == ["bad-seed0.json", "locked"]
    assert all("Permission denied" in reason for reason in reasons.values())


def test_links_in_a_circle_and_drafts_are_not_followed_or_read(tmp_path):
    good = store.write_run(a_run(), tmp_path)
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / files.draft_name()).write_text("{")
    (tmp_path / "trial-seed1.part").write_text("{")
    assert store.readable_runs(tmp_path) == ({good: a_run()}, {})
    assert store.read_runs("trial", tmp_path) == [a_run()]


def test_whole_numbers_stay_whole(tmp_path):
    path = store.write_run(a_run(configuration__seed=0, configuration__n=-7), tmp_path)
    read = store.read_run(path)
    assert read.configuration["n"] == -7 and type(read.configuration["n"]) is int
    assert type(read.results.minutes) is float


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


@pytest.mark.parametrize(("twice", "name"), [
    ('"name": "trial"', "name"), ('"test_error": 0.5', "test_error"),
])
def test_a_file_that_says_a_thing_twice_is_refused_by_its_name(twice, name, tmp_path):
    """Of two values Python takes the last without a word."""
    path = store.write_run(a_run(), tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(twice, f"{twice}, {twice}", 1), encoding="utf-8")
    words = f"trial-seed0.json is not a whole run file: '{name}' occurs in it more than"
    with pytest.raises(ValueError, match=words):
        store.read_run(path)


def test_a_folder_and_a_file_may_be_named_by_text(tmp_path):
    path = store.write_run(a_run(), str(tmp_path))
    assert store.read_run(str(path)) == a_run()
    assert store.read_runs("trial", str(tmp_path)) == [a_run()]


@pytest.mark.parametrize(("call", "words"), [
    (lambda: store.write_run(a_run(), 5), "folder must be a path, got int"),
    (lambda: store.write_run("trial"), "run must be a Run, got str"),
    (lambda: store.read_runs("trial", None), "folder must be a path, got NoneType"),
    (lambda: store.read_run(None), "path must be a path, got NoneType"),
])
def test_what_names_no_place_is_refused_by_its_argument(call, words):
    with pytest.raises(TypeError, match=words):
        call()
