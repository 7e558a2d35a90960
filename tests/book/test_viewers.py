"""Executed notebooks, seen through viewers that let few elements through."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode, v4

from resattn_tutorial.plotting._svg.forms import PAGE
from resattn_tutorial.plotting.figures import show_bars
from tools.chapters import chapter_paths
from tools.execute import stored
from tools.settings import ROOT

DRAWN = show_bars({"a": 0.5}, alt="One bar that reaches the middle.", x_label="share")


def seen(notebook: NotebookNode, strict: bool) -> list[tuple[str, bytes]]:
    """Each picture's alt text and bytes.

    ``strict``: its HTML passes a list of allowed elements, as it does on GitHub.
    """
    exporter = HTMLExporter(template_name="classic")
    exporter.register_preprocessor(SanitizeHTML, enabled=strict)
    html, _ = exporter.from_notebook_node(notebook)
    assert not strict or "<figure" not in html
    pictures = BeautifulSoup(html, "html.parser").find_all("img")
    return [
        (one.get("alt", ""), base64.b64decode(one["src"].rpartition(",")[2]))
        for one in pictures if one["src"].startswith("data:image/png")
    ]


def shows(forms: dict, about: dict) -> NotebookNode:
    """A notebook of one cell, which shows something."""
    output = v4.new_output("display_data", data=forms, metadata=about)
    return v4.new_notebook(cells=[v4.new_code_cell("drawn", outputs=[output])])


def drawings(notebook: NotebookNode) -> list[NotebookNode]:
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return [output for output in outputs if PAGE in output.get("data", {})]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("path", chapter_paths(ROOT), ids=lambda path: path.stem)
def test_every_figure_of_an_executed_chapter_is_there_with_its_words(
    path: Path, strict: bool
):
    notebook, _ = stored(path)
    wanted = drawings(notebook)
    found = seen(notebook, strict)
    assert [alt for alt, _ in found] == [
        output.metadata["image/png"]["alt"] for output in wanted
    ]
    assert [png for _, png in found] == [
        base64.b64decode(output.data["image/png"]) for output in wanted
    ]
    assert not any("text/html" in output.data for output in wanted)


@pytest.mark.parametrize("strict", [True, False])
def test_a_drawing_comes_through_and_one_of_html_would_not(strict):
    forms, about = DRAWN._repr_mimebundle_()
    [(alt, png)] = seen(shows(forms, about), strict)
    assert alt == DRAWN.alt and png == base64.b64decode(forms["image/png"])
    as_html = {"text/plain": DRAWN.alt, "text/html": DRAWN.html}
    assert seen(shows(as_html, {}), strict) == []
