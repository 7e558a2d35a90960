"""The checks of chapter 1, *Residual units*."""

from __future__ import annotations

from resattn_tutorial.checks.chapter01.growing import GROWTH
from resattn_tutorial.checks.chapter01.identity import IDENTITY
from resattn_tutorial.checks.chapter01.projection import PROJECTION
from resattn_tutorial.checks.engine.judge import checked

growth = checked(GROWTH)
identity_unit = checked(IDENTITY)
projection_unit = checked(PROJECTION)
