"""How a tool ends: with its work done, or with a sentence that says what to do next."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

INTERRUPTED = 130           # what a shell says of a program that Ctrl-C ended
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


def ended(
    work: Callable[[], int], *faults: type[Exception], outcome: str = ""
) -> int:
    """Do the work; its exit status, or that of a failure, which is told.

    Args:
        work: returns its own exit status.
        faults: errors whose text says what is wrong and what to do. Those of the
            system (a full disk, a folder that is not ours) are known here.
        outcome: what has become of the work, after the reason.
    """
    try:
        return work()
    except KeyboardInterrupt:
        status, reason = INTERRUPTED, "Interrupted. Run it again to go on."
    except faults as error:
        status, reason = 1, str(error)
    except OSError as error:
        status, reason = 1, told(error)
    print("\n" + "\n\n".join(filter(None, [reason, outcome])), file=sys.stderr)
    return status


def told(error: OSError) -> str:
    """What the system refused, where, and what to do about it."""
    what = error.strerror or str(error) or type(error).__name__
    if error.filename is not None:
        what = f"{os.fsdecode(error.filename)}: {what}"
    if error.errno in FULL:
        return f"{what}. Free some space, and run it again."
    if error.errno in FORBIDDEN:
        return (
            f"{what}. Make it yours to write, or copy the book's files to a folder "
            "that is, and run it there."
        )
    return f"{what}. Mend that, and run it again."
