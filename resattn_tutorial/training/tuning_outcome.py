"""What came of fine-tuning on a folder, and its report as JSON (chapter 10)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from resattn_tutorial.data.own_folder import OwnFolder
from resattn_tutorial.training.finetuned_file import FineTuned
from resattn_tutorial.training.finetuning import Tuned
from resattn_tutorial.training.trained_network import TrainedNetwork
from resattn_tutorial.training.tuning import Tuning
from resattn_tutorial.training.tuning_report import Judged


class Outcome(NamedTuple):
    """What came of it.

    Attributes:
        trained: the network of the best epoch, as ``load_run`` gives it.
        data: the folder's images.
        tuned: the curve, and the best epoch.
        validation: what it gets wrong on validation images, by which the epoch was
            chosen: on other images the error is a little higher.
        test: the same on test images; ``None`` if the folder has none.
    """

    trained: TrainedNetwork
    data: OwnFolder
    tuned: Tuned
    validation: Judged
    test: Judged | None


def report(
    outcome: Outcome, file: FineTuned, tuning: Tuning, frozen: Sequence[str]
) -> str:
    """All that came of it as JSON.

    Args:
        outcome: what came of it.
        file: the network's.
        tuning: how long and how fast it was to learn.
        frozen: which parts stayed as they were.
    """
    data, count = outcome.data, len(outcome.data.training.labels)
    told: dict[str, Any] = {
        name: getattr(file, name)
        for name in ("network", "attention", "came_from", "data", "classes", "size")
    }
    told |= {
        "tuning": asdict(tuning) | {
            "epochs": tuning.epochs_for(count), "patience": tuning.patience_for(count),
            "frozen": list(frozen),
        },
        "images": {
            part: len(images.labels) for part in ("training", "validation", "test")
            if (images := getattr(data, part))
        },
        "held_out": data.split is not None,
        "best_epoch": outcome.tuned.best_epoch,
        "curve": [epoch._asdict() for epoch in outcome.tuned.curve],
        "validation": outcome.validation.as_dict(),
        "test": outcome.test and outcome.test.as_dict(),
    }
    return json.dumps(told, indent=1) + "\n"
