"""The project's lists of requirements agree, and its settings are checked."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tiny import write

from tools import settings
from tools.settings import Address, SettingsError

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
DIRECT = [
    Requirement(text)
    for text in [*PROJECT["project"]["dependencies"], *sum(EXTRAS.values(), [])]
]
BUILD = [Requirement(text) for text in PROJECT["build-system"]["requires"]]


def constraints(name: str) -> dict[str, str]:
    """The fixed version of each distribution; a line is a name and a version only."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    fixed = [line for line in lines if line and not line.startswith("#")]
    for line in fixed:
        assert re.fullmatch(r"[a-z0-9_-]+==[\w.]+", line), line
    return {canonicalize_name(n): v for n, v in (line.split("==") for line in fixed)}


FIXED = constraints("constraints.txt")


def disagreements(required: list[Requirement], fixed: dict[str, str]) -> list[str]:
    """What is required and is not fixed, or fixed to a version out of its range."""
    wrong = []
    for requirement in required:
        version = fixed.get(canonicalize_name(requirement.name))
        if version is None:
            wrong.append(f"{requirement.name} is not fixed")
        elif not requirement.specifier.contains(version):
            wrong.append(f"{requirement} is fixed to {version}")
    return wrong


def needed(required: list[Requirement]) -> set[str]:
    """The names of the installed distributions that the requirements bring in."""
    found: set[str] = set()
    waiting = [(r.name, frozenset(r.extras)) for r in required]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        found.add(canonicalize_name(name))
        for text in importlib.metadata.requires(name) or ():
            child = Requirement(text)
            wanted = child.marker is None or any(
                child.marker.evaluate({"extra": extra}) for extra in extras | {""}
            )
            entry = (child.name, frozenset(child.extras))
            if wanted and entry not in seen:
                seen.add(entry)
                waiting.append(entry)
    return found


def test_every_requirement_is_fixed_to_a_version_in_its_range():
    assert disagreements(DIRECT + BUILD, FIXED) == []


def test_a_requirement_out_of_its_range_is_found():
    required = [Requirement("numpy>=3"), Requirement("nothing-of-the-kind")]
    assert len(disagreements(required, {"numpy": "2.4.6"})) == 2


def test_what_is_installed_is_what_is_fixed():
    installed = {name: importlib.metadata.version(name) for name in needed(DIRECT)}
    assert {name: FIXED.get(name) for name in installed} == installed


def test_the_package_asks_for_ranges_and_never_for_one_version():
    specifiers = [s for r in DIRECT for s in r.specifier]
    assert specifiers and not [s for s in specifiers if s.operator in ("==", "===")]


def test_conda_and_binder_get_the_same_set():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert pip == {"pip": ["-c constraints.txt", f"-e .[{','.join(sorted(EXTRAS))}]"]}
    assert [line.partition("=")[0] for line in conda] == ["python", "pip"]
    version = conda[0].partition("=")[2]
    assert version in PROJECT["project"]["requires-python"]


def test_what_colab_ships_satisfies_the_package():
    colab = constraints("tools/colab-constraints.txt")
    required = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    shipped = [r for r in required if canonicalize_name(r.name) in colab]
    assert disagreements(shipped, colab) == []
    # What torch and nbformat, which are there, ask for themselves is there as well.
    brought = {
        Requirement(text).name
        for name in ("torch", "nbformat") for text in importlib.metadata.requires(name)
    }
    missing = {r.name for r in required} - {r.name for r in shipped} - brought
    assert missing == {"fvcore", "resvg-py"}


def test_an_address_makes_every_link_and_no_address_makes_none():
    place = Address("Some-One/book")
    assert place.colab("01_x") == (
        "https://colab.research.google.com/github/Some-One/book"
        "/blob/main/notebooks/01_x.ipynb"
    )
    assert place.install == "git+https://github.com/Some-One/book@main"
    assert place.book == "https://some-one.github.io/book"
    assert place.line("tools/a.py", 7) == (
        "https://github.com/Some-One/book/blob/main/tools/a.py#L7"
    )
    nowhere = Address("")
    assert (nowhere.colab("01_x"), nowhere.install, nowhere.book) == ("", "", "")
    assert nowhere.line("tools/a.py", 7) == ""


@pytest.mark.parametrize("repository", ["one", "https://site/a/b", "a/b/c", "a b/c"])
def test_an_address_that_is_not_owner_and_repository_is_refused(repository: str):
    with pytest.raises(SettingsError, match="OWNER/REPO"):
        Address(repository)


@pytest.mark.parametrize(
    ("variable", "value", "ask"),
    [
        ("RESATTN_MODE", "fast", settings.mode),
        ("RESATTN_THREADS", "0", settings.threads),
        ("RESATTN_THREADS", "many", settings.threads),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(variable, value, ask, monkeypatch):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"{variable} is '{value}'"):
        ask()


def test_the_pages_come_in_reading_order(tmp_path: Path):
    toc = "root: index\nparts:\n- chapters:\n  - file: a.md\n    sections:\n"
    toc += "    - file: b\n- chapters:\n  - file: c\n"
    write(tmp_path, {"_toc.yml": toc})
    assert settings.pages(tmp_path) == ["index", "a", "b", "c"]


def test_a_page_named_twice_is_refused(tmp_path: Path):
    write(tmp_path, {"_toc.yml": "root: a\nchapters:\n- file: b\n- file: b.md\n"})
    with pytest.raises(SettingsError, match="b"):
        settings.pages(tmp_path)
