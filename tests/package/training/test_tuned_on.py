"""A network that is fine-tuned again is not validated on what it has learned from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tinted import tinted, untrained

from resattn_tutorial.data.splitting import validation_split
from resattn_tutorial.training.finetune_folder import finetune_folder
from resattn_tutorial.training.finetuned_file import FINETUNED, read_finetuned
from resattn_tutorial.training.trained_network import TrainedNetwork, load_run
from resattn_tutorial.training.tuned_on import TunedOn, require_unlearned, with_this
from resattn_tutorial.training.tuning import Tuning

MINE, VAL = TunedOn("mine", 3, 0.25), TunedOn("mine")
OTHERS = TunedOn("theirs", 5, 0.5)


@pytest.mark.parametrize(("before", "now"), [
    ((), MINE), ((), VAL),
    ((MINE,), MINE), ((OTHERS, MINE), MINE), ((OTHERS,), MINE),
    # With val at its side nothing is held out: there is nothing to spoil.
    ((MINE,), VAL), ((VAL,), VAL),
])
def test_what_was_not_learned_from_may_be_held_out(before: tuple, now: TunedOn):
    require_unlearned(before, now)


@pytest.mark.parametrize("before", [(MINE,), (MINE, OTHERS), (OTHERS, MINE)])
@pytest.mark.parametrize("changed", [
    {"seed": 4}, {"share": 0.2}, {"share": 0.3}, {"series": "(.+)-"}
])
def test_another_split_is_refused_and_the_seed_to_keep_is_named(
    before: tuple, changed: dict
):
    with pytest.raises(ValueError, match="--seed 3 --share 0.25, got") as refusal:
        require_unlearned(before, MINE._replace(**changed))
    assert "begin with another network" in str(refusal.value)


def test_where_all_was_learned_from_no_seed_will_do():
    with pytest.raises(ValueError, match="learned from all training files") as refusal:
        require_unlearned((MINE, VAL), MINE)
    assert "--seed" not in str(refusal.value)


def test_a_folder_is_remembered_once_and_the_last_one_stands_last():
    assert with_this((), MINE) == (MINE,)
    assert with_this((MINE, OTHERS), MINE) == (OTHERS, MINE)
    assert with_this((MINE,), VAL) == (MINE, VAL)


def test_another_seed_would_hold_out_what_was_learned_from():
    """Why it is refused: the splits of two seeds differ, those of two shares nest."""
    names = {"ant": [f"{number}.png" for number in range(50)]}
    first = validation_split(names, 0.2, 0)
    for other in (validation_split(names, 0.2, 1), validation_split(names, 0.4, 0)):
        assert set(other.validation["ant"]) & set(first.training["ant"])


ONCE = {"epochs": 1, "batch_size": 9}


def tune(folder: Path, to: Path, trained: TrainedNetwork, seed: int = 3, **how: object):
    return finetune_folder(folder, to, trained, tuning=Tuning(**ONCE, seed=seed), **how)


@pytest.mark.slow
def test_a_second_fine_tuning_keeps_seed_and_share_or_is_refused(tmp_path: Path):
    folder = tinted(tmp_path / "mine", 4)
    outcome = tune(folder, tmp_path / "first", untrained())
    (written,) = read_finetuned(tmp_path / "first" / FINETUNED).tuned_on
    assert written == TunedOn(outcome.data.names, 3, 0.2)
    assert outcome.trained.tuned_on == load_run(tmp_path / "first").tuned_on == (
        written,)
    moved = tmp_path / "elsewhere" / "train"
    shutil.copytree(folder, moved)
    for number, (seed, how) in enumerate(((4, {}), (3, {"share": 0.3}))):
        for place in (folder, moved.parent):
            # A network of the same session is no other than one that was read.
            for trained in (outcome.trained, load_run(tmp_path / "first")):
                to = tmp_path / f"refused{number}"
                with pytest.raises(ValueError, match="--seed 3 --share 0.2, got"):
                    tune(place, to, trained, seed, **how)
                assert not to.exists()
    again = tune(folder, tmp_path / "again", load_run(tmp_path / "first"))
    assert set(again.data.validation.files) == set(outcome.data.validation.files)
    # On the way through another folder it is not forgotten.
    other = tinted(tmp_path / "other", 5)
    there = tune(other, tmp_path / "there", again.trained, seed=8)
    assert [one.seed for one in there.trained.tuned_on] == [3, 8]
    with pytest.raises(ValueError, match="--seed 3 --share 0.2, got --seed 8"):
        tune(folder, tmp_path / "back", load_run(tmp_path / "there"), seed=8)


@pytest.mark.slow
def test_after_a_folder_with_val_nothing_of_it_can_be_held_out(tmp_path: Path):
    parted = tmp_path / "parted"
    tinted(parted / "train", 3)
    tinted(parted / "val", 2, seed=1)
    trained = tune(parted, tmp_path / "first", untrained()).trained
    (on,) = trained.tuned_on
    assert (on.seed, on.share) == (None, None)
    trained = tune(parted, tmp_path / "second", trained, seed=9).trained
    shutil.rmtree(parted / "val")
    with pytest.raises(ValueError, match="none can be held out now"):
        tune(parted, tmp_path / "third", trained)
    # A network that has not learned from it may.
    tune(parted, tmp_path / "third", untrained())
