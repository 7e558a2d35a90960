"""The ledger in the book: the role ``run`` in sentences, the page of all runs.

    {run}`chapter03-masks: mean of results/test_error as .1%`

shows that number as a link to the runs behind it. The directive ``run-table`` shows
every run file of the package in tables, those of one name together.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.ledger_tables import figures, overview
from tools.ledger_facts import Run, facts_of
from tools.measured import (
    FOLDER,
    MeasuredError,
    anchor,
    quote,
    read_files,
    run_files,
    value_at,
)


class RunNumber(SphinxRole):
    """The role ``run``; one that no run file backs is an error of the build."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The number, leading to its runs."""
        try:
            quoted = quote(self.text, Path(self.env.srcdir))
        except MeasuredError as error:
            message = self.inliner.reporter.error(f"run: {error}", line=self.lineno)
            shown = self.inliner.problematic(self.rawtext, self.rawtext, message)
            return [shown], [message]
        for path in quoted.files:
            self.env.note_dependency(str(path))
        link = pending_xref(
            "", nodes.inline("", quoted.text), refdomain="std", reftype="ref",
            reftarget=anchor(quoted.name), refexplicit=True, refwarn=True,
            refdoc=self.env.docname,
        )  # fmt: skip
        return [link], []


class RunTable(SphinxDirective):
    """The directive ``run-table``: a section for the runs of each name."""

    def run(self) -> list[nodes.Node]:
        """The table of all, then a section for each name.

        A run file that lacks something is an error of the build.
        """
        try:
            named = run_files(self._root())
            every = overview({name: read_files(files) for name, files in named.items()})
            return [every, *(self._section(*one) for one in named.items())]
        except MeasuredError as error:
            raise self.error(f"run-table: {error}") from error

    def _root(self) -> Path:
        return Path(self.env.srcdir)

    def _section(self, name: str, files: list[Path]) -> nodes.section:
        for path in files:
            self.env.note_dependency(str(path))
        runs = read_files(files)
        section = nodes.section(ids=[anchor(name)], names=[anchor(name)])
        section += nodes.title(name, name)
        self.state.document.note_explicit_target(section)
        section += _facts(runs)
        section += nodes.paragraph("", "What came of it:")
        section += figures(runs, _final(value_at(runs[0], "results")))
        section += _picture(name, runs)
        section += _command(runs)
        return section


def _command(runs: list[Run]) -> list[nodes.Node]:
    """What repeats the runs; for older ones what began them, without a promise."""
    run, whose = runs[0], "it" if len(runs) == 1 else "the first"
    if value_at(run, "command") is None:
        return [nodes.paragraph("", "No command repeats it: its recipe has no name.")]
    old = value_at(run, "not_recorded") or value_at(run, "changes")
    intro = f"What began {whose}:" if old else f"To repeat {whose}:"
    command = run["command"].replace(" --", " \\\n  --")
    block = nodes.literal_block(command, command, language="bash")
    return [nodes.paragraph("", intro), block]


def _final(results: Run) -> Run:
    """The final figures among the results: no curve, no speed, nothing left empty.

    Nor each single answer, which a run of an experiment keeps as packed text.
    """
    left = ("curve", "minutes", "images_per_second", "right_answers")
    return {k: v for k, v in results.items() if k not in left and v not in (None, {})}


def _facts(runs: list[Run]) -> nodes.container:
    """A list of definitions, dressed like the strip under a chapter's title."""
    facts = nodes.definition_list()
    for term, text in facts_of(runs).items():
        item = nodes.definition_list_item("", nodes.term("", term))
        item += nodes.definition("", nodes.paragraph("", text))
        facts += item
    return nodes.container("", facts, classes=["chapter-strip"])


def _picture(name: str, runs: list[Run]) -> list[nodes.Node]:
    """The test error along the way, against images seen; nothing for one point."""
    if len(value_at(runs[0], "results/curve")) < 2:
        return []
    from resattn_tutorial.plotting._svg.curves import show_curves

    label = "test error"
    drawing = show_curves(
        _curves(label, runs), x_label="thousand training images",
        y_label=label, alt=f"The {label} of {name} against the images learnt from.",
    )  # fmt: skip
    picture = nodes.raw("", drawing.html, format="html")
    return [nodes.container("", picture, classes=["cell_output"])]


def _curves(label: str, runs: list[Run]) -> dict[str, tuple[list, list]]:
    """All seeds as one curve with its range; as curves of their own if points differ.

    More than five of those would not be told apart: then the first five.
    """
    curves = [value_at(run, "results/curve") for run in runs]
    xs = [[point["images"] / 1000 for point in curve] for curve in curves]
    ys = [[value_at(point, "test_error") for point in curve] for curve in curves]
    if all(x == xs[0] for x in xs):
        return {label: (xs[0], ys)}
    each = zip(runs[:5], xs[:5], ys[:5], strict=True)
    return {f"seed {run['configuration']['seed']}": (x, y) for run, x, y in each}


def outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """The pages that read run files, once there are others than they were made from."""
    there = sorted(path.name for path in (Path(app.srcdir) / FOLDER).glob("*.json"))
    before, env.resattn_runs = getattr(env, "resattn_runs", there), there
    if before == there:
        return []
    readers = (doc for doc, files in env.dependencies.items() if _reads_runs(files))
    return [doc for doc in readers if doc in env.found_docs]


def _reads_runs(files: Iterable[str]) -> bool:
    return any(Path(file).match(f"{FOLDER}/*.json") for file in files)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role and the directive."""
    app.add_role("run", RunNumber())
    app.add_directive("run-table", RunTable)
    app.connect("env-get-outdated", outdated)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
