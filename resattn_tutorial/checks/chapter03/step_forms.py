"""Usual mistakes in a training step, played on the check's small network."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter03.step_bench import (
    CLASSES,
    Bench,
    Loss,
    make_bench,
    play,
)
from resattn_tutorial.checks.engine import functions

FORWARDS = "the forward pass runs twice, and batch norm learns twice: keep the logits"
SECOND = "something is kept from the first call, or the batch size is fixed"
NO_STEP = "step is never called: the gradients are there, the parameters stay"
SOFTMAX = "softmax before the loss: cross_entropy takes raw logits, one is inside it"
EARLY = "step comes before backward: it finds no gradient, or that of the batch before"

CUT = "the graph is cut before backward: no_grad, .item(), .detach(), argmax, accuracy"
LABELS = "cross_entropy takes logits (N, classes) and labels (N,) as they come"
OTHER_STEP = "the update is not the optimizer's: call step() of the one handed over"

ERRORS = {
    "does not require grad": CUT,
    "does not have a grad_fn": CUT,
    "'float' object has no attribute 'backward'": ".item() comes too early: call "
    "backward on the tensor, make a float of it at the end",
    "modified by an inplace operation": "step comes before backward: it changes the "
    "parameters that backward still needs",
    "backward through the graph a second time": "backward is called twice",
    "can be implicitly created only for scalar": "the loss is no single number: "
    "cross_entropy's mean over the batch is meant",
    "not implemented for 'Long'": "the order: cross_entropy(logits, labels)",
    "with class probabilities": LABELS,
    "must match the size of tensor": LABELS,
    "scalar type Long": LABELS,
    "dtype to be Long": LABELS,
    "object is not callable": "something is called that is no function: the arguments "
    "come as (network, images, labels, optimizer), and step() takes none",
    "object has no attribute": "backward belongs to the loss, step and zero_grad "
    "to the optimizer",
    "a second my_step": SECOND,
    **functions.ERRORS,
}
"""From the words of an error to the mistake that usually lies behind it."""

ORDERS = (
    ("fbs", "zero_grad is missing: the gradients of the batch before are added"),
    ("fbsz", "zero_grad comes last: what was left before the call still counts"),
    ("fbzs", "zero_grad stands between backward and step: it deletes the gradients"),
    ("zfsb", EARLY),
    ("sfb", EARLY),
    ("zfb", NO_STEP),
    ("fb", NO_STEP),
    ("zfs", "backward is missing: the step finds no gradient"),
    ("fs", "backward is missing: the step uses the gradients of the batch before"),
    ("zfbss", "step is called twice"),
    ("zfbbs", "backward is called twice: the gradients add up"),
    ("zfbszfbs", "two whole steps on one batch; one is asked for"),
    ("zfbsfbs", "two steps on one batch; one is asked for"),
)


def losses() -> list[tuple[str, Loss]]:
    """Each mistake in the loss in words, and the loss that it makes of the logits."""
    raw = " before the loss: cross_entropy takes the raw logits"
    log = "the log is missing: nll_loss takes log-probabilities, cross_entropy logits"
    squared = "squared error, not cross-entropy"

    def one_hot(labels: Tensor) -> Tensor:
        return F.one_hot(labels, CLASSES).float()

    return [
        (SOFTMAX, lambda x, y: F.cross_entropy(x.softmax(1), y)),
        (SOFTMAX, lambda x, y: F.cross_entropy(x.softmax(0), y)),
        ("a sigmoid" + raw, lambda x, y: F.cross_entropy(x.sigmoid(), y)),
        ("a ReLU" + raw, lambda x, y: F.cross_entropy(x.relu(), y)),
        (log, lambda x, y: F.nll_loss(x.softmax(1), y)),
        (log, lambda x, y: F.nll_loss(x, y)),
        (
            "the softmax runs over the batch, axis 0; the classes are axis 1",
            lambda x, y: F.nll_loss(x.log_softmax(0), y),
        ),
        ("the sign of the logits", lambda x, y: F.cross_entropy(-x, y)),
        (
            "label smoothing, that nobody asked for",
            lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1),
        ),
        (squared, lambda x, y: F.mse_loss(x.softmax(1), one_hot(y))),
        (squared, lambda x, y: F.mse_loss(x, one_hot(y))),
        (
            "binary cross-entropy treats each class alone; cross_entropy is meant",
            lambda x, y: F.binary_cross_entropy_with_logits(x, one_hot(y)),
        ),
        ("a margin loss, not cross-entropy", F.multi_margin_loss),
        ("only the first image counts", lambda x, y: F.cross_entropy(x[:1], y[:1])),
        (
            "only the worst image counts; the mean over the batch is meant",
            lambda x, y: F.cross_entropy(x, y, reduction="none").max(),
        ),
    ]


def name_step(after: Bench, batch: tuple[Tensor, Tensor]) -> str | None:
    """Which usual mistake made ``after`` of a fresh bench; ``None`` if none did."""
    guesses = [(moves, F.cross_entropy, words) for moves, words in ORDERS]
    for words, loss in losses():
        guesses += [("zfbs", loss, words), ("fbs", loss, words)]
    for moves, loss, words in guesses:
        bench = make_bench()
        play(bench, batch, moves, loss)
        if _alike(after, bench):
            return words
    return _by_traces(after, batch)


def name_loss(number: float, loss: float, batch: tuple[Tensor, Tensor]) -> str | None:
    """Which usual mistake makes ``number`` of ``loss``; ``None`` if none does."""
    images, labels = batch
    done = make_bench()
    play(done, batch)
    with torch.no_grad():
        early, tested = make_bench().network(images), done.network.eval()(images)
        late = done.network.train()(images)
    after = "this is the loss after the step; the one that was learned from is meant"
    late_losses = [(F.cross_entropy(x, labels).item(), after) for x in (late, tested)]
    hits = (early.argmax(1) == labels).double()
    known = [
        *late_losses,
        (loss * len(labels), "a sum over the batch is returned; the mean is meant"),
        (loss / len(labels), "the mean is divided by the batch size once more"),
        (hits.mean().item(), "this is the accuracy; the loss is meant"),
        (hits.sum().item(), "this is the number of hits; the loss is meant"),
        (-loss, "the sign is turned round"),
        (math.exp(-loss), "this is a probability; the loss is meant"),
        (F.cross_entropy(early.softmax(1), labels).item(), SOFTMAX),
    ]
    if abs(number - loss) < 0.05:
        return "the loss is rounded; return it as it is"
    found = (
        words for value, words in known if math.isclose(number, value, rel_tol=1e-4)
    )
    return next(found, None)


def _by_traces(after: Bench, batch: tuple[Tensor, Tensor]) -> str | None:
    """Name a mistake by what it leaves behind: counts, modes, the size of the move."""
    right, optimizer = make_bench(), after.optimizer
    play(right, batch)
    if not after.network.training or (after.backwards and not after.forwards()):
        return "eval mode: batch norm learns only in training mode; leave it alone"
    if optimizer.param_groups[0]["lr"] != right.optimizer.param_groups[0]["lr"]:
        return "the learning rate was changed; the optimizer comes ready"
    mine, wanted = after.moved(), right.moved()
    if optimizer.steps == 0 and mine.any():
        return OTHER_STEP
    if optimizer.steps == 0:
        return NO_STEP
    if not mine.any():
        return "no gradient reached this network: was a copy or another one trained?"
    factor = float(mine @ wanted / (wanted @ wanted))
    if torch.allclose(mine, factor * wanted, 1e-3, 1e-5):
        return _by_factor(factor, len(batch[1]))
    return _by_parts(mine, wanted)


def _by_parts(mine: Tensor, wanted: Tensor) -> str | None:
    """Name a mistake that changes the step in some parameters only, or in their way."""
    largest = float(mine.abs().max())
    if torch.allclose(mine, wanted.clamp(-largest, largest), 1e-3, 1e-5):
        return "clipping of single gradients, that nobody asked for"
    if not mine[~torch.isclose(mine, wanted, 1e-3, 1e-5)].any():
        return "part of the network does not move: some gradients are lost or frozen"
    start = torch.cat([p.detach().flatten() for p in make_bench().network.parameters()])
    rest = mine - wanted
    share = float(rest @ start / (start @ start))
    if torch.allclose(rest, share * start, 1e-2, 1e-4):
        return "a penalty on the weights: weight decay is the optimizer's business"
    return None


def _by_factor(factor: float, count: int) -> str:
    """Name a mistake that only rescales the step."""
    if math.isclose(factor, count, rel_tol=1e-3):
        return "a sum over the batch: the mean is meant (cross_entropy's default)"
    if math.isclose(factor, 1 / count, rel_tol=1e-3):
        return "the loss is divided by the batch size once more; it is a mean already"
    if factor < 0:
        return "the sign: the step goes up the loss, not down"
    return (
        f"the step is {factor:.2g} times the right one: clipping, or a factor, that "
        "nobody asked for"
    )


def _alike(one: Bench, other: Bench) -> bool:
    if one.facts() != other.facts():
        return False
    return torch.allclose(one.moved(), other.moved(), 1e-3, 1e-5)
