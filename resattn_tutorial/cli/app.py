"""The command ``resattn``: train, finetune, evaluate, predict and more (chapter 10).

What is typed after each word stands in a module of ``cli.commands``; what it does, in
the module of that name in ``cli``. The latter needs PyTorch in most cases, and is
loaded when the command runs, so that help comes at once.
"""

from __future__ import annotations

import typer

from resattn_tutorial.cli import options
from resattn_tutorial.cli.commands import (
    cost,
    data,
    doctor,
    evaluate,
    experiment,
    export,
    finetune,
    grade,
    ledger,
    masks,
    predict,
    progress,
    train,
)
from resattn_tutorial.cli.plainly import Plainly
from resattn_tutorial.cli.typed_names import naming
from resattn_tutorial.cli.typed_words import examples

# In the order of the help.
COMMANDS = {
    "train": train, "finetune": finetune, "evaluate": evaluate, "predict": predict,
    "masks": masks, "export": export, "cost": cost, "data": data, "ledger": ledger,
    "progress": progress, "grade": grade, "doctor": doctor,
}

app = typer.Typer(
    name="resattn", cls=Plainly, no_args_is_help=True, add_completion=False,
    rich_markup_mode=None, pretty_exceptions_enable=False,
    epilog=examples(
        "resattn doctor", "resattn train first_attention", "resattn train --help",
        "resattn finetune my-photos",
        "resattn predict new-photos --folder runs/my-photos-finetuned-seed0",
        "resattn --debug train first_attention",
    ),
)


@app.callback()
def main(debug: options.Debug = False) -> None:
    """Train residual attention networks, test them, and look at what there is."""


for name, module in COMMANDS.items():
    kind = naming(getattr(module, "NAMES", {}))
    app.command(name, cls=kind, epilog=examples(*module.EXAMPLES))(module.command)
app.add_typer(experiment.experiment)
