"""The table of *A counter of multiply-adds*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter08.layer_cases import networks
from resattn_tutorial.checks.chapter08.number_rows import require_real
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import exact
from resattn_tutorial.checks.engine.report import Report, Stopped
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling


def multiply_adds(network: nn.Module, images: Tensor) -> int:
    """The solution, and what the slips change."""
    counts = []

    def note(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        counts.append(output.numel() * layer.weight[0].numel())

    kinds = nn.Conv2d, nn.Linear
    hooks = [
        layer.register_forward_hook(note)
        for layer in network.modules() if isinstance(layer, kinds)
    ]
    try:
        with torch.no_grad():
            network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return sum(counts)


class HookTrial(FunctionTrial):
    """How an answer is asked whose hooks PyTorch calls."""

    def once(
        self, report: Report, table: Table, answer: Callable, inputs: tuple
    ) -> Any:
        """See :meth:`.FunctionTrial.once`; a hook's own arguments are no stub's."""
        try:
            return super().once(report, table, answer, inputs)
        except Stopped:
            if "3 were given" in str(report.failed):
                report.mistake = THREE
            raise


def one_count(report: Report, came: Any) -> Telling:
    """The number that came."""
    number = exact(require_real(report, came, "return one whole number, the sum"))
    return Telling(f"{number:,}" if isinstance(number, int) else number)


def is_conv(yes: str, no: str) -> str:
    """One thing for convolutions, another for linear layers."""
    return f"({yes} if isinstance(layer, nn.Conv2d) else {no})"


ONE, OUT, TERM = (
    "layer.weight[0].numel()", "output.numel()",
    "output.numel() * layer.weight[0].numel()",
)
KINDS = "kinds = nn.Conv2d, nn.Linear"
PARTS = "network.modules()"
END = "return sum(counts)"
IMAGES = "all images that came count together: output.numel() holds all of them"
PIXELS = "each weight works at every pixel that is put out"
PUT_OUT = "the pixels that are put out count; with a stride they are fewer than came in"
GROUPS = (
    "in groups, an output channel reads only its own group's channels: "
    "layer.weight[0] has their number"
)
SIDES = "a kernel may have two different sides: take both from layer.weight"
BIAS = "a bias is added, and nothing is multiplied: leave it out"
TWICE = "a layer that runs twice works twice: add up at every call of the hook"
RESTS = "a layer that does not run costs nothing: count inside the hook"
NORMS = "batch norms have a weight, too; only nn.Conv2d and nn.Linear are asked for"
ROWS = "a linear layer works once for each row of features: output.numel() counts them"
DEEP = "children() are the outermost parts only; modules() goes all the way down"
THREE = (
    "PyTorch calls a forward hook with three things: the layer, a tuple of its inputs, "
    "its output"
)
LEFT = "remove each hook that you set"


def term(words: str, *puts: str) -> Slip:
    """Another count at each call."""
    return Slip(words, *[{TERM: put} for put in puts])


def end(words: str, *puts: str) -> Slip:
    """Another last line."""
    return Slip(words, *[{END: f"return {put}"} for put in puts])


SLIPS = (
    Slip(PIXELS, {TERM: "layer.weight.numel()"},
         {TERM: is_conv("layer.weight.numel()", TERM)},
         {END: "return sum(p.numel() for p in network.parameters())"}),
    term("output.numel() counts the output channels already: multiply by the weights "
         "of one of them, layer.weight[0]", f"{OUT} * layer.weight.numel()"),
    term(PUT_OUT,
         is_conv("len(output) * layer.weight.numel() * inputs[0][0, 0].numel()", TERM),
         f"inputs[0].numel() * {ONE}", is_conv(f"inputs[0].numel() * {ONE}", TERM)),
    term(GROUPS, is_conv(
        f"{OUT} * layer.in_channels * layer.weight[0, 0].numel()", TERM)),
    Slip("a channel of the output has a window for every channel of the input",
         {TERM: is_conv(f"{OUT} * layer.weight[0, 0].numel()", TERM)}),
    Slip("each window has height times width weights",
         {TERM: is_conv(f"{OUT} * layer.weight.shape[1]", TERM)}),
    Slip("a map has height times width pixels",
         {TERM: is_conv(
             f"len(output) * output.shape[1] * output.shape[2] * {ONE}", TERM)}),
    term(SIDES, is_conv(
        f"{OUT} * layer.weight.shape[1] * layer.kernel_size[0] ** 2", TERM)),
    term("a value that is put out costs as many multiply-adds as it has weights",
         "output.numel()"),
    term(BIAS, f"{TERM} + (0 if layer.bias is None else {OUT})",
         f"{TERM} + (0 if layer.bias is None else layer.bias.numel())"),
    Slip(IMAGES, {TERM: f"output[0].numel() * {ONE}"},
         {TERM: is_conv(f"output[0].numel() * {ONE}", TERM)}),
    term(ROWS, is_conv(TERM, "layer.weight.numel()"),
         is_conv(TERM, "len(output) * layer.weight.numel()")),
    Slip("the linear layers are missing", {KINDS: "kinds = nn.Conv2d"}),
    Slip("the convolutions are missing", {KINDS: "kinds = nn.Linear"}),
    Slip(NORMS, {KINDS: "kinds = nn.Conv2d, nn.Linear, nn.BatchNorm2d"}),
    Slip(TWICE, {"counts = []": "counts = {}",
                 f"counts.append({TERM})": f"counts[layer] = {TERM}",
                 END: "return sum(counts.values())"}),
    Slip("add up over all layers: one alone came back",
         {END: "return counts[-1]"}, {END: "return counts[0]"},
         {END: "return max(counts)"}),
    Slip("a multiplication and its addition count as one multiply-add",
         {END: "return 2 * sum(counts)"}),
    end("the number itself is asked for, not millions", "sum(counts) / 1e6"),
    end("the number itself is asked for, not billions", "sum(counts) / 1e9"),
    Slip("the calls are counted: add up the multiply-adds of each",
         {END: "return len(counts)"}),
    Slip(DEEP, {PARTS: "network.children()"}),
    Slip("modules() holds the network itself as well: a network may be one layer",
         {PARTS: "list(network.modules())[1:]"}),
    Slip(LEFT, {"hook.remove()": "pass"}),
    Slip("nothing was counted: the hooks are set before network(images) runs, and "
         "removed after it", {"network(images)": "pass"}),
)


def fact(words: str, network: nn.Module, images: Tensor) -> str:
    """What holds of a network."""
    return f"{words}: {multiply_adds(network, images):,}"


LAYERS = Table(
    title="A counter of multiply-adds",
    usage="multiply_adds(network, images)",
    reference=multiply_adds,
    cases=tuple(
        Case(asked, fact(words, *asked), look=RESTS if "never" in words else None)
        for words, asked in networks().items()
    ),
    slips=SLIPS,
    trial=HookTrial(read=one_count),
    errors={
        "cannot access local variable": "`total += …` inside the hook makes a name of "
        "its own: say `nonlocal total` first, or append to a list",
        "has no attribute 'in_channels'": "a linear layer has in_features; the weight "
        "of both kinds is layer.weight",
        "'tuple' object has no attribute": "a hook's inputs are a tuple, also if there "
        "is one alone: inputs[0]",
    },
    fixed=False,
)
