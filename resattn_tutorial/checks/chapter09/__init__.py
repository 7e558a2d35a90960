"""The checks of chapter 9: windows, a batch's images, label noise, agreement."""

from __future__ import annotations

from resattn_tutorial.checks.chapter09.agreeing import AGREEMENT
from resattn_tutorial.checks.chapter09.spoiled_labels import LABEL_NOISE
from resattn_tutorial.checks.chapter09.step_images import BATCH_NUMBERS
from resattn_tutorial.checks.chapter09.windows_table import WINDOWS
from resattn_tutorial.checks.engine.judge import checked

windows = checked(WINDOWS)
batch_numbers = checked(BATCH_NUMBERS)
label_noise = checked(LABEL_NOISE)
agreement = checked(AGREEMENT)
