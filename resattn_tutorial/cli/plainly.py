"""How a command ends: in one line, whatever happens; and how it prints (chapter 10)."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import typer
from typer.core import TyperGroup

from resattn_tutorial.cli.streams import complete_streams, output_watched
from resattn_tutorial.cli.typed_names import in_typed_names
from resattn_tutorial.printable import printable

# What typer shows itself: a word that is no option, an invalid value.
USAGE = typer.BadParameter.__mro__[2]
# Letters of a line: one may repeat what was typed, or what a damaged file holds.
LONGEST = 1000
# What pathlib raises as a RuntimeError, where others raise an OSError.
PATHLIBS = ("Symlink loop", "Could not determine home directory")
REFUSED = (ValueError, FloatingPointError, OSError)
OURS = (
    "This is our bug, not your mistake: resattn --debug, followed by the same words, "
    "shows where"
)


@contextmanager
def told_plainly(debug: bool = False) -> Iterator[None]:
    """Whatever ends a command is one line and status 1; Ctrl-C is status 130.

    Of several processes only the first prints. Errors are told by each: the trouble
    may be one machine's own.

    Args:
        debug: whether to show as well where an error arose.
    """
    who = which_process()
    try:
        with open(os.devnull, "w") as nowhere:
            with redirect_stdout(nowhere if who else sys.stdout):
                yield
    except (USAGE, typer.Exit, typer.Abort):
        raise                                        # typer ends these well itself
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, BrokenPipeError) and nobody_reads():
            raise                                    # and so this
        if debug:
            traceback.print_exception(error)
        if isinstance(error, KeyboardInterrupt):
            typer.echo("Interrupted.", err=True)
            raise typer.Exit(130) from None
        told = in_typed_names(in_plain_words(error), error)
        if lost := where_we_were():
            told = told.removesuffix(".") + lost
        typer.echo(f"Error: {who}{told}", err=True)
        raise typer.Exit(1) from None


def in_plain_words(error: Exception) -> str:
    """What went wrong, in a line that commands no terminal; of a fetch, in several.

    What the package refuses, it has said in a sentence of its own. Of all else it is
    said that it is our fault, unless memory was too small.
    """
    words = str(error).splitlines() or [""]
    if any("Traceback (most recent call last)" in line for line in words):
        words = words[-1:]                           # a worker's error holds its own
    if lacks_memory(error):
        return (
            f"there is not enough memory ({printable(words[0])}). A smaller "
            "--batch-size or --size needs less, and so does more --accumulation."
        )
    if isinstance(error, ImportError):
        return f"{printable(words[0])}. resattn doctor says what to fix."
    if words != [""] and is_refusal(error):
        return "\n".join(printable(line[:LONGEST]) for line in words)
    said = f"{type(error).__name__}: {printable(words[0][:LONGEST])}".removesuffix(": ")
    return f"{said}. {OURS}."


def is_refusal(error: Exception) -> bool:
    """Whether an error tells what was wrong with what was given."""
    if isinstance(error, TypeError):                 # ours is a sentence, Python's not
        return str(error).endswith((".", "?"))
    if isinstance(error, RuntimeError):
        return str(error).startswith(PATHLIBS)
    return isinstance(error, REFUSED)


def lacks_memory(error: Exception) -> bool:
    """Whether memory ran out, the processor's or a GPU's."""
    torchs = "not enough memory", "can't allocate memory", "out of memory"
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError)
        and any(words in str(error).lower() for words in torchs)
    )


def which_process() -> str:
    """Which of several processes we are, for a message; nothing for the first.

    A variable that was left over, or is invalid, silences nobody.
    """
    rank, count = (os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE"))
    numbers = all(x.isascii() and x.isdecimal() and len(x) < 10 for x in (rank, count))
    return f"process {rank}: " if numbers and 0 < int(rank) < int(count) else ""


def where_we_were() -> str:
    """That the working folder was removed, if so: nothing can be found from there."""
    try:
        os.getcwd()
    except OSError:
        return "; the folder that this was started in is not there: change to another."
    return ""


def nobody_reads() -> bool:
    """Whether the reader of what we print has gone, as in ``resattn ledger | head``."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return True
    return False


def show(lines: list[str]) -> None:
    """Print lines, which may hold texts from files, without commands to a terminal."""
    typer.echo("\n".join(map(printable, lines)))


class Plainly(TyperGroup):
    """Commands each of which ends as :func:`told_plainly` says, whichever it is."""

    def main(self, *typed: Any, **how: Any) -> Any:
        """Run what was typed, whatever the streams are."""
        complete_streams()
        with output_watched():
            return super().main(*typed, **how)

    def invoke(self, ctx: typer.Context) -> Any:
        """Run the command that was typed, and read its words."""
        with told_plainly(ctx.params["debug"]):
            return super().invoke(ctx)
