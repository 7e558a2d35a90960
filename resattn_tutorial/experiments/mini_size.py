"""The experiments that run on one core in minutes."""

from __future__ import annotations

from dataclasses import replace

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.experiments.arms import (
    NOISE,
    TABLE1,
    TABLE5,
    deep,
    kinds,
    less,
    noisy,
)
from resattn_tutorial.experiments.declaration import Experiment
from resattn_tutorial.names import DataName
from resattn_tutorial.recipes import RECIPES

# Without TF32 a GPU computes what a processor does, and runs of both can be compared.
MINI = TrainingConfig(
    "mini3", data=DataName.BUILTIN_LARGE.value, recipe=RECIPES["mini"],
    precision="float32-strict", threads=1, points=3, save_every=20,
)
# 200 steps: what a reader waits for.
LIVE = replace(MINI, data="builtin", recipe=RECIPES["mini-quick"], points=1)
# A factor of three apart: wide enough that an arm which needs small steps has them.
RATES = (0.05, 0.15, 0.45)
MINIS = {f"{m} module{'s' * (m > 1)}": f"mini{m}" for m in (1, 3, 6)}
LIVE_NETWORK = {"3 modules": "mini3"}
DEPTHS = {f"{m} module{'s' * (m > 1)}": f"mini{m}" for m in (1, 2, 3, 6)}
# Each at the rate that was best for it with clean labels (masks-mini).
WITH_MASKS = {
    "masks": {"recipe": replace(MINI.recipe, learning_rate=0.15)},
    "no masks, equal cost": {
        "attention": "trunk", "recipe": replace(MINI.recipe, learning_rate=0.45),
    },
}
# Six points: a network in training is looked at between them.
NOISY = replace(MINI, network="mini1", points=6)
# One rate for all: how fast labels are memorised depends on it.
FEW = replace(
    NOISY, data=DataName.BUILTIN_FEW.value, points=8, label_noise=0.3,
    recipe=replace(MINI.recipe, learning_rate=0.15),
)
SMOOTHED = {"attention": "trunk", "recipe": replace(FEW.recipe, smoothing=0.3)}

MINI_SIZE = (
    Experiment(
        "table3-mini", "Table 3 and Figure 4",
        "Does 1 + M train where M alone does not, as modules are stacked?",
        "mini", MINI, deep(MINIS, "residual", "naive"), rates=RATES, minutes=5,
        claims=tuple(less(f"{m}, residual", f"{m}, naive") for m in MINIS),
    ),
    Experiment(
        "masks-mini", "not in the paper",
        "Do the masks help at all, and more than their cost spent on the trunk?",
        "mini", MINI, deep(MINIS, "residual", "none", "trunk"), rates=RATES, minutes=5,
        claims=tuple(
            less(f"{m}, residual", f"{m}, {other}")
            for m in MINIS for other in ("none", "trunk")
        ),
    ),
    Experiment(
        "table1-mini", "Table 1", "Is a free mask better than one that is tied?",
        "mini", MINI, kinds("residual", "channel", "spatial"), rates=RATES,
        claims=TABLE1,
    ),
    Experiment(
        "table4-mini", "Table 4", "Does a mask need to look far?",
        "mini", MINI, kinds("residual", "local"), rates=RATES,
        claims=(less("residual", "local", "5.52 against 6.48 %"),),
    ),
    Experiment(
        "later-mini", "not in the paper",
        "Does a soft mask do more than the lighter inventions that came after it?",
        "mini", MINI, kinds("residual", "none", "squeeze", "cbam"), rates=RATES,
        claims=(
            less("residual", "squeeze"), less("residual", "cbam"),
            less("squeeze", "none"), less("cbam", "none"),
        ),
    ),
    Experiment(
        "table6-mini", "Table 6", "What does depth buy, with masks and without?",
        "mini", MINI, deep(DEPTHS, "residual", "trunk"), rates=RATES,
        claims=(
            less("6 modules, residual", "1 module, residual"),
            less("6 modules, trunk", "1 module, trunk"),
        ),
    ),
    Experiment(
        "table5-mini", "Table 5", "Do masks help against labels that are wrong?",
        "mini", NOISY, noisy(WITH_MASKS, (0.0, *NOISE)), seeds=3, minutes=3,
        claims=tuple(
            less(f"masks, {n:.0%} noise", f"no masks, equal cost, {n:.0%} noise",
                 TABLE5.get(n))
            for n in (0.0, *NOISE)
        ),
    ),
    Experiment(
        "memorise-mini", "Equation 2",
        "Do masks keep wrong labels from being memorised, and does label smoothing?",
        "mini", FEW, {
            "masks": {}, "no masks, equal cost": {"attention": "trunk"},
            "no masks, smoothed labels": SMOOTHED,
        },
        seeds=3, minutes=3,
        claims=(
            less("masks", "no masks, equal cost"),
            less("no masks, smoothed labels", "no masks, equal cost"),
        ),
    ),
    Experiment(
        "live-mini", "Table 3", "Naive against residual, while a reader waits.",
        "mini", LIVE, deep(LIVE_NETWORK, "residual", "naive"), minutes=0.7,
        claims=(less("3 modules, residual", "3 modules, naive"),),
    ),
    Experiment(
        "live-table1-mini", "Table 1", "Free masks or tied ones, while a reader waits.",
        "mini", LIVE, kinds("residual", "channel", "spatial"), minutes=0.7,
        claims=(less("residual", "channel"), less("residual", "spatial")),
    ),
    Experiment(
        "live-masks-mini", "not in the paper",
        "With masks or without, while a reader waits.",
        "mini", LIVE, deep(LIVE_NETWORK, "residual", "none", "trunk"), minutes=0.7,
        claims=tuple(
            less("3 modules, residual", f"3 modules, {other}")
            for other in ("none", "trunk")
        ),
    ),
    Experiment(
        "live-noise-mini", "Equation 2",
        "Masks or none at equal cost on noisy labels, while a reader waits.",
        "mini", replace(FEW, points=1, recipe=RECIPES["mini-quick"]),
        {"masks": {}, "no masks, equal cost": {"attention": "trunk"}}, minutes=0.7,
        claims=(less("masks", "no masks, equal cost"),),
    ),
    Experiment(
        "live-limits-mini", "not in the paper",
        "Masks or none at equal cost, for how sure they are, while a reader waits.",
        "mini", replace(LIVE, network="mini1"),
        {"masks": {}, "no masks, equal cost": {"attention": "trunk"}}, minutes=0.7,
        claims=(less("masks", "no masks, equal cost"),),
    ),
)
