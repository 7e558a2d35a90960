"""The built pages, opened in a browser that reaches nothing but them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from unfold import UNFOLD

from tools.browser import Trouble, served, settled
from tools.chapters import chapter_paths, is_aside
from tools.execute import stored
from tools.settings import ROOT, pages
from tools.vendor import AXE, vendor

PAGES = pages(ROOT)
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
RAW = {
    "a role": r"\{[a-z][a-z:.-]*\}`",
    "a directive": r"(?m)^\s*(:::+|```+)",
    "mathematics": r"\$\$|\\\(|\\\[|\\begin\{",
    "an option": r"(?m)^:[a-z-]+: ",
    "a label": r"(?m)^\([\w-]+\)=\s*$",
    "a reference": r"\[\?\]|<project:|%s",
}
PROGRESS = re.compile(r"^(.*?)\s*(\d+)%\|", re.MULTILINE)
# The text that a reader sees as prose: neither code nor output nor typeset formulas.
PROSE = """() => {
  const copy = document.querySelector("article").cloneNode(true);
  const rest = "pre, code, mjx-container, script, style, svg";
  copy.querySelectorAll(rest).forEach((node) => node.remove());
  copy.querySelectorAll("td, th").forEach((node) => node.append(" "));
  return copy.textContent;
}"""

# Opens everything that is folded, and waits until the page is drawn so.
def leaks(text: str) -> list[str]:
    """Which kinds of raw markup a page's prose shows, each with the place."""
    found = ((kind, re.search(pattern, text)) for kind, pattern in RAW.items())
    return [f"{kind}: {hit[0]!r}" for kind, hit in found if hit]


def repeated_progress(text: str) -> list[str]:
    """The bars in one output that stand there twice, or before their end."""
    bars = PROGRESS.findall(text)
    names = [name.strip() for name, _ in bars]
    return [n for n, (_, done) in zip(names, bars, strict=True)
            if names.count(n) > 1 or done != "100"]  # fmt: skip


@pytest.fixture(scope="module", params=["http", "file"])
def site(request, book: Path) -> Iterator[str]:
    """The address of the pages, ending in a slash: from a server, and from disk."""
    if request.param == "file":
        yield f"{book.as_uri()}/"
    else:
        with served(book) as address:
            yield address


@pytest.fixture(scope="module")
def axe(book: Path) -> str:
    """The text of axe-core, which looks for what keeps people out of a page."""
    folder = ROOT / "_build" / "vendor"
    vendor(AXE, folder)
    return (folder / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def visit(chromium):
    """Opens an address, ``visit(address, width, theme)``: the page and its troubles."""
    opened = []

    def visit(address: str, width: int = 1280, theme: str = "light"):
        size = {"width": width, "height": 900}
        page = chromium.new_page(viewport=size, color_scheme=theme)
        opened.append(page)
        trouble = Trouble()
        trouble.watch(page)
        page.goto(address)
        settled(page)
        return page, trouble

    yield visit
    for page in opened:
        page.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_failed_request_or_an_error(site, visit, name: str):
    page, trouble = visit(f"{site}{name}.html")
    assert trouble.all() == []
    assert page.locator("article .math").count() == page.locator(
        "article .math > mjx-container > svg").count()
    assert leaks(page.evaluate(PROSE)) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_every_button_of_a_page_shows_what_it_is(book, visit, width: int):
    """By words or a drawing; the theme's icons are drawn when the book is built."""
    page, _ = visit((book / f"{CHAPTERS[0]}.html").as_uri(), width)
    empty = page.evaluate("""() => [...document.querySelectorAll("button")]
      .filter((button) => button.checkVisibility() && !button.innerText.trim()
        && ![...button.querySelectorAll("svg")].some((drawing) => {
          const box = drawing.getBoundingClientRect();
          return box.width > 5 && box.height > 5 && box.width < 60;
        }))
      .map((button) => button.className)""")
    assert empty == []
    named = page.locator("button.primary-toggle svg.fa-bars")
    assert named.count() == 1


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_shows_code_formulas_and_named_figures(book, visit, name: str):
    page, _ = visit((book / f"{name}.html").as_uri())
    assert page.locator("article .cell_input pre").count() > 0
    assert page.locator("article mjx-container").count() > 0
    figures = page.locator("article .cell_output svg[role=img]").all()
    if not figures:                      # a page aside may do without
        assert is_aside(Path(name)) and page.locator("figcaption").count() == 0
        return
    for figure in figures:
        assert (figure.get_attribute("aria-label") or "").strip()
    sizes = [figure.bounding_box() for figure in figures if figure.is_visible()]
    assert sizes and all(size["width"] > 50 and size["height"] > 20 for size in sizes)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_small_screen_and_shuts_nobody_out(
    book, visit, axe, name: str, theme: str
):
    page, _ = visit((book / f"{name}.html").as_uri(), 390, theme)
    page.evaluate(UNFOLD)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390
    assert violations(page, axe, "all" if theme == "light" else "colours") == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_on_a_wide_screen_shuts_nobody_out(book, visit, axe, name: str):
    """In one theme, and without its colours: both were seen on the small screen."""
    page, _ = visit((book / f"{name}.html").as_uri(), 1280)
    page.evaluate(UNFOLD)
    assert violations(page, axe, "others") == []


@pytest.mark.parametrize(("rules", "found"), [
    ("all", {"color-contrast", "image-alt"}), ("colours", {"color-contrast"}),
    ("others", {"image-alt"}),
])
def test_each_kind_of_rule_finds_its_own(chromium, axe, rules: str, found: set[str]):
    page = chromium.new_page()
    page.set_content("<html lang=en><title>A page</title><main><h1>A page</h1>"
                     "<p style='color: #bbb; background: #fff'>Pale words.</p>"
                     "<img src='data:,' width=9 height=9></main>")
    told = {line.split(":")[0] for line in violations(page, axe, rules)}
    assert told & {"color-contrast", "image-alt"} == found
    page.close()


def test_the_cheat_sheet_is_one_page_to_print_and_a_chapter_is_more(book, visit):
    counts = []
    for name in ("book/cheat-sheet", CHAPTERS[0]):
        page, _ = visit((book / f"{name}.html").as_uri())
        counts.append(len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))))
    assert counts[0] == 1 < counts[1]


def test_a_dark_page_is_printed_in_the_light_theme(book, visit):
    page, _ = visit((book / f"{CHAPTERS[0]}.html").as_uri(), theme="dark")
    shown = "() => document.documentElement.dataset.theme"
    assert page.evaluate(shown) == "dark"
    page.evaluate("""() => window.addEventListener("beforeprint", () => {
      window.printed = document.documentElement.dataset.theme;
    })""")
    page.pdf()
    assert page.evaluate("() => window.printed") == "light"
    assert page.evaluate(shown) == "dark"


def violations(page, axe: str, rules: str = "all") -> list[str]:
    """What axe-core finds on a page: its rule, and the element.

    Rules are ``all``, those of ``colours``, or all the ``others``. Nothing but a colour
    depends on the theme, and no colour on the width.
    """
    page.evaluate(axe)
    found = page.evaluate("""(rules) => axe.run(document, {
      preload: false,
      ...(rules === "colours" && { runOnly: ["color-contrast"] }),
      ...(rules === "others" && { rules: { "color-contrast": { enabled: false } } }),
    })""", rules)
    return [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("path", chapter_paths(ROOT), ids=lambda path: path.stem)
def test_a_chapter_leaves_no_dead_widget_and_one_progress_line_an_epoch(
    book: Path, path: Path
):
    html = (book / f"chapters/{path.stem}.html").read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget-view" not in html
    notebook, _ = stored(path)
    for cell in notebook.cells:
        outputs = cell.get("outputs", [])
        kinds = {kind for output in outputs for kind in output.get("data", {})}
        assert "application/vnd.jupyter.widget-view+json" not in kinds
        text = "\n".join(output.get("text", "") for output in outputs)
        assert repeated_progress(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "see {ref}`sec`",
        "see {cite:p}`wang`",
        "::: {note}",
        "```{note}",
        "$$ y = x $$",
        r"\(x\)",
        ":label: ex",
        "(sec-one)=",
        "cited as [?]",
    ],
)
def test_raw_markup_is_noticed(text: str):
    assert leaks(f"Before.\n{text}\nAfter.")


def test_prose_is_no_raw_markup():
    assert leaks("It costs $5 (see 3: a note), {1, 2} and f(x)=y.\n") == []


@pytest.mark.parametrize("text", ["e 1: 50%|##\ne 1: 100%|####", "e 1:  50%|##  |"])
def test_a_second_progress_line_is_noticed(text: str):
    assert repeated_progress(text)


def test_one_progress_line_an_epoch_is_fine():
    assert repeated_progress("e 1: 100%|##|\nlog\ne 2: 100%|##|\n") == []


def test_trouble_on_a_page_is_noticed(visit, tmp_path: Path):
    (tmp_path / "page.html").write_text(
        "<img src='gone.png'><img src='http://example.org/a.png'>"
        "<script>throw new Error('broken')</script>",
        encoding="utf-8",
    )
    with served(tmp_path) as address:
        _, trouble = visit(f"{address}page.html")
    assert trouble.outside == ["http://example.org/a.png"]
    assert any("gone.png" in failure for failure in trouble.failed)
    assert any("broken" in line for line in trouble.console)


@pytest.mark.parametrize(("words", "chapter"), [
    ("residual unit", "01"), ("Soft mask branch", "02"), ("channel attention", "04"),
    ("attention module", "06"), ("label noise", "09"), ("calibration", "15"),
    ("checkpoint", "10"), ("early learning", "14"), ("depth", "16"),
])
def test_behind_its_explanation_a_word_finds_the_chapter_where_it_is_at_home(
    site, chromium, words, chapter
):
    page = chromium.new_page()
    page.goto(f"{site}search.html?q={words.replace(' ', '+')}")
    page.wait_for_selector("#search-results li")
    links = page.locator("#search-results li a").evaluate_all(
        "(found) => found.map((link) => link.getAttribute('href'))")
    page.close()
    pages = [link for link in links if not link.startswith("book/glossary.html#")]
    assert pages[0].startswith(f"chapters/{chapter}")


def test_the_search_shows_prose_of_a_page(book, chromium):
    with served(book) as address:
        page = chromium.new_page()
        page.goto(f"{address}search.html?q=bottleneck")
        page.wait_for_selector("#search-results li p.context")
        shown = page.locator("#search-results li p.context").all_inner_texts()
        page.close()
    assert shown and not any("import " in text or "def " in text for text in shown)
