"""One image file as bytes (chapter 9)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

# What cameras, scanners, the web and torchvision's lists call an image that Pillow
# reads everywhere; what such a file is, its content says.
ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm",
)


def shown(name: str | Path) -> str:
    """A file's name as a terminal may have it: what is no character is written out."""
    return "".join(x if x.isprintable() else ascii(x)[1:-1] for x in str(name))


def read_image(file: Path) -> np.ndarray:
    """One image file as uint8, ``(H, W, 3)``: in colours, without transparency.

    Raises ValueError, naming the file, if it holds no whole image, or one of more than
    8 bits.
    """
    from PIL import Image

    try:
        with Image.open(file) as image:
            if image.mode[0] in "IF":
                raise ValueError(f"it holds more than 8 bits (mode {image.mode})")
            if "transparency" in image.info:      # else Pillow warns of a lost palette
                return np.array(image.convert("RGBA").convert("RGB"))
            return np.array(image.convert("RGB"))
    # What Pillow raises for files that were cut or altered.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{file} cannot be read as an image: {error}") from error
