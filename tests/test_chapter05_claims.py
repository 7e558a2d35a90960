"""What chapter 5 says in words of its measurements, measured again by its own code."""

from __future__ import annotations

import ast
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from resattn_tutorial.attention import naive_attention, residual_attention
from tools.chapters import chapter_paths, read_chapter, tags
from tools.closure import parse_cell

SEEDS = range(3)


def defines_only(source: str) -> bool:
    """Whether a cell imports, defines and names things, and runs nothing."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign
    return all(isinstance(part, kinds) for part in parse_cell(source).body)


@pytest.fixture(scope="module")
def lesson() -> SimpleNamespace:
    """The chapter's own classes and functions."""
    (path,) = (p for p in chapter_paths() if p.name.startswith("05_"))
    names: dict = {}
    for cell in read_chapter(path).cells:
        if cell.cell_type == "code" and not tags(cell) and defines_only(cell.source):
            exec(cell.source, names)
    return SimpleNamespace(**names)


@pytest.fixture(scope="module")
def profiles(lesson) -> dict[str, list]:
    return {
        form: [lesson.profile(merge, 12, seed) for seed in SEEDS]
        for form, (merge, _) in lesson.FORMS.items()
    }


def test_a_thousandth_of_the_input_is_left_in_the_naive_stack_and_it_keeps_its_size(
    profiles,
) -> None:
    for run in profiles["naive"]:
        assert run.old[-1] < 1e-3 and run.new[-1] > 0.5
        assert all(1 < size < 2.2 for size in run.size[1:])


def test_the_residual_signal_grows_by_a_half_and_keeps_four_tenths_of_the_input(
    profiles,
) -> None:
    for run in profiles["residual"]:
        assert 250 < run.size[-1] < 400
        assert all(1.3 < b / a < 1.75 for a, b in pairwise(run.size[2:]))
        assert 0.35 < run.old[-1] < 0.5 and run.new[-1] < 0.01
    kept = min(run.old[-1] for run in profiles["residual"])
    assert kept > max(run.old[-1] for run in profiles["no mask"])


def test_the_hand_count_is_near_the_measured_size(lesson, profiles) -> None:
    for form, (_, factor) in lesson.FORMS.items():
        hand = lesson.by_hand(factor, 12)[0]
        assert all(0.8 < run.size[-1] / hand < 1.5 for run in profiles[form])


def test_the_naive_gradient_grows_by_the_same_factor_at_each_module(profiles) -> None:
    runs = torch.tensor([run.gradient for run in profiles["naive"]])
    assert (runs[:, 0] > 5e3).all() and (runs[:, 0] < 5e4).all()
    factors = (runs[:, :-1] / runs[:, 1:]).log().mean(dim=0).exp()
    assert (factors > 1.5).all() and (factors < 3.5).all()


def test_the_residual_gradient_is_the_flattest(profiles) -> None:
    spread = {
        form: [max(run.gradient) / min(run.gradient) for run in runs]
        for form, runs in profiles.items()
    }
    assert max(spread["residual"]) < 5
    assert max(spread["residual"]) < min(spread["no mask"])
    assert max(spread["no mask"]) < 20 < min(spread["naive"])


def test_one_module_stays_between_a_third_and_three(lesson) -> None:
    for merge, _ in lesson.FORMS.values():
        for seed in SEEDS:
            run = lesson.profile(merge, 1, seed)
            for value in [*run.size, *run.old, *run.gradient]:
                assert 1 / 3 < value < 3


def test_no_stage_of_an_untrained_network_falls(lesson) -> None:
    for merge, _ in lesson.FORMS.values():
        for seed in SEEDS:
            found = lesson.stage_responses(merge, seed)
            assert found.min() > 0.8 and found.max() < 1.25


def test_evaluation_mode_agrees_once_batch_norm_has_seen_a_batch(lesson) -> None:
    for form in ("naive", "residual"):
        torch.manual_seed(0)
        x = torch.randn(16, 16, 8, 8)
        stack = lesson.new_stack(lesson.FORMS[form][0], 12)
        unseen = lesson.rms(stack.eval()(x))
        training = lesson.rms(stack.train()(x))
        seen = lesson.rms(lesson.settled(stack, x)(x))
        assert seen == pytest.approx(training, rel=0.1)
        assert unseen > 2 * training


@pytest.mark.parametrize(
    ("merge", "added"), [(naive_attention, 0), (residual_attention, 1)]
)
def test_the_mask_weighs_what_reaches_the_trunks_weights(merge, added) -> None:
    """Equation 2, value by value, with slopes taken by small steps, not by autograd."""
    torch.manual_seed(0)
    x, weight = torch.randn(2, 3, 4, 4).double(), torch.randn(3, 3, 1, 1).double()
    mask = torch.rand(2, 3, 4, 4).double()
    step = torch.zeros_like(weight)
    for place in [(0, 1), (2, 2), (1, 0)]:
        step.zero_()[place] = 1e-6
        before, after = F.conv2d(x, weight - step), F.conv2d(x, weight + step)
        slope = (merge(mask, after) - merge(mask, before)) / 2e-6
        alone = (after - before) / 2e-6
        torch.testing.assert_close(slope, (added + mask) * alone, rtol=1e-6, atol=1e-8)
