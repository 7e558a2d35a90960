"""The table of *How long it takes*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_number
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Loose


def training_days(
    steps: int, batch: int, gpus: int, gpu_rate: float, cores: int, core_rate: float
) -> float:
    """The solution, and what the slips change."""
    return steps * batch / min(gpus * gpu_rate, cores * core_rate) / 86400


class DaysTrial(FunctionTrial):
    """Shows the numbers that were asked with what came back."""

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        said = f"{table.reference.__name__}({', '.join(map(str, case.asked))})"
        for name, days in super().__call__(report, table, answer, case):
            # Relative to their size: what is far too small is not all alike.
            yield name, {said: Loose(torch.tensor(days, dtype=torch.float64), 1e-6)}


IMAGES = "steps * batch"
GPUS, CORES = "gpus * gpu_rate", "cores * core_rate"
PACE = f"min({GPUS}, {CORES})"
DAY = "/ 86400"
DAYS = f"{IMAGES} / {PACE} {DAY}"
EQUAL = "both may be equally fast: if one asks < and the other >, that is left out"
SIDE_BY_SIDE = "all GPUs learn side by side: together they are gpus times as fast"
WHOLE = "gpu_rate is measured for whole steps, backward pass and all: no factor of 3"


def pace(words: str, *puts: str) -> Slip:
    """Other images a second."""
    return Slip(words, *[{PACE: put} for put in puts])


def images(words: str, *puts: str) -> Slip:
    """Another number of images."""
    return Slip(words, *[{IMAGES: put} for put in puts])


def unit(words: str, *puts: str) -> Slip:
    """Not days."""
    return Slip(words, *[{DAY: put} for put in puts])


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{DAYS: put} for put in puts])


SLIPS = (
    pace("the faster of the two waits: the slower one sets the pace",
         f"max({GPUS}, {CORES})"),
    pace("the rates are added: every image passes the loader and a GPU, so the slower "
         "of the two sets the pace", f"({GPUS} + {CORES})"),
    end("the times are added: while the GPUs learn from a batch, the loader reads the "
        "next", f"({IMAGES} / ({GPUS}) + {IMAGES} / ({CORES})) {DAY}"),
    pace("a mean of the two: the slower one sets the pace, whatever the other can do",
         f"(({GPUS} + {CORES}) / 2)", f"({GPUS} * {CORES}) ** 0.5",
         f"(2 / (1 / ({GPUS}) + 1 / ({CORES})))"),
    pace("the loader has no effect: where it is the slower one, GPUs wait. (Both rates "
         "are in images a second.)", f"({GPUS})"),
    pace("the GPUs have no effect: where they are the slower ones, the loader waits. "
         "(Both rates are in images a second.)", f"({CORES})"),
    Slip(SIDE_BY_SIDE, {GPUS: "gpu_rate"}, {GPUS: "gpu_rate / gpus"}),
    Slip("all cores read side by side: together they are cores times as fast",
         {CORES: "core_rate"}, {CORES: "core_rate / cores"}),
    pace("one GPU is compared with one core: compare all of them with all of them",
         "min(gpu_rate, core_rate)", "(gpus * min(gpu_rate, core_rate))",
         "(cores * min(gpu_rate, core_rate))",
         f"({GPUS} if gpu_rate < core_rate else {CORES})"),
    pace("the cores serve all GPUs together, not each of them",
         f"(gpus * min(gpu_rate, {CORES}))"),
    pace("each rate is multiplied by the number of those that have it: no sum",
         "min(gpus + gpu_rate, cores + core_rate)"),
    pace("the rates are swapped: gpu_rate is a GPU's, core_rate a core's",
         "min(gpus * core_rate, cores * gpu_rate)"),
    pace("the rates have no effect: how many there are does not say how fast each is",
         "min(gpus, cores)"),
    images("a step learns from batch images: steps alone are not images", "steps"),
    images("gpus times too long: batch is for all GPUs together, and days pass for all "
           "at once. Only gpu_rate is multiplied by gpus", "steps * batch * gpus"),
    images("gpus times too short: that they share the batch is in gpus * gpu_rate "
           "already", "steps * batch / gpus"),
    images("steps are batches, no epochs: how many images ImageNet has does not count "
           "here", "steps * 1_281_167", "steps * batch / 1_281_167"),
    images("steps and batch come as arguments: other trainings have other ones",
           "530_000 * batch", "steps * 256"),
    Slip(WHOLE, {IMAGES: "steps * batch * 3"}, {GPUS: "gpus * gpu_rate / 3"}),
    end("a rate is images in a second: divide the images by it",
        f"{IMAGES} * {PACE} {DAY}"),
    end("the quotient is upside down: images, divided by images in a second",
        f"{PACE} / ({IMAGES}) {DAY}"),
    unit("seconds come back: a day has 24 * 60 * 60 of them", "/ 1"),
    unit("minutes come back: a day has 24 * 60 of them", "/ 60"),
    unit("hours come back: a day has 24 of them", "/ 3600"),
    unit("a day has 24 * 60 * 60 seconds: 24 * 60 are its minutes", "/ 1440"),
    unit("24 are the hours of a day: divide by 60 twice more", "/ 24"),
    unit("a day has 24 * 60 * 60 = 86,400 seconds: here it has another number",
         "/ 8640", "/ 84600", "/ (12 * 60 * 60)"),
    unit("seconds are divided by those in a day, not multiplied", "* 86400"),
    unit("without brackets only the first number divides, the others multiply: "
         "/ (24 * 60 * 60)", "/ 60 * 60 * 24", "/ 60 / 60 * 24", "/ 24 * 60 * 60"),
    unit("weeks or years come back: days are asked for", "/ 86400 / 7",
         "/ 86400 / 365"),
    end("do not round, part of a day counts", f"round({DAYS})", f"round({DAYS}, 1)",
        f"round({DAYS}, 2)", f"round({DAYS}, 3)", f"round({DAYS}, 4)",
        f"-(-{IMAGES} // ({PACE} * 86400))",
        f"{IMAGES} / {PACE} // 86400"),
    end("do not round the seconds either: / in place of //",
        f"({IMAGES} // {PACE}) {DAY}"),
    end("gpus * gpu_rate must divide as a whole: without brackets a / b * c is "
        "(a / b) * c, and a rate is images a second, no seconds an image",
        f"max({IMAGES} / {GPUS}, {IMAGES} / {CORES}) {DAY}",
        f"min({IMAGES} / {GPUS}, {IMAGES} / {CORES}) {DAY}"),
    end(EQUAL, f"{DAYS} if {GPUS} != {CORES} else None"),
)
TRAINING_DAYS = Table(
    title="How long it takes",
    usage="training_days(steps, batch, gpus, gpu_rate, cores, core_rate)",
    reference=training_days,
    cases=(
        Case((530_000, 256, 8, 171.5, 40, 45.5),
             "where the GPUs are slower, the loader waits"),
        Case((530_000, 256, 8, 410.5, 4, 93.5),
             "where the loader is slower, the GPUs wait"),
        Case((80_000, 96, 6, 22.5, 5, 41.5), "another batch, other machines"),
        Case((350_000, 32, 1, 76.5, 1, 110.5), "one GPU and one core"),
        Case((6_000, 96, 2, 60.5, 4, 30.25),
             "where both are equally fast, nobody waits"),
    ),
    slips=SLIPS,
    trial=DaysTrial(read=require_number),
    fixed=False,
    pairs=500,
    errors={
        "referenced before": EQUAL,
        "not associated with": EQUAL,
        "division by zero": "// rounds down, to 0 where there are fewer cores than "
        "GPUs: they serve all GPUs together, and need not be shared out",
    },
    otherwise="images in all, divided by the images a second of the slower side, are "
    "seconds; then divide by the seconds of a day",
)
