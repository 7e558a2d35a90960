"""The audit finds raw markup, and only raw markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import v4, write
from sample_chapter import CHAPTER

from tools.audit import (
    PATTERNS,
    leaks_in_markdown,
    leaks_in_notebook,
    leaks_in_text,
    main,
)
from tools.chapters import chapter_paths, read_chapter

NOWHERE = Path("nowhere")
NAMED = pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)


def found(text, folder=NOWHERE):
    return [leak.name for leak in leaks_in_markdown(text, "cell", folder)]


@NAMED
def test_a_pattern_finds_its_bad_sample(pattern):
    assert pattern.name in [leak.name for leak in leaks_in_text(pattern.bad)]


@NAMED
def test_no_pattern_finds_the_near_miss(pattern):
    assert leaks_in_text(pattern.good) == []


@NAMED
def test_a_pattern_finds_its_bad_sample_in_a_cell_and_behind_other_text(pattern):
    text = f"Some words, `code` and $x_{{i}}$.\n\n{pattern.bad}\n"
    assert pattern.name in found(text)


@NAMED
@pytest.mark.parametrize("frame", ["~~~~text\n{}\n~~~~", "> ~~~~\n> {}\n> ~~~~"])
def test_a_fence_of_code_may_show_anything(pattern, frame):
    assert found(frame.format(pattern.bad)) == []


def test_the_names_of_patterns_differ():
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)


@pytest.mark.parametrize(
    "text",
    [
        "Write `{ref}` or ``{ref}`a` `` or `(label)=`.",
        "$\\frac{aa}{bb}_{in}$ and\n\n$$\n{{x}} {mask}\n% a comment\n:class: x\n$$",
        "<details><summary><b><code>{note}</code></b></summary>\n\nx\n\n</details>",
        "    {ref} in an indented block",
        "A set {1, 2}, 70 %, a ratio 1:2, f(x) = 3, and C+++.",
        "![a mask](data:image/png;base64,AAAA) and [a](https://example.org).",
        "`nn.Module`'s `forward`: see `a:b`.",
        "- 12:30 :: then\n- \\{escaped}",
    ],
)
def test_what_a_reader_may_see_is_no_leak(text, tmp_path):
    assert leaks_in_markdown(text, "cell", tmp_path) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("```{exercise-start} T\n:label: e\n```", "directive"),
        ("````{note}\nx\n````", "directive"),
        ("<details>\n\n{numref}`fig-a`\n\n</details>", "role"),
        ("`code` and {cite}`he2016`", "role"),
        ("a {exercise-start} b", "name in braces"),
        ("x\n\n> :label: ex-unit", "option line"),
        ("a\n$$ x $$ (eq-a)", "equation label"),
        ("[next](02_short.ipynb)", "link to a file that is not beside the notebook"),
        ("[part](#part)", "link to a file that is not beside the notebook"),
        ('<img alt="a" src="b.png">', "link to a file that is not beside the notebook"),
    ],
)
def test_a_leak_is_found_and_named(text, name, tmp_path):
    assert name in [leak.name for leak in leaks_in_markdown(text, "cell", tmp_path)]


def test_a_file_beside_the_notebook_may_be_linked(tmp_path):
    (tmp_path / "02_short.ipynb").write_text("{}")
    assert found("[next](02_short.ipynb)", tmp_path) == []


def test_the_leak_names_its_place():
    (leak,) = leaks_in_text("one\ntwo\n(three)=\n", "01.ipynb, text-4")
    assert str(leak) == "01.ipynb, text-4, line 3: target: '(three)='"


def saved(folder, text):
    path = folder / "01_a.ipynb"
    code = v4.new_code_cell("x = '{ref}`a`'\n% y")
    cells = [code, v4.new_markdown_cell(text, id="t")]
    write(v4.new_notebook(cells=cells), path)
    return str(path)


def test_a_leaking_notebook_is_refused_on_the_command_line(tmp_path, capsys):
    assert main([saved(tmp_path, "{ref}`a`")]) == 1
    assert "01_a.ipynb, t, line 1: role" in capsys.readouterr().out


def test_a_clean_notebook_passes_whatever_its_code_says(tmp_path):
    assert main([saved(tmp_path, "# Clean")]) == 0


def test_nothing_to_audit_is_no_success(tmp_path):
    with pytest.raises(FileNotFoundError, match="no notebook"):
        main([], tmp_path)


def test_a_chapter_that_is_not_exported_at_all_leaks_in_many_ways():
    names = set(found(CHAPTER))
    assert {"directive", "colon fence", "role", "target", "equation label"} <= names
    assert {"option line", "comment"} <= names


def test_the_sources_of_the_chapters_would_not_pass():
    for path in chapter_paths():
        assert leaks_in_notebook(read_chapter(path), path.name), path.name


def test_the_notebooks_in_the_repository_are_clean():
    assert main([]) == 0
