"""The image files that typed words stand for, found before PyTorch is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path

from resattn_tutorial.data.image_files import ENDINGS, shown


def image_files(given: Iterable[str]) -> list[Path]:
    """The image files that words stand for, each once.

    Args:
        given: a file, a folder (all images in it and in its folders), or a pattern such
            as ``photos/*.jpg``, which some shells do not expand themselves.

    Raises:
        FileNotFoundError: a word leads to nothing; ValueError: a folder holds no image,
            or no word was given.
    """
    found: dict[Path, None] = {}
    for word in given:
        found |= dict.fromkeys(_files_of(word))
    if not found:
        raise ValueError("images must be given: files, folders or patterns, got none.")
    return list(found)


def _files_of(word: str) -> list[Path]:
    path = Path(word)
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in ENDINGS)
        if not files:
            raise ValueError(
                f"{shown(word)} holds no image: none of its files ends in "
                f"{', '.join(ENDINGS)}."
            )
        return files
    if path.exists():
        return [path]
    files = sorted(map(Path, glob(word))) if has_magic(word) else []
    if not files:
        raise FileNotFoundError(f"{shown(word)} leads to no image.")
    return files
