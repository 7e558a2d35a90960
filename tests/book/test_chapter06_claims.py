"""What chapter 6 and its aside say in words about their outputs holds."""

from __future__ import annotations

import ast
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.grid import key_of_run
from resattn_tutorial.experiments.outcome import REPRODUCED, Outcome, outcome
from resattn_tutorial.experiments.queue import Ledger
from resattn_tutorial.ledger.expected import judge
from resattn_tutorial.ledger.store import RUN_FILES, RUNS, read_run
from resattn_tutorial.models.attention_module import AttentionModule, local_mask_branch
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import SoftMaskBranch, row_of_units
from tools.chapters import chapter_paths, read_chapter, tags
from tools.closure import parse_cell

STAGES = [(256, 56, 3), (512, 28, 2), (1024, 14, 1)]
MIDDLE = slice(11, 22)


def work(part: nn.Module, channels: int, size: int) -> int:
    with FlopCounterMode(display=False) as counter:
        part.eval()(torch.zeros(1, channels, size, size, device="meta"))
    return counter.get_total_flops() // 2


def seen(network: nn.Module) -> Tensor:
    """Whether, and how strongly, each pixel acts on the centre of the output."""
    torch.manual_seed(1)
    x = torch.randn(8, 16, 32, 32, requires_grad=True)
    y = he_initialise(network).eval()(x)
    y[:, :, 16, 16].sum().backward()
    return x.grad.abs().sum(dim=(0, 1))


def rows(network: nn.Module) -> int:
    return int(seen(network).sum(dim=1).count_nonzero())


@pytest.fixture(scope="module")
def costs() -> dict[str, list[int]]:
    """The three masks' multiply-adds in every reading of Table 4."""
    with torch.device("meta"):
        masks = {
            "pooled": [SoftMaskBranch(c, d) for c, _, d in STAGES],
            "three": [local_mask_branch(c, 3) for c, _, _ in STAGES],
            "one": [local_mask_branch(c, 1) for c, _, _ in STAGES],
            "no tail": [row_of_units(c, 3) for c, _, _ in STAGES],
        }
    return {
        name: [work(m, c, s) for m, (c, s, _) in zip(parts, STAGES, strict=True)]
        for name, parts in masks.items()
    }


def test_three_units_in_every_mask_cost_nearly_twice_the_masks_with_poolings(costs):
    ratios = [a / b for a, b in zip(costs["three"], costs["pooled"], strict=True)]
    assert [f"{ratio:.2f}" for ratio in ratios] == ["1.71", "1.77", "2.05"]
    assert 1.8 < sum(costs["three"]) / sum(costs["pooled"]) < 2


def test_one_unit_a_mask_comes_within_a_tenth_and_no_tail_nearly_as_close(costs):
    one = sum(costs["one"]) / sum(costs["pooled"])
    bare = sum(costs["no tail"]) / sum(costs["pooled"])
    ratios = [a / b for a, b in zip(costs["one"], costs["pooled"], strict=True)]
    assert [f"{ratio:.2f}" for ratio in ratios] == ["1.01", "1.05", "1.21"]
    assert 1 < one < 1.1 and one < bare < 1.15


def test_the_ratios_are_the_same_for_small_images():
    cases = [(64, 32, 3, 1.0110), (256, 8, 1, 1.2099)]
    for channels, size, poolings, expected in cases:
        with torch.device("meta"):
            one = local_mask_branch(channels, 1)
            pooled = SoftMaskBranch(channels, poolings)
        ratio = work(one, channels, size) / work(pooled, channels, size)
        assert ratio == pytest.approx(expected, abs=1e-4)


def test_each_pooling_widens_the_mask_until_it_spans_the_map():
    modules = [AttentionModule(16, poolings) for poolings in range(4)]
    assert [rows(module.trunk) for module in modules] == [5, 5, 5, 5]
    spans = [rows(module.mask) for module in modules]
    assert spans[0] == 5 < spans[1] < spans[2] == spans[3] == 32


def test_the_third_pooling_moves_the_weight_outwards():
    shares = []
    for poolings in (2, 3):
        one = seen(SoftMaskBranch(16, poolings))
        shares.append(1 - (one[MIDDLE, MIDDLE].sum() / one.sum()).item())
    assert shares[1] > shares[0] + 0.1


def test_a_local_mask_of_one_unit_sees_less_than_the_trunk_beside_it():
    assert rows(local_mask_branch(16, 1)) == 3
    assert rows(local_mask_branch(16, 3)) == 5 + 2
    assert rows(row_of_units(16, 2)) == 5


def open_rows(network: nn.Module, size: int) -> int:
    """The rows that act on the centre where no ReLU closes a way."""
    for parameter in network.parameters():
        nn.init.constant_(parameter, 0.1 if parameter.dim() > 1 else 1.0)
    ramp = torch.rand(1, 4, size, size, generator=torch.Generator().manual_seed(1))
    x = ramp.double().requires_grad_()
    centre = network.double().eval()(x)[:, :, size // 2, size // 2].sum()
    centre.backward()
    return int(x.grad.sum(dim=(0, 1, 3)).count_nonzero())


def test_on_the_first_stages_map_the_mask_sees_all_and_a_trunk_needs_28_units():
    assert open_rows(SoftMaskBranch(4, 3, activation=nn.Identity()), 56) == 56
    assert open_rows(row_of_units(4, 28), 56) == 56
    assert open_rows(row_of_units(4, 27), 56) < 56


def test_two_units_see_five_rows_of_the_seven_that_are_left():
    torch.manual_seed(0)
    x = torch.randn(16, 16, 7, 7).requires_grad_()  # some images let every ReLU pass
    y = he_initialise(row_of_units(16, 2)).eval()(x)
    y[:, :, 3, 3].sum().backward()
    assert x.grad.abs().sum(dim=(0, 1, 3)).count_nonzero() == 5


def test_the_masks_tail_weighs_and_costs_nearly_two_units():
    channels, size, _ = STAGES[0]
    with torch.device("meta"):
        unit, local = ResidualUnit(channels), local_mask_branch(channels, 1)
    tail = work(local, channels, size) / work(unit, channels, size) - 1
    assert 1.8 < tail < 2
    held = [sum(p.numel() for p in part.parameters()) for part in (local, unit)]
    assert 1.8 < held[0] / held[1] - 1 < 2


def defines_only(source: str) -> bool:
    """Whether a cell imports, defines and names things, and runs nothing."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return all(
        isinstance(part, kinds) or (
            isinstance(part, ast.Assign)
            and isinstance(part.value, ast.Constant | ast.Tuple))
        for part in parse_cell(source).body
    )


@pytest.fixture(scope="module")
def lesson() -> SimpleNamespace:
    """The chapter's own classes and functions."""
    (path,) = (p for p in chapter_paths() if p.name == "06_the_attention_module.md")
    names: dict = {}
    for cell in read_chapter(path).cells:
        runs = cell.cell_type == "code" and tags(cell) <= {"solution", "hide-input"}
        if runs and defines_only(cell.source):
            exec(cell.source, names)
    torch.manual_seed(0)
    names["x"] = torch.randn(8, 16, 32, 32)
    return SimpleNamespace(**names)


@pytest.fixture(scope="module")
def faulty(lesson) -> dict[str, nn.Module]:
    """The chapter's module without a fault, and with each; p is 2."""
    right = prepared(lesson, 2)
    return {fault: lesson.with_fault(right, fault) for fault in ("", *lesson.FAULTS)}


def prepared(lesson: SimpleNamespace, p: int) -> nn.Module:
    """The chapter's own, which reads the images of its notebook."""
    lesson.prepared.__globals__["x"] = lesson.x
    return lesson.prepared(p)


@torch.no_grad()
def changes(lesson, faulty: dict[str, nn.Module], fault: str) -> tuple[float, float]:
    """How much a fault changes the mask and the output."""
    output, mask = faulty[""].with_mask(lesson.x)
    wrong_output, wrong_mask = faulty[fault].with_mask(lesson.x)
    assert wrong_output.shape == output.shape and wrong_mask.shape == mask.shape
    return lesson.change(wrong_mask, mask), lesson.change(wrong_output, output)


def test_four_of_five_faults_make_quite_another_mask(lesson, faulty):
    masks = [changes(lesson, faulty, fault)[0] for fault in lesson.FAULTS]
    assert min(masks[:4]) > 0.8 and masks[4] == 0
    assert lesson.FAULTS[4] == lesson.LAST


def test_every_fault_changes_the_output_and_no_count_of_weights(lesson, faulty):
    for fault in lesson.FAULTS:
        assert changes(lesson, faulty, fault)[1] > 0.1
    names = [list(one.state_dict()) for one in faulty.values()]
    assert all(one == names[0] for one in names)


def test_without_a_fault_the_module_is_the_packages(lesson, faulty):
    plain = AttentionModule.with_mask(faulty[""], lesson.x)
    for ours, theirs in zip(faulty[""].with_mask(lesson.x), plain, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_with_p_of_1_one_unit_after_the_merge_is_no_fault(lesson):
    right = prepared(lesson, 1)
    with torch.no_grad():
        ours = lesson.with_fault(right, lesson.LAST)(lesson.x)
        assert torch.equal(ours, right(lesson.x))


def test_the_weights_gradient_notices_two_faults_and_the_pixels_one_more(
    lesson, faulty
):
    acting = {fault: lesson.mask_reads(one, lesson.x) for fault, one in faulty.items()}
    assert acting[""] == {"before", "mask"}
    assert acting[lesson.TRUNK] == {"before", "mask", "trunk"}
    assert acting[lesson.START] == {"mask"}
    for fault in (lesson.SKIP, lesson.POOL, lesson.LAST):
        assert acting[fault] == acting[""]
    spans = {
        fault: lesson.rows_seen(
            lesson.influence(lambda x, one=one: one.with_mask(x)[1], lesson.x))
        for fault, one in faulty.items()
    }
    assert [fault for fault, rows in spans.items() if rows < 32] == [lesson.POOL]


def test_the_outputs_gradient_misses_the_second_last_unit_where_one_runs(
    lesson, faulty
):
    def second_acts(one: nn.Module) -> bool:
        weights = list(one.after[1].parameters())
        found = torch.autograd.grad(
            one(lesson.x).sum(), weights, allow_unused=True)
        return any(g is not None and bool(g.any()) for g in found)

    assert second_acts(faulty[""]) and not second_acts(faulty[lesson.LAST])


def test_the_three_kinds_share_all_but_their_mask_and_their_rate():
    experiment = EXPERIMENTS["table1-mini"]
    assert list(experiment.arms) == ["residual", "channel", "spatial"]
    assert all(list(arm) == ["attention"] for arm in experiment.arms.values())
    assert experiment.seeds == 5 and experiment.rates
    live = EXPERIMENTS["live-table1-mini"]
    assert list(live.arms) == list(experiment.arms)
    assert live.base.recipe.steps == 200
    assert live.base.network == experiment.base.network == "mini3"


def recorded(name: str) -> Outcome:
    """What is recorded; that the runs are fresh is tested elsewhere."""
    runs = [read_run(path) for path in sorted(RUNS.glob(RUN_FILES))]
    probed = {key_of_run(run): run for run in runs if "probe" in run.results.scores}
    return outcome(EXPERIMENTS[name], Ledger(probed, {}, {}))


@pytest.fixture(scope="module")
def short() -> Outcome:
    """Of 200 steps."""
    return recorded("live-table1-mini")


def test_neither_claim_of_table_1_earns_its_word_at_mini_size():
    found = recorded("table1-mini")
    assert [len(one.runs) for one in found.arms.values()] == [5, 5, 5]
    assert REPRODUCED not in [one.word for one in found.claims]
    channel, spatial = (one.difference.mean for one in found.claims)
    assert abs(spatial) < 0.005, "level"
    mixed, others = found.arms["residual"].mean, sorted(found.arms["channel"].errors)
    without = sum(others[:-1]) / 4 - mixed
    assert 0.4 < without / channel < 0.6, "one of five makes half of the gap"


def test_after_200_steps_fifteen_runs_do_not_tell_the_kinds_apart(short: Outcome):
    arms = list(short.arms.values())
    assert [len(one.runs) for one in arms] == [5, 5, 5]
    means = [one.mean for one in arms]
    assert max(means) - min(means) < 0.03
    assert all(max(one.errors) - min(one.errors) > 0.03 for one in arms)
    assert [one.difference.seeds.sign for one in short.claims] == [0, 0]


@pytest.mark.parametrize("kind", ["residual", "channel", "spatial"])
def test_a_run_of_each_kind_can_be_judged(kind: str, short: Outcome):
    run = short.arms[kind].runs[0]
    assert judge(run).band.runs == 5
