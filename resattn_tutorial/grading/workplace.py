"""Where notebooks are graded: a sandbox; or none, where the grader insists."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from resattn_tutorial.grading.sandbox import NoWalls, Sandbox
from resattn_tutorial.grading.tasks import Outcome, Task
from resattn_tutorial.grading.unsafe import NoSandbox


class GradingError(ValueError):
    """A class that cannot be graded here; the message says why."""


class Workplace:
    """Where tasks are done: a sandbox, made when the first one comes; a context.

    Args:
        unsafe: whether to go on where nothing keeps a learner's code in.
        only: the one kind of wall to try, such as Landlock; any, if left out.
    """

    def __init__(self, unsafe: bool = False, only: str = "") -> None:
        self.unsafe, self.only, self._ends = unsafe, only, ExitStack()
        self._inside: Sandbox | NoSandbox | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    @property
    def wall(self) -> str:
        """What keeps tasks in, in words; empty before the first."""
        return self._inside.wall if self._inside else ""

    def do(self, task: Task) -> Outcome:
        """Do a task.

        Raises:
            GradingError: nothing here keeps it in.
        """
        if self._inside is None:
            self._inside = self._open()
        return self._inside.do(task)

    def _open(self) -> Sandbox | NoSandbox:
        try:
            return self._ends.enter_context(Sandbox(self.only))
        except NoWalls as error:
            if self.unsafe:
                return self._ends.enter_context(NoSandbox())
            raise GradingError(
                f"nothing here keeps a learner's code in: {error}. Grade on a Linux "
                "that has it; or, if you trust every notebook, with --unsafe: it runs "
                "them with all your rights."
            ) from None
