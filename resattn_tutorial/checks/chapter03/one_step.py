"""The table of *One step of training*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter03.step_bench import make_batch, make_bench
from resattn_tutorial.checks.chapter03.step_signs import (
    EVAL,
    NO_STEP,
    ROUNDED,
    SECOND,
    name_step,
)
from resattn_tutorial.checks.engine import functions
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_function, require_number
from resattn_tutorial.checks.engine.probe import call
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces


def my_step(
    network: nn.Module, images: Tensor, labels: Tensor, optimizer: torch.optim.Optimizer
) -> float:
    """The solution, and what the slips change."""
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def on_a_bench(case: Case) -> tuple:
    """The arguments: a fresh network, the first batch, a fresh optimizer."""
    bench = make_bench()
    images, labels = case.asked[0].clone(), case.asked[1].clone()
    return bench.network, images, labels, bench.optimizer


class StepTrial(FunctionTrial):
    """Two steps on a small network, and what they leave behind."""

    facts = {
        "steps": "the optimizer that is handed over makes one step, after backward",
        "backward": "there is a backward pass through the network",
        "moved": "the parameters make one step down the batch's mean cross-entropy",
        "training": "the network stays in training mode",
        "rate": "the optimizer's learning rate stays",
        "value": "it returns the loss of the batch",
        "forwards": "the batch goes through the network once",
        "second": "a second, smaller batch is learned from as well",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        bench, (first, second) = make_bench(), (case.asked[:2], case.asked[2:])
        inputs = bench.network, *(x.clone() for x in first), bench.optimizer
        came = self.once(report, table, answer, inputs)
        yield "steps", tuple(bench.optimizer.steps)
        yield "backward", bool(bench.backwards)
        yield "moved", bench.moved()
        yield "training", bench.network.training
        yield "rate", bench.optimizer.param_groups[0]["lr"]
        yield "value", require_number(report, came)
        yield "forwards", bench.forwards()
        inputs = bench.network, *second, bench.optimizer
        came = call(report, "a second my_step(…)", answer, *inputs)
        yield "second", (bench.moved(), require_number(report, came))

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        return name_step(found, right, count=6)


ZERO, FORWARD, BACKWARD, STEP, END = (
    "optimizer.zero_grad()", "loss = F.cross_entropy(network(images), labels)",
    "loss.backward()", "optimizer.step()", "return loss.item()",
)
ALL = "\n    ".join((ZERO, FORWARD, BACKWARD, STEP))
MOVES = {"z": ZERO, "f": FORWARD, "b": BACKWARD, "s": STEP,
         "B": "loss.backward(retain_graph=True)"}
LOGITS = "loss = F.cross_entropy(logits, labels)"
LOSS = "F.cross_entropy(network(images), labels)"
AFTER = "this is the loss after the step; the one that was learned from is meant"
EARLY = "step comes before backward: it finds no gradient, or that of the batch before"
STALE = "backward is missing: the step {}"
CUT = "the graph is cut before backward: no_grad, .item(), .detach(), argmax, accuracy"
LABELS = "cross_entropy takes logits (N, classes) and labels (N,) as they come"
RAW = "{} before the loss: cross_entropy takes the raw logits"
SOFTMAX = "softmax before the loss: cross_entropy takes raw logits, one is inside it"
LOG = "the log is missing: nll_loss takes log-probabilities, cross_entropy logits"
SQUARED = "squared error, not cross-entropy"
ONE_HOT = "F.one_hot(labels, 5).float()"


def order(words: str, *moves: str) -> Slip:
    """Other moves: ``z`` zero_grad, ``f`` forward and loss, ``b`` backward, ``s`` step.

    ``B`` is a backward that keeps the graph.
    """
    return Slip(words, *[{ALL: "\n    ".join(MOVES[m] for m in row)} for row in moves])


def loss(words: str, *puts: str) -> Slip:
    """Another loss of the logits ``x``."""
    return Slip(words, *[{LOSS: put.replace("(x", "(network(images)")} for put in puts])


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


SLIPS = (
    order("zero_grad is missing: the gradients of the batch before are added", "fbs"),
    order("zero_grad comes last: what was left before the call still counts", "fbsz"),
    order("zero_grad stands between backward and step: it deletes the gradients",
          "fbzs"),
    order(NO_STEP, "zfb", "f"),
    order(STALE.format("finds no gradient"), "zfs"),
    order(STALE.format("uses the gradients of the batch before"), "fs"),
    order(EARLY, "zfsb", "fsb"),
    order("step is called twice", "zfbss"),
    order("backward is called twice: the gradients add up", "zfBbs"),
    order("two whole steps on one batch; one is asked for", "zfbszfbs"),
    order("two steps on one batch; one is asked for", "zfbsfbs"),
    order("the forward pass runs twice, and batch norm learns twice: keep the logits",
          "zffbs"),
    loss(SOFTMAX, "F.cross_entropy((x).softmax(1), labels)",
         "F.cross_entropy((x).softmax(0), labels)"),
    *[loss(RAW.format(name), f"F.cross_entropy((x).{done}(), labels)")
      for name, done in (("a sigmoid", "sigmoid"), ("a ReLU", "relu"))],
    loss(LOG, "F.nll_loss((x).softmax(1), labels)", "F.nll_loss(x, labels)"),
    loss("the softmax runs over the batch, axis 0; the classes are axis 1",
         "F.nll_loss((x).log_softmax(0), labels)"),
    loss("the sign of the logits", "F.cross_entropy(-1 * (x), labels)"),
    loss("label smoothing: the plain cross-entropy is asked for",
         "F.cross_entropy(x, labels, label_smoothing=0.1)"),
    loss(SQUARED, f"F.mse_loss((x).softmax(1), {ONE_HOT})",
         f"F.mse_loss(x, {ONE_HOT})"),
    loss("binary cross-entropy treats each class alone; cross_entropy is meant",
         f"F.binary_cross_entropy_with_logits(x, {ONE_HOT})"),
    loss("a margin loss, not cross-entropy", "F.multi_margin_loss(x, labels)"),
    loss("only the first image counts", "F.cross_entropy((x)[:1], labels[:1])"),
    loss("only the worst image counts; the mean over the batch is meant",
         "F.cross_entropy(x, labels, reduction='none').max()"),
    loss("a sum over the batch: the mean is meant (cross_entropy's default)",
         "F.cross_entropy(x, labels, reduction='sum')"),
    loss("the loss is divided by the batch size once more; it is a mean already",
         "F.cross_entropy(x, labels) / len(labels)"),
    loss("the sign: the step goes up the loss, not down",
         "-1 * F.cross_entropy(x, labels)"),
    Slip("half of the batch is left out", {
        f"    {ZERO}": "    images, labels = images[:3], labels[:3]\n    " + ZERO}, {
        f"    {ZERO}": "    half = len(labels) // 2\n"
        f"    images, labels = images[:half], labels[:half]\n    {ZERO}"}),
    Slip("the images are changed first: they come ready", *[
        {"network(images)": f"network({put})"} for put in (
            "images / 255", "images - images.mean()",
            "(images - images.mean()) / images.std()", "2 * images - 1")]),
    Slip(EVAL, *[{ZERO: f"network.eval()\n    {ZERO}", END: f"{put}{END}"}
                 for put in ("", "network.train(); ")]),
    end("eval() inside the step: the next step would learn with frozen batch norm",
        f"network.eval(); {END}"),
    end(AFTER, f"return {LOSS}.item()",
        f"network.eval(); loss = {LOSS}; network.train(); {END}"),
    end("a sum over the batch is returned; the mean is meant",
        "return loss.item() * len(labels)", "return loss.item() * 6"),
    end("the mean is divided by the batch size once more",
        "return loss.item() / len(labels)"),
    end("the sign is flipped", "return -loss.item()"),
    end("this is a probability; the loss is meant", "return loss.neg().exp().item()"),
    end(ROUNDED, "return round(loss.item(), 2)"),
    Slip("this is the accuracy; the loss is meant", *[
        {FORWARD: f"logits = network(images)\n    {LOGITS}",
         END: f"return (logits.argmax(1) == labels).{put}.item()"}
        for put in ("float().mean()", "sum()")]),
)
STEPPING = Table(
    title="One step of training",
    usage="my_step(network, images, labels, optimizer)",
    reference=my_step,
    cases=(Case((*make_batch(6, 1), *make_batch(4, 2))),),
    slips=SLIPS,
    trial=StepTrial(make=on_a_bench, may_change=(
        "values", "buffers", "gradients", "mode", "modes")),
    errors={
        "does not require grad": CUT,
        "does not have a grad_fn": CUT,
        "'float' object has no attribute 'backward'": ".item() comes too early: call "
        "backward on the tensor, make a float of it at the end",
        "modified by an inplace operation": "step comes before backward: it changes "
        "the parameters that backward still needs",
        "backward through the graph a second time": "backward is called twice",
        "can be implicitly created only for scalar": "the loss is no single number: "
        "cross_entropy's mean over the batch is meant",
        "not implemented for 'Long'": "the order: cross_entropy(logits, labels)",
        "with class probabilities": LABELS,
        "must match the size of tensor": LABELS,
        "scalar type Long": LABELS,
        "dtype to be Long": LABELS,
        "object is not callable": "something is called that is no function: the "
        "arguments come as (network, images, labels, optimizer), and step() takes none",
        "object has no attribute": "backward belongs to the loss, step and zero_grad "
        "to the optimizer",
        "a second my_step": SECOND,
        **functions.ERRORS,
    },
)
