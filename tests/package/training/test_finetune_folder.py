"""From a folder of one's own images to a network: files, heads, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tinted import LEVELS, tinted, untrained

from resattn_tutorial.data.own_folder import open_own_folder
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.training import finetune_folder as module
from resattn_tutorial.training.checkpoint import CHECKPOINT
from resattn_tutorial.training.finetune_folder import REPORT, SPLIT, finetune_folder
from resattn_tutorial.training.finetuned_file import FINETUNED, read_finetuned
from resattn_tutorial.training.new_head import with_head
from resattn_tutorial.training.trained_network import load_run
from resattn_tutorial.training.tuning import Tuning

SHORT = Tuning(epochs=5, batch_size=6, learning_rate=0.02)
ORDER = ("cat", "ant", "bee")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory):
    """Fine-tuned on a folder with test images; ``(folder, run, outcome)``."""
    root = tmp_path_factory.mktemp("done")
    tinted(root / "mine" / "train", 6)
    tinted(root / "mine" / "test", 2, seed=1)
    outcome = finetune_folder(root / "mine", root / "run", untrained(), tuning=SHORT)
    return root / "mine", root / "run", outcome


@pytest.mark.slow
def test_the_network_that_was_kept_tells_the_classes_apart(done):
    folder, run, outcome = done
    network, classes, transform, name, told, attention, _ = load_run(run)
    assert classes == tuple(LEVELS) and (name, attention) == ("mini1", "residual")
    assert "fine-tuned on mine, epoch" in told and "mini1, untrained" in told
    wrong = 0
    for path in sorted((folder / "test").rglob("*.png")):
        with torch.inference_mode():
            answer = network(transform(Image.open(path))[None]).argmax()
        wrong += classes[answer] != path.parent.name
    assert outcome.test.images == 6 and outcome.test.error == wrong / 6 < 0.5


@pytest.mark.slow
def test_the_report_tells_what_the_outcome_holds(done):
    _, run, outcome = done
    told = json.loads((run / REPORT).read_text())
    assert told["images"] == {"training": 15, "validation": 3, "test": 6}
    assert told["classes"] == list(LEVELS) and told["size"] == 32 and told["held_out"]
    assert told["best_epoch"] == outcome.tuned.best_epoch
    assert [one["error"] for one in told["curve"]] == [
        one.error for one in outcome.tuned.curve]
    assert told["curve"][told["best_epoch"] - 1]["error"] == told["validation"]["error"]
    for part in ("validation", "test"):
        assert told[part] == json.loads(json.dumps(getattr(outcome, part).as_dict()))
        assert sum(map(sum, told[part]["confusion"])) == told[part]["images"]
    assert told["tuning"]["epochs"] == 5 and told["tuning"]["patience"] == 5


@pytest.mark.slow
def test_the_split_is_recorded_and_the_last_weights_are_kept_as_well(done):
    folder, run, outcome = done
    told = json.loads((run / SPLIT).read_text())
    assert {kind: len(names) for kind, names in told["validation"].items()} == (
        dict.fromkeys(LEVELS, 1))
    held = {f"{folder}/train/{name}" for x in told["validation"].values() for name in x}
    assert held == set(map(str, outcome.data.validation.files))
    file = read_finetuned(run / FINETUNED)
    assert file.last.keys() == file.best.keys() == outcome.tuned.best.keys()
    assert all(torch.equal(file.last[x], outcome.tuned.last[x]) for x in file.last)


@pytest.mark.slow
def test_a_fine_tuned_network_is_fine_tuned_again_with_the_head_that_it_has(
    done, tmp_path: Path
):
    folder, run, first = done
    trained = load_run(run)
    head = trained.network.head.classify
    again = finetune_folder(
        folder, tmp_path / "again", trained, tuning=Tuning(epochs=1),
        frozen=("stem", "stages"), size=40,
    )
    assert again.trained.network.head.classify is head
    assert again.trained.transform.size == 40
    before, after = first.tuned.best, again.tuned.last
    changed = [name for name in before if not torch.equal(before[name], after[name])]
    assert changed and all(name.startswith("head.") for name in changed)
    told = json.loads((tmp_path / "again" / REPORT).read_text())
    assert told["tuning"]["frozen"] == ["stem", "stages"] and told["size"] == 40


def test_the_same_seed_gives_the_same_network(tmp_path: Path):
    folder = tinted(tmp_path / "mine", 3)
    first, again, other = (
        finetune_folder(folder, tmp_path / f"run{number}", untrained(),
                        tuning=Tuning(epochs=1, seed=seed)).tuned.last
        for number, seed in enumerate((4, 4, 5)))
    assert all(torch.equal(first[name], again[name]) for name in first)
    weight = "head.classify.weight"
    assert not torch.equal(first[weight], other[weight])


@pytest.mark.slow
def test_test_images_do_not_change_what_is_learned(done, tmp_path: Path):
    folder, _, outcome = done
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train").symlink_to(folder / "train")
    alone = finetune_folder(tmp_path / "mine", tmp_path / "run", untrained(),
                            tuning=SHORT)
    assert alone.test is None and alone.tuned.curve == outcome.tuned.curve
    last = outcome.tuned.last
    assert all(torch.equal(alone.tuned.last[name], last[name]) for name in last)
    assert json.loads((tmp_path / "run" / REPORT).read_text())["test"] is None


@pytest.mark.slow
def test_a_network_that_sees_photographs_is_shown_them_as_its_transform_does(
    tmp_path: Path
):
    folder = tinted(tmp_path / "mine", 3)
    trained = untrained()._replace(transform=PhotoInputs(32))
    outcome = finetune_folder(folder, tmp_path / "run", trained,
                              tuning=Tuning(epochs=1))
    network, classes, transform, *_ = load_run(tmp_path / "run")
    assert isinstance(transform, PhotoInputs) and transform.size == 32
    logits = []
    for path in outcome.data.validation.files:
        with torch.inference_mode():
            logits.append(network(transform(Image.open(path))[None])[0])
    labels = outcome.data.validation.labels
    loss = torch.nn.functional.cross_entropy(torch.stack(logits), labels).item()
    assert outcome.validation.loss == pytest.approx(loss, rel=1e-5)
    curve = outcome.tuned.curve
    assert curve[outcome.tuned.best_epoch - 1].validation_loss == pytest.approx(
        loss, rel=1e-5)


# The head


def test_other_classes_get_a_new_head_drawn_from_the_seed(tmp_path: Path):
    data = open_own_folder(tinted(tmp_path, 2), untrained().transform, 32)
    heads = []
    before = torch.random.get_rng_state()
    for seed in (1, 1, 2):
        torch.manual_seed(9)
        trained = untrained()
        state = torch.random.get_rng_state()
        assert with_head(trained, data, seed) is data
        assert torch.equal(torch.random.get_rng_state(), state)
        heads.append(trained.network.head.classify)
    torch.random.set_rng_state(before)
    assert heads[0].out_features == 3
    assert torch.equal(heads[0].weight, heads[1].weight)
    assert not torch.equal(heads[0].weight, heads[2].weight)


def test_the_same_classes_keep_the_head_and_its_order(tmp_path: Path):
    data = open_own_folder(tinted(tmp_path, 3), untrained().transform, 32)
    trained = untrained()._replace(classes=ORDER)
    head = trained.network.head.classify
    found = with_head(trained, data, 0)
    assert trained.network.head.classify is head and found.classes == ORDER
    for part in (found.training, found.validation):
        for label, path in zip(part.labels, part.files, strict=True):
            assert ORDER[label] == path.parent.name
    assert found.test is None


def test_the_first_chapters_networks_get_a_new_head_too(tmp_path: Path):
    trained = untrained("first_residual")
    data = open_own_folder(tinted(tmp_path, 2), trained.transform, 32)
    with_head(trained, data, 0)
    assert trained.network(torch.zeros(1, 3, 32, 32)).shape == (1, 3)


# What it refuses


@pytest.mark.parametrize(("changed", "error", "words"), [
    ({"size": 2}, ValueError, "must be at least"),
    ({"size": 2.5}, TypeError, "size must be a whole number"),
    ({"frozen": ("stom",)}, ValueError, "no part 'stom'.*Did you mean stem"),
    ({"frozen": ("stem", "head")}, ValueError, "frozen must leave the head free"),
    ({"frozen": ("head.classify",)}, ValueError, "frozen must leave the head free"),
    ({"tuning": 3}, TypeError, "tuning must be a Tuning, got int"),
    ({"trained": 3}, TypeError, "trained must be a TrainedNetwork, got int"),
    ({"share": 1.5}, ValueError, "share must be above 0 and below 1"),
    ({"folder": ""}, ValueError, "folder must be a path"),
    ({"to": ""}, ValueError, "to must be a path"),
])
def test_what_cannot_be_is_refused_before_anything_is_written(
    tmp_path: Path, changed: dict, error: type, words: str
):
    given = {"folder": tinted(tmp_path / "mine", 2), "to": tmp_path / "run",
             "trained": untrained()} | changed
    with pytest.raises(error, match=words):
        finetune_folder(**given)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", [FINETUNED, CHECKPOINT])
def test_a_folder_that_holds_a_run_is_not_written(tmp_path: Path, name: str):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_bytes(b"somebody's")
    with pytest.raises(ValueError, match=f"holds no run yet, and .* holds a {name}"):
        finetune_folder(tinted(tmp_path / "mine", 2), tmp_path / "run", untrained())
    assert (tmp_path / "run" / name).read_bytes() == b"somebody's"


def test_a_run_may_not_lie_among_the_images(tmp_path: Path):
    folder = tinted(tmp_path / "mine", 2)
    for to in (folder, folder / "run", tmp_path / "other" / ".." / "mine" / "run"):
        with pytest.raises(ValueError, match="to must lie outside of the images'"):
            finetune_folder(folder, to, untrained())


def test_a_loss_that_is_no_number_leaves_no_network(tmp_path: Path, monkeypatch):
    def explode(*_, **__):
        raise FloatingPointError("the loss is nan")

    monkeypatch.setattr(module, "fine_tune", explode)
    with pytest.raises(FloatingPointError):
        finetune_folder(tinted(tmp_path / "mine", 2), tmp_path / "run", untrained())
    found = {path.name for path in (tmp_path / "run").iterdir()} - {".lock"}
    assert found == {SPLIT}


def test_images_are_brought_to_the_size_that_was_learned_from_or_asked_for():
    small, photos = untrained(), untrained()._replace(transform=PhotoInputs(96))
    unknown = small._replace(transform=SmallImageInputs(mean=(0.1, 0.2, 0.3)))
    for trained, asked, size in (
        (small, None, 32), (small, 64, 64), (unknown, None, 32), (photos, None, 96),
        (photos, 128, 128),
    ):
        found = module._sized(trained, asked)
        assert found.size == size and type(found) is type(trained.transform)
        pixels = np.zeros((50, 70, 3), np.uint8)
        assert found(torch.from_numpy(pixels).permute(2, 0, 1)).shape == (
            3, size, size)
    assert module._sized(unknown, 64).mean_colour == (0.1, 0.2, 0.3)
