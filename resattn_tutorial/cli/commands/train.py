"""``resattn train ...``, as it is typed (chapter 10)."""

from __future__ import annotations

import typer

from resattn_tutorial import names
from resattn_tutorial.cli import options

EXAMPLES = (
    "resattn train first_attention",
    "resattn train cifar_attention56 --data cifar10 --recipe standard",
    "resattn train attention56 --data ~/photos --recipe photos --seed 1",
    "resattn train mini3 --validation 0.1 --ema 0.99 --mixup 0.2",
    "resattn train first_attention --folder run --copy-to /mnt/drive/run",
    "torchrun --nproc-per-node 8 -m resattn_tutorial.cli train \\",
    "    cifar_attention92 --data cifar10 --recipe paper-cifar",
)


def command(
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
