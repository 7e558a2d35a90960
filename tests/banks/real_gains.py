"""Answers to *Is the gain real?*."""

from __future__ import annotations

import math
import statistics

import numpy as np
import torch

from tests.banks import Answer

NAME = "real_gain"


def plainly(ours, theirs, t):
    gains = theirs - ours
    mean = gains.mean().item()
    reach = t * gains.std().item() / math.sqrt(len(gains))
    if mean > reach:
        return "real", mean - reach, mean + reach
    if mean < -reach:
        return "a loss", mean - reach, mean + reach
    return "not shown", mean - reach, mean + reach


def with_statistics(ours, theirs, t):
    gains = [b - a for a, b in zip(ours.tolist(), theirs.tolist(), strict=True)]
    mean = statistics.fmean(gains)
    reach = t * statistics.stdev(gains) / math.sqrt(len(gains))
    ends = (mean - reach, mean + reach)
    word = "real" if min(ends) > 0 else "a loss" if max(ends) < 0 else "not shown"
    return (word, *ends)


def with_numpy(ours, theirs, t):
    gains = np.subtract(theirs.numpy(), ours.numpy())
    reach = t * gains.std(ddof=1) / np.sqrt(gains.size)
    low, high = gains.mean() - reach, gains.mean() + reach
    signs = np.sign(low) + np.sign(high)
    return {2: "real", -2: "a loss"}.get(signs, "not shown"), low, high


def by_loops(ours, theirs, t):
    """In a list at its end."""
    n, total, squares = len(ours), 0.0, 0.0
    for i in range(n):
        total += float(theirs[i]) - float(ours[i])
    for i in range(n):
        squares += (float(theirs[i]) - float(ours[i]) - total / n) ** 2
    error = (squares / (n - 1) / n) ** 0.5
    low, high = total / n - t * error, total / n + t * error
    word = "not shown"
    if low > 0:
        word = "real"
    elif high < 0:
        word = "a loss"
    return [word, low, high]


def by_covariance(ours, theirs, t):
    """Var(b - a) = Var(a) + Var(b) - 2 Cov(a, b)."""
    both = torch.stack([ours, theirs]).double()
    table = torch.cov(both)
    variance = (table[0, 0] + table[1, 1] - 2 * table[0, 1]).clamp(min=0)
    mean = both[1].mean() - both[0].mean()
    reach = t * (variance / both.shape[1]).sqrt()
    low, high = (mean - reach).item(), (mean + reach).item()
    return ("real" if low > 0 else "a loss" if high < 0 else "not shown"), low, high


def by_squares(ours, theirs, t):
    gains = (theirs - ours).double()
    n, mean = gains.numel(), gains.mean().item()
    squares = torch.einsum("i,i->", gains, gains).item() - n * mean ** 2
    reach = t * math.sqrt(squares / (n - 1) / n)
    word = "not shown" if abs(mean) <= reach else "real" if mean > 0 else "a loss"
    return word, mean - reach, mean + reach


def turned_round(ours, theirs, t):
    """Ours minus theirs, in float32; its ends change places and signs."""
    std, mean = torch.std_mean(ours.float() - theirs.float())
    reach = t * std / torch.tensor(float(len(ours))).sqrt()
    low, high = float(-mean - reach), float(reach - mean)
    if low <= 0 <= high:
        return "not shown", low, high
    return "real" if low > 0 else "a loss", low, high


def two_ends(ours, theirs, t):
    gains = theirs.sub(ours)
    signs = torch.tensor([-1.0, 1.0])
    ends = gains.mean() + signs * t * gains.var().div(len(gains)).sqrt()
    word = "real" if (ends > 0).all() else "a loss" if (ends < 0).all() else "not shown"
    return word, *ends.tolist()


RIGHT = [
    Answer(NAME, "plainly", plainly),
    Answer(NAME, "with statistics", with_statistics),
    Answer(NAME, "with NumPy", with_numpy),
    Answer(NAME, "by loops", by_loops),
    Answer(NAME, "by the covariance", by_covariance),
    Answer(NAME, "by sums of squares", by_squares),
    Answer(NAME, "turned round, in float32", turned_round),
    Answer(NAME, "two ends at once", two_ends),
]


def word_for(low, high):
    return "real" if low > 0 else "a loss" if high < 0 else "not shown"


def ended(middle, reach):
    low, high = float(middle - reach), float(middle + reach)
    return word_for(low, high), low, high


def ending(end):
    """What is right but for its end, which gets a word, low and high."""
    return lambda ours, theirs, t: end(*plainly(ours, theirs, t))


def said(word):
    """Another word, from both ends."""
    return ending(lambda right, low, high: (word(low, high), low, high))


def shouted(low, high):
    return word_for(low, high).title()


def cut_short(low, high):
    return word_for(low, high).split()[-1]


def otherwise_named(low, high):
    return "a gain" if low > 0 else "not shown"


def for_each(low, high):
    return [word_for(low, high)] * 3


def sign_of_the_mean(low, high):
    return "real" if low + high > 0 else "a loss"


def at_least_two_points(low, high):
    return "real" if low + high > 0.04 else "a loss" if high < 0 else "not shown"


def far_below(low, high):
    return "a loss" if low < -0.15 else word_for(low, high)


def unset(low, high):
    if low > 0:
        word = "real"
    if high < 0:
        word = "a loss"
    return word


def in_place(ours, theirs, t):
    theirs -= ours
    return ended(theirs.mean(), t * theirs.std() / len(ours) ** 0.5)


def both_ways_unsure(ours, theirs, t):
    reach = t * (ours.var() + theirs.var()).sqrt() / len(ours) ** 0.5
    return ended(ours.mean() - theirs.mean(), reach)


def turned_and_wide(ours, theirs, t):
    gains = ours - theirs
    return ended(gains.mean(), t * gains.std())


def narrow_and_wide(ours, theirs, t):
    gains = theirs - ours
    return ended(gains.mean(), t * gains.std(correction=0))


def median_and_narrow(ours, theirs, t):
    gains = theirs - ours
    return ended(gains.median(), t * gains.std(correction=0) / len(gains) ** 0.5)


def not_averaged(ours, theirs, t):
    gains = theirs - ours
    reach = t * gains.std() / len(gains) ** 0.5
    return "real", gains - reach, gains + reach


def t_in_a_list(ours, theirs, t):
    gains = theirs - ours
    return ended(gains.mean(), t[len(gains)] * gains.std() / len(gains) ** 0.5)


def item_twice(ours, theirs, t):
    gains = (theirs - ours).mean().item()
    return ended(gains.mean().item(), t * gains.std().item())


def by_the_score(ours, theirs, t):
    gains = (theirs - ours).tolist()
    error = statistics.stdev(gains) / len(gains) ** 0.5
    mean = statistics.fmean(gains)
    score = mean / error
    word = "real" if score > t else "a loss" if score < -t else "not shown"
    return word, mean - t * error, mean + t * error


def one_seed(ours, theirs, t):
    gains = theirs - ours
    return ended(gains[-1], t * gains.std() / len(gains) ** 0.5)


RETURN, WORDS = "the last line is `return word, low, high`", "real, a loss, not shown"
WRONG = [
    Answer(NAME, "tensors", ending(lambda w, *x: (w, *torch.tensor(x))), ".item()"),
    Answer(NAME, "one tensor", ending(lambda w, *x: (w, torch.tensor(x))), RETURN),
    Answer(NAME, "an interval for each seed", not_averaged, "of the mean gain"),
    Answer(NAME, "texts", ending(lambda w, *x: (w, *map(str, x))), RETURN),
    Answer(NAME, "the word last", ending(lambda w, *x: (*x, w)), RETURN),
    Answer(NAME, "a pair in a pair", ending(lambda w, *x: (w, x)), RETURN),
    Answer(NAME, "the word alone", ending(lambda w, *x: w), RETURN),
    Answer(NAME, "the ends alone", ending(lambda w, *x: x), RETURN),
    Answer(NAME, "the width", ending(lambda w, a, b: (w, b - a)), RETURN),
    Answer(NAME, "the mean, too", ending(lambda w, *x: (w, *x, sum(x) / 2)), RETURN),
    Answer(NAME, "a dictionary", ending(lambda w, *x: {w: x}), RETURN),
    Answer(NAME, "a sentence", ending(lambda w, a, b: f"{w}: {a} to {b}"), RETURN),
    Answer(NAME, "printed", ending(lambda w, *x: print(w, *x)), RETURN),
    Answer(NAME, "capital letters", said(shouted), WORDS),
    Answer(NAME, "loss", said(cut_short), WORDS),
    Answer(NAME, "a gain", said(otherwise_named), WORDS),
    Answer(NAME, "yes and no", said(lambda low, high: low > 0), WORDS),
    Answer(NAME, "a word for each", said(for_each), WORDS),
    Answer(NAME, "the mean's sign", said(sign_of_the_mean), "the mean alone decides"),
    Answer(NAME, "two points", said(at_least_two_points), "the mean alone decides"),
    Answer(NAME, "far below 0", said(far_below), "the interval is right, but the word"),
    Answer(NAME, "no third word", said(unset), "no word was set"),
    Answer(NAME, "in place", in_place, "in-place"),
    Answer(NAME, "turned, and unpaired", both_ways_unsure,
           "lower. theirs - ours is the gain; and the two ways are taken"),
    Answer(NAME, "turned, and no root", turned_and_wide, "gain; and the deviation of"),
    Answer(NAME, "n, and no root", narrow_and_wide, "two things"),
    Answer(NAME, "the median, and n", median_and_narrow, "two things: the median"),
    Answer(NAME, "a list of t", t_in_a_list, "t is one number"),
    Answer(NAME, "item, twice", item_twice, "called twice"),
    Answer(NAME, "over a deviation of 0", by_the_score, "gains that are all the same"),
    Answer(NAME, "one seed's gain", one_seed, None),
    Answer(NAME, "t squared", lambda a, b, t: plainly(a, b, t * t), None),
]
