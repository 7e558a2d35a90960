"""The table of *Read what a map of ones says*."""

from __future__ import annotations

from typing import Any

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.several_trial import SeveralTrial
from resattn_tutorial.checks.engine.slips import Slip, edits
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling

FILES, DOUBLED, TRUNK, BOTH = "as the files", "skips doubled", "trunk added", "both"
NAMES = (FILES, DOUBLED, TRUNK, BOTH)


def read_ones(value: int, poolings: int) -> list[str]:
    """The solution, and what the slips change."""
    sums = {
        "as the files": poolings,
        "skips doubled": 2 * poolings - 1,
        "trunk added": poolings + 1,
        "both": 2 * poolings,
    }
    return [name for name, total in sums.items() if total == value]


def readings(report: Report, came: Any) -> dict[str, str]:
    """The names that came, in the order of the exercise."""
    if came is None:
        refuse(report, "nothing (None) came back", "where no graph fits the list is "
               "empty, and a function needs a return line in every case")
    if isinstance(came, str) or not isinstance(came, list | tuple | set | frozenset):
        refuse(report, f"a list of names must come back, got {kind(came)}",
               "several graphs may fit, or none: return a list, even of one name")
    if unknown := [name for name in came if name not in NAMES]:
        refuse(report, f"an unknown name: {kind(unknown[0])}",
               f"the names are {', '.join(NAMES)}, as the exercise writes them")
    found = [name for name in NAMES if name in came]
    return {"readings": Telling(", ".join(found) or "nothing fits")}


AS_FILES = '"as the files": poolings'
AS_DOUBLED = '"skips doubled": 2 * poolings - 1'
WITH_TRUNK = '"trunk added": poolings + 1'
AS_BOTH = '"both": 2 * poolings'
RESULT = "[name for name, total in sums.items() if total == value]"
BEGIN = "    sums = {"
ALL = [AS_FILES, AS_DOUBLED, WITH_TRUNK, AS_BOTH]
LOWEST = (
    "the lowest level has no skip: with d poolings there are d - 1 skips, and the map "
    "from the bottom comes to it once"
)
ONCE = "the trunk is added once for each mask, at full size, and not at each level"
SEVERAL = "more than one graph may fit: return all that do"


def sums(words: str, *puts: tuple[str, str, str, str]) -> Slip:
    """Other sums for the four graphs, in the order of the exercise."""
    names = [one.partition(":")[0] for one in ALL]
    return Slip(words, *edits(ALL, *[
        tuple(f"{name}: {one}" for name, one in zip(names, put, strict=True))
        for put in puts
    ]))


def result(words: str, *puts: str) -> Slip:
    """Another result."""
    return Slip(words, *[{RESULT: put} for put in puts])


SLIPS = (
    sums(LOWEST,
         ("poolings + 1", "2 * poolings + 1", "poolings + 2", "2 * poolings + 2"),
         ("poolings", "2 * poolings", "poolings + 1", "2 * poolings + 1")),
    sums("the map from the bottom is missing: it is stretched and added, too",
         ("poolings - 1", "2 * poolings - 2", "poolings", "2 * poolings - 1")),
    sums("a doubled skip adds its own map once more, and does not double what comes "
         "from below",
         ("poolings", "2**poolings - 1", "poolings + 1", "2**poolings"),
         ("poolings", "2 ** (poolings - 1)", "poolings + 1",
          "2 ** (poolings - 1) + 1")),
    sums("every level but the lowest has a skip, not the first alone",
         ("2 if poolings > 1 else 1", "3 if poolings > 1 else 1",
          "3 if poolings > 1 else 2", "4 if poolings > 1 else 2"),
         ("poolings", "poolings + (poolings > 1)", "poolings + 1",
          "poolings + (poolings > 1) + 1")),
    sums(ONCE, ("poolings", "2 * poolings - 1", "2 * poolings", "3 * poolings - 1"),
         ("poolings", "2 * poolings - 1", "poolings + 3", "2 * poolings + 2")),
    sums("a doubled skip is 2x: it adds 2, and not 3, and nothing at the lowest level",
         ("poolings", "3 * poolings - 2", "poolings + 1", "3 * poolings - 1"),
         ("poolings", "2 * poolings + 1", "poolings + 1", "2 * poolings + 2")),
    sums("the trunk is the map of ones once more, since its units are silent, too: it "
         "adds 1",
         ("poolings", "2 * poolings - 1", "poolings", "2 * poolings - 1"),
         ("poolings", "2 * poolings - 1", "poolings + 2", "2 * poolings + 1")),
    sums("a silent unit passes its input on: 1 stays 1, it does not become 0 or 2",
         ("0", "poolings - 1", "1", "poolings"),
         ("2**poolings", "2**poolings + 1", "2**poolings + 1", "2**poolings + 2")),
    sums("stretching and pooling leave a map of ones as it is: nothing is averaged "
         "over levels", ("1", "(2 * poolings - 1) / poolings", "2",
                         "(3 * poolings - 1) / poolings")),
    Slip("the names of the two departures are swapped",
         {AS_DOUBLED: '"skips doubled": poolings + 1',
          WITH_TRUNK: '"trunk added": 2 * poolings - 1'}),
    Slip('"both" is missing: one network may depart twice', {AS_BOTH: '"both": 0'}),
    Slip("both departures together: the doubled skips, and 1 for the trunk",
         {AS_BOTH: '"both": 3 * poolings'},
         {AS_BOTH: '"both": 2 * poolings + 1'}),
    Slip("the files' own graph may be what fits, and is missing",
         {AS_FILES: '"as the files": 0'}),
    result(f"{SEVERAL}, not the first", f"{RESULT}[:1]"),
    result(f"{SEVERAL}, not the last", f"{RESULT}[-1:]",
           f"(lambda fit: fit[-1:] if fit[:1] == ['skips doubled'] else fit[:1])"
           f"({RESULT})"),
    result('the two departures together have a name of their own, "both"',
           f"(lambda fit: [n for n in fit if n != 'both'] + (['skips doubled', "
           f"'trunk added'] if 'both' in fit else []))({RESULT})"),
    result("where two graphs fit, both are named: the value does not decide, and that "
           "is the answer", f"{RESULT} if len({RESULT}) == 1 else []"),
    result("where no graph fits, an empty list comes back", f'{RESULT} or ["both"]',
           f'{RESULT} or ["as the files"]'),
    result("a graph fits where its sum is the value, not where it is below or above",
           RESULT.replace("==", "<="), RESULT.replace("==", ">="),
           RESULT.replace("total == value", "abs(total - value) <= 1")),
    result("what fits is asked for, and not what does not fit",
           RESULT.replace("==", "!=")),
    *[Slip(f"poolings is an argument: here it is {d}, whatever came",
           {BEGIN: f"    poolings = {d}\n{BEGIN}"}) for d in (3, 2, 1)],
    Slip("the two arguments have changed places: the value comes first",
         {BEGIN: f"    value, poolings = poolings, value\n{BEGIN}"}),
    Slip("with one pooling there is no skip, so that doubling changes nothing: its sum "
         "is the files'", {AS_DOUBLED: f"{AS_DOUBLED} + (poolings == 1)"},
         {BEGIN: f"    if poolings == 1:\n        return [['as the files'], "
                 f"['trunk added']][value - 1] if value in (1, 2) else []\n{BEGIN}"}),
)
CASES = tuple((value, poolings) for poolings in (3, 2, 1, 5) for value in range(1, 12))
ONES = Table(
    title="What a map of ones says",
    usage="read_ones(value, poolings)",
    reference=read_ones,
    cases=(Case(CASES[0]),),
    slips=SLIPS,
    trial=SeveralTrial(
        more=CASES[1:],
        parts=readings,
        one="the same answer for every value: work the four sums out, and compare",
    ),
    facts={"readings": "for 1, 2, 3 and 5 poolings each value is read rightly"},
    fixed=False,
)
