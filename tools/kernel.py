"""Run the cells of one chapter in a kernel of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode
from traitlets.config import Config

from resattn_tutorial.plotting._svg.forms import PAGE
from tools import settings
from tools.chapters import ChapterError
from tools.terminal import settle

ANSI = re.compile(r"\x1b\[[0-9;]*m")
QUICK_CELL_SECONDS = 900
WIDGET = "application/vnd.jupyter.widget-view+json"
ACCELERATOR = """\
import sys as _sys
_torch = _sys.modules.get("torch")
if _torch is not None and _torch.cuda.is_available() and _torch.cuda.is_initialized():
    print(_torch.cuda.get_device_name())
elif _torch is not None and _torch.backends.mps.is_available():
    print("Apple GPU")
"""


def run_cells(notebook: NotebookNode, path: Path, root: Path) -> str:
    """Fill in the outputs of a chapter's cells.

    The kernel works in the chapter's folder and imports the package from ``root``.
    Returns the name of the accelerator that the cells used, or nothing. Raises
    ``ChapterError`` with the cell, its source and the traceback if one fails.
    """
    probe = nbformat.v4.new_code_cell(ACCELERATOR)
    cells = notebook.cells
    notebook.cells = [*cells, probe]
    begun: list[int] = []
    try:
        with tempfile.TemporaryDirectory(prefix="kernel-") as sockets:
            client = _Client(
                notebook,
                config=_connection(Path(sockets)),
                kernel_name="python3",
                timeout=QUICK_CELL_SECONDS if settings.mode() == "QUICK" else None,
                record_timing=False,
                store_widget_state=False,
                resources={"metadata": {"path": str(path.parent)}},
                on_cell_start=lambda cell, cell_index: begun.append(cell_index),
            )
            with _ended_at_once(client):
                client.execute(env=_environment(root))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ChapterError(_account(notebook, path, begun, error)) from error
    finally:
        notebook.cells = cells
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = settle(cell.outputs)
            _drop_live(cell.outputs)
    return "".join(out.text for out in probe.outputs).strip()


class _Client(NotebookClient):
    """A client that Ctrl-C interrupts as it does any program.

    nbclient's own way with signals ends the kernel, then ends it once more, and fails
    in an assertion. Without it, the kernel would be interrupted before it is killed,
    and one that answers while its sockets go prints a traceback. So Ctrl-C kills the
    kernel first of all.
    """

    async def async_start_new_kernel(self, **kwargs: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(number)
        await super().async_start_new_kernel(**kwargs)
        # Elsewhere than in the main thread, as where a test's browser has the main
        # thread's loop, Python allows no handler, and no Ctrl-C arrives.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._kill_and_raise)

    def _kill_and_raise(self, number: int, frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.km.provisioner.pgid, signal.SIGKILL)
        signal.default_int_handler(number, frame)


@contextmanager
def _ended_at_once(client: NotebookClient) -> Iterator[None]:
    """End the kernel, whatever it is at, when this process is interrupted."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except KeyboardInterrupt:
        if client.km is not None and client.km.has_kernel:
            run_sync(client.km.shutdown_kernel)(now=True)
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _connection(folder: Path) -> Config:
    """How a kernel is spoken to: over sockets in a folder of its own.

    Over TCP the ports would be looked for first and bound later; another process can
    take one in between, and the kernel would die before its first word. Without
    encryption every kernel warns that others on the machine could listen in.
    """
    own = {"transport": "ipc", "connection_file": str(folder / "kernel.json")}
    return Config({"KernelManager": own | {"transport_encryption": "auto"}})


def _drop_live(outputs: list[NotebookNode]) -> None:
    """Drop a widget that also came as a page shows it: there no kernel moves it.

    One without such a form is kept, for the tests of the pages to find.
    """
    for output in outputs:
        if {"text/html", PAGE} & output.get("data", {}).keys():
            output.data.pop(WIDGET, None)


def _environment(root: Path) -> dict[str, str]:
    """The kernel's environment: this root's package, fixed threads, no profile."""
    threads = str(settings.threads())
    profile = root / "_build" / "ipython"
    profile.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    return os.environ | {
        "PYTHONPATH": path,
        "IPYTHONDIR": str(profile),
        "OMP_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "RESATTN_ANSWERS": "off",
        "RESATTN_MODE": settings.mode(),
        "RESATTN_THREADS": threads,
    }


def _account(
    notebook: NotebookNode, path: Path, begun: list[int], error: Exception
) -> str:
    """Which cell failed, where it stands, what it says and what went wrong."""
    index = begun[-1] if begun else 0
    cell = notebook.cells[index]
    number = sum(c.cell_type == "code" for c in notebook.cells[: index + 1])
    lines = [*notebook.metadata.source_map, -1]
    tracebacks = [o.traceback for o in cell.outputs if o.output_type == "error"]
    told = "\n".join(tracebacks[0]) if tracebacks else str(error)
    return (
        f"{path.name}, code cell {number} (line {lines[index] + 1}) failed:\n\n"
        f"{cell.source}\n\n{ANSI.sub('', told)}"
    )
