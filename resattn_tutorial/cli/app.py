"""The command ``resattn``: train, finetune, evaluate, predict and more (chapter 10).

Whatever needs PyTorch is loaded when a command runs, so that help comes at once.
"""

from __future__ import annotations

from pathlib import Path

import typer

from resattn_tutorial import names
from resattn_tutorial.cli import options
from resattn_tutorial.cli.options import examples
from resattn_tutorial.cli.plainly import Plainly, show
from resattn_tutorial.printable import printable

app = typer.Typer(
    name="resattn", cls=Plainly, no_args_is_help=True, add_completion=False,
    rich_markup_mode=None, pretty_exceptions_enable=False,
    epilog=examples(
        "resattn doctor", "resattn train first_attention", "resattn train --help",
        "resattn --debug train first_attention",
    ),
)


@app.callback()
def main(debug: options.Debug = False) -> None:
    """Train residual attention networks, test them, and look at what there is."""


@app.command(epilog=examples(
    "resattn train first_attention",
    "resattn train cifar_attention56 --data cifar10 --recipe standard",
    "resattn train attention56 --data ~/photos --recipe photos --seed 1",
    "resattn train mini3 --validation 0.1 --ema 0.99 --mixup 0.2",
    "resattn train first_attention --folder run --copy-to /mnt/drive/run",
    "torchrun --nproc-per-node 8 -m resattn_tutorial.cli train \\",
    "    cifar_attention92 --data cifar10 --recipe paper-cifar",
))
def train(
    network: options.Network,
    attention: options.Attention = names.AttentionName.RESIDUAL,
    data: options.Data = names.DataName.BUILTIN.value,
    data_name: options.DataName = None,
    skip_damaged: options.SkipDamaged = False,
    recipe: options.Recipe = names.RecipeName.QUICK,
    steps: options.Steps = None,
    batch_size: options.BatchSize = None,
    learning_rate: options.LearningRate = None,
    smoothing: options.Smoothing = None,
    ema: options.Ema = None,
    mixup: options.Mixup = None,
    random_erasing: options.RandomErasing = None,
    validation: options.Validation = None,
    label_noise: options.LabelNoise = 0.0,
    seed: options.Seed = 0,
    folder: options.Folder = None,
    copy_to: options.CopyTo = None,
    precision: options.Precision = names.Precision.AUTO,
    accumulation: options.Accumulation = 1,
    memory_format: options.MemoryFormat = names.MemoryFormat.CHANNELS_LAST,
    compile: options.Compile = False,
    graphs: options.Graphs = True,
    deterministic: options.Deterministic = False,
    sync_batch_norm: options.SyncBatchNorm = False,
    threads: options.Threads = None,
    points: options.Points = 10,
    save_every: options.SaveEvery = 180.0,
) -> None:
    """Train a network, or go on with a run that was cut off.

    The same command goes on. Ctrl-C writes a checkpoint and ends with status 130.
    """
    from resattn_tutorial.cli.train import train
    from resattn_tutorial.config import TrainingConfig
    from resattn_tutorial.recipes import find_recipe

    config = TrainingConfig(
        network=network, attention=attention, data=data, data_name=data_name,
        skip_damaged=skip_damaged,
        recipe=find_recipe(
            recipe, steps, batch_size, learning_rate, smoothing, ema, mixup,
            random_erasing, validation,
        ),
        seed=seed, label_noise=label_noise, precision=precision,
        accumulation=accumulation,
        memory_format=memory_format, compile=compile,
        graphs=graphs, deterministic=deterministic, sync_batch_norm=sync_batch_norm,
        threads=threads, points=points, save_every=save_every,
    )
    finished = train(config, folder, copy_to)
    if not finished:
        raise typer.Exit(130)


@app.command(epilog=examples(
    "resattn finetune my-photos",
    "resattn finetune my-photos --size 64 --folder runs/large",
    "resattn finetune my-photos --weights SCENES --freeze stem --freeze stages.0",
    "resattn finetune my-photos --from runs/mine --epochs 5",
))
def finetune(
    images: options.OwnImages,
    weights: options.Weights = None,
    start: options.Start = None,
    folder: options.NewFolder = None,
    freeze: options.Freeze = (),
    size: options.SizeShown = None,
    epochs: options.Epochs = None,
    patience: options.Patience = None,
    batch_size: options.BatchOfImages = 32,
    learning_rate: options.FirstRate = 0.01,
    share: options.Share = None,
    seed: options.SplitSeed = 0,
    skip_damaged: options.SkipDamaged = False,
    threads: options.Threads = None,
) -> None:
    """Teach a trained network your own classes, from a small folder of images.

    The epoch with the lowest validation error is kept. How long and how fast are our
    choices, not the paper's. It takes minutes, and does not go on if interrupted.
    """
    from resattn_tutorial.cli import finetune
    from resattn_tutorial.runtime.device import choose_threads
    from resattn_tutorial.training.tuning import Tuning

    choose_threads(threads)
    tuning = Tuning(epochs, patience, batch_size, learning_rate, seed=seed)
    trained = finetune.beginning(weights, start)
    show(finetune.run(
        images, folder, trained, tuning, tuple(freeze), size, share, skip_damaged
    ))


@app.command(epilog=examples(
    "resattn evaluate --folder runs/first-attention-builtin-quick-seed0",
    "resattn evaluate --folder runs/mine --data ~/photos",
    "resattn evaluate cifar_attention56 --data cifar10",
    "resattn evaluate cifar_attention56 --weights SCENES --data builtin",
))
def evaluate(
    network: options.Pretrained = None,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
    data: options.OtherData = None,
    data_name: options.DataName = None,
    skip_damaged: options.SkipDamaged = False,
    precision: options.Precision = names.Precision.AUTO,
) -> None:
    """Test a run's last checkpoint, or a network with weights; nothing is written."""
    from resattn_tutorial.cli.evaluate import Tested, lines

    tested = Tested(data, data_name, skip_damaged, precision)
    show(lines(network, weights, folder, tested))


@app.command(epilog=examples(
    "resattn predict photo.jpg",
    "resattn predict photos --folder runs/mine --top 1",
    "resattn predict 'photos/*.png' --weights SCENES --format csv",
))
def predict(
    images: options.Images,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
    top: options.Top = 3,
    form: options.Form = names.OutputForm.TABLE,
) -> None:
    """Name what is on images, by a run's network or by packaged weights.

    A score is the softmax of a network's answer, from 0 to 1. It says what the network
    prefers among its classes, and not that one of them is there.
    """
    from resattn_tutorial.cli import predict

    trained = predict.trained_network(weights, folder)
    found = list(predict.predictions(trained, predict.image_files(images), top))
    faults = [one for one in found if isinstance(one, str)]
    show(predict.told([one for one in found if one not in faults], form))
    for line in (f"By {trained.told}.", *faults):
        typer.echo(printable(line), err=True)
    if faults:
        raise typer.Exit(1)


@app.command(epilog=examples(
    "resattn masks photo.jpg --to masks.png",
    "resattn masks photo.jpg --to masks.svg --folder runs/mine --channel 5",
))
def masks(
    image: options.OneImage,
    to: options.Picture,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
    most: options.Most = 3,
    channel: options.Channel = None,
) -> None:
    """Draw the masks of every module over an image.

    For each mask its mean and the channels that vary most over the positions.
    """
    from resattn_tutorial.cli.masks import write_masks
    from resattn_tutorial.cli.predict import trained_network

    trained = trained_network(weights, folder)
    show([f"By {trained.told}.", *write_masks(trained, image, to, most, channel)])


@app.command(epilog=examples(
    "resattn export --to network.onnx",
    "resattn export --folder runs/mine --to mine.onnx",
))
def export(
    to: options.OnnxFile,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
) -> None:
    """Write a network as an ONNX file, for other programs.

    It is checked by onnxruntime, for three sizes of images and two numbers of them.
    """
    from resattn_tutorial.cli.export import lines
    from resattn_tutorial.cli.predict import trained_network

    show(lines(trained_network(weights, folder), to))


@app.command(epilog=examples(
    "resattn cost cifar_attention92",
    "resattn cost attention56 --size 320",
    "resattn cost cifar_attention56 --attention trunk",
))
def cost(
    network: options.Network,
    attention: options.Attention = names.AttentionName.RESIDUAL,
    size: options.Size = None,
    classes: options.Classes = None,
) -> None:
    """Count a network's parameters and multiply-adds."""
    from resattn_tutorial.cli import tables

    show(tables.cost_lines(network, attention, size, classes))


@app.command(epilog=examples(
    "resattn data",
    "resattn data cifar10",
    "RESATTN_MIRROR=https://example.org/data resattn data cifar100",
))
def data(name: options.NamedData = None) -> None:
    """List the data that is here; given a name, fetch it first.

    RESATTN_DATA names the folder that keeps it, RESATTN_MIRROR a place to try first.
    """
    from resattn_tutorial.cli import data

    if name is not None:
        data.make_ready(name)
    show(data.table())


@app.command(epilog=examples(
    "resattn ledger",
    "resattn ledger chapter03-masks",
    "resattn ledger --folder runs",
))
def ledger(name: options.RunName = None, folder: options.RunsFolder = None) -> None:
    """List the recorded runs; given a name, show how its runs went."""
    from resattn_tutorial.cli import tables
    from resattn_tutorial.ledger.store import RUNS

    folder = RUNS if folder is None else folder
    if name is None:
        show(tables.runs_table(folder))
    else:
        show(tables.run_lines(name, folder))


experiment = typer.Typer(
    name="experiment", no_args_is_help=True, rich_markup_mode=None,
    help="The paper's tables, run again: list, show, run, table, check.",
)
app.add_typer(experiment)


@experiment.command("list", epilog=examples("resattn experiment list"))
def list_experiments(folder: options.ExperimentFolder = None) -> None:
    """List every experiment: what is recorded, and what the rest would take."""
    from resattn_tutorial.cli.experiment import list_lines

    show(list_lines(folder))


@experiment.command("show", epilog=examples("resattn experiment show table3-mini"))
def show_experiment(
    name: options.Experiment, folder: options.ExperimentFolder = None
) -> None:
    """Show what an experiment varies and claims, and how far it has come."""
    from resattn_tutorial.cli.experiment import show_lines

    show(show_lines(name, folder))


@experiment.command("table", epilog=examples("resattn experiment table table3-mini"))
def tabulate_experiment(
    name: options.Experiment, folder: options.ExperimentFolder = None
) -> None:
    """Show what came of an experiment: errors, and a word for each claim."""
    from resattn_tutorial.cli.experiment import table_lines

    show(table_lines(name, folder))


@experiment.command("run", epilog=examples(
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

    if not run_experiments(names, folder, shard, only, data):
        raise typer.Exit(130)


@experiment.command("check", epilog=examples(
    "resattn experiment check experiments/*.json",
))
def check_runs(files: options.RunFiles) -> None:
    """Check that run files hold together, before they are handed in."""
    from resattn_tutorial.cli.experiment import check_lines

    lines, sound = check_lines(files)
    show(lines)
    if not sound:
        raise typer.Exit(1)


@app.command(epilog=examples("resattn doctor"))
def doctor() -> None:
    """Tell in ten lines what there is, and what to fix.

    The status is 1 if something must be fixed.
    """
    from resattn_tutorial.cli.doctor import examine

    findings = examine()
    show([line for finding in findings for line in str(finding).splitlines()])
    if any(finding.mend for finding in findings):
        raise typer.Exit(1)
