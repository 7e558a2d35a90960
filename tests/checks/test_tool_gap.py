"""*Two tools, one difference*: the solution is held to what both tools said."""

from __future__ import annotations

import pytest

from resattn_tutorial.checks.chapter08.gap_cases import NETWORKS, measured
from resattn_tutorial.checks.chapter08.gap_table import tool_gap


@pytest.mark.parametrize("words", NETWORKS)
def test_the_solution_predicts_what_both_tools_said(words):
    one = measured(words)
    assert tool_gap(one.found) == one.fvcore - one.torch
