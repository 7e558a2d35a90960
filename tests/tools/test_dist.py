"""What is published is whole, and was tried; with stand-ins for what takes minutes."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest
from tiny import write

from tools import bundle, dist
from tools.dist import DistError, package_files, require_whole, try_out
from tools.settings import ROOT
from tools.trials import Environment, TrialError

PACKAGE = {
    "resattn_tutorial/__init__.py": "", "resattn_tutorial/data/builtin/a.bin": "a",
    "resattn_tutorial/__pycache__/x.pyc": "left out",
}


def wheel(folder: Path, *names: str) -> Path:
    """A wheel of these files."""
    path = folder / "resattn_tutorial-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        for name in (*names, "resattn_tutorial-1.dist-info/METADATA"):
            packed.writestr(name, "")
    return path


def test_a_wheel_that_holds_the_package_is_whole(tmp_path: Path) -> None:
    root = write(tmp_path, PACKAGE)
    require_whole(wheel(tmp_path, *package_files(root)), root)


@pytest.mark.parametrize(("names", "words"), [
    (["resattn_tutorial/__init__.py"], r"lacks \['resattn_tutorial/data/builtin/a"),
    ([*list(PACKAGE)[:2], "tests/__init__.py"], r"besides \['tests/__init__.py'\]"),
])
def test_a_wheel_that_lacks_a_file_or_holds_other_code_is_refused(
    tmp_path: Path, names: list[str], words: str
) -> None:
    root = write(tmp_path, PACKAGE)
    with pytest.raises(DistError, match=words):
        require_whole(wheel(tmp_path, *names), root)


@pytest.mark.slow
def test_the_wheel_of_this_package_is_whole(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    require_whole(bundle.wheel(ROOT, tmp_path), ROOT)


def says(folder: Path, text: str) -> Environment:
    """An environment whose Python says one thing."""
    path = folder / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!{sys.executable}\nprint({text!r})\n")
    path.chmod(0o755)
    return Environment(folder)


def test_packaged_weights_must_name_most_scenes_by_this_version(tmp_path) -> None:
    good = says(tmp_path / "good", f"{dist.__version__} 93")
    assert "93 of 100" in dist.classify(good)
    for name, text in (("chance", f"{dist.__version__} 12"), ("another", "0.0.1 93")):
        with pytest.raises(TrialError, match="named rightly"):
            dist.classify(says(tmp_path / name, text))


def test_what_is_run_to_try_it_is_python_of_this_package() -> None:
    compile(dist.CLASSIFY, "classify", "exec")


def test_the_first_part_that_fails_ends_the_trial_and_is_named(tmp_path) -> None:
    def failing(there: Environment) -> str:
        raise TrialError("no such file")

    parts = {"doctor": lambda there: "it runs", "train": failing, "evaluate": failing}
    told = []
    with pytest.raises(DistError, match="a.whl: train: no such file"):
        for line in try_out(Path("a.whl"), lambda file, folder: Environment(folder),
                            parts):
            told.append(line)
    assert told == ["a.whl: doctor: it runs"]
