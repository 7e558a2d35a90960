"""What chapter 5 says in words of its measurements, measured again by its own code."""

from __future__ import annotations

import ast
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.grid import key_of_run
from resattn_tutorial.experiments.outcome import Outcome, outcome
from resattn_tutorial.experiments.queue import Ledger
from resattn_tutorial.ledger.store import RUN_FILES, RUNS, read_run
from resattn_tutorial.models.attention_module import naive_attention, residual_attention
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
        runs = cell.cell_type == "code" and not tags(cell) - {"solution", "hide-input"}
        if runs and defines_only(cell.source):
            exec(cell.source, names)
    return SimpleNamespace(**names)


@pytest.fixture(scope="module")
def profiles(lesson) -> dict[str, list]:
    return {
        form: [lesson.profile(merge, 12, seed) for seed in SEEDS]
        for form, (merge, _) in lesson.FORMS.items()
    }


@pytest.fixture(scope="module")
def recorded() -> dict[str, Outcome]:
    """What is recorded; that the runs are fresh is tested elsewhere, and takes long."""
    runs = [read_run(path) for path in sorted(RUNS.glob(RUN_FILES))]
    probed = {key_of_run(run): run for run in runs if "probe" in run.results.scores}
    ledger = Ledger(probed, {}, {})
    return {
        name: outcome(EXPERIMENTS[name], ledger)
        for name in ("table3-mini", "live-mini")
    }


def test_the_trained_forms_are_close_with_one_module_and_part_with_three(
    recorded,
) -> None:
    stacking = recorded["table3-mini"]
    one, three, six = (claim.difference for claim in stacking.claims)
    assert all(apart.runs == (5, 5) for apart in (one, three, six))
    assert one.mean < 0.01 and one.seeds.sign == 0
    assert three.seeds.sign == three.items.sign == six.seeds.sign == six.items.sign == 1
    arms = stacking.arms
    assert arms["3 modules, naive"].mean > 1.5 * arms["3 modules, residual"].mean
    assert arms["3 modules, naive"].spread > 5 * arms["3 modules, residual"].spread
    assert min(arms["6 modules, naive"].errors) > 0.8


def test_the_residual_form_learns_at_every_depth(recorded) -> None:
    arms = recorded["table3-mini"].arms
    residual = [arm for name, arm in arms.items() if "residual" in name]
    assert len(residual) == 3 and all(max(arm.errors) < 0.3 for arm in residual)


def test_after_200_steps_no_network_is_good_and_the_naive_ones_lag_behind(
    recorded,
) -> None:
    arms = recorded["live-mini"].arms
    residual = arms["3 modules, residual"].errors
    naive = arms["3 modules, naive"].errors
    assert min(residual) > 0.5 and max(residual) < min(naive)


def test_the_paper_s_picture_is_less_steep(recorded) -> None:
    ours = recorded["table3-mini"].claims[1].difference.mean
    assert 100 * ours > 7.18 - 4.31


def test_a_thousandth_of_the_input_is_left_in_the_naive_stack_and_it_keeps_its_strength(
    profiles,
) -> None:
    for run in profiles["naive"]:
        assert run.old[-1] < 1e-3 and run.new[-1] > 0.5
        assert all(1 < root < 2.2 for root in run.root[1:])
        left = run.old[-1] * run.root[-1]
        assert 1.5 < left / 0.5**12 < 3


def test_the_residual_signal_grows_by_a_half_and_keeps_four_tenths_of_the_input(
    profiles,
) -> None:
    for run in profiles["residual"]:
        assert 300 < run.root[-1] < 400
        assert all(1.3 < b / a < 1.75 for a, b in pairwise(run.root[2:]))
        assert 0.35 < run.old[-1] < 0.5 and run.new[-1] < 0.01
    kept = min(run.old[-1] for run in profiles["residual"])
    assert kept > max(run.old[-1] for run in profiles["no mask"])


def test_what_is_worked_out_by_hand_is_near_what_is_measured(lesson, profiles) -> None:
    for form, (_, factor) in lesson.FORMS.items():
        hand = lesson.by_hand(factor, 12)[0]
        assert all(0.8 < run.root[-1] / hand < 1.5 for run in profiles[form])


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


def test_the_residual_share_levels_off_and_its_gradient_climbs_slowly(
    lesson, profiles
) -> None:
    for seed in SEEDS:
        long = profiles["residual"][seed]
        assert 3 < long.gradient[0] < 4 and 0.4 < long.old[-1] < 0.5
        one, four = (
            lesson.profile(residual_attention, modules, seed) for modules in (1, 4)
        )
        assert one.gradient[0] < 2 < four.gradient[0] < long.gradient[0]
        assert 0.4 < four.old[-1] < 0.5


def test_along_the_naive_shortcuts_the_answer_is_about_the_old_share(lesson) -> None:
    torch.manual_seed(0)
    x = y = torch.randn(16, 16, 8, 8)
    kept = torch.ones_like(x)
    with torch.no_grad():
        for module in lesson.new_stack(naive_attention, 12):
            y, mask = module.with_mask(y)
            kept = kept * mask
        direction = F.normalize(torch.randn(y.numel()), dim=0).view_as(y)
    answer = lesson.rms(x) * (kept * direction / y.std()).norm().item()
    assert answer == pytest.approx(lesson.rms(kept * x) / lesson.rms(y), rel=0.5)
    assert answer < 1e-3


def test_one_module_stays_between_a_third_and_three(lesson) -> None:
    for merge, _ in lesson.FORMS.values():
        for seed in SEEDS:
            run = lesson.profile(merge, 1, seed)
            for value in [*run.root, *run.old, *run.gradient]:
                assert 1 / 3 < value < 3


def test_in_the_papers_table_3_the_two_forms_part_with_the_third_module() -> None:
    (path,) = (p for p in chapter_paths() if p.name.startswith("05_"))
    (cell,) = (c for c in read_chapter(path).cells if "table3 =" in c.source)
    table = next(
        ast.literal_eval(part.value)
        for part in parse_cell(cell.source).body
        if isinstance(part, ast.Assign) and part.targets[0].id == "table3"
    )
    arl, nal = table["ARL"], table["NAL"]
    behind = [b - a for a, b in zip(arl, nal, strict=True)]
    assert behind[1] == pytest.approx(behind[0], abs=0.02)
    assert behind[0] < 0.4 and 1 < behind[2] < behind[3]
    assert all(deeper < one for one, deeper in pairwise(arl))
    assert nal[1] < nal[0] and nal[1] < nal[2] < nal[3] and nal[0] < nal[3]


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


def test_the_naive_gradient_explodes_in_evaluation_mode_too(lesson) -> None:
    torch.manual_seed(0)
    x = torch.randn(16, 16, 8, 8)
    stack = lesson.settled(lesson.new_stack(naive_attention, 12), x)
    y = stack(x.requires_grad_())
    direction = F.normalize(torch.randn(y.numel()), dim=0).view_as(y)
    score = (y / y.std().detach() * direction).sum()
    (gradient,) = torch.autograd.grad(score, x)
    assert 5e3 < lesson.rms(x) * gradient.norm().item() < 5e4


def slope(function, x: torch.Tensor) -> torch.Tensor:
    """The derivative of a function of one value, by a small step to either side."""
    return (function(x + 1e-5) - function(x - 1e-5)) / 2e-5


def test_with_a_sigmoid_both_terms_of_the_naive_gradient_shrink_with_the_mask() -> None:
    for shift in (0.0, -5.0, -10.0):
        x = torch.linspace(-1, 1, 9).double()

        def logit(x, shift=shift):
            return shift + 2 * x

        mask = logit(x).sigmoid()
        whole = slope(lambda x: logit(x).sigmoid() * x.cos(), x)
        second = x.cos() * mask * (1 - mask) * 2
        torch.testing.assert_close(
            whole, -mask * x.sin() + second, rtol=1e-6, atol=1e-12
        )
        assert (second > (mask * x.sin()).abs() * (1 - mask)).all()


def test_without_a_sigmoid_the_second_term_is_large_where_the_mask_is_zero() -> None:
    x = torch.zeros(()).double()
    mask = slope(lambda x: x / (x.square() + 1).sqrt(), x)  # beside a channel of 1
    assert mask == pytest.approx(1, abs=1e-6)


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
        taken = (merge(mask, after) - merge(mask, before)) / 2e-6
        alone = (after - before) / 2e-6
        torch.testing.assert_close(taken, (added + mask) * alone, rtol=1e-6, atol=1e-8)
