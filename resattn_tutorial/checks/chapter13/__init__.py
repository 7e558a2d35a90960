"""The checks of chapter 13: Grad-CAM, overlap, and the test by deletion."""

from __future__ import annotations

from resattn_tutorial.checks.chapter13.class_maps import CLASS_MAPS
from resattn_tutorial.checks.chapter13.deleting import DELETING
from resattn_tutorial.checks.chapter13.overlapping import OVERLAPPING
from resattn_tutorial.checks.engine.judge import checked

grad_cam = checked(CLASS_MAPS)
overlap = checked(OVERLAPPING)
deletion = checked(DELETING)
