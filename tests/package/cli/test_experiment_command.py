"""``resattn experiment``: what it lists, shows, tabulates, runs and refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tiny_grid import tiny
from typer.testing import CliRunner

from resattn_tutorial.cli import experiment as command
from resattn_tutorial.cli.app import app
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.ledger.store import RUNS

VERBS = ("list", "show", "table", "run", "check")


def resattn(*words: str):
    return CliRunner().invoke(app, ["experiment", *words])


@pytest.fixture
def asked(monkeypatch) -> list:
    """What would be run; nothing is."""
    calls = []

    def run_missing(experiments, folder, shard, only, data):
        names = [one.name for one in experiments]
        calls.append((names, folder, shard, list(only), data))
        return True

    monkeypatch.setattr(command, "run_missing", run_missing)
    return calls


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_with_an_example(verb):
    answer = resattn(verb, "--help")
    assert answer.exit_code == 0
    assert re.search(rf"Examples:\s+resattn experiment {verb}", answer.output)


def test_the_list_names_every_experiment_with_its_runs():
    lines = resattn("list").output.splitlines()
    for name, experiment in EXPERIMENTS.items():
        (line,) = [one for one in lines if one.split()[0] == name]
        planned = (experiment.seeds + len(experiment.rates)) * len(experiment.arms)
        assert re.search(rf" {planned} +0 ", line), line


def test_an_experiment_is_shown_with_its_arms_rates_and_claims():
    text = resattn("show", "table3-mini").output
    assert "6 modules, naive" in text and "claim: " in text
    assert re.search(r"1 module, residual +0\.15 of 0\.05: .*%, 0\.15: .*%", text)
    assert re.search(r"1,200 steps of 64 on builtin-large", text)


def test_a_table_ends_with_a_word_for_each_claim():
    text = resattn("table", "table3-mini").output
    assert re.search(r"6 modules, naive +5 +8\d\.\d\d%", text)
    assert text.count("over seeds") == 3 and ": reproduced; by +" in text
    queued = resattn("table", "table1-paper").output
    assert queued.count("queued") >= 5


def test_what_is_typed_is_what_is_run(asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("images").mkdir()
    assert resattn("run", "table3-mini", "table1-mini").exit_code == 0
    typed = "run table3-jpeg --shard 2/8 --folder there --data images"
    arm = ["--only", "Attention-56, naive"]
    assert resattn(*typed.split(), *arm).exit_code == 0
    assert asked == [
        (["table3-mini", "table1-mini"], Path("experiments"), (1, 1), [], None),
        (["table3-jpeg"], Path("there"), (2, 8), ["Attention-56, naive"], "images"),
    ]


def test_a_run_that_was_stopped_ends_with_130(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "run_missing", lambda *_: False)
    assert resattn("run", "table3-mini", "--folder", str(tmp_path)).exit_code == 130


@pytest.mark.parametrize(("words", "told"), [
    (["run", "table3-mni"], r"got 'table3-mni'\. Did you mean table3-mini\?"),
    (["show", "tabel1-paper"], r"Did you mean table1-paper\?"),
    (["run", "table3-mini", "--only", "1 module"], "--only must be one of 1 module"),
    (["run", "table3-mini", "--shard", "9/8"], "the shard must be at most 8, got 9"),
    (["run", "table3-mini", "--shard", "two"], "shard must be such as 2/8, got 'two'"),
    (["run", "table3-mini", "--shard", "0/8"], "the shard must be at least 1, got 0"),
    (["check", "no-such-file.json"], "no-such-file.json"),
])
def test_what_cannot_be_is_refused_in_a_line(words, told, asked):
    answer = resattn(*words)
    assert answer.exit_code in (1, 2) and asked == []
    assert re.search(told, " ".join(answer.output.split())), answer.output
    assert "Traceback" not in answer.output


def test_a_file_is_checked_and_one_that_does_not_hold_together_is_status_1(tmp_path):
    path = next(RUNS.glob("mini1-builtin-large-*-seed0.json"))
    good = resattn("check", str(path))
    assert good.exit_code == 0 and "holds together" in good.output
    spoilt = tmp_path / path.name
    spoilt.write_text(re.sub(r'("commit": "[0-9a-f]+)"', r'\1+"', path.read_text()))
    bad = resattn("check", str(path), str(spoilt))
    assert bad.exit_code == 1 and "run it from a clean clone" in bad.output


def test_the_examples_name_experiments_and_arms_that_there_are():
    text = " ".join(resattn(verb, "--help").output for verb in VERBS)
    for name in re.findall(r"\btable\d-\w+", text):
        assert name in EXPERIMENTS
    arms = {arm for one in EXPERIMENTS.values() for arm in one.arms}
    assert set(re.findall(r"--only '([^']+)'", text)) <= arms
    assert tiny().name not in EXPERIMENTS
