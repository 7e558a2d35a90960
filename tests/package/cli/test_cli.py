"""The command line: what it understands, what it refuses, and how it ends."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sample_run import POINT, a_run
from typer.testing import CliRunner

from resattn_tutorial import names, recipes
from resattn_tutorial.cli import data, evaluate, tables
from resattn_tutorial.cli.app import app
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.cost import analytic
from resattn_tutorial.data import datasets
from resattn_tutorial.data.cifar import ARCHIVES
from resattn_tutorial.data.mirrors import Archive
from resattn_tutorial.data.storage import DataError
from resattn_tutorial.ledger import store
from resattn_tutorial.ledger.run import Data
from resattn_tutorial.models import registry, zoo
from resattn_tutorial.models.attention_network import Stage
from resattn_tutorial.names import NetworkName
from resattn_tutorial.recipes import find_recipe
from resattn_tutorial.training import runner
from resattn_tutorial.training.checkpoint import CheckpointError
from resattn_tutorial.training.step import Stepper

ROOT = Path(__file__).resolve().parents[3]
RUN_TRAINING = runner.run_training
COMMANDS = (
    "train", "finetune", "evaluate", "predict", "masks", "export", "cost", "data",
    "ledger", "progress", "grade", "doctor",
)


def resattn(*typed: str):
    """What a command answers: ``exit_code``, ``output``, ``stdout``, ``exception``."""
    return CliRunner().invoke(app, list(typed))


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def launched(monkeypatch) -> list:
    """Instead of training, note what would be trained, and how."""
    seen = []

    def note(config, folder, copy_to=None):
        seen.append((config, folder))

    monkeypatch.setattr(runner, "run_training", note)
    return seen


@pytest.fixture
def photos(tmp_path, monkeypatch) -> Path:
    """A folder with a few small images of two classes; the current folder holds it."""
    draw = np.random.default_rng(0)
    for split, count in (("train", 8), ("test", 6)):
        for colour, kind in enumerate(("blue", "red")):
            folder = tmp_path / "mine" / split / kind
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = draw.integers(90, size=(32, 32, 3))
                pixels[..., 2 - 2 * colour] += 110
                Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    return Path("mine")


TINY = ("train", "first_residual", "--data", "mine", "--batch-size", "8",
        "--learning-rate", "0.05", "--folder", "run")


# What it understands


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_has_an_example(command):
    answer = resattn(command, "--help")
    assert answer.exit_code == 0
    assert re.search(rf"Examples:\s+resattn {command}", answer.output)


def examples(text: str) -> list[str]:
    """Its lines; one that goes on in the next is one."""
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


PAGES = (
    ROOT / "index.md", *(ROOT / "book").glob("*.md"), *(ROOT / "chapters").glob("*.md"),
)


def blocks(page: Path) -> Iterator[str]:
    """What stands between fences that open with no language, or with bash."""
    kind, lines = None, []
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("```"):
            lines.append(line)
        elif kind is None:
            kind, lines = line.strip("`"), []
        else:
            if kind in ("", "bash"):
                yield "\n".join(lines)
            kind = None


def typed_lines(command: str) -> list[str]:
    """Every line of the pages that types a command of this name."""
    word = rf"^\s*(\w+=\S+ )*(resattn|torchrun .*resattn_tutorial\.cli) {command}\b"
    return [line for page in PAGES for block in blocks(page)
            for line in examples(block) if re.search(word, line)]


def test_every_module_of_commands_is_a_command_and_each_stands_in_the_help():
    folder = ROOT / "resattn_tutorial" / "cli" / "commands"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    listed = resattn("--help").output.split("Commands:")[1].split("Examples:")[0]
    found = re.findall(r"^  (\w+)", listed, re.MULTILINE)
    assert found == [*COMMANDS, "experiment"] and set(found) == modules


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_every_example_would_be_understood(command, launched, tmp_path, monkeypatch):
    """Only what a word leads to is left out: no download, no test, no examination."""
    from resattn_tutorial.checks import progress as learner
    from resattn_tutorial.cli import (
        doctor,
        export,
        finetune,
        grade,
        image_words,
        masks,
        predict,
    )
    from resattn_tutorial.training import trained_network

    for load in ("load_run", "load_packaged"):
        monkeypatch.setattr(predict, load, lambda *_, **__: trained_network.
                            TrainedNetwork(None, (), None, "a network", "a network"))
    monkeypatch.setattr(predict, "predictions", lambda *_: [])
    monkeypatch.setattr(image_words, "image_files", lambda *_: [])
    monkeypatch.setattr(masks, "lines", lambda *_: [])
    monkeypatch.setattr(export, "lines", lambda *_: [])
    monkeypatch.setattr(finetune, "run", lambda *_: [])
    monkeypatch.setattr(grade, "run", lambda *_: [])
    monkeypatch.setattr(learner, "progress", lambda folder: folder)
    monkeypatch.setattr(evaluate, "lines", lambda *_: [])
    monkeypatch.setattr(data, "make_ready", lambda name: None)
    monkeypatch.setattr(doctor, "examine", list)
    monkeypatch.setattr(tables, "runs_table", lambda folder: [])
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path))
    for folder in ("my-photos", "wardrobe"):
        (tmp_path / folder / "ant").mkdir(parents=True)
    (tmp_path / "photo.jpg").touch()
    (tmp_path / "new-photos").mkdir()
    (tmp_path / "new-photos" / "one.jpg").touch()
    monkeypatch.chdir(tmp_path)
    helps = resattn(command, "--help"), resattn("--help")
    lines = [line for one in helps
             for line in examples(one.output.split("Examples:")[1])
             if re.search(rf"\bresattn {command}\b", line)]
    on_pages = typed_lines(command)
    assert lines and on_pages
    for line in lines + on_pages:
        typed = shlex.split(re.sub(r"^.*?(resattn_tutorial.cli|resattn) ", "", line))
        answer = resattn(*typed)
        assert "Error" not in answer.output, (line, answer.output)


def test_the_help_names_the_sources_of_what_a_recipe_may_add():
    text = one_line(resattn("train", "--help").output)
    for words in (
        "--ema", "Polyak & Juditsky 1992", "--mixup", "arXiv:1710.09412",
        "--random-erasing", "arXiv:1708.04896", "--validation",
    ):
        assert words in text, words


def test_the_help_lists_every_network_recipe_precision_and_name_of_data():
    text = one_line(resattn("train", "--help").output)
    for choice in (
        *NetworkName, *names.RecipeName, *names.Precision, *names.DataName,
        *names.MemoryFormat, *names.AttentionName,
    ):
        assert re.search(rf"\b{re.escape(choice)}\b", text), choice


@pytest.mark.slow
def test_every_name_leads_to_what_it_names_and_nothing_else_has_one():
    assert set(NetworkName) == {*registry.FIRST, *registry.MINI, *zoo.__all__}
    assert set(names.RecipeName) == set(recipes.RECIPES)
    assert set(names.DataName) == {*datasets.BUILTIN, *ARCHIVES}
    for name in NetworkName:
        with torch.device("meta"):
            network = registry.build_network(name, name.classes)
        assert network.head.classify.out_features == name.classes


def test_the_variables_are_those_that_the_repository_reads():
    read = set()
    for folder in ("resattn_tutorial", "tools", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            pattern = r'environ(?:\.get\(|\[)"(RESATTN_\w+)'
            read |= set(re.findall(pattern, path.read_text()))
    assert read == set(names.VARIABLES)


@pytest.mark.slow
def test_help_and_wrong_words_and_data_need_no_pytorch(tmp_path):
    code = """
import sys
sys.modules["torch"] = None
from resattn_tutorial.cli.app import app
for typed in (["--help"], ["train", "--help"], ["train", "nix"], ["data"],
              ["progress"], ["predict", "nothing.jpg"]):
    try:
        app(typed)
    except SystemExit as end:
        print("ended with", end.code)
"""
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "RESATTN_DATA": str(tmp_path)},
    )
    ends = re.findall(r"ended with (\d)", told.stdout)
    assert ends == ["0", "0", "2", "0", "0", "1"], told.stderr
    assert "nothing.jpg leads to no image." in told.stderr


def test_it_is_installed_as_a_command():
    from importlib.metadata import entry_points

    (found,) = entry_points(group="console_scripts", name="resattn")
    assert found.load() is app


CONFIGS = [
    TrainingConfig("first_attention"),
    TrainingConfig("cifar_attention56", "cifar10", find_recipe("paper-cifar"), seed=3),
    TrainingConfig("attention92", "a folder/of photos", find_recipe("paper-imagenet"),
                   label_noise=0.3, data_name="my photos; all"),
    TrainingConfig("cifar_resnet164", "cifar100", find_recipe("paper-cifar", 999)),
    TrainingConfig("mini1", recipe=find_recipe(
        "photos", ema=0.999, mixup=0.2, random_erasing=1 / 3, validation=0.1)),
    TrainingConfig("mini1", recipe=find_recipe("mini", smoothing=0.1, ema=0.99)),
    TrainingConfig("first_residual", label_noise=1 / 3, threads=2, points=3,
                   recipe=find_recipe("standard", 17, 24, 0.123456789)),
    TrainingConfig("first_residual", precision="bfloat16", accumulation=4,
                   memory_format="contiguous_format", compile=True, deterministic=True,
                   sync_batch_norm=True, skip_damaged=True, save_every=7.5),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda one: one.name)
def test_a_configurations_command_is_that_configuration(config, launched):
    answer = resattn(*shlex.split(config.command())[1:])
    stem = f"{config.name}-seed{config.seed}"
    assert launched == [(config, Path("runs") / stem)], answer.output


def test_copies_go_where_the_command_says(photos, monkeypatch):
    given = []
    monkeypatch.setattr(runner, "run_training", lambda *all: given.append(all))
    resattn(*TINY)
    resattn(*TINY, "--copy-to", "drive/mine")
    assert [copy_to for _, _, copy_to in given] == [None, Path("drive/mine")]


@pytest.mark.parametrize(("place", "words", "status"), [
    ("gone/mine", "--copy-to must be in a folder that is there, and gone is not.", 1),
    ("run", "--copy-to must be another folder than the run's own, got run.", 1),
    ("", "copy_to must", 2),
])
def test_a_place_for_copies_that_cannot_be_is_refused_in_a_line(
    photos, place, words, status
):
    answer = resattn(*TINY, "--copy-to", place)
    assert answer.exit_code == status and words in one_line(answer.output)
    assert "Traceback" not in answer.output and not Path("gone").exists()


def test_a_run_says_and_is_repeated_by_its_command(photos, launched, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(runner, "run_training", RUN_TRAINING)
        assert resattn(*TINY, "--steps", "1", "--points", "1").exit_code == 0
    (file,) = Path("run").glob("*.json")
    run = store.read_run(file)
    assert run.repeatable
    resattn(*shlex.split(run.command)[1:])
    assert launched[0][0] == run.training
    for old, new in (("--seed 0", "--seed 1"), ("quick", "standard"), ("0.05", "0.06")):
        resattn(*shlex.split(run.command.replace(old, new))[1:])
        assert launched[-1][0] != run.training, old


def test_the_commands_of_older_runs_still_say_what_was_recorded(
    launched, tmp_path, monkeypatch
):
    """But for what has another name now, and for chapter 3's command of its own."""
    monkeypatch.chdir(tmp_path)
    seen = 0
    for path in store.RUNS.glob("*.json"):
        run = store.read_run(path)
        if run.repeatable or not run.command.startswith("resattn train "):
            continue
        typed = shlex.split(run.command)
        data = typed[typed.index("--data") + 1]
        if data not in list(names.DataName):
            Path(data).mkdir(parents=True, exist_ok=True)
        resattn(*typed[1:])
        meant = launched[-1][0]
        assert meant.name == run.name and meant.seed == run.seed
        # What recipes did not have in those days is off.
        later = {"warm_up": 0, "smoothing": 0.0}
        assert meant.as_dict()["recipe"] == later | run.configuration["recipe"]
        assert meant.network == run.configuration["network"]
        seen += 1
    assert seen == 7


# What it refuses


@pytest.mark.parametrize(("typed", "meant"), [
    ("train first_atention", "first_attention"),
    ("train Attention-92", "attention92"),
    ("cost cifar_atention92", "cifar_attention92"),
    ("train first_attention --recipe paper_cifra", "paper-cifar"),
    ("train first_attention --precision fp16", "float16"),
    ("train first_attention --precision bf16", "bfloat16"),
    ("train first_attention --data cifar-10", "cifar10"),
    ("train first_attention --data bulitin", "builtin"),
    ("data CIFAR100", "cifar100"),
    ("trian first_attention", "'train'"),
    ("legder", "'ledger'"),
    ("train first_attention --setps 3", "--steps"),
    ("cost attention56 --sizes 3", "--size"),
])
def test_a_wrong_word_is_answered_with_the_nearest_right_one(typed, meant, launched):
    answer = resattn(*typed.split())
    assert answer.exit_code == 2 and not launched
    guess = r"(Did you mean|Possible options:)[^?)]*"
    assert re.search(guess + re.escape(meant), one_line(answer.output)), answer.output


def distance(one: str, other: str) -> int:
    """How many letters must be changed, dropped or put in (Levenshtein's)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


@pytest.mark.parametrize(
    "choices", [NetworkName, names.RecipeName, names.DataName, names.Precision]
)
def test_the_nearest_word_is_as_near_as_any(choices):
    for word in choices:
        for place in range(len(word)):
            typo = word[:place] + word[place + 1:]
            found = names.nearest(typo, choices)
            assert distance(typo, found) == min(distance(typo, c) for c in choices)


def test_a_word_like_none_gets_no_guess(launched):
    answer = resattn("train", "xyz")
    assert answer.exit_code == 2 and "Did you mean" not in answer.output
    assert "cifar_attention56" in answer.output


@pytest.mark.parametrize("typed", [
    "--steps 0", "--batch-size 0", "--seed -1", "--label-noise 1.5", "--points 0",
    "--threads 0", "--accumulation 0", "--steps many", "--save-every -1",
    "--steps 1.5", f"--steps {10**20}", f"--steps {'9' * 5000}", "--threads 1000000",
    f"--batch-size {10**12}", f"--accumulation {10**12}", f"--points {10**12}",
    f"--seed {2**32}", f"--seed {10**30}", "--save-every inf", "--save-every nan",
    "--save-every 1e300", "--save-every often", "--learning-rate inf",
    "--learning-rate nan", "--learning-rate -1", "--learning-rate 0",
    "--learning-rate fast", "--label-noise nan", "--label-noise -0.1",
    "--label-noise inf", "--label-noise much", "--ema 1", "--ema nan", "--mixup -1",
    "--mixup 0.0001", "--random-erasing 2", "--validation 1", "--validation some",
])
def test_a_number_that_cannot_be_is_refused(typed, launched):
    answer = resattn("train", "first_attention", *typed.split())
    assert answer.exit_code == 2 and not launched
    option = typed.split()[0]
    name = option.strip("-").replace("-", "_")
    says = rf"Error: Invalid value for '{option}': {name} must be .*, got .{{1,50}}\.$"
    assert re.search(says, one_line(answer.output)), answer.output


@pytest.mark.parametrize("typed", [
    f"--size {10**12}", "--size 0", "--size 65536", f"--size {'9' * 5000}",
    f"--classes {10**12}", "--classes 0", "--classes 10000001", "--classes ten",
])
def test_a_cost_that_nobody_can_count_is_refused(typed):
    answer = resattn("cost", "attention56", *typed.split())
    assert answer.exit_code == 2
    name = typed.split()[0].strip("-")
    assert f"Error: Invalid value for '--{name}': {name} must be" in answer.output
    if typed.split()[1].isdecimal() and len(typed) < 100:
        number = {name: int(typed.split()[1])}
        with pytest.raises(ValueError, match=f"^{name} must be at"):
            numbers = {"size": 32, "classes": 9} | number
            tables.cost_lines("attention56", "residual", **numbers)


@pytest.mark.parametrize("trouble", [
    ValueError("it is wrong"), CheckpointError("it is wrong"), OSError("it is wrong"),
    FloatingPointError("it is wrong"), DataError("it is wrong"),
])
def test_what_the_package_refuses_is_one_line(trouble, monkeypatch):
    def refuse(*_, **__):
        raise trouble

    monkeypatch.setattr(runner, "run_training", refuse)
    answer = resattn("train", "first_attention")
    assert answer.exit_code == 1
    assert answer.output == "Error: it is wrong\n"


def test_ctrl_c_outside_the_loop_ends_with_130(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_training", interrupt)
    answer = resattn("train", "first_attention")
    assert answer.exit_code == 130 and "Traceback" not in answer.output


# How it ends


def errors_by_hand(folder: Path, images: Path) -> float:
    """A run's test error, image by image, in plain terms."""
    state = torch.load(folder / "checkpoint.pt", weights_only=True)
    network = registry.FIRST["first_residual"](2)
    network.load_state_dict(state["network"])
    network.eval()
    mean = torch.tensor(state["data"]["mean_colour"])[:, None, None]
    wrong = []
    for label, kind in enumerate(("blue", "red")):
        for file in (images / "test" / kind).iterdir():
            pixels = torch.tensor(np.array(Image.open(file))).permute(2, 0, 1) / 255
            with torch.no_grad():
                wrong.append(network((pixels - mean)[None]).argmax().item() != label)
    return sum(wrong) / len(wrong)


@pytest.mark.slow
def test_a_run_is_trained_stopped_resumed_tested_and_listed(photos, monkeypatch):
    step, calls = Stepper.step, []

    def interrupted(self, *batch):
        calls.append(batch)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return step(self, *batch)

    monkeypatch.setattr(Stepper, "step", interrupted)
    steps = ("--steps", "40", "--points", "2")
    stopped = resattn(*TINY, *steps)
    assert stopped.exit_code == 130 and len(calls) == 3, stopped.output
    assert stopped.output.rstrip().endswith(str(Path("run/checkpoint.pt")))

    done = resattn(*TINY, *steps)
    assert done.exit_code == 0 and len(calls) == 40, done.output
    (file,) = Path("run").glob("*.json")
    assert done.output.rstrip().endswith(str(file))
    run = store.read_run(file)
    by_hand = errors_by_hand(Path("run"), photos)
    assert run.results.test_error == pytest.approx(by_hand, abs=1e-6)
    assert f"Test error {by_hand:.2%} on mine" in done.output

    tested = resattn("evaluate", "--folder", "run", "--data", "mine")
    assert tested.exit_code == 0 and f"test error {by_hand:.2%}" in tested.output
    assert "12 test images" in tested.output and "step 40 of 40" in tested.output
    unknown = resattn("evaluate", "--folder", "run")
    assert unknown.exit_code == 1 and "data must be given" in unknown.output

    listed = resattn("ledger", "--folder", "run")
    assert f"{by_hand:.1%}" in listed.output and run.name in listed.output
    other = resattn(*TINY, "--steps", "41", "--points", "2")
    assert other.exit_code == 1 and "another run's" in other.output
    assert by_hand < 0.5, "the test says little if nothing was learned"


def test_a_run_on_the_scenes_is_tested_on_them_unasked():
    told = Data("CIFAR-10, JPEG q75", "image files (.jpg)", 10, 10)
    assert evaluate.known_data(TrainingConfig("first_attention"), told) == "builtin"
    with pytest.raises(ValueError, match="data must be given.*CIFAR-10, JPEG q75"):
        evaluate.known_data(TrainingConfig("first_attention", "a folder"), told)


def test_a_folder_without_a_run_is_refused(tmp_path):
    answer = resattn("evaluate", "--folder", str(tmp_path))
    assert answer.exit_code == 1 and "checkpoint.pt" in answer.output


@pytest.mark.parametrize("words, said", [
    ((), "a run's --folder or a network"),
    (("cifar_attention56", "--folder", "run"), "a run's --folder or a network"),
    (("cifar_attention56",), "data must be given"),
    (("cifar_attention92", "--data", "mine"), "carried for cifar_attention56, got"),
])
def test_what_is_to_be_evaluated_must_be_one_thing_that_is_there(photos, words, said):
    answer = resattn("evaluate", *words)
    assert answer.exit_code == 1 and said in answer.output


@pytest.mark.slow
def test_two_processes_train_and_one_of_them_prints(photos):
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone",
        "--nproc-per-node", "2", "-m", "resattn_tutorial.cli", *TINY,
        "--steps", "4", "--points", "1",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Test error") == 1
    (file,) = Path("run").glob("*.json")
    run = store.read_run(file)
    assert run.environment.world_size == 2 and "--accumulation 2" in run.command


def test_a_process_that_is_not_the_first_tells_its_errors_only(monkeypatch):
    def talk(*_, **__):
        print("a step")
        raise OSError("no such folder here")

    monkeypatch.setattr(runner, "run_training", talk)
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("WORLD_SIZE", "4")
    answer = resattn("train", "first_attention")
    assert answer.output == "Error: process 3: no such folder here\n"
    monkeypatch.setenv("RANK", "0")
    assert "a step" in resattn("train", "first_attention").output


# Faster, repeatable, together


def test_deterministic_is_asked_of_torch_and_its_cost_is_said(photos, monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    before = torch.are_deterministic_algorithms_enabled()
    try:
        answer = resattn(*TINY, "--steps", "1", "--points", "1", "--deterministic")
        assert torch.are_deterministic_algorithms_enabled()
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        assert answer.exit_code == 0 and "cost of time" in answer.output
    finally:
        torch.use_deterministic_algorithms(before)
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)


def test_batch_norm_cannot_be_synchronised_without_gpus(photos, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    answer = resattn(*TINY, "--sync-batch-norm")
    assert answer.exit_code == 1 and not Path("run").exists()
    assert "sync-batch-norm needs several processes with a GPU each" in answer.output


# cost, data, ledger


def test_cost_agrees_with_the_count_by_hand():
    stages = [Stage(64, 2, poolings=3, leave=1), Stage(128, 2, poolings=2, leave=1),
              Stage(256, 2, poolings=1, leave=1)]
    parts = analytic.network_costs(analytic.cifar_stem_cost, stages, 64, 7)
    whole = sum(parts.values(), start=analytic.Cost())
    answer = resattn("cost", "cifar_attention92", "--size", "64", "--classes", "7")
    assert f"{whole.parameters:,} learned, {whole.stored:,} stored" in answer.output
    assert f"multiply-adds  {whole.multiply_adds:,}\n" in answer.output
    assert "64 x 64 pixels, 7 classes" in answer.output


@pytest.mark.slow
def test_cost_takes_the_size_that_a_network_is_meant_for():
    assert "224 x 224 pixels, 1,000 classes" in resattn("cost", "attention56").output
    assert "31,810,728 learned" in resattn("cost", "attention56").output
    assert "32 x 32 pixels, 10 classes" in resattn("cost", "first_attention").output


def test_cost_refuses_an_image_that_is_too_small():
    answer = resattn("cost", "cifar_attention56", "--size", "2")
    assert answer.exit_code == 1 and answer.output.startswith("Error: ")


def test_the_papers_figures_are_those_of_the_chapters():
    chapters = "".join(
        (ROOT / "chapters" / name).read_text()
        for name in ("07_the_networks.md", "08_counting_the_cost.md")
    )
    for told in tables.PRINTED.values():
        for figure in re.findall(r"\d+\.\d", told):
            assert re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d)", chapters), figure
    assert set(tables.PRINTED) <= set(zoo.__all__)


BODY = b"an archive, whole"
MD5 = hashlib.md5(BODY).hexdigest()
ARCHIVE = Archive("TINY-1", "tiny.tar.gz", len(BODY), MD5, "tiny-py", ())


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Path:
    """The folder of the data, where ``cifar10`` is a file of a few bytes."""
    monkeypatch.setattr(data, "ARCHIVES", {"cifar10": ARCHIVE})
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("lies", "state"), [
    ({}, "missing"),
    ({"tiny.tar.gz": BODY}, "whole"),
    ({"tiny.tar.gz": BODY[:-1]}, "cut"),
    ({"tiny.tar.gz.part": BODY[:3]}, "cut"),
    ({"tiny.tar.gz": BODY[:-1] + b"?"}, "damaged"),
    ({"tiny.tar.gz": BODY + b"?"}, "damaged"),
    ({"tiny-py/data": b"123"}, "unpacked"),
])
def test_data_tells_the_state_of_what_lies_there(shelf, lies, state):
    for name, content in lies.items():
        (shelf / name).parent.mkdir(exist_ok=True)
        (shelf / name).write_bytes(content)
    answer = resattn("data")
    assert answer.exit_code == 0
    (line,) = re.findall(r"(?m)^cifar10 .*$", answer.output)
    assert line.split()[1] == state and str(shelf) in line
    found = next(one for one in data.find_holdings() if one.name == "cifar10")
    assert found.bytes == sum(map(len, lies.values()))
    assert bool(found.mend) == (state in ("cut", "damaged"))


@pytest.mark.parametrize("name", data.ITEMS)
def test_the_built_in_data_is_whole_and_its_damage_would_be_seen(
    name, tmp_path, monkeypatch
):
    assert re.search(rf"(?m)^{name} +whole", resattn("data").output)
    file, broken = data.ITEMS[name], tmp_path / "items.bz2"
    broken.write_bytes(file.path.read_bytes()[:-1])
    monkeypatch.setitem(data.ITEMS, name, file._replace(path=broken))
    assert re.search(rf"(?m)^{name} +cut", resattn("data").output)


def test_data_with_a_name_fetches_it_and_ends_with_where_it_lies(shelf, monkeypatch):
    fetched = []

    def bring(archive):
        fetched.append(archive.name)
        (shelf / archive.folder).mkdir()

    monkeypatch.setattr(data, "unpacked", bring)
    assert resattn("data", "builtin").exit_code == 0 and fetched == []
    answer = resattn("data", "cifar10")
    assert fetched == ["TINY-1"] and "unpacked" in answer.output
    assert str(shelf) in answer.output.splitlines()[-1]


def test_data_that_cannot_be_had_is_one_error(shelf, monkeypatch):
    def fail(archive):
        raise DataError("no mirror has it")

    monkeypatch.setattr(data, "unpacked", fail)
    answer = resattn("data", "cifar10")
    assert answer.exit_code == 1 and answer.output == "Error: no mirror has it\n"


def test_the_ledger_lists_every_recorded_run():
    answer = resattn("ledger")
    assert answer.exit_code == 0
    for path in store.RUNS.glob("*.json"):
        run = store.read_run(path)
        (line,) = re.findall(rf"(?m)^{path.stem} .*$", answer.output)
        error = tables.figure(run.results.test_error, ".1%")
        assert run.data.name in line and line.endswith(error)
    assert answer.output.rstrip().endswith(str(store.RUNS))


def test_a_named_run_shows_its_curve_and_the_command_that_repeats_it():
    answer = resattn("ledger", "chapter03-masks")
    assert answer.exit_code == 0 and "chapter03-no-masks" not in answer.output
    for seed in (0, 1, 2):
        path = store.RUNS / f"chapter03-masks-seed{seed}.json"
        run = store.read_run(path)
        assert f"it was run by: {run.command}; not recorded: precision" in answer.output
        assert str(path) in answer.output
        for point in run.results.curve:
            assert re.search(
                rf"(?m)^{point.step:,} +{point.images:,} .*{point.loss:.3f} +"
                rf"{point.test_error:.1%}$", answer.output,
            )


def test_a_run_that_classified_nothing_has_dashes_for_error_and_loss(tmp_path):
    curve = [{**POINT, "loss": None, "test_error": None}]
    run = a_run(results__test_error=None, results__curve=curve)
    store.write_run(run, tmp_path)
    table, lines = (
        resattn("ledger", *typed, "--folder", str(tmp_path)).output
        for typed in ((), ("trial",))
    )
    assert re.search(r"(?m)^trial-seed0 .* -$", table)
    assert re.search(r"(?m)^3 +12 +6 +- +-$", lines)
    assert "test error - after 0.1 minutes" in lines


def test_how_a_run_is_repeated_is_said_or_why_it_is_not():
    assert tables.how_to_repeat(a_run()) == "to repeat it: python -m trial"
    assert "no command repeats it" in tables.how_to_repeat(a_run(command=None))
    changed = tables.how_to_repeat(a_run(changes=["after step 3: threads"]))
    assert changed == "it was run by: python -m trial"


def test_an_unknown_run_is_answered_with_the_nearest():
    answer = resattn("ledger", "chapter3_masks")
    assert answer.exit_code == 1
    assert "Did you mean chapter03-masks?" in answer.output


def test_a_bad_run_file_is_named_after_the_table_and_the_others_are_shown(tmp_path):
    store.write_run(a_run(), tmp_path)
    (tmp_path / "a-seed0.json").write_text('{"name": "a"')
    (tmp_path / "b-seed0.json").write_text(json.dumps({"name": "x" * 5000}))
    os.mkfifo(tmp_path / "c-seed0.json")
    for typed in ((), ("trial",)):
        answer = resattn("ledger", *typed, "--folder", str(tmp_path))
        assert answer.exit_code == 0, answer.output
        *shown, = answer.output.splitlines()
        out = [line for line in shown if line.startswith("left out: ")]
        assert [line.split(": ")[1] for line in out] == [
            str(tmp_path / f"{name}-seed0.json") for name in "abc"
        ]
        assert shown.index(out[0]) > 1 and max(map(len, out)) < 600
        assert any(line.startswith("trial-seed0") for line in shown)
    unknown = resattn("ledger", "a", "--folder", str(tmp_path))
    assert unknown.exit_code == 1 and "a-seed0.json is not a whole" in unknown.output


def test_a_folder_without_runs_and_a_damaged_run_are_refused(tmp_path):
    empty = resattn("ledger", "--folder", str(tmp_path))
    assert empty.exit_code == 1 and "holds no run file" in empty.output
    (tmp_path / "a-seed0.json").write_text('{"name": "a"')
    damaged = resattn("ledger", "--folder", str(tmp_path))
    assert damaged.exit_code == 1 and "a-seed0.json" in damaged.output
