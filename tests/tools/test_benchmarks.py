"""The benchmark's parts, tried on tiny networks: what it measures, and how it judges.

pytorchcv, beside which it measures, is no dependency of the project; what needs it is
tried with networks of our own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks import attention56, judging, measuring, records, variants
from benchmarks.variants import BFLOAT16, FLOAT32, HALF, OURS, SAVING, SHIPPED, Variant

ALL = FLOAT32 + BFLOAT16
linux = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc"
)


def found(seconds: dict[Variant, float], memory: dict[Variant, float]) -> dict:
    """Three rounds of results, the second one 10 % slower throughout."""
    rate = {"float32": 1e11, "bfloat16": 2e11}
    results = {"matrix products": [rate] * 3}
    for v in ALL:
        s, mb = seconds.get(v, 1.0), memory.get(v, 100.0)
        results[f"step: {v}"] = [{"seconds": s * k, "MB": mb} for k in (1, 1.1, 1)]
    for v, kept in ((SHIPPED, 50.0), (OURS, 45.0)):
        results[f"kept: {v}"] = [{"MB": kept}]
    results[f"profile: {OURS}"] = [{"convolution, forward": 0.75, "ReLU": 0.25}]
    return results


@pytest.fixture
def tiny() -> nn.Module:
    torch.manual_seed(0)
    parts = nn.Conv2d(3, 10, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(*parts)


def test_a_variant_is_found_by_its_name() -> None:
    for variant in ALL:
        assert variants.variant_named(str(variant)) == variant


def test_an_aim_is_met_from_its_bound_on_and_not_below() -> None:
    fast = found({OURS: 1 / 1.3, HALF: 0.6}, {OURS: 80.0, SAVING: 80.0, HALF: 81.0})
    lines = judging.judge(ALL, fast)
    verdicts = [line.partition(":")[0] for line in lines]
    assert verdicts == ["met", "met", "NOT met", "met", "met", "NOT met"]
    slow = judging.judge(ALL, found({OURS: 0.8}, {OURS: 80.1}))
    assert [line.partition(":")[0] for line in slow][:4] == [
        "NOT met", "met", "NOT met", "NOT met",
    ]


def test_without_bfloat16_its_aims_are_left_out_aloud() -> None:
    lines = judging.judge(FLOAT32, found({}, {}))
    assert [line.startswith("left out, not measured") for line in lines] == [
        False, False, True, False, False, True,
    ]


def test_only_one_rounds_numbers_are_compared() -> None:
    ratios = judging.compare("speed", OURS, SHIPPED, found({OURS: 0.5}, {}))
    assert ratios == [2.0, 2.0, 2.0]


def test_the_variant_that_saves_memory_tells_its_speed_as_well() -> None:
    ours = [v for v in FLOAT32 if v.network == "ours"]
    lines = judging.table(ours, 4, found({SAVING: 2.0}, {SAVING: 75.0}))
    [line] = [line for line in lines if "saving" in line]
    assert "0.50 (0.50 to 0.50)" in line and "0.75 (0.75 to 0.75)" in line


def test_the_operations_are_six_for_each_multiply_add() -> None:
    assert variants.operations("ours") == 6 * 6_270_836_736


def test_what_a_forward_pass_keeps_is_counted_in_bytes(tiny: nn.Module) -> None:
    step = measuring.stepper(tiny, OURS, batch=2, size=18)
    kept = measuring.kept_for_backward(tiny, step) * 2**20
    images, maps = 2 * 3 * 18**2, 2 * 10 * 16**2  # conv keeps one, ReLU the other
    scores = 2 * 10 * 4
    assert 4 * (images + maps) <= kept <= 4 * (images + maps) + 3 * scores + 100


STEP = """
import json
from torch import nn
from benchmarks import measuring
from benchmarks.variants import OURS
parts = nn.Conv2d(3, 10, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
step = measuring.stepper(nn.Sequential(*parts), OURS, batch=8, size=200)
print(json.dumps(measuring.measure(step, steps=2)))
"""


@linux
def test_a_step_is_timed_and_its_memory_is_above_what_it_keeps() -> None:
    # In a process of its own: a process that has freed memory hands it out again, and
    # the step would then need nothing new.
    words = [sys.executable, "-c", STEP]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    assert result["seconds"] > 0
    assert result["MB"] >= 0.8 * 8 * 10 * 198**2 * 4 / 2**20


def test_the_shares_of_a_profile_sum_to_one_and_name_the_convolution(
    tiny: nn.Module,
) -> None:
    shares = measuring.profile(measuring.stepper(tiny, OURS, batch=2, size=64))
    assert sum(shares.values()) == pytest.approx(1)
    assert {"convolution, forward", "convolution, backward"} <= set(shares)


def test_the_variant_that_saves_memory_keeps_less() -> None:
    from resattn_tutorial.models.zoo import cifar_attention56

    kept = []
    for variant in (OURS, SAVING):
        network = variants.prepare(cifar_attention56(), variant)
        step = measuring.stepper(network, variant, batch=2, size=32)
        kept.append(measuring.kept_for_backward(network, step))
    assert kept[1] < 0.7 * kept[0]


def test_without_pytorchcv_the_script_says_how_to_get_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorchcv.models.resattnet", None)
    monkeypatch.setitem(sys.modules, "pytorchcv", None)
    with pytest.raises(SystemExit, match="pip install pytorchcv"):
        variants.build("theirs")


def test_a_result_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    records.write(path, {"a": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        records.write(path, {"a": float("nan")})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("benchmark", ["attention56", "kills", "training"])
def test_a_recorded_result_tells_what_a_new_one_would(benchmark: str) -> None:
    path = Path(records.__file__).with_name(f"{benchmark}.json")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    told = records.circumstances(benchmark, recorded["settings"], torch.device("cpu"))
    assert set(recorded) == {*told, "report", "measured"}
    assert set(told["environment"]) <= set(recorded["environment"])
    assert recorded["command"].startswith(f"python -m benchmarks.{benchmark}")


def test_the_recorded_report_is_what_its_measurements_say() -> None:
    path = Path(attention56.__file__).with_name("attention56.json")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    measured = recorded["measured"]
    known = [v for v in ALL if f"step: {v}" in measured]
    ours = [v for v in known if v.network == "ours"]  # theirs needs pytorchcv
    lines = judging.table(ours, recorded["settings"]["batch"], measured)
    judged = [
        line for line in judging.judge(known, measured) if "not measured" not in line
    ]
    lines += [*judged, *judging.holds(measured)]
    assert set(lines) < set(recorded["report"])
