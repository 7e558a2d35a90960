"""Where a layer of the package's networks stands, in a learner's words."""

from __future__ import annotations

import re

ORDER = ("first", "second", "third", "fourth", "fifth", "sixth")
LAYERS = {
    "bn": "{} batch norm", "conv": "{} convolution", "projection": "projection",
}


def ordinal(number: int) -> str:
    """``first`` for 1, and so on."""
    return ORDER[number - 1] if number <= len(ORDER) else f"{number}th"


def unit_of(name: str) -> str:
    """The part of a network that a layer belongs to, as :func:`place_of` says it."""
    return place_of(name).partition(" of ")[2] or place_of(name)


def place_of(name: str) -> str:
    """What ``stages.1.1.mask.body.down.0.conv3`` is called in a sentence.

    The name itself, where it is not one of
    :class:`~resattn_tutorial.models.attention_network.ResidualAttentionNetwork`.
    """
    known = {
        "stem.conv": "the stem's convolution", "head.bn": "the batch norm of the head",
        "head.classify": "the linear layer of the head", "logits": "the logits",
    }
    if name in known:
        return known[name]
    parts = re.fullmatch(r"stages\.(\d+)\.(\d+)\.(.*\.)?([a-z]+)(\d*)", name)
    if parts is None:
        return name
    stage, number, inside, kind, count = parts.groups()
    inside = (inside or "").rstrip(".")
    if kind not in LAYERS:
        return name
    layer = LAYERS[kind].format(ordinal(int(count)) if count else "").strip()
    return f"the {layer} of {_unit(int(stage) + 1, int(number), inside)}"


def _unit(stage: int, number: int, inside: str) -> str:
    """A unit, or a mask's end, in a stage's part number ``number``."""
    if not inside:
        moves = "enters" if number == 0 else "leaves"
        return f"the unit that {moves} stage {stage}"
    module = f"stage {stage}" if number == 1 else f"module {number} of stage {stage}"
    branch, _, rest = inside.partition(".")
    if branch == "mask":
        return _in_mask(rest, f"{module}'s mask")
    which = f"{ordinal(int(rest) + 1)} " if int(rest) else ""
    return {
        "before": f"the {which}unit before the split, in {module}",
        "trunk": f"the {ordinal(int(rest) + 1)} unit of {module}'s trunk",
        "after": f"the {which}unit behind the merge, in {module}",
    }[branch]


def _in_mask(inside: str, mask: str) -> str:
    if not inside:
        return f"the end of {mask}"
    level = 1 + inside.count("below")
    way, _, count = inside.replace("below.", "").removeprefix("body.").partition(".")
    which = "unit" if count in ("", "0") else f"{ordinal(int(count) + 1)} unit"
    return {
        "down": f"the {which} on the way down behind pooling {level} of {mask}",
        "skip": f"the skip's {which} behind pooling {level} of {mask}",
        "up": f"the {which} on the way up, as deep as pooling {level}, of {mask}",
    }.get(way, f"the {which} of {mask}")
