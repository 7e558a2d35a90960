"""The table of *Accumulate gradients*."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter10.accumulation_trial import (
    AccumulationTrial,
    made_batch,
)
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_backward(network: nn.Module, images: Tensor, labels: Tensor, most: int) -> float:
    """The solution, and what the slips change."""
    network.zero_grad()
    total = 0.0
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        loss = F.cross_entropy(network(x), y) * len(y) / len(labels)
        loss.backward()
        total += loss.item()
    return total


WEIGHT = " * len(y) / len(labels)"
ZERO = "network.zero_grad()"
BACK = "loss.backward()"
ADD = "total += loss.item()"
END = "return total"
PARTS = "len(labels.split(most))"
PAIRS = "zip(images.split(most), labels.split(most), strict=True)"
MEAN = "loss.item() * len(labels) / len(y)"              # of one part
LOSS = "loss = F"
NO_ZERO = {ZERO: "pass"}
EACH_ZERO = {**NO_ZERO, LOSS: f"{ZERO}\n        {LOSS}"}


def weighed(words: str, *weights: str) -> Slip:
    """Parts with another weight, in gradient and loss, or in the loss alone."""
    return Slip(words, *[{WEIGHT: weight} for weight in weights],
                *[{ADD: f"total += {MEAN}{weight}"} for weight in weights])


def only(words: str, part: str) -> Slip:
    """Learns from some parts alone, by their sizes or by their means."""
    skip = {LOSS: f"if not ({part}):\n            continue\n        {LOSS}"}
    return Slip(words, skip, {WEIGHT: "", **skip})


KEPT_GRAPHS = (
    "the graphs of several parts are kept: a backward() for each part, within the "
    "loop and without retain_graph; and each part goes through the network once"
)
MODE = (
    "the network's mode is the caller's business, from the first pass to the end: no "
    "eval() and no train() here, not even if it is put back afterwards"
)
SMALLER = "a smaller last part counts, too"
LAST = (
    "only the last micro-batch's gradient is left: zero_grad belongs before the loop"
)
WHOLE = "the whole batch goes through: call the network with one part of it"
TOGETHER = "cut the labels like the images, and keep the pairs together"
CUT_GRAPH = "the graph is cut: no_grad, .item() or .detach() before backward"
LATER = "backward belongs to the loss as a tensor: .item() comes after it"
AS_TENSOR = {"total += loss.item()": "total = total + loss", END: "return total.item()"}

SLIPS = (
    weighed("the mean of the micro-batches' means: a smaller last part must count "
            "less, by its size", f" / {PARTS}"),
    weighed("the losses of the parts are added; the mean over the batch is meant",
            "", " * len(y)"),
    weighed("divide by the number of images in the batch, not by `most`",
            " * len(y) / most"),
    weighed("the last part may be smaller than `most`: count its images",
            " * most / len(labels)"),
    weighed("each micro-batch's mean counts by its size: times len(y), divided by "
            "len(labels)", " / len(labels)"),
    weighed("the number of parts is rounded up, and they are not equal: weigh by size",
            " / max(len(labels) // most, 1)"),
    Slip("gradients from before are still in the sum: zero_grad before the loop",
         NO_ZERO),
    Slip(LAST, EACH_ZERO, {WEIGHT: "", **EACH_ZERO}),
    only("only the first part is learned from", "x[0].equal(images[0])"),
    only(SMALLER, "len(y) == most"),
    Slip("the sign", {LOSS: "loss = -F"}),
    Slip("backward is called twice", {WEIGHT: f"{WEIGHT} * 2"},
         {BACK: f"loss.backward(retain_graph=True); {BACK}"}),
    Slip("there is no gradient: backward() for each part", {BACK: ""},
         {END: f"{ZERO}\n    {END}"}),
    Slip("the gradients are those from before: backward() for each part",
         {**NO_ZERO, BACK: ""}, {**NO_ZERO, PAIRS: "()"}),
    Slip("each part needs its own labels: cut them like the images",
         {PAIRS: "((x, labels[:len(x)]) for x in images.split(most))"}),
    Slip(TOGETHER, {PAIRS: "((x, labels) for x in images.split(most))"}),
    Slip(WHOLE, {PAIRS: "[(images, labels)]"}),
    Slip("`most` is the size of a part: split(n) cuts so, chunk(n) makes n parts",
         {".split(": ".chunk("}),
    Slip("`most` is an argument: no part may be larger",
         *[{"split(most)": f"split({n})"} for n in (2, 4)]),
    Slip("no part may be larger than `most`, not by one image either",
         *[{"split(most)": f"split({size})"} for size in (
             "most + 1", "2 * most", "-(-len(labels) // (len(labels) // most or 1))")]),
    Slip(KEPT_GRAPHS,
         {BACK: "", ADD: "total = total + loss",
          END: "total.backward()\n    return total.item()"},
         {BACK: "loss.backward(retain_graph=True)", **AS_TENSOR},
         {BACK: f"network(x); {BACK}"}),
    Slip(MODE, *[{ZERO: f"was = network.training; {change}; {ZERO}", **back}
                 for change, back in (
        ("network.eval()", {}),
        ("network.train()", {}),
        ("network.eval()", {END: f"network.train(was); {END}"}),
        ("network.train()", {END: f"network.train(was); {END}"}),
        ("network.train(False)", {END: f"network.train(True); {END}"}))]),
    Slip("no step is asked for: the gradients are the result", {
        END: f"[p.data.sub_(p.grad) for p in network.parameters()]; {END}"}),
    Slip(CUT_GRAPH, {"network(x)": "network(x).detach()"}),
    Slip(LATER, {BACK: "loss.item().backward()"}),
    Slip("the losses have their weights already: do not divide their sum again",
         *[{END: f"{END} / {n}"} for n in (PARTS, "len(labels)")]),
    Slip("only the last micro-batch's loss is returned: add them up",
         *[{ADD: f"total = {one}"} for one in ("loss.item()", MEAN)]),
    Slip("return a Python float: .item() gives it; a tensor would keep its graph in "
         "memory", {"loss.item()": "loss"}),
)
ACCUMULATION = Table(
    title="Gradient accumulation",
    usage="my_backward(network, images, labels, most)",
    reference=my_backward,
    cases=tuple(
        Case((count, most, training), f"{count} images, {most} at a time: the "
             f"gradient of the batch's mean{', in eval mode, too' * (not training)}")
        for count, most, training in (
            (10, 4, True), (6, 6, True), (7, 3, False), (5, 8, True), (4, 1, True))
    ),
    slips=SLIPS,
    trial=AccumulationTrial(make=made_batch),
    errors={
        "has no attribute 'backward'": LATER,
        "does not require grad": CUT_GRAPH,
        "backward through the graph a second time": "each part has a graph of its "
        "own, and backward goes through it once",
        "must match": TOGETHER,
        "Expected input batch_size": TOGETHER,
        "shape": "the last part may be smaller than the others",
        "invalid for input of size": "the last part may be smaller than the others",
        "zip()": TOGETHER,
        "unpack": "any number of parts may come: a loop over them",
        "index": "any number of parts may come: a loop over them",
        "ZeroDivision": "a batch may be smaller than `most`: it is one part then",
        "implicitly created only for scalar": "the loss of a part is one number: its "
        "mean",
    },
)
