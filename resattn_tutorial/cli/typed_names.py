"""Refusals in the names that were typed (chapter 10).

The package's refusals begin with the name of an argument: ``to must be a folder that
holds no run yet``. Who typed ``--folder`` has not met a ``to``. So a command says
``--folder must be``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand


def naming(others: Mapping[str, str]) -> type[TyperCommand]:
    """The kind of a command whose refusals tell what was typed.

    Args:
        others: how arguments of the package are typed that have another name in the
            command, ``{"to": "--folder"}`` for one.
    """

    class Naming(TyperCommand):
        """A command that adds to whatever ends it how its arguments are typed."""

        def invoke(self, ctx: typer.Context) -> Any:
            """Run it."""
            try:
                return super().invoke(ctx)
            except Exception as error:
                error.typed_names = names_of(self) | others
                raise

    return Naming


def names_of(command: TyperCommand) -> dict[str, str]:
    """How each of a command's parameters is typed: ``{"batch_size": "--batch-size"}``.

    An argument is called as the help calls it.
    """
    return {
        one.name: as_shown(one) if isinstance(one, TyperArgument) else one.opts[0]
        for one in command.params
    }


def as_shown(argument: TyperArgument) -> str:
    """What the help calls an argument: ``"FOLDER"``."""
    return (argument.metavar or argument.name.upper()).removesuffix("...")


def in_typed_names(told: str, error: Exception) -> str:
    """A refusal's words with the name that was typed.

    The words change only where they begin with an argument's name, and go on with what
    it must be; so no file is called otherwise because its name is an argument's, too.
    """
    names = getattr(error, "typed_names", {})
    found = re.match(r"(\w+)(?= (?:[^.:;]*? )?(?:must|needs)\b)", told)
    if found and found[1] in names:
        return names[found[1]] + told[found.end():]
    return told
