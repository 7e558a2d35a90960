"""Write down what the exercise checks say to every wrong answer of the banks.

    python -m tools.referee before    fill the column *before*, of all exercises
    python -m tools.referee after     fill the column *after*, and list what got worse

The table, ``tests/data/check_words.csv``, is the referee of a change to the checks: an
answer that was rejected and named stays so, or a reason stands in the last column.
"""

from __future__ import annotations

import csv
import importlib
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import torch

from tools.ending import ended
from tools.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tests" / "data" / "check_words.csv"
COLUMNS = ("chapter", "exercise", "answer", "before", "after", "reason")
ACCEPTED, UNNAMED = "ACCEPTED", "UNNAMED"
Key = tuple[str, str, str]


def said() -> Iterator[tuple[Key, str]]:
    """Each wrong answer of the banks, and the mistake that its report names."""
    for path in sorted((ROOT / "tests" / "banks").glob("chapter[0-9][0-9].py")):
        bank = importlib.import_module(f"tests.banks.{path.stem}")
        checks = importlib.import_module(f"resattn_tutorial.checks.{path.stem}")
        for answer in bank.WRONG:
            report = getattr(checks, answer.exercise).report(answer.answer)
            words = ACCEPTED if report.passed else report.mistake or UNNAMED
            yield (path.stem, answer.exercise, answer.story), words


def read(path: Path = TABLE) -> dict[Key, dict[str, str]]:
    """The table's rows by chapter, exercise and answer; empty where there is none."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {tuple(row[c] for c in COLUMNS[:3]): row for row in csv.DictReader(file)}


def worse(row: dict[str, str]) -> bool:
    """Whether an answer that was named is accepted or unnamed now, without a reason."""
    lost = (ACCEPTED, UNNAMED)
    return row["before"] not in lost and row["after"] in lost and not row["reason"]


def fill(rows: dict[Key, dict[str, str]], column: str) -> None:
    """Put what the checks say now into a column; rows of answers gone stay."""
    for key, words in said():
        row = rows.setdefault(key, dict.fromkeys(COLUMNS, ""))
        row.update(zip(COLUMNS, key, strict=False))
        row[column] = words


def text(rows: dict[Key, dict[str, str]]) -> str:
    """The table as CSV, in the order of its rows."""
    stream = StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return stream.getvalue()


def main(words: list[str]) -> int:
    """Fill a column; the status is 1 if something got worse."""
    if words not in (["before"], ["after"]):
        print(__doc__)
        return 2
    torch.set_num_threads(1)
    rows = read()
    fill(rows, words[0])
    write_whole(TABLE, text(rows))
    lost = [row for row in rows.values() if row["after"] and worse(row)]
    for row in lost:
        print(*(row[column] for column in COLUMNS), sep=" | ")
    print(f"{len(rows)} answers in {TABLE.relative_to(ROOT)}; {len(lost)} got worse")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(ended(lambda: main(sys.argv[1:])))
