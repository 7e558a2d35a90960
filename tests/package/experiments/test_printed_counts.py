"""The counts that the paper prints, and how near ours come."""

from __future__ import annotations

import pytest

from resattn_tutorial.experiments.printed import QUOTED
from resattn_tutorial.experiments.printed_counts import (
    COUNTS,
    CUT_OFF,
    MET,
    best_met,
    counts_of,
    how_met,
)


@pytest.mark.parametrize(
    ("printed", "counted", "word"),
    [
        ("31.9", 31.88, MET), ("6.3", 6.271, MET), ("6.2", 6.271, CUT_OFF),
        ("10.4", 10.534, "+1.3 %"), ("8.6", 10.18, "+18.4 %"), ("7", 6.6, MET),
        ("31.9", 31.42, "-1.5 %"),
    ],
)
def test_a_count_is_met_to_its_digit_cut_off_or_off_by_so_much(printed, counted, word):
    assert how_met(printed, counted) == word


def test_an_exact_kind_comes_before_a_nearer_one_that_only_cut_off_explains() -> None:
    assert best_met("5.1", {"weights": 5.19, "learnable": 5.14}) == ("learnable", MET)
    assert best_met("5.1", {"weights": 5.17, "stored": 5.3}) == ("weights", CUT_OFF)
    assert best_met("5.1", {"weights": 5.9, "stored": 6.3}) == ("weights", "+15.7 %")
    with pytest.raises(ValueError, match="at least one count, got none"):
        best_met("5.1", {})


def test_every_network_of_three_tables_has_its_row_and_a_reason_without_ours() -> None:
    assert [len(counts_of(f"Table {number}")) for number in (2, 6, 7)] == [2, 7, 7]
    for one in COUNTS:
        assert (one.network is None) == (one.why_not is not None)
    assert sum(one.why_not == QUOTED for one in COUNTS) == 4
    with pytest.raises(ValueError, match="table must be one of Table 2, Table 6"):
        counts_of("Table 3")


def test_attention_56s_operations_are_rounded_in_one_table_and_cut_off_in_another():
    twice = [one.multiply_adds for one in COUNTS if one.network == "attention56"]
    assert twice == ["6.2", "6.3"]
    assert [how_met(each, 6.2711) for each in twice] == [CUT_OFF, MET]
