"""The names of networks, data, recipes, precisions and modes (chapter 10).

They stand here and nowhere else, and without PyTorch, which takes seconds to load: the
command line lists them at once. A word that is none of them is refused, and the nearest
right one is named: ``Precision("bfloat61")`` raises a ``ValueError`` that asks
*Did you mean bfloat16?*
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, Self

from resattn_tutorial.validation import require_kind

# Environment variables; the last two are for building and testing the book.
VARIABLES = (
    "RESATTN_DATA", "RESATTN_MIRROR", "RESATTN_MODE", "RESATTN_ANSWERS",
    "RESATTN_THREADS", "RESATTN_REQUIRE_BROWSER",
)

# How files end that commands write: a picture of masks, and a network for others.
PICTURES, ONNX = (".png", ".svg"), (".onnx",)


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that a word is most like; capitals and dashes do not count.

    Returns:
        ``None`` if it is like none of them.
    """
    plain = {_plain(choice): choice for choice in choices}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.5)
    return plain[found[0]] if found else None


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """A question to end a refusal with; nothing where no choice is near."""
    near = nearest(word, choices)
    return f" Did you mean {near}?" if near else ""


def require_word(
    what: str, word: str, choices: Iterable[str], besides: str = ""
) -> str:
    """Return ``word`` if it is one of ``choices``.

    Args:
        what: is asked for, for the message.
        word: what came.
        choices: what would do.
        besides: what else would do, in words.

    Raises:
        ValueError: it is none; lists the choices, and names the nearest.
    """
    choices = list(choices)
    if word in choices:
        return word
    raise ValueError(
        f"{what} must be one of {', '.join(choices)}{besides}, got {word!r}."
        + did_you_mean(str(word), choices)
    )


class Name(StrEnum):
    """One of several words; each is also the string that it stands for."""

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        """Refuse a word that is none of them, and name the nearest."""
        words = re.findall("[A-Z][a-z]*", cls.__name__.removesuffix("Name"))
        require_word(" ".join(words).lower(), value, list(cls))


class NetworkName(Name):
    """The networks, with the ``classes`` and the image ``size`` each is meant for."""

    classes: int
    size: int

    def __new__(cls, word: str, classes: int, size: int) -> Self:
        """A word that knows the network's classes and image size."""
        name = str.__new__(cls, word)
        name._value_, name.classes, name.size = word, classes, size
        return name

    FIRST_ATTENTION = "first_attention", 10, 32
    FIRST_RESIDUAL = "first_residual", 10, 32
    MINI1 = "mini1", 10, 32
    MINI2 = "mini2", 10, 32
    MINI3 = "mini3", 10, 32
    MINI6 = "mini6", 10, 32
    CIFAR_ATTENTION56 = "cifar_attention56", 10, 32
    CIFAR_ATTENTION92 = "cifar_attention92", 10, 32
    CIFAR_ATTENTION128 = "cifar_attention128", 10, 32
    CIFAR_ATTENTION164 = "cifar_attention164", 10, 32
    CIFAR_ATTENTION236 = "cifar_attention236", 10, 32
    CIFAR_ATTENTION452 = "cifar_attention452", 10, 32
    CIFAR_RESNET164 = "cifar_resnet164", 10, 32
    ATTENTION56 = "attention56", 1000, 224
    ATTENTION92 = "attention92", 1000, 224
    ATTENTIONNEXT56 = "attentionnext56", 1000, 224
    ATTENTIONNEXT92 = "attentionnext92", 1000, 224
    IMAGENET_RESNET152 = "imagenet_resnet152", 1000, 224
    IMAGENET_RESNET200 = "imagenet_resnet200", 1000, 224


class AttentionName(Name):
    """What stands where a network's soft masks stand (chapter 12).

    ``residual`` is the paper's form. ``naive`` is Equation 1, ``channel`` and
    ``spatial`` are Equations 5 and 6, ``local`` is a mask without poolings (Table 4).
    ``none`` leaves the masks out, ``trunk`` gives their multiply-adds to the trunk.
    ``squeeze`` and ``cbam`` put two later inventions into every unit of the trunk.
    """

    RESIDUAL = "residual"
    NAIVE = "naive"
    CHANNEL = "channel"
    SPATIAL = "spatial"
    LOCAL = "local"
    NONE = "none"
    TRUNK = "trunk"
    SQUEEZE = "squeeze"
    CBAM = "cbam"


class DataName(Name):
    """The data sets that have a name; a folder of images has a path instead.

    The built-in scenes come in four forms. ``builtin-large`` has the same training
    scenes and a larger test; ``builtin-search`` has training items only, some of them
    to learn from and the others to choose by, a learning rate for one; ``builtin-few``
    has a twentieth of the training scenes, so that a network can learn them by heart.
    """

    BUILTIN = "builtin"
    BUILTIN_LARGE = "builtin-large"
    BUILTIN_SEARCH = "builtin-search"
    BUILTIN_FEW = "builtin-few"
    CIFAR10 = "cifar10"
    CIFAR100 = "cifar100"


class RecipeName(Name):
    """The recipes of :mod:`~resattn_tutorial.recipes`."""

    QUICK = "quick"
    MINI = "mini"
    MINI_QUICK = "mini-quick"
    STANDARD = "standard"
    FAST_CIFAR = "fast-cifar"
    PAPER_CIFAR = "paper-cifar"
    PAPER_IMAGENET = "paper-imagenet"
    PHOTOS = "photos"


class Precision(Name):
    """What a network computes in; ``auto`` takes the best that the hardware has."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT32_STRICT = "float32-strict"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class MemoryFormat(Name):
    """The order of a tensor's values in memory."""

    CHANNELS_LAST = "channels_last"
    CONTIGUOUS_FORMAT = "contiguous_format"


class OutputForm(Name):
    """How a command prints what it found: for people, or for other programs."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Mode(Name):
    """How much to run."""

    QUICK = "QUICK"
    STANDARD = "STANDARD"
    FULL = "FULL"


def require_data(word: str) -> str:
    """Return ``word`` if it names data, or may be a folder's path.

    What is in a folder, and whether a longer path leads to one, is seen when it is
    opened.

    Raises:
        TypeError: it is no text.
        ValueError: it is a single word, and neither known nor a folder here.
    """
    require_kind("data", word, str, "text")
    if Path(word).is_dir() or len(Path(word).parts) > 1:
        return word
    return require_word("data", word, DataName, besides=" or a folder of images")
