"""The command ``resattn``: train, evaluate, cost, data, ledger, doctor (chapter 10).

Whatever needs PyTorch is loaded when a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from resattn_tutorial import words
from resattn_tutorial.asking import (
    Data,
    DataName,
    Network,
    Precision,
    asked,
    examples,
    one_of,
    told_plainly,
)

app = typer.Typer(
    name="resattn", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Train and look at residual attention networks.\n\n"
    "'resattn COMMAND --help' has examples.",
)


@app.command(epilog=examples(
    "resattn train first_attention",
    "resattn train cifar_attention56 --data cifar10 --recipe standard",
    "resattn train cifar_attention92 --data ~/photos --steps 2000 --seed 1",
    "torchrun --nproc-per-node 8 -m resattn_tutorial.cli train cifar_attention92 \\",
    "    --data cifar10 --recipe paper-cifar",
))
def train(
    network: Network,
    data: Annotated[str, Data] = "builtin",
    data_name: DataName = None,
    recipe: Annotated[str, typer.Option(
        help=one_of(words.RECIPES),
        callback=asked(partial(words.require_word, "recipe", choices=words.RECIPES)),
    )] = "quick",
    steps: Annotated[int | None, typer.Option(
        min=1, help="Batches to learn from; the recipe's own number if not given.",
    )] = None,
    batch_size: Annotated[int | None, typer.Option(
        min=1, help="Images in a batch; the recipe's if not given.",
    )] = None,
    learning_rate: Annotated[float | None, typer.Option(
        help="Of the first step; the recipe's if not given.",
    )] = None,
    clean: Annotated[float, typer.Option(
        min=0, max=1, help="Ratio of training labels that stay as they are.",
    )] = 1.0,
    seed: Annotated[int, typer.Option(
        min=0, help="Of the weights, the batches and the spoiled labels.",
    )] = 0,
    folder: Annotated[Path | None, typer.Option(
        help="Where checkpoint and run file go.",
        show_default="runs/<name>-seed<seed>",
    )] = None,
    precision: Precision = "auto",
    shares: Annotated[int, typer.Option(
        min=1, help="Parts of a batch, learned from one after another.",
    )] = 1,
    points: Annotated[int, typer.Option(
        min=1, help="Points of the learning curve, each with a test.",
    )] = 10,
    save_every: Annotated[float, typer.Option(
        min=0, help="Seconds between checkpoints.",
    )] = 180.0,
    threads: Annotated[int | None, typer.Option(
        min=1, help="Of the processor; torch chooses if not given.",
    )] = None,
    compile: Annotated[bool, typer.Option(
        "--compile", help="Let torch.compile make it faster, after a slow start.",
    )] = False,
    deterministic: Annotated[bool, typer.Option(
        "--deterministic", help="The same bits on the same GPU; it costs time.",
    )] = False,
    sync_batch_norm: Annotated[bool, typer.Option(
        "--sync-batch-norm", help="One batch norm over all processes' GPUs.",
    )] = False,
) -> None:
    """Train a network, or go on: the same command resumes a run that was cut off.

    Ctrl-C writes a checkpoint and ends with status 130.
    """
    with told_plainly():
        from resattn_tutorial import launch
        from resattn_tutorial.plans import Experiment

        plan = Experiment(
            network, data, launch.chosen_recipe(recipe, steps, batch_size, learning_rate),
            seed, clean, data_name,
        )
        prepare = launch.preparation(compile, sync_batch_norm, shares)
        if deterministic:
            launch.make_deterministic()
        finished = launch.train(
            plan, folder, threads, precision=precision, shares=shares, points=points,
            save_every=save_every, prepare=prepare,
        )
    if not finished:
        raise typer.Exit(130)


@app.command(epilog=examples(
    "resattn evaluate --folder runs/first-attention-builtin-quick-seed0",
    "resattn evaluate --folder runs/mine --data ~/photos --data-name 'my photographs'",
))
def evaluate(
    folder: Annotated[Path, typer.Option(help="A run's folder.", show_default=False)],
    data: Annotated[str | None, Data] = None,
    data_name: DataName = None,
    precision: Precision = "auto",
) -> None:
    """Test the network of a run's last checkpoint; nothing is written."""
    with told_plainly():
        from resattn_tutorial import launch

        print("\n".join(launch.evaluation_lines(folder, data, data_name, precision)))


@app.command(epilog=examples(
    "resattn cost cifar_attention92", "resattn cost attention56 --size 320",
))
def cost(
    network: Network,
    size: Annotated[int | None, typer.Option(
        min=1, help="Height and width of an image.", show_default="32 or 224",
    )] = None,
    classes: Annotated[int | None, typer.Option(
        min=1, help="Number of classes.", show_default="10 or 1000",
    )] = None,
) -> None:
    """Count a network's parameters, and its multiply-adds for one image."""
    with told_plainly():
        from resattn_tutorial import listings

        print("\n".join(listings.cost_lines(network, size, classes)))


@app.command(epilog=examples(
    "resattn data", "resattn data cifar10",
    "RESATTN_MIRROR=https://example.org/data resattn data cifar100",
))
def data(
    name: Annotated[str | None, typer.Argument(
        help=one_of(words.DATA) + " Fetched now, if need be.", show_default=False,
        callback=asked(partial(words.require_word, "name", choices=words.DATA)),
    )] = None,
) -> None:
    """List the data that is here or, given a name, fetch it.

    RESATTN_DATA names the folder that keeps it, RESATTN_MIRROR a source to try first.
    """
    with told_plainly():
        from resattn_tutorial import holdings

        if name is not None:
            holdings.make_ready(name)
        print("\n".join(holdings.table()))


@app.command(epilog=examples(
    "resattn ledger", "resattn ledger chapter03-masks", "resattn ledger --folder runs",
))
def ledger(
    name: Annotated[str | None, typer.Argument(
        help="A run's name: its curve, and the command to repeat it.",
        show_default=False,
    )] = None,
    folder: Annotated[Path | None, typer.Option(
        help="Where to look for runs.", show_default="the package's own",
    )] = None,
) -> None:
    """List the recorded runs or, given a name, show how they went."""
    with told_plainly():
        from resattn_tutorial import listings
        from resattn_tutorial.ledger import RUNS

        place = RUNS if folder is None else folder
        print("\n".join(listings.run_lines(name, place) if name
              else [*listings.runs_table(place), f"in {place}"]))


@app.command(epilog=examples("resattn doctor"))
def doctor() -> None:
    """Tell in ten lines what there is, and what to mend; status 1 if there is such."""
    with told_plainly():
        from resattn_tutorial.doctor import examine

        findings = examine()
        print("\n".join(map(str, findings)))
    if any(finding.mend for finding in findings):
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
