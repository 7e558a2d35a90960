"""The checks of chapter 4: a mask, a factor, a gradient, and where a mask came from."""

from __future__ import annotations

from resattn_tutorial.checks.chapter04.factor import FACTOR
from resattn_tutorial.checks.chapter04.origin import ORIGIN
from resattn_tutorial.checks.chapter04.slope import SLOPES
from resattn_tutorial.checks.chapter04.spatial_map import SPATIAL
from resattn_tutorial.checks.engine.judge import checked

spatial = checked(SPATIAL)
set_factor = checked(FACTOR)
channel_gradient = checked(SLOPES)
which_activation = checked(ORIGIN)
