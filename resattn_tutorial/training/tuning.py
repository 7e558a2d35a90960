"""How to fine-tune: how long, how fast, from which seed (chapter 10).

The paper trains from nothing and says nothing of this. All numbers here are our
choices, for some hundred images and minutes of one processor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from resattn_tutorial.limits import MOST
from resattn_tutorial.validation import require_count, require_number, require_seed

# How long to train, if nobody says: as many epochs as make about so many steps, within
# these bounds. A small folder is seen often, and a large one a few times.
STEPS, FEWEST, LONGEST = 300, 5, 100


@dataclass(frozen=True)
class Tuning:
    """How to fine-tune; the defaults are our choices.

    Attributes:
        epochs: times through the training images; ``None`` takes as many as make about
            300 steps, from 5 to 100.
        patience: epochs in a row without a lower validation error after which to stop;
            ``None`` takes a third of all epochs, at least 5.
        batch_size: images in a batch, at most; an epoch is divided evenly.
        learning_rate: the first one of all but the head. It falls to nothing by a
            cosine over all epochs.
        head_factor: by how much more the head's is.
        seed: of the new head, of order, windows and mirrors.

    Raises:
        TypeError: a number is of another kind; ValueError: it is out of bounds.
    """

    epochs: int | None = None
    patience: int | None = None
    batch_size: int = 32
    learning_rate: float = 0.01
    head_factor: float = 10.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "patience"):
            if getattr(self, name) is not None:
                require_count(name, getattr(self, name), at_most=MOST[name])
        require_count("batch_size", self.batch_size, at_most=MOST["batch_size"])
        require_number("learning_rate", self.learning_rate, above=0)
        require_number("head_factor", self.head_factor, above=0)
        require_seed(self.seed)

    def steps_of_epoch(self, images: int) -> int:
        """Batches into which so many images are divided."""
        return math.ceil(images / self.batch_size)

    def epochs_for(self, images: int) -> int:
        """How many epochs to train on so many images."""
        wanted = math.ceil(STEPS / self.steps_of_epoch(images))
        return self.epochs or min(max(wanted, FEWEST), LONGEST)

    def patience_for(self, images: int) -> int:
        """How many epochs to wait for a lower validation error."""
        return self.patience or max(5, self.epochs_for(images) // 3)
