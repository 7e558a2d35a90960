"""The project's settings: where its parts lie, its address, how its chapters run."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "resattn_tutorial"
# Each chapter that runs takes up to two gigabytes.
MOST_LANES = 4
MODES = ("QUICK", "STANDARD", "FULL")


class SettingsError(ValueError):
    """A setting that cannot be used; says which one, and what was expected."""


@dataclass(frozen=True)
class Address:
    """Where the project is published; every link is empty as long as it is not.

    ``repository`` is ``OWNER/REPO`` on GitHub, or empty.
    """

    repository: str

    def __post_init__(self) -> None:
        if self.repository and not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repository):
            raise SettingsError(
                "repository in [tool.resattn] of pyproject.toml: "
                f"{self.repository!r}, expected OWNER/REPO or nothing"
            )

    def colab(self, name: str) -> str:
        """The address that opens ``notebooks/<name>.ipynb`` in Colab."""
        site = "https://colab.research.google.com/github"
        return self._link(f"{site}/{self.repository}/blob/main/notebooks/{name}.ipynb")

    def line(self, path: str, number: int) -> str:
        """The address of a line of a file; ``path`` is from the project's root."""
        site = "https://github.com"
        return self._link(f"{site}/{self.repository}/blob/main/{path}#L{number}")

    @property
    def install(self) -> str:
        """What pip is given to install the package."""
        return self._link(f"git+https://github.com/{self.repository}@main")

    @property
    def book(self) -> str:
        """The address of the published book, without a slash at its end."""
        owner, _, repo = self.repository.partition("/")
        return self._link(f"https://{owner.lower()}.github.io/{repo}")

    def _link(self, link: str) -> str:
        return link if self.repository else ""


def address(root: Path = ROOT) -> Address:
    """The one setting of the repository's address, from ``pyproject.toml``."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return Address(tomllib.loads(text)["tool"]["resattn"]["repository"])


def licence(root: Path = ROOT) -> str:
    """The licence of book and package, such as ``MIT``, from ``pyproject.toml``."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["license"]


def mode() -> str:
    """The mode in which the book's chapters run: ``RESATTN_MODE``, else ``QUICK``."""
    name = os.environ.get("RESATTN_MODE", "QUICK")
    if name not in MODES:
        raise SettingsError(f"RESATTN_MODE is {name!r}, expected one of {MODES}")
    return name


def threads() -> int:
    """Threads of a running chapter: ``RESATTN_THREADS``, else 1.

    Chapters run side by side. One that trains with more threads than cores are free
    waits for itself, and takes many times as long.
    """
    given = os.environ.get("RESATTN_THREADS", "1")
    if not given.isdecimal() or int(given) < 1:
        raise SettingsError(f"RESATTN_THREADS is {given!r}, expected a count from 1")
    return int(given)


def lanes() -> int:
    """How many chapters run side by side: as many as there are cores for, at most 4."""
    return min(max((os.cpu_count() or 1) // threads(), 1), MOST_LANES)


def pages(root: Path = ROOT) -> list[str]:
    """The pages in reading order, such as ``chapters/01_residual_units``."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found = list(_files(toc))
    twice = {page for page in found if found.count(page) > 1}
    if twice:
        raise SettingsError(f"_toc.yml names a page twice: {sorted(twice)}")
    return found


def _files(entry: dict) -> list[str]:
    """The pages that an entry of the table of contents names, its own first."""
    own = entry.get("root", entry.get("file"))
    found = [own.removesuffix(".md")] if own else []
    for key in ("parts", "chapters", "sections"):
        for child in entry.get(key, ()):
            found += _files(child)
    return found
