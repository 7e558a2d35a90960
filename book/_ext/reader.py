"""Put the outputs of the executed chapters into the book's pages.

The book executes nothing itself. Each chapter is read with the outputs that
``tools/execute.py`` stored for it; if they belong to other code than the chapter now
holds, or to another state of the package, the build stops. So no page can show an
output that its code did not produce.
"""

from __future__ import annotations

from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError

from resattn_tutorial.plotting._svg.forms import PAGE
from tools.chapters import chapter_paths
from tools.execute import StaleRecord, code_of, stored
from tools.made_of import SHOWN
from tools.quotes import title_of_fold


class ReaderError(SphinxError):
    """A chapter cannot be shown with the outputs that are stored."""

    category = "Executed chapter"


def read_executed(text: str, path: str) -> NotebookNode:
    """The chapter ``text`` with its stored outputs; ``path`` is the chapter's file.

    Raises ``ReaderError`` if the stored outputs are not those of this text.
    """
    notebook = read_myst_markdown_notebook(text, add_source_map=True, path=path)
    try:
        executed, _ = stored(Path(path), Path(path).parents[1])
    except StaleRecord as error:
        raise ReaderError(str(error)) from error
    if code_of(executed) != code_of(notebook):
        raise ReaderError(f"{path} was read differently when it was executed")
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    ran = [cell for cell in executed.cells if cell.cell_type == "code"]
    for cell, source in zip(cells, ran, strict=True):
        cell.outputs = [for_a_page(output) for output in source.outputs]
        cell.execution_count = source.execution_count
        if title := title_of_fold(cell.source, cell.metadata):
            prompts = {"code_prompt_show": title, "code_prompt_hide": title}
            cell.metadata["mystnb"] = {**prompts, **cell.metadata.get("mystnb", {})}
    notebook.metadata["language_info"] = executed.metadata["language_info"]
    return notebook


def for_a_page(output: NotebookNode) -> NotebookNode:
    """An output with the form that a page shows, where it has one, and its words."""
    if PAGE not in output.get("data", {}):
        return output
    words = output.data["text/plain"]
    data = {"text/html": output.data[PAGE], "text/plain": words}
    return NotebookNode({**output, "data": data, "metadata": {}})


def use_reader(app: Sphinx) -> None:
    """Have every chapter read by ``read_executed``; other pages stay as they are."""
    formats = app.env.mystnb_config.custom_formats
    for path in chapter_paths(Path(app.srcdir)):
        place = path.relative_to(app.srcdir).as_posix()
        formats[place] = (read_executed, {"path": str(path)}, False)


def forget(app: Sphinx) -> None:
    """Let the next `make book` look again, since pages are about to be written."""
    if app.builder.format == "html":
        (Path(app.srcdir) / SHOWN).unlink(missing_ok=True)


def outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """The chapters that were executed again since their pages were last read."""
    shown = getattr(env, "resattn_read", {})
    again = [name for name, state in _states(app).items() if shown.get(name) != state]
    env.resattn_rewrite = bool(added or changed or removed or again)
    return again


def note_read(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Remember which results are in the pages, and have every page written again.

    Once one page has changed, the references of all are resolved anew: a label that
    has gone is then missed on the pages that were not read again, too.
    """
    env.resattn_read = _states(app)
    return sorted(env.found_docs) if env.resattn_rewrite else []


def _states(app: Sphinx) -> dict[str, str]:
    """For each chapter's page, what identifies the result that is stored for it."""
    states = {}
    for path in chapter_paths(Path(app.srcdir)):
        name = path.relative_to(app.srcdir).with_suffix("").as_posix()
        try:
            states[name] = repr(stored(path, Path(app.srcdir))[1])
        except StaleRecord as error:
            states[name] = str(error)
    return states


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the reader, after myst-nb, which makes its settings at that event."""
    app.connect("builder-inited", use_reader, priority=900)
    app.connect("builder-inited", forget)
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", note_read)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
