"""The table of *Read a network off its name*."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind, require_function
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces
from resattn_tutorial.models.attention_network import Stage


def my_stages(depth: int) -> list[Stage]:
    """The solution, and what the slips change."""
    modules, rest = divmod(depth - 20, 36)
    if rest or modules < 1:
        raise ValueError(f"no network of the family has depth {depth}.")
    return [
        Stage(64, modules, poolings=3, leave=1),
        Stage(128, modules, poolings=2, leave=1),
        Stage(256, modules, poolings=1, leave=1),
    ]


LISTED = "return a list of three Stage(channels, modules, poolings, enter, leave)"
WHOLE = (
    "36 m + 20 = depth needs a whole m of at least 1: look at the rest of the "
    "division, and at the m that comes out"
)
NO_OTHER = "raise ValueError(…), and no other error"
BELONGS = (
    "36 m + 20 belongs to the family for every m of at least 1, in the paper or not"
)
REFUSED = "ValueError"
THREE = "three stages, for maps of 32, 16 and 8 pixels"
FOURTH = "a fourth stage is the ImageNet networks'; these have three"
OTHER = {
    "stages": THREE,
    "channels": "the channels are 64, 128 and 256",
    "poolings": "the masks pool 3, 2 and 1 times",
    "modules": "m follows from depth = 36 m + 20",
    "enter": "enter=1 and leave=1, in every stage",
    "leave": "enter=1 and leave=1, in every stage",
}
"""Where to look if this is wrong in a way that nobody knows."""
ORDER = ("channels", "poolings", "modules", "enter", "leave")


def rows(report: Report, came: Any) -> dict[str, Any]:
    """How many stages came, and their five numbers, each of whole numbers."""
    if not isinstance(came, list | tuple) or isinstance(came, Stage):
        what = "nothing (None)" if came is None else kind(came)
        refuse(report, f"a list of stages must come back, got {what}", LISTED)
    for one in came:
        if not all(hasattr(one, field) for field in Stage._fields):
            refuse(report, f"the list holds {kind(one)}, and no Stage", LISTED)
    return {"stages": len(came)} | {
        field: tuple(_whole(report, field, getattr(one, field)) for one in came)
        for field in ORDER
    }


def _whole(report: Report, field: str, value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        words = f"a Stage holds {', '.join(Stage._fields)}"
        if isinstance(value, float):
            words = "a division with / gives a float: divide with //"
        refuse(report, f"{field} is {value!r}, no whole number", words)
    return operator.index(value)


@dataclass(frozen=True, eq=False)
class FamilyTrial(FunctionTrial):
    """How an answer is asked that gives a list of stages, or refuses a depth."""

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        try:
            my_stages(*case.asked)
        except ValueError:
            yield "value", _refusal(answer, *case.asked)
            return
        with report.attempt(f"my_stages({case.asked[0]})"):
            try:
                came = answer(*case.asked)
            except ValueError:
                came = REFUSED
        yield "value", came if came is REFUSED else rows(report, came)

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        mine, true = found.get("value"), right["value"]
        if true == REFUSED:
            other = mine.endswith("Error") and " " not in mine
            return NO_OTHER if other else WHOLE
        if not isinstance(mine, dict):
            return BELONGS if mine == REFUSED else None
        name = next(name for name in true if mine[name] != true[name])
        return OTHER[name]


def _refusal(answer: Callable, depth: int) -> str:
    """What an answer does with a depth that no such network has, in a few words."""
    try:
        came = answer(depth)
    except Exception as error:  # the learner's code may raise anything
        return type(error).__name__
    if isinstance(came, ValueError) or came is ValueError:
        return "an error that is returned"
    return kind(came)


def case(modules: int, *more: str) -> Case:
    """A depth of the family."""
    depth = 36 * modules + 20
    row = f"my_stages({depth}): modules {modules}, {modules}, {modules}"
    return Case((depth,), ", ".join([row, *more]))


CHECK = "rest or modules < 1"
RAISE = 'raise ValueError(f"no network of the family has depth {depth}.")'
LAST = "        Stage(256, modules, poolings=1, leave=1),\n"
EQUAL = "the CIFAR networks have as many modules in each stage"
MANY = "each stage has two units besides its modules, not more"


def with_modules(count: str) -> dict[str, str]:
    """Another number of modules, for the depths that belong."""
    return {"    return [": f"    modules = {count}\n    return ["}


def with_row(field: str, *numbers: int) -> dict[str, str]:
    """Other channels or poolings."""
    true = {"Stage({},": (64, 128, 256), "poolings={},": (3, 2, 1)}[field]
    return {field.format(old): field.format(f"1 * {new}")    # 1 *: replaced once
            for old, new in zip(true, numbers, strict=True)}


def channels(words: str, *numbers: int) -> Slip:
    """Other channels."""
    return Slip(words, with_row("Stage({},", *numbers))


def poolings(words: str, *numbers: int) -> Slip:
    """Other poolings."""
    return Slip(words, with_row("poolings={},", *numbers))


def ends(words: str, *pairs: tuple[int, int]) -> Slip:
    """Other numbers of units that enter and leave."""
    return Slip(words, *[{"leave=1": f"enter={enter}, leave={leave}"}
                         for enter, leave in pairs])


SLIPS = (
    Slip(WHOLE, {CHECK: "False"}, {CHECK: "rest"}, {CHECK: "modules < 1"},
         {CHECK: "rest or modules < 0"}, {RAISE: "return []"}),
    Slip("the error is returned; `raise` it", {"raise": "return"}),
    Slip(f"{WHOLE}; and an error is raised, not printed", {RAISE: "return None"}),
    Slip(NO_OTHER, {"raise ValueError": "raise AssertionError"},
         {"raise ValueError": "raise KeyError"}),
    Slip(BELONGS, {CHECK: f"{CHECK} or modules not in (1, 2, 3, 4, 6)"},
         {CHECK: f"{CHECK} or modules > 6"}),
    Slip("the paper's Attention-452 has 6 modules of another p and t; with p = 1 and "
         "t = 2 the depth 452 takes 12",
         with_modules("6 if depth == 452 else modules")),
    Slip("one too many: (depth - 20) / 36", with_modules("modules + 1")),
    Slip("one too few: (depth - 20) / 36", with_modules("modules - 1")),
    Slip("m is the number of modules in one stage, not in all three",
         with_modules("3 * modules")),
    Slip("a module has 2p + t = 4 units, 12 layers; three stages make 36",
         with_modules("4 * modules")),
    Slip("m follows from depth = 36 m + 20: here it is the same for every depth",
         with_modules("1")),
    Slip(f"{EQUAL}; 1, 2, 3 is the ImageNet network's row",
         {"64, modules": "64, modules - 1", "256, modules": "256, modules + 1"}),
    Slip(EQUAL, {"256, modules": "256, modules + 1"}),
    Slip("a Stage takes its modules first: Stage(channels, modules, poolings)",
         {f"modules, poolings={k}": f"{k}, modules" for k in (3, 2, 1)}),
    Slip(FOURTH, {LAST: f"{LAST}        Stage(512, enter=3),\n"},
         {LAST: f"{LAST}        Stage(512, modules, poolings=0, leave=1),\n"}),
    Slip(THREE, {LAST: ""}),
    channels("a Stage takes the units' outer channels, four times those inside",
             16, 32, 64),
    channels("those are the ImageNet networks' channels", 256, 512, 1024),
    channels("the order: channels grow as the map shrinks", 256, 128, 64),
    channels("channels double from each stage to the next", 64, 64, 64),
    poolings("the order: the largest maps are pooled most often", 1, 2, 3),
    poolings("masks go down to maps of 4 x 4 here, one pooling further", 2, 1, 0),
    poolings("a Stage has its own number of poolings: 3, 2 and 1", 3, 3, 3),
    ends("the second unit of a stage leaves it: enter=1, leave=1 (our choice)", (2, 0)),
    ends("each stage has two units besides its modules: leave=1", (1, 0)),
    ends(MANY, (2, 1), (1, 2), (2, 2)),
    ends(OTHER["leave"], (0, 2), (0, 1)),
)
FAMILY = Table(
    title="A network from its name",
    usage="my_stages(depth)",
    reference=my_stages,
    cases=(
        case(1, "and a network built from it has 56 layers"), *map(case, (3, 5, 12)),
        *[Case((depth,), f"my_stages({depth}) raises a ValueError")
          for depth in (60, 20, 36, 110, -16)],
    ),
    slips=SLIPS,
    trial=FamilyTrial(),
)
