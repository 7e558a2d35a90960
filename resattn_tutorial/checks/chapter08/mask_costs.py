"""The table of *The cost of a mask*."""

from __future__ import annotations

from resattn_tutorial.checks.chapter08.number_rows import RowTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def count_mask(channels: int, size: int, poolings: int) -> tuple[int, int]:
    """The solution, and what the slips change."""
    w = channels // 4
    units, multiply_adds, small = 0, 0, size
    for level in range(1, poolings + 1):
        small //= 2
        here = 2 if level == poolings else 3
        units += here
        multiply_adds += here * 17 * w**2 * small**2
    parameters = units * (17 * w**2 + 12 * w)
    parameters += 2 * (channels**2 + 2 * channels)
    multiply_adds += 2 * channels**2 * size**2
    return parameters, multiply_adds


HERE = "2 if level == poolings else 3"
WORK = "here * 17 * w**2 * small**2"
SMALL = "        small //= 2"
ABOVE = "        above, small = small, small // 2"
TAIL, TAIL_WORK = "2 * (channels**2 + 2 * channels)", "2 * channels**2 * size**2"
UNIT_NORMS, TAIL_NORMS = " + 12 * w", " + 2 * channels)"
END = "return parameters, multiply_adds"
FULL = "the tail comes after the last stretch, at full size"
ONLY = "batch norms are left out: only convolutions have multiply-adds"


def units(words: str, put: str) -> Slip:
    """Other units at a level: everywhere, or in the multiply-adds alone."""
    return Slip(words, {HERE: put}, {"+= here *": f"+= ({put}) *"})


def kernel(words: str, weights: int) -> Slip:
    """Another number of weights in a unit, in squares of its width inside."""
    return Slip(words, {"17 * w**2": f"{weights} * w**2"},
                {"here * 17": f"here * {weights}"})


def tail(words: str, parameters: str, weights: str) -> Slip:
    """Another tail: its parameters, and the weights that work at every pixel."""
    work = {TAIL_WORK: f"{weights} * size**2"}
    return Slip(words, {TAIL: parameters} | work, work)


def norms(words: str, unit: str, behind: str) -> Slip:
    """Other numbers of the batch norms, in the units and in the tail."""
    puts = {UNIT_NORMS: unit, TAIL_NORMS: f"{behind})"}
    return Slip(words, {find: put for find, put in puts.items() if find != put})


def sides(words: str, *ways: dict[str, str]) -> Slip:
    """Other sizes of maps."""
    return Slip(words, *ways)


SLIPS = (
    units("each skip passes through one residual unit, d - 1 in all; they are missing",
          "2"),
    units("the lowest level has no skip: d - 1 units stand in skips, not d", "3"),
    kernel("in a unit, the 3x3 has nine weights for each pair of channels", 9),
    tail("the two 1x1 convolutions of the tail are missing", "0", "0"),
    tail("the tail has two 1x1 convolutions", "(channels**2 + 2 * channels)",
         "channels**2"),
    norms("the batch norms' scales and shifts are missing", "", ""),
    norms("the tail has a batch norm before each of its convolutions", UNIT_NORMS, ""),
    norms("the units have batch norms", "", " + 2 * channels"),
    norms("each batch norm has two numbers a channel, a scale and a shift",
          " + 6 * w", " + channels"),
    norms("running means and variances are not learned", " + 24 * w",
          " + 4 * channels"),
    kernel("a unit has two 1x1 convolutions beside its 3x3", 13),
    kernel("inside, a unit is a quarter as wide as its map", 176),
    kernel("inside, a unit has a quarter of its channels: w = channels // 4", 272),
    Slip("inside, a unit is channels // 4 wide",
         {"w = channels // 4": "w = channels"}, {"channels // 4": "channels // 2"},
         {"w = channels // 4": "w, channels = channels, 4 * channels"}),
    norms("each batch norm of the tail has two numbers a channel, a scale and a shift",
          UNIT_NORMS, " + channels"),
    units("each level has a unit on the way down and one on the way up",
          "1 if level == poolings else 2"),
    units("a level has a unit on the way down, one on the way up, and one in its skip",
          "1"),
    units("the lowest level has two units: one ends the way down, one begins the way "
          "up", "1 if level == poolings else 3"),
    units("the lowest level has two units, not three or four",
          "4 if level == poolings else 3"),
    units("the units are missing", "0"),
    units("there is more than the lowest level", "2 if level == poolings else 0"),
    units("there is more than the highest level", "2 if level == 1 else 0"),
    tail("the tail's 1x1 convolutions are no bottleneck: c * c weights each",
         "2 * (channels * w + 2 * channels)", "2 * channels * w"),
    tail("the tail's 1x1 convolutions take c channels to c",
         "2 * (w * w + 2 * channels)", "2 * w * w"),
    norms("a unit's three batch norms have C, w and w channels: 2 (C + w + w) numbers",
          " + 6 * w", " + 2 * channels"),
    norms("no convolution of a mask has a bias", " + 18 * w", " + 3 * channels"),
    norms("the 1x1 convolutions of the tail have no bias", UNIT_NORMS,
          " + 3 * channels"),
    norms("of a unit's batch norms two have a quarter of the channels", " + 24 * w",
          " + 2 * channels"),
    sides("an odd size halves to the smaller side: 23 pixels become 11, not 12",
          {SMALL: "        small = -(-small // 2)"}),
    sides("the units come after a pooling: their maps are halved",
          {"* small**2": "* size**2"}),
    sides("each pooling comes before its units, not after them",
          {f"{SMALL}\n": "", WORK: f"{WORK}\n{SMALL}"}),
    sides("each level has its own size; not all units stand at the lowest",
          {"* small**2": "* (size >> poolings)**2"}),
    sides("each level has its own size; only the highest is halved once",
          {"* small**2": "* (size >> 1)**2"}),
    sides("each pooling halves the map, it does not quarter its sides",
          {SMALL: "        small //= 4"}),
    sides("a map has a whole number of pixels: halve with // and not with /",
          {SMALL: "        small /= 2"}),
    sides(FULL, {TAIL_WORK: "2 * channels**2 * small**2"},
          {TAIL_WORK: "2 * channels**2 * (size >> 1)**2"}),
    sides("the last stretch leads to the size that came, also to an odd one",
          {TAIL_WORK: "2 * channels**2 * (size // 2 * 2)**2"}),
    sides("a unit on the way up stands before its stretch, on the smaller map",
          {SMALL: ABOVE,
           WORK: "17 * w**2 * ((here - 1) * small**2 + above**2)"}),
    sides("a skip's unit comes after the pooling, on the smaller map",
          {SMALL: ABOVE, WORK: "17 * w**2 * (2 * small**2 + (here - 2) * above**2)"}),
    sides("a map has size * size pixels",
          {"* small**2": "* small", TAIL_WORK: "2 * channels**2 * size"}),
    sides("halve the side, then square it: 23 becomes 11, and 11 * 11 pixels",
          {"0, 0, size": "0, 0, size**2", SMALL: "        small //= 4",
           "* small**2": "* small"}),
    Slip(ONLY, {WORK: "here * (17 * w**2 + 12 * w) * small**2"},
         {WORK: "here * (17 * w**2 + 12 * w) * small**2",
          TAIL_WORK: "(2 * channels**2 + 4 * channels) * size**2"}),
    Slip("the order: return parameters and multiply_adds, in this order",
         {END: "return multiply_adds, parameters"}),
    Slip("a multiplication and its addition count as one multiply-add",
         {END: f"{END} * 2"}),
    Slip("the number itself is asked for, not millions", {END: f"{END} / 1e6"}),
    Slip("the number itself is asked for, not billions", {END: f"{END} / 1e9"}),
    Slip("each weight works at every pixel of its map",
         {END: "return parameters, parameters"}),
    Slip("the units' maps are smaller than the mask",
         {END: "return parameters, parameters * size**2"}),
    *[Slip(f"poolings is an argument: here it is {n}, whatever came",
           {"    w = ": f"    poolings = {n}\n    w = "}) for n in (2, 3)],
)
CASES = ((256, 56, 3), (64, 16, 2), (32, 12, 1), (64, 23, 3), (8, 5, 2), (12, 9, 1))


def fact(case: tuple[int, int, int]) -> str:
    """What holds in a case."""
    words = "count_mask({}, {}, {}): {:,} parameters, {:,} multiply-adds"
    return words.format(*case, *count_mask(*case))


MASKS = Table(
    title="The cost of a mask",
    usage="count_mask(channels, size, poolings)",
    reference=count_mask,
    cases=tuple(Case(case, fact(case)) for case in CASES),
    slips=SLIPS,
    trial=RowTrial(names=("parameters", "multiply_adds")),
    pairs=500,
)
