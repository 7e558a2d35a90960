"""A tiny folder of tinted images, and an untrained network to fine-tune on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.training.trained_network import TrainedNetwork

LEVELS = {"ant": 30, "bee": 130, "cat": 225}


def tinted(folder: Path, count: int = 6, seed: int = 0) -> Path:
    """``count`` noisy images of 44 x 36 pixels of each class, told apart by level."""
    random = np.random.RandomState(seed)
    for kind, level in LEVELS.items():
        (folder / kind).mkdir(parents=True)
        for number in range(count):
            pixels = np.clip(level + random.randint(-30, 31, (36, 44, 3)), 0, 255)
            picture = Image.fromarray(pixels.astype(np.uint8))
            picture.save(folder / kind / f"{number}.png")
    return folder


def untrained(name: str = "mini1", attention: str = "residual") -> TrainedNetwork:
    """A network for ten classes that has learned nothing."""
    return TrainedNetwork(
        build_network(name, 10, 0, attention).eval(), tuple("abcdefghij"),
        SmallImageInputs(mean=(0.5, 0.5, 0.5), size=32), name, f"{name}, untrained",
        attention,
    )
