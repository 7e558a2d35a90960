"""Notebooks for Colab say what the chapters say, in plain Markdown."""

from __future__ import annotations

import ast
import os
import pickle
import re
import subprocess
import sys

import nbformat
import pytest
import yaml
from sample_chapter import CHAPTER, PIECES, SAMPLE
from sample_project import code, make_project

from book._ext import reader
from tools import notebooks
from tools.audit import leaks_in_notebook
from tools.chapters import ChapterError, chapter_paths, is_aside, read_chapter
from tools.exercises import exercises
from tools.install import install_cell
from tools.markdown import EXTENSIONS
from tools.notebooks import Exporter
from tools.references import References
from tools.settings import ROOT, Address

ADDRESS = "Owner/repo"


def exported(tmp_path, chapter=CHAPTER, repository=ADDRESS, solved=False):
    path = make_project(tmp_path, chapter, repository=repository)
    return Exporter(tmp_path).notebook(path, solved)


def text_of(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells)


def sources(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_every_directive_and_role_is_exported_piece_by_piece(tmp_path):
    text, at = text_of(exported(tmp_path)), 0
    for piece in PIECES:
        assert piece in text[at:], piece
        at = text.index(piece, at)


def test_the_sample_leaks_nothing_and_is_a_valid_notebook(tmp_path):
    notebook = exported(tmp_path)
    nbformat.validate(notebook)
    assert not leaks_in_notebook(notebook, "01_sample.ipynb")


PLACES = [
    ("01_sample", "**After this:** The second chapter, `02_short.ipynb`. "),
    ("02_short", "**Before this:** A sample of *everything*, `01_sample.ipynb`. "),
]


@pytest.mark.parametrize("repository", ["", ADDRESS])
@pytest.mark.parametrize(("name", "beside"), PLACES)
def test_a_notebook_begins_with_what_lies_beside_it(
    tmp_path, repository, name, beside
):
    """Where it stands in the book, the chapters around it, hours, and the licence."""
    path = make_project(tmp_path, CHAPTER, repository=repository)
    second = tmp_path / "chapters/02_short.md"
    strip = re.search(r"```{chapter-strip}.*?```\n", CHAPTER, re.S).group()
    title = "# The second chapter\n"
    second.write_text(second.read_text().replace(title, f"{title}\n{strip}"))
    notebook = Exporter(tmp_path).notebook(path.with_stem(name))
    first, second = notebook.cells[:2]
    assert "**To read:** 25 minutes." in first.source
    assert first.source.endswith(f"\n\n{beside}**Licence:** MIT.")
    link = f"**With its results:** [in the book]({Address(ADDRESS).book}/chapters/"
    assert (f"{link}{name}.html)." in first.source) == bool(repository)
    assert ("http" in first.source) == bool(repository)
    assert second.source.startswith("# @title Get the book's package")


def test_the_notebooks_lead_from_one_to_the_next():
    names = [path.stem for path in chapter_paths() if not is_aside(path)]
    for name, notebook in Exporter(ROOT).notebooks().items():
        stem = name.removesuffix(".ipynb")
        if stem not in names:
            [own] = [other for other in names if other[:2] == stem[:2]]
            assert f"`{own}.ipynb`. **Licence:** MIT." in notebook.cells[0].source
            continue
        number = names.index(stem)
        # Chapter 0 shows its result before its strip.
        [head] = [cell for cell in notebook.cells if "**To read:** " in cell.source]
        found = re.findall(r"\*\*(\w+) this:\*\* .+?, `(\w+)\.ipynb`\.", head.source)
        around = {"Before": number - 1, "After": number + 1}
        assert dict(found) == {
            word: names[at] for word, at in around.items() if 0 <= at < len(names)
        }
        assert "**Licence:** MIT." in head.source


def test_each_work_cited_is_listed_once_at_the_end(tmp_path):
    last = exported(tmp_path).cells[-1].source.splitlines()
    assert last[:2] == ["## References", ""]
    assert last[2] == (
        "- Kaiming He, Ann Müller, and Jian Sun. Identity mappings. *ECCV*, 2016."
    )
    assert last[3:] == ["- Ada van Dyke. *Alone*. P, 1999."]


def test_without_an_address_nothing_links_to_the_book(tmp_path):
    bare, linked = exported(tmp_path, repository=""), exported(tmp_path)
    assert "github" not in text_of(bare)
    assert "See Roles and `code`, these words, Section 1.1, The" in text_of(bare)
    assert "(He et al., 2016; van Dyke, 1999)" in text_of(bare)
    assert f"[in the book]({SAMPLE})" in text_of(linked)
    assert [c.id for c in bare.cells] == [c.id for c in linked.cells]


def test_the_first_code_cell_installs_and_the_rest_are_the_chapter_cells(tmp_path):
    notebook = exported(tmp_path)
    first = sources(notebook)[0]
    assert first == install_cell("git+https://github.com/Owner/repo@main", "0.1.0")
    assert sources(notebook)[1:] == [
        "import math",
        "draw()",
        "def unit():\n    raise NotImplementedError",
        "checks.unit(unit)",
    ]
    assert notebook.cells[1].source == first


def test_the_solved_variant_has_the_solution_in_the_place_of_the_stub(tmp_path):
    learner, solved = exported(tmp_path), exported(tmp_path, solved=True)
    stub = "def unit():\n    raise NotImplementedError"
    assert stub in sources(learner)
    assert sources(solved) == [
        source.replace(stub, "def unit():\n    return 1") for source in sources(learner)
    ]
    assert [c.id for c in learner.cells] == [c.id for c in solved.cells]


def test_metadata_ask_for_a_gpu_and_keep_tags_and_hidden_inputs(tmp_path):
    notebook = exported(tmp_path)
    assert notebook.metadata.accelerator == "GPU"
    assert notebook.metadata.colab == {
        "gpuType": "T4",
        "provenance": [],
        "toc_visible": True,
    }
    assert notebook.metadata.kernelspec.name == "python3"
    cells = {cell.id: cell for cell in notebook.cells}
    assert cells["cell-3"].metadata == {
        "tags": ["hide-input"],
        "cellView": "form",
        "jupyter": {"source_hidden": True},
    }
    assert cells["cell-5"].metadata == {"tags": ["exercise"]}
    assert all(not cell.get("outputs") for cell in notebook.cells)


QUOTED = "# In the package: resattn_tutorial.sample.halve\ndef halve(): ..."


@pytest.mark.parametrize(("options", "title"), [
    ("tags: [hide-input]", "# @title Compare with the package\n"),
    ("tags: [hide-input]\nmystnb:\n  code_prompt_show: With ours",
     "# @title With ours\n"),
    ("tags: [other]", ""),
])
def test_a_folded_cell_has_its_title_in_the_notebook(tmp_path, options, title):
    cell = f"```{{code-cell}} ipython3\n---\n{options}\n---\n{QUOTED}\n```\n"
    made = exported(tmp_path, f"# A title\n\n{cell}")
    assert sources(made)[1] == f"{title}{QUOTED}"


def test_a_folded_quotation_has_the_same_title_on_its_page(tmp_path, monkeypatch):
    folded = "```{code-cell} ipython3\n:tags: [hide-input]\n"
    chapter = f"# A title\n\n{folded}{QUOTED}\n```\n\n{folded}draw()\n```\n"
    path = make_project(tmp_path, chapter)
    ran = read_chapter(path)
    ran.metadata["language_info"] = {}
    monkeypatch.setattr(reader, "stored", lambda *_: (ran, None))
    quotation, other = (
        cell.metadata.get("mystnb", {}).get("code_prompt_show")
        for cell in reader.read_executed(path.read_text(), str(path)).cells
        if cell.cell_type == "code"
    )
    assert quotation == "Compare with the package" and other is None


def test_exporting_twice_gives_the_same_bytes(tmp_path):
    one, two = exported(tmp_path), exported(tmp_path)
    assert nbformat.writes(one) == nbformat.writes(two)


TITLE = "# A title\n\n"


@pytest.mark.parametrize(
    ("chapter", "message"),
    [
        ("```{foo}\nx\n```", "01_sample.md:15: no rule for the directive {foo}"),
        ("a\n{foo}`b`", "01_sample.md:15: no rule for the role {foo}`b`"),
        ("{ref}`nowhere`", "01_sample.md:14: {ref}: 'nowhere' is not known"),
        ("{eq}`nowhere`", "01_sample.md:14: {eq}: 'nowhere' is not known"),
        ("{term}`nothing`", "01_sample.md:14: {term}: 'nothing' is not known"),
        ("{cite}`nobody`", "01_sample.md:14: {cite}: 'nobody' is not known"),
        ("{doc}`03_none`", "01_sample.md:14: {doc}: 'chapters/03_none' is not"),
        ("> q\n> {foo}`b`", "01_sample.md:15: no rule for the role {foo}`b`"),
        ("- a\n\n  ```{note}\n  b\n  ```", "01_sample.md:16: directive inside a list"),
        ("- a\n\n  (b)=\n", "01_sample.md:16: target inside a list"),
        ("```{note}\na\n\n{foo}`b`\n```", "01_sample.md:17: no rule for the role"),
        ("```{note}\n:class: x\n\n{foo}`b`\n```", "md:17: no rule for the role"),
        ("[a](b.png)", "01_sample.md:14: the link to b.png would lead nowhere"),
        ("![](pixel.svg)", "01_sample.md:14: the picture pixel.svg has no alt text"),
        ("![a](none.svg)", "01_sample.md:14: there is no picture none.svg"),
        ("```{figure} pixel.svg\nx\n```", "the picture pixel.svg has no alt text"),
        ("a [^1]\n\n[^1]: b", "01_sample.md:16: no rule for a footnote"),
        ("a\n: b", "01_sample.md:14: no rule for a definition list"),
        ("a {{b}} c", "01_sample.md:14: no rule for {{b}}"),
        ("```{chapter-strip}\n:read: 5\n```", "chapter-strip without needs, paper"),
        ("(a)=\n# B\n\n(a)=\n# C", "a stands twice, the first time in chapters/01_"),
    ],
)
def test_what_has_no_rule_is_refused_with_its_place(tmp_path, chapter, message):
    with pytest.raises(ChapterError) as refused:
        exported(tmp_path, TITLE + chapter)
    assert message in str(refused.value)


STUB, CHECK = code("def f(): pass", "exercise"), code("check(f)", "check")
START = "```{exercise-start} T\n:label: e\n```\n"
EFFORT = "*Core · 5 minutes.*\n\n"
HINT = "```{dropdown} Hint 1: x\ny\n```\n\n"
END = "```{exercise-end}\n```\n\n"
SOLUTION = "```{solution-start} e\n```\n" + code("def f(): pass", "solution")
SOLUTION += code("check(f)", "solution-check") + "```{solution-end}\n```\n"
ALONE = START + EFFORT + HINT + HINT + STUB + CHECK + END + SOLUTION


def test_a_whole_exercise_is_read_with_its_parts(tmp_path):
    (found,) = exercises(make_project(tmp_path, TITLE + ALONE))
    assert (found.label, found.title, found.hints) == ("e", "T", 2)
    assert (found.difficulty, found.minutes) == ("Core", 5)
    assert found.cells["solution"].text == "def f(): pass"


@pytest.mark.parametrize(
    ("part", "instead", "message"),
    [
        (STUB, "", "e lacks a cell tagged exercise"),
        (CHECK, "", "e lacks a cell tagged check"),
        (code("check(f)", "solution-check"), "", "lacks a cell tagged solution-check"),
        (SOLUTION, "", "lacks a cell tagged solution, a cell tagged solution-check"),
        (EFFORT, "", "e lacks its difficulty and minutes"),
        (HINT + HINT, HINT, "e lacks at least 2 dropdowns titled Hint"),
        (END, "", "no exercise e ends before|out of place|in another"),
        ("```{solution-end}\n```\n", "", "e: a solution has no end"),
        (STUB, STUB + STUB, "a cell tagged exercise is out of place"),
        (SOLUTION, SOLUTION + STUB, "a cell tagged exercise is out of place"),
        (START, START.replace(":label: e\n", ""), "without a label"),
        (START, "", "out of place"),
    ],
)
def test_an_exercise_that_is_not_whole_is_refused(tmp_path, part, instead, message):
    broken = ALONE.replace(part, instead)
    assert broken != ALONE
    with pytest.raises(ChapterError, match=message):
        exercises(make_project(tmp_path, TITLE + broken))


def test_check_names_what_is_out_of_date_and_writes_nothing(tmp_path, capsys):
    path = make_project(tmp_path, CHAPTER)
    assert notebooks.main(["--check"], tmp_path) == 1
    assert notebooks.main([], tmp_path) == 0
    assert notebooks.main(["--check"], tmp_path) == 0
    made = tmp_path / "notebooks/01_sample.ipynb"
    before = made.read_text()
    path.write_text(path.read_text().replace("A promise.", "A promise kept."))
    capsys.readouterr()
    assert notebooks.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out == "out of date (make notebooks): 01_sample.ipynb\n"
    assert made.read_text() == before
    assert notebooks.main([], tmp_path) == 0
    assert "A promise kept." in made.read_text()


def test_a_notebook_that_no_chapter_makes_is_named_and_removed(tmp_path, capsys):
    make_project(tmp_path, CHAPTER)
    notebooks.main([], tmp_path)
    left = tmp_path / "notebooks/09_old.ipynb"
    left.write_text("{}")
    assert notebooks.main(["--check"], tmp_path) == 1
    assert "09_old.ipynb" in capsys.readouterr().out and left.exists()
    assert notebooks.main([], tmp_path) == 0
    assert not left.exists()


def test_solved_notebooks_go_into_the_folder_named_and_nothing_else_is_lost(tmp_path):
    make_project(tmp_path, CHAPTER)
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "mine.ipynb").write_text("mine")
    assert notebooks.main(["--solved", str(folder)], tmp_path) == 0
    assert (folder / "mine.ipynb").read_text() == "mine"
    assert "return 1" in (folder / "01_sample.ipynb").read_text()
    assert not (tmp_path / "notebooks").exists()


def test_nothing_is_written_where_raw_markup_would_be_shown(tmp_path, capsys):
    make_project(tmp_path, TITLE + "```{note} with `code` is no fence\n")
    assert notebooks.main([], tmp_path) == 1
    assert "01_sample.ipynb, text-0" in capsys.readouterr().out
    assert not (tmp_path / "notebooks").exists()


def test_a_chapter_that_is_not_in_the_contents_is_refused(tmp_path):
    make_project(tmp_path, CHAPTER)
    extra = tmp_path / "chapters/03_extra.md"
    extra.write_text((tmp_path / "chapters/02_short.md").read_text())
    with pytest.raises(ChapterError, match="03_extra.md: .* not in _toc.yml"):
        notebooks.main([], tmp_path)


def test_the_parser_has_the_extensions_of_the_book():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert set(config["parse"]["myst_enable_extensions"]) == EXTENSIONS


RUNNER = """
import socket, sys
from IPython.core.interactiveshell import InteractiveShell

def refuse(*_):
    raise OSError("the network is refused")

socket.socket.connect = refuse
shell = InteractiveShell.instance()
if "fake" in sys.argv:
    shell.register_magic_function(lambda line: print("pip", line), "line", "pip")
source = sys.stdin.read()
for _ in range(2):
    result = shell.run_cell(source)
    print(repr(result.result), repr(result.error_in_exec))
"""
SPEC = Address(ADDRESS).install


def run_install(source, folder, *options):
    """What the cell prints, run twice in a fresh IPython without network."""
    dist = folder / "resattn_tutorial-7.1.dist-info"
    dist.mkdir()
    (dist / "METADATA").write_text("Name: resattn-tutorial\nVersion: 7.1\n")
    closed = "http://127.0.0.1:9"
    env = os.environ | {"PYTHONPATH": str(folder), "IPYTHONDIR": str(folder)}
    env |= {"HTTP_PROXY": closed, "HTTPS_PROXY": closed, "PIP_RETRIES": "0"}
    command = [sys.executable, "-c", RUNNER, *options]
    pipe, place = subprocess.PIPE, folder / "notebooks"
    place.mkdir(exist_ok=True)
    source = source.replace("/content", str(folder / "content"))
    done = subprocess.run(
        command, input=source, env=env, stdout=pipe, text=True, cwd=place
    )
    assert done.returncode == 0
    return done.stdout


@pytest.mark.parametrize("spec", [SPEC, ""])
def test_the_install_cell_does_nothing_where_the_version_is_there(tmp_path, spec):
    said = run_install(install_cell(spec, "7.1"), tmp_path, "fake")
    assert said == "None None\n" * 2


def test_the_install_cell_asks_pip_for_the_package_and_for_nothing_else(tmp_path):
    said = run_install(install_cell(SPEC, "7.2"), tmp_path, "fake")
    line = 'pip install -q "git+https://github.com/Owner/repo@main"\nNone None\n'
    assert said == line * 2


WHEEL = "resattn_tutorial-7.2-py3-none-any.whl"


@pytest.mark.parametrize("place", [
    "notebooks", ".", "content", "content/drive/MyDrive", "content/drive/MyDrive/a b",
])
@pytest.mark.parametrize("spec", [SPEC, ""])
def test_a_wheel_that_lies_at_hand_is_taken_before_any_address(tmp_path, place, spec):
    for folder in ("notebooks", place):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / place / WHEEL).touch()
    (tmp_path / place / "resattn_tutorial-7.1-py3-none-any.whl").touch()
    said = run_install(install_cell(spec, "7.2"), tmp_path, "fake")
    where = {"notebooks": WHEEL, ".": f"../{WHEEL}"}.get(
        place, str(tmp_path / place / WHEEL)
    )
    assert said == f'pip install -q "{where}"\nNone None\n' * 2


COLAB = """
from pathlib import Path

def upload():
    print("a dialog")
    Path({name!r}).touch()
"""


@pytest.mark.parametrize("name", [WHEEL, "resattn_tutorial-6.0-py3-none-any.whl", "x"])
def test_on_colab_the_wheel_is_asked_for(tmp_path, name):
    package = tmp_path / "google" / "colab"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "files.py").write_text(COLAB.format(name=name))
    said = run_install(install_cell("", "7.2"), tmp_path, "fake")
    asked = f"Choose {WHEEL}, which lies with the notebooks in the book's bundle.\n"
    assert said.startswith(f"{asked}a dialog\n")
    if name == WHEEL:                                # and the second time it lies there
        taken = f'pip install -q "{WHEEL}"\nNone None\n'
        assert said == f"{asked}a dialog\n{taken}{taken}"
    else:
        assert "ModuleNotFoundError" in said and "pip install -q" not in said
        assert ("6.0" in said) == ("6.0" in name)


def test_the_install_cell_without_anything_says_what_is_missing(tmp_path):
    said = run_install(install_cell("", "7.2"), tmp_path, "fake")
    assert "ModuleNotFoundError" in said and "resattn-tutorial 7.2" in said
    assert WHEEL in said and "pip install ." in said and "installed 7.1" in said
    assert "pip install -q" not in said


def test_the_install_cell_leaves_no_name_that_a_learner_could_meet(tmp_path):
    source = install_cell("", "7.2")
    names = re.findall(r"^ *(?:def )?([A-Za-z_]+)(?:\(| =|,)", source, re.M)
    assert {name for name in names if name[0] != "_"} <= {"drive", "folders", "print"}


def test_a_refused_network_shows_the_reason_given_by_pip(tmp_path):
    said = run_install(install_cell(SPEC, "7.2"), tmp_path)
    assert "github.com/Owner/repo" in said and "rror" in said


def test_the_notebooks_of_the_chapters_are_in_step_and_without_raw_markup():
    assert notebooks.main(["--check"]) == 0


def test_every_chapter_has_two_whole_exercises_and_chapter_0_or_an_aside_has_one():
    for path in chapter_paths():
        wanted = 1 if path.stem.startswith("00") or is_aside(path) else 2
        assert len(exercises(path)) >= wanted, path.name


def signatures(source):
    """The names that a cell defines, with their arguments, methods included."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = ast.unparse(node.args)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = " ".join(map(ast.unparse, node.bases))
    return found


def test_stub_and_solution_define_the_same_names_with_the_same_arguments():
    for path in chapter_paths():
        for exercise in exercises(path):
            stub = signatures(exercise.cells["exercise"].text)
            solution = signatures(exercise.cells["solution"].text)
            assert stub and stub.items() <= solution.items(), exercise.place


def test_check_and_solution_check_are_the_same_cell():
    for path in chapter_paths():
        for exercise in exercises(path):
            cells = exercise.cells
            assert cells["check"].text == cells["solution-check"].text, exercise.place


def test_cells_keep_their_tags_and_lines(tmp_path):
    path = make_project(tmp_path, CHAPTER)
    notebook, lines = read_chapter(path), path.read_text().splitlines()
    for cell, start in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        count = cell.source.count("\n") + 1
        assert "\n".join(lines[start : start + count]).rstrip() == cell.source
    assert notebook.cells[5].metadata.tags == ["exercise"]


def test_numbers_and_addresses_are_those_of_the_built_book(book):
    environment = book.parent / ".doctrees" / "environment.pickle"
    env = pickle.loads(environment.read_bytes())
    references = References(ROOT, "https://example.org")
    kinds = {target.kind for target in references.targets.values()}
    assert {"exercise", "equation", "section"} <= kinds
    pages = {page: (book / f"{page}.html").read_text() for page in env.found_docs}
    for label, target in references.targets.items():
        assert f'id="{target.anchor}"' in pages[target.page], label
        if target.kind != "section":
            kind = {"equation": "displaymath"}.get(target.kind, target.kind)
            number = env.toc_fignumbers[target.page][kind][target.anchor]
            assert target.number == ".".join(map(str, number)), label
    for term, (page, anchor) in references.terms.items():
        assert f'id="{anchor}"' in pages[page], term


def test_every_link_of_the_notebooks_into_the_book_leads_to_a_place(book):
    at = Address(ADDRESS)
    for name, notebook in Exporter(ROOT, at).notebooks().items():
        links = re.findall(rf"\]\({at.book}/([^)#]+)(?:#([^)]+))?\)", text_of(notebook))
        assert links, name
        for page, anchor in links:
            html = (book / page).read_text()
            assert not anchor or f'id="{anchor}"' in html, f"{name}: {page}#{anchor}"
