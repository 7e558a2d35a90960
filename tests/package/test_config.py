"""The configuration of a training: one object, refused at the door, told in a file."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import shlex
import subprocess
import sys
from dataclasses import fields, replace

import pytest

from resattn_tutorial.config import IDENTITY, TrainingConfig, differences
from resattn_tutorial.names import NetworkName
from resattn_tutorial.recipes import ADDITIONS, RECIPES, Recipe, find_recipe

FULL = TrainingConfig(
    "cifar_attention56", "/my data", find_recipe("quick", 4, 8, 0.12345678), seed=5,
    label_noise=1 / 3, data_name="my photos", precision="bfloat16", accumulation=4,
    memory_format="contiguous_format", compile=True, deterministic=True,
    skip_damaged=True, sync_batch_norm=True, graphs=False, threads=3, points=7,
    save_every=2.5, attention="naive",
)


def test_the_command_says_all_that_is_not_as_usual() -> None:
    words = shlex.split(FULL.command())
    assert words[:3] == ["resattn", "train", "cifar_attention56"]
    options = dict(zip(words[3:-5:2], words[4:-5:2], strict=True))
    assert options == {
        "--attention": "naive", "--data": "/my data", "--data-name": "my photos",
        "--recipe": "quick",
        "--steps": "4", "--batch-size": "8", "--learning-rate": "0.12345678",
        "--label-noise": repr(1 / 3), "--seed": "5", "--precision": "bfloat16",
        "--accumulation": "4", "--memory-format": "contiguous_format",
        "--threads": "3", "--points": "7", "--save-every": "2.5",
    }
    assert words[-5:] == [
        "--skip-damaged", "--compile", "--deterministic", "--sync-batch-norm",
        "--no-graphs",
    ]


def test_every_field_shows_in_the_command() -> None:
    plain = TrainingConfig("first_attention")
    for field in fields(TrainingConfig):
        changed = replace(plain, **{field.name: getattr(FULL, field.name)})
        assert changed.command() != plain.command(), field.name


def test_several_processes_are_so_many_micro_batches_of_one() -> None:
    assert "--accumulation 8 " in FULL.command(world_size=2)


@pytest.mark.parametrize("recipe", [
    Recipe("my own", 4, 8, 0.05), replace(RECIPES["quick"], momentum=0.8),
    replace(RECIPES["paper-cifar"], milestones=(3,)),
])
def test_a_recipe_without_a_name_has_no_command(recipe: Recipe) -> None:
    assert TrainingConfig("first_attention", recipe=recipe).command() is None


def test_smoothed_labels_can_be_typed_where_the_recipe_has_others() -> None:
    smoothed = replace(RECIPES["mini"], smoothing=0.3)
    assert "--smoothing 0.3 " in TrainingConfig("mini1", recipe=smoothed).command()
    as_usual = TrainingConfig("cifar_attention56", recipe=RECIPES["fast-cifar"])
    assert "smoothing" not in as_usual.command()


@pytest.mark.parametrize("name", ADDITIONS)
def test_what_a_recipe_may_add_is_typed_and_told_only_where_it_is_on(name: str) -> None:
    plain = TrainingConfig("mini1", recipe=RECIPES["mini"])
    added = replace(plain, recipe=replace(plain.recipe, **{name: 0.25}))
    typed = f"--{name.replace('_', '-')}"
    assert typed not in plain.command()
    assert f"{typed} 0.25 " in added.command()
    assert name not in plain.as_dict()["recipe"]
    assert added.as_dict()["recipe"][name] == 0.25
    told = json.loads(json.dumps(added.as_dict()))
    assert TrainingConfig.from_dict(told) == added != plain
    assert differences({name: None}, {name: 1}) == [       # no recipe's
        f"{name}: None in the checkpoint, 1 in this run"
    ]
    assert differences(plain.identity, added.identity) == [
        f"recipe, {name}: off in the checkpoint, 0.25 in this run"
    ]


def test_what_is_told_in_a_file_is_the_same_training() -> None:
    assert TrainingConfig.from_dict(FULL.as_dict()) == FULL
    assert pickle.loads(pickle.dumps(FULL)) == copy.deepcopy(FULL) == FULL


def test_a_file_that_lacks_a_field_is_no_training() -> None:
    told = FULL.as_dict()
    del told["points"]
    with pytest.raises(ValueError, match="a training needs points as well"):
        TrainingConfig.from_dict(told)


@pytest.mark.parametrize("make", [
    lambda: TrainingConfig("first_attention", precison="float32"),
    lambda: replace(FULL, precison="float32"),
    lambda: TrainingConfig.from_dict({**FULL.as_dict(), "precison": "float32"}),
])
def test_a_misspelt_field_is_refused_with_the_nearest_right_name(make) -> None:
    with pytest.raises(TypeError, match="no field 'precison'.*Did you mean precision"):
        make()


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"network": "atention56"}, ValueError, "got 'atention56'. Did you mean attention"),
    ({"precision": "bfloat61"}, ValueError, "Did you mean bfloat16"),
    ({"memory_format": "channels"}, ValueError, "Did you mean channels_last"),
    ({"data": None}, TypeError, "data must be a name or a folder, got NoneType"),
    ({"data": 5}, TypeError, "data must be a name or a folder, got int"),
    ({"data": b"pictures"}, TypeError, "data must be a name or a folder, got bytes"),
    ({"data": ""}, ValueError, "data must be a name or a folder, got ''"),
    ({"recipe": "quick"}, TypeError, "recipe must be a Recipe, got 'quick'"),
    ({"seed": -1}, ValueError, "seed must be at least 0"),
    ({"seed": 2**32}, ValueError, "seed must be below"),
    ({"seed": 0.5}, TypeError, "seed must be a whole number"),
    ({"label_noise": 1.5}, ValueError, "label_noise must be a number from 0 to 1"),
    ({"label_noise": "some"}, TypeError, "label_noise must be a number"),
    ({"accumulation": 0}, ValueError, "accumulation must be at least 1"),
    ({"points": 0}, ValueError, "points must be at least 1"),
    ({"threads": 0}, ValueError, "threads must be at least 1"),
    ({"threads": "2"}, TypeError, "threads must be a whole number"),
    ({"compile": "yes"}, TypeError, "compile must be True or False"),
    ({"save_every": -1}, ValueError, "save_every must be a number of seconds"),
    ({"save_every": float("nan")}, ValueError, "save_every must be a number"),
    ({"save_every": float("inf")}, ValueError, "from 0 to 31,536,000, a year, got inf"),
    ({"save_every": 10**400}, ValueError, "save_every must be a number of seconds"),
    ({"save_every": "often"}, TypeError, "save_every must be a number of seconds"),
    ({"save_every": True}, TypeError, "save_every must be a number of seconds"),
    ({"threads": 1025}, ValueError, "threads must be at most 1,024, got 1,025"),
    ({"threads": 10**6}, ValueError, "threads must be at most 1,024, got 1,000,000"),
    ({"points": 10**20}, ValueError, "points must be at most 100,000, got"),
    ({"accumulation": 10**20}, ValueError, "accumulation must be at most 1,000,000"),
    ({"label_noise": float("nan")}, ValueError, "label_noise must be a number from 0"),
])
def test_what_cannot_be_is_refused_at_the_door(change, error, words) -> None:
    with pytest.raises(error, match=words):
        replace(FULL, **change)


@pytest.mark.parametrize(("noise", "word"), [
    (0.1, "noise10"), (0.104, "noise10-4"), (0.001, "noise0-1"), (0.07, "noise7"),
    (0.29, "noise29"), (1 / 3, "noise33-33333333"), (1, "noise100"),
    (1e-7, "noise1e-05"),
])
def test_another_label_noise_is_another_name(noise, word) -> None:
    made = TrainingConfig("first_residual", label_noise=noise)
    assert made.name == f"first-residual-builtin-{word}-quick"


@pytest.mark.parametrize("kind", [list, tuple])
def test_milestones_may_come_as_a_list(kind) -> None:
    usual = RECIPES["paper-cifar"]
    recipe = replace(usual, milestones=kind(usual.milestones))
    assert recipe == usual and hash(recipe) == hash(usual)
    made = TrainingConfig("cifar_attention56", recipe=recipe)
    assert made.command() == TrainingConfig("cifar_attention56", recipe=usual).command()
    assert TrainingConfig.from_dict(json.loads(json.dumps(made.as_dict()))) == made


def test_it_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        FULL.seed = 3


def test_network_recipe_seed_and_label_noise_make_a_run() -> None:
    assert FULL.identity.keys() == set(IDENTITY)
    same = {"precision", "accumulation", "threads", "memory_format", "compile"}
    assert not same & FULL.identity.keys()


def test_a_network_s_name_knows_what_the_network_is_meant_for() -> None:
    assert NetworkName.ATTENTION56.size == 224
    for name in NetworkName:
        small = name.startswith(("cifar", "first", "mini"))
        assert (name.classes, name.size) == ((10, 32) if small else (1000, 224))


def test_differences_are_told_one_a_line_with_their_place() -> None:
    theirs, ours = {"a": 1, "b": {"c": 2, "d": 3}}, {"a": 1, "b": {"c": 5}, "e": 0}
    assert differences(theirs, ours, whose=("yours", "ours")) == [
        "b, c: 2 in yours, 5 in ours", "b, d: 3 in yours, None in ours",
        "e: None in yours, 0 in ours",
    ]


def test_configuration_ledger_and_names_need_no_pytorch_and_no_schema() -> None:
    code = (
        "import sys\n"
        "sys.modules['torch'] = sys.modules['jsonschema'] = None\n"
        "import resattn_tutorial.ledger.expected, resattn_tutorial.config\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_a_network_is_built_where_no_run_file_can_be_read_and_no_schema_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = (
        "import pathlib, sys\n"
        "sys.modules['jsonschema'] = None\n"
        "real = pathlib.Path.read_text\n"
        "def read_text(path, *words, **named):\n"
        "    assert path.suffix != '.json', path\n"
        "    return real(path, *words, **named)\n"
        "pathlib.Path.read_text = read_text\n"
        "from resattn_tutorial.models.zoo import cifar_attention56\n"
        "cifar_attention56(weights='DEFAULT')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
