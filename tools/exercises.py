"""The exercises of a chapter: stub, check, solution, and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tools.chapters import ChapterError, read_chapter
from tools.markdown import Block, flow

# Where each tagged cell stands: in the gate of the exercise or in that of the solution.
GATES = {
    "exercise": "exercise",
    "check": "exercise",
    "solution": "solution",
    "solution-check": "solution",
}
EFFORT = re.compile(r"\*([A-Z][\w -]*) · (\d+) minutes\.\*")
HINTS = 2


@dataclass
class Exercise:
    """One exercise; ``cells`` holds its code cells by tag, one for each tag."""

    label: str
    title: str
    place: str
    difficulty: str = ""
    minutes: int = 0
    hints: int = 0
    cells: dict[str, Block] = field(default_factory=dict)

    def require_whole(self) -> None:
        """Raise ``ChapterError`` where a part is missing, naming every such part."""
        missing = [f"a cell tagged {tag}" for tag in GATES if tag not in self.cells]
        if not self.difficulty:
            missing.append("its difficulty and minutes, as *Core · 10 minutes.*")
        if self.hints < HINTS:
            missing.append(f"at least {HINTS} dropdowns titled Hint …")
        if missing:
            raise ChapterError(f"{self.place}: {self.label} lacks {', '.join(missing)}")


Gate = tuple[str, Exercise] | None


def exercises(path: Path) -> list[Exercise]:
    """The exercises of a chapter, in order.

    Raises ``ChapterError`` for an exercise that is not whole, a gate that is not
    closed, and a tagged cell outside its gate.
    """
    return collect(flow(read_chapter(path), path))


def collect(found: Iterable[Block]) -> list[Exercise]:
    """The exercises among a chapter's blocks."""
    known: dict[str, Exercise] = {}
    gate: Gate = None
    for block in found:
        if block.kind == "directive" and block.name in MOVES:
            gate = MOVES[block.name](known, gate, block)
        elif block.kind == "cell":
            _cell(gate, block)
        elif gate and gate[0] == "exercise":
            _around(gate[1], block)
    if gate:
        raise ChapterError(f"{gate[1].place}: {gate[1].label}: a {gate[0]} has no end")
    for exercise in known.values():
        exercise.require_whole()
    return list(known.values())


def _start_exercise(known: dict[str, Exercise], gate: Gate, block: Block) -> Gate:
    label = block.options.get("label", "")
    if gate or not label or label in known:
        raise ChapterError(f"{block.place}: an exercise in another, or without a label")
    known[label] = Exercise(label, block.argument, block.place)
    return "exercise", known[label]


def _start_solution(known: dict[str, Exercise], gate: Gate, block: Block) -> Gate:
    if gate or block.argument not in known:
        raise ChapterError(f"{block.place}: no exercise {block.argument} ends before")
    return "solution", known[block.argument]


def _end(known: dict[str, Exercise], gate: Gate, block: Block) -> Gate:
    if gate is None or block.name != f"{gate[0]}-end":
        raise ChapterError(f"{block.place}: {block.name} without its start")
    return None


MOVES = {
    "exercise-start": _start_exercise,
    "solution-start": _start_solution,
    "exercise-end": _end,
    "solution-end": _end,
}


def _cell(gate: Gate, block: Block) -> None:
    for tag in block.tags & set(GATES):
        if gate is None or gate[0] != GATES[tag] or tag in gate[1].cells:
            raise ChapterError(f"{block.place}: a cell tagged {tag} is out of place")
        gate[1].cells[tag] = block


def _around(exercise: Exercise, block: Block) -> None:
    """Note difficulty, minutes and hints."""
    if block.kind == "prose" and (found := EFFORT.search(block.text)):
        exercise.difficulty, exercise.minutes = found[1], int(found[2])
    if block.kind == "directive" and block.name == "dropdown":
        exercise.hints += block.argument.startswith("Hint ")
