"""The table of *What a rare class should weigh*."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """The solution, and what the slips change."""
    counts = torch.bincount(labels, minlength=classes)
    return len(labels) / (classes * counts)


def read(report: Report, came: Any) -> Tensor:
    """What came, if it is a tensor."""
    if not isinstance(came, Tensor):
        refuse(report, f"a tensor must come back, got {kind(came)}", RETURNS)
    return came


class WeightsTrial(FunctionTrial):
    """A function that gives one number for each class."""

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        words = super().diagnose(found, right)
        mine, true = found.get("value"), right["value"]
        if words is None and mine is not None and mine.shape != true.shape:
            return NUMBER
        return words


COUNTS, END = (
    "torch.bincount(labels, minlength=classes)",
    "len(labels) / (classes * counts)",
)
RETURNS = "return one tensor: torch.tensor(…) makes it of a list or of an array"
NUMBER = "one weight for each class comes back, in the order of the classes: 0, 1, 2, …"
SCALED = (
    "the scale: the mean is to be 1 over the images, each with the weight of its "
    "class. {}"
)
INVERSE = (
    "a class with half as many images weighs twice as much: the weight is a number "
    "divided by the count. {}"
)
ORDER = "weight k belongs to class k, whatever class comes first or is most frequent"
TYPE = (
    "the loss wants weights of its own type, float32: .float(), or "
    "torch.tensor(…, dtype=torch.float32)"
)


def put(place: str, words: str, *puts: str) -> Slip:
    """Something else stands in one place."""
    return Slip(words, *[{place: one} for one in puts])


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return put(END, words, *puts)


def scaled(words: str, *puts: str) -> Slip:
    """Inverse to the counts, and on another scale."""
    return put(END, SCALED.format(words), *puts)


SLIPS = (
    end("upside down: this grows with the number of images, and a rare class should "
        "weigh more", "counts.float()", "counts", "counts / len(labels)",
        "classes * counts / len(labels)"),
    scaled("1 / counts alone is far smaller", "1 / counts"),
    end("all classes weigh the same here: the rarer, the more is asked for",
        "torch.ones(classes)", "torch.full((classes,), 1 / classes)"),
    scaled("Here the weights sum to 1", "(1 / counts) / (1 / counts).sum()"),
    scaled("Here it is 1 over the classes", "(1 / counts) / (1 / counts).mean()"),
    scaled("Here it is the number of classes", "len(labels) / counts"),
    scaled("Here the largest weight is 1", "counts.min() / counts"),
    scaled("Here the smallest weight is 1", "counts.max() / counts"),
    scaled("The median of the counts gives another one", "counts.median() / counts",
           "counts.float().quantile(0.5) / counts"),
    scaled("Here the weights of all images sum to 1", "1 / (classes * counts)"),
    scaled("Here the weights of the classes sum to the number of images",
           "len(labels) * (1 / counts) / (1 / counts).sum()"),
    scaled("Divide by the mean over images: here it is multiplied in",
           "(1 / counts) * (1 / counts)[labels].mean()"),
    scaled("Here the number of classes stands above", "classes / counts"),
    end("a weight for each image: one for each class is asked for",
        "(len(labels) / (classes * counts))[labels]"),
    put(COUNTS, "every class is counted as one image: counts[labels] += 1 adds 1 to a "
        "class once, however often it stands there. torch.bincount counts",
        "torch.ones(classes)"),
    end("// cuts to whole numbers: divide by /", "len(labels) // (classes * counts)",
        "(len(labels) // (classes * counts)).float()"),
    put(COUNTS, ORDER, "torch.bincount(labels, minlength=classes).sort().values",
        "torch.bincount(labels, minlength=classes).sort(descending=True).values",
        "torch.bincount(labels)[list(dict.fromkeys(labels.tolist()))]",
        "torch.bincount(labels, minlength=classes).flip(0)"),
    put(COUNTS, "classes are numbered from 0: class 0 has images, too, and the last "
        "one is classes - 1",
        "torch.bincount(labels, minlength=classes).roll(-1)",
        "torch.bincount(labels, minlength=classes).roll(1)",
        "torch.bincount(labels, minlength=classes + 1)[1:]",
        "torch.bincount(labels, minlength=classes + 1)[1:].clamp(min=1)",
        "torch.bincount(labels, minlength=classes)[1:]"),
    end("/ and * go from left to right, so this multiplies by the counts: put brackets "
        "around classes * counts", "len(labels) / classes * counts"),
    end("the number of classes is given: the largest label is one less",
        "len(labels) / (labels.max() * counts)"),
    Slip("the number of classes is given, and not always the same",
         {END: "len(labels) / (10 * counts)"}, {END: "len(labels) / (4 * counts)"},
         {COUNTS: "torch.bincount(labels, minlength=10)"},
         {COUNTS: "torch.bincount(labels, minlength=10)",
          END: "len(labels) / (10 * counts)"}),
    end(INVERSE.format("1 minus the share is another thing"),
        "1 - counts / len(labels)",
        "(1 - counts / len(labels)) / (1 - counts / len(labels))[labels].mean()",
        "(1 - counts / len(labels)) / (classes - 1)", "len(labels) - counts"),
    end(INVERSE.format("A logarithm, an exponential or a softmax does not do that"),
        "(len(labels) / counts).log()", "(len(labels) / (classes * counts)).log()",
        "(-counts / len(labels)).exp()", "(-counts.float()).softmax(0)",
        "(-counts / len(labels)).softmax(0)", "(1 / counts).softmax(0)",
        "classes * (1 / counts).softmax(0)", "1 / (1.02 + counts / len(labels)).log()"),
    end(INVERSE.format("The square root gives less"),
        "(len(labels) / (classes * counts)).sqrt()", "counts.float().rsqrt()",
        "counts.float().rsqrt() / counts.float().rsqrt()[labels].mean()",
        "counts.float().rsqrt() / counts.float().rsqrt().mean()",
        "(counts.max() / counts).sqrt()", "(len(labels) / counts).sqrt()"),
    end(INVERSE.format("The square gives more"),
        "(len(labels) / (classes * counts)) ** 2",
        "counts.max() ** 2 / counts ** 2", "counts.float() ** -2 / (counts.float() ** "
        "-2)[labels].mean()"),
    end(INVERSE.format("Here the number of all other images stands above"),
        "(len(labels) - counts) / counts",
        "(len(labels) - counts) / (classes * counts)"),
    end("this is the formula for effective numbers of images (Cui et al.): here the "
        "numbers themselves count",
        *[form.replace("E", f"((1 - {beta}) / (1 - {beta} ** counts))")
          for beta in (0.9, 0.99, 0.999)
          for form in ("E", "classes * E / E.sum()", "E / E[labels].mean()")]),
    put(COUNTS, "no image is to be added: every class has one",
        "torch.bincount(labels, minlength=classes) + 1"),
    put(COUNTS, "the labels of a class are summed: its images are to be counted",
        "torch.bincount(labels, labels.float(), classes)"),
    Slip(TYPE, {COUNTS: f"{COUNTS}.double()"}, {END: f"({END}).half()"}),
    end("one axis is asked for: the shape is (classes,)",
        "(len(labels) / (classes * counts))[:, None]",
        "(len(labels) / (classes * counts))[None]"),
    end("do not round", "(len(labels) / (classes * counts)).round(decimals=1)",
        "(len(labels) / (classes * counts)).round(decimals=2)",
        "(len(labels) / (classes * counts)).round()"),
)


def mixed(first: tuple[int, ...], *counts: int) -> tuple[Tensor, int]:
    """Labels out of order, so many of each class; these come first."""
    begun, classes = torch.tensor(first, dtype=torch.long), len(counts)
    rest = torch.tensor(counts) - begun.bincount(minlength=classes)
    others = torch.arange(classes).repeat_interleave(rest)
    order = torch.randperm(len(others), generator=torch.Generator().manual_seed(1))
    return torch.cat([begun, others[order]]), classes


CLASS_WEIGHTS = Table(
    title="What a rare class should weigh",
    usage="class_weights(labels, classes)",
    reference=class_weights,
    cases=(
        Case(mixed((3, 1, 0, 2), 5, 11, 2, 7),
             "of four classes the rarest weighs most, and over images the mean is 1"),
        Case(mixed((2, 1), 1, 4, 7), "so it is where class 0 has a single image"),
        Case(mixed((1, 4), 3, 3, 3, 3, 3), "where all are equally many, each weighs 1"),
        Case(mixed((), 9, 3), "of two classes, the one with a third as many images "
             "weighs three times as much"),
    ),
    slips=SLIPS,
    trial=WeightsTrial(read=read),
    fixed=False,
    errors={
        "could not infer output dtype": "whole numbers have no mean, nor yes and "
        "no: .float() first",
        "histogram_cpu": "histc wants floats; torch.bincount counts whole numbers",
        "must match the size": "weights has one number for each class, labels one for "
        "each image: weights[labels] has the weight of each image",
        "division by zero": "every class has images: it is counted wrongly here",
    },
    otherwise="work out sum(weights[labels]) / len(labels): it is to be 1; and "
    "weights * counts: it is to be the same for each class",
)
