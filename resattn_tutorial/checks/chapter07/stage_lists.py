"""Read a learner's list of stages, and say what is wrong with it."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.models.attention_network import Stage

LISTED = "return a list of three Stage(channels, modules, poolings, enter, leave)"
EQUAL = "the CIFAR networks have as many modules in each stage"
FIELDS = ", ".join(Stage._fields)


def right(modules: int) -> list[Stage]:
    """The CIFAR family's stages."""
    return [
        Stage(64, modules, poolings=3, leave=1),
        Stage(128, modules, poolings=2, leave=1),
        Stage(256, modules, poolings=1, leave=1),
    ]


def read(report: Report, came: Any, call: str) -> list[Stage]:
    """The stages that came, each a ``Stage`` of whole numbers."""
    if not isinstance(came, list | tuple) or isinstance(came, Stage):
        what = "nothing (None)" if came is None else kind(came)
        refuse(report, f"{call} gave {what}, not a list of stages", LISTED)
    return [_stage(report, one, call) for one in came]


def _stage(report: Report, one: Any, call: str) -> Stage:
    if not all(hasattr(one, field) for field in Stage._fields):
        refuse(report, f"{call} holds {kind(one)} where a Stage is expected", LISTED)
    numbers = []
    for field in Stage._fields:
        value = getattr(one, field)
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            words = f"a Stage holds {FIELDS}"
            if isinstance(value, float):
                words = "a division with / gives a float: divide with //"
            refuse(report, f"{call}: {field} is {value!r}, no whole number", words)
        numbers.append(operator.index(value))
    return Stage(*numbers)


def mistake(found: Sequence[Stage], wanted: Sequence[Stage]) -> tuple[str, str] | None:
    """The first field that differs, as what came and why; ``None`` if none does."""
    if len(found) != len(wanted):
        return f"{len(found)} stages", (
            "a fourth stage is the ImageNet networks'; these have three"
            if len(found) == 4 else "three stages, for maps of 32, 16 and 8 pixels"
        )
    if all(a.modules == b.poolings and a.poolings == b.modules != b.poolings
           for a, b in zip(found[:2], wanted[:2], strict=True)):
        return "modules and poolings have changed places", (
            "a Stage takes its modules first: Stage(channels, modules, poolings)"
        )
    for field in ("channels", "poolings", "modules", "enter", "leave"):
        mine, true = ([getattr(one, field) for one in s] for s in (found, wanted))
        if mine != true:
            return f"{field} {_row(mine)}, expected {_row(true)}", _why(
                field, mine, true, found, wanted
            )
    return None


def _row(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _why(
    field: str,
    mine: list[int],
    true: list[int],
    found: Sequence[Stage],
    wanted: Sequence[Stage],
) -> str:
    if field == "channels":
        return _channels(mine)
    if field == "poolings":
        return _poolings(mine)
    if field == "modules":
        return _modules(mine, true[0])
    both = [(one.enter, one.leave) for one in found]
    if both == [(2, 0)] * 3:
        return "the second unit of a stage leaves it: enter=1, leave=1 (our choice)"
    if both == [(1, 0)] * 3:
        return "each stage has two units besides its modules: leave=1"
    if all(enter + leave > 2 for enter, leave in both):
        return "each stage has two units besides its modules, not more"
    return "enter=1 and leave=1, in every stage"


def _channels(mine: list[int]) -> str:
    if mine == [16, 32, 64]:
        return "a Stage takes the units' outer channels, four times those inside"
    if mine == [256, 512, 1024]:
        return "those are the ImageNet networks' channels"
    if mine == [256, 128, 64]:
        return "the order: channels grow as the map shrinks"
    if len(set(mine)) == 1:
        return "channels double from each stage to the next"
    return "the channels are 64, 128 and 256"


def _poolings(mine: list[int]) -> str:
    if mine == [1, 2, 3]:
        return "the order: the largest maps are pooled most often"
    if mine == [2, 1, 0]:
        return "masks go down to maps of 4 x 4 here, one pooling further"
    if len(set(mine)) == 1:
        return "a Stage has its own number of poolings: 3, 2 and 1"
    return "the masks pool 3, 2 and 1 times"


def _modules(mine: list[int], true: int) -> str:
    if mine == [true - 1, true, true + 1]:
        return f"{EQUAL}; 1, 2, 3 is the ImageNet network's row"
    if len(set(mine)) > 1:
        return EQUAL
    return {
        3 * true: "m is the number of modules in one stage, not in all three",
        true + 1: "one too many: (depth - 20) / 36",
        true - 1: "one too few: (depth - 20) / 36",
        4 * true: "a module has 2p + t = 4 units, 12 layers; three stages make 36",
    }.get(mine[0], "m follows from depth = 36 m + 20")
