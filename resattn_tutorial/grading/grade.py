"""Grade a class: every notebook of a folder, one row each, whatever is in it.

Rows that are there already are kept: a row follows from the notebook's bytes and those
beside it, the package's version, and what was asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from resattn_tutorial import __version__
from resattn_tutorial.files import write_whole
from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.finding import (
    ENDING,
    Files,
    Handed,
    find_notebooks,
    read_files,
)
from resattn_tutorial.grading.pages import as_csv, as_html
from resattn_tutorial.grading.rows import (
    Row,
    attempts_of,
    checks_asked,
    row_of,
    stopped_words,
    unrun_words,
    verdict_of,
)
from resattn_tutorial.grading.tasks import JUDGE, RUN, Outcome, Task
from resattn_tutorial.grading.workplace import GradingError, Workplace
from resattn_tutorial.printable import printable
from resattn_tutorial.validation import require_path

RECORD, CSV, HTML = "rows.json", "grades.csv", "grades.html"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """What a grader asks for.

    Attributes:
        allowance: what each notebook may use.
        every_cell: whether to run every cell.
    """

    allowance: Allowance = Allowance()
    every_cell: bool = False

    def key(self, files: Files) -> str:
        """What a row follows from."""
        facts = [__version__, files.digest, asdict(self.allowance), self.every_cell]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def grade(
    folder: Path, to: Path, asked: Asked, workplace: Workplace, say: Say = print
) -> list[Row]:
    """Grade all notebooks of a folder, and write the table after each.

    Args:
        folder: the class's: a folder for each learner, or the notebooks side by side.
        to: a folder for the record, the CSV and the HTML; it is made if need be.
        asked: what to run and what to allow.
        workplace: where the notebooks run.
        say: is told a line for each row as it is made.

    Raises:
        GradingError: there is nothing to grade, ``to`` lies in the class's folder, or
            the workplace cannot keep a learner's code in.
        OSError: the folder cannot be read, or the table not be written.
    """
    folder, to = require_path("folder", folder), require_path("to", to)
    if to.resolve().is_relative_to(folder.resolve()):
        raise GradingError(f"to must lie outside {folder}: it would be a learner's.")
    handed = find_notebooks(folder)
    if not handed:
        raise GradingError(f"{folder} holds no notebook, and no folder with one.")
    to.mkdir(parents=True, exist_ok=True)
    kept, rows = read_rows(to / RECORD), []
    for one in handed:
        row = _graded(one, folder, asked, kept, workplace)
        rows.append(row)
        kept.pop((row.file, row.key), None)
        _write(to, rows, list(kept.values()))
        say(line_of(row))
    _write(to, rows, [])
    return rows


def read_rows(path: Path) -> dict[tuple[str, str], Row]:
    """The rows that were made before, by file and key; none where they are unreadable.
    """
    try:
        rows = [row_of(facts) for facts in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
    return {(row.file, row.key): row for row in rows if row.key}


def _write(to: Path, rows: list[Row], others: list[Row]) -> None:
    """Write the table; the record keeps rows that have not been come to yet as well."""
    facts = [row.as_facts() for row in rows + others]
    write_whole(to / RECORD, json.dumps(facts, indent=1) + "\n")
    write_whole(to / CSV, as_csv(rows))
    write_whole(to / HTML, as_html(rows))


def _graded(
    one: Handed, folder: Path, asked: Asked, kept: dict[tuple[str, str], Row],
    workplace: Workplace,
) -> Row:
    """One row, kept or new; of what cannot be read, too."""
    file = str(one.path.relative_to(folder)) if one.path else ""
    begin = Row(one.learner, file, stopped=one.trouble)
    if one.path is None:
        return begin
    try:
        files = read_files(one)
    except (OSError, ValueError) as error:
        return replace(begin, stopped=str(error))
    key = asked.key(files)
    if (file, key) in kept:
        return replace(kept[file, key], learner=one.learner)
    task = Task(
        RUN, asked.allowance, files.content, one.path.name, every=asked.every_cell
    )
    run = workplace.do(task)
    begin = replace(begin, key=key, wall=workplace.wall, minutes=run.seconds / 60)
    return _judged(begin, run, files, replace(task, do=JUDGE), workplace)


def _judged(
    begin: Row, run: Outcome, files: Files, task: Task, workplace: Workplace
) -> Row:
    """A row with its verdicts, each answer judged alone, beside the learner's files."""
    beside = {
        name: content for name, content in files.content.items()
        if not name.endswith(ENDING)
    }
    notebook, checks = checks_asked(run)
    verdicts, seconds = {}, run.seconds
    for check in checks:
        attempt, alone = attempts_of(run, check), None
        if attempt and attempt["done"] and attempt["source"]:
            alone = workplace.do(replace(
                task, files=beside, check=check, source=attempt["source"]
            ))
            seconds += alone.seconds
        verdicts[check] = verdict_of(attempt, alone, unrun_words(run, check))
    errors = [
        f"code cell {facts['number']}: {facts['words']}" for facts in run.of("error")
    ]
    stopped = stopped_words(run)
    if not notebook and not stopped:
        stopped = "no notebook of this book is known by its checks or its name"
    return replace(
        begin, notebook=notebook, verdicts=verdicts, minutes=seconds / 60,
        stopped=stopped, errors=errors[:5], notes=list(_notes(run, errors, files)),
    )


def _notes(run: Outcome, errors: list[str], files: Files) -> Iterator[str]:
    """What else an instructor may want to know of a run."""
    told = (run.of("notebook") or [{"run": 0, "cells": 0, "left_out": []}])[-1]
    if told["run"] < told["cells"]:
        yield f"{told['run']} of {told['cells']} code cells run"
    if told["left_out"]:
        yield f"not run: {'; '.join(told['left_out'])}"
    if len(errors) > 5:
        yield f"{len(errors) - 5} more cells with errors"
    if run.forged:
        yield f"{run.forged} lines of the report are not signed: somebody forged them"
    if files.left_out:
        yield f"{files.left_out} files beside it are left out: too many or too large"


def line_of(row: Row) -> str:
    """A row in one line, for the one who waits."""
    what = row.notebook or row.file or "-"
    came = f"{row.passed} of {len(row.verdicts)} passed" if row.verdicts else "-"
    look = f", {row.to_look_at} to look at" if row.to_look_at else ""
    stopped = f"; {row.stopped}" if row.stopped else ""
    return printable(f"{row.learner}: {what}, {came}{look}{stopped}")
