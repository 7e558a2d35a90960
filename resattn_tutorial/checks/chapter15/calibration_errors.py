"""The table of *How far confidence is from being right*."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_number
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def calibration_error(confidences: Tensor, right: Tensor, bins: int) -> float:
    """The solution, and what the slips change."""
    error = 0.0
    for b in range(bins):
        inside = (confidences > b / bins) & (confidences <= (b + 1) / bins)
        if inside.any():
            confidence = confidences[inside].mean()
            accuracy = right[inside].float().mean()
            weight = inside.float().mean()
            error += (weight * (confidence - accuracy).abs()).item()
    return error


def read(report: Report, came: Any) -> dict[str, float]:
    """A number; under a name, since so exact a one is not alike by chance."""
    return {"the error": require_number(report, came)}


START, LOOP = "error = 0.0", "range(bins)"
LOWER, UPPER = "confidences > b / bins", "confidences <= (b + 1) / bins"
INSIDE = f"({LOWER}) & ({UPPER})"
GUARD = "inside.any()"
CONFIDENCE, ACCURACY = "confidences[inside].mean()", "right[inside].float().mean()"
WEIGHT, GAP = "inside.float().mean()", "(confidence - accuracy).abs()"
SUM = f"error += (weight * {GAP}).item()"
END = "    return error"
FROM_BELOW = {LOWER: "confidences >= b / bins", UPPER: "confidences < (b + 1) / bins"}
CANCEL = (
    "too sure in one bin and too unsure in another must not cancel: take the absolute "
    "value in each bin, before they are added"
)
EDGE = "an edge belongs to the bin below it: above b / bins, up to (b + 1) / bins"
TWO_BINS = "an edge belongs to one bin: above b / bins, up to and with (b + 1) / bins"
EMPTY = "a bin without images has no mean (nan) and no weight: leave it out"
WEIGH = (
    "each bin weighs by its share of all images; here a bin with few weighs as much as "
    "one with many"
)
MEANS = "confidence and share right are means over the images of this bin alone"
BRACKETS = (
    "& binds more tightly than a comparison: put each one in brackets, (a > b) & "
    "(a <= c)"
)
LAST = (
    "the last bin is number bins - 1, and a confidence of 1.0 belongs to it, as every "
    "upper edge belongs to its bin"
)


def put(place: str, words: str, *puts: str) -> Slip:
    """Something else stands in one place."""
    return Slip(words, *[{place: one} for one in puts])


SLIPS = (
    Slip(CANCEL, {GAP: "(confidence - accuracy)"}, {GAP: "(accuracy - confidence)"},
         {GAP: "(confidence - accuracy)", END: "    return abs(error)"}),
    put(GAP, "this is each image's own distance, and an image is only right or wrong: "
        "first the two means of a bin, then the distance between them",
        "(confidences[inside] - right[inside].float()).abs().mean()"),
    put(WEIGHT, WEIGH, "1 / bins", "1",
        "1 / len((confidences * bins).ceil().unique())"),
    put(GUARD, EMPTY, "True"),
    put(GUARD, "the first bin without images ends the loop here: pass over it, and go "
        "on", "not inside.any():\n            break\n        if True"),
    put(CONFIDENCE, "a bin's confidence is the mean over its images, not the bin's "
        "middle or edge", "(b + 0.5) / bins", "(b + 1) / bins", "b / bins"),
    Slip(EDGE, {**FROM_BELOW, UPPER: f"{FROM_BELOW[UPPER]} + (b + 1 == bins)"},
         {**FROM_BELOW, LOOP: "range(bins + 1)"}),
    Slip("a confidence of 1.0 is in no bin, and an edge belongs to the bin below it: "
         "above b / bins, up to (b + 1) / bins", FROM_BELOW),
    Slip(TWO_BINS, {LOWER: FROM_BELOW[LOWER]}, {UPPER: FROM_BELOW[UPPER]}),
    Slip("the largest distance comes back (the maximum calibration error): the mean is "
         "asked for, weighted by images", {SUM: f"error = max(error, {GAP}.item())"},
         {SUM: f"error = max(error, (weight * {GAP}).item())"}),
    put(WEIGHT, "the shares of the bins add up to 1 already: do not divide by the "
        "number of bins again", "inside.float().mean() / bins",
        "inside.float().mean() / len((confidences * bins).ceil().unique())"),
    put(WEIGHT, "the numbers of images are not divided by that of all: a bin's weight "
        "is its share", "inside.sum()", "inside.sum() / bins"),
    put(WEIGHT, "a bin weighs by how many images it has, right or wrong, sure or not",
        "confidences[inside].sum() / confidences.sum()",
        "right[inside].sum() / right.sum()"),
    put(END, "per cent comes back: a number from 0 to 1 is asked for",
        "    return 100 * error", "    return round(100 * error, 2)"),
    Slip("the distance is squared: its absolute value is asked for",
         {GAP: "(confidence - accuracy) ** 2"},
         {GAP: "(confidence - accuracy) ** 2", END: "    return error ** 0.5"}),
    put(END, "this is a score of single images, without bins: the Brier score, or the "
        "logarithm. The two means of each bin are to be compared",
        "    return ((confidences - right.float()) ** 2).mean().item()",
        "    return -torch.where(right, confidences, 1 - confidences).log().mean()"
        ".item()"),
    Slip("the number of bins is given, and not always the same",
         *[{START: f"error, bins = 0.0, {number}"} for number in (15, 10)],
         *[{LOWER: f"confidences > b / {number}",
            UPPER: f"confidences <= (b + 1) / {number}"} for number in (15, 10)]),
    put(START, "the number of bins is one off: n bins have n + 1 edges, 0 and 1 among "
        "them", "error, bins = 0.0, bins - 1", "error, bins = 0.0, bins + 1"),
    put(LOOP, "a bin is left out, the first or the last: they are numbered from 0 to "
        "bins - 1", "range(bins - 1)", "range(1, bins)"),
    put(GUARD, "a bin with a single image counts, too", "inside.sum() > 1"),
    put(INSIDE, "the bins have the same number of images here: the same width is asked "
        "for, from 0 to 1",
        "confidences.argsort().argsort() * bins // len(confidences) == b",
        "torch.arange(len(confidences)) * bins // len(confidences) == b"),
    Slip("the bins reach from 0 to 1, wherever the confidences lie",
         *[{START: f"error, edges = 0.0, torch.linspace({low}, {high}, bins + 1)",
            INSIDE: "(confidences > edges[b]) & (confidences <= edges[b + 1])"}
           for low, high in (("confidences.min().item()", "confidences.max().item()"),
                             ("confidences.min().item() - 1e-6",
                              "confidences.max().item()"), ("0.5", "1"))]),
    put(INSIDE, "a bin reaches from one edge to the next: here each holds also all "
        "images below it, or above", UPPER, LOWER),
    put(INSIDE, "| asks that one of the two comparisons holds, so all images are in "
        "each bin: & asks for both", f"({LOWER}) | ({UPPER})"),
    put(INSIDE, "the nearest whole number moves a bin by half of its width: ceil finds "
        "the upper edge, and that of bin b is b + 1",
        "(confidences * bins).round().clamp(max=bins - 1) == b",
        "(confidences * bins).round() == b", "(confidences * bins).round() - 1 == b"),
    put(ACCURACY, "this is the share that is wrong: the share that is right is asked "
        "for", "(~right[inside]).float().mean()"),
    put(ACCURACY, "the number that is right is divided by that of the bin's images, "
        "not of all, or of all that are right", "right[inside].sum() / len(right)",
        "right[inside].sum() / right.sum()"),
    put(CONFIDENCE, "the confidence of all the bin's images counts, not that of the "
        "right ones alone", "confidences[inside & right].sum() / right[inside].sum()"
        ".clamp(min=1)", "confidences[inside & right].sum() / inside.sum()"),
    put(CONFIDENCE, "the mean confidence of a bin is asked for, not a median, a "
        "highest or a lowest one", *[f"confidences[inside].{one}()" for one in (
            "median", "max", "min")]),
    Slip(MEANS, {CONFIDENCE: "confidences.mean()"},
         {ACCURACY: "right.float().mean()"}),
    put(END, "this is the share that is right, or the mean confidence: the distance "
        "of the two is asked for, bin by bin", "    return right.float().mean().item()",
        "    return confidences.mean().item()"),
    put(GAP, "only bins in which the network is too sure count here, or too unsure: "
        "both do", "(confidence - accuracy).clamp(min=0)",
        "(accuracy - confidence).clamp(min=0)"),
    put(END, "only the first bin comes back: return stands inside the loop",
        "        return error"),
    put("error +=", "a later bin takes the place of those before: add it to them, +=",
        "error ="),
    put(END, "one minus the error comes back: the error is asked for",
        "    return 1 - error"),
    put(END, "do not round", *[f"    return round(error, {n})" for n in (2, 3, 4)]),
)


def asked(bins: int, right: str, *confidences: float) -> tuple[Tensor, Tensor, int]:
    """Images by their confidences, and a letter for each: right or wrong, r or w."""
    answers = torch.tensor([letter == "r" for letter in right])
    return torch.tensor(confidences), answers, bins


def many(count: int, bins: int) -> tuple[Tensor, Tensor, int]:
    """Images of a network that is too sure; no confidence lies on an edge."""
    draw = torch.Generator().manual_seed(count)
    sure = 1 - 0.9 * torch.rand(count, generator=draw) ** 2
    places = (sure * bins).floor().clamp(max=bins - 1)
    sure = (places + 0.1 + 0.8 * (sure * bins - places)) / bins
    return sure, torch.rand(count, generator=draw) < 0.85 * sure**1.5, bins


FIVE = (0.913, 0.314, 0.492, 0.968, 0.137, 0.708, 0.271, 0.863, 0.579, 0.942, 0.526,
        0.633, 0.357, 0.884, 0.445)
EIGHT = (0.953, 0.562, 0.991, 0.424, 0.913, 0.982, 0.604, 0.931, 0.477, 0.902)
EDGES = (0.5, 1.0, 0.75, 0.25, 0.61, 1.0, 0.41, 0.82, 0.91, 0.5, 0.33, 0.72, 0.11, 0.5)
CALIBRATION_ERROR = Table(
    title="How far confidence is from being right",
    usage="calibration_error(confidences, right, bins)",
    reference=calibration_error,
    cases=(
        Case(asked(5, "rrwwrrwrwrrrrrw", *FIVE),
             "each of five bins counts by its distance and its share of images"),
        Case(asked(8, "rrwwrwrwrr", *EIGHT), "a bin without images counts nothing",
             look=EMPTY),
        Case(asked(4, "rrrwwwrrrrwrwr", *EDGES),
             "an edge belongs to the bin below it, and 1.0 to the last bin",
             look=f"{EDGE}. So 1.0 is in the last one"),
        Case(asked(1, "rrwrr", 0.7, 0.5, 0.9, 0.8, 0.65),
             "with one bin it is the distance of the two means"),
        Case(many(150, 15), "so it is with 150 images in fifteen bins"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read),
    fixed=False,
    errors={
        "with a bool tensor is not supported": "yes and no cannot be subtracted: "
        "right.float() makes 1 and 0 of them",
        "could not infer output dtype": "yes and no have no mean: right.float() makes "
        "1 and 0 of them",
        "value of Tensor with more than one": "`and`, `if` and a chain of `<` ask for "
        "one yes or no: join whole tensors by &, each comparison in brackets",
        "for &": BRACKETS,
        "bitwise_and": BRACKETS,
        "index out of range": LAST,
        "is out of bounds": LAST,
        "division by zero": EMPTY,
        "requires at least one": EMPTY,
        "must match the size": "all three means are of the same images: index "
        "confidences and right by the same `inside`",
    },
    otherwise="print for each bin how many images it holds, their mean confidence and "
    "the share that is right; then compare by hand",
)
