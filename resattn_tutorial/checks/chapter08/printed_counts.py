"""The table of *How a number was printed*."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from resattn_tutorial.checks.chapter08.printed_cases import CASES, EDGES, UNITS
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip, edits
from resattn_tutorial.checks.engine.table import Case, Table


def read_count(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
    """The solution, and what the slips change."""
    scale = 10 ** len(printed.partition(".")[2])
    shown = int(printed.replace(".", ""))
    found = {}
    for name, count in counts.items():
        rounded = (2 * count * scale + unit) // (2 * unit) == shown
        truncated = count * scale // unit == shown
        if rounded and truncated:
            found[name] = "both"
        elif rounded or truncated:
            found[name] = "rounded" if rounded else "truncated"
    return found


def at(count: int, unit: int, places: int) -> Fraction:
    """A count in units, rounded to so many places."""
    return round(Fraction(count, unit), places)


def nearest(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
    """The nearest count, whether it fits or not."""
    near = sorted(counts, key=lambda name: abs(counts[name] / unit - float(printed)))
    found = read_count(printed, counts, unit)
    return {name: found.get(name, "rounded") for name in near[:1]}


def as_words(report: Report, came: Any) -> dict[str, str]:
    """The dictionary that came, if it leads from names to the three words."""
    if came is None:
        refuse(report, "nothing (None) came back", "the function ends without a return")
    failed = f"names with their words must come back, got {kind(came)}"
    if not isinstance(came, Mapping):
        refuse(report, failed, "return a dictionary: found[name] = word")
    if came and all(name in WORDS for name in came):
        refuse(report, failed, "the names are the keys, and the words the values: "
               "found[name] = word")
    if (word := next((w for w in came.values() if w not in WORDS), WORDS)) != WORDS:
        refuse(report, f"an unknown word: {kind(word)}",
               'the words are "rounded", "truncated" and "both"')
    return dict(came)


class ReadingTrial(FunctionTrial):
    """How an answer is asked that gives a word for each count that fits."""

    def __call__(
        self, report: Report, table: Table, answer: Any, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`; what an answer leaves out has a word, too."""
        printed, counts, _ = case.asked
        for name, value in super().__call__(report, table, answer, case):
            if name == "value":
                if more := [one for one in value if one not in counts]:
                    refuse(report, f"{printed}: {more[0]} is none of the names that "
                           "came", FIXED)
                value = {one: value.get(one, "left out") for one in counts}
                if len(value) < MANY:                # few are alike by chance
                    value = ", ".join(map(" ".join, value.items()))
            yield name, value


WORDS = ("rounded", "truncated", "both")
MANY = 8
FIXED = "a fixed answer: it must follow from what is printed"
PLACES = 'len(printed.partition(".")[2])'
ROUNDED = "(2 * count * scale + unit) // (2 * unit) == shown"
CUT = "count * scale // unit == shown"
BEGIN, END = "    scale = ", "    return found"
APART = "count * scale - shown * unit"
FLOAT = "round(count / unit, {0}) == float(printed)"
CUT_FLOAT = "int(count / unit * 10**{0}) / 10**{0} == float(printed)"
BOTH = 'where both ways give what is printed the word is "both"'
HALF_OPEN = (
    "what is cut off to 6.2 begins with 6.2 itself and ends before 6.3: 6.3 exactly is "
    "printed as 6.3"
)
TOLERANCE = "a tolerance is not rounding: 6.27 rounds to 6.3"
DIGITS = "the printed text says how many digits it has: "
WHOLE = "Stay with whole numbers"
ZERO = 'float("7.80") is 7.8: the zero at the end is lost, so count in the text'
NO_POINT = (
    'there may be no point at all: printed.partition(".")[2] is then empty'
)


def with_first(line: str) -> dict[str, str]:
    """One more line at the beginning."""
    return {BEGIN: f"    {line}\n{BEGIN}"}


def digits(count: str) -> list[dict[str, str]]:
    """So many digits, whatever is printed: in whole numbers, and in floats."""
    return [{PLACES: count}, {ROUNDED: FLOAT.format(count),
                              CUT: CUT_FLOAT.format(count)}]


SLIPS = (
    Slip("truncating is missing: 6.27 without its last digit is 6.2", {CUT: "False"}),
    Slip("rounding is missing: 6.27 is nearer to 6.3 than to 6.2", {ROUNDED: "False"}),
    Slip(FIXED, lambda printed, counts, unit: {"counted": "rounded"}),
    Slip("rounded and truncated are swapped",
         {'"rounded" if rounded else "truncated"':
          '"truncated" if rounded else "rounded"'}),
    Slip("the table counts multiply-adds: nothing is doubled",
         with_first("counts = {name: 2 * count for name, count in counts.items()}")),
    Slip(BOTH, {'= "both"': '= "rounded"'}, {'= "both"': '= "truncated"'}),
    Slip("what does not fit is left out",
         {END: "    return {name: found.get(name) for name in counts}"},
         {END: "    return {name: found.get(name, '') for name in counts}"}),
    Slip("nothing ever fits: do printed and exact number have the same digits?",
         {END: "    return {}"}),
    Slip("more than one count may fit: go through all of them",
         {END: "    return dict(list(found.items())[:1])"},
         {END: "    return dict(list(found.items())[-1:])"}),
    Slip("the nearest need not fit, and more than one may", nearest),
    Slip("where nothing fits, an empty dictionary comes back: return found",
         {END: "    return found or None"}),
    Slip(HALF_OPEN, {CUT: f"0 <= {APART} <= unit"}, {CUT: f"0 < {APART} < unit"},
         {CUT: f"0 < {APART} <= unit"}),
    Slip("rounding up always, ROUND_UP or ceil, is not rounding",
         {ROUNDED: "-(-count * scale // unit) == shown"}),
    Slip("a tolerance neither rounds nor truncates: shorten the exact number and "
         "compare",
         *edits([ROUNDED, CUT], (f"abs({APART}) < unit", "False"),
                (f"abs({APART}) <= unit", "False"),
                (f"abs(count / unit - float(printed)) < 10**-{PLACES}", "False"))),
    Slip(TOLERANCE, {ROUNDED: f"abs({APART}) < unit"},
         {ROUNDED: "abs(count / unit - float(printed)) < 0.1"}),
    Slip(f"{DIGITS}7.80 has two, 8 has none", *digits("1")),
    Slip(f"{DIGITS}two is not always right", *digits("2")),
    Slip(f"floats: 4.35 * 100 is 434.99999999999994. {WHOLE}",
         *edits([ROUNDED, CUT], (FLOAT.format(PLACES), CUT_FLOAT.format(PLACES)))),
    Slip(f"int(4.35 * 100) is 434, since floats are not exact. {WHOLE}",
         {CUT: "int(float(printed) * scale) == int(count / unit * scale)"}),
    Slip(f'int(float("4.35") * 100) is 434. {WHOLE}',
         {"int(printed.replace(\".\", \"\"))": "int(float(printed) * scale)"},
         *edits([ROUNDED, CUT], (
             "round(count / unit * scale) == float(printed) * scale",
             "int(count / unit * scale) == int(float(printed) * scale)"))),
    Slip(ZERO, with_first('printed = f"{float(printed):g}"'),
         with_first("printed = str(float(printed))"),
         {ROUNDED: "at(count, unit, len(str(float(printed)).partition('.')[2])) == "
          "Fraction(printed)"}),
    Slip("rounded twice: 0.249999 becomes 0.25 and then 0.3. Round once",
         {ROUNDED: f"round(at(count, unit, {PLACES} + 1), {PLACES}) == "
          "Fraction(printed)"},
         {ROUNDED: f"round(round(count / unit, {PLACES} + 1), {PLACES}) == "
          "float(printed)"}),
    Slip("rounding is to as many digits as are printed, not to a whole number",
         {ROUNDED: "round(count / unit) == round(float(printed))"}),
    Slip("`count // unit` cuts off what is behind the point: multiply first",
         *edits([ROUNDED, CUT], ("count // unit == float(printed)",) * 2),
         {CUT: "count // unit * scale == shown"}),
    Slip('digits behind the point: printed.partition(".")[2] is what stands there',
         {PLACES: "max(0, len(printed) - 2)"}, {PLACES: "(len(printed) - 2)"},
         {PLACES: "(len(printed) - 1)"},
         {PLACES: "(len(printed) - 2)",
          ROUNDED: FLOAT.format("len(printed) - 2")}),
    Slip("compare numbers, not letters: 123.0 begins with 12 and is not 12",
         {CUT: "str(count / unit).startswith(printed)"}),
    Slip("compare numbers, not letters: 7.8 and 7.80 are one number",
         *edits([ROUNDED, CUT], (
             f"str(round(count / unit, {PLACES} or None)) == printed",
             "str(count / unit).startswith(printed)"))),
    Slip("the unit is an argument: it is not always 10**9", with_first("unit = 10**9")),
    Slip("the unit is an argument: it is not always 10**6", with_first("unit = 10**6")),
    Slip(NO_POINT, {PLACES: 'len(printed.split(".")[1])'}),
)
AT_THE_ENDS = "each reading begins and ends where it should, to the last unit"
READING = Table(
    title="How a number was printed",
    usage="read_count(printed, counts, unit)",
    reference=read_count,
    cases=tuple(
        Case(case, f"{case[0]} {UNITS[case[2]]}: " + (", ".join(
            map(" ".join, read_count(*case).items())) or "nothing fits"))
        for case in CASES
    ) + tuple(
        Case(case, AT_THE_ENDS, title=f"{case[0]} {UNITS[case[2]]}")
        for case in EDGES
    ),
    slips=SLIPS,
    trial=ReadingTrial(read=as_words),
    errors={"IndexError": NO_POINT, "not enough values": NO_POINT,
            "substring not found": NO_POINT},
    fixed=False,
)
