"""The cores that are counted are those that this process may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resattn_tutorial.runtime import cores
from resattn_tutorial.runtime.cores import usable_cores


@pytest.fixture(autouse=True)
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system of 64 cores that lends eight; nothing limits their time yet."""
    ours = set(range(8))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: ours, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(cores, "NEWER", tmp_path)
    monkeypatch.setattr(cores, "OLDER", tmp_path)
    return tmp_path


def test_cores_that_are_not_lent_do_not_count() -> None:
    assert usable_cores() == 8


def test_where_no_system_tells_which_are_lent_all_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cores() == 64
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1


@pytest.mark.parametrize(("told_by_system", "count"), [
    ("200000 100000", 2), ("150000 100000", 2), ("10000 100000", 1),
    ("max 100000", 8), ("1600000 100000", 8), ("", 8), ("200000", 8), ("a b", 8),
    ("200000 0", 8),
])
def test_a_container_may_grant_the_time_of_fewer(
    told: Path, told_by_system: str, count: int
) -> None:
    (told / "cpu.max").write_text(told_by_system + "\n")
    assert usable_cores() == count


@pytest.mark.parametrize(("quota", "period", "count"), [
    ("200000", "100000", 2), ("-1", "100000", 8), ("50000", "100000", 1), ("x", "y", 8),
])
def test_an_older_linux_tells_it_in_two_files(
    told: Path, quota: str, period: str, count: int
) -> None:
    (told / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (told / "cpu.cfs_period_us").write_text(f"{period}\n")
    assert usable_cores() == count
