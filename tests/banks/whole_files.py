"""Answers to *Whole or not at all*."""

from __future__ import annotations

import contextlib
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
    except Exception as error:
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


def directly(path, write):
    with path.open("wb") as file:
        write(file)


def directly_and_removed(path, write):
    try:
        with open(path, "wb") as file:
            write(file)
    except Exception:
        path.unlink()
        raise


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


def with_a_copy(path, write):
    old = path.read_bytes() if path.exists() else None
    try:
        with path.open("wb") as file:
            write(file)
    except Exception:
        if old is None:
            path.unlink()
        else:
            path.write_bytes(old)
        raise


def removed_first(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
        path.unlink(missing_ok=True)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def removed_at_once(path, write):
    path.unlink(missing_ok=True)
    solution(path, write)


def in_the_temporary_folder(path, write):
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "draft"
        with draft.open("wb") as file:
            write(file)
        os.replace(draft, path)


def moved_by_shutil(path, write):
    with tempfile.NamedTemporaryFile(delete=False) as file:
        try:
            write(file)
        except Exception:
            os.unlink(file.name)
            raise
    shutil.move(file.name, path)


def copied(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
        shutil.copy(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def not_cleaned(path, write):
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        write(file)
    os.replace(draft, path)


def draft_stays(path, write):
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        write(file)
    spare = path.with_name("spare")
    shutil.copy(draft, spare)
    os.replace(spare, path)


def swallowed(path, write):
    with contextlib.suppress(Exception):
        solution(path, write)


def told_only(path, write):
    try:
        solution(path, write)
    except Exception as error:
        return error


def another_error(path, write):
    try:
        solution(path, write)
    except Exception as error:
        raise RuntimeError("could not write") from error


def never_named(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
    finally:
        draft.unlink(missing_ok=True)


def replaced_in_finally(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
    finally:
        os.replace(draft, path)


def replaced_while_open(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
            os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def replaced_before(path, write):
    draft = path.with_name("draft")
    with draft.open("wb") as file:
        os.replace(draft, path)
        write(file)


def wrong_way_round(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            write(file)
        os.replace(path, draft)
    finally:
        draft.unlink(missing_ok=True)


def as_text(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("w") as file:
            write(file)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def appended(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("ab") as file:
            if path.exists():
                file.write(path.read_bytes())
            write(file)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def for_reading(path, write):
    draft = path.with_name("draft")
    try:
        draft.touch()
        with draft.open("rb") as file:
            write(file)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def closed_first(path, write):
    draft = path.with_name("draft")
    try:
        with draft.open("wb") as file:
            pass
        write(file)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def not_written(path, write):
    draft = path.with_name("draft")
    draft.touch()
    os.replace(draft, path)


def gives_the_path(path, write):
    draft = path.with_name("draft")
    try:
        write(draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def folder_swept(path, write):
    try:
        solution(path, write)
    finally:
        for file in path.parent.iterdir():
            if file != path:
                file.unlink()


WRONG = [
    Answer(NAME, "directly", directly, "os.replace"),
    Answer(NAME, "directly, removed after an error", directly_and_removed,
           "os.replace"),
    Answer(NAME, "in memory, then directly", memory_then_directly, "os.replace"),
    Answer(NAME, "with a backup", with_a_backup, "os.replace"),
    Answer(NAME, "the old contents written again", with_a_copy, "os.replace"),
    Answer(NAME, "the old file removed first", removed_first, "removed"),
    Answer(NAME, "the old file removed at once", removed_at_once, "removed"),
    Answer(NAME, "in the temporary folder", in_the_temporary_folder, "another folder"),
    Answer(NAME, "moved by shutil", moved_by_shutil, "another folder"),
    Answer(NAME, "copied by shutil", copied, "os.replace"),
    Answer(NAME, "no cleaning after an error", not_cleaned, "left behind"),
    Answer(NAME, "the draft stays", draft_stays, "left behind"),
    Answer(NAME, "the error swallowed", swallowed, "raised again"),
    Answer(NAME, "the error returned", told_only, "raised again"),
    Answer(NAME, "another error", another_error, "very error"),
    Answer(NAME, "never named", never_named, "never gets its name"),
    Answer(NAME, "named also after an error", replaced_in_finally, "half file"),
    Answer(NAME, "named while it is open", replaced_while_open, "close the file"),
    Answer(NAME, "named before it is written", replaced_before, "close the file"),
    Answer(NAME, "the wrong way round", wrong_way_round, "no longer there"),
    Answer(NAME, "as text", as_text, "bytes"),
    Answer(NAME, "appended", appended, "close the file"),
    Answer(NAME, "for reading", for_reading, "writing"),
    Answer(NAME, "closed first", closed_first, "closed before"),
    Answer(NAME, "write not called", not_written, "write(file)"),
    Answer(NAME, "write gets the path", gives_the_path, "takes a file"),
    Answer(NAME, "the folder swept", folder_swept, "your own draft"),
    Answer(NAME, "returns the path", lambda path, write: path, "write(file)"),
    Answer(NAME, "one argument", lambda path: None, "arguments"),
]
