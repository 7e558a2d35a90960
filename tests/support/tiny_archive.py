"""A small archive made as CIFAR's are, and what the tests of archives do with it."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
from loopback import Loopback

from resattn_tutorial.data.mirrors import Archive

HALF = 150_000
IMAGES = 40
FETCH = """
import sys
from pathlib import Path
from resattn_tutorial.data.mirrors import Archive, fetch
folder, *known = sys.argv[1:]
name, file, size, md5, inner, mirror = known
archive = Archive(name, file, int(size), md5, inner, (mirror,))
print(fetch(archive, Path(folder)))
"""


def packed(files: dict[str, bytes]) -> bytes:
    """A real .tar.gz of these files; the same bytes whenever it is made."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(stream.getvalue(), mtime=0)


def known(body: bytes) -> Archive:
    digest = hashlib.md5(body).hexdigest()
    return Archive("TINY-1", "tiny-1.tar.gz", len(body), digest, "tiny-1-py", ())


def batch(seed: int) -> bytes:
    """A file as CIFAR has them: rows of pixels, and their labels."""
    draw = np.random.default_rng(seed)
    pixels = draw.integers(256, size=(IMAGES, 3072), dtype=np.uint8)
    return pickle.dumps({"data": pixels, "labels": [i % 2 for i in range(IMAGES)]})


FILES = {
    "data_batch_1": batch(1), "data_batch_2": batch(2), "test_batch": batch(3),
    "batches.meta": pickle.dumps({"label_names": ["cat", "dog"]}),
}
BODY = packed({f"tiny-1-py/{name}": data for name, data in FILES.items()})
TINY = known(BODY)


def serve(*plans, body=BODY):
    return Loopback(body, *plans, file=TINY.file)


def put(folder: Path, data: bytes, part: bool = False) -> Path:
    path = folder / (TINY.file + (".part" if part else ""))
    path.write_bytes(data)
    return path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def assert_fetched(folder: Path) -> None:
    assert (folder / TINY.file).read_bytes() == BODY
    assert names(folder) == {TINY.file}


def start(folder: Path, mirror: Loopback) -> subprocess.Popen[str]:
    """Another process that fetches."""
    words = [str(folder), *map(str, TINY[:-1]), mirror.address]
    return subprocess.Popen(
        [sys.executable, "-uc", FETCH, *words], stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )
