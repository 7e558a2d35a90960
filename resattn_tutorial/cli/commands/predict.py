"""``resattn predict ...``, as it is typed (chapter 10)."""

from __future__ import annotations

import typer

from resattn_tutorial import names
from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show
from resattn_tutorial.printable import printable

EXAMPLES = (
    "resattn predict photo.jpg",
    "resattn predict photos --folder runs/mine --top 1",
    "resattn predict 'photos/*.png' --weights SCENES --format csv",
)


def command(
    images: options.Images,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
    top: options.Top = None,
    form: options.Form = names.OutputForm.TABLE,
) -> None:
    """Name what is on images, by a run's network or by packaged weights.

    A score is the softmax of a network's answer, from 0 to 1. It says what the network
    prefers among its classes, and not that one of them is there.
    """
    from resattn_tutorial.cli.image_words import image_files

    files = image_files(images)
    from resattn_tutorial.cli import predict

    trained = predict.trained_network(weights, folder)
    found = list(predict.predictions(trained, files, top))
    faults = [one for one in found if isinstance(one, str)]
    show(predict.told([one for one in found if one not in faults], form))
    for line in (f"By {trained.told}.", *faults):
        typer.echo(printable(line), err=True)
    if faults:
        raise typer.Exit(1)
