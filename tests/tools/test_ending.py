"""A tool that cannot do its work says why and what to do next, without a traceback."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock
from tiny import cell, chapter, write

from tools import book as book_building
from tools import vendor as vendoring
from tools.chapters import ChapterError
from tools.ending import ended
from tools.execute import execute_all
from tools.vendor import MATHJAX, VendorError, vendor

ROOT = Path(__file__).resolve().parents[2]


def failing(error: BaseException):
    def work() -> int:
        raise error
    return work


def from_system(number: int, path: object = None) -> OSError:
    return OSError(number, os.strerror(number), path)


@pytest.mark.parametrize(("error", "status", "words"), [
    (KeyboardInterrupt(), 130, "Interrupted. Run it again to go on."),
    (ChapterError("01_x.md runs no cell"), 1, "01_x.md runs no cell"),
    (from_system(errno.EROFS, "/book/_build"), 1,
     "/book/_build: Read-only file system. Make it yours to write, or copy"),
    (from_system(errno.EACCES, Path("/x")), 1, "/x: Permission denied. Make it yours"),
    (from_system(errno.EPERM, b"/x"), 1, "/x: Operation not permitted. Make it yours"),
    (from_system(errno.ENOSPC, "/x"), 1, "/x: No space left on device. Free some"),
    (from_system(errno.ENOSPC), 1, "No space left on device. Free some space, and run"),
    (from_system(errno.ENOTDIR, "/x"), 1, "/x: Not a directory. Mend that, and run it"),
    (from_system(errno.EMFILE), 1, "Too many open files. Mend that"),
    (OSError("words only"), 1, "words only. Mend that"),
    (OSError(), 1, "OSError. Mend that"),
])
def test_a_failure_is_a_sentence_and_an_exit_status(error, status, words, capsys):
    assert ended(failing(error), ChapterError, outcome="Not built.") == status
    said = capsys.readouterr().err
    assert said.startswith(f"\n{words}") and said.endswith("\n\nNot built.\n")


def test_work_that_is_done_ends_with_its_own_status(capsys):
    assert [ended(lambda n=n: n) for n in (0, 1)] == [0, 1]
    assert capsys.readouterr().err == ""


def test_a_fault_of_our_own_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        ended(failing(ZeroDivisionError()), ChapterError)


@pytest.mark.parametrize("path", sorted(
    path for path in (ROOT / "tools").glob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
), ids=lambda path: path.stem)
def test_every_tool_that_is_run_ends_so(path: Path):
    text = path.read_text(encoding="utf-8")
    assert "from tools.ending import ended" in text and text.count("ended(") == 1


@pytest.fixture
def small(tmp_path: Path, monkeypatch) -> Path:
    """A book of one chapter, whose steps besides the lock do nothing."""
    root = write(tmp_path / "a book", {
        "chapters/01_one.md": chapter(cell("1")),
        "_toc.yml": "root: chapters/01_one\n",
    })
    monkeypatch.setattr(book_building, "_build_alone", lambda root: {})
    return root


def test_a_second_build_says_that_it_waits(small: Path, monkeypatch):
    said, waits = [], threading.Event()

    def notes(words: str, **how: object) -> None:
        said.append(words)
        waits.set()

    monkeypatch.setattr(book_building, "print", notes, raising=False)
    (small / "_build").mkdir()
    with FileLock(small / "_build/lock"):
        second = threading.Thread(target=book_building.build, args=(small,))
        second.start()
        assert waits.wait(20) and second.is_alive()
        assert said == ["Another build is at it here; waiting until it ends."]
    second.join(20)
    assert "Built in" in said[-1]


def test_a_build_alone_says_nothing_of_others(small: Path, capsys):
    assert book_building.build(small) == 0
    assert "Another" not in capsys.readouterr().out


@pytest.mark.parametrize("spoil", [
    lambda root: (root / "_build").touch(),
    lambda root: (root / "_build/lock").mkdir(parents=True),
    lambda root: (root / "_toc.yml").unlink(),
], ids=["a file in the folder's place", "a folder in the lock's", "no contents"])
def test_a_tree_that_cannot_be_used_is_told(small, monkeypatch, capsys, spoil):
    spoil(small)
    monkeypatch.setattr(book_building, "build", lambda: WHOLE(small))
    assert book_building.main() == 1
    said = capsys.readouterr().err
    assert str(small) in said and said.endswith("\n\nThe book was not built.\n")


WHOLE = book_building.build


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_tree_is_told(small, monkeypatch, capsys):
    monkeypatch.setattr(book_building, "build", lambda: WHOLE(small))
    small.chmod(0o555)
    try:
        assert book_building.main() == 1
    finally:
        small.chmod(0o755)
    assert "Permission denied. Make it yours to write" in capsys.readouterr().err


NPM = """\
npm error code ENOTFOUND
npm error syscall getaddrinfo
npm error errno ENOTFOUND
npm error network request to http://x/mathjax failed, \x1b[31mreason: ENOTFOUND x
npm error network This is a problem related to network connectivity.
"""


@pytest.mark.parametrize(("said", "status", "words"), [
    (NPM, 1, r"\(request to http://x/mathjax failed, reason: ENOTFOUND x\)"),
    ("", 1, r"\(it says no reason\)"), ("", 0, r"\(it says no reason\)"),
])
def test_without_a_network_npm_is_told_in_one_sentence(
    tmp_path, monkeypatch, said, status, words
):
    npm = tmp_path / "npm"
    npm.write_text(f"#!{sys.executable}\nimport sys\nsys.stderr.write({said!r})\n"
                   f"sys.exit({status})\n", encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setattr(vendoring.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(VendorError, match=words) as caught:
        vendor(MATHJAX, tmp_path / "vendor")
    assert "\n" not in str(caught.value) and "with a network" in str(caught.value)


def test_a_program_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(vendoring.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(VendorError, match="npm is not there: make book installs it"):
        vendor(MATHJAX, tmp_path / "vendor")
    with pytest.raises(book_building.BookError, match="jupyter-book is not there"):
        book_building.write_pages(write(tmp_path, {"_toc.yml": ""}))


# What stands in for a Python: it fails at the step that STEP names.
FAKE = """\
#!/bin/sh
case "$1 $2" in
  "--version "*) echo Python 3.99; echo and more; exit 0;;
  "-c "*) step=check;;
  "-m venv") step=venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python;;
  "-m pip") step=pip;;
  "-m uv") step=uv;;
  *) echo "== $*"; exit 0;;
esac
[ $step != "$STEP" ]
"""


def by_hand() -> dict[str, str]:
    """The environment of a make that no other make has started."""
    return {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
@pytest.mark.parametrize(("python", "step", "words"), [
    ("", "", "PYTHON is empty. Name one: make PYTHON=python3.12 ..."),
    ("  ", "", "PYTHON is empty."),
    ("python9", "", "'python9' is not (found:"),
    ("./fake", "check", "'./fake' is not (found: Python 3.99). Name another one"),
    ("./fake", "venv", ".venv could not be made here. Make this folder yours"),
    ("./fake", "pip", "could not be installed, for the reason above. It takes a netw"),
    ("./fake", "uv", "could not be installed, for the reason above. It takes a netw"),
    ("./fake", "", "== -m tools.book"),
])
def test_a_make_that_cannot_set_up_says_what_to_do(tmp_path, python, step, words):
    (root := tmp_path / "a book").mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, root)
    write(root, {"fake": FAKE})
    (root / "fake").chmod(0o755)
    done = subprocess.run(
        ["make", f"PYTHON={python}", "book"], cwd=root, text=True,
        env=by_hand() | {"STEP": step}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    *_, said, last = done.stdout.splitlines()
    assert words in (said if done.returncode else last)
    assert last.startswith("make: ***") == bool(done.returncode) == ("==" not in words)


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["book", "quotes", "notebooks", "execute"])
def test_a_tool_that_is_interrupted_while_it_is_loaded_says_so(tmp_path, tool):
    write(tmp_path, {"yaml.py": "import signal\nsignal.raise_signal(signal.SIGINT)\n"})
    done = subprocess.run(
        [sys.executable, "-m", f"tools.{tool}"], cwd=ROOT, text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True,
    )
    assert done.stderr == "\nInterrupted. Run it again to go on.\n"
    assert done.returncode == -signal.SIGINT


BUSY = """\
import sys
from pathlib import Path
from tools.ending import ended
from tools.execute import execute_all
sys.exit(ended(lambda: len(execute_all(Path(sys.argv[1])))))
"""


@pytest.mark.slow
def test_an_interrupted_chapter_ends_at_once_with_a_sentence_and_no_kernel(tmp_path):
    os.mkfifo(begun := tmp_path / "begun")
    source = f"import os, time\nwith open({str(begun)!r}, 'w') as file:\n"
    source += "    file.write(str(os.getpid()))\ntime.sleep(600)"
    root = write(tmp_path / "a book", {
        "resattn_tutorial/__init__.py": "", "chapters/01_one.md": chapter(cell(source)),
    })
    build = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(root)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    kernel = int(begun.read_text())         # waits until the cell writes
    build.send_signal(signal.SIGINT)
    said = build.communicate(timeout=60)[0]
    assert build.returncode == 130
    assert said.endswith("\nInterrupted. Run it again to go on.\n")
    assert "Traceback" not in said and "Error" not in said
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)
    assert not (root / "_build/executed").exists()


@pytest.mark.slow
def test_chapters_run_in_a_tree_whose_path_has_a_space(tmp_path):
    root = write(tmp_path / "a book, with spaces", {
        "resattn_tutorial/__init__.py": "",
        "chapters/01_one.md": chapter(cell("import resattn_tutorial as r\nr.__file__")),
    })
    assert execute_all(root)["01_one"][1]
