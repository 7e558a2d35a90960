"""What a fine-tuned network gets wrong, and what to do with it, in words (chapter 10).

``resattn finetune`` ends with both, and ``resattn evaluate`` with the first.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from resattn_tutorial.cli.tables import aligned
from resattn_tutorial.training.tuning_report import Judged

# A confusion matrix of more classes does not fit a terminal; then pairs are told.
WIDEST, PAIRS = 15, 10


def judged_lines(part: str, judged: Judged, classes: tuple[str, ...]) -> list[str]:
    """What a network gets wrong on a part of the images, in words and as a table.

    Args:
        part: what to call these images.
        judged: what it makes of them.
        classes: the names of its classes.
    """
    lines = [
        f"{part} error {judged.error:.2%} of {judged.images:,} images, loss "
        f"{judged.loss:.4f}, expected calibration error "
        f"{judged.calibration_error:.3f}"
    ]
    counts = judged.confusion.tolist()
    if len(classes) <= WIDEST:
        lines.append("A row for each class; its columns say what it was taken for:")
        # Columns by number: names would not fit a line.
        rows = [("class", *(str(k) for k in range(1, len(classes) + 1)))] + [
            (f"{k} {name}", *map(str, row))
            for k, (name, row) in enumerate(zip(classes, counts, strict=True), 1)
        ]
        lines += aligned(rows)
    else:
        pairs = sorted(
            ((count, classes[is_], classes[taken]) for is_, row in enumerate(counts)
             for taken, count in enumerate(row) if count and is_ != taken),
            key=lambda pair: -pair[0],
        )
        lines += [f"{count:,} of {a} taken for {b}" for count, a, b in pairs[:PAIRS]]
    lines += [
        f"{one.image}: {one.truth}, taken for {one.answer} ({one.confidence:.0%})"
        for one in judged.mistakes
    ]
    return lines


def next_commands(run: Path, tested: bool = False) -> list[str]:
    """The commands that take a run's folder, ready to be typed.

    Args:
        run: the folder.
        tested: whether test images were looked at already.
    """
    option = f"--folder {shlex.quote(str(run))}"
    lines = [
        f"resattn predict new-photos {option}",
        f"resattn masks photo.jpg --to masks.png {option}",
        f"resattn export --to network.onnx {option}",
    ]
    test = [] if tested else [f"resattn evaluate --data sorted-photos {option}"]
    return [f"  {line}" for line in lines + test]
