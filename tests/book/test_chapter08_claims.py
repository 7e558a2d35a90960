"""What chapter 8 and its aside say in words about outputs holds apart from them."""

from __future__ import annotations

from collections import Counter
from functools import cache
from statistics import median

import pytest
import torch
from counted_networks import imagenet, together, traced
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.checks.chapter08.fronts import Priced, worth_their_cost
from resattn_tutorial.checks.chapter08.layer_work import multiply_adds
from resattn_tutorial.checks.chapter08.printed_cases import BILLION, MILLION
from resattn_tutorial.checks.chapter08.printed_counts import read_count
from resattn_tutorial.cost.analytic import (
    Cost,
    cifar_stem_cost,
    convolution_cost,
    mask_cost,
    network_costs,
    trunk_cost,
    unit_cost,
)
from resattn_tutorial.cost.flops import fvcore_count, parameter_counts
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.outcome import ArmOutcome, outcome
from resattn_tutorial.experiments.queue import read_ledger
from resattn_tutorial.experiments.statistics import over_seeds
from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_network import Stage
from resattn_tutorial.models.post_activation import PostActivationUnit, resnext_unit
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.stem_and_head import ImageNetStem

STAGES = [(256, 56, 3), (512, 28, 2), (1024, 14, 1)]
A56, A92 = (1, 1, 1), (1, 2, 3)


@cache
def built(name: str, **options) -> nn.Module:
    with torch.device("meta"):
        return getattr(zoo, name)(**options).eval()


def work(network: nn.Module, size: int = 224) -> int:
    with FlopCounterMode(display=False) as counter:
        network(torch.empty(1, 3, size, size, device="meta"))
    return counter.get_total_flops() // 2


def resnet(counts: tuple[int, ...], unit: type, keep_norm: bool = False) -> nn.Module:
    with torch.device("meta"):
        stages = list(zip((256, 512, 1024, 2048), counts, strict=True))
        network = ResidualNetwork(ImageNetStem(), stages, 1000, unit)
        if not keep_norm:
            network.head.bn = nn.Identity()
    return network.eval()


def by_hand(modules: tuple[int, int, int], size: int = 224) -> Cost:
    return together(imagenet(modules, size))


def ways(printed: str, unit: int, **counts: int) -> dict[str, str]:
    return read_count(printed, counts, unit)


def held(network: nn.Module) -> dict[str, int]:
    return parameter_counts(network)._asdict()


@cache
def strides(name: str) -> dict[str, int]:
    return {
        "late": work(built(name, stride_first=False)),
        "early": work(built(name, stride_first=True)),
    }


def test_pytorch_says_twice_what_the_tables_print():
    assert f"{2 * work(built('attention56')) / 1e9:.2f}" == "12.54"
    count = by_hand(A56).multiply_adds
    assert ways("6.2", BILLION, it=count) == {"it": "truncated"}
    assert ways("6.3", BILLION, it=count) == {"it": "rounded"}


def test_one_table_counts_parameters_in_two_ways():
    for name, printed, way in (
        ("attention56", "31.9", {"stored": "rounded"}),
        ("imagenet_resnet152", "60.2", {"learnable": "rounded"}),
        ("imagenet_resnet200", "64.7", {"learnable": "rounded"}),
        ("attention92", "51.3", {}),
        ("attentionnext56", "31.9", {}),
    ):
        assert ways(printed, MILLION, **held(built(name))) == way
    least = min(held(built("attention92")).values())
    assert least - 51.3e6 == pytest.approx(1e6, rel=0.05)
    assert f"{held(built('attentionnext56'))['learnable'] / 1e6:.1f}" == "31.3"


def test_two_rows_of_one_table_have_two_places_of_the_stride():
    first, second = strides("imagenet_resnet152"), strides("imagenet_resnet200")
    assert ways("11.3", BILLION, **first) == {"early": "rounded"}
    assert ways("15.0", BILLION, **second) == {"late": "both"}
    for counts in (first, second):
        assert counts["late"] - counts["early"] == 231_211_008
    assert 231_211_008 / first["early"] == pytest.approx(0.02, abs=0.001)


def test_three_convolutions_are_the_whole_difference_of_the_strides():
    saved = [
        convolution_cost(c, c // 2, 1, s).multiply_adds
        - convolution_cost(c, c // 2, 1, s // 2).multiply_adds
        for c, s, _ in STAGES
    ]
    assert saved == [77_070_336] * 3 and sum(saved) == 231_211_008


def test_attention_92_and_attentionnext_fit_no_printed_multiply_adds():
    assert not ways("10.4", BILLION, it=by_hand(A92).multiply_adds)
    next56 = work(built("attentionnext56"))
    assert not ways("6.3", BILLION, it=next56) and f"{next56 / 1e9:.2f}" == "6.42"


def test_the_row_of_resnext_101_is_that_of_a_plain_resnet_101():
    plain = resnet((3, 4, 23, 3), PostActivationUnit)
    grouped = resnet((3, 4, 23, 3), resnext_unit)
    assert ways("44.5", MILLION, **held(plain)) == {"learnable": "both"}
    assert ways("7.8", BILLION, it=work(plain)) == {"it": "both"}
    assert not ways("44.5", MILLION, **held(grouped))
    assert not ways("7.8", BILLION, it=work(grouped))
    assert held(grouped)["learnable"] < held(plain)["learnable"]
    assert work(grouped) > work(plain)


def test_a_resnet_200_of_chapter_1s_unit_would_print_the_same():
    ours = resnet((3, 24, 36, 3), ResidualUnit, keep_norm=True)
    assert work(ours) == strides("imagenet_resnet200")["late"]
    assert ways("64.7", MILLION, **held(ours)) == {"learnable": "rounded"}


def test_the_headlines_arithmetic():
    r200 = strides("imagenet_resnet200")["late"]
    assert 92 / 200 == 0.46 and f"{10.4 / 15.0:.0%}" == "69%"
    assert f"{by_hand(A92).multiply_adds / r200:.1%}" == "70.2%"
    assert f"{64.7 / 51.3:.0%}" == "126%" and f"{31.9 / 60.2:.2%}" == "52.99%"


def test_at_320_both_networks_cost_twice_as_much_and_the_ratio_stays():
    ours = by_hand(A92, 320).multiply_adds
    theirs = work(built("imagenet_resnet200"), 320)
    assert (f"{ours / 1e9:.1f}", f"{theirs / 1e9:.1f}") == ("21.5", "30.6")
    assert f"{ours / theirs:.1%}" == "70.2%"
    assert ours / by_hand(A92).multiply_adds == pytest.approx(2, abs=0.05)


def test_with_all_layers_counted_attention_92_has_88_per_cent_of_resnet_200s():
    layers = [
        sum(isinstance(part, nn.Conv2d | nn.Linear) for part in built(name).modules())
        for name in ("attention92", "imagenet_resnet200")
    ]
    assert layers == [180, 204] and f"{layers[0] / layers[1]:.0%}" == "88%"


def test_one_unit_costs_the_same_at_every_stage_and_holds_four_times_as_much():
    units = [unit_cost(c, c, s) for c, s, _ in STAGES] + [unit_cost(2048, 2048, 7)]
    assert {unit.multiply_adds for unit in units} == {218_365_952}
    for before, after in zip(units, units[1:], strict=False):
        assert after.weights == 4 * before.weights


def test_the_parts_of_attention_56_are_as_large_as_the_picture_says():
    parts = imagenet(A56)
    billions = [round(cost.multiply_adds / 1e9, 2) for cost in parts.values()]
    assert billions == [0.12, 1.1, 0.62, 1.25, 0.6, 1.25, 0.52, 0.81, 0.0]
    shares = [
        (parts[f"stage {k}, trunk"] + parts[f"stage {k}, masks"]).multiply_adds
        / (parts["stage 1, trunk"] + parts["stage 1, masks"]).multiply_adds
        for k in (1, 2, 3)
    ]
    assert max(shares) - min(shares) < 0.08, "nearly the same"
    held = parts["stage 4, trunk"].parameters, together(parts).parameters
    assert [round(count / 1e6, 1) for count in held] == [15.0, 31.8]


@pytest.mark.parametrize(
    ("modules", "weights", "billions"), [(A56, 6.93, 1.745), (A92, 17.50, 3.387)]
)
def test_masks_take_between_a_quarter_and_a_third_of_the_work(
    modules, weights, billions
):
    parts = imagenet(modules)
    masks = sum((cost for name, cost in parts.items() if "masks" in name), Cost())
    assert round(masks.weights / 1e6, 2) == weights
    assert round(masks.multiply_adds / 1e9, 3) == billions
    assert 1 / 4 < masks.multiply_adds / together(parts).multiply_adds < 1 / 3


def test_a_masks_units_do_a_third_of_its_work_and_in_stage_3_a_fifth():
    tails = [2 * convolution_cost(c, c, 1, s) for c, s, _ in STAGES]
    masks = [mask_cost(*stage) for stage in STAGES]
    shares = [
        1 - tail.multiply_adds / mask.multiply_adds
        for tail, mask in zip(tails, masks, strict=True)
    ]
    assert shares == pytest.approx([0.34, 0.32, 0.21], abs=0.005)
    assert len({tail.multiply_adds for tail in tails}) == 1


def family(modules: int, width: int) -> Cost:
    stages = [Stage(width * 2**k, modules, 3 - k, leave=1) for k in range(3)]
    return together(network_costs(cifar_stem_cost, stages, 32, 10))


def test_depth_is_paid_by_the_piece_and_width_by_its_square():
    one, two, three = (family(modules, 64) for modules in (1, 2, 3))
    assert two.parameters - one.parameters == three.parameters - two.parameters
    assert 2 * two.multiply_adds == one.multiply_adds + three.multiply_adds
    for modules in (1, 6):
        narrow, wide = family(modules, 32), family(modules, 64)
        assert 3.8 < wide.parameters / narrow.parameters < 4
        assert 3.8 < wide.multiply_adds / narrow.multiply_adds < 4
    assert family(6, 96).parameters / one.parameters < 12, "the figure's upper end"


@pytest.mark.parametrize("size", [224, 320])
@pytest.mark.parametrize("modules", [A56, A92])
def test_the_usual_sizes_lie_at_the_end_of_a_step(modules, size):
    costs = {s: by_hand(modules, s).multiply_adds for s in range(size - 4, size + 6)}
    assert costs[size] / costs[size - 4] < 1.02
    assert costs[size + 2] / costs[size] < 1.01 and costs[size + 5] / costs[size] > 1.05


def test_image_size_adds_no_parameter():
    assert by_hand(A56, 96).parameters == by_hand(A56, 352).parameters
    ends = [by_hand(m, s).multiply_adds / 1e9 for m in (A56, A92) for s in (96, 352)]
    assert ends == pytest.approx([1, 15, 2, 26], rel=0.2)


def test_what_fvcore_has_more_is_small():
    assert beyond("attention92") < 0.01
    assert beyond("cifar_attention56") == pytest.approx(0.03, abs=0.005)


def beyond(name: str) -> float:
    """What fvcore counts beyond multiply-adds, as a share of them."""
    factors = {"batch norm": 2, "interpolation": 4}
    found = traced(name)
    extra = sum(factors.get(one.kind, 0) * one.written for one in found)
    return extra / sum(one.multiply_adds for one in found)


def test_fvcore_counts_a_mean_only_if_it_is_written_as_a_pooling():
    class Mean(nn.Module):
        def forward(self, x):
            return x.mean(dim=(2, 3))

    maps = torch.zeros(1, 2048, 7, 7)
    assert fvcore_count(Mean(), maps).total() == 0
    assert fvcore_count(nn.AdaptiveAvgPool2d(1), maps).total() == 100_352


def test_convolutions_do_all_the_work_and_move_a_third_of_the_numbers():
    moved, worked = Counter(), Counter()
    for one in traced("attention56"):
        moved[one.kind] += one.read + one.written
        worked[one.kind] += one.multiply_adds
    shares = {kind: round(moved[kind] / moved.total(), 2) for kind in moved}
    assert worked["convolution"] / worked.total() > 0.999
    assert shares["convolution"] == 0.37
    assert shares["batch norm"] == shares["ReLU"] == 0.19 and shares["sum"] == 0.17
    first = {"convolution", "batch norm", "ReLU", "sum"}
    assert max(shares[kind] for kind in shares if kind not in first) < 0.03


def test_the_hooks_count_what_pytorch_and_the_hand_count():
    image = torch.empty(1, 3, 224, 224, device="meta")
    for name, modules in (("attention56", A56), ("attention92", A92)):
        found = multiply_adds(built(name), image)
        assert found == work(built(name)) == by_hand(modules).multiply_adds


def test_one_more_in_r_is_cheap_to_run_and_expensive_to_store():
    one = unit_cost(256, 256, 56)

    def costs(p: int, t: int, r: int) -> tuple[float, float]:
        cost = trunk_cost(256, 56, p, t) + mask_cost(256, 56, 3, r)
        return cost.weights / one.weights, cost.multiply_adds / one.multiply_adds

    first = costs(1, 2, 1)
    for numbers, units, work_of_units in (
        ((2, 2, 1), 2, 2), ((1, 3, 1), 1, 1), ((1, 2, 2), 6, 2 * (1/4 + 1/16 + 1/64))
    ):
        more = [b - a for a, b in zip(first, costs(*numbers), strict=True)]
        assert more == pytest.approx([units, work_of_units])
    assert 2 * (1/4 + 1/16 + 1/64) == pytest.approx(2 / 3, abs=0.02)


def test_table_6_prints_what_chapter_7s_networks_come_near_to():
    learned = {
        depth: held(built(f"cifar_attention{depth}"))["learnable"] / 1e6
        for depth in (92, 236, 452)
    }
    assert learned[92] == pytest.approx(1.9, abs=0.1)
    assert learned[236] == pytest.approx(5.1, abs=0.1)
    assert learned[452] > 10 > 8.6, "this one does not fit"


def test_half_the_channels_leave_about_a_quarter_of_the_work():
    half = family(1, 32).multiply_adds / family(1, 64).multiply_adds
    assert half == pytest.approx(0.255, abs=0.001)


@cache
def recorded() -> dict[str, tuple[ArmOutcome, int]]:
    """The arms of both experiments, with their multiply-adds."""
    ledger, found = read_ledger(), {}
    for name in ("masks-mini", "table3-mini"):
        arms = EXPERIMENTS[name].arms
        for arm, one in outcome(EXPERIMENTS[name], ledger).arms.items():
            with torch.device("meta"):
                network = build_network(
                    arms[arm]["network"], 10, attention=arms[arm]["attention"])
                images = torch.empty(1, 3, 32, 32)
            found[arm] = one, multiply_adds(network.eval(), images)
    return found


def test_the_naive_networks_cost_what_the_residual_ones_cost():
    for count in ("1 module", "3 modules", "6 modules"):
        naive, residual = (recorded()[f"{count}, {kind}"]
                           for kind in ("naive", "residual"))
        assert naive[1] == residual[1]
        if count != "1 module":
            assert naive[0].mean > residual[0].mean + 0.1, "far above"


def test_three_networks_are_worth_their_cost_and_the_last_two_are_not_told_apart():
    front = worth_their_cost(
        [Priced(arm, cost, one.mean) for arm, (one, cost) in recorded().items()])
    assert front == ["1 module, none", "1 module, trunk", "3 modules, residual"]
    cheaper, better = (recorded()[arm][0].errors for arm in front[-2:])
    assert over_seeds(better, cheaper).sign == 0


def test_six_modules_cost_nearly_twice_as_much_as_three_and_buy_nothing():
    one, three, six = (recorded()[f"{count}, residual"]
                       for count in ("1 module", "3 modules", "6 modules"))
    assert 1.8 < six[1] / three[1] < 2
    assert three[0].mean < six[0].mean < one[0].mean


def test_time_follows_the_count_closely_among_networks_of_the_same_parts():
    for one, cost in recorded().values():
        speeds = [run.results.images_per_second for run in one.runs
                  if run.environment.device == "cuda"]
        if speeds:
            assert 58 < 1e6 / median(speeds) / (cost / 1e6) < 70


def test_table_7_judged_by_printed_and_by_counted_costs():
    errors = {"imagenet_resnet152": 22.16, "attention56": 21.76,
              "attentionnext56": 21.2}
    printed = zip(errors, (11.3, 6.3, 6.3), errors.values(), strict=True)
    assert worth_their_cost([Priced(*one) for one in printed]) == ["attentionnext56"]
    counted = [Priced(name, work(built(name)), error) for name, error in errors.items()]
    assert worth_their_cost(counted) == ["attention56", "attentionnext56"]
