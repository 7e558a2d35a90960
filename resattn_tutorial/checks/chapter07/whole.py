"""Read the whole number that an answer of this chapter gives."""

from __future__ import annotations

import operator
from typing import Any

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report


def require_whole(report: Report, came: Any) -> int:
    """What came, if it is a whole number."""
    words = "return one whole number, an int"
    if hasattr(came, "__index__") and not isinstance(came, bool):
        try:
            return operator.index(came)
        except TypeError:        # a tensor of more than one value has __index__ as well
            pass
    elif came is None:
        words = "the function ends without a return"
    elif isinstance(came, float):
        words = "a division with / gives a float: whole numbers stay whole with //"
    return refuse(report, f"a whole number must come back, got {kind(came)}", words)
