"""The table of *Three counts of parameters*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from resattn_tutorial.checks.chapter08.number_rows import RowTrial
from resattn_tutorial.checks.chapter08.parameter_cases import networks
from resattn_tutorial.checks.chapter08.parameter_sums import (  # noqa: F401  (slips need them)
    NORMS,
    OTHER_NORMS,
    biases,
    by_every_name,
    channels,
    in_state,
    inside,
    listed,
    of_kinds,
    once,
    size,
    trainable,
)
from resattn_tutorial.checks.engine.kept import Kept
from resattn_tutorial.checks.engine.probe import call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def three_counts(network: nn.Module) -> tuple[int, int, int]:
    """The solution, and what the slips change."""
    kinds = (
        nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm
    )
    norms = nn.ModuleList(x for x in network.modules() if isinstance(x, kinds))
    scales = sum(p.numel() for p in norms.parameters())
    learnable = sum(p.numel() for p in network.parameters())
    statistics = sum(
        b.numel() for b in norms.buffers() if b.is_floating_point()
    )
    return learnable - scales, learnable, learnable + statistics


class CountTrial(RowTrial):
    """How an answer is asked that counts what a network has, and changes nothing."""

    def once(
        self, report: Report, table: Table, answer: Callable, inputs: tuple
    ) -> Any:
        """See :meth:`.FunctionTrial.once`."""
        before = Kept(inputs)
        came = call(report, table.usage, answer, *inputs)
        if (change := before.change()) is not None:
            refuse(report, change.what, "counting changes nothing: no train(), eval() "
                   "or requires_grad_()")
        return came


ROW = "return learnable - scales, learnable, learnable + statistics"
WEIGHTS, LEARNABLE, STORED = (
    "return learnable - scales,", ", learnable, ", ", learnable + statistics"
)
TWICE = "a layer that is used twice counts once: network.parameters() sees to that"
FROZEN = "frozen parameters count, too: no requires_grad here"
BATCHES = (
    "num_batches_tracked, one whole number in each batch norm, is no statistic: only "
    "buffers with is_floating_point() count"
)
DEEP = (
    "a part's parameters() holds those of the parts inside it: summed over "
    "modules(), they count again and again"
)
BY_TYPE = (
    "scales and shifts of batch norms are in it. Go by type, isinstance(part, "
    "nn.BatchNorm2d), since names tell nothing"
)
OTHERS = (
    "other norms keep statistics as well, and a network may have buffers of its own: "
    "of the buffers only those inside batch norms are asked for"
)
UNTRACKED = "not every batch norm has as many statistics as scales: count its buffers"


def weights(words: str, *puts: str) -> Slip:
    """Another first number."""
    return Slip(words, *[{WEIGHTS: f"return {put},"} for put in puts])


def learnable(words: str, *puts: str) -> Slip:
    """Another second number."""
    return Slip(words, *[{LEARNABLE: f", {put}, "} for put in puts])


def stored(words: str, *puts: str) -> Slip:
    """Another third number."""
    return Slip(words, *[{STORED: f", {put}"} for put in puts])


SLIPS = (
    Slip("the order: return weights, learnable, stored, in this order", *[
        {ROW: f"return {put}"} for put in (
            "learnable + statistics, learnable, learnable - scales",
            "learnable, learnable - scales, learnable + statistics")]),
    weights("the biases of convolutions and linear layers are missing",
            "learnable - scales - biases(network)",
            "size(p for p in network.parameters() if p.dim() > 1)"),
    weights("the linear layers are missing",
            "learnable - scales - once(of_kinds(network, nn.Linear))",
            "inside(of_kinds(network, nn.Conv2d))"),
    weights(BY_TYPE, "learnable",
            'size(p for n, p in network.named_parameters() if "bn" not in n)'),
    weights("nn.BatchNorm1d is a batch norm, too",
            "learnable - once(of_kinds(network, nn.BatchNorm2d))"),
    weights(TWICE, "listed(network) - scales"),
    weights(FROZEN, "trainable(network) - scales",
            "size(p for p in network.parameters() if p.requires_grad and p.dim() > 1)"),
    weights("this counts scales and shifts; count what is learned outside of them",
            "scales"),
    weights(DEEP, "inside(network.modules()) - scales"),
    weights("children() are the outermost parts only; modules() goes all the way down",
            "learnable - inside(x for x in network.children() if isinstance(x, NORMS))"
            ),
    weights("a batch norm that is used twice is in it twice: take each part once",
            "learnable - by_every_name(network)"),
    weights("a batch norm has scales or has none: count its parameters, not its "
            "channels", "learnable - 2 * channels(network)"),
    weights("a batch norm has a scale and a shift: half of them are still in it",
            "learnable - scales // 2"),
    weights("other layers learn, too: take all that is no batch norm",
            "inside(of_kinds(network, nn.Conv2d, nn.Linear))"),
    weights("only batch norms are left out; what other norms learn is in it",
            "learnable - once(of_kinds(network, *NORMS, *OTHER_NORMS))",
            "learnable - once(of_kinds(network, *NORMS, nn.InstanceNorm2d))",
            "learnable - once(of_kinds(network, *NORMS, nn.GroupNorm, nn.LayerNorm))"),
    learnable("the scales and shifts of batch norms are missing", "learnable - scales"),
    learnable("a batch norm learns two numbers a channel, a scale and a shift",
              "learnable - scales // 2"),
    learnable("the biases are missing", "learnable - biases(network)"),
    learnable(FROZEN, "trainable(network)"),
    learnable(TWICE, "listed(network)"),
    learnable("running means and variances are not learned", "learnable + statistics"),
    learnable("the whole state is in it; statistics are not learned",
              "in_state(network)"),
    learnable(DEEP, "inside(network.modules())"),
    stored(BATCHES, "learnable + size(norms.buffers())",
           "learnable + size(network.buffers())", "in_state(network)"),
    stored(OTHERS, "learnable + size(b for b in network.buffers() "
           "if b.is_floating_point())",
           "learnable + size(b for n, b in network.named_buffers() if "
           "n.endswith(('running_mean', 'running_var')))"),
    stored("running means and variances are missing", "learnable"),
    stored("each channel has a running mean and a running variance",
           "learnable + statistics // 2"),
    stored("the statistics alone: weights, scales and shifts are stored, too",
           "statistics"),
    stored(FROZEN, "trainable(network) + statistics"),
    stored("the state lists a layer that is used twice under both names; count it once",
           "in_state(network, floats=True)"),
    stored("the scales and shifts are missing", "learnable - scales + statistics"),
    stored(UNTRACKED, "learnable + scales"),
    stored("a batch norm that keeps no statistics stores none",
           "learnable + 2 * channels(network)"),
    Slip("numbers are asked for, not bytes",
         {STORED: ", 4 * (learnable + statistics)"},
         {ROW: "return [4 * n for n in (learnable - scales, learnable, "
               "learnable + statistics)]"}),
    Slip("the numbers themselves are asked for, not millions",
         {ROW: "return [n / 1e6 for n in (learnable - scales, learnable, "
               "learnable + statistics)]"}),
    Slip("InstanceNorm is no batch norm, whatever it keeps",
         {"nn.SyncBatchNorm": "nn.SyncBatchNorm, nn.InstanceNorm2d"}),
)


def fact(words: str, network: nn.Module) -> str:
    """What holds of a network."""
    return f"{words}: " + ", ".join(f"{n:,}" for n in three_counts(network))


PARAMETERS = Table(
    title="Three counts of parameters",
    usage="three_counts(network)",
    reference=three_counts,
    cases=tuple(
        Case((network,), fact(words, network)) for words, network in networks().items()
    ),
    slips=SLIPS,
    trial=CountTrial(names=("weights", "learnable", "stored")),
    errors={
        "NoneType": "a batch norm without scales has None for them, one without "
        "statistics as well: its parameters() and buffers() hold only what is there",
    },
    fixed=False,
)
