"""The check of chapter 0: one picture of a mask of many channels."""

from __future__ import annotations

from resattn_tutorial.checks.chapter00.mapping import MAPPING
from resattn_tutorial.checks.engine.judge import checked

one_map = checked(MAPPING)
