"""What the commands of ``resattn`` share: words checked as they are typed, plain errors.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import Annotated

import typer

from resattn_tutorial import words


def examples(*lines: str) -> str:
    """Lines for the end of a command's help, left as they are."""
    return "\n\n".join(["Examples:", "\b\n" + "\n".join(f"  {line}" for line in lines)])


def asked(check: Callable[[str], str]) -> Callable[[str | None], str | None]:
    """A check of :mod:`~resattn_tutorial.words`, for a word that may be typed."""

    def look(value: str | None) -> str | None:
        try:
            return value if value is None else check(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return look


def one_of(choices: tuple[str, ...]) -> str:
    """Choices, for a help text."""
    return f"One of {', '.join(choices)}."


@contextmanager
def told_plainly() -> Iterator[None]:
    """What the package refuses is one line and status 1; Ctrl-C is status 130.

    Of several processes, only the first one prints. Errors are told by all: the
    trouble may be one machine's own.
    """
    rank = os.environ.get("RANK", "0")
    who = "" if rank == "0" else f"process {rank}: "
    try:
        with open(os.devnull, "w") as nowhere:
            with redirect_stdout(nowhere if who else sys.stdout):
                yield
    except (ValueError, FloatingPointError, OSError) as error:
        typer.echo(f"Error: {who}{error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(130) from None


Network = Annotated[str, typer.Argument(
    help=one_of(words.NETWORKS), show_default=False,
    callback=asked(partial(words.require_word, "network", choices=words.NETWORKS)),
)]
Data = typer.Option(
    metavar="NAME|FOLDER", callback=asked(words.require_data),
    help=f"{', '.join(words.DATA)}, or a folder with train/<class>/*.jpg and "
    "test/<class>/*.jpg.",
)
DataName = Annotated[str | None, typer.Option(help="What to call a folder's data.")]
Precision = Annotated[str, typer.Option(
    help=one_of(words.PRECISIONS) + " auto takes what the GPU has.",
    callback=asked(partial(words.require_word, "precision", choices=words.PRECISIONS)),
)]
