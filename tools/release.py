"""What must agree before the project is published, and what is said of a release.

    python -m tools.release tag v1.2.3 --notes notes.md
    python -m tools.release address OWNER/REPO

The first asks that tag, version, changelog and citation name the same version, and
writes the changelog's section. The second asks that the one setting of the address is
the repository that publishes the book, so that no page goes out without its buttons.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from resattn_tutorial import __version__
from tools.ending import ended
from tools.files import write_whole
from tools.settings import ROOT, SettingsError, address

CHANGELOG, CITATION = "CHANGELOG.md", "CITATION.cff"
UNRELEASED = "Unreleased"
# `## [1.2.3] - 2026-12-01`, or `## [Unreleased]`, up to the next of them.
SECTION = re.compile(r"^## \[([^\]]+)\](?: - (\S+))?\n(.*?)(?=^## \[|\Z)", re.S | re.M)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class ReleaseError(ValueError):
    """Something that must agree does not; says what, and what was expected."""


def sections(root: Path = ROOT) -> dict[str, tuple[str, str]]:
    """The changelog's sections: the day, empty where none is given, and the text.

    Raises ``ReleaseError`` for a version that stands there twice.
    """
    text = (root / CHANGELOG).read_text(encoding="utf-8")
    found = [(name, (day, body.strip())) for name, day, body in SECTION.findall(text)]
    names = [name for name, _ in found]
    if len(set(names)) < len(names):
        raise ReleaseError(f"{CHANGELOG}: a version stands there twice: {names}")
    return dict(found)


def notes(tag: str, root: Path = ROOT, version: str = __version__) -> str:
    """What the changelog says of the version that a tag names.

    Raises ``ReleaseError`` unless tag, package, changelog and citation agree on it, and
    the changelog gives its day.
    """
    if tag != f"v{version}":
        raise ReleaseError(f"the tag is {tag!r}, expected v{version}, as the package")
    cited = yaml.safe_load((root / CITATION).read_text(encoding="utf-8"))["version"]
    if str(cited) != version:
        raise ReleaseError(f"{CITATION} says version {cited}, expected {version}")
    day, text = sections(root).get(version, ("", ""))
    if not text or not DAY.fullmatch(day):
        raise ReleaseError(
            f"{CHANGELOG} has no section with a day and a text for {version}: give "
            f"what stands under [{UNRELEASED}] the title '## [{version}] - YEAR-MM-DD'"
        )
    return text


def require_address(repository: str, root: Path = ROOT) -> None:
    """Raise ``ReleaseError`` unless the one setting names this repository."""
    own = address(root).repository
    if own.lower() != repository.lower():            # GitHub does not tell them apart
        raise ReleaseError(
            f"[tool.resattn] repository in pyproject.toml is {own!r}, and this is "
            f"{repository}: set it, run make notebooks, and commit both. Without that "
            "the pages would have no button that opens a chapter, or another's."
        )


def main(words: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Do what was asked; 0. Raises ``ReleaseError`` or ``SettingsError``."""
    options = argparse.ArgumentParser(prog="python -m tools.release")
    asked = options.add_subparsers(dest="asked", required=True)
    tagged = asked.add_parser("tag", help="tag, version, changelog and citation agree")
    tagged.add_argument("tag", help="such as v1.2.3")
    tagged.add_argument("--notes", type=Path, required=True, help="a file to write")
    placed = asked.add_parser("address", help="the address is this repository's")
    placed.add_argument("repository", help="OWNER/REPO")
    given = options.parse_args(words)
    if given.asked == "tag":
        write_whole(given.notes, notes(given.tag, root) + "\n")
        print(f"{given.tag}: what the changelog says stands in {given.notes}")
    else:
        require_address(given.repository, root)
        print(f"the address is {given.repository}")
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, ReleaseError, SettingsError))
