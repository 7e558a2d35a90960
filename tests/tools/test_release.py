"""Before a release, everything that names a version names the same one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tiny import write

from resattn_tutorial import __version__
from tools.release import (
    UNRELEASED,
    ReleaseError,
    main,
    notes,
    require_address,
    sections,
)
from tools.settings import ROOT

LOG = """\
# Changelog

## [Unreleased]

### Added

- A thing to come.

## [1.2.0] - 2026-12-01

### Added

- A mask, see [the page](page.md).

## [1.1.0] - 2026-11-01

- The first.
"""


def project(
    root: Path, log: str = LOG, cited: str = "1.2.0", address: str = ""
) -> Path:
    """A project with a changelog, a citation and an address."""
    return write(root, {
        "CHANGELOG.md": log, "CITATION.cff": f"version: {cited}\n",
        "pyproject.toml": f'[tool.resattn]\nrepository = "{address}"\n',
    })


def test_the_package_s_version_stands_in_the_changelog_or_is_still_to_come() -> None:
    found = sections(ROOT)
    assert next(iter(found)) == UNRELEASED
    coming = re.search(rf"\b{re.escape(__version__)}\b", found[UNRELEASED][1])
    assert (__version__ in found) != bool(coming)
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in cited


def test_the_changelog_s_own_parts_are_those_of_keep_a_changelog() -> None:
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known"}
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (.+)$", text, re.M)) <= kinds


def test_a_release_says_what_its_own_section_says(tmp_path: Path) -> None:
    said = notes("v1.2.0", project(tmp_path), "1.2.0")
    assert said == "### Added\n\n- A mask, see [the page](page.md)."


@pytest.mark.parametrize(("tag", "changed", "words"), [
    ("v1.2.1", {}, "the tag is 'v1.2.1', expected v1.2.0"),
    ("1.2.0", {}, "expected v1.2.0"),
    ("v1.2.0", {"cited": "1.1.0"}, "CITATION.cff says version 1.1.0"),
    ("v1.2.0", {"log": LOG.replace("1.2.0", "1.3.0")}, "no section with a day"),
    ("v1.2.0", {"log": LOG.replace(" - 2026-12-01", "")}, "no section with a day"),
    ("v1.2.0", {"log": LOG.replace("2026-12-01", "soon")}, "no section with a day"),
    ("v1.2.0", {"log": LOG.replace("1.1.0", "1.2.0")}, "stands there twice"),
    ("v1.2.0", {"log": re.sub(r"(12-01\n).*?(?=## \[)", r"\1", LOG, flags=re.S)},
     "no section with a day and a text"),
])
def test_a_release_that_does_not_agree_is_refused(
    tmp_path: Path, tag: str, changed: dict, words: str
) -> None:
    root = project(tmp_path, **changed)
    with pytest.raises(ReleaseError, match=re.escape(words)):
        notes(tag, root, "1.2.0")


def test_nothing_can_be_released_by_a_tag_that_is_not_the_version(tmp_path) -> None:
    with pytest.raises(ReleaseError, match="expected v"):
        main(["tag", "v99.0.0", "--notes", str(tmp_path / "notes.md")])
    assert list(tmp_path.iterdir()) == []


def test_notes_are_written_to_a_file(tmp_path: Path, capsys) -> None:
    log = LOG.replace("1.2.0", __version__)
    root, file = project(tmp_path, log, __version__), tmp_path / "notes.md"
    assert main(["tag", f"v{__version__}", "--notes", str(file)], root) == 0
    assert file.read_text().endswith("[the page](page.md).\n")
    assert f"v{__version__}" in capsys.readouterr().out


def test_pages_are_published_by_the_repository_of_the_one_setting(tmp_path) -> None:
    require_address("Some-One/Book", project(tmp_path, address="some-one/book"))
    for own in ("", "another/book"):
        with pytest.raises(ReleaseError, match="set it, run make notebooks"):
            require_address("some-one/book", project(tmp_path, address=own))
