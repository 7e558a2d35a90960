"""No measured number without a run behind it: the role ``{run}``, and the gate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_project import code, make_project
from tiny import write

from tools.chapters import ChapterError
from tools.measured import MeasuredError, quote
from tools.notebooks import Exporter
from tools.settings import ROOT
from tools.stated import LIST, StatedError, unbacked

TOP = "# A title\n\n"
CAPTION = "mystnb:\n  figure:\n    caption: "


def make_runs(root: Path, name: str = "trial", **accuracies: float) -> Path:
    """Run files ``<name>-seed0.json`` and on, by ``seed0=0.5``, with a few fields."""
    for seed, value in accuracies.items():
        run = {
            "name": name, "seed": int(seed.removeprefix("seed")), "commit": None,
            "curve": [{"images": 64}, {"images": 153_600}],
            "results": {"test accuracy": value, "stage 1, mean": {"own": 0.25}},
            "hardware": {"processor": "Abacus"}, "minutes": 3.0,
        }  # fmt: skip
        files = {f"resattn_tutorial/ledger/runs/{name}-{seed}.json": json.dumps(run)}
        write(root, files)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_runs(tmp_path, seed10=0.8, seed2=0.5, seed0=0.506)
    return make_runs(tmp_path, "trial-seeds", seed0=0.1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("trial: mean of results/test accuracy as .1%", "60.2\N{NO-BREAK SPACE}%"),
        ("trial: lowest of results/test accuracy as .2f", "0.50"),
        ("trial: highest of results/test accuracy as .0%", "80\N{NO-BREAK SPACE}%"),
        ("trial: count of seed", "3"),
        ("trial: results/stage 1, mean/own as .3f", "0.250"),
        ("trial: curve/-1/images as ,", "153,600"),
        ("trial:  curve/0/images", "64"),
        ("trial: hardware/processor", "Abacus"),
        ("trial: minutes", "3.0"),
        ("trial-seeds: results/test accuracy as .1f", "0.1"),
    ],
)
def test_a_number_is_read_from_its_runs(root: Path, text: str, shown: str):
    assert quote(text, root).text == shown


def test_a_number_says_which_runs_it_comes_from_by_seed(root: Path):
    quoted = quote("trial: count of seed", root)
    names = [path.name for path in quoted.files]
    assert quoted.name == "trial"
    assert names == ["trial-seed0.json", "trial-seed2.json", "trial-seed10.json"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trail: minutes", "no run is named 'trail'; there are .*'trial', 'trial-se"),
        ("trial minutes", "does not read like"),
        ("trial: ", "does not read like"),
        ("trial: result/a", "there is no 'result', only .*'results'"),
        ("trial: results/accuracy as .1%", "no 'accuracy', only .*'test accuracy'"),
        ("trial: curve/2/images", "there is no '2', only list"),
        ("trial: minutes/total", "there is no 'total', only float"),
        ("trial: results/test accuracy as .1%", "differs, say one of .*'mean'"),
        ("trial: median of results/test accuracy as .1%", "'median' is none of"),
        ("trial: mean of results/test accuracy", "needs a format"),
        ("trial: results", "no single number"),
        ("trial: commit", "is None: no single number"),
        ("trial: mean of hardware/processor", "'Abacus': no single number"),
        ("trial: hardware/processor as .1%", "'Abacus' as .1%"),
        ("trial: minutes as nice", "3.0 as nice"),
    ],
)
def test_what_no_run_backs_is_refused_and_what_there_is_told(
    root: Path, text: str, words: str
):
    with pytest.raises(MeasuredError, match=words):
        quote(text, root)


@pytest.mark.parametrize("name", ["trial.json", "trial-seedx.json", "-seed0.json"])
def test_a_run_file_with_another_kind_of_name_is_refused(root: Path, name: str):
    write(root, {f"resattn_tutorial/ledger/runs/{name}": "{}"})
    with pytest.raises(MeasuredError, match=f"{name} is not called"):
        quote("trial: minutes", root)


def test_a_run_file_that_is_cut_short_is_named(root: Path):
    write(root, {"resattn_tutorial/ledger/runs/trial-seed2.json": '{"seed": 2'})
    with pytest.raises(MeasuredError, match="trial-seed2.json: "):
        quote("trial: minutes", root)


def test_in_a_notebook_the_number_stands_plain_and_follows_its_runs(root: Path):
    said = "Of {run}`trial: mean of\nresults/test accuracy as .1%` right.\n"
    path = make_project(root, TOP + said, repository="owner/repo")

    def text() -> str:
        return "\n".join(cell.source for cell in Exporter(root).notebook(path).cells)

    assert "Of 60.2\N{NO-BREAK SPACE}% right." in text()
    make_runs(root, seed2=0.8)
    assert "Of 70.2\N{NO-BREAK SPACE}% right." in text()


def test_a_number_that_no_run_backs_stops_the_export_with_its_place(root: Path):
    path = make_project(root, TOP + "One.\n{run}`trial: hours`\n")
    with pytest.raises(ChapterError, match="01_sample.md:15: .*'hours', only"):
        Exporter(root).notebook(path)


def faults(root: Path, prose: str, entries: str = "") -> list[str]:
    """What the gate finds in a project with this chapter and this list."""
    make_project(root, TOP + prose + "\n")
    write(root, {LIST: entries})
    return unbacked(root)


def test_every_measured_number_of_the_book_has_something_behind_it():
    assert unbacked(ROOT) == []


@pytest.mark.parametrize(
    "prose",
    [
        "It names 81.5 % of them.",
        "It names 81.5%.",
        "It is two per cent better.",
        "Three percentage points more.",
        "It took 41 s.",
        "It took half a minute.",
        "After twelve hours it stopped.",
        "A 15-minute run.",
        "It learns from 1,300 images a second.",
        "Some 12 steps per second.",
        "A step takes 5.6 ms.",
        "A step takes 5ms.",
        "It is 1.19 times as fast.",
        "Ours is 2.2× faster.",
        "It is twice as slow.",
        "It needs 3.5 GiB.",
        "It needs 80 MB of memory.",
        "It moves 900 GB/s.",
        "It reaches 12.5 TFLOP/s.",
        "The mean AUC is 0.64.",
        "Its accuracy reached 0.815 and its loss 0.47",
        "We find 5.1 %, the paper 4.99 %.",
        "The paper says so. It is 7 % more.",
        "**It is 7 % more.**",
        "- one\n- it is 7 %",
        "> It is 7 %.",
        "| a | b |\n|---|---|\n| 7 % | 8 |",
        "## It is 7 % more",
        "```{note}\nIt is 7 %.\n```",
        "```{admonition} It is 7 %\nYes.\n```",
        "```{dropdown} A title\n```{note}\n7 %\n```\n```",
        "```{figure} pixel.svg\n:alt: a pixel\nIt is 7 %.\n```",
        f'```{{code-cell}}\n---\n{CAPTION}"It is 7 %."\n---\n1\n```',
        "About [7 %](https://example.org) more.",
    ],
)
def test_a_measured_number_with_nothing_behind_it_is_found(root: Path, prose: str):
    found = faults(root, prose)
    assert found and all("chapters/01_sample.md:" in fault for fault in found)


@pytest.mark.parametrize(
    "prose",
    [
        "It names {run}`trial: mean of results/test accuracy as .1%` of them.",
        "It took {run}`trial: minutes` minutes.",
        "{cite:t}`he2016` report 4.99 %.",
        "The paper's error is 4.99 %.",
        "It is 4.99 % in Table 6.",
        "The authors train it for 160 hours.",
        "Its variance is `0.5`, an error of $10\\,\\%$, an accuracy of `{a:.1%}`.",
        "```python\nprint('7 %')\n```",
        code("print('7 % of the error is 0.5')"),
        "```{math}\n7\\,\\%, 5 s\n```",
        "```{figure} pixel.svg\n:alt: at 7 % of 5 s\nA pixel.\n```",
        "```{chapter-strip}\n:read: 25 minutes\n:needs: a\n:paper: b\n```",
        "% It is 7 %.",
        "*Core · 10 minutes.* Write it.",
        "There are 23.5 million parameters and 6.27 billion multiply-adds.",
        "Give one list a second axis. It runs a second time, three times in all.",
        "The error is defined in Section 4.1, in chapter 3.",
        "A kernel of 3 × 3, a stride of 2, a batch of 64, 40,000 images.",
        "It has four times the channels at half the size.",
    ],
)
def test_what_is_rendered_cited_code_or_no_measurement_passes(root: Path, prose: str):
    assert faults(root, prose) == []


def test_a_chapters_name_is_no_measured_number_but_a_sentence_with_it_is(root: Path):
    make_project(root, "# Ten minutes: what we build\n\nText.\n")
    page = "# Others\n\n## Ten minutes: what we build\n\nIt took ten minutes.\n"
    write(root, {LIST: "", "book/others.md": page})
    (found,) = unbacked(root)
    assert "book/others.md:5: 'ten minutes'" in found


def entry(**said: str) -> str:
    """An entry of the list on the first sample chapter, as TOML."""
    fields = {"page": "chapters/01_sample.md", **said}
    lines = (f"{key} = {json.dumps(value)}" for key, value in fields.items())
    return "[[stated]]\n" + "\n".join(lines) + "\n"


PROSE = "Each module loses 8 % of it,\nand two lose 15 %.\n\n" + code("lost = 1 - 0.92")
TEST = "tests/test_sky.py::test_the_sky_is_blue"


@pytest.mark.parametrize(
    "reason",
    [
        {"tested": TEST},
        {"computed": "lost = 1"},
        {"source": "Table 2"},
        {"setting": "we set it so"},
        {"definition": "it is called so"},
    ],
)
def test_a_listed_number_passes_and_the_one_beside_it_does_not(root: Path, reason):
    write(root, {"tests/test_sky.py": "def test_the_sky_is_blue():\n    pass\n"})
    whole = "loses 8 % of it, and two lose 15 %"
    assert faults(root, PROSE, entry(says=whole, **reason)) == []
    (found,) = faults(root, PROSE, entry(says="loses 8 % of it", **reason))
    assert found.startswith("chapters/01_sample.md:14: '15 %' in Each module loses")


@pytest.mark.parametrize(
    "says", ["loses 9 % of it", "Each module", "loses 8", "of it, and two lose"]
)
def test_an_entry_that_holds_no_number_any_more_is_found(root: Path, says: str):
    found = faults(root, PROSE, entry(says=says, setting="so"))
    assert len(found) == 3 and found[-1].endswith(f"01_sample.md says {says!r}")


def test_an_entry_for_another_page_holds_nothing_here(root: Path):
    other = entry(says="8 %", setting="so").replace("01_sample", "02_short")
    assert len(faults(root, PROSE, other)) == 3


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"tested": "tests/test_sky.py::test_it_rains"}, "no test .*test_it_rains"),
        ({"tested": "tests/test_sea.py::test_the_sky_is_blue"}, "no test tests/test_s"),
        ({"tested": "tests/test_sky.py::test_the_sky"}, "no test .*test_the_sky"),
        ({"computed": "lost = 2"}, "01_sample.md: no cell holds 'lost = 2'"),
        ({"setting": " "}, "no reason"),
        ({}, "expected page, says and one of"),
        ({"because": "so"}, "expected page, says and one of"),
        ({"setting": "a", "source": "b"}, "expected page, says and one of"),
    ],
)
def test_an_entry_with_nothing_behind_it_is_refused(root: Path, said, words: str):
    write(root, {"tests/test_sky.py": "def test_the_sky_is_blue():\n    pass\n"})
    with pytest.raises(StatedError, match=words):
        faults(root, PROSE, entry(says="8 %", **said))
