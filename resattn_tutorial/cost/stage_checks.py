"""What a count on paper accepts as stages, without PyTorch (chapter 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from resattn_tutorial.validation import require_count, require_sequence

if TYPE_CHECKING:
    from resattn_tutorial.models.attention_network import Stage


def require_stages(stages: Sequence[Stage]) -> None:
    """Refuse what is no list of stages, and invalid counts in them.

    Raises:
        TypeError, ValueError: says what came.
    """
    for stage in require_sequence("stages", stages):
        if not hasattr(stage, "poolings"):
            raise TypeError(f"a stage must be a Stage, got {type(stage).__name__}.")
        require_count("channels", stage.channels, multiple_of=4)
        require_count("enter", stage.enter)
        for name in ("modules", "poolings", "leave"):
            require_count(name, getattr(stage, name), at_least=0)
