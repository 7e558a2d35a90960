"""Nothing in the book is still to be written: the gate for a skeleton's marks."""

from __future__ import annotations

import pytest
from tiny import write

from tools.settings import ROOT
from tools.skeleton import left_open, main


def test_no_chapter_has_a_part_that_is_still_to_be_written() -> None:
    found = list(left_open(ROOT))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", [
    "chapters/01_x.md", "index.md", "tests/banks/chapter01_first.py",
    "resattn_tutorial/checks/chapter01/first.py", "tests/book/test_chapter01_claims.py",
])
def test_a_mark_is_found_with_its_line(tmp_path, capsys, name: str) -> None:
    write(tmp_path, {name: "One.\n# FILL: another.\nFILL = 3\n", "_toc.yml": ""})
    assert list(left_open(tmp_path)) == [f"{name}:2: # FILL: another."]
    assert main(["--open"], tmp_path) == 1
    assert "another" in capsys.readouterr().out
