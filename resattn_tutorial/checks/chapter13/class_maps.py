"""The table of *Grad-CAM*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.engine.function_trial import FunctionTrial, read_tensor
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def my_grad_cam(
    features: Tensor, head: Callable[[Tensor], Tensor], classes: Tensor
) -> Tensor:
    """The solution, and what the slips change."""
    features = features.detach().clone().requires_grad_()
    logits = head(features)
    asked = logits.gather(1, classes[:, None]).sum()
    (slopes,) = torch.autograd.grad(asked, features)
    weights = slopes.mean(dim=(2, 3), keepdim=True)
    return F.relu((weights * features).sum(dim=1)).detach()


class SmallHead(nn.Module):
    """A batch norm in evaluation mode, channels mixed, a ReLU, the mean over positions
    and a linear layer: a channel's slopes have both signs.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        self.mix = nn.Conv2d(channels, channels, 1)
        self.classify = nn.Linear(channels, classes)
        with torch.no_grad():
            self.bn.running_mean.normal_()
            self.bn.running_var.uniform_(0.3, 2)
            self.classify.weight.normal_()
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, h, w)`` to ``(N, classes)``."""
        return self.classify(F.relu(self.mix(self.bn(x))).mean(dim=(2, 3)))


def drawn(*size: int, classes: int, seed: int) -> tuple[Tensor, nn.Module, Tensor]:
    """Features, a head with a gradient from before, and a class for each image."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = SmallHead(size[1], classes)
        head.classify.weight.grad = torch.randn(head.classify.weight.shape)
        asked = torch.randint(classes, size[:1])
        return 2 * torch.randn(size), head, asked


def read(report: Report, came: Any) -> Tensor:
    """A tensor without a graph."""
    if read_tensor(report, came).requires_grad:
        refuse(report, "the map is a plain measurement: it has a graph", ATTACHED)
    return came


ATTACHED = "features that ask for a gradient make a map that does: end on .detach()"
ASKED = "logits.gather(1, classes[:, None]).sum()"
WEIGHTS = "slopes.mean(dim=(2, 3), keepdim=True)"
MAP = "F.relu((weights * features).sum(dim=1))"
SUM = "(weights * features).sum(dim=1)"
SHARE = "the slope of the logit is asked for, as it leaves the head: {}"
ONE = "each image has a class of its own: {}"
WEIGH = "a channel's weight is the mean of its slopes, signs and all: {}"
AGAINST = "what speaks against the class is left out once the channels are summed: {}"


def asked(words: str, *puts: str) -> Slip:
    """Something else is asked for its slopes."""
    return Slip(words, *[{ASKED: put} for put in puts])


def weights(words: str, *puts: str) -> Slip:
    """Something else weighs the channels."""
    return Slip(words, *[{WEIGHTS: put} for put in puts])


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{MAP: put} for put in puts])


SLIPS = (
    asked(SHARE.format("this is the slope of the softmax probability"),
          "logits.softmax(1).gather(1, classes[:, None]).sum()"),
    asked(SHARE.format("this is the slope of the loss, or of its logarithm"),
          "F.cross_entropy(logits, classes)",
          "F.cross_entropy(logits, classes, reduction='sum')",
          "logits.log_softmax(1).gather(1, classes[:, None]).sum()"),
    asked(ONE.format("this asks for all classes at once"), "logits.sum()"),
    asked(ONE.format("logits[:, classes] asks every image about every image's class. "
                     "Take logits[torch.arange(N), classes], or gather"),
          "logits[:, classes].sum()"),
    asked(ONE.format("this asks for the first image's class in all of them"),
          "logits[:, classes[0]].sum()"),
    asked(ONE.format("this asks for the likeliest class, whatever classes says"),
          "logits.amax(dim=1).sum()"),
    asked("only the first image counts; sum the chosen logits of all",
          "logits[0, classes[0]]"),
    asked("the chosen logits are averaged over the N images, so each slope is N times "
          "too small: sum them", "logits.gather(1, classes[:, None]).mean()"),
    weights(WEIGH.format("here no mean is taken, and each place weighs itself"),
            "slopes"),
    weights(WEIGH.format("the images must not be averaged"),
            "slopes.mean(dim=(0, 2, 3), keepdim=True)"),
    weights(WEIGH.format("this is their sum, so many times larger"),
            "slopes.sum(dim=(2, 3), keepdim=True)"),
    weights(WEIGH.format("no absolute value"),
            "slopes.abs().mean(dim=(2, 3), keepdim=True)",
            "slopes.mean(dim=(2, 3), keepdim=True).abs()"),
    weights(WEIGH.format("no ReLU on the slopes"),
            "slopes.relu().mean(dim=(2, 3), keepdim=True)",
            "slopes.mean(dim=(2, 3), keepdim=True).relu()"),
    weights(WEIGH.format("not the largest of them"),
            "slopes.amax(dim=(2, 3), keepdim=True)"),
    weights(WEIGH.format("no softmax over the channels"),
            "slopes.mean(dim=(2, 3), keepdim=True).softmax(1)"),
    weights(WEIGH.format("the mean runs over the positions, axes 2 and 3, and not over "
                         "the channels"), "slopes.mean(dim=1, keepdim=True)"),
    end(AGAINST.format("the ReLU is missing"), SUM),
    end(AGAINST.format("an absolute value turns it into what speaks for it"),
        f"{SUM}.abs()"),
    end(AGAINST.format("here each channel's part is cut off before the sum"),
        "F.relu(weights * features).sum(dim=1)"),
    end(AGAINST.format("here the features are cut off before they are weighted"),
        "F.relu((weights * F.relu(features)).sum(dim=1))"),
    end("the sign is flipped: this is what speaks against the class",
        f"F.relu(-{SUM})"),
    end("the channels are averaged; their sum is asked for",
        "F.relu((weights * features).mean(dim=1))"),
    end("the features have no part in it: this is a map of slopes",
        "F.relu(slopes.sum(dim=1))", "slopes.abs().sum(dim=1)",
        "slopes.abs().amax(dim=1)"),
    end("the weights multiply the slopes; they must multiply the features",
        "F.relu((weights * slopes).sum(dim=1))"),
    end("the map keeps the features' size: nothing is stretched here",
        f"F.interpolate({MAP}[:, None], scale_factor=2)[:, 0]"),
    end("the weights have no part in it: this is the sum of the features",
        "F.relu(features.sum(dim=1))"),
    end("an axis too many: the channels' axis goes with the sum, no keepdim there",
        "F.relu((weights * features).sum(dim=1, keepdim=True))"),
    end("the sum runs over the images; the channels are axis 1",
        "F.relu((weights * features).sum(dim=0))"),
    end("the map is scaled to a highest value of 1; it is asked for as it comes",
        f"({MAP} / {MAP}.amax(dim=(1, 2), keepdim=True))", f"({MAP} / {MAP}.max())"),
    end("a sigmoid too many: the map comes as the ReLU leaves it", f"{SUM}.sigmoid()"),
)
CLASS_MAPS = Table(
    title="Grad-CAM",
    usage="my_grad_cam(features, head, classes)",
    reference=my_grad_cam,
    cases=(
        Case(drawn(4, 6, 5, 7, classes=5, seed=3),
             "each channel counts by its mean slope, and what speaks against the class "
             "is left out"),
        Case(drawn(3, 4, 3, 3, classes=8, seed=4),
             "so it is with other sizes and other classes"),
        Case(drawn(1, 9, 4, 2, classes=3, seed=5), "so it is for a single image"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read, dtype=True),
    errors={
        "does not require grad": "the features must ask for a gradient before they go "
        "through the head, features.detach().clone().requires_grad_(), and no "
        "torch.no_grad() stands around it",
        "not have been used": "the features that the head saw must be those whose "
        "slopes are asked for",
        "only for scalar": "a slope is that of one number: .sum() the chosen logits",
        "is invalid for input": "a size is fixed in the code: take it from the "
        "input tensor",
        "must match": "keepdim=True keeps the axes, so that the shapes fit each other",
    },
)
