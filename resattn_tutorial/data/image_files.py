"""One image file, or an image that Pillow holds, as bytes (chapter 9).

Upright, as its EXIF data say, in the colours that its numbers name (colour profiles are
not applied), and on white where it is transparent, as on a page. What cannot be had
rightly is refused: most of all colours of more than 8 bits, of which Pillow keeps the
upper eight without a word.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from resattn_tutorial.data.deep_images import eight_bits

if TYPE_CHECKING:
    from PIL import Image

# What cameras, scanners and the web call the formats below, and torchvision's list.
ENDINGS = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm",
)
# A file is what its content says, whatever it is called. Pillow knows more formats;
# some start another program, and some hold colours that it shortens.
FORMATS = ("JPEG", "PNG", "BMP", "DIB", "WEBP", "GIF", "TIFF", "PPM")
TRANSPARENT, OPAQUE = ("LA", "PA", "RGBA"), ("1", "L", "P", "RGB", "CMYK", "YCbCr")
GROUND = (255, 255, 255, 255)
ORIENTATION = 0x0112
# What Pillow raises for files that were cut or altered.
TROUBLES = (
    OSError, SyntaxError, ValueError, TypeError, IndexError, EOFError,
    struct.error,
)

# What a decoder's leap in a damaged file may end in, and links that lead nowhere. All
# others are the system's: who may not open an image cannot tell that it is damaged.
OF_THE_FILE = (
    None, errno.EINVAL, errno.EOVERFLOW, errno.ENOENT, errno.ELOOP, errno.ENOTDIR,
)


def shown(name: str | Path) -> str:
    """A file's name as a terminal may have it: what is no character is written out."""
    return "".join(x if x.isprintable() else ascii(x)[1:-1] for x in str(name))


def read_image(file: str | Path) -> np.ndarray:
    """One image file as uint8, ``(H, W, 3)``: upright, in colours, opaque.

    Raises ValueError, naming the file, if it holds no whole image, several, or one
    whose colours cannot be had rightly; and OSError if the system keeps it from us.
    """
    with _opened(file) as image:
        return np.array(_in_colours(image, file))


def held_image(image: Image.Image) -> np.ndarray:
    """An image that Pillow opened or made as uint8, ``(H, W, 3)``, by the same rules.

    Its file, if it has one, is not read again: of colours of 16 bits Pillow holds the
    upper eight. Grey is whole. Raises ValueError if the colours cannot be had rightly.
    """
    try:
        return np.array(_in_colours(image, None))
    except TROUBLES as error:
        raise ValueError(f"image cannot be used: {shown(str(error))}") from error


def check_image(file: str | Path) -> None:
    """Raise for a file what ``read_image`` would; of a JPEG, in half of the time."""
    with _opened(file) as image:
        image.draft(None, (1, 1))         # all is decoded, and an eighth drawn
        _in_colours(image, file)


@contextmanager
def _opened(file: str | Path) -> Iterator[Image.Image]:
    from PIL import Image, UnidentifiedImageError

    try:
        seen = os.stat(file)
        if not stat.S_ISREG(seen.st_mode):        # a pipe would be waited for
            raise ValueError("it is no regular file")
        if not seen.st_size:
            raise ValueError("it is empty")
        with Image.open(file, formats=FORMATS) as image:
            yield image
    except (*TROUBLES, Image.DecompressionBombError) as error:
        if _is_the_systems(error):
            raise OSError(error.errno, error.strerror, shown(file)) from error
        reason = shown(str(error))
        if isinstance(error, UnidentifiedImageError):     # it would name the file again
            reason = f"its content is none of {', '.join(FORMATS)}"
        raise ValueError(
            f"{shown(file)} cannot be read as an image: {reason}"
        ) from error


def _in_colours(image: Image.Image, file: str | Path | None) -> Image.Image:
    """Decode an image that was opened; RGB. Without a file, what Pillow holds of it."""
    from PIL import Image

    # The second picture of a camera's MPO file is a smaller copy, or a measurement.
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise ValueError(f"it holds {image.n_frames} images")
    image.load()
    turned = _turn(image)
    image = eight_bits(image, file)
    if image.mode not in TRANSPARENT + OPAQUE:
        raise ValueError(f"its colour mode is {image.mode}")
    if image.mode in TRANSPARENT or "transparency" in image.info:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, GROUND)
        image = Image.alpha_composite(ground, image)
    image = image.convert("RGB")
    return image if turned is None else image.transpose(turned)


def _turn(image: Image.Image) -> Image.Transpose | None:
    """How to turn an image upright; as it is, if its EXIF data are none."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }
    try:
        return turns.get(image.getexif().get(ORIENTATION))
    # The pixels are whole nevertheless; some of ImageNet's files are of this kind.
    except TROUBLES as error:
        if _is_the_systems(error):
            raise
        return None


def _is_the_systems(error: BaseException) -> bool:
    """Whether the system kept a file from us; else there is something wrong with it."""
    return isinstance(error, OSError) and error.errno not in OF_THE_FILE
