"""The gates of the book, each tried with a book that should not pass it.

One miniature book, with the real tools, extensions and settings, is built and spoilt
step by step; what each step said is kept, and the tests look at it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import loopback
import pytest
from tiny import cell, chapter, write

from tools.execute import stored_path
from tools.vendor import VENDORED, vendor_pages

ROOT = Path(__file__).resolve().parents[2]
STRIP = "```{chapter-strip}\n:read: 5\n:needs: Python\n:paper: Section 3\n```\n"
TARGET = "(sec-target)=\n## A target\n"
MATHS = "$$\ny = x + F(x)\n$$ (eq-unit)\n\nSee {eq}`eq-unit`.\n"
ONE = chapter(
    cell("from resattn_tutorial import unit\nprint('unit says', unit.value())"),
    title="First",
    prose=f"A first sentence\nof a page.\n\n{STRIP}\n{MATHS}\n{TARGET}",
)
TWO = chapter(
    cell("from resattn_tutorial import mask\nprint('mask says', mask.value())"),
    title="Second",
    prose="It refers to {ref}`sec-target`, so to chapter 1, and to trunks, once: "
    "the next trunk is no link, nor is `trunk`.\n\n## Not chapter 1\n",
)
FILES = {
    "resattn_tutorial/__init__.py": "",
    "resattn_tutorial/unit.py": "def value():\n    return 41\n",
    "resattn_tutorial/mask.py": "def value():\n    return 17\n",
    "chapters/01_one.md": ONE,
    "chapters/02_two.md": TWO,
    "index.md": "# Home\n\nWelcome.\n\n```{glossary}\ntrunk\n  A way.\n```\n",
    "book/references.bib": "",
    "_toc.yml": "format: jb-book\nroot: index\nchapters:\n"
    "  - file: chapters/01_one\n  - file: chapters/02_two\n",
}


UNCHANGED = "Nothing that the pages are made of has changed."


@dataclass(frozen=True)
class Step:
    """What one build said: exit status, everything printed, the pages after it.

    ``beside`` is what lies beside them: the first page, and what an address brings.
    """

    status: int
    said: str
    pages: dict[str, str]
    beside: dict[str, str]


class Miniature:
    """A miniature book under ``root`` that is built the way ``make book`` builds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        left_out = shutil.ignore_patterns("__pycache__")
        for folder in ("tools", "book/_ext", "book/_static", VENDORED):
            shutil.copytree(ROOT / folder, root / folder, ignore=left_out)
        for name in ("_config.yml", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, root / name)
        settings = (root / "pyproject.toml").read_text(encoding="utf-8")
        settings = re.sub(r'(?m)^repository = ".*"$', 'repository = ""', settings)
        (root / "pyproject.toml").write_text(settings, encoding="utf-8")
        write(root, FILES)

    def build(self, *command: str) -> Step:
        """Build, and keep what that said; ``command`` stands in for ``tools.book``."""
        done = subprocess.run(
            command or (sys.executable, "-m", "tools.book"),
            cwd=self.root,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        html = self.root / "_build/html"
        found = (html / "chapters").glob("*.html")
        pages = {path.stem: path.read_text(encoding="utf-8") for path in found}
        beside = {
            name: (html / name).read_text(encoding="utf-8")
            for name in ("index.html", "sitemap.xml", "404.html")
            if (html / name).exists()
        }
        return Step(done.returncode, done.stdout, pages, beside)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def story(tmp_path_factory) -> dict[str, Step]:
    """The steps in the life of the miniature, from its first build to its last."""
    vendor_pages(ROOT)
    jupyter_book = str(Path(sys.executable).with_name("jupyter-book"))
    links = (jupyter_book, "build", ".", "--builder", "linkcheck")     # make links
    book = Miniature(tmp_path_factory.mktemp("a miniature, with spaces"))
    steps = {"first": book.build(), "nothing new": book.build()}
    book.edit("chapters/01_one.md", "A first sentence", "A changed sentence")
    steps["sentence"] = book.build()
    with loopback.Loopback(b"", loopback.page) as server:
        linked = f"[A linked sentence]({server.address})"
        book.edit("chapters/01_one.md", "A changed sentence", linked)
        steps["links"] = book.build(*links)
    steps["dead link"] = book.build(*links)
    book.edit("resattn_tutorial/mask.py", "17", "18")
    steps["module"] = book.build()
    book.edit("pyproject.toml", 'repository = ""', 'repository = "owner/repo"')
    steps["address"] = book.build()
    record = stored_path(book.root / "chapters/01_one.md", book.root)
    kept = record.read_text(encoding="utf-8")
    record.write_text(kept.replace("unit says", "other code says"), encoding="utf-8")
    book.edit("resattn_tutorial/unit.py", "41", "42")
    steps["stale"] = book.build(jupyter_book, "build", ".", "-W", "-n", "--keep-going")
    book.edit("resattn_tutorial/unit.py", "42", "41")
    record.write_text(kept, encoding="utf-8")
    steps["mended"] = book.build()
    book.edit("chapters/01_one.md", "(sec-target)=\n", "")
    steps["warning"] = book.build()
    steps["warning again"] = book.build()
    book.edit("chapters/02_two.md", "mask.value()", "mask.nothing")
    steps["failing cell"] = book.build()
    book.edit("chapters/02_two.md", "mask.nothing", "mask.value()")
    book.edit("chapters/02_two.md", "It refers to {ref}`sec-target`", r"$\nothing{}$")
    steps["no formula"] = book.build()
    write(book.root, {"chapters/02_two.md": chapter()})
    steps["no cell"] = book.build()
    write(book.root, {"chapters/03_three.md": ONE})
    steps["not in the contents"] = book.build()
    return steps


def test_the_first_build_runs_every_chapter_and_writes_its_page(story):
    first = story["first"]
    assert first.status == 0, first.said
    assert "unit says 41" in first.pages["01_one"]
    assert "mask says 17" in first.pages["02_two"]
    assert first.said.count("executed now") == 2
    assert "Open _build/html/index.html" in first.said


def test_the_strip_says_what_was_measured_and_draws_no_button_without_an_address(story):
    page = story["first"].pages["01_one"]
    assert "about 5 minutes" in page and "mode QUICK" in page
    assert "chapter-strip-colab" not in page and "colab.research" not in page
    assert 'rel="canonical"' not in page


def test_an_address_is_the_pages_canonical_one(story):
    link = '<link rel="canonical" href="https://owner.github.io/repo/chapters/{}.html"'
    for name, page in story["address"].pages.items():
        assert link.format(name) in page


def test_a_page_says_what_it_is_to_who_searches_or_shares_it(story):
    page = story["first"].pages["01_one"]
    for name in ('name="description"', 'property="og:description"'):
        assert page.count(f"<meta {name}") == 1
        assert f'<meta {name} content="A first sentence of a page."' in page
    assert '<meta property="og:title" content="First"' in page
    assert "sitemap.xml" not in story["first"].beside
    assert "404.html" not in story["first"].beside


def test_an_address_brings_a_map_of_the_site_and_a_page_for_lost_readers(story):
    where, beside = "https://owner.github.io/repo/", story["address"].beside
    listed = re.findall(r"<loc>(.*?)</loc>", beside["sitemap.xml"])
    assert {f"{where}index.html", f"{where}chapters/01_one.html"} <= set(listed)
    assert all(one.startswith(where) for one in listed)
    lost = beside["404.html"]
    assert "There is no such page" in lost
    # It is shown at any depth, so whatever it loads or links to is named from the top.
    found = re.findall(r'(?:href|src)="(?!#|https?:|data:)([^"]+)"', lost)
    assert found and all(one.startswith("/repo/") for one in found)
    page = story["address"].pages["01_one"]
    for name, place in (("url", "chapters/01_one.html"), ("image", "_static/card.png")):
        assert f'<meta property="og:{name}" content="{where}{place}"' in page


def test_what_a_sentence_names_is_a_link(story):
    first, second = (story["first"].pages[name] for name in ("01_one", "02_two"))
    assert re.search(
        r'<a class="named reference internal" href="01_one.html" title="First">'
        r"chapter 1</a>", second)
    assert 'class="named' not in first              # to itself
    assert "<h2>Not chapter 1" in re.sub(r"<h2[^>]*>", "<h2>", second)
    assert re.search(r'href="[^"]*index.html#term-trunk">trunks</a>, once', second)
    assert second.count('class="explained') == 1


def test_an_address_draws_the_button_on_pages_that_did_not_change(story):
    step = story["address"]
    assert step.status == 0, step.said
    assert "executed now" not in step.said
    assert "owner/repo/blob/main/notebooks/01_one.ipynb" in step.pages["01_one"]


def test_a_changed_sentence_executes_nothing_and_is_shown(story):
    step = story["sentence"]
    assert step.status == 0, step.said
    assert "executed now" not in step.said
    assert "A changed sentence" in step.pages["01_one"]


def test_a_formula_is_drawn_in_the_page_with_mathml_and_no_page_loads_mathjax(story):
    page = story["first"].pages["01_one"]
    assert '(1)<a class="headerlink" href="#equation-eq-unit"' in page
    assert "<mjx-assistive-mml" in page and "<mi>F</mi>" in page
    pointed = re.findall(r'href="#glyph-([^"]+)"', page)
    drawn = re.findall(r'<path id="glyph-([^"]+)"', page)
    assert pointed and sorted(set(pointed)) == drawn
    assert not re.search(r"<script[^>]*mathjax", page, re.I)


def test_what_is_no_formula_fails_the_build(story):
    step = story["no formula"]
    assert step.status != 0
    assert "Undefined control sequence \\nothing" in step.said
    assert "02_two" in step.said


def test_a_link_that_leads_somewhere_passes_and_a_dead_one_fails_by_name(story):
    assert story["links"].status == 0, story["links"].said
    dead = story["dead link"]
    assert dead.status != 0 and "127.0.0.1" in dead.said and "01_one" in dead.said


def test_a_changed_module_executes_the_chapter_that_uses_it_and_renews_its_page(story):
    step = story["module"]
    assert step.status == 0, step.said
    assert step.said.count("executed now") == 1
    assert "mask says 18" in step.pages["02_two"]
    assert "unit says 41" in step.pages["01_one"]


def test_a_stale_result_is_not_published(story):
    step = story["stale"]
    assert step.status != 0
    assert "01_one.md has changed since it ran" in step.said
    assert "other code says" not in step.pages["01_one"]


def test_a_build_in_which_nothing_has_changed_writes_no_page_again(story):
    """And a page that somebody else's build has spoilt since is not called current."""
    again, mended = story["nothing new"], story["mended"]
    assert again.status == mended.status == 0, again.said + mended.said
    assert UNCHANGED in again.said and "Sphinx" not in again.said
    assert UNCHANGED not in mended.said and "Sphinx" in mended.said
    assert "unit says 41" in mended.pages["01_one"]


def test_a_warning_fails_the_build_also_on_a_page_that_was_not_read_again(story):
    step = story["warning"]
    assert step.status != 0
    assert "02_two.md" in step.said and "sec-target" in step.said


def test_the_same_warning_fails_the_next_build_too(story):
    step = story["warning again"]
    assert step.status != 0
    assert "02_two.md" in step.said and "sec-target" in step.said
    assert "executed now" not in step.said


def test_a_failing_cell_fails_the_build(story):
    step = story["failing cell"]
    assert step.status != 0
    assert "02_two.md, code cell 1" in step.said and "AttributeError" in step.said


def test_a_chapter_that_runs_nothing_fails_the_build(story):
    assert story["no cell"].status != 0
    assert "02_two.md runs no cell" in story["no cell"].said


def test_a_chapter_that_the_contents_do_not_name_fails_the_build(story):
    step = story["not in the contents"]
    assert step.status != 0
    assert "only in chapters/ ['03_three']" in step.said
