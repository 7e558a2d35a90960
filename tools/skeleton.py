"""Begin a chapter: all that the gates ask for, with what is still to be written marked.

    make chapter NAME=18_its_name

writes the page, the table of its first exercise with slips, a bank of answers and a
test of its claims, and enters the chapter in the contents, on the first page and in the
map of chapter 0. It is whole: it runs, and its check judges. What has to be replaced
begins with ``FILL:``, and a gate refuses that word in the book. ``python -m
tools.skeleton --open`` says where it still stands.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.chapters import ChapterError, main_chapters
from tools.definitions import definitions
from tools.ending import ended
from tools.files import write_whole
from tools.quotes import MARKER
from tools.settings import PACKAGE, ROOT

PARTS = Path(__file__).parent / "chapter_parts"
MARK = re.compile(r"\bFILL:")
NAME = re.compile(r"(\d\d)_([a-z0-9]+(?:_[a-z0-9]+)*)")
QUOTED = f"{PACKAGE}.models.attention_module.residual_attention"
# Where a chapter's own text stands, beside its page: NN is its number.
PLACES = {
    "page.md": "chapters/{stem}.md",
    "checks.txt": PACKAGE + "/checks/chapter{nn}/__init__.py",
    "table.txt": PACKAGE + "/checks/chapter{nn}/first.py",
    "bank.txt": "tests/banks/chapter{nn}_first.py",
    "banks.txt": "tests/banks/chapter{nn}.py",
    "claims.txt": "tests/book/test_chapter{nn}_claims.py",
}
CONTENTS, HOME = "_toc.yml", "index.md"
SPOKEN_OF = (
    "chapters/*.md", HOME, CONTENTS, f"{PACKAGE}/checks/chapter*/*.py",
    "tests/banks/*.py", "tests/book/test_chapter*_claims.py",
)
NEXT = """\
{page} and what belongs to it are there. Next:
  python -m tools.skeleton --open   where FILL: still stands
  make book                         runs the page, and shows it
  pytest tests/checks tests/book/test_chapter{nn}_claims.py -k 'chapter{nn}'
  make sync notebooks gates         and at the end: make test
Its exercises get a line in {package}/checks/exercises.py and a question in
book/teaching-questions.toml, and its page a heading in book/usual-mistakes.md. What it
adds to the package gets a test, an entry in book/api.md and a line in the table of
{package}/__init__.py. That line comes last: after it every chapter runs again."""


class SkeletonError(ValueError):
    """A chapter that cannot be begun; says why."""


def require_name(stem: str, root: Path) -> str:
    """The number of a new chapter.

    Raises ``SkeletonError`` for a name that is none, a number that is not the next one,
    and words that another chapter has, or that a label of the book has.
    """
    found, known = NAME.fullmatch(stem), main_chapters(root)
    names = [path.stem for path in known.values()]
    following = f"{max(known) + 1:02}"
    if not found or found[2].startswith("aside_"):
        raise SkeletonError(
            f"NAME is {stem!r}, expected a number and words, such as {following}_masks"
        )
    if found[1] != following:
        raise SkeletonError(f"NAME is {stem!r}, and the next number is {following}")
    if found[2] in [NAME.fullmatch(name)[2] for name in names]:
        raise SkeletonError(f"there is a chapter called {found[2]!r} already")
    require_labels(slug_of(stem), root)
    return found[1]


def slug_of(stem: str) -> str:
    """A chapter's words as its labels have them: ``18_its_name`` is ``its-name``."""
    return stem[3:].replace("_", "-")


def require_labels(slug: str, root: Path) -> None:
    """Refuse words whose labels, such as ``fig-its-name``, the book has already."""
    page = (PARTS / "page.md").read_text(encoding="utf-8")
    kinds = "|".join(sorted(set(re.findall(r"\b([a-z]+)-@SLUG@", page))))
    label = re.compile(rf"(?<![\w-])(?:{kinds})-{slug}(?![\w-])")
    pages = [*root.glob("chapters/*.md"), *root.glob("book/*.md"), root / HOME]
    for path in sorted(pages):
        if found := label.search(path.read_text(encoding="utf-8")):
            where = path.relative_to(root).as_posix()
            raise SkeletonError(
                f"the label {found[0]} stands in {where}: take other words for NAME"
            )


def new_files(stem: str, root: Path = ROOT) -> dict[Path, str]:
    """The files of a new chapter that are not there yet, and their text.

    Raises ``SkeletonError`` where one is there.
    """
    nn = require_name(stem, root)
    words = {
        "@NN@": nn, "@NUMBER@": str(int(nn)), "@SLUG@": slug_of(stem),
        "@TITLE@": stem[3:].replace("_", " ").capitalize(), "@QUOTED@": QUOTED,
        "@QUOTATION@": f"{MARKER} {QUOTED}\n{definitions(root)[QUOTED].text}",
    }
    found = {}
    for part, where in PLACES.items():
        path = root / where.format(stem=stem, nn=nn)
        if path.exists():
            raise SkeletonError(f"{path.relative_to(root)} is there already")
        text = (PARTS / part).read_text(encoding="utf-8")
        for word, meaning in words.items():
            text = text.replace(word, meaning)
        found[path] = text
    return found


def entries(stem: str, root: Path = ROOT) -> dict[Path, str]:
    """The files in which a new chapter is entered, as they become.

    Raises ``SkeletonError`` where the line of the last chapter is not found.
    """
    first, *_, last = (path.stem for path in main_chapters(root).values())
    lines = {
        CONTENTS: (rf"^( *)- file: chapters/{last}\n", rf"\1- file: chapters/{stem}"),
        HOME: (rf"^\d+\. {{doc}}`/chapters/{last}`.*\n",
               f"{int(stem[:2])}. {{doc}}`/chapters/{stem}`. FILL: one sentence."),
        f"chapters/{first}.md": (
            rf"^{last} \|.*\n", f"{stem} | FILL: its question? | FILL: what one builds"
        ),
    }
    found = {}
    for name, (before, line) in lines.items():
        text = (root / name).read_text(encoding="utf-8")
        found[root / name], count = re.subn(
            f"(?m){before}", lambda match, line=line: match[0] + match.expand(line)
            + "\n", text,
        )
        if count != 1:
            raise SkeletonError(f"{name} has {count} lines for {last}, expected one")
    return found


def write_all(files: Mapping[Path, str]) -> None:
    """Write every file; where one cannot be written, all are as they were."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    made = {
        folder for path in files for folder in path.parents if not folder.exists()
    }
    try:
        for path, text in files.items():
            write_whole(path, text)
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write_whole(path, content)
        for folder in sorted(made, reverse=True):    # the inner ones first
            if folder.exists():
                folder.rmdir()
        raise


def left_open(root: Path = ROOT) -> Iterator[str]:
    """Where the book and what belongs to its chapters still has to be written."""
    for pattern in SPOKEN_OF:
        for path in sorted(root.glob(pattern)):
            lines = path.read_text(encoding="utf-8").split("\n")
            for number, line in enumerate(lines, 1):
                if MARK.search(line):
                    where = path.relative_to(root).as_posix()
                    yield f"{where}:{number}: {line.strip()}"


def main(words: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Begin a chapter, or say what is open; 1 if anything is."""
    options = argparse.ArgumentParser(prog="python -m tools.skeleton")
    either = options.add_mutually_exclusive_group(required=True)
    either.add_argument("name", nargs="?", help="such as 18_its_name")
    either.add_argument("--open", action="store_true", help="say where FILL: stands")
    given = options.parse_args(words)
    if given.open:
        found = list(left_open(root))
        print(*found, sep="\n", end="\n" if found else "")
        return int(bool(found))
    write_all(new_files(given.name, root) | entries(given.name, root))
    print(NEXT.format(page=f"chapters/{given.name}.md", stem=given.name,
                      nn=given.name[:2], package=PACKAGE))
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, ChapterError, SkeletonError))
