"""Answers to *Whole or not at all*."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

from tests.banks import Answer

NAME = "whole_file"


def solution(path, write):
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            write(file)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def in_memory_first(path, write):
    memory = io.BytesIO()
    write(memory)
    draft = path.parent / "draft"
    try:
        draft.write_bytes(memory.getvalue())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def by_tempfile(path, write):
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            os.unlink(file.name)
            raise
    Path(file.name).rename(path)


def renamed_while_open(path, write):
    """Right: nothing is in a buffer, so the file is whole before it is closed."""
    draft = str(path) + "~"
    file = open(draft, "wb", buffering=0)
    try:
        write(file)
        os.rename(draft, path)
    except BaseException as error:
        os.remove(draft)
        raise error
    finally:
        file.close()


def in_a_folder_of_its_own(path, write):
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder, "draft")
        with draft.open("xb") as file:
            write(file)
        os.replace(draft, path)


RIGHT = [
    Answer(NAME, "a draft beside it", solution),
    Answer(NAME, "in a folder of its own, on the same disk", in_a_folder_of_its_own),
    Answer(NAME, "in memory, then a draft", in_memory_first),
    Answer(NAME, "by tempfile, forced to the disk", by_tempfile),
    Answer(NAME, "without a buffer, renamed while open", renamed_while_open),
]


def memory_then_directly(path, write):
    memory = io.BytesIO()
    write(memory)
    path.write_bytes(memory.getvalue())


def with_a_backup(path, write):
    backup = path.with_suffix(".bak")
    if path.exists():
        os.rename(path, backup)
    try:
        with path.open("wb") as file:
            write(file)
    except Exception:
        if backup.exists():
            os.replace(backup, path)
        else:
            path.unlink()
        raise
    backup.unlink(missing_ok=True)


def copied(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
        shutil.copy(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def wrong_way_round(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
        os.replace(path, draft)
    finally:
        draft.unlink(missing_ok=True)


WRONG = [
    Answer(NAME, "in memory, then directly", memory_then_directly, "os.replace"),
    Answer(NAME, "with a backup", with_a_backup, "os.replace"),
    Answer(NAME, "copied by shutil", copied, "os.replace"),
    Answer(NAME, "the wrong way round", wrong_way_round, "no longer there"),
]
