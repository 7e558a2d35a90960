"""``make matrix``, with stand-ins for the environments and for what runs in them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import matrix, trials
from tools.colab import ColabError
from tools.matrix import NotServed, try_out, why_not
from tools.outcomes import Combination, Outcome, table
from tools.trials import Environment, TrialError, first_fault

OLD = Combination("3.11", "2.5", "1.26")
NEW = Combination("3.13", "newest", "2")
VERSIONS = "3.11.7 2.5.1 0.20.1 1.26.4"
# A training that waits where it is stopped, as slow as needs be.
TRAINING = """
import pathlib, signal, sys, time
kept = pathlib.Path("kept")
if kept.exists():
    sys.exit(print("Going on after step 20 of 40.\\nstep    40  0 s  loss 1"))
def stop(*_):
    kept.touch()
    sys.exit(130)
signal.signal(signal.SIGTERM, stop)
print("10%|=   |\\rstep    20       1 s   training loss 2.66")
time.sleep(60)
"""


def command(folder: Path, name: str, source: str) -> None:
    """Put a program of ours into an environment."""
    path = folder / "bin" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\n{source}")
    path.chmod(0o755)


def says(folder: Path, name: str, text: str, status: int = 0) -> None:
    """Put a program there that says a text, and no more."""
    command(folder, name, f"print({text!r})\nraise SystemExit({status})")


def made(combination: Combination, folder: Path) -> Environment:
    """An environment whose Python knows nothing but versions."""
    says(folder, "python", VERSIONS)
    return Environment(folder)


def refused(error: Exception):
    def make(combination: Combination, folder: Path) -> Environment:
        raise error
    return make


def failing(there: Environment) -> str:
    raise TrialError("status 1: no such operator")


@pytest.fixture
def there(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


def test_the_combinations_have_names_of_their_own_and_say_what_they_want():
    names = [one.name for one in matrix.COMBINATIONS]
    assert len(set(names)) == len(names) and "3.11-2.5" in names
    assert OLD.wanted == ["torch==2.5.*", "torchvision", "numpy==1.26.*"]
    assert NEW.wanted == ["torch", "torchvision", "numpy==2.*"]


def test_a_part_that_fails_is_named_and_the_next_goes_on(tmp_path: Path):
    parts = {"first": failing, "second": lambda there: "2 passed"}
    found = try_out(OLD, tmp_path / "here", made, parts)
    assert found.versions == VERSIONS.split() and found.failed == ["first"]
    assert found.parts == {
        "first": "status 1: no such operator", "second": "2 passed",
    }


def test_what_a_cut_off_try_has_left_is_deleted(tmp_path: Path):
    (tmp_path / "work" / "run").mkdir(parents=True)
    try_out(OLD, tmp_path, made, {})
    assert not (tmp_path / "work" / "run").exists()


def test_what_no_wheel_serves_is_no_failure(tmp_path: Path):
    found = try_out(OLD, tmp_path, refused(NotServed("no `cp313`")), {"one": failing})
    assert (found.missing, found.failed, found.parts) == ("no `cp313`", [], {})
    found = try_out(OLD, tmp_path, refused(TrialError("no network")), {"one": failing})
    assert (found.missing, found.failed) == ("", ["install"])


@pytest.mark.parametrize(("said", "fault"), [
    ("error: No solution found when resolving dependencies\nhint: none", NotServed),
    ("error: Failed to fetch", TrialError),
])
def test_uv_s_own_words_tell_a_missing_wheel_from_any_other_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, fault: type[Exception]
):
    says(tmp_path, "python", said, 2)
    monkeypatch.setattr(matrix.sys, "executable", tmp_path / "bin" / "python")
    with pytest.raises(fault):
        matrix.uv("pip", "install")


def test_a_python_that_is_not_here_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def nowhere(versions: list[str]) -> Path:
        raise ColabError(f"none of Python {versions[0]} was found")

    monkeypatch.setattr(matrix, "find_python", nowhere)
    assert try_out(OLD, tmp_path).missing == "none of Python 3.11 was found"


@pytest.mark.parametrize(("said", "reason"), [
    ("error: No solution found\n  cause: a\nhint: only wheels for `cp39`\n",
     "only wheels for `cp39`"),
    ("  × No solution found\n  ╰─▶ Because a==2 has no wheels\n", "No solution found"),
    ("Resolved\nerror: Failed to fetch `https://some.where/simple/torch/`\n",
     "Failed to fetch `(an address)`"),
    ("a\nb\n", "b"),
    ("", "uv said nothing"),
])
def test_of_what_uv_says_a_line_is_kept_without_an_address(said: str, reason: str):
    assert why_not(said) == reason


@pytest.mark.parametrize(("said", "fault"), [
    ("1 failed\nFAILED tests/a.py::b - AssertionError: c\nFAILED d\n",
     "FAILED tests/a.py::b - AssertionError: c"),
    ("Traceback:\n  File\ntorch._dynamo.exc.SomeError: no\nmore\n",
     "torch._dynamo.exc.SomeError: no"),
    ("10%\rError: steps must be a whole number.\n",
     "Error: steps must be a whole number."),
    ("a\nb\n\n", "b"),
    ("", "nothing was said"),
])
def test_of_what_fails_the_first_line_that_names_it_is_kept(said: str, fault: str):
    assert first_fault(said) == fault


def test_the_table_names_versions_outcomes_and_what_is_missing():
    good = Outcome(OLD, VERSIONS.split(), dict.fromkeys(trials.PARTS, "well"))
    parts = {**good.parts, "evaluate": "a|b\nc"}
    bad = Outcome(OLD, VERSIONS.split(), parts, failed=["evaluate"])
    none = Outcome(NEW, missing="no `cp313`")
    broken = Outcome(NEW, parts={"install": "no network"}, failed=["install"])
    head, rule, *rows = table([good, bad, none, broken]).splitlines()[2:]
    versions = "| 3.11.7 | 2.5.1 | 0.20.1 | 1.26.4 |"
    assert head.count("|") == rule.count("|") == 8
    assert rows == [
        f"{versions} well | well | well |",
        f"{versions} well | **failed**: a\\|b c | well |",
        "| 3.13 | newest |  | 2 | not served: no `cp313` |  |  |",
        "| 3.13 | newest |  | 2 | **not installed**: no network |  |  |",
    ]


@pytest.mark.parametrize(("failed", "status"), [([], 0), (["tests"], 1)])
def test_the_whole_writes_the_table_deletes_what_it_made_and_tells_of_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, failed: list, status: int
):
    def tried(combination: Combination, folder: Path) -> Outcome:
        folder.mkdir(parents=True)
        if combination != OLD:
            return Outcome(combination, missing="no wheel of it")
        parts = dict.fromkeys(trials.PARTS, "so")
        return Outcome(combination, VERSIONS.split(), parts, failed)

    monkeypatch.setattr(matrix.settings, "ROOT", tmp_path)
    monkeypatch.setattr(matrix, "try_out", tried)
    assert matrix.main(["--only", "3.13-2.5", "3.11-2.5"]) == status
    build = tmp_path / "_build" / "matrix"
    assert [path.name for path in build.iterdir()] == ["matrix.md"]
    written = (build / "matrix.md").read_text()
    assert written in capsys.readouterr().out
    assert written.count("3.11.7") == 1 and written.count("no wheel of it") == 1
    matrix.main(["--only", "3.11-2.5", "--keep"])
    assert (build / "3.11-2.5").is_dir()


def test_a_name_that_is_none_of_them_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        matrix.read_options(["--only", "3.9-1.0"])
    assert "3.11-2.5" in capsys.readouterr().err


def test_a_training_is_stopped_halfway_and_goes_on(there: Environment):
    command(there.folder, "resattn", TRAINING)
    assert trials.train(there) == "stopped after step 20, went on to 40"


@pytest.mark.parametrize(("source", "words"), [
    ("print('step    40  0 s')", "it had come to its end before it was stopped"),
    ("raise ValueError('no')", "status 1: ValueError: no"),
    (TRAINING.replace("Going on", "Anew"), "the second call began anew"),
    (TRAINING.replace("130", "3"), "status 3: step    20 "),
])
def test_a_training_that_does_not_stop_or_go_on_fails(
    there: Environment, source: str, words: str
):
    command(there.folder, "resattn", source)
    with pytest.raises(TrialError, match=words):
        trials.train(there)


def test_a_command_that_does_not_end_is_ended(
    there: Environment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(trials, "PATIENCE", 0.2)
    command(there.folder, "resattn", "import time\ntime.sleep(60)")
    with pytest.raises(TrialError, match="it had not ended after 0.2 s"):
        trials.evaluate(there)
    with pytest.raises(TrialError, match="status -9: nothing was said"):
        trials.train(there)


def test_the_network_at_the_end_is_the_one_that_is_tested(there: Environment):
    said = "first_attention after step {} of 40, on scenes\ntest error 89.40%, top-5"
    says(there.folder, "resattn", said.format(40))
    assert trials.evaluate(there) == "test error 89.40%"
    says(there.folder, "resattn", said.format(20))
    with pytest.raises(TrialError, match="another network was tested"):
        trials.evaluate(there)


@pytest.mark.parametrize(("status", "said", "told"), [
    (0, "....\n405 passed, 2 skipped in 24.03s\n", "405 passed, 2 skipped"),
    (0, "405 passed, 2 skipped in 83.03s (0:01:23)\n", "405 passed, 2 skipped"),
    (1, "FAILED a.py::b - E: c\n1 failed, 4 passed in 2.0s\n",
     "1 failed, 4 passed: FAILED a.py::b - E: c"),
    (4, "ERROR: file or directory not found: a\n",
     "status 4: ERROR: file or directory not found: a"),
    (0, "", "status 0: nothing was said"),
])
def test_of_the_tests_the_counts_are_kept_and_the_first_failure(
    there: Environment, status: int, said: str, told: str
):
    says(there.folder, "pytest", said, status)
    if status or not said:
        with pytest.raises(TrialError) as caught:
            trials.run_tests(there)
        assert str(caught.value) == told
    else:
        assert trials.run_tests(there) == told


def test_the_selected_tests_are_there():
    folder = matrix.settings.ROOT / "tests" / "package"
    assert [name for name in trials.TESTS if not (folder / name).exists()] == []
