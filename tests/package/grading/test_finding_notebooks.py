"""Finding what a class handed in: both layouts, no links, nothing that blocks."""

from __future__ import annotations

import os

import pytest
from class_notebooks import hand_in

from resattn_tutorial.grading import finding
from resattn_tutorial.grading.finding import find_notebooks, read_files, read_plain


def found(folder) -> list[tuple]:
    return [
        (one.learner, str(one.path.relative_to(folder)) if one.path else None,
         one.trouble)
        for one in find_notebooks(folder)
    ]


def test_folders_of_learners_and_single_files_are_found(tmp_path):
    for name in ("bob/01.ipynb", "ada.ipynb", "cleo/week1/01.ipynb", "cleo/02.ipynb",
                 "list.csv", ".hidden/x.ipynb", "bob/.ipynb_checkpoints/01.ipynb"):
        hand_in(tmp_path, name, "{}")
    assert found(tmp_path) == [
        ("ada", "ada.ipynb", ""), ("bob", "bob/01.ipynb", ""),
        ("cleo", "cleo/02.ipynb", ""), ("cleo", "cleo/week1/01.ipynb", ""),
    ]


def test_a_learner_without_a_notebook_is_told(tmp_path):
    hand_in(tmp_path, "ada/answer.docx", "x")
    (tmp_path / "bob").mkdir()
    why = "there is no notebook in the folder"
    assert found(tmp_path) == [("ada", None, why), ("bob", None, why)]


def test_no_link_is_followed(tmp_path):
    secret = hand_in(tmp_path, "outside/secret.ipynb", "secret")
    room = tmp_path / "class"
    hand_in(room, "ada/real.ipynb", "{}")
    (room / "ada" / "link.ipynb").symlink_to(secret)
    (room / "ada" / "more").symlink_to(secret.parent)
    (room / "ada" / "notes.txt").symlink_to(secret)
    (room / "bob.ipynb").symlink_to(secret)
    (room / "cleo").symlink_to(secret.parent)
    why = "it is a link, which is not followed"
    assert found(room) == [
        ("ada", "ada/real.ipynb", ""), ("bob", None, why), ("cleo", None, why),
    ]
    assert read_files(find_notebooks(room)[0]).content == {"real.ipynb": b"{}"}
    with pytest.raises(OSError):
        read_plain(room / "ada" / "link.ipynb")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_file_and_blocks_nobody(tmp_path):
    hand_in(tmp_path, "ada/a.ipynb", "{}")
    os.mkfifo(tmp_path / "ada" / "pipe")
    os.mkfifo(tmp_path / "bob.ipynb")
    ada, bob = find_notebooks(tmp_path)
    assert read_files(ada).content == {"a.ipynb": b"{}"}
    with pytest.raises(OSError, match="no plain file"):
        read_files(bob)


def test_what_lies_beside_a_notebook_goes_with_it_but_no_other_notebook(tmp_path):
    for name in ("ada/w/a.ipynb", "ada/w/b.ipynb", "ada/w/help.py", "ada/w/in/x.csv",
                 "ada/above.py", "bob.ipynb", "bob.py"):
        hand_in(tmp_path, name, name)
    first, _, bob = find_notebooks(tmp_path)
    assert read_files(first).content == {
        "a.ipynb": b"ada/w/a.ipynb", "help.py": b"ada/w/help.py",
        os.path.join("in", "x.csv"): b"ada/w/in/x.csv",
    }
    assert read_files(bob).content == {"bob.ipynb": b"bob.ipynb"}


def test_too_many_and_too_large_files_are_left_out_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "MOST_FILES", 2)
    monkeypatch.setattr(finding, "MOST_BYTES", 100)
    for name, size in (("a.ipynb", 10), ("a.txt", 60), ("b.txt", 60), ("c.txt", 1),
                       ("d.txt", 1)):
        hand_in(tmp_path, f"ada/{name}", "x" * size)
    files = read_files(find_notebooks(tmp_path)[0])
    assert set(files.content) == {"a.ipynb", "a.txt", "c.txt"} and files.left_out == 2
    hand_in(tmp_path, "ada/a.ipynb", "x" * 101)
    with pytest.raises(ValueError, match="a.ipynb is larger than"):
        read_plain(tmp_path / "ada/a.ipynb", 100)


def test_the_digest_tells_all_files_apart_and_their_names(tmp_path):
    seen = set()
    for files in ({"a": b"x"}, {"a": b"y"}, {"b": b"x"}, {"a": b"x", "b": b""},
                  {"ab": b"x"}, {"a": b"bx"}):
        seen.add(finding.Files(files).digest)
    assert len(seen) == 6
    assert finding.Files({"a": b"1", "b": b"2"}).digest == finding.Files(
        {"b": b"2", "a": b"1"}).digest
