"""The arguments and options of ``resattn``, checked as they are typed (chapter 10)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from resattn_tutorial import names
from resattn_tutorial.names import require_word


def examples(*lines: str) -> str:
    """Lines for the end of a command's help, left as they are."""
    return "\n\n".join(["Examples:", "\b\n" + "\n".join(f"  {line}" for line in lines)])


def between(choices: tuple[str, ...]) -> str:
    """Choices, for an option's own line of help, where none is broken in two."""
    return f"[{'|'.join(choices)}]"


def one_of(choices: tuple[str, ...]) -> str:
    """Choices, for a help text."""
    return f"One of {', '.join(choices)}."


def asked(check: Callable[[str], str]) -> Callable[[str | None], str | None]:
    """A check of :mod:`~resattn_tutorial.names`, for a word that may be typed."""

    def look(value: str | None) -> str | None:
        try:
            return None if value is None else check(value)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return look


def count(text: str, least: int = 1) -> object:
    """An option that is a whole number."""
    return typer.Option(min=least, metavar="N", help=text)


Network = Annotated[str, typer.Argument(
    help=one_of(names.NETWORKS), show_default=False,
    callback=asked(partial(require_word, "network", choices=names.NETWORKS)),
)]
Pretrained = Annotated[str | None, typer.Argument(
    help="A network whose weights the package carries: cifar_attention56.",
    show_default=False,
    callback=asked(partial(require_word, "network", choices=names.NETWORKS)),
)]
NamedData = Annotated[str | None, typer.Argument(
    help=one_of(names.DATA) + " It is fetched now, if need be.", show_default=False,
    callback=asked(partial(require_word, "name", choices=names.DATA)),
)]
RunName = Annotated[str | None, typer.Argument(
    help="A run's name: its curve, and the command to repeat it.", show_default=False,
)]
DATA = typer.Option(
    metavar="NAME|FOLDER", callback=asked(names.require_data),
    help=f"{', '.join(names.DATA)}, or a folder with train/<class>/*.jpg and "
    "test/<class>/*.jpg.",
)
Data = Annotated[str, DATA]
OtherData = Annotated[str | None, DATA]
DataName = Annotated[str | None, typer.Option(help="What to call a folder's data.")]
RecipeName = Annotated[str, typer.Option(
    metavar=between(names.RECIPES), help="How long and how fast to learn.",
    callback=asked(partial(require_word, "recipe", choices=names.RECIPES)),
)]
Steps = Annotated[int | None, count("Batches to learn from; else the recipe's number.")]
BatchSize = Annotated[int | None, count("Images in a batch; else the recipe's.")]
LearningRate = Annotated[float | None, typer.Option(
    help="Of the first step; else the recipe's.",
)]
Clean = Annotated[float, typer.Option(
    min=0, max=1, help="Ratio of training labels that stay as they are.",
)]
Seed = Annotated[int, count("Of weights, batches and spoiled labels.", least=0)]
Folder = Annotated[Path | None, typer.Option(
    help="Where checkpoint and run file go.", show_default="runs/<name>-seed<seed>",
)]
RunFolder = Annotated[Path | None, typer.Option(
    help="A run's folder.", show_default=False,
)]
RunsFolder = Annotated[Path | None, typer.Option(
    help="Where to look for runs.", show_default="the package's own",
)]
Precision = Annotated[str, typer.Option(
    metavar=between(names.PRECISIONS),
    help="What to compute in; auto takes what the GPU has.",
    callback=asked(partial(require_word, "precision", choices=names.PRECISIONS)),
)]
Shares = Annotated[int, count("Parts of a batch, learned from one after another.")]
Points = Annotated[int, count("Points of the learning curve, each with a test.")]
SaveEvery = Annotated[float, typer.Option(min=0, help="Seconds between checkpoints.")]
Threads = Annotated[int | None, count("Of the processor; else as torch chooses.")]
Compile = Annotated[bool, typer.Option(
    "--compile", help="Let torch.compile make it faster, after a slow start.",
)]
Deterministic = Annotated[bool, typer.Option(
    "--deterministic", help="The same bits on the same GPU; it costs time.",
)]
SyncBatchNorm = Annotated[bool, typer.Option(
    "--sync-batch-norm", help="One batch norm over all processes' GPUs.",
)]
Size = Annotated[int | None, typer.Option(
    min=1, metavar="N", help="Height and width of an image.", show_default="32 or 224",
)]
Classes = Annotated[int | None, typer.Option(
    min=1, metavar="N", help="Number of classes.", show_default="10 or 1000",
)]
