"""The first code cell of a notebook, which fetches the book's package."""

from __future__ import annotations

NAME = "resattn-tutorial"
HEAD = '''\
# @title Get the book's package (does nothing where it is installed)
from importlib.metadata import distributions

if "{version}" not in [d.version for d in distributions(name="{name}")]:
'''
# %pip installs into the kernel's own environment. The package asks for ranges of
# versions that Colab already meets, so its torch and numpy stay.
FETCH = "    %pip install -q {spec}"
BY_HAND = '''\
    raise ModuleNotFoundError(
        "{name} {version} is not installed. In a terminal, in your copy of "
        "the book's files, run: pip install .  Then restart this notebook."
    )'''


def install_cell(spec: str, version: str) -> str:
    """The source of the cell.

    ``spec`` is what pip is given. Where it is empty, because the repository has no
    address yet, the cell says how to install from one's own copy.
    """
    tail = FETCH if spec else BY_HAND
    return (HEAD + tail).format(spec=spec, version=version, name=NAME)
