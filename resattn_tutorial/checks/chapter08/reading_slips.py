"""The usual mistakes in telling how a printed number came about, in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP
from fractions import Fraction
from math import floor
from typing import Any

from resattn_tutorial.checks.chapter08.reading_forms import (
    BILLION,
    DOWN,
    MILLION,
    NEAR,
    Case,
    Reading,
    digits,
    reader,
    right,
)
from resattn_tutorial.checks.chapter08.reading_rules import (
    by_floats,
    by_letters,
    cuts,
    every,
    first,
    judged,
    nearest,
    nearly,
    only,
    rounds,
    shorter,
    tolerant,
)

FORMS: tuple[tuple[str, Reading], ...] = (
    ("truncating is missing: 6.27 without its last digit is 6.2", reader(NEAR)),
    ("rounding is missing: 6.27 is nearer to 6.3 than to 6.2", reader(DOWN)),
    (
        "rounded and truncated are exchanged",
        reader((ROUND_HALF_UP, "truncated"), (ROUND_DOWN, "rounded")),
    ),
    ("the table counts multiply-adds: nothing is doubled", reader(NEAR, DOWN, scale=2)),
    ('where both ways give what is printed the word is "both"', only("rounded")),
    ('where both ways give what is printed the word is "both"', only("truncated")),
    ("what does not fit is left out", every),
    (
        "nothing ever fits: do printed and exact number have the same digits?",
        lambda printed, counts, unit: {},
    ),
    (
        "a fixed answer: it must follow from what is printed",
        lambda printed, counts, unit: {"counted": "rounded"},
    ),
    ("more than one count may fit: go through all of them", first),
    ("the nearest need not fit, and more than one may", nearest),
    (
        "rounding up always, ROUND_UP or ceil, is not rounding",
        reader((ROUND_UP, "rounded"), DOWN),
    ),
    ("a tolerance is no reading: shorten the exact number and compare", tolerant),
    (
        "the printed text says how many digits it has: 7.80 has two, 8 has none",
        by_floats(1),
    ),
    (
        "the printed text says how many digits it has: two is not always right",
        by_floats(2),
    ),
    ("floats: 4.35 * 100 is 434.99999999999994. Stay with whole numbers", by_floats()),
    (
        "int(4.35 * 100) is 434, since floats are not exact. Stay with whole numbers",
        judged(
            rounds, lambda x, text, n: int(float(text) * 10**n) == int(float(x) * 10**n)
        ),
    ),
    (
        'int(float("4.35") * 100) is 434. Stay with whole numbers',
        judged(
            lambda x, text, n: round(float(x) * 10**n) == float(text) * 10**n,
            lambda x, text, n: int(float(x) * 10**n) == int(float(text) * 10**n),
        ),
    ),
    (
        'float("7.80") is 7.8: the zero at the end is lost, so count in the text',
        nearly(shorter),
    ),
    (
        'float("7.80") is 7.8: the zero at the end is lost, so count in the text',
        nearly(lambda printed: str(float(printed))),
    ),
    (
        'float("7.80") is 7.8: count the digits behind the point in the text',
        judged(lambda x, text, n: rounds(x, text, digits(str(float(text)))), cuts),
    ),
    (
        "rounded twice: 0.249999 becomes 0.25 and then 0.3. Round once",
        judged(lambda x, text, n: rounds(round(x, n + 1), text, n), cuts),
    ),
    (
        "rounding is to as many digits as are printed, not to a whole number",
        judged(lambda x, text, n: round(x) == round(float(text)), cuts),
    ),
    (
        "`count // unit` cuts off what is behind the point: multiply first",
        judged(
            lambda x, text, n: floor(x) == float(text),
            lambda x, text, n: floor(x) == float(text),
        ),
    ),
    (
        'digits behind the point: printed.partition(".")[2] is what stands there',
        judged(
            lambda x, text, n: round(x, len(text) - 2) == Fraction(text),
            lambda x, text, n: (
                floor(x * 10 ** (len(text) - 2)) == int(text.replace(".", ""))
            ),
        ),
    ),
    (
        "a tolerance is no rounding: 6.2 is not what 6.27 becomes",
        judged(lambda x, text, n: abs(x - Fraction(text)) < Fraction(1, 10), cuts),
    ),
    (
        "a tolerance is no rounding: 6.2 is not what 6.27 becomes",
        judged(lambda x, text, n: abs(x - Fraction(text)) < Fraction(1, 10**n), cuts),
    ),
    (
        "compare numbers, not letters: 123.0 begins with 12 and is not 12",
        judged(rounds, lambda x, text, n: str(float(x)).startswith(text)),
    ),
    ("compare numbers, not letters: 7.8 and 7.80 are one number", by_letters),
    (
        "the unit is an argument: it is not always 10**9",
        lambda printed, counts, unit: right(printed, counts, BILLION),
    ),
    (
        "the unit is an argument: it is not always 10**6",
        lambda printed, counts, unit: right(printed, counts, MILLION),
    ),
)


def mistake(seen: Sequence[tuple[Case, Any]]) -> str | None:
    """The usual mistake that explains all that an answer said so far."""
    for words, form in FORMS:
        if all(form(*case) == said for case, said in seen):
            return words
    return None
