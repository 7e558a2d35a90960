"""The checks of chapter 15: the calibration error, and weights for rare classes."""

from __future__ import annotations

from resattn_tutorial.checks.chapter15.calibration_errors import CALIBRATION_ERROR
from resattn_tutorial.checks.chapter15.rare_classes import CLASS_WEIGHTS
from resattn_tutorial.checks.engine.judge import checked

calibration_error = checked(CALIBRATION_ERROR)
class_weights = checked(CLASS_WEIGHTS)
