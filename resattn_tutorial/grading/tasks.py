"""What a shut-in process is asked to do, and what came of it, as both cross a pipe."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.recording import Signed

RUN, JUDGE, PROBE = "run", "judge", "probe"


@dataclass(frozen=True)
class Task:
    """One thing to do behind the walls.

    Attributes:
        do: RUN a notebook, JUDGE an answer alone, or PROBE the walls.
        allowance: what it may use.
        files: what lies in its folder, by relative path.
        notebook: the path of the notebook among them.
        every: whether to run every cell.
        check: the check that judges, ``chapter01.growth``.
        source: the answer's source; for a probe, a path outside to try.
    """

    do: str
    allowance: Allowance = Allowance()
    files: dict[str, bytes] = field(default_factory=dict)
    notebook: str = ""
    every: bool = False
    check: str = ""
    source: str = ""

    def packed(self) -> bytes:
        """The task as a text of JSON."""
        files = {
            path: base64.b64encode(content).decode("ascii")
            for path, content in self.files.items()
        }
        return json.dumps(asdict(self) | {"files": files}).encode()


def unpacked(content: bytes) -> Task:
    """The task that was packed."""
    facts = json.loads(content)
    files = {path: base64.b64decode(text) for path, text in facts["files"].items()}
    allowance = Allowance(**facts["allowance"])
    return Task(**facts | {"files": files, "allowance": allowance})


@dataclass(frozen=True)
class Outcome:
    """What came of a task.

    Attributes:
        told: the lines that it signed, in order.
        ended: why it was ended, or how it ended before it was through; empty if it
            was not.
        forged: lines in its report that it did not sign.
        seconds: how long it took.
        trouble: why it could not begin; the grader's own fault, or the machine's.
    """

    told: list[Signed] = field(default_factory=list)
    ended: str = ""
    forged: int = 0
    seconds: float = 0.0
    trouble: str = ""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What the lines of one kind tell."""
        return [facts for name, facts in self.told if name == kind]

    def packed(self) -> bytes:
        """The outcome as a text of JSON."""
        return json.dumps(asdict(self)).encode()


def unpacked_outcome(content: bytes) -> Outcome:
    """The outcome that was packed."""
    facts = json.loads(content)
    told = [Signed(kind, told) for kind, told in facts["told"]]
    return Outcome(**facts | {"told": told})
