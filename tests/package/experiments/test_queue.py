"""Missing runs are run, once each; what was cut off goes on; nothing is lost."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_grid
from tiny_grid import BASE, SCENES, tiny

from resattn_tutorial.data import datasets
from resattn_tutorial.experiments import handing_in, queue
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.ending import unpacked
from resattn_tutorial.experiments.grid import grid, key
from resattn_tutorial.experiments.handing_in import faults_of
from resattn_tutorial.experiments.outcome import outcome
from resattn_tutorial.experiments.queue import missing, read_ledger, run_missing
from resattn_tutorial.ledger.store import read_run, write_run
from resattn_tutorial.training.run_folder import held

pytestmark = pytest.mark.slow
SUPPORT = Path(tiny_grid.__file__).parent
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join([str(SUPPORT), str(SUPPORT.parents[1])]),
    "OMP_NUM_THREADS": "1",
}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(datasets, "SCENES", SCENES)
    monkeypatch.setattr(queue, "PATIENCE", 0.02)


def worker(folder: Path) -> subprocess.Popen:
    """A process that works on the tiny experiment."""
    return subprocess.Popen(
        [sys.executable, SUPPORT / "tiny_grid.py", folder], env=ENVIRONMENT,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )


def results(folder: Path) -> dict[str, dict]:
    """What came of each run, without what time it took and where."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        told = json.loads(path.read_text())["results"]
        curve = [{**point, "seconds": 0} for point in told["curve"]]
        found[path.name] = told | {
            "curve": curve, "minutes": 0, "images_per_second": 0
        }
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> Path:
    """The folder of a grid that one process ran in peace."""
    folder = tmp_path_factory.mktemp("peace")
    process = worker(folder)
    assert process.wait(300) == 0, process.stderr.read()
    return folder


def test_a_grid_is_run_to_its_end_and_leaves_run_files_alone(undisturbed):
    names = [path.name for path in undisturbed.glob("*.json")]
    assert len(names) == 10 and len(list((undisturbed / "work").iterdir())) == 0
    ledger = read_ledger((undisturbed,))
    assert missing(tiny(), ledger) == [] and not ledger.stale
    assert len(grid(tiny(), ledger.errors)) == 10


def test_each_run_kept_its_answers_responses_and_probe(undisturbed):
    for path in undisturbed.glob("*.json"):
        run = read_run(path)
        right = unpacked(run.results.right_answers, run.data.test_images)
        assert 1 - right.mean() == pytest.approx(run.results.test_error, abs=1e-6)
        assert set(run.results.scores["response"]["before norm"]) == {
            "stage 1", "stage 2", "stage 3",
        }
        assert set(run.results.scores["probe"]) >= {"loss 1", "moved"}


def test_killed_twenty_times_with_two_at_once_it_ends_like_in_peace(
    undisturbed, tmp_path
):
    chance, kills = random.Random(5), 0
    processes = [worker(tmp_path), worker(tmp_path)]
    deadline = time.monotonic() + 420
    while kills < 20 and time.monotonic() < deadline:
        try:
            processes[0].wait(chance.uniform(2.0, 5.0))
        except subprocess.TimeoutExpired:
            processes[0].send_signal(signal.SIGKILL)
            processes[0].wait()
            kills += 1
        else:
            break                                    # all is done before the last kill
        processes = [processes[1], worker(tmp_path)]
    for process in processes:
        assert process.wait(300) == 0, process.stderr.read()
    assert kills >= 5
    twice = [run for run, times in Counter(
        (tmp_path / "log").read_text().split()
    ).items() if times > 1]
    assert not twice
    assert results(tmp_path) == results(undisturbed)


def test_what_another_process_holds_is_left_to_it(tmp_path, capsys):
    experiment = tiny(rates=(), seeds=1)
    first, second = (run.config for run in grid(experiment, {}))
    work = tmp_path / queue.WORK / f"{first.name}-seed0"
    with held(work):
        assert queue.run_one(grid(experiment, {})[1], tmp_path, None)
        # The lock is this process's own: a child must ask for it.
        script = (
            "import sys, tiny_grid; from pathlib import Path;"
            "from resattn_tutorial.data import datasets;"
            "from resattn_tutorial.experiments import queue, grid;"
            "datasets.SCENES = tiny_grid.SCENES;"
            "one = grid.grid(tiny_grid.tiny(rates=(), seeds=1), {})[0];"
            "sys.exit(7 if queue.run_one(one, Path(sys.argv[1]), None) is None else 1)"
        )
        child = subprocess.run(
            [sys.executable, "-c", script, tmp_path], env=ENVIRONMENT, check=False
        )
        assert child.returncode == 7
    assert [path.name for path in tmp_path.glob("*.json")] == [
        f"{second.name}-seed0.json"
    ]


def test_a_run_by_other_code_is_stale_and_is_run_again(undisturbed, tmp_path):
    path = next(undisturbed.glob("mini1-naive-builtin-large-*-seed0.json"))
    run = read_run(path)
    probe = dict(run.results.scores["probe"]) | {"moved": 1.0}
    scores = dict(run.results.scores) | {"probe": probe}
    write_run(replace(run, results=replace(run.results, scores=scores)), tmp_path)
    ledger = read_ledger((tmp_path,))
    assert len(ledger.stale) == 1 and not ledger.fresh and not ledger.errors


def test_a_run_that_diverges_is_noted_and_not_tried_again(tmp_path, monkeypatch):
    asked = []

    def diverging(config, work):
        asked.append(config.attention)
        raise FloatingPointError("The loss is no longer a number.")

    monkeypatch.setattr(queue, "run_training", diverging)
    assert run_missing([tiny(rates=(), seeds=1)], tmp_path, say=asked.append)
    assert run_missing([tiny(rates=(), seeds=1)], tmp_path, say=asked.append)
    assert asked.count("residual") == asked.count("naive") == 1
    assert set(read_ledger((tmp_path,)).diverged.values()) == {
        "The loss is no longer a number."
    }


def test_a_run_that_is_stopped_ends_the_queue_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(queue, "run_training", lambda config, work: None)
    assert not run_missing([tiny(rates=(), seeds=1)], tmp_path)


def test_a_shard_runs_its_own_and_waits_for_no_other(tmp_path, monkeypatch):
    ran = []

    def run_one(planned, folder, data):
        ran.append(key(planned.config))
        monkeypatch.setattr(queue, "read_ledger", lambda folders: queue.Ledger(
            {}, {}, dict.fromkeys(ran, "x")
        ))
        return True

    monkeypatch.setattr(queue, "run_one", run_one)
    experiment = tiny(rates=(), seeds=6)
    assert run_missing([experiment], tmp_path, shard=(1, 2))
    assert run_missing([experiment], tmp_path, shard=(2, 2))
    assert len(ran) == len(set(ran)) == 12


def test_a_folder_s_images_lie_where_one_says(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        queue, "run_training", lambda config, work: seen.append(config.data)
    )
    away = replace(BASE, data="images", data_name="Mine")
    experiment = replace(tiny(rates=(), seeds=1), base=away)
    run_missing([experiment], tmp_path, data="/elsewhere")
    run_missing([tiny(rates=(), seeds=1)], tmp_path, data="/elsewhere")
    assert seen == ["/elsewhere", "builtin-large"]


# What is handed in


def handed_in():
    path = next(queue.RUNS.glob("mini1-builtin-large-mini-*-seed0.json"))
    return read_run(path)


def test_recorded_runs_hold_together(monkeypatch):
    monkeypatch.undo()
    ledger = read_ledger()
    assert faults_of(handed_in(), ledger) == []
    other = replace(handed_in(), configuration=handed_in().configuration | {"seed": 77})
    assert faults_of(other, ledger) == []            # a seed of one's own


def test_a_ledger_of_some_experiments_says_of_them_what_the_whole_one_says(monkeypatch):
    monkeypatch.undo()
    whole = read_ledger()
    for name in ("table3-mini", "live-mini", "table5-mini"):
        part, experiment = read_ledger(of=[EXPERIMENTS[name]]), EXPERIMENTS[name]
        assert outcome(experiment, part) == outcome(experiment, whole)
        assert part.fresh.keys() <= whole.fresh.keys()
    assert len(read_ledger(of=[EXPERIMENTS["live-mini"]]).fresh) == 10


def changed(run, **results):
    return replace(run, results=replace(run.results, **results))


def test_a_run_that_is_tested_at_its_end_only_does_not_contradict_itself():
    run = handed_in()
    *before, last = run.results.curve
    last = last._replace(test_error=None, validation_error=0.5)
    assert handing_in._of_numbers(changed(run, curve=(*before, last))) == []
    worse = handing_in._of_numbers(changed(run, test_error=0.01))
    assert any("its curve ends at" in fault for fault in worse)


def configured(run, **settings):
    return replace(run, configuration=run.configuration | settings)


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda run: changed(run, test_error=0.01), "its curve ends at .* its test error"),
    (lambda run: changed(run, right_answers="AAAA"), "those of 7500 images"),
    (lambda run: changed(run, right_answers=None), "it kept no answers"),
    (lambda run: changed(run, scores={}), "it holds no probe"),
    (lambda run: changed(run, scores={"probe": {
        **run.results.scores["probe"], "moved": 1.0}}), "takes other steps"),
    (lambda run: changed(run, curve=run.results.curve[:1]),
     "ends at step 400 of 1,200"),
    (lambda run: changed(run, curve=(
        *run.results.curve[:-1], run.results.curve[-1]._replace(images=1))),
     "other images than steps times batch"),
    (lambda run: replace(run, name="mini1-other"), "it is named mini1-other"),
    (lambda run: replace(run, changes=("after step 3: threads",)), "was changed on"),
    (lambda run: replace(run, environment=replace(run.environment, commit="abcdefa+")),
     "run it from a clean clone"),
    (lambda run: replace(run, data=replace(run.data, fingerprints={"train": "x"})),
     "another fingerprint"),
    (lambda run: configured(run, label_noise=0.123), "no experiment declares"),
    (lambda run: configured(run, network="mini2", attention="cbam"),
     "no experiment declares"),
    (lambda run: replace(run, configuration={"seed": 0}), "is no training's"),
])
def test_a_run_that_does_not_hold_together_is_told_why(spoil, words, monkeypatch):
    monkeypatch.undo()
    faults = faults_of(spoil(handed_in()), read_ledger())
    assert any(re.search(words, fault) for fault in faults), faults
