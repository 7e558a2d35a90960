"""Chapters execute when their code or what it uses has changed, and only then."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from jupyter_client.connect import LocalPortCache
from tiny import cell, chapter, write

from tools import execute as execution
from tools.chapters import ChapterError
from tools.execute import StaleRecord, execute_all, key_of, stored, stored_path

ONE = chapter(
    cell("from resattn_tutorial import unit\nunit.value()"),
    cell("print('wide', 1)", ":tags: [hide-input]"),
)
TWO = chapter(cell("from resattn_tutorial import mask\nmask.value()"))
FILES = {
    "resattn_tutorial/__init__.py": "",
    "resattn_tutorial/unit.py": "def value():\n    return 41\n",
    "resattn_tutorial/mask.py": "def value():\n    return open_('m.json')\n\n\n"
    "def open_(name):\n    from pathlib import Path\n"
    "    return (Path(__file__).parent / 'runs' / name).read_text()\n",
    "resattn_tutorial/runs/m.json": "7",
    "chapters/01_one.md": ONE,
    "chapters/02_two.md": TWO,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, FILES)


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Path:
    """A project whose two chapters have run; not to be changed."""
    root = write(tmp_path_factory.mktemp("executed"), FILES)
    execute_all(root)
    return root


def test_a_kernel_starts_when_the_ports_found_for_it_are_taken(root, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(
            LocalPortCache, "find_available_port", lambda cache, ip: port
        )
        assert execution.execute(root / "chapters/01_one.md", root).cells == 2


def keys(root: Path) -> list[str]:
    return [key_of(root / f"chapters/{name}.md", root) for name in ("01_one", "02_two")]


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A sentence.", "Another sentence."),
        ("# A chapter", "# A title"),
        (":tags: [hide-input]", ":tags: [check]"),
        (":tags: [hide-input]", "---\nmystnb:\n  figure:\n    caption: A caption\n---"),
        (":tags: [hide-input]\n", ""),
    ],
)
def test_prose_captions_and_tags_execute_nothing(root: Path, old: str, new: str):
    before = keys(root)
    edit(root, "chapters/01_one.md", old, new)
    assert keys(root) == before


@pytest.mark.parametrize(
    ("name", "old", "new", "changed"),
    [
        ("chapters/01_one.md", "'wide', 1", "'wide', 2", [True, False]),
        ("resattn_tutorial/unit.py", "41", "42", [True, False]),
        ("resattn_tutorial/mask.py", "open_", "read", [False, True]),
        ("resattn_tutorial/runs/m.json", "7", "8", [False, True]),
    ],
)
def test_a_change_concerns_the_chapters_that_use_it(
    root: Path, name: str, old: str, new: str, changed: list[bool]
):
    before = keys(root)
    edit(root, name, old, new)
    assert [a != b for a, b in zip(before, keys(root), strict=True)] == changed


def test_mode_and_threads_belong_to_a_result(root: Path, monkeypatch):
    monkeypatch.setenv("RESATTN_MODE", "QUICK")
    monkeypatch.setenv("RESATTN_THREADS", "2")
    found = {keys(root)[0]}
    monkeypatch.setenv("RESATTN_MODE", "STANDARD")
    found.add(keys(root)[0])
    monkeypatch.setenv("RESATTN_THREADS", "1")
    found.add(keys(root)[0])
    monkeypatch.setattr(execution, "versions", lambda: {"torch": "0"})
    found.add(keys(root)[0])
    assert len(found) == 4


def test_a_cell_that_is_not_python_is_named(root: Path):
    edit(root, "chapters/01_one.md", "print('wide', 1)", "print(")
    with pytest.raises(ChapterError, match="01_one.md: not Python"):
        keys(root)


def test_the_outputs_and_how_they_came_about_are_stored(executed: Path):
    notebook, record = stored(executed / "chapters/01_one.md", executed)
    first, second = (c for c in notebook.cells if c.cell_type == "code")
    assert first.outputs[0]["data"]["text/plain"] == "41"
    assert second.outputs[0]["text"] == "wide 1\n"
    assert (record.cells, record.mode) == (2, "QUICK")
    assert 0 < record.seconds < 60
    assert record.threads == 1 and record.device and record.date > "2026"
    assert {"python", "torch", "numpy", "matplotlib"} <= record.versions.keys()
    nbformat.validate(notebook)


def test_what_has_not_changed_does_not_run_again(executed: Path, monkeypatch):
    monkeypatch.setattr(execution, "execute", _never)
    assert [ran for _, ran in execute_all(executed).values()] == [False, False]


def _never(path: Path, root: Path) -> None:
    raise AssertionError(f"{path} was executed")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda stored: stored.unlink(),
        lambda stored: _alter_key(stored),
    ],
    ids=["missing", "of other code"],
)
def test_a_stale_result_is_refused(
    executed: Path, tmp_path: Path, spoil: Callable[[Path], None]
):
    root = write(tmp_path, FILES)
    path = root / "chapters/01_one.md"
    where = stored_path(path, root)
    write(root, {str(where): stored_path(path, executed).read_text(encoding="utf-8")})
    stored(path, root)
    spoil(where)
    with pytest.raises(StaleRecord, match="01_one.md"):
        stored(path, root)


def _alter_key(where: Path) -> None:
    content = json.loads(where.read_text(encoding="utf-8"))
    content["metadata"]["resattn"]["key"] = "0"
    where.write_text(json.dumps(content), encoding="utf-8")


def test_a_failing_cell_is_told_with_its_place_and_source(root: Path, capsys):
    edit(root, "chapters/02_two.md", "mask.value()", "mask.value()\nmask.nothing")
    line = (root / "chapters/02_two.md").read_text(encoding="utf-8").split("\n")
    place = line.index("from resattn_tutorial import mask") + 1
    with pytest.raises(ChapterError) as raised:
        execute_all(root)                            # the other one is kept
    told = str(raised.value)
    assert f"02_two.md, code cell 1 (line {place}) failed" in told
    assert "mask.nothing" in told and "AttributeError" in told and "\x1b" not in told
    assert not stored_path(root / "chapters/02_two.md", root).exists()
    assert list((root / "_build/executed").iterdir()) == [
        stored_path(root / "chapters/01_one.md", root)
    ]


def test_a_chapter_without_a_cell_is_refused(root: Path):
    write(root, {"chapters/01_one.md": chapter()})
    with pytest.raises(ChapterError, match="01_one.md runs no cell"):
        execute_all(root)


def test_a_chapter_runs_this_package_in_its_own_folder_with_the_threads_set(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("RESATTN_THREADS", "1")
    source = "import os, resattn_tutorial as r\n"
    source += "print(os.getcwd(), r.__file__, os.environ['OMP_NUM_THREADS'])"
    write(tmp_path, FILES | {"chapters/01_one.md": chapter(cell(source))})
    (tmp_path / "chapters/02_two.md").unlink()
    execute_all(tmp_path)
    notebook, record = stored(tmp_path / "chapters/01_one.md", tmp_path)
    package = tmp_path / "resattn_tutorial/__init__.py"
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert code[0].outputs[0]["text"].split() == [
        str(tmp_path / "chapters"),
        str(package),
        "1",
    ]
    assert record.threads == 1
