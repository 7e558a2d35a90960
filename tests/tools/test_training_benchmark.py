"""The training benchmark: what it counts, whether it is fair, and how it judges.

How fast anything is does not matter here.
"""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import pytest
import torch
from torch import nn

from benchmarks import feeding, limits, overhead, reporting, speed, training, ways
from benchmarks.ways import Bench, Way
from resattn_tutorial.cost.analytic import cifar_stem_cost, network_costs
from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.data.transforms import as_inputs
from resattn_tutorial.models.attention_network import Stage
from resattn_tutorial.recipes import Recipe

CPU = torch.device("cpu")


class LevelRecipe(Recipe):
    """A recipe whose learning rate stays what it is, as in the bare loop."""

    def rate(self, step: int) -> float:
        return self.learning_rate


class TinyBench(Bench):
    """A bench whose every network is a tiny one."""

    def recipe(self, steps: int) -> Recipe:
        return LevelRecipe("tiny", steps, self.batch, 0.1)

    def network(self, name: str) -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10),
        )


@pytest.fixture
def bench() -> Bench:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (32, 3, 32, 32), generator=generator)
    labels = torch.randint(10, (32,), generator=generator)
    classes = tuple("abcdefghij")
    images = ImageSet("noise", "generated", classes, pixels.byte(), labels)
    return TinyBench(CPU, images, 8, 2, 0.0)


def rates(*values: float, **more: float) -> dict:
    return {"images per second": list(values), **more}


def test_every_part_runs_and_the_report_follows_from_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = tmp_path / "result.json"
    training.main(["--small", "--schedule", "--out", str(path)])
    result = json.loads(path.read_text(encoding="utf-8"))
    measured = result["measured"]
    assert list(measured) == ["speed", "feeding", "overhead"]
    assert result["report"] == reporting.report(measured, 8, True)
    assert any("10,240,000 images" in line for line in result["report"])


def test_the_recorded_report_is_what_its_measurements_say() -> None:
    for path in Path(training.__file__).parent.glob("training*.json"):
        recorded = json.loads(path.read_text(encoding="utf-8"))
        settings = recorded["settings"]
        assert recorded["report"] == reporting.report(
            recorded["measured"], settings["batch"], settings["schedule"]
        )
        assert not settings["small"]


def test_traffic_is_arguments_read_and_results_written() -> None:
    x, y = torch.zeros(2, 100)
    for work, passes in (
        (lambda: x + y, 3), (lambda: x.add_(y), 3), (lambda: x.neg(), 2),
        (lambda: x.view(10, 10).t(), 0), (lambda: torch.empty(100), 0),
        (lambda: torch._foreach_add_([x], [y]), 3),
    ):
        found = limits.demands(work)
        assert found == {"operations": int(passes > 0), "bytes": passes * 400}


def test_the_arithmetic_is_six_times_the_multiply_adds_worked_out_on_paper() -> None:
    stages = [
        Stage(64, 2, poolings=3, leave=1), Stage(128, 2, poolings=2, leave=1),
        Stage(256, 2, poolings=1, leave=1),
    ]
    parts = network_costs(cifar_stem_cost, stages, 32, 10)
    multiply_adds = sum(part.multiply_adds for part in parts.values())
    assert limits.arithmetic(training.LARGE) == 6 * multiply_adds


@pytest.mark.parametrize("native, last", [(True, "bfloat16"), (False, "float32")])
def test_on_a_processor_bfloat16_is_tried_where_it_is_native(
    native: bool, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "has_bfloat16", lambda: native)
    found = ways.ways_on(CPU, compile=True)
    assert found[:2] == [Way("NCHW"), Way()]
    assert found[-1] == Way(precision=last, compile=True)
    assert (Way(precision="bfloat16") in found) == native
    assert not any(way.compile for way in ways.ways_on(CPU, compile=False))


@pytest.mark.parametrize("best", ["bfloat16", "float16"])
def test_on_a_gpu_the_compiled_way_uses_the_16_bits_that_it_has(
    best: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "choose_precision", lambda device: best)
    found = ways.ways_on(torch.device("cuda"), compile=True)
    compiled = [way for way in found if way.compile]
    assert compiled == [Way(precision=best, compile=True)]
    precisions = {way.precision for way in found}
    assert precisions == {"float32", "float16", best}      # a T4 has no bfloat16


def test_a_pace_counts_the_images_of_at_least_so_many_steps(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count()
    monkeypatch.setattr(ways.time, "perf_counter", lambda: float(next(clock)))
    made = []
    assert bench.pace(lambda: made.append(1), least=3) == 3 * 8 / 2
    assert len(made) == 3


def test_inductor_begins_with_an_empty_folder_and_the_old_one_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for before in ("/elsewhere", None):
        if before is None:
            monkeypatch.delenv(ways.CACHE)
        else:
            monkeypatch.setenv(ways.CACHE, before)
        with ways.compiled_anew():
            folder = Path(os.environ[ways.CACHE])
            assert folder.is_dir() and not list(folder.iterdir())
        assert os.environ.get(ways.CACHE) == before
        assert not folder.exists()


@pytest.mark.parametrize("way", [Way(), Way("NCHW"), Way(precision="bfloat16")])
def test_the_bare_loop_learns_what_the_trainer_learns(
    way: Way, bench: Bench, tmp_path: Path
) -> None:
    weights = []
    for loop in (overhead.bare_loop, overhead.trainer_loop):
        case = overhead.make_case(bench, training.SMALL, way, str(tmp_path))
        before = [p.clone() for p in case.network.parameters()]
        loop(case, 3)()
        weights.append(list(case.network.parameters()))
        assert not all(map(torch.equal, before, weights[-1]))
    torch.testing.assert_close(*weights)


def test_the_trainer_writes_no_checkpoint_while_it_is_timed(
    bench: Bench, tmp_path: Path
) -> None:
    case = overhead.make_case(bench, training.SMALL, Way(), str(tmp_path))
    assert len(overhead.trainer_loop(case, 3)()) == 1
    assert not list(tmp_path.glob("checkpoint*"))


def test_each_round_of_the_overhead_has_both_loops(bench: Bench) -> None:
    found = overhead.measure(bench, training.SMALL, Way())
    assert {loop: len(times) for loop, times in found.items()} == {
        "trainer": bench.rounds, "bare": bench.rounds,
    }
    assert min(map(min, found.values())) > 0


@pytest.mark.parametrize("trainer, verdict", [
    ([1.03, 1.2, 1.0], "met"), ([1.04, 1.0, 1.2], "NOT met"),
])
def test_the_median_round_decides_whether_the_trainer_adds_too_much(
    trainer: list[float], verdict: str
) -> None:
    found = {"any": {"trainer": trainer, "bare": [1.0, 1.0, 1.0]}}
    (line,) = reporting.overhead_lines(found)
    assert line.partition(":")[0] == verdict


def test_rounds_are_compared_one_by_one() -> None:
    slow_round = {"trainer": [1.02, 2.04], "bare": [1.0, 2.0]}
    (line,) = reporting.overhead_lines({"any": slow_round})
    assert "2.0% (2.0% to 2.0%)" in line
    fed = {feeding.OURS: [30.0, 300.0], feeding.ORDINARY: [10.0, 100.0]}
    assert "3.00 (3.00 to 3.00)" in reporting.feeding_lines({"any": fed})[1]


def test_a_share_is_what_the_step_asks_for_beside_what_the_round_could_do() -> None:
    count = limits.arithmetic(training.SMALL)
    measured = {
        "network": training.SMALL,
        "limits": [{"float32": 100.0 * count, "bfloat16": 1.0, "copy": 1000.0}],
        "ways": {
            str(Way()): rates(50.0, bytes=80, operations=7),
            str(Way(compile=True)): rates(60.0, compiling=9.0),
        },
    }
    matrix, copies = reporting.shares(measured, str(Way()), 8)
    assert (matrix, copies) == ([0.5], [0.5])       # 6.25 steps a second of 80 bytes
    compiled = reporting.shares(measured, str(Way(compile=True)), 8)
    assert compiled == ([0.6], [])
    lines = reporting.speed_lines(measured, 8)
    assert lines[2].endswith(" 9 s") and "1.20 (1.20 to 1.20)" in lines[2]


def test_the_schedules_minutes_are_its_images_at_the_median_rate() -> None:
    measured = {"ways": {"any": rates(1e6, 10_240_000 / 60, 1.0)}}
    assert reporting.schedule_lines(measured)[1].split() == ["any", "1.0", "minutes"]


def test_speed_is_measured_in_each_way_and_round(bench: Bench) -> None:
    found = speed.measure(bench, training.SMALL, [Way("NCHW"), Way()], small=True)
    assert len(found["limits"]) == bench.rounds
    assert list(found["ways"]) == [str(Way("NCHW")), str(Way())]
    for way in found["ways"].values():
        assert len(way["images per second"]) == bench.rounds
        assert way["bytes"] > 0


def test_the_ordinary_view_normalises_as_ours_does(bench: Bench) -> None:
    pixels = torch.full((3, 3, 32, 32), 200, dtype=torch.uint8)
    pixels[0] = 20                                   # so that the mean is another one
    images = bench.images._replace(images=pixels, labels=torch.arange(3))
    dataset = feeding.Transformed(images)
    seen = torch.stack([dataset[k][0] for k in range(3)])
    ours = as_inputs(pixels, feeding.colour_mean(pixels))
    torch.testing.assert_close(seen[..., 4:-4, 4:-4], ours[..., 4:-4, 4:-4])
    assert [int(dataset[k][1]) for k in range(3)] == [0, 1, 2]
