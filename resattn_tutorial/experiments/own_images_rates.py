"""The learning rate of each way to a network of one's own (chapter 17).

Each arm of :mod:`.own_images` is trained at three rates, on a wardrobe of its own seed,
and that with the lowest validation error is taken; of several the one with the lowest
validation loss. No test image has a say in it.

``python -m resattn_tutorial.experiments.own_images_rates`` trains all of them and
writes its run file.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from resattn_tutorial.data.wardrobe import SIDE
from resattn_tutorial.experiments.command import (
    DIGITS,
    Experiment,
    looked_results,
    record,
)
from resattn_tutorial.experiments.own_images import (
    ARMS,
    CLASSES,
    PACKAGED,
    PIECES,
    RESNET,
    SCRATCH,
    SHOTS,
    train_arm,
)
from resattn_tutorial.ledger.run import Data, Environment, Run
from resattn_tutorial.names import require_word
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed

RATES = {
    PACKAGED: (0.003, 0.01, 0.03),
    SCRATCH: (0.03, 0.1, 0.3),
    RESNET: (0.01, 0.03, 0.1),
}


@dataclass(frozen=True)
class OwnImagesRates(Experiment):
    """Every arm at three rates.

    Attributes:
        seed: of the wardrobe, the split, the weights and the batches; none of those
            that the arms are compared on.
        threads: of the processor; 0 leaves the choice to torch.
        epochs: through the training images.
    """

    seed: int = 100
    epochs: int = 24

    module = "resattn_tutorial.experiments.own_images_rates"
    name = "chapter17-rates"


def run_rates(config: OwnImagesRates) -> Run:
    """Train every arm at every rate; the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    scores: dict[str, Any] = {}
    for name, rates in RATES.items():
        scores[name] = {}
        for rate in rates:
            arm = ARMS[name]._replace(rate=rate)
            _, _, tuned = train_arm(name, arm, config.seed, config.epochs, device)
            best = tuned.curve[tuned.best_epoch - 1]
            scores[name][f"{rate:g}"] = {
                "validation_error": round(best.error, DIGITS),
                "validation_loss": round(best.validation_loss, DIGITS),
            }
            print(f"{name}, {rate:g}: {scores[name][f'{rate:g}']}", flush=True)
    images = len(CLASSES) * PIECES * SHOTS
    trainings = sum(map(len, RATES.values()))
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data(
            "wardrobe", f"{SIDE} x {SIDE}, made of the built-in items", images, 0,
            classes=CLASSES,
        ),
        environment=Environment(**observed(device)),
        results=looked_results(
            began, trainings * config.epochs * images, None, None, scores
        ),
    )


def best_rate(run: Run, name: str) -> float:
    """The rate of an arm with the lowest validation error, then loss.

    Raises:
        ValueError: it is no run of this experiment, or has no such arm.
    """
    if run.name != OwnImagesRates.name:
        raise ValueError(f"run must be one of {OwnImagesRates.name}, got {run.stem}.")
    told = run.results.scores[require_word("name", name, RATES)]
    return float(min(told, key=lambda rate: (
        told[rate]["validation_error"], told[rate]["validation_loss"]
    )))


if __name__ == "__main__":
    record(OwnImagesRates, run_rates, __doc__)
