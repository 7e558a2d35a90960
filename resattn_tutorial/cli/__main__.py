"""``python -m resattn_tutorial.cli`` is ``resattn``; torchrun needs a module."""

from resattn_tutorial.cli.app import app

app(prog_name="resattn")
