"""The banks of chapter 11, *From an empty file*."""

from __future__ import annotations

from tests.banks.empty_files import RIGHT, WRONG

__all__ = ["RIGHT", "WRONG"]
