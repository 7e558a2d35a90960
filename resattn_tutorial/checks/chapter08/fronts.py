"""The table of *Worth their cost*."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling


class Priced(NamedTuple):
    """A network with what it costs, and how often it is wrong."""

    name: str
    cost: float
    error: float


def worth_their_cost(networks: list[Priced]) -> list[str]:
    """The solution, and what the slips change."""
    front = [
        one for one in networks
        if not any(
            other.cost <= one.cost and other.error <= one.error
            and (other.cost < one.cost or other.error < one.error)
            for other in networks
        )
    ]
    front.sort(key=lambda one: one.cost)
    return [one.name for one in front]


def as_names(report: Report, came: Any) -> Telling:
    """The names that came, in their order."""
    wish = "the last line returns a list of names: [one.name for one in front]"
    if isinstance(came, str) or not isinstance(came, Iterable):
        refuse(report, f"a list of names must come back, got {kind(came)}", wish)
    came = list(came)
    if not all(isinstance(one, str) for one in came):
        refuse(report, f"a name must come back, got {kind(came[0])}", wish)
    return Telling(", ".join(came) or "none of them")


def row(names: str, *pairs: tuple[float, float]) -> list[Priced]:
    """Networks of one letter each, with cost and error."""
    return [Priced(name, *pair) for name, pair in zip(names, pairs, strict=True)]


ANY, NO_MORE, LESS = (
    "not any(", "other.cost <= one.cost and other.error <= one.error",
    "(other.cost < one.cost or other.error < one.error)",
)
SORT, NAMES = "front.sort(key=lambda one: one.cost)", "[one.name for one in front]"
ALL = "one for one in networks"
BOTH = (
    "a network is also beaten by one that is equal in one thing and better in the "
    "other"
)
ITSELF = (
    "a network is no worse than itself: to beat another, it has to be better in one "
    "thing at least"
)
ORDER = "the cheapest comes first: sort by cost at the end"
NEIGHBOUR = (
    "every other network can beat it, not only the next one in the list: they come in "
    "any order"
)


def whole(body: str) -> dict[str, str]:
    """Other networks in the front; ``{}`` stands for the list that is gone through."""
    return {
        "if not any(\n"
        "            other.cost <= one.cost and other.error <= one.error\n"
        "            and (other.cost < one.cost or other.error < one.error)\n"
        "            for other in networks\n"
        "        )": body
    }


SLIPS = (
    Slip(BOTH, {NO_MORE: "other.cost < one.cost and other.error < one.error",
                f"and {LESS}": ""},
         {NO_MORE: "other.cost < one.cost and other.error <= one.error",
          f"and {LESS}": ""},
         {NO_MORE: "other.cost <= one.cost and other.error < one.error",
          f"and {LESS}": ""}),
    Slip(ITSELF, {f"and {LESS}": ""}),
    Slip("of two networks that are equal in both things neither beats the other: both "
         "stay", {f"and {LESS}": "and other is not one"},
         {NAMES: "[one.name for k, one in enumerate(front) "
                 "if not k or one.cost != front[k - 1].cost]"}),
    Slip("a network goes only if one and the same network beats it in both things",
         {NO_MORE: "(other.cost < one.cost or other.error < one.error)"},
         whole("if one.cost == min(x.cost for x in networks) "
               "or one.error == min(x.error for x in networks)")),
    Slip("an error is better the smaller it is",
         {"other.error <= one.error": "other.error >= one.error",
          "other.error < one.error": "other.error > one.error"}),
    Slip("a cost is better the smaller it is",
         {"other.cost <= one.cost": "other.cost >= one.cost",
          "other.cost < one.cost": "other.cost > one.cost"}),
    Slip("these are the networks that are beaten: the others are asked for",
         {ANY: "any("}),
    Slip("the best alone: a cheaper network with a larger error can be worth its cost",
         whole("if one.error == min(x.error for x in networks)")),
    Slip("the cheapest alone: a network that costs more and errs less can be worth it",
         whole("if one.cost == min(x.cost for x in networks)")),
    Slip("no sum and no product: nobody said how much cost an error is worth",
         whole("if one.cost * one.error == min(x.cost * x.error for x in networks)")),
    Slip("a network that lies above the line between two others may still be beaten by "
         "nobody: only single networks count",
         {NAMES: "[one.name for k, one in enumerate(front) if not any("
                       "(one.error - a.error) * (b.cost - a.cost) > "
                       "(b.error - a.error) * (one.cost - a.cost) "
                       "for a in front[:k] for b in front[k + 1:])]"}),
    Slip(ORDER, {SORT: "pass"}, {SORT: "front.sort(key=lambda one: one.name)"},
         {SORT: "front.sort(key=lambda one: -one.cost)"}),
    Slip(NEIGHBOUR,
         {ALL: "one for place, one in enumerate(networks)",
          "for other in networks\n": "for other in networks[:place][-1:]\n"}),
    Slip("a network later in the list can beat an earlier one",
         {ALL: "one for place, one in enumerate(networks)",
          "for other in networks\n": "for other in networks[:place]\n"}),
    Slip("the list that came stays as it was: sort one of your own",
         {"    front = [": "    networks.sort(key=lambda one: one.cost)\n"
                           "    front = ["}),
    Slip("all of them came back: leave out what is beaten", whole("")),
)
WORTH = Table(
    title="Worth their cost",
    usage="worth_their_cost(networks)",
    reference=worth_their_cost,
    cases=(
        Case((row("ekdciafbhgj", (5, 0.4), (5, 0.3), (6, 0.3), (2, 0.6), (7, 0.35),
                  (1, 0.9), (4, 0.5), (3, 0.55), (9, 0.1), (2, 0.6), (8, 0.28)),),
             "of eleven networks, those stay that no other beats, the cheapest first"),
        Case((row("xy", (3, 0.2), (2, 0.1)),),
             "a network that costs less and errs less beats the other"),
        Case((row("xy", (2, 0.1), (1, 0.2)),), "a cheaper one with more errors stays"),
        Case((row("xyz", (2, 0.2), (2, 0.1), (1, 0.2)),),
             "equal in one thing and better in the other is enough to beat"),
        Case((row("yx", (1, 0.2), (1, 0.2)),), "two that are equal in both stay both"),
        Case((row("wxyz", (1, 0.4), (2, 0.39), (3, 0.1), (1.5, 0.395)),),
             "a small gain stays a gain, even if the next network gains more"),
        Case((row("a", (7, 0.5)),), "a single network has none that beats it"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=as_names),
    fixed=False,
)
