"""Who listens to the checks is told of every judgement of an answer, and of no other.
"""

from __future__ import annotations

import pytest
import torch.nn.functional as F

from resattn_tutorial.checks import chapter00 as checks
from resattn_tutorial.checks.engine import check as engine


@pytest.fixture
def heard(monkeypatch) -> list:
    """What a listener was told: the check, the answer, and whether it passed."""
    told = []
    monkeypatch.setattr(engine, "listeners", [
        lambda check, answer, outcome: told.append((check, answer, outcome.passed))])
    return told


def wrong(away, size):
    """Stretches without the corners."""
    one = away.square().mean(dim=1, keepdim=True).sqrt()
    return F.interpolate(one, size=size, mode="bilinear", align_corners=False)[:, 0]


def stub(away, size):
    """Nothing yet."""
    raise NotImplementedError


def test_a_listener_is_told_of_each_judgement(heard):
    check, right = checks.one_map, checks.one_map.solution
    for answer in (right, wrong, stub):
        check(answer)
    assert heard == [(check, right, True), (check, wrong, False), (check, stub, False)]


def test_an_answer_that_is_taken_unjudged_is_judged_first_and_only_once(heard):
    check = checks.one_map
    check._passed = None
    check.yours(wrong)
    check.yours(check.solution)
    check.yours(check.solution)
    assert heard == [(check, wrong, False), (check, check.solution, True)]


def test_a_report_alone_and_a_call_without_an_answer_are_no_judgement(heard):
    checks.one_map.report(wrong)
    with pytest.raises(TypeError):
        checks.one_map()
    assert heard == []
