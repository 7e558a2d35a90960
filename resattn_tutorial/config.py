"""What a training is."""

from __future__ import annotations

from typing import Any


def differences(
    theirs: dict[str, Any],
    ours: dict[str, Any],
    whose: tuple[str, str] = ("the checkpoint", "this run"),
    inside: str = "",
) -> list[str]:
    """What differs between two configurations, one line each.

    Args:
        theirs: one configuration, the checkpoint's for one.
        ours: the other, the present run's for one.
        whose: what to call the two.
        inside: what the names stand in.
    """
    found = []
    for name in sorted(theirs.keys() | ours.keys()):
        was, now = theirs.get(name), ours.get(name)
        if isinstance(was, dict) and isinstance(now, dict):
            found += differences(was, now, whose, f"{inside}{name}, ")
        elif was != now:
            values = f"{was!r} in {whose[0]}, {now!r} in {whose[1]}"
            found.append(f"{inside}{name}: {values}")
    return found
