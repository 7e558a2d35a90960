"""Answers to *Worth their cost*."""

from __future__ import annotations

from tests.banks import Answer

NAME = "worth_their_cost"


def by_one_walk(networks):
    """Right: from the cheapest on, keep what errs less than all before."""
    front, best = [], float("inf")
    ordered = sorted(networks, key=lambda one: (one.cost, one.error))
    for name, cost, error in ordered:
        if error < best or (front and (cost, error) == front[-1][1:]):
            front.append((name, cost, error))
            best = error
    return [name for name, _, _ in front]


def by_a_count(networks):
    """Right: how many beat it."""
    def beats(a, b):
        differ = (a.cost, a.error) != (b.cost, b.error)
        return differ and a.cost <= b.cost and a.error <= b.error

    worse = {
        place: sum(beats(other, one) for other in networks)
        for place, one in enumerate(networks)
    }
    stay = [one for place, one in enumerate(networks) if worse[place] == 0]
    return tuple(one.name for one in sorted(stay, key=lambda one: one.cost))


RIGHT = [
    Answer(NAME, "one walk", by_one_walk),
    Answer(NAME, "how many beat it", by_a_count),
]


def other(story, named, function):
    return Answer(NAME, story, function, named)


WRONG = [
    other("the networks and not their names", "list of names", lambda networks: [
        one for one in networks if one.name in by_one_walk(networks)]),
    other("the best name alone", "list of names",
          lambda networks: by_one_walk(networks)[-1]),
    other("the errors", "list of names", lambda networks: [
        one.error for one in networks]),
    other("how many there are", "list of names",
          lambda networks: len(by_one_walk(networks))),
    other("the ten's answer", "no effect", lambda networks: ["a", "c", "g"]),
]
