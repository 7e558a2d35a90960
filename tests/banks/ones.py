"""Answers to *Read what a map of ones says*."""

from __future__ import annotations

from tests.banks import Answer

NAME = "ones"


def sums(d):
    return {"as the files": d, "skips doubled": 2 * d - 1, "trunk added": d + 1,
            "both": 2 * d}


def one_by_one(value, poolings):
    found = []
    if value == poolings:
        found.append("as the files")
    if value == 2 * poolings - 1:
        found.append("skips doubled")
    if value == poolings + 1:
        found.append("trunk added")
    if value == 2 * poolings:
        found.append("both")
    return found


def built(value, poolings):
    """Right: goes down and up by recursion, on the number one."""
    def body(level, skip):
        return 1 if level == 1 else skip + body(level - 1, skip)

    found = {
        "both": body(poolings, 2) + 1, "trunk added": body(poolings, 1) + 1,
        "skips doubled": body(poolings, 2), "as the files": body(poolings, 1),
    }
    return {name for name in found if found[name] == value}


RIGHT = [
    Answer(NAME, "one condition after another", one_by_one),
    Answer(NAME, "down and up, as a set", built),
]


def wrong(story, word, function):
    return Answer(NAME, story, function, word)


WRONG = [
    wrong("a word", "return a list", lambda value, d: next(
        (name for name, total in sums(d).items() if total == value), "")),
    wrong("None where nothing fits", "return line in every case",
          lambda value, d: one_by_one(value, d) or None),
    wrong("a word for nothing", "the names are", lambda value, d: one_by_one(
        value, d) or ["none"]),
    wrong("all sums", "return a list", lambda value, d: sums(d)),
    wrong("other words", "the names are", lambda value, d: [
        name.replace(" ", "_") for name in one_by_one(value, d)]),
    wrong("nothing ever fits", "the same answer", lambda value, d: []),
    wrong("everything fits", "the same answer", lambda value, d: list(sums(d))),
]
