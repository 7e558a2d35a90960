"""A run with every field, to change one at a time."""

from __future__ import annotations

from typing import Any

from resattn_tutorial.ledger.run import Run

POINT = {"step": 3, "images": 12, "seconds": 6.0, "loss": 0.5, "test_error": 0.5}


def told_of_a_run(name: str = "trial", seed: int = 0, **changed: Any) -> dict[str, Any]:
    """What the file of a run holds; ``results__minutes=9.0`` changes a field inside."""
    told = {
        "name": name, "command": "python -m trial", "changes": [], "not_recorded": [],
        "configuration": {"steps": 3, "seed": seed},
        "data": {
            "name": "CIFAR-10", "form": "original pixels", "training_images": 50_000,
            "test_images": 10_000, "noisy_labels": 0, "mean_colour": [0.5, 0.5, 0.5],
            "classes": ["cat", "dog"], "image_size": [32, 32],
            "fingerprints": {"train": "0123456789abcdef"}, "skipped": {"damaged": 2},
        },
        "environment": {
            "date": "2026-11-22", "commit": None, "processor": "Abacus", "cores": 2,
            "gpu": None, "device": "cpu", "world_size": 1, "python": "3", "torch": "2",
            "numpy": "2",
        },
        "results": {
            "test_error": 0.5, "top5_error": None, "test_loss": None, "minutes": 0.1,
            "right_answers": None,
            "images_per_second": 2.0, "curve": [POINT], "scores": {},
        },
    }
    for place, value in changed.items():
        *inside, last = place.split("__")
        where = told
        for part in inside:
            where = where[part]
        where[last] = value
    return told


def a_run(name: str = "trial", seed: int = 0, **changed: Any) -> Run:
    """The run that such a file tells of."""
    return Run.from_dict(told_of_a_run(name, seed, **changed))
