"""Claims as a reader sees them: intervals in points, and a table of them."""

from __future__ import annotations

import pytest

from resattn_tutorial.experiments.declaration import Claim
from resattn_tutorial.experiments.outcome import QUEUED, REPRODUCED, ClaimOutcome
from resattn_tutorial.experiments.statistics import Difference, Interval
from resattn_tutorial.experiments.tables import claims_table, in_points

CLAIM = Claim("residual errs less than naive", "residual", "naive")
JUDGED = ClaimOutcome(CLAIM, Difference(
    0.0213, Interval(-0.0021, 0.0447), None, (5, 4)
), REPRODUCED)
WAITING = ClaimOutcome(CLAIM, None, QUEUED)


def test_an_interval_is_told_in_points_with_both_signs():
    assert in_points(Interval(-0.0123, 0.0456)) == "-1.2 to +4.6"
    assert in_points(Interval(-0.0123, 0.0456), 2) == "-1.23 to +4.56"


def test_an_interval_that_nobody_knows_has_a_word():
    assert in_points(None) == "not known"


def test_each_claim_is_a_row_with_its_difference_runs_and_word():
    shown = claims_table([JUDGED], "Differences")
    assert shown.title == "Differences" and len(shown.head) == 6
    assert shown.rows == ((
        CLAIM.text, "+2.1", "-0.2 to +4.5", "not known", "5 and 4", REPRODUCED
    ),)


def test_a_claim_without_its_runs_has_no_number():
    (row,) = claims_table([WAITING], "Differences").rows
    assert row == (CLAIM.text, "", "", "", "", QUEUED)


def test_a_page_may_call_the_arms_otherwise_and_leave_the_word_away():
    shown = claims_table(
        [JUDGED], "Differences", {"residual": "mixed", "naive": "plain"}, words=False
    )
    assert shown.rows[0][0] == "mixed against plain" and "word" not in shown.head
    assert len(shown.rows[0]) == len(shown.head) == 5


def test_an_arm_that_a_page_has_no_name_for_is_refused():
    with pytest.raises(KeyError, match="naive"):
        claims_table([JUDGED], "Differences", {"residual": "mixed"})
