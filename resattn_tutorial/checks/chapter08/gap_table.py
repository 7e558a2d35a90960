"""The table of *Two tools, one difference*."""

from __future__ import annotations

from itertools import product
from typing import Any

from resattn_tutorial.checks.chapter08.gap_cases import NETWORKS, measured
from resattn_tutorial.checks.chapter08.number_rows import require_real
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import exact
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.cost.op_recorder import Operation


def tool_gap(found: list[Operation]) -> int:
    """The solution, and what the slips change."""
    factors = {"batch norm": 2, "interpolation": 4}
    return sum(
        factors.get(one.kind, 0) * one.written for one in found
    )


def one_sum(report: Report, came: Any) -> int | str:
    """The number that came."""
    return exact(require_real(report, came, "return one number, the sum"))


class GapTable(Table):
    """Its networks are built, and asked by both tools, when a check asks for them."""

    def fact(self, case: Case, name: str) -> str:
        """What both tools said, and what lies between."""
        (words,) = case.asked
        one = measured(words)
        return f"{words}: {one.fvcore:,} - {one.torch:,} = {one.gap:,}"


def operations_of(case: Case) -> tuple[list[Operation]]:
    """A list of its own, for each call."""
    return (list(measured(*case.asked).found),)


def popping(found: list[Operation]) -> int:
    """Takes the list apart."""
    total = 0
    while found:
        total += tool_gap([found.pop()])
    return total


FACTORS = '{"batch norm": 2, "interpolation": 4}'
SUM = """sum(
        factors.get(one.kind, 0) * one.written for one in found
    )"""
FACTOR, WRITTEN = "factors.get(one.kind, 0)", "one.written"
BEGIN = "    factors = {"
NORM = '(one.kind == "batch norm")'
UP = '(one.kind == "interpolation")'
SILENT = ("ReLU", "max pooling", "sum", "product", "sigmoid", "mean")
NAMED = {                                            # factors with words of their own
    (2, 0): "the interpolations are missing",
    (0, 4): "the batch norms are missing",
    (1, 4): "a batch norm counts 2 for each element: one product, one sum",
    (2, 1): "an interpolated value counts 4: it is made of four neighbours",
    (1, 1): "batch norm counts 2 for each element, an interpolation 4",
    (5, 4): "5 for each element is fvcore's count in training mode; here it is 2",
    (4, 2): "batch norm 2 and interpolation 4: they are swapped",
    (-2, -4): "the sign: fvcore's count minus PyTorch's is asked for",
    (0, 0): 'always 0: are the kinds spelled "batch norm" and "interpolation", and '
            "does the return stand after the loop?",
}
OTHERS = (0, 0.5, 1, 2, 3, 4, 5, 6, 8)               # the right factors: 2 and 4
WORK = "sum(one.multiply_adds for one in found)"
AGREE = "in those both tools agree"
PATHS = "go by .kind: names in .path are whatever the author chose"


def factors(norm: float, up: float) -> Slip:
    """Other factors of the two kinds."""
    words = ("the factors are 2 for a batch norm and 4 for an interpolation, not "
             f"{norm:g} and {up:g}")
    return Slip(NAMED.get((norm, up), words), {
        FACTORS: f'{{"batch norm": {norm}, "interpolation": {up}}}'})


def counted(words: str, *kinds: str, factor: int = 1) -> Slip:
    """Kinds that fvcore does not count are counted, too."""
    more = dict.fromkeys(kinds, factor)
    return Slip(words, {FACTORS: f"{FACTORS} | {more}"})


def with_kinds(written: str) -> dict[str, str]:
    """Another size of the operations that count; others may have no shape."""
    return {WRITTEN: written, "in found": "in found if one.kind in factors"}


def result(words: str, *puts: str) -> Slip:
    """Another sum; ``{}`` stands for the right one."""
    return Slip(words, *[{SUM: put.format(SUM)} for put in puts])


SLIPS = (
    *[factors(*two) for two in NAMED],
    Slip("each factor goes with what is written, not with what is read",
         {WRITTEN: "one.read"}),
    Slip("4 for each value that an interpolation puts out, not for each that it reads",
         {WRITTEN: f"(one.read if {UP} else one.written)"}),
    Slip("the operations are counted: add up their sizes, in .written",
         {f" * {WRITTEN}": ""}),
    result(f"the multiply-adds are in it: {AGREE}", f"{WORK} + {{}}"),
    result(f"the multiply-adds alone: {AGREE}", WORK),
    result("fvcore's total minus twice the multiply-adds: count those once",
           f"{{}} - {WORK}"),
    counted("fvcore passes over a ReLU in silence", "ReLU"),
    counted("fvcore does not count ReLUs, poolings, sums, products and sigmoids",
            *SILENT),
    counted("fvcore does not count sums and products of maps", "sum", "product"),
    Slip("fvcore does not count max poolings", *[
        way for factor in (1, 4, 9)
        for way in counted("", "max pooling", factor=factor).ways]),
    counted("fvcore does not count sigmoids", "sigmoid"),
    counted("fvcore does not count this mean", "mean"),
    Slip(PATHS, {FACTOR: f'(2 if "bn" in one.path else 4 * {UP})'}),
    Slip("a set keeps one of several equal operations: go through the list",
         {"in found": "in set(found)"}),
    Slip("a kind occurs many times: add up, do not overwrite",
         {"in found": "in {one.kind: one for one in found}.values()"}),
    Slip("go through the list with for; pop, remove and sort change it", popping),
    Slip("the first one alone is counted: add all of them up",
         {"in found": "in [one for one in found if one.kind in factors][:1]"}),
    Slip("all channels count, not the pixels of one: take .written",
         with_kinds("one.written // (one.shape[0] * one.shape[1])")),
    result("of the operations without multiply-adds fvcore counts two kinds only",
           "sum(one.written for one in found if not one.multiply_adds)"),
    Slip('`kind == "batch norm" or "interpolation"` is always true: use `in`',
         {FACTOR: "2"}),
    Slip("the list holds all images; nothing is to be divided or multiplied",
         with_kinds("one.written / one.shape[0]"),
         with_kinds("one.written * one.shape[0]")),
    result("the sizes of different maps differ: take .written of each operation",
           f"max([2 * {NORM} * one.written for one in found]) + "
           f"max([4 * {UP} * one.written for one in found])"),
    Slip("a kind may be missing from your dictionary, or from a network: "
         ".get(kind, 0)", {FACTOR: "factors[one.kind]"}),
    *[factors(*two) for two in product(OTHERS, repeat=2)
      if two not in NAMED and two != (2, 4) and two[0] != two[1] / 2],
    *[factors(half, 2 * half) for half in OTHERS if half not in (0, 2)],
)
TOOLS = GapTable(
    title="Two tools, one difference",
    usage="tool_gap(found)",
    reference=tool_gap,
    cases=tuple(Case((words,)) for words in NETWORKS),
    slips=SLIPS,
    trial=FunctionTrial(read=one_sum, make=operations_of),
    errors={"KeyError": "a kind may be missing from your dictionary, or from a "
                        "network: .get(kind, 0)"},
    fixed=False,
)
