"""A root of its own for a process: the system to read, and one small folder to write.

Everything else of the machine has no path in it: no home, no other notebook, nobody's
process. The folder lies in memory, has a size, and is gone with the process.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path

from resattn_tutorial.grading import linux

ROOM, COPY = "/room", "/room/copy"
# What of a system programs read, beside Python's own folders.
SYSTEM = (
    "/usr", "/bin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/ld.so.cache",
    "/etc/localtime", "/etc/fonts",
)
DEVICES = ("null", "zero", "full", "random", "urandom")
ENTRIES = 20_000                             # files and folders that it may hold


def readable() -> list[str]:
    """The paths that a program in Python needs, without what lies inside another."""
    python = {
        sys.prefix, sys.base_prefix, sys.exec_prefix,
        *sysconfig.get_paths().values(),
        *(path for path in sys.path if path.endswith("-packages")),
        str(Path(__file__).resolve().parents[1]),
    }
    found = sorted({os.path.realpath(path) for path in python if os.path.exists(path)})
    found += [path for path in SYSTEM if os.path.lexists(path)]
    whole = [path for path in found if path != "/"]
    return [
        path for path in dict.fromkeys(whole)
        if not any(path.startswith(f"{other}/") for other in whole)
    ]


def build(size: int, owner: int) -> None:
    """Make the room, and put this process into it; it must have new namespaces.

    Args:
        size: in bytes of the folder that may be written.
        owner: the number of the user whose it is.

    Raises:
        OSError: the kernel refuses a step; its name stands in the message.
    """
    linux.mount("", "/", flags=linux.PRIVATE | linux.RECURSIVE)
    paths = readable()
    base = next(path for path in ("/tmp", "/mnt", "/var") if os.path.isdir(path))
    linux.mount("tmpfs", base, "tmpfs", linux.NO_SETUID | linux.NO_DEVICES, "mode=755")
    for name in ("old", "new"):
        os.mkdir(f"{base}/{name}", 0o755)
    linux.pivot_root(base, f"{base}/old")
    os.chdir("/")
    linux.mount("tmpfs", "/new", "tmpfs", linux.NO_SETUID | linux.NO_DEVICES,
                "mode=755,size=1m")
    _devices()
    _folder(size, owner)
    for path in paths:
        _show(path)
    linux.unmount("/old")
    os.chdir("/new")
    linux.pivot_root(".", ".")
    linux.unmount(".")
    linux.restrict_mount("/", recursive=False)
    os.chdir(COPY)


def _show(path: str) -> None:
    """Let a path of the old root be read in the new one, unless we may not ourselves.
    """
    here, there = f"/old{path}", f"/new{path}"
    _make_way(there)
    if os.path.islink(here):
        os.symlink(os.readlink(here), there)
        return
    with suppress(PermissionError):
        if os.path.isdir(here):
            os.mkdir(there, 0o755)
        else:
            os.close(os.open(here, os.O_PATH))
            Path(there).touch()
        _bind(here, there)
        linux.restrict_mount(there, recursive=True)


def _make_way(path: str) -> None:
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)


def _bind(here: str, there: str) -> None:
    linux.mount(here, there, flags=linux.BIND | linux.RECURSIVE)


def _devices() -> None:
    """A few devices, the room's processes, and names of its one user."""
    os.mkdir("/new/dev", 0o755)
    for name in DEVICES:
        Path(f"/new/dev/{name}").touch()
        _bind(f"/old/dev/{name}", f"/new/dev/{name}")
    os.symlink("/proc/self/fd", "/new/dev/fd")
    os.mkdir("/new/proc", 0o755)
    flags = linux.NO_SETUID | linux.NO_DEVICES | linux.NO_EXEC
    with suppress(OSError):                          # a container may refuse it
        linux.mount("proc", "/new/proc", "proc", flags)
    os.makedirs("/new/etc", 0o755, exist_ok=True)


def _folder(size: int, owner: int) -> None:
    """The one folder that may be written, also by its names /tmp and /dev/shm."""
    os.mkdir(f"/new{ROOM}", 0o755)
    linux.mount(
        "tmpfs", f"/new{ROOM}", "tmpfs", linux.NO_SETUID | linux.NO_DEVICES,
        f"mode=755,size={size},nr_inodes={ENTRIES}",
    )
    for name in ("copy", "home", "tmp", "shm"):
        os.mkdir(f"/new{ROOM}/{name}", 0o700)
        os.chown(f"/new{ROOM}/{name}", owner, -1)
    for name, place in (("tmp", "/new/tmp"), ("shm", "/new/dev/shm")):
        os.mkdir(place, 0o755)
        _bind(f"/new{ROOM}/{name}", place)
