"""Bring run files of the first form into the present one; done once, kept as a record.

    python -m tools.convert_runs OLD_FOLDER NEW_FOLDER

Measured values stay as they were; an error is 1 less the accuracy that was written.
Command and commit are those of the run. A setting that the old form did not keep is
listed under ``not_recorded``, and no repetition is promised for such a run.
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.ledger.run import Data, Environment, Point, Results, Run
from resattn_tutorial.ledger.store import write_run

Old = dict[str, Any]
OWN = ("test error", "test accuracy", "test loss", "top-5 error")


def converted(old: Old) -> Run:
    """One run in the present form."""
    configuration, missing = configuration_of(old)
    environment = environment_of(old)
    missing += [
        f"environment/{name}" for name in ("device", "world_size")
        if getattr(environment, name) is None
    ]
    results, told = old["results"], old["configuration"]
    error = results.get("test error", error_of(results.get("test accuracy")))
    if "test error in 16 bits" in results:
        extra = {"test_error_in_16_bits": results["test error in 16 bits"]}
    else:
        extra = {name: results[name] for name in results if name not in OWN}
    return Run(
        name=old["name"], command=old["command"], configuration=configuration,
        data=Data(
            *(old["data"][name] for name in ("name", "form")),
            old["data"]["training images"], old["data"]["test images"],
            told.get("spoiled labels", 0), tuple(told.get("mean colour", ())),
        ),
        environment=environment,
        results=Results(
            test_error=error, minutes=old["minutes"],
            images_per_second=old["images per second"],
            curve=tuple(map(point_of, old["curve"])),
            top5_error=results.get("top-5 error"), test_loss=results.get("test loss"),
            scores=extra,
        ),
        not_recorded=tuple(missing),
    )


def error_of(accuracy: float | None) -> float | None:
    """An error from an accuracy, without the digits that subtraction adds."""
    return None if accuracy is None else round(1 - accuracy, 10)


def point_of(old: Old) -> Point:
    """A point of the curve."""
    error = old["test error"] if "test error" in old else error_of(old["accuracy"])
    return Point(old["step"], old["images"], old["seconds"], old["loss"], error)


def configuration_of(old: Old) -> tuple[Old, list[str]]:
    """The settings that were kept, by their present names, and those that were not."""
    told = old["configuration"]
    kept: Old = {"seed": old["seed"], "threads": old["hardware"]["threads"]}
    if "recipe" not in told:                # the experiment of chapter 3, without one
        kept |= {name.replace(" ", "_"): told[name] for name in told}
        return kept, ["configuration/precision", "configuration/points"]
    recipe = dict(told["recipe"])
    recipe["milestones"] = recipe.pop("drops")
    kept |= {
        "network": told["network"], "recipe": recipe,
        "label_noise": round(1 - told["clean"], 10), "precision": told["precision"],
        "accumulation": told["parts of a batch"],
        "memory_format": told["memory format"].removeprefix("torch."),
    }
    words = {"compile": "compiled", "deterministic": "deterministic",
             "sync_batch_norm": "synchronised batch norm"}
    kept |= {new: told[name] for new, name in words.items() if name in told}
    missing = [f.name for f in fields(TrainingConfig) if f.name not in kept]
    return kept, [f"configuration/{name}" for name in missing]


def environment_of(old: Old) -> Environment:
    """What is known of where it happened."""
    hardware, versions = old["hardware"], old["versions"]
    return Environment(
        date=old["date"], commit=old["commit"], processor=hardware["processor"],
        cores=hardware["cores"], gpu=hardware["gpu"],
        device=old["configuration"].get("device"), world_size=None,
        python=versions["python"], numpy=versions["numpy"],
        torch=old["configuration"].get("torch", versions["torch"]),
    )


def main() -> None:
    """Convert every run file of a folder."""
    source, target = map(Path, sys.argv[1:])
    for path in sorted(source.glob("*-seed*.json")):
        old = json.loads(path.read_text(encoding="utf-8"))
        print("written:", write_run(converted(old), target))


if __name__ == "__main__":
    main()
