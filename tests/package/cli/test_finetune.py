"""``resattn finetune``: from a folder to files, words, and commands that take them."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest
import torch
from PIL import Image
from tinted import LEVELS, tinted, untrained
from typer.testing import CliRunner

from resattn_tutorial.cli import evaluate, export, finetune, image_words, masks, predict
from resattn_tutorial.cli.app import app
from resattn_tutorial.cli.tuning_words import judged_lines, next_commands
from resattn_tutorial.data.splitting import SHARE
from resattn_tutorial.training.finetuned_file import read_finetuned
from resattn_tutorial.training.tuning import Tuning
from resattn_tutorial.training.tuning_report import Judged, Mistake


def resattn(*typed: str):
    """What a command answers: ``exit_code``, ``stdout``, ``stderr``."""
    return CliRunner().invoke(app, list(typed))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory):
    """A folder, a run on it that learned too little, and what was said of it."""
    root = tmp_path_factory.mktemp("finetuned")
    tinted(root / "mine" / "train", 4)
    tinted(root / "mine" / "test", 2, seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predict, "load_packaged", lambda **_: untrained())
        patch.chdir(root)
        answer = resattn("finetune", "mine", "--epochs", "1", "--learning-rate", "1e-6",
                         "--batch-size", "4", "--seed", "3")
    assert answer.exit_code == 0, answer.output
    return root, root / "runs" / "mine-finetuned-seed3", answer.stdout


@pytest.mark.slow
def test_network_split_report_and_pictures_are_in_the_run_s_folder(done):
    _, run, said = done
    report = json.loads((run / "report.json").read_text())
    files = {path.name for path in run.iterdir() if path.name[0] != "."}
    pictures = {f"mistakes-{part}.png" for part in ("validation", "test")
                if report[part]["mistakes"]}
    assert files == {"finetuned.pt", "split.json", "report.json"} | pictures
    assert pictures and all(name in said for name in pictures)
    for part in ("validation", "test"):
        told = report[part]
        assert f"{part} error {told['error']:.2%} of {told['images']}" in said
        assert f"calibration error {told['calibration_error']:.3f}" in said
        for one in told["mistakes"]:
            assert f"{one['image']}: {one['truth']}, taken for {one['answer']}" in said
        for name, row in zip(LEVELS, told["confusion"], strict=True):
            assert f"{name} {' '.join(map(str, row))}" in " ".join(said.split())
    assert report["tuning"]["seed"] == 3 and report["tuning"]["epochs"] == 1


@pytest.mark.slow
def test_what_will_be_done_is_said_first_and_what_can_be_done_last(done):
    root, run, said = done
    lines = said.splitlines()
    assert lines[0] == (
        "9 images to learn from, 3 to validate on (held out of the same folder), 6 to"
    )
    assert "3 classes: ant 3 + 1, bee 3 + 1, cat 3 + 1." in lines[:4]
    first = next(k for k, line in enumerate(lines) if line.startswith("epoch 1/1: "))
    place = run.relative_to(root)
    before = " ".join(" ".join(lines[:first]).split())
    assert f"Its files go to {place}" in before and "gets a new head" in before
    assert "At most 1 epoch of 3 steps each." in before and "mini1, untrained" in before
    assert lines[-4:] == ["What can be done with it:", *next_commands(place, True)]
    assert all(len(line) <= 76 for line in lines[: first + 1])


def test_the_commands_that_are_named_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("photo.jpg").touch()
    Path("sorted-photos").mkdir()
    seen = []
    for module, name in ((predict, "trained_network"), (masks, "lines"),
                         (export, "lines"), (evaluate, "lines")):
        monkeypatch.setattr(module, name, lambda *given: seen.append(given) or [])
    monkeypatch.setattr(image_words, "image_files", list)
    monkeypatch.setattr(predict, "predictions", lambda *_: [])
    monkeypatch.setattr(predict, "told", lambda *_: [])
    run = Path("my runs") / "of cats & dogs"
    lines = next_commands(run)
    assert len(lines) == 4 and len(next_commands(run, tested=True)) == 3
    for line in lines:
        resattn(*shlex.split(line)[1:])
        assert run in seen.pop(), line


@pytest.mark.slow
def test_a_picture_of_mistakes_has_a_row_for_each_and_the_masks_beside_it(done):
    _, run, _ = done
    report = json.loads((run / "report.json").read_text())
    for part in ("validation", "test"):
        if rows := len(report[part]["mistakes"]):
            size = Image.open(run / f"mistakes-{part}.png").size
            # mini1 has two stages with masks: three panels of 224, with 12 between.
            assert size == (12 + 3 * 236, 12 + rows * 258 + 22)


@pytest.mark.slow
def test_predict_and_masks_take_what_came_of_it(done, tmp_path: Path):
    root, run, _ = done
    image = root / "mine" / "test" / "bee" / "0.png"
    answer = resattn("predict", str(image), "--folder", str(run), "--format", "csv")
    assert answer.exit_code == 0 and "fine-tuned on mine, epoch 1" in answer.stderr
    rows = list(csv.DictReader(answer.stdout.splitlines()))
    assert sorted(row["class"] for row in rows) == sorted(LEVELS)
    answer = resattn("masks", str(image), "--folder", str(run), "--to",
                     str(tmp_path / "masks.png"))
    assert answer.exit_code == 0 and (tmp_path / "masks.png").stat().st_size


@pytest.mark.slow
def test_evaluate_tests_it_on_test_images_in_either_layout(done, tmp_path: Path):
    root, run, said = done
    told = json.loads((run / "report.json").read_text())["test"]
    for data in (root / "mine", root / "mine" / "test"):
        answer = resattn("evaluate", "--folder", str(run), "--data", str(data))
        assert answer.exit_code == 0, answer.output
        first = answer.stdout.splitlines()[1]
        assert first.startswith(f"test error {told['error']:.2%} of 6 images")
        assert first in said
    tinted(tmp_path / "other")
    (tmp_path / "other" / "ant").rename(tmp_path / "other" / "dog")
    tinted(tmp_path / "no-test" / "train", 1)
    for words, why in (
        (("--data", str(tmp_path / "other")), "learned ant, bee, cat; in the folder"),
        (("--data", str(tmp_path / "no-test")), "must hold a folder test"),
        (("--data", str(root / "mine" / "test" / "ant")), "data must be a folder with"),
        ((), "data must be given"),
        (("--data", str(root / "mine"), "--precision", "bfloat16"),
         "precision must be float32 for a fine-tuned network, got 'bfloat16'"),
    ):
        answer = resattn("evaluate", "--folder", str(run), *words)
        assert answer.exit_code == 1 and why in answer.stderr, answer.output


@pytest.mark.slow
def test_a_run_is_what_another_one_may_begin_with(done, tmp_path: Path):
    root, run, _ = done
    answer = resattn(
        "finetune", str(root / "mine"), "--from", str(run), "--epochs", "1",
        "--seed", "3", "--freeze", "stem", "--freeze", "stages.0", "--size", "40",
        "--folder", str(tmp_path / "run"),
    )
    assert answer.exit_code == 0, answer.output
    first, again = (read_finetuned(x / "finetuned.pt") for x in (run, tmp_path / "run"))
    assert again.size == 40 and "fine-tuned on mine" in again.came_from
    for name, value in first.best.items():
        if name.startswith(("stem.", "stages.0.")):
            assert torch.equal(value, again.last[name]), name
    other = resattn("finetune", str(root / "mine"), "--from", str(run), "--seed", "4",
                    "--folder", str(tmp_path / "other"))
    assert other.exit_code == 1 and "--seed 3 --share 0.2, got --seed 4" in other.stderr
    assert not (tmp_path / "other").exists()
    refused = resattn("finetune", str(root / "mine"), "--from", str(run), "--folder",
                      str(run))
    assert refused.exit_code == 1 and "holds a finetuned.pt" in refused.stderr


def test_every_option_reaches_what_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given = []
    tinted(tmp_path / "mine", 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(finetune, "finetune_folder",
                        lambda *all, **named: given.append((all, named)))
    monkeypatch.setattr(finetune, "_lines", lambda *_: [])
    monkeypatch.setattr(predict, "load_packaged", lambda **named: named["weights"])
    answer = resattn(
        "finetune", "mine", "--weights", "SCENES", "--freeze", "stem", "--size", "48",
        "--epochs", "7", "--patience", "3", "--batch-size", "9", "--learning-rate",
        "0.5", "--share", "0.3", "--seed", "8", "--skip-damaged", "--folder", "run",
        "--series", "(.+)-",
    )
    assert answer.exit_code == 0, answer.output
    assert given.pop() == ((Path("mine"), Path("run"), "SCENES"), {
        "tuning": Tuning(7, 3, 9, 0.5, seed=8), "frozen": ("stem",), "size": 48,
        "share": 0.3, "skip_damaged": True, "series": "(.+)-",
    })
    assert resattn("finetune", "mine").exit_code == 0
    assert given.pop() == (
        (Path("mine"), Path("runs/mine-finetuned-seed0"), "DEFAULT"), {
            "tuning": Tuning(), "frozen": (), "size": None, "share": None,
            "skip_damaged": False, "series": None,
        })


def test_the_help_tells_the_rules_that_the_package_has():
    from resattn_tutorial.training import tuning

    text = " ".join(resattn("finetune", "--help").output.split())
    rule = f"about {tuning.STEPS} steps, {tuning.FEWEST} to {tuning.LONGEST} epochs"
    assert rule in text and "(a fifth)" in text and SHARE == 1 / 5
    assert "ten times as high" in text and Tuning().head_factor == 10


@pytest.mark.parametrize(("words", "said"), [
    (("mine", "--weights", "SCENES", "--from", "run"), "give --weights or a run by"),
    (("mine", "--from", "mine"), "holds no checkpoint.pt"),
    (("mine", "--folder", "mine/run"), "--folder must lie outside of the images'"),
    (("mine", "--freeze", "stom"), "Did you mean stem?"),
    (("mine/ant",), "must hold a folder of images for each class"),
    (("parted", "--share", "0.2"), "--share must not be given, since parted"),
])
def test_what_cannot_be_is_one_line_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple, said: str
):
    monkeypatch.setattr(predict, "load_packaged", lambda **_: untrained())
    monkeypatch.chdir(tmp_path)
    tinted(tmp_path / "mine", 2)
    for part in ("train", "val"):
        tinted(tmp_path / "parted" / part, 1)
    answer = resattn("finetune", *words)
    assert answer.exit_code == 1 and said in answer.stderr and not answer.stdout
    assert answer.stderr.count("\n") == 1 and not Path("run").exists()


@pytest.mark.parametrize(("words", "said"), [
    (("mine",), "--folder must be a folder that holds no run yet, and runs/mine-fine"),
    (("mine", "--folder", "mine/run"), "--folder must lie outside"),
    (("mine", "--folder", "file/run"), "--folder must be a folder, and file is none"),
    (("mine/ant",), "mine/ant must hold a folder of images for each class"),
])
def test_what_cannot_be_is_refused_before_weights_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple, said: str
):
    monkeypatch.setattr(predict, "load_packaged", None)
    monkeypatch.chdir(tmp_path)
    tinted(tmp_path / "mine", 1)
    Path("file").write_text("text")
    Path("runs/mine-finetuned-seed0").mkdir(parents=True)
    Path("runs/mine-finetuned-seed0/finetuned.pt").write_bytes(b"a network")
    answer = resattn("finetune", *words)
    assert answer.exit_code == 1 and said in answer.stderr, answer.output


def test_a_folder_that_is_not_there_is_refused_as_it_is_typed():
    answer = resattn("finetune", "nothing")
    assert answer.exit_code == 2
    assert "'FOLDER': folder must be a folder of images, got nothing" in answer.stderr


@pytest.mark.parametrize("typed", [
    "--epochs 0", "--patience none", "--share 0", "--share 1", "--size 0",
    "--learning-rate 0", "--batch-size 0", "--seed -1",
])
def test_a_number_that_cannot_be_is_refused(typed: str):
    answer = resattn("finetune", "mine", *typed.split())
    assert answer.exit_code == 2
    name = typed.split()[0].strip("-").replace("-", "_")
    assert f"{name} must be" in " ".join(answer.output.split())


def test_of_few_classes_rows_have_names_and_columns_their_numbers():
    counts = torch.tensor([[12, 3], [0, 7]])
    lines = judged_lines("test", Judged(22, 3 / 22, 0.5, 0.25, counts, ()),
                         ("ant", "bumblebee"))
    assert lines[1:] == [
        "A row for each class; its columns say what it was taken for:",
        "class         1  2",
        "1 ant        12  3",
        "2 bumblebee   0  7",
    ]


def test_of_many_classes_the_commonest_confusions_are_told_and_no_table():
    classes = tuple(f"kind{number}" for number in range(16))
    counts = torch.zeros(16, 16, dtype=torch.int64)
    counts[range(16), range(16)] = 5
    counts[2, 3], counts[7, 0] = 1, 4
    mistakes = (Mistake(1, "a.png", "kind7", "kind0", 0.876),)
    lines = judged_lines("test", Judged(60, 5 / 60, 0.5, 0.25, counts, mistakes),
                         classes)
    assert lines == [
        "test error 8.33% of 60 images, loss 0.5000, expected calibration error 0.250",
        "4 of kind7 taken for kind0", "1 of kind2 taken for kind3",
        "a.png: kind7, taken for kind0 (88%)",
    ]
