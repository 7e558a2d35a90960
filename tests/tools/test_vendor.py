"""The pages' JavaScript is the one expected, or the build stops."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tools import vendor as vendoring
from tools.vendor import Library, VendorError, vendor


@pytest.fixture
def library(tmp_path: Path, monkeypatch) -> Library:
    """A library whose archive lies on the disk, in the registry's place."""
    archive = tmp_path / "lib.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("package/lib.js", "package/fonts/a.woff", "package/readme"):
            content = name.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    monkeypatch.setattr(vendoring, "_pack", lambda library, scratch: archive)
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    keep = {"package/lib.js": "lib/lib.js", "package/fonts/": "lib/fonts/"}
    return Library("lib", "1.0.0", sha256, keep)


def test_what_is_kept_is_there_and_nothing_else(library: Library, tmp_path: Path):
    folder = tmp_path / "vendor"
    assert vendor(library, folder)
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert files == {"lib/lib.js", "lib/fonts/a.woff", "lib.sha256"}
    assert (folder / "lib/lib.js").read_text(encoding="utf-8") == "package/lib.js"


def test_it_is_fetched_once(library: Library, tmp_path: Path, monkeypatch):
    vendor(library, tmp_path / "vendor")
    monkeypatch.delattr(vendoring, "_pack")
    assert not vendor(library, tmp_path / "vendor")


def test_other_bytes_are_refused_and_nothing_is_kept(library: Library, tmp_path: Path):
    other = dataclasses.replace(library, sha256="0" * 64)
    with pytest.raises(VendorError, match="expected 0000"):
        vendor(other, tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_a_file_that_the_archive_lacks_is_named(library: Library, tmp_path: Path):
    other = dataclasses.replace(library, keep={"package/gone.js": "gone.js"})
    with pytest.raises(VendorError, match=r"lacks \['package/gone.js'\]"):
        vendor(other, tmp_path / "vendor")
