"""The table of a class, as CSV for a spreadsheet and as one HTML page.

All that is shown comes from learners: names of files, words of errors, sources. The
page escapes it and runs no script; a spreadsheet must not take it for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from html import escape

from resattn_tutorial import __version__
from resattn_tutorial.grading.rows import Row, Verdict
from resattn_tutorial.printable import printable

# What a spreadsheet takes for a formula, or for the beginning of one.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")
STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.45 system-ui, sans-serif; margin: 1.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 0.5rem 0 2rem; }
th, td { border: 1px solid #8888; padding: 0.3rem 0.6rem; text-align: left;
  vertical-align: top; max-width: 26rem; overflow-wrap: anywhere; }
td.number { text-align: right; white-space: nowrap; }
.state { font-weight: 600; }
.passed .state { color: light-dark(#14602b, #7fd99a); }
.not-passed .state { color: light-dark(#9b1c1c, #ff9d94); }
.look .state, .marks { color: light-dark(#7a4b00, #ffc46b); }
.not-done .state, .not-run .state { color: light-dark(#555, #aaa); font-weight: 400; }
pre { max-height: 20rem; overflow: auto; }"""


def columns(rows: Iterable[Row]) -> list[str]:
    """All checks of the rows' notebooks, in the book's order."""
    notebooks = sorted({row.notebook: row for row in rows if row.notebook}.items())
    return list(dict.fromkeys(
        check for _, row in notebooks for check in row.verdicts
    ))


def as_csv(rows: list[Row]) -> str:
    """The table, one line a row, a column for each check; for Excel and the like."""
    checks, out = columns(rows), io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([
        "learner", "file", "notebook", "passed", "of", "to look at", "minutes",
        "stopped", "errors", "notes", *checks,
    ])
    for row in rows:
        told = (in_words(row.verdicts.get(check)) for check in checks)
        cells = [
            row.learner, row.file, row.notebook, row.passed, len(row.verdicts),
            row.to_look_at, f"{row.minutes:.2f}", row.stopped, "; ".join(row.errors),
            "; ".join(row.notes), *told,
        ]
        writer.writerow([x if isinstance(x, int) else harmless(x) for x in cells])
    return "\ufeff" + out.getvalue()                 # Excel asks for the mark


def in_words(verdict: Verdict | None) -> str:
    """A verdict in one cell; nothing where the notebook has no such check."""
    if verdict is None:
        return ""
    words = f": {verdict.words}" if verdict.words else ""
    marks = f" [{'; '.join(verdict.marks)}]" if verdict.marks else ""
    return f"{verdict.state}{words}{marks}"


def harmless(text: str) -> str:
    """Text on one line that no spreadsheet takes for a formula."""
    text = printable(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def as_html(rows: list[Row]) -> str:
    """The tables, one for each notebook of the book, in a page that stands alone."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.notebook or "~"):
        groups.setdefault(row.notebook, []).append(row)
    walls = sorted({row.wall for row in rows if row.wall})
    learners = len({row.learner for row in rows})
    body = "".join(_table(name, group) for name, group in groups.items())
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        'style-src \'unsafe-inline\'">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Grades</title><style>{STYLE}</style></head><body><h1>Grades</h1>"
        f"<p>{learners} learners, {len(rows)} rows, resattn_tutorial "
        f"{_text(__version__)}. Kept in by: {_text('; '.join(walls) or 'nothing ran')}."
        f"</p>{body}</body></html>\n"
    )


def _table(notebook: str, rows: list[Row]) -> str:
    checks = columns(rows)
    heads = ["learner", "passed", *(check.partition(".")[2] for check in checks),
             "what happened", "minutes"]
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in heads)
    body = "".join(_row(row, checks) for row in rows)
    title = _text(notebook or "No notebook of the book")
    return (
        f'<h2>{title}</h2><div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>\n"
    )


def _row(row: Row, checks: list[str]) -> str:
    file = f"<br><small>{_text(row.file)}</small>" if row.file else ""
    cells = "".join(_cell(row.verdicts.get(check)) for check in checks)
    happened = "<br>".join(map(_text, filter(None, [
        row.stopped, *row.errors, *row.notes])))
    count = f"{row.passed} of {len(row.verdicts)}" if row.verdicts else ""
    return (
        f'<tr><th scope="row">{_text(row.learner)}{file}</th>'
        f'<td class="number">{count}</td>{cells}<td>{happened}</td>'
        f'<td class="number">{row.minutes:.2f}</td></tr>'
    )


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "<td></td>"
    marks = "".join(f'<br><span class="marks">{_text(x)}</span>' for x in verdict.marks)
    words = f"<br>{_text(verdict.words)}" if verdict.words else ""
    source = ""
    if verdict.source:
        lines = "\n".join(map(printable, verdict.source.replace("\t", "    ").split(
            "\n")))
        source = (
            f"<details><summary>the answer</summary><pre>{escape(lines)}</pre>"
            "</details>"
        )
    kind = verdict.state.replace(" ", "-")
    return (
        f'<td class="{kind}"><span class="state">{_text(verdict.state)}</span>'
        f"{words}{marks}{source}</td>"
    )


def _text(text: str) -> str:
    return escape(printable(text))
