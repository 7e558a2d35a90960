"""The page of all runs, and numbers in sentences that lead to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sample_run import told_of_a_run
from tiny import write

from book._ext.ledger_tables import alike, figures, table
from tools.ledger_facts import facts_of, figure, numbers_in, spread
from tools.measured import MeasuredError, anchor, read_files, run_files
from tools.settings import ROOT

INDEX = """\
# Home

```{toctree}
ledger
says
```
"""
SAYS = "# Says\n\nIt names {run}`a-trial: mean of results/test_error as .1%`.\n"
LEDGER = "# The ledger\n\n```{run-table}\n```\n"


def a_run(seed: int = 0, name: str = "a-trial", **changed) -> dict:
    """A run as its file holds it; ``changed`` names fields as ``sample_run`` does."""
    curve = [
        {"step": 10, "images": 640, "test_error": 0.6, "loss": 1.0, "seconds": 1.0},
        {"step": 20, "images": 1280, "test_error": 0.5, "loss": 0.9, "seconds": 2.0},
    ]
    fields = {
        "command": f"python -m trial --seed {seed} --steps 20",
        "configuration": {
            "network": "Small", "recipe": {"batch": 64, "rate": 0.1}, "seed": seed,
            "threads": 1,
        },
        "data__form": "JPEG, quality 75", "environment__commit": "0123abc",
        "environment__python": "3.11", "results__curve": curve,
        "results__minutes": 3 + seed, "results__images_per_second": 700.0,
        "results__test_error": 0.5 + seed / 10, "results__right_answers": "vTd/3w==",
        "results__scores": {
            "masks": {"own": 0.25}, "many": {f"n{k}": k / 100 for k in range(21)},
        },
    }
    return told_of_a_run(name, seed, **fields | changed)


def test_a_run_that_looked_and_learned_nothing_says_so():
    run = a_run()
    run["results"]["curve"] = [run["results"]["curve"][0] | {"step": 0}]
    assert facts_of([run])["Trained"] == "nothing: 640 test images were looked at"


def a_cost(name: str = "a-cost") -> dict:
    """A run that classified nothing: it has neither an error nor a loss."""
    point = a_run()["results"]["curve"][0]
    curve = [point | {"step": 0, "loss": None, "test_error": None}]
    return a_run(name=name, results__test_error=None, results__curve=curve)


def test_a_run_that_classified_nothing_says_what_it_measured():
    trained = facts_of([a_cost()])["Trained"]
    assert trained == "nothing: what networks cost was measured"


def test_the_numbers_of_a_group_are_counted_through_its_groups():
    assert numbers_in({"a": 1, "b": {"c": 2, "d": {"e": 3}}, "f": {}}) == 3


def test_several_runs_are_shown_by_their_mean_and_range():
    facts = facts_of([a_run(0), a_run(1), a_run(2)])
    assert facts["Runs"].startswith("3, seeds 0, 1, 2;")
    assert facts["Minutes"] == "4 (3 to 5), tests included"
    assert facts["Trained"] == "20 steps, 1,280 images"
    assert facts["Speed"] == "700 images a second"
    assert facts["Settings"] == (
        "network Small, recipe (batch 64, rate 0.1), threads 1"
    )
    assert facts["Machine"] == "Abacus, 2 cores, 1 thread"
    assert facts["Data"] == (
        "CIFAR-10, JPEG, quality 75: 50,000 to learn from, 10,000 to test on"
    )


def test_settings_leave_out_what_is_off_and_the_seed_and_shorten_long_numbers():
    settings = {
        "seed": 3, "compile": False, "deterministic": True, "milestones": [],
        "widths": [0.380278, 0.5], "threads": 1,
        "recipe": {"batch_size": 64, "rate": 1e-4},
    }
    facts = facts_of([a_run(seed, configuration=settings) for seed in (0, 1)])
    assert facts["Settings"] == (
        "deterministic, widths 0.3803 0.5, threads 1, "
        "recipe (batch size 64, rate 0.0001)"
    )


def test_one_run_is_said_to_be_one():
    assert facts_of([a_run(7)])["Runs"].startswith("one, seed 7: how far another")


def test_runs_that_differ_say_both():
    facts = facts_of([
        a_run(), a_run(1, environment__commit=None, environment__gpu="T4"),
    ])
    assert facts["Commit"] == "0123abc; or not known"
    assert facts["Machine"].endswith("; or T4, Abacus, 2 cores, 1 thread")


def test_what_was_not_recorded_and_what_was_changed_is_told():
    assert {"Changed", "Not recorded"}.isdisjoint(facts_of([a_run()]))
    facts = facts_of([
        a_run(not_recorded=["configuration/save_every", "environment/device"],
              changes=["after step 3: threads: 1 in the part before, 2 in this part"]),
    ])
    assert facts["Not recorded"] == "save every, environment/device"
    assert facts["Changed"].startswith("after step 3: threads")


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("test error", 0.04994, "4.99\N{NO-BREAK SPACE}%"),
        ("test_error", 1.0, "100.00\N{NO-BREAK SPACE}%"),
        ("own", 0.36126, "0.361"),
        ("own", 0.56, "0.560"),
        ("images", 153_600, "153,600"),
        ("MB", 1234.5, "1,234"),
        ("shift", -1234.5, "-1,234"),
        ("loss", 2.0, "2"),
    ],
)
def test_a_figure_has_as_many_digits_as_mean_something(name, value, shown):
    assert figure(name, value) == shown


def test_a_range_is_from_the_lowest_to_the_highest():
    runs = [a_run(seed) for seed in (2, 0, 1)]
    where = "results/test_error"
    nbsp = "\N{NO-BREAK SPACE}%"
    assert spread(runs, where) == f"60.00{nbsp} (50.00{nbsp} to 70.00{nbsp})"


@pytest.mark.parametrize("field", ["data", "results", "environment", "configuration"])
def test_a_run_that_lacks_a_field_cannot_be_shown(field: str):
    run = a_run()
    del run[field]
    with pytest.raises(MeasuredError, match=f"no '{field}'"):
        facts_of([run])


def test_the_recorded_runs_can_all_be_shown():
    for files in run_files(ROOT).values():
        assert all(facts_of(read_files(files)).values())


@dataclass(frozen=True)
class Step:
    """What one build said: exit status, everything printed, the pages after it."""

    status: int
    said: str
    ledger: str
    says: str


def build(root: Path) -> Step:
    """Build the pages under ``root`` by Sphinx, every warning an error."""
    source, made = root / "source", root / "made"
    options = {
        "extensions": "myst_parser,book._ext.ledger", "html_theme": "basic",
        "root_doc": "index",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-C", "-W", "-n", "--keep-going",
         *(f"-D{key}={value}" for key, value in options.items()), source, made],
        cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    pages = (made / f"{name}.html" for name in ("ledger", "says"))
    texts = (page.read_text("utf-8") if page.exists() else "" for page in pages)
    return Step(done.returncode, done.stdout, *texts)


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> dict[str, Step]:
    """A small book with two runs; then a third run; then pages that cannot be."""
    root = tmp_path_factory.mktemp("ledger")

    def put(*runs: dict, **pages: str) -> Step:
        folder = "source/resattn_tutorial/ledger/runs"
        seeds = [run["configuration"]["seed"] for run in runs]
        files = {
            f"{folder}/{run['name']}-seed{seed}.json": run
            for run, seed in zip(runs, seeds, strict=True)
        }
        texts = {name: json.dumps(run) for name, run in files.items()}
        write(root, {**texts, **{f"source/{k}.md": v for k, v in pages.items()}})
        return build(root)

    long = a_run(0, name="a-long-one", results__curve=a_run()["results"]["curve"][:1])
    first = (a_run(), long, a_cost())
    steps = {"first": put(*first, index=INDEX, says=SAYS, ledger=LEDGER)}
    steps["another seed"] = put(a_run(1))
    wrong = SAYS.replace("results/test_error", "results/error")
    broken = {k: v for k, v in a_run(2).items() if k != "data"}
    steps["broken"] = put(broken, says=wrong + "\n{run}`b: minutes`\n")
    return steps


def test_a_number_in_a_sentence_leads_to_its_runs(story):
    assert story["first"].status == 0, story["first"].said
    link = re.search(r'href="([^"]*)"><span[^>]*>50.0\s%<', story["first"].says)
    assert link[1] == f"ledger.html#{anchor('a-trial')}"
    assert f'id="{anchor("a-trial")}"' in story["first"].ledger


def test_every_run_has_its_facts_its_figures_its_curve_and_its_command(story):
    page = story["first"].ledger
    for words in (
        "JPEG, quality 75", "0123abc", "Abacus", "Masks:", "To repeat it:",
        "21 numbers, which stand in the run file",
        "a-cost", "what networks cost was measured",
    ):  # fmt: skip
        assert words in page, words
    every, *others = BeautifulSoup(page, "html.parser").find_all("table")
    assert cells(every) == [
        ["name", "runs", "test error", "minutes"],
        ["a-cost", "1", "none", "3"],
        ["a-long-one", "1", "50.00\N{NO-BREAK SPACE}%", "3"],
        ["a-trial", "1", "50.00\N{NO-BREAK SPACE}%", "3"],
    ]
    assert every.find("a", string="a-trial")["href"] == f"#{anchor('a-trial')}"
    shown = [row for one in others for row in cells(one)]
    assert shown.count(["test error", "50.00\N{NO-BREAK SPACE}%"]) == 2
    shown = re.sub("<[^>]+>", "", page)
    assert "python -m trial \\\n  --seed 0 \\\n  --steps 20" in shown
    assert page.count('role="img"') == 1, "a curve of one point is none"


def cells(table: Tag) -> list[list[str]]:
    """The texts of a table, row by row, its head first."""
    rows = table.find_all("tr")
    return [[one.get_text(strip=True) for one in row.find_all(["th", "td"])]
            for row in rows]


def test_groups_of_the_same_figures_share_a_table_and_others_have_their_own():
    same = {"a": 1, "b": 2}
    groups = {"one": same, "two": same, "three": {"c": 1}, "four": {"d": {"e": 1}}}
    assert alike(groups) == [
        (["one", "two"], ("a", "b")), (["three"], ()), (["four"], ()),
    ]
    run = a_run(results__scores=groups)
    found = figures([run], {"scores": groups})
    tables = [one for one in found if isinstance(one, nodes.table)]
    texts = [[entry.astext() for entry in one.findall(nodes.entry)] for one in tables]
    assert texts[0] == ["of", "a", "b", "one", "1", "2", "two", "1", "2"]
    assert texts[1:] == [["figure", "value", name, "1"] for name in ("c", "e")]


def test_a_column_without_a_name_is_refused():
    with pytest.raises(ValueError, match="every column must have a name"):
        table(("figure", ""), [("a", "1")])


def test_another_seed_is_on_the_page_and_in_the_sentence_though_no_text_changed(story):
    step = story["another seed"]
    assert step.status == 0, step.said
    assert re.search(r"55.0\s%", step.says)
    assert "seeds 0, 1;" in step.ledger and "To repeat the first:" in step.ledger


def test_what_no_run_backs_fails_the_build_with_its_place(story):
    step = story["broken"]
    assert step.status != 0
    assert re.search(r"says.md:3: .*no 'error', only", step.said)
    assert re.search(r"says.md:5: .*no run is named 'b'", step.said)
    assert re.search(r"ledger.md:3: .*run-table.*no 'data', only", step.said)
