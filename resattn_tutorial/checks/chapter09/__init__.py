"""The checks of chapter 9: a checksum, windows, a batch's images, label noise."""

from __future__ import annotations

from resattn_tutorial.checks.chapter09.file_sums import CHECKSUM
from resattn_tutorial.checks.chapter09.noise_table import NOISE_MATRIX
from resattn_tutorial.checks.chapter09.spoiled_labels import LABEL_NOISE
from resattn_tutorial.checks.chapter09.step_images import BATCH_NUMBERS
from resattn_tutorial.checks.chapter09.windows_table import WINDOWS
from resattn_tutorial.checks.engine.judge import checked

checksum = checked(CHECKSUM)
windows = checked(WINDOWS)
batch_numbers = checked(BATCH_NUMBERS)
noise_matrix = checked(NOISE_MATRIX)
label_noise = checked(LABEL_NOISE)
