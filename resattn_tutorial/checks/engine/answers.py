"""A learner's answers that passed, kept as source in a folder of the learner's own.

A kernel that is lost, or a notebook that is closed, loses nothing: each answer is a
small Python file that runs by itself.
"""

from __future__ import annotations

import ast
import linecache
import math
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

from resattn_tutorial.checks.engine.answers_folder import folder
from resattn_tutorial.checks.engine.source import NotKept, source_of
from resattn_tutorial.files import replacing

# What a pasted answer may use without an import, as in every chapter.
AT_HAND = {"torch": torch, "nn": torch.nn, "F": F, "Tensor": torch.Tensor, "math": math}


def keep(file_name: str, title: str, answer: Any) -> str:
    """Write an answer's source into the folder; returns what the learner is told.

    Only what a notebook defines is kept: a module of Python has its file already.
    Nothing is lost where that fails: the answer goes on in this notebook.
    """
    place = folder()
    if place is None or getattr(answer, "__module__", "") != "__main__":
        return ""
    path = place / file_name
    try:
        text = f'"""An answer that passed: {title}."""\n\n{source_of(answer)}'
        if path.is_file() and path.read_text("utf-8") == text:
            return ""
        place.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(text.encode())
    except (NotKept, OSError) as error:
        return f"It is yours in this notebook, but not kept for others: {error}."
    return f"Kept in {path}."


def take(file_name: str, pasted: str = "") -> tuple[Any, str]:
    """The answer that was pasted, or else kept, and where it comes from.

    Without an answer, the second is why: empty where there is nothing to take, and else
    what is wrong with the text.
    """
    place = folder()
    if pasted.strip():
        page = vars(sys.modules["__main__"])
        return last_defined(textwrap.dedent(pasted), "what you pasted", page)
    if place is None or not (path := place / file_name).is_file():
        return None, ""
    return last_defined(path.read_text("utf-8"), str(path), {})


def last_defined(
    text: str, where: str, known: Mapping[str, Any]
) -> tuple[Any, str]:
    """What a text defines last: a function, a class or an assigned name.

    Args:
        text: Python, which is run.
        where: what it is from, for messages.
        known: names that it may use, besides those of every chapter.

    Returns:
        The thing and ``where``; or ``None``, and why there is none.
    """
    names = {**AT_HAND, **known, "__name__": "__main__"}
    linecache.cache[where] = (len(text), None, text.splitlines(True), where)
    try:
        tree = ast.parse(text, where)
        exec(compile(text, where, "exec"), names)
    except Exception as error:  # the learner's code may raise anything
        return None, f"{where} cannot be run ({type(error).__name__}: {error})"
    defined = [
        getattr(node, "name", None) or getattr(node.targets[0], "id", None)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign)
    ]
    if not defined:
        return None, f"{where} defines nothing"
    return names[defined[-1]], where
