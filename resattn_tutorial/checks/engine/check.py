"""A check: it judges an answer, and hands on what has passed.

What a learner writes is what runs. An answer that has passed takes the place of the
package's part in the cells that follow (:meth:`Check.yours`), and in later notebooks
(:meth:`Check.kept`).
"""

from __future__ import annotations

import functools
import random
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from resattn_tutorial.checks.engine import answers, passed
from resattn_tutorial.checks.engine.report import Report, Stopped

# Each is called with the check, the answer and the report, whenever an answer has been
# judged; the grader listens, where it runs a notebook.
listeners: list[Callable[[Check, Any, Report], None]] = []


@contextmanager
def drawn_from_a_seed() -> Iterator[None]:
    """Seed all three generators that an answer may draw from; put them back later."""
    ours, numpys = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        try:
            yield
        finally:
            random.setstate(ours)
            np.random.set_state(numpys)


class Check:
    """The check of one exercise; called with an answer, it prints its report.

    Random numbers are drawn from a fixed seed, and the learner's own random state is
    put back afterwards.

    Args:
        title: of the exercise, as its report names it.
        ask: puts its questions to a report and an answer; its first argument is the
            report, and it ends by
            :class:`~resattn_tutorial.checks.engine.report.Stopped` where one fails.
        module: where the exercise stands, ``resattn_tutorial.checks.chapter01.unit``
            for one; it names the file in which an answer is kept.
        solution: the printed solution.
    """

    def __init__(
        self, title: str, ask: Callable[..., None], module: str, solution: Any = None
    ) -> None:
        self.title, self._ask, self.solution = title, ask, solution
        self._chapter = module.removeprefix("resattn_tutorial.checks.").split(".")[0]
        slug = re.sub(r"\W+", "_", title.lower()).strip("_")
        self.file_name = f"{self._chapter}_{slug}.py"
        self._passed: Any = None
        functools.update_wrapper(self, ask)

    @property
    def name(self) -> str:
        """``chapter01.growth``; empty for a check that no chapter of the book has."""
        page = sys.modules.get(f"resattn_tutorial.checks.{self._chapter}")
        names = [name for name, one in getattr(page, "__dict__", {}).items()
                 if one is self]
        return f"{self._chapter}.{names[0]}" if names else ""

    def report(self, *answer: Any) -> Report:
        """Judge an answer without printing."""
        outcome = Report(self.title)
        with drawn_from_a_seed(), torch.enable_grad():
            try:
                self._ask(outcome, *answer)
            except NotImplementedError:
                outcome.done = False
            except Stopped:
                pass  # the reason already stands in the report
        return outcome

    def __call__(self, *answer: Any) -> None:
        """Judge an answer, print the report, and keep the answer if it passed.

        That it passed is noted for the learner's list of progress.
        """
        outcome = self._judged(*answer)
        print(outcome)
        if outcome.passed and len(answer) == 1:
            said = answers.keep(self.file_name, self.title, answer[0])
            if said:
                print(said)
            self._note(answer[0])

    def yours(self, answer: Callable, instead: Callable | None = None) -> Callable:
        """The learner's answer where it is right, and the package's part where not.

        One line says which. An answer that has not been judged as it now is, is
        judged first. Where the stub still stands, an answer that was kept is taken.

        Args:
            answer: what the exercise asks for.
            instead: the part of the package that does the same; by default the
                printed solution.
        """
        outcome = None if answer is self._passed else self._judged(answer)
        if outcome is None or outcome.passed:
            print(f"{self.title}: yours from here on.")
            if outcome is not None:
                self._note(answer)
            return answer
        if not outcome.done:
            kept, where = answers.take(self.file_name)
            if kept is not None and self._judged(kept).passed:
                print(f"{self.title}: yours from here on, as it lies in {where}.")
                return kept
        why = "not there yet" if outcome.done else "not done yet"
        whose = "the printed solution" if instead is None else "the package's"
        print(f"{self.title}: {why}, so {whose} from here on.")
        return self.solution if instead is None else instead

    def kept(self, instead: Callable, pasted: str = "") -> Callable:
        """What passed in an earlier notebook, or else the package's part.

        Args:
            instead: the part of the package that does the same.
            pasted: the answer's source, where no folder holds it; what it defines
                last is the answer. It may use the notebook's own names.
        """
        answer, where = answers.take(self.file_name, pasted)
        if answer is None:
            reason = f"{where}, so" if where else "none of yours is kept here, so"
            print(f"{self.title}: {reason} the package's.")
            return instead
        outcome = self._judged(answer)
        if outcome.passed:
            print(f"{self.title}: yours, from {where}.")
            return answer
        print(f"{self.title}: yours, from {where}, does not pass. So the package's.")
        print(outcome)
        return instead

    def _note(self, answer: Any) -> None:
        """Note that an answer has passed, and say so where that could not be done."""
        said = passed.note(self.name, answer)
        if said:
            print(said)

    def _judged(self, *answer: Any) -> Report:
        """The report on an answer, which is known again if it passed."""
        outcome = self.report(*answer)
        if len(answer) == 1:
            for listen in listeners:
                listen(self, answer[0], outcome)
            if outcome.passed:
                self._passed = answer[0]
        return outcome
