"""What a run file will say is tried before the first step; nothing is lost at its end.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import Doubled, make_trainer, names, noise, small_config, small_network

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.ledger import store
from resattn_tutorial.ledger.run import Data
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.training import runner
from resattn_tutorial.training.recording import record, require_recordable
from resattn_tutorial.training.runner import Setting, run_training
from resattn_tutorial.training.trainer import Trainer

CPU = torch.device("cpu")
CONFIG = TrainingConfig("first_residual", recipe=Recipe("quick", 4, 8, 0.05), points=2)
DATA = Data("noise", "generated", 44, 30)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of milliseconds, by the whole runner."""
    def set_up(config: TrainingConfig, *_: Any) -> Setting:
        network = small_network().float()
        batches = ByteBatches(noise(), 8, 0, CPU)
        return Setting(network, batches, lambda: Errors(0.5, 0.2, 1.0, 30), DATA)

    monkeypatch.setattr(runner, "set_up", set_up)


def halted(folder: Path) -> dict[str, Any]:
    """The checkpoint of a run of four steps, stopped after two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "agree", lambda self, asked, saved: (True, False))
        assert run_training(CONFIG, folder) is None
    return torch.load(folder / "checkpoint.pt", weights_only=True)


CANNOT_BE = [
    ("empty", lambda e: e.clear(), "environment lacks date; environment lacks commit"),
    ("one too many", lambda e: e.update(more=5), "environment has 'more' besides"),
    ("one missing", lambda e: e.pop("cores"), "environment lacks cores"),
    ("date", lambda e: e.update(date=5), "environment/date must be a day such as"),
    ("no day", lambda e: e.update(date="2026-13-01"), "environment/date must be a day"),
    ("cores", lambda e: e.update(cores="two"), "environment/cores must be a whole"),
    ("no cores", lambda e: e.update(cores=0), "environment/cores must be a whole"),
    ("processor", lambda e: e.update(processor=None), "environment/processor must be"),
    ("torch", lambda e: e.update(torch=2.0), "environment/torch must be text"),
    ("commit", lambda e: e.update(commit="none of git's"), "environment/commit: "),
]


@pytest.mark.parametrize(
    ("change", "words"), [one[1:] for one in CANNOT_BE], ids=[x[0] for x in CANNOT_BE]
)
def test_a_checkpoint_whose_run_file_could_not_be_written_is_refused_before_a_step(
    tmp_path: Path, change: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = halted(tmp_path)
    change(state["environment"])
    torch.save(state, tmp_path / "checkpoint.pt")
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(ValueError, match=words) as refusal:
        run_training(CONFIG, tmp_path)
    assert str(tmp_path / "checkpoint.pt") in str(refusal.value)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    assert names(tmp_path) == ["checkpoint.pt"]


@pytest.mark.parametrize(("change", "words"), [
    ({"recipe": replace(CONFIG.recipe, name="seed5")}, "name: "),
])
def test_a_run_whose_file_could_not_be_written_does_not_begin(
    tmp_path: Path, change: dict, words: str
) -> None:
    words = f"the run file could not be written at the end: .*{words}"
    with pytest.raises(ValueError, match=words):
        run_training(replace(CONFIG, **change), tmp_path)
    assert names(tmp_path) == []


def test_a_run_is_recorded_where_nothing_can_compare_it_with_the_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "jsonschema", None)
        store._validator.cache_clear()
        with pytest.warns(UserWarning, match="is not compared with the schema of run"):
            run = run_training(CONFIG, tmp_path)
    assert store.read_run(tmp_path / f"{run.stem}.json") == run


def test_a_clock_that_stood_still_keeps_no_run_from_being_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resattn_tutorial.training.trainer.time.monotonic", lambda: 5.0)
    run = run_training(CONFIG, tmp_path)
    assert run.results.images_per_second > 0
    told = json.loads((tmp_path / f"{run.stem}.json").read_text())
    assert told["results"]["minutes"] == 0


def test_a_trainer_that_was_told_of_no_environment_has_nothing_to_record(
    tmp_path: Path,
) -> None:
    trainer = make_trainer(tmp_path)
    trainer.run()
    assert make_trainer(tmp_path).finished           # though none is kept
    with pytest.raises(ValueError, match="environment lacks date"):
        require_recordable(trainer, DATA, 1)


def test_what_could_be_recorded_before_the_first_step_can_be_at_the_end(
    tmp_path: Path,
) -> None:
    trainer = Trainer(
        small_network(), Doubled(), make_trainer(tmp_path / "other").test,
        small_config(CONFIG.recipe), tmp_path / "this", {"name": "noise"},
        observed(CPU),
    )
    require_recordable(trainer, DATA, 1)
    trainer.run()
    store.write_run(record(trainer, DATA, 1), tmp_path)
