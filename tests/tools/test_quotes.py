"""Quoted cells say what the package says."""

from __future__ import annotations

import ast
import re

import pytest
from sample_project import PACKAGE, code, make_project

from tools import quotes
from tools.chapters import ChapterError, chapter_paths, is_aside
from tools.definitions import definitions

UNIT = """\
# In the package: resattn_tutorial.sample.Unit
@staticmethod
class Unit(int):
    size = 1  # kept

    def forward(self, x):
        ...

    def back(self, x):
        return x"""
HALVE = """\
def halve(count):
    # Whole numbers only.
    return count // 2"""
PROSE = "# A chapter\n\nBefore.\n\n{}\nAfter, and `# In the package: nothing`.\n"
MARKER = "# In the package: resattn_tutorial.sample."


def project(tmp_path, *cells, package=PACKAGE):
    return make_project(tmp_path, PROSE.format("".join(cells)), package)


def test_sync_copies_the_package_text_without_its_docstrings(tmp_path):
    path = project(tmp_path, code(MARKER + "Unit", "hide-output"))
    assert quotes.main([], tmp_path) == 0
    made = path.read_text()
    assert f"```{{code-cell}} ipython3\n:tags: [hide-output]\n{UNIT}\n```" in made
    assert quotes.main(["--check"], tmp_path) == 0


def test_sync_touches_only_the_lines_of_the_quotation(tmp_path):
    path = project(tmp_path, code("x = 1"), code(MARKER + "halve\npass"), code("x"))
    before = path.read_text()
    quotes.main([], tmp_path)
    assert path.read_text() == before.replace("halve\npass", "halve\n" + HALVE)


def test_several_quotations_of_a_chapter_are_all_brought_in_step(tmp_path):
    path = project(tmp_path, code(MARKER + "halve"), code(MARKER + "Unit\nold\nold"))
    assert quotes.main([], tmp_path) == 0
    assert HALVE in path.read_text() and UNIT in path.read_text()
    assert "old" not in path.read_text()


@pytest.mark.parametrize("join", [", resattn_tutorial.sample.", "\n" + MARKER])
def test_several_names_stand_in_one_cell_with_two_blank_lines_between(tmp_path, join):
    path = project(tmp_path, code(f"{MARKER}LIMIT{join}halve"))
    quotes.main([], tmp_path)
    assert f"{join}halve\nLIMIT = 3\n\n\n{HALVE}\n```" in path.read_text()
    assert quotes.main(["--check"], tmp_path) == 0


def test_a_body_that_was_only_a_docstring_still_runs(tmp_path):
    project(tmp_path, code("1"))
    text = definitions(tmp_path)["resattn_tutorial.sample.Empty"].text
    assert text == "class Empty(ValueError):\n    ..."
    ast.parse(text)


def test_a_drifted_quotation_is_refused_with_its_name_and_the_lines(tmp_path, capsys):
    path = project(tmp_path, code(MARKER + "halve\n" + HALVE.replace("//", "/")))
    before = path.read_text()
    assert quotes.main(["--check"], tmp_path) == 1
    said = capsys.readouterr().out
    assert "chapters/01_sample.md:17: the quotation of resattn_tutorial.sample" in said
    assert "-    return count / 2\n+    return count // 2" in said
    assert path.read_text() == before


def test_a_change_in_the_package_makes_the_quotation_drift(tmp_path):
    project(tmp_path, code(MARKER + "halve\n" + HALVE))
    assert quotes.main(["--check"], tmp_path) == 0
    module = tmp_path / "resattn_tutorial/sample.py"
    module.write_text(PACKAGE.replace("# Whole numbers only.", "# Whole numbers."))
    assert quotes.main(["--check"], tmp_path) == 1


def test_a_long_difference_is_cut_short(tmp_path, capsys):
    project(tmp_path, code(MARKER + "halve\n" + "\n".join(map(str, range(90)))))
    quotes.main(["--check"], tmp_path)
    assert "lines more" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (MARKER + "Nothing", "01_sample.md:17: .*sample.Nothing.*no such definition"),
        ("# In the package: sample.halve", "01_sample.md:17: .*no such definition"),
        (HALVE, f"01_sample.md:17: a copy of .*sample.halve.*Begin .*{MARKER}halve'"),
        ("def halve(count): return count", "17: halve is not .*give it another name"),
        (MARKER + "halve\nx\n" + MARKER + "LIMIT", "17: .*stands at the head"),
        ("def", "01_sample.md:17: this is no Python"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--check"]])
def test_a_wrong_quotation_is_refused_with_its_place(tmp_path, cell, message, options):
    path = project(tmp_path, code(cell))
    before = path.read_text()
    with pytest.raises(ChapterError, match=message):
        quotes.main(options, tmp_path)
    assert path.read_text() == before


def test_a_fault_in_one_chapter_leaves_all_chapters_as_they_were(tmp_path):
    path = project(tmp_path, code(MARKER + "halve"))
    other = tmp_path / "chapters/02_short.md"
    other.write_text(other.read_text() + "\n" + code(MARKER + "Nothing"))
    before = path.read_text()
    with pytest.raises(ChapterError, match="02_short.md"):
        quotes.main([], tmp_path)
    assert path.read_text() == before


def test_a_copy_with_another_layout_is_still_a_copy(tmp_path):
    copy = 'def halve( count ):\n    "Other words."\n    return (count //2)'
    project(tmp_path, code(copy, "solution"))
    with pytest.raises(ChapterError, match="a copy of resattn_tutorial.sample.halve"):
        quotes.main([], tmp_path)


def test_an_exercise_may_ask_for_its_own_version_of_a_name(tmp_path):
    stub = "def halve(count):\n    raise NotImplementedError"
    project(tmp_path, code(stub, "exercise"), code("%time halve(2)\n!ls"))
    assert quotes.main([], tmp_path) == 0


def test_a_name_of_the_checks_is_free_for_chapters(tmp_path):
    project(tmp_path, code("def case(): return 2"))
    checks = tmp_path / "resattn_tutorial/checks/chapter01.py"
    checks.parent.mkdir()
    checks.write_text("def case(): return 1\n")
    assert quotes.main([], tmp_path) == 0


def test_a_docstring_beside_other_code_is_refused(tmp_path):
    package = 'def halve(count): "Half."; return count'
    project(tmp_path, code("1"), package=package)
    with pytest.raises(ChapterError, match="halve: the docstring is not on lines"):
        quotes.main([], tmp_path)


def test_a_statement_beside_the_end_of_a_docstring_is_not_lost(tmp_path):
    package = 'def halve(count):\n    """Half."""; count /= 2\n    return count\n'
    project(tmp_path, code("1"), package=package)
    with pytest.raises(ChapterError, match="halve: the docstring is not on lines"):
        quotes.main([], tmp_path)


STRANGE = ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("end", [*STRANGE, "\r"])
@pytest.mark.parametrize("where", ["prose", "cell"])
def test_what_ends_a_line_for_some_readers_only_is_refused(tmp_path, end, where):
    """A quotation was pasted over the lines beside it, and its old text kept."""
    path = project(tmp_path, code("s = 'two parts'"), code(MARKER + "halve"))
    was = {"prose": "Before.", "cell": "two parts"}[where]
    before = path.read_bytes().replace(was.encode(), f"two{end}parts".encode())
    path.write_bytes(before)
    line = {"prose": 14, "cell": 17}[where]
    with pytest.raises(ChapterError, match=rf"01_sample.md:{line}: U\+00|U\+20"):
        quotes.main([], tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("end", STRANGE)
def test_what_ends_no_line_for_python_shifts_no_definition(tmp_path, end):
    path = project(tmp_path, code(MARKER + "halve"), package=f"S = '{end}'\n" + PACKAGE)
    quotes.main([], tmp_path)
    assert f"{MARKER}halve\n{HALVE}\n```" in path.read_text()


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_file_keeps_its_line_ends(tmp_path, ends):
    path = project(tmp_path, code("x = 1"), code(MARKER + "halve\npass"))
    before = path.read_text()
    path.write_bytes(before.replace("\n", ends).encode())
    quotes.main([], tmp_path)
    after = before.replace("halve\npass", "halve\n" + HALVE)
    assert path.read_bytes() == after.replace("\n", ends).encode()
    assert quotes.main(["--check"], tmp_path) == 0


@pytest.mark.parametrize(("cell", "words"), [
    (code("---\ntags: [a\n---\nx = 1"), "01_sample.md:16: this cannot be read: .*YAML"),
    (code(":tags: [a\nx = 1"), "01_sample.md:16: this cannot be read: "),
    (code(":tags: hide\nx = 1"), "01_sample.md:16: .*'hide' is not of type"),
    ("```{note}\n---\na: [b\n---\n```\n", "01_sample.md:16: note cannot be read"),
])
def test_options_that_are_no_yaml_are_refused_with_their_place(tmp_path, cell, words):
    project(tmp_path, cell)
    with pytest.raises(ChapterError, match=words) as refused:
        quotes.main([], tmp_path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("content", "words"), [
    (b"", "the chapter is empty"),
    (b"---\nkernelspec: [a\n---\n# Title\n", "this cannot be read"),
    (b"# Title\n", "no kernelspec"),
    (b"# Caf\xe9\n", "this is no UTF-8"),
])
def test_a_file_that_is_no_chapter_is_refused_with_its_place(tmp_path, content, words):
    project(tmp_path).write_bytes(content)
    with pytest.raises(ChapterError, match=f"^chapters/01_sample.md:1: {words}"):
        quotes.main([], tmp_path)


def test_every_chapter_quotes_the_package_and_is_in_step_with_it():
    package = definitions()
    for path in chapter_paths():
        found = quotes.quotations(path, package)
        # Chapter 0 is before any definition, and a page aside may need none.
        needs_none = path.stem.startswith("00") or is_aside(path)
        assert found or needs_none, f"{path.name} quotes nothing"
        assert not [q.difference() for q in found if q.drifted]


def test_the_package_text_without_docstrings_runs_as_before():
    for name, own in definitions().items():
        assert not re.search(r'^\s*"""', own.text, re.M), name
        ast.parse(own.text)
