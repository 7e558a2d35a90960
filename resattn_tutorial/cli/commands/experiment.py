"""``resattn experiment ...``, as it is typed: five words (chapter 12)."""

from __future__ import annotations

from pathlib import Path

import typer

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show
from resattn_tutorial.cli.typed_names import naming
from resattn_tutorial.cli.typed_words import examples

# How the package's arguments are typed that have another name here.
Named = naming({"experiment": "NAME", "arm": "--only"})
experiment = typer.Typer(
    name="experiment", no_args_is_help=True, rich_markup_mode=None,
    help="The paper's tables, run again: list, show, run, table, check.",
)


@experiment.command("list", cls=Named, epilog=examples("resattn experiment list"))
def list_experiments(folder: options.ExperimentFolder = None) -> None:
    """List every experiment: what is recorded, and what the rest would take."""
    from resattn_tutorial.cli.experiment import list_lines

    show(list_lines(folder))


@experiment.command("show", cls=Named, epilog=examples(
    "resattn experiment show table3-mini",
))
def show_experiment(
    name: options.Experiment, folder: options.ExperimentFolder = None
) -> None:
    """Show what an experiment varies and claims, and how far it has come."""
    from resattn_tutorial.cli.experiment import show_lines

    show(show_lines(name, folder))


@experiment.command("table", cls=Named, epilog=examples(
    "resattn experiment table table3-mini",
))
def tabulate_experiment(
    name: options.Experiment, folder: options.ExperimentFolder = None
) -> None:
    """Show what came of an experiment: errors, and a word for each claim."""
    from resattn_tutorial.cli.experiment import table_lines

    show(table_lines(name, folder))


@experiment.command("run", cls=Named, epilog=examples(
    "resattn experiment run table3-mini",
    "resattn experiment run table3-mini table1-mini --shard 2/8",
    "resattn experiment run table3-mini --only '1 module, naive'",
    "resattn experiment run table3-jpeg --data ~/cifar10-jpeg",
))
def run_experiment(
    names: options.Experiments,
    folder: options.RunsHere = Path("experiments"),
    shard: options.Shard = "1/1",
    only: options.Only = (),
    data: options.ExperimentData = None,
) -> None:
    """Run what is missing of experiments; the same command goes on after a break.

    Several of them in one folder, on one machine or many, share the work.
    """
    from resattn_tutorial.cli.experiment import run_experiments

    data = None if data is None else str(data)
    if not run_experiments(names, folder, shard, only, data):
        raise typer.Exit(130)


@experiment.command("check", cls=Named, epilog=examples(
    "resattn experiment check experiments/*.json",
))
def check_runs(files: options.RunFiles) -> None:
    """Check that run files hold together, before they are handed in."""
    from resattn_tutorial.cli.experiment import check_lines

    lines, sound = check_lines(files)
    show(lines)
    if not sound:
        raise typer.Exit(1)
