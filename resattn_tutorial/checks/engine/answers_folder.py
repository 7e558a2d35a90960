"""Where a learner's answers and progress are kept, found without loading PyTorch.

The folder is ``my_answers`` beside the notebook; on Colab it lies in the mounted Drive,
if there is one. The environment variable ``RESATTN_ANSWERS`` names another folder, or
says ``off``.
"""

from __future__ import annotations

import os
from pathlib import Path

DRIVE = Path("/content/drive/MyDrive")


def folder() -> Path | None:
    """Where answers are kept; ``None`` where they are not."""
    named = os.environ.get("RESATTN_ANSWERS", "")
    if named:
        return None if named == "off" else Path(named)
    return (DRIVE if DRIVE.is_dir() else Path()) / "my_answers"
