"""The slips of *Is the gain real?*: changes of the solution in ``gains``."""

from __future__ import annotations

from resattn_tutorial.checks.engine.slips import Slip

WORDS = ("real", "a loss", "not shown")
GAINS, END = "theirs - ours", "return word, low, high"
MIDDLE, SPREAD, ROOT = "gains.mean().item()", "gains.std().item()", "len(gains) ** 0.5"
REACH = f"t * {SPREAD} / {ROOT}"
ENDS = "low, high = middle - reach, middle + reach"
REAL, LOSS = "if low > 0:", "elif high < 0:"
UNPAIRED = (
    "the two ways are taken as if they had nothing in common, but each seed's wardrobe "
    "is the same for both: subtract seed by seed, and take the deviation of the "
    "differences"
)


def put(place: str, words: str, *puts: str) -> Slip:
    """Something else stands in one place."""
    return Slip(words, *[{place: one} for one in puts])


def reach(words: str, *forms: str) -> Slip:
    """Another half of the interval."""
    return put(REACH, words, *forms)


def swapped(one: str, other: str) -> dict[str, str]:
    """Two words, each in the other's place; changes are made one after another."""
    return {f'"{one}"': '"?"', f'"{other}"': f'"{one}"', '"?"': f'"{other}"'}


def own(arm: str, sign: str) -> str:
    """One end of the interval of one way alone."""
    return f"({arm}.mean() {sign} t * {arm}.std() / len({arm}) ** 0.5)"


GAIN = (
    put(GAINS, "the direction: these are errors, and ours is better where it is lower. "
        "theirs - ours is the gain", "ours - theirs"),
    put(GAINS, "the sign of a gain counts; do not take absolute values",
        "(theirs - ours).abs()"),
    put(GAINS, "the gain is a difference of errors, not a ratio",
        "(theirs - ours) / theirs", "(theirs - ours) / ours", "theirs / ours",
        "ours / theirs"),
    put(GAINS, "sorted errors are no pairs any more: what belongs together has the "
        "same place in both", "theirs.sort().values - ours.sort().values"),
    put(GAINS, "each seed has one gain: theirs and ours of the same seed, and not each "
        "one with every other", "(theirs[:, None] - ours[None]).flatten()"),
    put(GAINS, "only the first three seeds are counted: take all of them",
        "(theirs - ours)[:3]"),
    put(GAINS, "shares are asked for, as they came: no factor 100",
        "100 * (theirs - ours)"),
    put(MIDDLE, "the median of the gains; their mean is asked for",
        "gains.median().item()"),
    put(MIDDLE, "the gains are summed: divide by their number, n, for the mean",
        "gains.sum().item()", "gains.sum().item() / (len(gains) - 1)"),
    put(MIDDLE, "the interval lies about the mean of the gains, not about 0", "0.0"),
)
HALF = (
    reach(UNPAIRED,
          "t * ((ours.var() + theirs.var()) / len(gains)).item() ** 0.5",
          "t * ((ours.var() + theirs.var()) / 2).item() ** 0.5 / len(gains) ** 0.5",
          "t * (ours.std() + theirs.std()).item() / len(gains) ** 0.5"),
    reach("the deviation of the differences is not the difference of the deviations",
          "t * (theirs.std() - ours.std()).abs().item() / len(gains) ** 0.5",
          "t * (theirs.std() - ours.std()).item() / len(gains) ** 0.5"),
    reach("the deviation is that of the gains, not of one way alone",
          "t * ours.std().item() / len(gains) ** 0.5",
          "t * theirs.std().item() / len(gains) ** 0.5"),
    reach("the deviation is that of the gains, not of all errors together",
          "t * torch.cat([ours, theirs]).std().item() / len(gains) ** 0.5",
          "t * torch.cat([ours, theirs]).std().item() / (2 * len(gains)) ** 0.5"),
    Slip("the deviation of the gains is taken as it is; that of their mean is "
         "smaller, by the root of their number", {f" / {ROOT}": ""}),
    put(ROOT, "divide by the root of the number of seeds, not by the number",
        "len(gains)"),
    put(ROOT, "n - 1 stands in the deviation already; the root is that of n",
        "(len(gains) - 1) ** 0.5"),
    put(ROOT, "** goes before /: n ** 1 / 2 is half of n. The root is n ** 0.5",
        "(2 * len(gains))", "(len(gains) / 2)"),
    put(f"/ {ROOT}", "the mean of more seeds varies less: divide by the root of their "
        "number", f"* {ROOT}"),
    put(ROOT, "the number of seeds is fixed in the code: len(gains) says how many came",
        "3 ** 0.5", "5 ** 0.5"),
    put(SPREAD, "the deviation has n - 1 in its denominator, as torch's std() has. "
        "With three seeds that matters: correction=0 makes the interval a fifth too "
        "narrow", "gains.std(correction=0).item()"),
    put(SPREAD, "the deviation is how far the gains lie from their mean, not from 0",
        "gains.square().mean().item() ** 0.5",
        "(gains.square().sum().item() / (len(gains) - 1)) ** 0.5"),
    put(SPREAD, "the mean absolute deviation; the root of the mean square, with n - 1, "
        "is asked for", "(gains - gains.mean()).abs().mean().item()"),
    put(SPREAD, "the variance is not the deviation: take its root",
        "gains.var().item()", "gains.var(correction=0).item()"),
    reach("1.96 is for many seeds: with few the deviation itself is uncertain, and t "
          "is given for that", f"1.96 * {SPREAD} / {ROOT}", f"2 * {SPREAD} / {ROOT}"),
    reach("t is missing: one standard error to each side", f"{SPREAD} / {ROOT}"),
    reach("t standard errors to each side: this interval is half as wide",
          f"t / 2 * {SPREAD} / {ROOT}"),
    reach("t standard errors to each side: this interval is twice as wide",
          f"2 * t * {SPREAD} / {ROOT}"),
    reach("t is given, and not the same for every number of seeds",
          *[f"{one} * {SPREAD} / {ROOT}" for one in (4.303, 4.3, 12.706, 2.776)]),
    put(ENDS, "the range of the gains grows with the number of seeds: it is no "
        "interval of the mean", "low, high = gains.min().item(), gains.max().item()"),
    put(ENDS, "the lower end is the mean minus the half-width; this one is turned "
        "round", "low, high = reach - middle, reach + middle"),
    put(ENDS, "an end may lie below zero: do not cut it",
        "low, high = max(middle - reach, 0.0), middle + reach",
        "low, high = max(middle - reach, 0.0), max(middle + reach, 0.0)"),
)
ANSWER = (
    put(END, "an end may lie below zero: do not cut it",
        "return word, max(low, 0.0), high",
        "return word, max(low, 0.0), max(high, 0.0)"),
    put(END, "shares are asked for, as they came: no factor 100",
        "return word, 100 * low, 100 * high"),
    put(END, "the order: low comes first, then high", "return word, high, low"),
    put(END, "the word is right, but these are the ends of ours - theirs",
        "return word, -high, -low"),
    put(END, "return the two ends: the mean minus and plus the half-width",
        "return word, middle, reach", "return word, -reach, reach"),
    put(END, "do not round", "return word, round(low, 2), round(high, 2)",
        "return word, round(low, 3), round(high, 3)",
        "return word, round(low, 4), round(high, 4)"),
    Slip("the mean alone decides nothing: the whole interval must lie on one side",
         {REAL: "if middle > 0:", LOSS: "elif middle < 0:"},
         {REAL: "if middle > 0:"}, {LOSS: "elif middle < 0:"}),
    put(REAL, "one end above 0 is not enough: the whole interval must lie above it",
        "if high > 0:"),
    Slip("the edge: an interval that ends at 0 holds 0, and shows nothing",
         {REAL: "if low >= 0:", LOSS: "elif high <= 0:"},
         {LOSS: "elif high <= 0:"}),
    Slip("that every seed has a gain is no interval: three coins fall alike one time "
         "in four", {REAL: "if bool((gains > 0).all()):"},
         {REAL: "if bool((gains > 0).all()):", LOSS: "elif bool((gains < 0).all()):"}),
    Slip("whether the ways' own intervals overlap is another question: the interval "
         "of the gains decides",
         {REAL: f"if {own('ours', '+')} < {own('theirs', '-')}:",
          LOSS: f"elif {own('theirs', '+')} < {own('ours', '-')}:"}),
    Slip("the interval that is returned decides the word, with its t",
         *[{REAL: f"if middle > {reached}:", LOSS: f"elif middle < -{reached}:"}
           for reached in ("1.96 * reach / t", "2 * reach")]),
    Slip("a gain whose whole interval lies above 0 is real, however small: 0 is the "
         "only bound, and nothing is rounded first",
         {REAL: "if round(low, 2) > 0:", LOSS: "elif round(high, 2) < 0:"}),
    Slip("two of the words are swapped", swapped("real", "a loss"),
         swapped("a loss", "not shown"), swapped("real", "not shown")),
    put(LOSS, "a second `if` begins anew, and its else also takes what was real: elif",
        "if high < 0:"),
    Slip("a loss is a result as well: the whole interval lies below 0",
         {LOSS: "elif False:"}, {REAL: "if low > 0 or high < 0:"}),
    Slip("the word is the same whatever comes", {REAL: "if True:"},
         {REAL: "if False:", LOSS: "elif False:"}),
    Slip("that nothing is shown is a result as well: where 0 lies in the interval, "
         "neither way can be said to be better",
         {"    else:\n        word = \"not shown\"": "    else:\n        word = "
          "\"a loss\""}, {LOSS: "elif low < 0:"}),
)
SLIPS = (*GAIN, *HALF, *ANSWER)
