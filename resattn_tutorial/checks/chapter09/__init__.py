"""The checks of chapter 9: a checksum, windows, a batch's images, label noise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from resattn_tutorial.checks.chapter09 import whole_file
from resattn_tutorial.checks.chapter09.noise_table import NOISE_MATRIX
from resattn_tutorial.checks.chapter09.spoiled_labels import LABEL_NOISE
from resattn_tutorial.checks.chapter09.step_images import BATCH_NUMBERS
from resattn_tutorial.checks.chapter09.windows_table import WINDOWS
from resattn_tutorial.checks.engine.functions import require_function
from resattn_tutorial.checks.engine.report import Report, exercise
from resattn_tutorial.checks.engine.table import checked


@exercise("A checksum, piece by piece")
def checksum(report: Report, answer: Callable[[Path, int], str]) -> None:
    """Judge ``my_checksum(path, piece)``: the file's MD5 as text."""
    require_function(report, answer, "my_checksum(path, piece)")
    whole_file.judge(report, answer)


windows = checked(WINDOWS)
batch_numbers = checked(BATCH_NUMBERS)
noise_matrix = checked(NOISE_MATRIX)
label_noise = checked(LABEL_NOISE)
