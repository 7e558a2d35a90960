"""One image file: it becomes upright, opaque RGB rightly, or is refused by its name.

Files are made by hand where Pillow cannot write them, or might err twice alike.
"""

from __future__ import annotations

import os
import socket
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resattn_tutorial.data.image_files import check_image, read_image, shown
from resattn_tutorial.data.transforms import SmallImageInputs

GREY, RGB, GREY_ALPHA, RGB_ALPHA = 0, 2, 4, 6
CHANNELS = {GREY: 1, RGB: 3, GREY_ALPHA: 2, RGB_ALPHA: 4}


# The seven passes of an interlaced PNG file: first row and column, and their steps.
PASSES = (
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
    (1, 0, 2, 1),
)


def noise(*shape: int, top: int = 256) -> np.ndarray:
    return np.random.RandomState(0).randint(0, top, shape)


def write_png(
    path: Path, numbers: np.ndarray, depth: int, kind: int, passes=((0, 0, 1, 1),),
    **chunks: bytes,
) -> None:
    """A PNG file by the book: ``numbers`` ``(H, W, C)`` of ``depth`` bits each."""
    rows = []
    for top, left, down, right in passes:
        for row in numbers[top::down, left::right]:
            bits = row.reshape(-1, 1) >> np.arange(depth)[::-1] & 1
            unfiltered = b"\0" * bool(row.size)
            rows.append(unfiltered + np.packbits(bits.astype(bool)).tobytes())
    head = struct.pack(
        ">IIBBBBB", *numbers.shape[1::-1], depth, kind, 0, 0, len(passes) > 1
    )
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in {
        "IHDR": head, **chunks, "IDAT": zlib.compress(b"".join(rows)), "IEND": b"",
    }.items():
        word = name.encode() + body
        data += struct.pack(">I", len(body)) + word
        data += struct.pack(">I", zlib.crc32(word))
    path.write_bytes(data)


def write_tiff(path: Path, numbers: np.ndarray, *, photometric: int, sample: int = 1):
    """An uncompressed TIFF file of one strip, in the numbers' own type."""
    height, width, channels = numbers.shape
    bits, data = numbers.dtype.itemsize * 8, numbers.tobytes()
    at = 8 + len(data)
    short = struct.pack(f"<{channels}H", *[bits] * channels).ljust(8, b"\0")
    tags = [
        (256, 4, 1, width), (257, 4, 1, height),
        (258, 3, channels, at if channels > 2 else bits * (1 + 65536 * (channels > 1))),
        (259, 3, 1, 1), (262, 3, 1, photometric), (273, 4, 1, 8),
        (277, 3, 1, channels), (278, 4, 1, height), (279, 4, 1, len(data)),
        (339, 3, 1, sample),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    folder = struct.pack("<H", len(tags)) + entries + b"\0\0\0\0"
    path.write_bytes(struct.pack("<2sHI", b"II", 42, at + 8) + data + short + folder)


def on_white(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Levels from 0 to 1, ``(H, W, 3)`` and ``(H, W, 1)``, as they look on a page."""
    return 255 * (colours * alpha + 1 - alpha)


# Depth


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("top", [256, 65536])
def test_sixteen_bits_are_rounded_to_eight(tmp_path, kind, top):
    """Below 256, Pillow's upper bytes are all 0; so a dark image would be black."""
    numbers = noise(9, 7, CHANNELS[kind], top=top)
    if kind in (GREY_ALPHA, RGB_ALPHA):
        numbers[..., -1] = 65535
    numbers[0, 0, 0], numbers[0, 1, 0] = 128, 129         # 0.498 and 0.502 of a level
    write_png(tmp_path / "1.png", numbers, 16, kind)
    found = read_image(tmp_path / "1.png")
    colours = numbers[..., :3] if kind in (RGB, RGB_ALPHA) else numbers[..., :1]
    assert np.array_equal(found, np.round(colours / 65535 * 255) + np.zeros((1, 1, 3)))
    assert found[0, 0, 0] == 0 and found[0, 1, 0] == 1


@pytest.mark.parametrize("kind", [GREY_ALPHA, RGB_ALPHA])
@pytest.mark.parametrize("depth", [8, 16])
def test_see_through_pixels_look_as_on_white_paper(tmp_path, kind, depth):
    top = 2**depth - 1
    numbers = noise(16, 16, CHANNELS[kind], top=top + 1)
    numbers[0, :, -1], numbers[1, :, -1] = 0, top
    write_png(tmp_path / "1.png", numbers, depth, kind)
    found = read_image(tmp_path / "1.png")
    levels = numbers / top
    far = np.abs(found - on_white(levels[..., :-1], levels[..., -1:]))
    assert far.max() <= (1 if depth == 8 else 1.5)      # rounded twice, or three times
    assert (found[0] == 255).all()
    assert np.abs(found[1] - 255 * levels[1, :, :-1]).max() <= 0.5


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("hidden", [None, 1, 0])
def test_grey_of_any_depth_may_call_one_level_transparent(tmp_path, depth, hidden):
    top = 2**depth - 1
    numbers = noise(8, 8, 1, top=top + 1)
    numbers[0, :2, 0] = 0, 1
    more = {} if hidden is None else {"tRNS": struct.pack(">H", hidden)}
    write_png(tmp_path / "1.png", numbers, depth, GREY, **more)
    expected = np.where(numbers == hidden, 255, np.round(numbers / top * 255))
    assert np.array_equal(read_image(tmp_path / "1.png"), expected + np.zeros(3))


@pytest.mark.parametrize("depth", [8, 16])
def test_rgb_may_call_one_colour_transparent(tmp_path, depth):
    numbers = noise(8, 8, 3, top=2**depth)
    key = numbers[2, 3]
    near = key ^ np.array([1, 0, 0])                 # differs in the last bit alone
    numbers[4, 4] = near
    write_png(tmp_path / "1.png", numbers, depth, RGB, tRNS=key.astype(">u2").tobytes())
    expected = np.round(numbers / (2**depth - 1) * 255)
    expected[2, 3] = 255
    assert np.array_equal(read_image(tmp_path / "1.png"), expected)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_may_be_transparent_in_part(tmp_path, depth):
    entries = noise(2**depth, 3)
    numbers = noise(8, 8, 1, top=2**depth)
    alpha = np.full(2**depth, 255)
    alpha[:2] = 0, 100
    write_png(
        tmp_path / "1.png", numbers, depth, 3, PLTE=entries.astype(np.uint8).tobytes(),
        tRNS=bytes([0, 100]),
    )
    at = numbers[..., 0]
    expected = on_white(entries[at] / 255, alpha[at, None] / 255)
    assert np.abs(read_image(tmp_path / "1.png") - expected).max() <= 1


@pytest.mark.parametrize("kind", CHANNELS)
def test_interlaced_images_of_sixteen_bits_are_rounded_as_well(tmp_path, kind):
    numbers = noise(13, 11, CHANNELS[kind], top=65536)
    if kind in (GREY_ALPHA, RGB_ALPHA):
        numbers[..., -1] = 65535
    for name, passes in (("1.png", PASSES), ("2.png", ((0, 0, 1, 1),))):
        write_png(tmp_path / name, numbers, 16, kind, passes)
    found = [read_image(tmp_path / name) for name in ("1.png", "2.png")]
    assert np.array_equal(*found)


def test_grey_tiff_files_of_sixteen_bits_are_rounded(tmp_path):
    numbers = noise(5, 6, 1, top=65536).astype("<u2")
    write_tiff(tmp_path / "1.tif", numbers, photometric=1)
    expected = np.round(numbers / 65535 * 255) + np.zeros(3)
    assert np.array_equal(read_image(tmp_path / "1.tif"), expected)


@pytest.mark.parametrize(("kind", "channels", "sample", "photometric", "words"), [
    ("<u2", 3, 1, 2, "16 bits a colour"), ("<u2", 4, 1, 5, "16 bits a colour"),
    ("<u2", 1, 1, 0, "16 bits a colour"), ("<i2", 1, 2, 1, "16 bits a colour"),
    ("<u4", 1, 1, 1, "32 bits a colour"), ("<f4", 1, 3, 1, "32 bits a colour"),
    ("u1", 3, 1, 8, "colour mode is LAB"),
], ids=["RGB", "CMYK", "white is 0", "signed", "32 bits", "float", "LAB"])
def test_tiff_files_whose_colours_are_not_sure_are_refused(
    tmp_path, kind, channels, sample, photometric, words
):
    numbers = noise(4, 5, channels, top=200).astype(kind)
    write_tiff(tmp_path / "1.tif", numbers, photometric=photometric, sample=sample)
    for read in (read_image, check_image):
        with pytest.raises(ValueError, match=f"1.tif cannot be read.* {words}"):
            read(tmp_path / "1.tif")


@pytest.mark.parametrize(("head", "channels"), [(b"P5", 1), (b"P6", 3)])
@pytest.mark.parametrize("top", [255, 1000, 65535])
def test_portable_maps_of_any_depth_are_rounded(tmp_path, head, channels, top):
    numbers = noise(4, 5, channels, top=top + 1)
    body = numbers.astype(">u2" if top > 255 else "u1").tobytes()
    (tmp_path / "1.pnm").write_bytes(head + b" 5 4 %d\n" % top + body)
    expected = numbers / top * 255
    found = read_image(tmp_path / "1.pnm")
    assert np.abs(found - expected).max() <= (0.5 if top != 1000 else 0.51)


# Colours


def test_cmyk_becomes_what_its_inks_leave_of_white(tmp_path):
    inks = noise(8, 8, 4).astype(np.uint8)
    write_tiff(tmp_path / "1.tif", inks, photometric=5)
    levels = inks / 255
    expected = 255 * (1 - levels[..., :3]) * (1 - levels[..., 3:])
    assert np.abs(read_image(tmp_path / "1.tif") - expected).max() <= 1


def test_jpeg_files_of_cmyk_are_not_inverted(tmp_path):
    red = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    red.save(tmp_path / "1.jpg", quality=95)
    assert np.abs(read_image(tmp_path / "1.jpg") - np.array([255, 0, 0])).max() <= 5


# Orientation


UPRIGHT = {
    1: lambda x: x, 2: lambda x: x[:, ::-1], 3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1], 5: lambda x: x.transpose(1, 0, 2),
    6: lambda x: np.rot90(x, -1), 7: lambda x: np.rot90(x, 2).transpose(1, 0, 2),
    8: lambda x: np.rot90(x), 0: lambda x: x, 9: lambda x: x,
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize(("ending", "how"), [
    ("png", {}), ("tif", {}), ("webp", {"lossless": True}), ("jpg", {"quality": 95}),
])
def test_images_are_turned_as_their_exif_data_say(tmp_path, ending, how, orientation):
    """The camera's number says where the stored rows and columns begin."""
    stored, exif = Image.fromarray(noise(6, 9, 3).astype(np.uint8)), Image.Exif()
    stored.save(tmp_path / f"plain.{ending}", **how)
    exif[0x0112] = orientation
    stored.save(tmp_path / f"1.{ending}", exif=exif, **how)
    expected = UPRIGHT[orientation](read_image(tmp_path / f"plain.{ending}"))
    assert np.array_equal(read_image(tmp_path / f"1.{ending}"), expected)


def test_exif_data_that_are_none_leave_the_image_as_it_is(tmp_path):
    image = Image.fromarray(noise(6, 9, 3).astype(np.uint8))
    image.save(tmp_path / "1.png", exif=b"Exif\0\0MM\0*\0\0\xff\xff")
    with pytest.warns(UserWarning, match="Corrupt EXIF data"):
        assert np.array_equal(read_image(tmp_path / "1.png"), np.array(image))


# What is no one image


def animated(path: Path, ending: str) -> Path:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 99, 200)]
    frames[0].save(path / f"1.{ending}", save_all=True, append_images=frames[1:])
    return path / f"1.{ending}"


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "tif"])
def test_several_images_in_one_file_are_refused(tmp_path, ending):
    file = animated(tmp_path, ending)
    with pytest.raises(ValueError, match=f"1.{ending} cannot be .* it holds 3 images"):
        read_image(file)


def test_of_a_cameras_pair_of_pictures_the_first_counts(tmp_path):
    first, second = (Image.new("RGB", (16, 16), (x, x, x)) for x in (40, 200))
    first.save(tmp_path / "1.jpg", "MPO", save_all=True, append_images=[second])
    assert np.abs(read_image(tmp_path / "1.jpg").astype(int) - 40).max() <= 2
    check_image(tmp_path / "1.jpg")


def test_a_file_is_what_its_content_says(tmp_path):
    Image.new("RGB", (8, 8), (1, 2, 3)).save(tmp_path / "1.jpg", "PNG")
    assert (read_image(tmp_path / "1.jpg") == (1, 2, 3)).all()


def test_formats_that_start_another_program_are_not_read(tmp_path):
    (tmp_path / "1.jpg").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n%%EOF\n"
    )
    with pytest.raises(ValueError, match="1.jpg cannot .* its content is none of JPEG"):
        read_image(tmp_path / "1.jpg")


def test_an_image_that_would_fill_the_memory_is_refused(tmp_path):
    write_png(tmp_path / "1.png", np.zeros((1, 1, 3), int), 8, RGB)
    data = bytearray((tmp_path / "1.png").read_bytes())
    data[16:24] = struct.pack(">II", 50_000, 50_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    (tmp_path / "1.png").write_bytes(data)
    with pytest.raises(ValueError, match="1.png cannot .* decompression bomb"):
        read_image(tmp_path / "1.png")


@pytest.mark.parametrize("make", [
    os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path),
    lambda path: socket.socket(socket.AF_UNIX).bind(str(path)),
], ids=["pipe", "folder", "device", "socket"])
def test_what_is_no_file_is_never_opened(tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)                       # a socket's path must be short
    make(Path("1.jpg"))
    for read in (read_image, check_image):
        with pytest.raises(ValueError, match="1.jpg cannot .* it is no regular file"):
            read(Path("1.jpg"))


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "1.png").write_bytes(b"")
    with pytest.raises(ValueError, match="1.png cannot be read .* it is empty"):
        read_image(tmp_path / "1.png")


def test_a_check_is_as_strict_as_reading(tmp_path):
    """JPEG files, that is: they are drawn smaller for it; and cut anywhere."""
    path = tmp_path / "1.jpg"
    for options in ({}, {"progressive": True}):
        Image.fromarray(noise(64, 64, 3).astype(np.uint8)).save(path, **options)
        whole = path.read_bytes()
        check_image(path)
        for length in range(0, len(whole) - 2, len(whole) // 40):
            path.write_bytes(whole[:length])
            verdicts = []
            for read in (read_image, check_image):
                with pytest.raises(ValueError) as error:
                    read(path)
                verdicts.append(str(error.value))
            assert verdicts[0] == verdicts[1]


def test_names_are_shown_without_what_steers_a_terminal(tmp_path):
    assert shown("a\x1b[2Jb\n\udcffé") == "a\\x1b[2Jb\\n\\udcffé"
    with pytest.raises(ValueError) as error:
        read_image(tmp_path / "gone\x1b[2J.png")
    assert "gone\\x1b[2J.png cannot" in str(error.value)
    assert str(error.value).isprintable()


# Images that Pillow holds


def held(image: Image.Image) -> np.ndarray:
    """What the transforms make of it, as bytes ``(H, W, 3)``."""
    inputs = SmallImageInputs(mean=(0, 0, 0))(image)
    return (inputs * 255).round().byte().permute(1, 2, 0).numpy()


def palette(levels: np.ndarray) -> Image.Image:
    image = Image.fromarray(levels.astype(np.uint8) % 4, "P")
    image.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    return image


def of_bytes(channels: int) -> Image.Image:
    return Image.fromarray(noise(6, 8, channels).astype(np.uint8))


def turned() -> tuple[Image.Image, dict]:
    exif = Image.Exif()
    exif[0x0112] = 6
    return of_bytes(3), {"exif": exif}


KINDS_OF_FILES = {
    "colours with alpha": lambda: (of_bytes(4), {}),
    "grey with alpha": lambda: (of_bytes(4).convert("LA"), {}),
    "one transparent colour": lambda: (
        Image.new("RGB", (8, 6), (9, 8, 7)), {"transparency": (9, 8, 7)}
    ),
    "one transparent level": lambda: (
        Image.new("L", (8, 6), 200), {"transparency": 200}
    ),
    "a palette with a hole": lambda: (palette(noise(6, 8)), {"transparency": 1}),
    "grey of 16 bits": lambda: (
        Image.fromarray(noise(6, 8, top=65536).astype(np.uint16)), {}
    ),
    "dark grey of 16 bits": lambda: (
        Image.fromarray(noise(6, 8, top=1000).astype(np.uint16)), {}
    ),
    "upright by EXIF": lambda: turned(),
    "plain colours": lambda: (of_bytes(3), {}),
}


@pytest.mark.parametrize("kind", KINDS_OF_FILES)
def test_an_image_of_pillow_s_becomes_what_its_file_would(tmp_path, kind):
    """And is left as it was: asked twice it gives the same."""
    image, options = KINDS_OF_FILES[kind]()
    image.save(tmp_path / "1.png", **options)
    expected = read_image(tmp_path / "1.png")
    with Image.open(tmp_path / "1.png") as opened:
        assert np.array_equal(held(opened), expected)
        assert np.array_equal(held(opened), expected)
        assert np.array_equal(held(opened.copy()), expected)
    if not options:
        assert np.array_equal(held(image), expected)


def deep_with_a_hole(path: Path) -> Image.Image:
    write_png(path, noise(4, 4, 3), 16, RGB, tRNS=struct.pack(">3H", 300, 0, 1))
    return Image.open(path)


def shallow_with_a_hole(path: Path) -> Image.Image:
    write_png(path, noise(4, 4, 1, top=16), 4, GREY, tRNS=struct.pack(">H", 5))
    return Image.open(path)


def of_two_frames(path: Path) -> Image.Image:
    frames = [Image.new("L", (4, 4), level) for level in (0, 255)]
    frames[0].save(path.with_suffix(".gif"), save_all=True, append_images=frames[1:])
    return Image.open(path.with_suffix(".gif"))


@pytest.mark.parametrize(("make", "words"), [
    (lambda path: Image.new("F", (4, 4), 0.5), "its colour mode is F"),
    (lambda path: Image.new("I", (4, 4), 70000), "its colour mode is I"),
    (lambda path: Image.new("LAB", (4, 4)), "its colour mode is LAB"),
    (of_two_frames, "it holds 2 images"),
    (deep_with_a_hole, "its transparent colour has 16 bits"),
    (shallow_with_a_hole, "its transparent level, 5, may be of 4 bits or 8"),
])
def test_an_image_of_pillow_s_without_one_meaning_is_refused(tmp_path, make, words):
    with make(tmp_path / "1.png") as image:
        with pytest.raises(ValueError, match=f"^image cannot be used: {words}"):
            held(image)


def backwards() -> np.ndarray:
    return noise(6, 8, 3).astype(np.uint8)[:, ::-1]


def not_to_be_written() -> np.ndarray:
    pixels = noise(6, 8, 3).astype(np.uint8)
    pixels.flags.writeable = False
    return pixels


@pytest.mark.parametrize("make", [backwards, not_to_be_written])
def test_an_array_of_any_layout_is_taken(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(held(make()), make())
