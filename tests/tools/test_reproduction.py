"""The reproduction page: complete, honest about what is missing, true to the ledger."""

from __future__ import annotations

import re
import statistics

import pytest

from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.declaration import SIZES
from resattn_tutorial.experiments.outcome import (
    NOT_RESOLVED,
    NOT_SEEN,
    QUEUED,
    REPRODUCED,
    SAME_DIRECTION,
)
from resattn_tutorial.experiments.printed import PRINTED
from resattn_tutorial.ledger.store import RUNS, read_run
from tools.reproduction import (
    NOT_RUNNABLE,
    PICTURES,
    SECTIONS,
    ReproductionError,
    answered,
    as_myst,
    effects,
    found,
    ledger,
    unbroken,
)
from tools.settings import ROOT

PAGE = (ROOT / "book" / "reproduction.md").read_text(encoding="utf-8")


def test_the_page_shows_every_section_once():
    shown = re.findall(r"```\{reproduction\} (\w+)", PAGE)
    assert sorted(shown) == sorted([*SECTIONS, *PICTURES])


def test_every_number_leads_to_an_arm_or_says_why_not():
    for one in PRINTED:
        assert bool(one.arms) != bool(one.why_not), one.row
        for size, (experiment, arm) in one.arms.items():
            assert EXPERIMENTS[experiment].size == size
            assert arm in EXPERIMENTS[experiment].arms, one.row


def test_the_paper_prints_as_many_numbers_as_the_page_has_rows():
    counts = {1: 3, 3: 8, 4: 2, 5: 8, 6: 14, 7: 9}
    for table, count in counts.items():
        assert sum(one.table == f"Table {table}" for one in PRINTED) == count


def test_a_printed_pair_of_a_claim_is_that_of_its_rows():
    """The same number stands in the table's row and in the claim: they must agree."""
    values = {
        arm: one.value.split(" ")[0] for one in PRINTED
        for arm in one.arms.values() if one.table != "Table 7"
    }
    seen = 0
    for name, experiment in EXPERIMENTS.items():
        for claim in experiment.claims:
            pair = (name, claim.better), (name, claim.worse)
            if claim.printed and all(arm in values for arm in pair):
                expected = " against ".join(values[arm] for arm in pair)
                assert claim.printed == f"{expected} %", claim.text
                seen += 1
    assert seen > 20


def test_a_cell_is_what_the_run_files_say():
    errors = [
        read_run(path).results.test_error
        for path in RUNS.glob("mini3-naive-builtin-large-mini-rate0-45-seed*.json")
    ]
    mean, spread = statistics.mean(errors), statistics.stdev(errors)
    cell = f"{100 * mean:.1f} ± {100 * spread:.1f} % (n = 5)"
    assert len(errors) == 5
    shown = f"| Attention-128, naive | 5.57 % | {cell} |"
    assert unbroken(shown) in as_myst("table3")


def test_what_is_missing_says_so():
    text = as_myst("table6")
    assert text.count("queued") == 16 and text.count(NOT_RUNNABLE) == 6
    assert all(
        answered(one) == any(
            found(name).arms[arm].runs for name, arm in one.arms.values()
        )
        for one in PRINTED
    )


def test_every_claim_has_one_of_the_words_that_the_page_explains():
    words = {REPRODUCED, SAME_DIRECTION, NOT_SEEN, NOT_RESOLVED, QUEUED}
    told = {claim.word for name in EXPERIMENTS for claim in found(name).claims}
    assert told <= words
    for word in (*words, NOT_RUNNABLE):
        assert f"| **{word}** |" in PAGE


def test_every_experiment_has_its_command_and_every_size_its_experiments():
    text = as_myst("work")
    for name in EXPERIMENTS:
        assert f"`resattn experiment run {name}`" in text
    assert {one.size for one in EXPERIMENTS.values()} == set(SIZES)


def test_the_page_names_machines_and_commits_and_no_run_is_stale():
    text = as_myst("machines")
    assert f"{len(ledger().fresh)} runs" in text and "0 are stale" in text
    assert "+" not in text.partition("at commit")[2]


def test_a_section_that_does_not_exist_is_refused():
    with pytest.raises(ReproductionError, match="shows one of table1, .* not 'table9'"):
        as_myst("table9")


def test_every_experiment_with_claims_stands_on_the_page_exactly_once():
    shown = [
        name for section in SECTIONS if section not in ("work", "abstract")
        for name in re.findall(r"^`([a-z0-9-]+)`[,:]", as_myst(section), re.MULTILINE)
    ]
    assert sorted(shown) == sorted(
        name for name, experiment in EXPERIMENTS.items() if experiment.claims
    )


def test_the_abstract_s_claims_have_the_words_of_their_experiments():
    text = as_myst("abstract")
    for name in ("table3-mini", "table5-mini"):
        for one in found(name).claims:
            assert f"{unbroken(one.claim.text)}, **{one.word}**" in text
    assert "`table7-paper`: **queued**" in text


def test_the_picture_s_effects_are_shares_of_the_second_arm_s_error():
    rows = effects()
    row = rows["Table 3: 3 modules, residual against 3 modules, naive"]
    assert row.printed == pytest.approx(100 * (5.57 - 4.44) / 5.57)
    arms = found("table3-mini").arms
    better, worse = arms["3 modules, residual"].mean, arms["3 modules, naive"].mean
    assert row.ours == pytest.approx(100 * (worse - better) / worse)
    for name in ("table1-mini", "table3-mini", "masks-mini"):
        for one in found(name).claims:
            label = one.claim.text.replace(" errs less than ", " against ")
            [row] = [rows[key] for key in rows if key.split(": ")[-1] == label]
            for ends, interval in ((row.thin, one.difference.seeds),
                                   (row.thick, one.difference.items)):
                assert (ends[0] > 0) - (ends[1] < 0) == interval.sign
    assert rows["Table 4: residual against local"].printed == pytest.approx(14.81, 0.01)


def test_the_picture_says_all_its_numbers_in_words():
    said = PICTURES["summary"]().alt
    for label, row in effects().items():
        assert label in said
        if row.ours is not None:
            assert f"here {row.ours:+.0f}" in said


def test_every_printed_count_stands_beside_ours_or_a_reason() -> None:
    rows = as_myst("counts").splitlines()[2:]
    assert len(rows) == 16
    for each in rows:
        assert "met" in each or "\u00a0%" in each or "the paper" in each
    [attention92] = [r for r in rows if "Table 2" in r and "Attention\u201192" in r]
    assert "52.33 (weights): +2.0\u00a0%" in attention92
    assert "10.53: +1.3\u00a0%" in attention92
