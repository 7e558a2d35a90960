"""The table of *How small may a map be?*

``poolings`` holds, stage by stage, how often a mask pools. Stage ``k`` sees a map that
the trunk has halved ``k`` times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from resattn_tutorial.checks.chapter07.whole import require_whole
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_smallest_map(poolings: Sequence[int]) -> int:
    """The solution as a formula, and what the slips change."""
    p = list(poolings)
    return max((2**d - 1) * 2**k + 1 for k, d in enumerate(p))


RIGHT = "max((2**d - 1) * 2**k + 1 for k, d in enumerate(p))"
EACH = "(2**d - 1) * 2**k + 1"


def each(*puts: str) -> list[dict[str, str]]:
    """What every stage asks for, otherwise."""
    return [{EACH: put} for put in puts]


def whole(*puts: str) -> list[dict[str, str]]:
    """Another result altogether, worked out from ``p``."""
    return [{RIGHT: put} for put in puts]


def stage_by_stage(
    before: Callable[[int, int], int], backwards: bool = True
) -> Callable[[Sequence[int]], int]:
    """One stage after another: ``before(needed, poolings)`` pixels at each."""
    return lambda poolings: reduce(before, poolings[:: -1 if backwards else 1], 1)


def by_trial(
    halved: Callable[[int], int] = lambda n: (n + 1) // 2, last: int = 2**20
) -> Callable[[Sequence[int]], int | None]:
    """The first size that suffices, where a stage turns ``n`` into ``halved(n)``."""

    def answer(poolings: Sequence[int]) -> int | None:
        for size in range(1, last + 1):
            n, fits = size, True
            for d in poolings:
                fits, n = fits and n >= 2**d, halved(n)
            if fits:
                return size
        return None

    return answer


ROUNDS_UP = (
    "the trunk rounds odd sizes up, so a map of n pixels, halved k times, keeps "
    "n / 2^k rounded up; the smallest n that keeps s of them is (s - 1) * 2^k + 1"
)
COMES_BACK = (
    "the masks stand in different stages; each one halves its own map, and what it "
    "halves comes back"
)
NOT_LAST = (
    "the largest number of poolings need not stand in the last stage: look at each "
    "stage for itself"
)
TOO_SOON = (
    "the first stage keeps the stem's size; the trunk halves before each later one"
)
MASK_SIZE = "a mask halves as {}; d poolings ask for a map of 2^d pixels"
CONTENT = "every stage must be content: take the largest of their sizes, not {}"
OWN = "the number of stages is the list's own"
ENDS = "the search ends too soon: go on until a size is found, however large it is"

SLIPS = (
    Slip(ROUNDS_UP, *each("2 ** (d + k)"), stage_by_stage(
        lambda n, d: max(2 * n, 2**d))),
    Slip("the order: begin with the last stage, whose map is the smallest",
         stage_by_stage(lambda n, d: max(2 * n - 1, 2**d), backwards=False)),
    Slip("round() takes halves to the even side, so 5 becomes 2: sizes are rounded up, "
         "(n + 1) // 2", by_trial(lambda n: round(n / 2))),
    Slip(ENDS, *[by_trial(last=last) for last in (32, 512)]),
    Slip("a map of exactly 2^d pixels is large enough: at least, not more than",
         *each("2**d * 2**k + 1")),
    Slip("a stage without poolings is content with one pixel, no more, no less",
         *each("(2**d - 1) * 2**k + bool(d)", "max(2, (2**d - 1) * 2**k + 1)")),
    Slip("the stage with the most poolings need not be the one that decides: look at "
         "each stage for itself", *whole("(2 ** max(p) - 1) * 2 ** p.index(max(p)) + 1",
                                         "2 ** (max(p) + p.index(max(p)))")),
    Slip(COMES_BACK, *whole("2 ** (sum(p) + len(p) - 1)", "2 ** sum(p)")),
    Slip("one pixel short: with this size a mask still meets a map that is too small",
         *each("(2**d - 1) * 2**k")),
    Slip("only the masks are looked at: the trunk has halved the map once more before "
         "each stage but the first", *each("2**d")),
    Slip(NOT_LAST, *whole("2 ** max(p) * 2 ** (len(p) - 1)",
                          "(2 ** max(p) - 1) * 2 ** (len(p) - 1) + 1")),
    Slip(OWN, {"enumerate(p)": "enumerate(p[:3])"},
         *whole("max((2 ** p[k] - 1) * 2**k + 1 for k in range(3))")),
    Slip("only the first stage is looked at", *whole("2 ** p[0]")),
    Slip("only the last stage is looked at", *whole(
        "(2 ** p[-1] - 1) * 2 ** (len(p) - 1) + 1", "2 ** (p[-1] + len(p) - 1)")),
    Slip(CONTENT.format("the smallest"), {"max(": "min("}),
    Slip(CONTENT.format("their sum"), {"max(": "sum("}),
    Slip(TOO_SOON, *each("(2**d - 1) * 2 ** (k + 1) + 1", "2 ** (d + k + 1)")),
    Slip(MASK_SIZE.format("sizes rounded down: 3 becomes 1, and 1 becomes nothing"),
         *each("(2**d // 2) * 2**k + 1")),
    Slip(MASK_SIZE.format("2 becomes 1: the window of 3 may be cut by the border"),
         *each("(3 * 2 ** (d - 1) - 1 if d else 0) * 2**k + 1")),
    Slip("the smallest map that can still be halved is asked for, not one that ends on "
         "7 x 7", *each("(7 * 2**d - 1) * 2**k + 1")),
    Slip("d poolings halve d times: 2^d, not 2 d and not d",
         *[way for least in ("2 * d", "d", "d + 1", "d**2")
           for way in each(f"({least}) * 2**k", f"max(0, {least} - 1) * 2**k + 1")]),
    Slip("the map behind the stem is asked for, not the image before it",
         *whole(f"4 * {RIGHT} - 1")),
    Slip("one pixel more than is needed", *whole(f"{RIGHT} + 1")),
    Slip("the size need not be a power of two: try one pixel less",
         *whole(f"1 << ({RIGHT} - 1).bit_length()")),
)
CASES = (
    (3, 2, 1),
    (2, 2, 2),
    (0, 0, 3),
    (1, 1, 1, 1),
    (0,),
    (4, 0, 1),
    (0, 1, 0, 2),
    (0, 0, 0),
    (0, 0, 0, 4),
    (0, 0, 0, 0, 0, 5),                             # 993 pixels: no search may end soon
)
SIZES = Table(
    title="The smallest map",
    usage="my_smallest_map(poolings)",
    reference=my_smallest_map,
    cases=tuple(
        Case((list(p),), f"poolings {', '.join(map(str, p))}: {my_smallest_map(p)}")
        for p in CASES
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=require_whole),
    fixed=False,
    errors={
        "object cannot be interpreted": "a division with / gives a float: take //",
        "index out of range": OWN,
        "unpack": OWN,
        "empty": "every list here has at least one stage",
    },
)
