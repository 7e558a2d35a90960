"""The arguments and options of ``resattn``, checked as they are typed (chapter 10)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from resattn_tutorial import names


def examples(*lines: str) -> str:
    """Lines for the end of a command's help, left as they are."""
    return "\n\n".join(["Examples:", "\b\n" + "\n".join(f"  {line}" for line in lines)])


def typed(read: Callable[[str], str]) -> Callable[[str], str]:
    """What reads a typed word, telling in ``read``'s own words why it will not do."""

    def look(word: str) -> str:
        try:
            return read(word)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return look


def count(text: str, least: int = 1) -> object:
    """An option that is a whole number."""
    return typer.Option(min=least, metavar="N", help=text)


NETWORK = f"One of {', '.join(names.NetworkName)}."
Network = Annotated[str, typer.Argument(
    parser=typed(names.NetworkName), metavar="NETWORK", help=NETWORK,
    show_default=False,
)]
Pretrained = Annotated[str | None, typer.Argument(
    parser=typed(names.NetworkName), metavar="NETWORK", show_default=False,
    help="A network whose weights the package carries: cifar_attention56.",
)]
NamedData = Annotated[str | None, typer.Argument(
    parser=typed(names.DataName), metavar="NAME", show_default=False,
    help=f"One of {', '.join(names.DataName)}. It is fetched now, if need be.",
)]
RunName = Annotated[str | None, typer.Argument(
    help="A run's name: its curve, and the command to repeat it.", show_default=False,
)]

DATA = typer.Option(
    metavar="NAME|FOLDER", parser=typed(names.require_data),
    help=f"{', '.join(names.DataName)}, or a folder with train/<class>/*.jpg and "
    "test/<class>/*.jpg.",
)
Data = Annotated[str, DATA]
OtherData = Annotated[str | None, DATA]
DataName = Annotated[str | None, typer.Option(help="What to call a folder's data.")]
Recipe = Annotated[names.RecipeName, typer.Option(
    parser=typed(names.RecipeName), help="How long and how fast to learn.",
)]
Steps = Annotated[int | None, count("Batches to learn from; else the recipe's number.")]
BatchSize = Annotated[int | None, count("Images in a batch; else the recipe's.")]
LearningRate = Annotated[float | None, typer.Option(
    help="Of the first step; else the recipe's.",
)]
LabelNoise = Annotated[float, typer.Option(
    min=0, max=1, help="Ratio of training labels that are changed at random.",
)]
Seed = Annotated[int, count("Of weights, batches and label noise.", least=0)]
Folder = Annotated[Path | None, typer.Option(
    help="Where checkpoint and run file go.", show_default="runs/<name>-seed<seed>",
)]
Weights = Annotated[str | None, typer.Option(
    help="Which of the network's weights: DEFAULT learned from CIFAR-10 as JPEG, "
    "SCENES from the built-in scenes.", show_default="DEFAULT",
)]
RunFolder = Annotated[Path | None, typer.Option(
    help="A run's folder.", show_default=False,
)]
RunsFolder = Annotated[Path | None, typer.Option(
    help="Where to look for runs.", show_default="the package's own",
)]
Precision = Annotated[names.Precision, typer.Option(
    parser=typed(names.Precision),
    help="What to compute in; auto takes what the GPU has.",
)]
Accumulation = Annotated[int, count("Micro-batches to accumulate gradients over.")]
MemoryFormat = Annotated[names.MemoryFormat, typer.Option(
    parser=typed(names.MemoryFormat), help="The order of values in memory.",
)]
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
