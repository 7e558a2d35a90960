"""Every photograph of a folder decoded once, before anything is learned (chapter 9).

A file that was cut shows only when it is decoded to its end; in the middle of a long
training it would end that. Files found whole are remembered by name, size and time of
change, so that the next start costs no more than a listing. Damaged ones are looked at
anew each time: they are few, and may have been mended.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from hashlib import blake2b, sha256
from pathlib import Path
from time import monotonic

import numpy as np
import PIL

from resattn_tutorial.data.image_files import check_image
from resattn_tutorial.data.listing import Listing
from resattn_tutorial.data.photo_loader import cores
from resattn_tutorial.data.storage import alone, data_folder
from resattn_tutorial.data.telling import bar, listed, tell

# Another Pillow may read what this one refuses, and the other way round. The number
# grows when our own rules for images change.
RULES = f"1, Pillow {PIL.__version__}".encode()
NAMED = 10
# So many bytes are decoded in a second or so; for fewer, nothing is kept.
WORTH_KEEPING = 20_000_000
# Seconds between two times of keeping; one that is killed loses no more.
KEEP_EVERY = 30.0
# A worker's share: small enough for the bar, and to stop soon.
SHARE = 32


def find_damaged(found: Listing) -> dict[int, str]:
    """Decode all images that are not known to be whole.

    Threads do it, one for each core that we may use: Pillow lets others run while it
    decodes. What was found is kept even if this is interrupted.

    Returns:
        for the number of each image that cannot be read, why.
    """
    keys = _keys(found)
    if sum(image.size for image in found.images) < WORTH_KEEPING:
        return _decode(found, keys, np.arange(len(keys)), None)
    memory, lasting = None, ExitStack()
    with lasting:
        try:
            memory = _memory(found.folder)
            if not len(_unknown(keys, memory)):
                return {}
            lasting.enter_context(alone(memory.with_name(f"checking-{memory.stem}")))
        except OSError as error:
            tell(f"The list of whole images cannot be saved: {error}")
            return _decode(found, keys, _unknown(keys, memory), None)
        # Meanwhile, another process may have looked at them.
        return _decode(found, keys, _unknown(keys, memory), memory)


def leave_out(found: Listing, damaged: Mapping[int, str]) -> Listing:
    """The same without damaged images, which are counted.

    Raises:
        ValueError: a class would have no image left.
    """
    kept = [n for n in range(len(found.images)) if n not in damaged]
    labels = tuple(found.labels[n] for n in kept)
    lost = [found.classes[label] for label in sorted({*found.labels} - {*labels})]
    if lost:
        raise ValueError(
            f"{damage(found, damaged)} Without them no image is left of "
            f"{listed(lost, 5)}."
        )
    return found._replace(
        images=tuple(found.images[n] for n in kept), labels=labels,
        skipped={**found.skipped, "damaged": len(damaged)},
    )


def damage(found: Listing, damaged: Mapping[int, str]) -> str:
    """What is wrong with which files, in words."""
    return (
        f"{len(damaged):,} of the {len(found.images):,} images cannot be used: "
        f"{listed((damaged[n] for n in sorted(damaged)), NAMED, '; ')}."
    )


def _keys(found: Listing) -> np.ndarray:
    """A number for each image's name, size and time of change, uint64."""
    return np.frombuffer(b"".join(
        blake2b(
            os.fsencode(f"{image.name}\0{image.size}\0{image.changed}"),
            digest_size=8, key=RULES,
        ).digest()
        for image in found.images
    ), np.uint64)


def _memory(folder: Path) -> Path:
    """Where is kept which images of a folder are whole; never in the folder itself,
    which may belong to others.
    """
    name = sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return data_folder() / "whole-images" / f"{name}.npy"


def _remembered(memory: Path | None) -> np.ndarray:
    """The keys of whole images; none if they were never kept, or the file is spoilt."""
    if memory is None:
        return np.empty(0, np.uint64)
    try:
        kept = np.load(io.BytesIO(memory.read_bytes()), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return np.empty(0, np.uint64)
    return kept if kept.dtype == np.uint64 else np.empty(0, np.uint64)


def _unknown(keys: np.ndarray, memory: Path | None) -> np.ndarray:
    """The numbers of images that are not known to be whole."""
    return np.flatnonzero(~np.isin(keys, _remembered(memory)))


def _decode(
    found: Listing, keys: np.ndarray, unknown: np.ndarray, memory: Path | None
) -> dict[int, str]:
    """Look at some of the images, and remember which of them are whole."""
    whole, damaged = np.ones(len(keys), bool), {}
    whole[unknown] = False
    shares = [unknown[at:at + SHARE].tolist() for at in range(0, len(unknown), SHARE)]
    pool, kept = ThreadPoolExecutor(cores()), monotonic()
    try:
        with bar("checking images", len(unknown)) as progress:
            looked = pool.map(lambda share: _look(found, share), shares)
            for share, wrong in zip(shares, looked, strict=True):
                damaged |= wrong
                whole[[n for n in share if n not in wrong]] = True
                progress.update(len(share))
                if memory is not None and monotonic() - kept > KEEP_EVERY:
                    _remember(memory, keys[whole])
                    kept = monotonic()
    finally:
        pool.shutdown(cancel_futures=True)
        if memory is not None:
            _remember(memory, keys[whole])
    return damaged


def _look(found: Listing, numbers: list[int]) -> dict[int, str]:
    wrong = {}
    for number in numbers:
        try:
            check_image(found.path(number))
        except ValueError as error:
            wrong[number] = str(error)
    return wrong


def _remember(memory: Path, keys: np.ndarray) -> None:
    """Keep the keys of whole images; the file is there whole, or as before."""
    draft = memory.with_suffix(".part")
    try:
        with draft.open("wb") as file:
            np.save(file, keys, allow_pickle=False)
        os.replace(draft, memory)
    except OSError as error:
        draft.unlink(missing_ok=True)
        tell(f"The list of whole images cannot be saved: {error}")
