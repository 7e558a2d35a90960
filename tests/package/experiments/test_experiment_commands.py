"""What chapters 13 and 14 refuse in a terminal; a tiny experiment is whole."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from resattn_tutorial.experiments import (
    command,
    deletion,
    gradient_filter,
    mask_exchange,
    mask_history,
    mask_scores,
)
from resattn_tutorial.experiments.command import Experiment, in_figures
from resattn_tutorial.experiments.gradient_filter import GradientFilter
from resattn_tutorial.experiments.mask_history import MaskHistory, marks
from resattn_tutorial.ledger.store import read_run
from resattn_tutorial.metrics.bootstrap import Interval

EXPERIMENTS = {
    mask_scores: (mask_scores.MaskScores, mask_scores.run_scores),
    mask_exchange: (mask_exchange.MaskExchange, mask_exchange.run_exchange),
    deletion: (deletion.Deletion, deletion.run_deletion),
    mask_history: (MaskHistory, mask_history.run_history),
    gradient_filter: (GradientFilter, gradient_filter.run_filter),
}
TINY = {
    mask_scores: {"chosen_on": 12, "scored_on": 12},
    mask_exchange: {"usual_on": 12, "scored_on": 12},
    deletion: {"chosen_on": 12, "scored_on": 12},
    mask_history: {"steps": 3, "scenes": 100, "chosen_on": 12, "scored_on": 12},
    gradient_filter: {"steps": 3, "looked_at": 20},
}


def typed(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["experiment", *shlex.split(words)])


@pytest.mark.parametrize("module", EXPERIMENTS, ids=lambda module: module.__name__)
def test_the_command_of_a_run_makes_the_same_experiment(
    module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kind, _ = EXPERIMENTS[module]
    config = kind(seed=3, **TINY[module])
    program, words = config.command.split(" --", 1)
    assert program == f"python -m {module.__name__}"
    typed(f"--{words} --out {tmp_path}", monkeypatch)
    assert kind.from_terminal(module.__doc__) == (config, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("module", EXPERIMENTS, ids=lambda module: module.__name__)
def test_a_tiny_experiment_writes_a_run_file_that_can_be_read(
    module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kind, make = EXPERIMENTS[module]
    given = " ".join(f"--{name.replace('_', '-')} {n}" for name, n in
                     TINY[module].items())
    typed(f"{given} --out {tmp_path}", monkeypatch)
    command.record(kind, make, module.__doc__)
    run = read_run(tmp_path / f"{kind.name}-seed0.json")
    assert run.results.scores and run.repeatable and run.environment.device
    assert run.command == kind(**TINY[module]).command


def never(*_: object) -> None:
    pytest.fail("it began")


@pytest.mark.parametrize(("words", "told"), [
    ("--seed -1", "seed must be at least 0, got -1"),
    ("--steps 0", "steps must be at least 1, got 0"),
    ("--threads 1000000", "threads must be at most 1,024, got 1,000,000"),
    ("--scored-on x", "invalid int value: 'x'"),
    ("--out file", "File exists"),
    ("--out held", "chapter13-mask-history-seed0.json is a folder"),
])
def test_an_experiment_that_could_not_be_written_at_its_end_does_not_begin(
    words: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("held/chapter13-mask-history-seed0.json").mkdir(parents=True)
    typed(words, monkeypatch)
    with pytest.raises(SystemExit) as end:
        command.record(MaskHistory, never, "A trial.")
    said = capsys.readouterr().err
    assert end.value.code == 2 and told in said and "error: " in said


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: MaskHistory(steps=2.5), TypeError, "steps must be a whole number"),
    (lambda: MaskHistory(scenes=0), ValueError, "scenes must be at least 1"),
    (lambda: deletion.Deletion(scored_on=True), TypeError, "scored_on must be a whole"),
    (lambda: Experiment(seed="a"), TypeError, "seed must be a whole number"),
])
def test_an_experiment_that_cannot_be_is_refused(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)


def test_masks_are_scored_at_eight_points_of_which_early_ones_lie_closer() -> None:
    assert marks(1200) == [0, 20, 50, 100, 200, 400, 800, 1200]
    assert marks(3) == [0, 1, 2, 3]


def test_an_interval_is_written_with_no_more_digits_than_were_measured() -> None:
    told = in_figures(Interval(1 / 3, 0.1, 0.5, 10))
    assert told == {"mean": 0.3333, "low": 0.1, "high": 0.5}
