"""The first code cell of a notebook, which finds the book's package."""

from __future__ import annotations

# %pip installs into the kernel's own environment. The package asks for ranges of
# versions that Colab already meets, so its torch and numpy stay.
CELL = '''\
# @title Get the book's package (does nothing where it is installed)
from importlib.metadata import distributions
from pathlib import Path


def _wheels():
    """Files of the package: here, beside this folder, on Colab, on a Drive."""
    drive = Path("/content/drive/MyDrive")
    folders = [Path(), Path(".."), Path("/content"), drive, *drive.glob("*/")]
    return [one for folder in folders for one in folder.glob("resattn_tutorial-*.whl")]


def _wheel(version):
    """The one of this version, or nothing."""
    return next((one for one in _wheels() if f"-{version}-" in one.name), None)


_version, _address = "VERSION", "ADDRESS"
_there = [found.version for found in distributions(name="resattn-tutorial")]
if _version not in _there:
    _file = _wheel(_version)
    if not _file and not _address:
        try:
            from google.colab import files
        except ImportError:
            pass
        else:
            print(f"Choose resattn_tutorial-{_version}-py3-none-any.whl, which lies "
                  "with the notebooks in the book's bundle.")
            files.upload()
            _file = _wheel(_version)
    if _file or _address:
        _what = str(_file or _address)
        %pip install -q "{_what}"
    else:
        _others = [one.name for one in _wheels()] + [f"installed {v}" for v in _there]
        raise ModuleNotFoundError(
            f"resattn-tutorial {_version} is not installed, and its file, "
            f"resattn_tutorial-{_version}-py3-none-any.whl, does not lie here"
            + (f" (but {', '.join(_others)}: each goes with notebooks of its own)"
               if _others else "")
            + ". Put it beside this notebook, or run pip install . in a terminal, in "
            "your copy of the book's files. Then run this cell again."
        )'''


def install_cell(spec: str, version: str) -> str:
    """The source of the cell.

    It does nothing where the package is installed. Else it takes a wheel of this
    version that lies here or on a mounted Drive; else what ``spec`` names; else, on
    Colab, it asks for the wheel; and else it says what is missing.

    Args:
        spec: what pip is given; empty as long as the repository has no address.
        version: which the notebook needs.
    """
    return CELL.replace("VERSION", version).replace("ADDRESS", spec)
