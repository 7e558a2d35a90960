"""What declarations share: arms of networks, of attentions and of noise, and claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from resattn_tutorial.experiments.declaration import Claim

Arms = Mapping[str, Mapping[str, Any]]

NOISE = (0.1, 0.3, 0.5, 0.7)


def deep(depths: Mapping[str, str], *attentions: str) -> Arms:
    """Networks by a label, each with each attention: ``"3 modules, naive"``."""
    return {
        f"{label}, {attention}": {"network": network, "attention": attention}
        for label, network in depths.items() for attention in attentions
    }


def noisy(
    networks: Mapping[str, Mapping[str, Any]], levels: Sequence[float] = NOISE
) -> Arms:
    """Networks by a label, each at each level of label noise: Table 5's, or others."""
    return {
        f"{label}, {noise:.0%} noise": {**changes, "label_noise": noise}
        for noise in levels for label, changes in networks.items()
    }


def less(better: str, worse: str, printed: str | None = None) -> Claim:
    """The claim that one arm errs less than another, in plain words."""
    return Claim(f"{better} errs less than {worse}", better, worse, printed)


def kinds(*attentions: str) -> Arms:
    """Arms that differ in what stands where the masks stand."""
    return {attention: {"attention": attention} for attention in attentions}


TABLE1 = (
    less("residual", "channel", "5.52 against 6.24 %"),
    less("residual", "spatial", "5.52 against 6.33 %"),
)
TABLE3 = {
    56: "5.52 against 5.89 %", 92: "4.99 against 5.35 %",
    128: "4.44 against 5.57 %", 164: "4.31 against 7.18 %",
}
TABLE5 = {
    0.1: "5.15 against 5.93 %", 0.3: "5.79 against 6.61 %",
    0.5: "7.27 against 8.35 %", 0.7: "15.75 against 17.21 %",
}
