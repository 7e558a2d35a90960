"""The checks of chapter 17: the nearest training image, and whether a gain is real.
"""

from __future__ import annotations

from resattn_tutorial.checks.chapter17.gains import REAL_GAIN
from resattn_tutorial.checks.chapter17.nearest_images import NEAREST_IMAGES
from resattn_tutorial.checks.engine.judge import checked

nearest = checked(NEAREST_IMAGES)
real_gain = checked(REAL_GAIN)
