"""``resattn finetune ...``, as it is typed (chapter 10)."""

from __future__ import annotations

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn finetune my-photos",
    "resattn finetune my-photos --size 64 --folder runs/large",
    "resattn finetune my-photos --weights SCENES --freeze stem --freeze stages.0",
    "resattn finetune my-photos --from runs/mine --epochs 5",
    "resattn finetune my-photos --series '(.+)-'",
)
# How the package's arguments are typed that have another name here.
NAMES = {
    "folder": "FOLDER", "to": "--folder", "frozen": "--freeze", "images": "--size",
}


def command(
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
    series: options.Series = None,
    seed: options.SplitSeed = 0,
    skip_damaged: options.SkipDamaged = False,
    threads: options.Threads = None,
) -> None:
    """Teach a trained network your own classes, from a small folder of images.

    What it makes is a run's folder, which predict, masks, export and evaluate take.
    Without a folder val some images are held out to validate on. The epoch with the
    lowest validation error is kept; of several, that with the lowest loss. How long
    and how fast are our choices, not the paper's. It takes minutes, and does not go on
    if interrupted.
    """
    from resattn_tutorial.cli import finetune
    from resattn_tutorial.runtime.device import choose_threads
    from resattn_tutorial.training.tuning import Tuning

    choose_threads(threads)
    tuning = Tuning(epochs, patience, batch_size, learning_rate, seed=seed)
    to = finetune.place(images, folder, seed)
    trained = finetune.beginning(weights, start)
    show(finetune.run(
        images, to, trained, tuning, tuple(freeze), size, share, skip_damaged, series,
    ))
