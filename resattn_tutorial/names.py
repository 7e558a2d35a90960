"""The words that the command line knows, and the nearest one to a wrong word (ch. 10).

``resattn --help`` lists them without loading PyTorch, which takes seconds; so they
stand here once more, and a test compares them with the modules that they come from.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

NETWORKS = (
    "first_attention", "first_residual",
    "cifar_attention56", "cifar_attention92", "cifar_attention128",
    "cifar_attention164", "cifar_attention236", "cifar_attention452",
    "cifar_resnet164",
    "attention56", "attention92", "attentionnext56", "attentionnext92",
    "imagenet_resnet152", "imagenet_resnet200",
)
DATA = ("builtin", "cifar10", "cifar100")
RECIPES = ("quick", "standard", "paper-cifar", "paper-imagenet")
MODES = ("QUICK", "STANDARD", "FULL")
# Environment variables; the last two are for building and testing the book.
VARIABLES = (
    "RESATTN_DATA", "RESATTN_MIRROR", "RESATTN_MODE",
    "RESATTN_THREADS", "RESATTN_REQUIRE_BROWSER",
)
PRECISIONS = ("auto", "float32", "bfloat16", "float16")


def nearest(word: str, choices: Sequence[str]) -> str | None:
    """The choice that a word is most like; capitals and dashes do not count.

    Returns:
        ``None`` if it is like none of them.
    """
    plain = {_plain(choice): choice for choice in choices}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.5)
    return plain[found[0]] if found else None


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())


def require_word(
    what: str, word: str, choices: Sequence[str], besides: str = ""
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
    if word in choices:
        return word
    near = nearest(word, choices)
    raise ValueError(
        f"{what} must be one of {', '.join(choices)}{besides}, got {word!r}."
        + (f" Did you mean {near}?" if near else "")
    )


def require_data(word: str) -> str:
    """Return ``word`` if it names data, or may be a folder's path.

    What is in a folder, and whether a longer path leads to one, is seen when it is
    opened.

    Raises:
        ValueError: it is a single word, and neither known nor a folder here.
    """
    if Path(word).is_dir() or len(Path(word).parts) > 1:
        return word
    return require_word("data", word, DATA, besides=" or a folder of images")
