"""A row of the table: one learner's notebook, with what came of each check."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from resattn_tutorial.checks.exercises import checks_of
from resattn_tutorial.grading.tasks import Outcome

PASSED, NOT_PASSED, NOT_DONE, NOT_RUN, LOOK = (
    "passed", "not passed", "not done", "not run", "look",
)


@dataclass(frozen=True)
class Verdict:
    """What came of one check.

    Attributes:
        state: PASSED, NOT_PASSED; NOT_DONE, the stub stands; NOT_RUN, nothing was
            judged; LOOK, an instructor must decide.
        words: the last words on it.
        marks: what to look at, though it counts.
        source: the answer's.
    """

    state: str
    words: str = ""
    marks: list[str] = field(default_factory=list)
    source: str = ""


@dataclass(frozen=True)
class Row:
    """What came of one notebook.

    Attributes:
        learner: who handed it in.
        file: its path from the class's folder.
        notebook: which one of the book it is; empty where it is none.
        verdicts: by the name of the check, ``chapter01.growth``, in the book's order.
        minutes: that grading it took.
        stopped: why it could not be run, or not to its end; empty if it was.
        errors: of cells, the first few.
        notes: what else there is to say.
        wall: what kept it in.
        key: what the row follows from; the same row need not be made again.
    """

    learner: str
    file: str = ""
    notebook: str = ""
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    minutes: float = 0.0
    stopped: str = ""
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wall: str = ""
    key: str = ""

    @property
    def passed(self) -> int:
        """How many checks passed."""
        return sum(verdict.state == PASSED for verdict in self.verdicts.values())

    @property
    def to_look_at(self) -> int:
        """How many checks want an instructor's eye."""
        return sum(
            verdict.state == LOOK or bool(verdict.marks)
            for verdict in self.verdicts.values()
        )

    def as_facts(self) -> dict[str, Any]:
        """The row as JSON has it."""
        return asdict(self)


def row_of(facts: dict[str, Any]) -> Row:
    """The row that was written as facts."""
    verdicts = {name: Verdict(**one) for name, one in facts["verdicts"].items()}
    return Row(**facts | {"verdicts": verdicts})


def attempts_of(run: Outcome, check: str) -> dict[str, Any] | None:
    """The attempt at a check that counts: the last that passed, or else the last."""
    tried = [facts for facts in run.of("check") if facts["check"] == check]
    good = [facts for facts in tried if facts["passed"]]
    return (good or tried or [None])[-1]


def verdict_of(
    attempt: dict[str, Any] | None, alone: Outcome | None, unrun: str
) -> Verdict:
    """What came of a check, by what a notebook told and what was found alone.

    Args:
        attempt: what the notebook's run told; ``None`` if the check judged nothing.
        alone: what came of judging the answer alone; ``None`` without a source.
        unrun: why nothing was judged, if nothing was.
    """
    if attempt is None:
        return Verdict(NOT_RUN, unrun)
    if not attempt["done"]:
        return Verdict(NOT_DONE)
    if alone is None:
        if not attempt["passed"]:
            return Verdict(NOT_PASSED, attempt["words"])
        why = f"it passes in the notebook, and cannot be judged alone: {attempt['why']}"
        return Verdict(LOOK, why)
    source = attempt["source"]
    judged = (alone.of("judged") or [None])[-1]
    if judged is None:
        failed = [facts["words"] for facts in alone.of("failed")]
        why = alone.trouble or alone.ended or "".join(failed) or "it told nothing"
        return Verdict(NOT_PASSED, f"judged alone: {why}", source=source)
    marks, words = list(judged["marks"]), judged["words"]
    if judged["spoilt"]:
        words = "after this answer a wrong one passes as well, so nothing is believed"
        return Verdict(LOOK, words, marks, source)
    if not judged["done"]:
        return Verdict(NOT_DONE, "", marks, source)
    if judged["passed"]:
        if not attempt["passed"]:
            marks.append(f"it did not pass in the notebook: {attempt['words']}")
        return Verdict(PASSED, "", marks, source)
    if attempt["passed"]:
        words = f"it passes in the notebook only. Alone: {words}"
    return Verdict(NOT_PASSED, words, marks, source)


def unrun_words(run: Outcome, check: str) -> str:
    """Why a run tells nothing of a check."""
    told = (run.of("notebook") or [{"asked": []}])[-1]
    if run.ended or run.trouble:
        return "the run ended before it"
    if check in told["asked"]:
        return "the notebook calls it, but the package's check judged nothing"
    return "the notebook does not call it"


def stopped_words(run: Outcome) -> str:
    """Why a run could not begin, or did not come to its end, and where it was."""
    broken = [facts["words"] for facts in run.of("broken") + run.of("failed")]
    if run.trouble or broken:
        return run.trouble or broken[0]
    cells = run.of("cell")
    where = f" (in code cell {cells[-1]['number']})" if cells else ""
    return f"{run.ended}{where}" if run.ended else ""


def checks_asked(run: Outcome) -> tuple[str, tuple[str, ...]]:
    """Which notebook of the book was run, and its checks."""
    told = (run.of("notebook") or [{"name": None}])[-1]
    return told["name"] or "", checks_of(told["name"] or "")
