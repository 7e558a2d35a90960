"""A file of tensors, written whole or not at all, read without running code (ch. 10).

How a file is written whole, :mod:`~resattn_tutorial.files` says.
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections import OrderedDict
from os import PathLike
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.files import replacing, unwritten
from resattn_tutorial.validation import require_kind, require_path

PLAIN = (bool, int, float, str, bytes, type(None))
# Lists within lists, which no state of a network comes near.
DEEPEST = 50
# Bits of a whole number; PyTorch writes larger ones than it reads.
WIDEST = 1024
# What reading a damaged file raises, according to where the damage lies.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError,
    RuntimeError, LookupError, TypeError, AttributeError,
)


class TensorFileError(ValueError):
    """A file of tensors that cannot be used; says why, and what to do."""


def write_tensors(path: str | PathLike[str], content: dict[str, Any]) -> None:
    """Write ``content`` to ``path``, whole or not at all.

    Args:
        path: of the file; what stood there is replaced.
        content: tensors, numbers, text, and lists and dictionaries of them. Of a
            tensor that is a view only what it shows is written.

    Raises:
        TypeError: something in it could be written, but not be read again; ``path`` is
            none.
        ValueError: something in it holds itself, or is too large a number.
        OSError: the disk is full, or refuses; the old file is still there then.
    """
    path = require_path("path", path)
    require_kind("content", content, dict, "a dictionary")
    require_plain("content", content)
    try:
        with replacing(path) as file:
            torch.save(bare(content), file)
    except RuntimeError as error:            # torch's words for a full disk
        raise unwritten(path, error) from error


def require_plain(name: str, value: Any, inside: tuple[int, ...] = ()) -> None:
    """Refuse what :func:`read_tensors` would: all but tensors and plain values.

    NumPy's numbers, paths and named tuples are not plain. To read them, code of theirs
    would have to run.

    Args:
        name: of the place.
        value: what stands there.
        inside: the identities of all that it stands in.

    Raises:
        TypeError: names the place; ValueError: so does this, where a value holds
            itself, or is nested too deep.
    """
    if id(value) in inside or len(inside) > DEEPEST:
        raise ValueError(f"{name[:80]} holds itself, or is nested too deep.")
    if type(value) is int and value.bit_length() > WIDEST:
        raise ValueError(
            f"{name} must be a number of at most {WIDEST} bits, "
            f"got one of {value.bit_length():,}."
        )
    around = (*inside, id(value))
    if type(value) in (dict, OrderedDict):
        for key, part in value.items():
            require_plain(f"the key {key!r} of {name}", key, around)
            require_plain(f"{name}[{key!r}]", part, around)
    elif type(value) in (list, tuple):
        for number, part in enumerate(value):
            require_plain(f"{name}[{number}]", part, around)
    elif type(value) not in (*PLAIN, Tensor, nn.Parameter) or is_nested(value):
        nested = "nested " * is_nested(value)
        raise TypeError(
            f"{name} must be a tensor or a plain value, "
            f"got {nested}{type(value).__name__}."
        )


def is_nested(value: Any) -> bool:
    """Whether this is a tensor of tensors of different sizes."""
    return isinstance(value, Tensor) and value.is_nested


def bare(value: Any) -> Any:
    """The same for a file: numbers alone, without gradients and attributes.

    A view is copied, since PyTorch would write the whole memory that it looks at.
    """
    if isinstance(value, Tensor):
        value = value.detach()
        whole = value.layout != torch.strided or value.is_meta
        if whole or value.untyped_storage().nbytes() <= value.nbytes:
            return value
        return value.clone()
    if isinstance(value, dict):
        return type(value)((key, bare(part)) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return type(value)(map(bare, value))
    return value


def read_tensors(path: str | PathLike[str]) -> dict[str, Any]:
    """Read such a file, onto the CPU, without running any code that it may hold.

    Raises:
        TypeError: ``path`` is none.
        OSError: it cannot be read; FileNotFoundError: there is none.
        TensorFileError: the file is cut or altered, or holds more than tensors and
            plain values by name.
    """
    path = require_path("path", path)
    packed = io.BytesIO(path.read_bytes())
    try:
        require_checksums(packed)
        content = torch.load(packed, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise TensorFileError(
            f"{path} is no file of ours: it holds more than tensors and "
            "plain values. None of it was run."
        ) from error
    except DAMAGE as error:
        raise TensorFileError(
            f"{path} is not a whole file of tensors, or an altered one "
            f"({error}). Delete it, or give another folder, to start over."
        ) from error
    if not isinstance(content, dict):
        raise TensorFileError(f"{path} holds no tensors by name.")
    return content


def require_checksums(packed: io.BytesIO) -> None:
    """Compare each part of a file with its checksum, which torch itself does not do.

    Raises:
        zipfile.BadZipFile: one differs.
    """
    with zipfile.ZipFile(packed) as parts:
        if damaged := parts.testzip():
            raise zipfile.BadZipFile(f"{damaged} differs from its checksum")
    packed.seek(0)
