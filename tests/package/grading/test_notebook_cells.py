"""Reading a notebook's cells, whatever the file is, and making Python of them."""

from __future__ import annotations

import ast
import json

import pytest
from class_notebooks import notebook

from resattn_tutorial.grading.cells import (
    BrokenNotebook,
    Cell,
    read_cells,
    without_magics,
)


def test_code_cells_are_read_in_order_with_their_tags():
    text = notebook(["a = 1\nb = 2", ("c = 3", "exercise")])
    assert read_cells(text.encode()) == [
        Cell(1, "a = 1\nb = 2"), Cell(2, "c = 3", frozenset({"exercise"})),
    ]
    assert read_cells(b"\xef\xbb\xbf" + text.encode()) == read_cells(text.encode())


def test_a_source_may_be_one_text_and_metadata_may_be_missing_or_odd():
    for metadata in ({}, {"metadata": None}, {"metadata": {"tags": "check"}}):
        cell = {"cell_type": "code", "source": "a = 1", **metadata}
        text = json.dumps({"cells": [cell, 3, {"cell_type": "raw"}]})
        assert read_cells(text.encode()) == [Cell(1, "a = 1")]


@pytest.mark.parametrize(("content", "words"), [
    (b"", "no JSON"), (b"not JSON", "no JSON"), (b"\xff\xfe", "no JSON"),
    (b"[" * 100_000, "no JSON"), (b"[]", "no notebook"), (b"{}", "no cells"),
    (b'{"cells": 3}', "no cells"), (b'{"worksheets": []}', "old form"),
    (b'{"cells": [{"cell_type": "code", "source": 3}]}', "code cell 1 is no text"),
    (b'{"cells": [{"cell_type": "code", "source": [3]}]}', "code cell 1 is no text"),
])
def test_what_is_no_notebook_is_told(content, words):
    with pytest.raises(BrokenNotebook, match=words):
        read_cells(content)


@pytest.mark.parametrize(("source", "code", "left_out"), [
    ("a = 1", "a = 1", []),
    ("a = 7 %2\nb = '''\n%ls\n'''", "a = 7 %2\nb = '''\n%ls\n'''", []),
    ("%pip install x\na = 1", "pass\na = 1", ["%pip install x"]),
    ("if a:\n    !ls -l\nb = 2", "if a:\n    pass\nb = 2", ["!ls -l"]),
    ("files = !ls\nfiles", "files = None\nfiles", ["files = !ls"]),
    ("nn.Conv2d?", "pass", ["nn.Conv2d?"]),
    ("%%bash\nrm -rf /", "", ["%%bash"]),
    ("%%time\na = 1", "pass\na = 1", ["%%time"]),
    ("def f(:\n    pass", "def f(:\n    pass", []),
])
def test_what_only_jupyter_reads_is_left_out(source, code, left_out):
    assert without_magics(source) == (code, left_out)
    if source != "def f(:\n    pass":
        ast.parse(code)


def test_the_cell_that_installs_the_package_is_known_in_every_notebook(pytestconfig):
    folder = pytestconfig.rootpath / "notebooks"
    for path in folder.glob("*.ipynb"):
        first, *others = read_cells(path.read_bytes())
        assert first.installs and not any(cell.installs for cell in others), path
